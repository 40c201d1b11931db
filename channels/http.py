"""Talking HTTP to the services we depend on: one base URL, time limits, a size limit.

Redirects are not followed, proxies and .netrc of the environment are not read, and no
failure carries a URL, because URLs of these services carry tokens.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from channels.errors import MediaRefused, PlatformBusy, PlatformRefused

Timeout = tuple[float, float]  # seconds to connect, seconds between octets
DEFAULT_TIMEOUT: Timeout = (2.0, 6.0)
DEADLINE = 30.0  # seconds for a whole answer, so that a slow drip cannot hold a worker
MAX_ANSWER = 1024 * 1024  # octets; the largest answer we expect is a certificate chain


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete answer, already limited in size."""

    status: int
    media_type: str
    body: bytes = field(repr=False)

    def json(self) -> dict[str, Any]:
        """Return the JSON object in the body. Anything else is the service's bad day."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            raise PlatformBusy("answer is not JSON", outcome_unknown=True) from None
        if not isinstance(value, dict):
            raise PlatformBusy("answer is not a JSON object", outcome_unknown=True)
        return value


@contextmanager
def translated() -> Iterator[None]:
    """Turn transport failures into PlatformBusy, without their URLs."""
    try:
        yield
    except requests.exceptions.InvalidSchema:
        raise PlatformRefused("address", "host is not allowed") from None
    except requests.ConnectTimeout:
        raise PlatformBusy("ConnectTimeout") from None
    except requests.RequestException as exc:
        raise PlatformBusy(type(exc).__name__, outcome_unknown=True) from None


def read_limited(response: requests.Response, octets: int) -> bytes:
    """Read the body of a streamed *response*. Raises MediaRefused when it is too large."""
    ends = time.monotonic() + DEADLINE
    parts: list[bytes] = []
    size = 0
    for part in response.iter_content(16 * 1024):
        size += len(part)
        if size > octets:
            raise MediaRefused("too large")
        if time.monotonic() > ends:
            raise PlatformBusy("answer too slow", outcome_unknown=True)
        parts.append(part)
    return b"".join(parts)


def new_session() -> requests.Session:
    """Return a session that reads nothing from the environment."""
    session = requests.Session()
    session.trust_env = False
    return session


class HttpClient:
    """Requests below one base URL. Give it trusted settings, never a URL from a message."""

    def __init__(self, base_url: str, timeout: Timeout = DEFAULT_TIMEOUT) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise ValueError("base URL must be http(s)")
        self.base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._session = new_session()

    def request(
        self,
        method: str,
        path: str = "",
        *,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | bytes | None = None,
        json_body: object = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        max_octets: int = MAX_ANSWER,
    ) -> HttpAnswer:
        """Send one request and return its answer. Raises PlatformBusy also for HTTP 5xx."""
        with (
            translated(),
            self._session.request(
                method,
                self.base_url + path,
                params=params,
                data=data,
                json=json_body,
                headers=headers,
                auth=auth,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            body = read_limited(response, max_octets)
        if response.status_code >= 500 or 300 <= response.status_code < 400:
            raise PlatformBusy(f"HTTP {response.status_code}", outcome_unknown=True)
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return HttpAnswer(response.status_code, media_type, body)
