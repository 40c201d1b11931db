"""The operator's trust folder, kept up to date with the authorities' revocation lists."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from channels.errors import ChannelError
from channels.trust.crl import fetch_crl
from seal_core.ports import Clock
from verify.trust import TrustStore

log = structlog.get_logger(__name__)

FRESH = timedelta(minutes=10)
"""How long a fetched list is used before it is asked for again."""


class LiveTrust:
    """See jobs.verification.TrustSource.

    Lists lie in files, since workers fork: what one job fetched serves the next. A list that
    cannot be fetched is not an error here; the judge finds the old one stale when it is.
    """

    def __init__(
        self, folder: Path | None, crl_urls: tuple[str, ...], state_dir: Path, clock: Clock
    ) -> None:
        self._folder = folder
        self._urls = crl_urls
        self._lists = state_dir / "crl"
        self._now = clock

    def current(self) -> TrustStore:
        """Anchors and helpers of the folder, with the newest lists there are."""
        if self._folder is None:
            return TrustStore()
        lists = (crl for url in self._urls for crl in self._lists_of(url))
        return TrustStore.from_folder(self._folder).with_crls(dict.fromkeys(lists))

    def _lists_of(self, url: str) -> list[bytes]:
        """The newest list, and the last one of each month before.

        Authorities drop certificates that have ended: only a list from before can tell that one
        was not revoked when it was used.
        """
        name = hashlib.sha256(url.encode()).hexdigest()[:32]
        newest = self._lists / f"{name}.crl"
        if not self._is_fresh(newest):
            self._fetch(url, newest)
        kept = sorted(self._lists.glob(f"{name}.????-??.crl"))
        return [path.read_bytes() for path in (*kept, newest) if path.exists()]

    def _is_fresh(self, path: Path) -> bool:
        if not path.exists():
            return False
        return self._now() - datetime.fromtimestamp(path.stat().st_mtime, UTC) < FRESH

    def _fetch(self, url: str, path: Path) -> None:
        try:
            crl = fetch_crl(url)
        except ChannelError as exc:
            log.warning("crl.not_fetched", code=exc.code)
            return
        self._lists.mkdir(parents=True, exist_ok=True, mode=0o700)
        for place in (path, path.with_suffix(f".{self._now():%Y-%m}.crl")):
            new = place.with_suffix(f".{os.getpid()}.new")
            new.write_bytes(crl)
            new.replace(place)
