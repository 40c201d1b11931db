"""Telling the staff's WeCom group that there is work: a case number and a link, no more."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock

from channels.errors import PlatformBusy, PlatformRefused
from channels.http import DEFAULT_TIMEOUT, HttpClient, Timeout
from channels.wire import clean, shorten

PER_MINUTE = 20  # messages of one robot
TEXT_LIMIT = 2048  # octets of UTF-8
_TOO_OFTEN = 45009


class StaffRobot:
    """One group robot. Whoever knows its *key* may speak in the group: keep it secret."""

    def __init__(
        self,
        key: str,
        *,
        api_base: str = "https://qyapi.weixin.qq.com",
        timeout: Timeout = DEFAULT_TIMEOUT,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = HttpClient(api_base, timeout)
        self._key = key
        self._monotonic = monotonic
        self._sent: deque[float] = deque()
        self._lock = Lock()

    def send(self, text: str, mention_mobiles: Sequence[str] = ()) -> None:
        """Send *text* to the group; the group reads it all, so no personal data.

        Raises PlatformBusy with the seconds to wait when the minute's share is used up.
        """
        self._take_turn()
        content = {
            "content": shorten(clean(text), TEXT_LIMIT),
            "mentioned_mobile_list": list(mention_mobiles),
        }
        answer = self._http.request(
            "POST",
            "/cgi-bin/webhook/send",
            params={"key": self._key},
            json_body={"msgtype": "text", "text": content},
        ).json()
        errcode = int(answer.get("errcode") or 0)
        if errcode == _TOO_OFTEN:
            raise PlatformBusy("robot speaks too often", retry_after=60)
        if errcode:
            raise PlatformRefused(str(errcode), str(answer.get("errmsg", "")))

    def _take_turn(self) -> None:
        with self._lock:
            now = self._monotonic()
            while self._sent and now - self._sent[0] >= 60:
                self._sent.popleft()
            if len(self._sent) >= PER_MINUTE:
                raise PlatformBusy("robot speaks too often", 60 - (now - self._sent[0]))
            self._sent.append(now)
