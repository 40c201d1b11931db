"""Documents under their ids, write-once, in a local folder or an S3 bucket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, NotFoundError
from obstore.store import LocalStore, from_url


class ObjectStore:
    """See seal_core.ports.DocumentStore."""

    def __init__(self, url: str, **options: Any) -> None:
        """*url*: a folder, or ``s3://bucket/prefix`` with obstore's options."""
        if "://" in url:
            self._store: Any = from_url(url, **options)
        else:
            folder = Path(url)
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._store = LocalStore(folder)

    def put(self, document_id: str, data: bytes) -> None:
        try:
            obstore.put(self._store, _path(document_id), data, mode="create")
        except AlreadyExistsError:
            if self.get(document_id) != data:
                raise FileExistsError(document_id) from None

    def get(self, document_id: str) -> bytes:
        try:
            return bytes(obstore.get(self._store, _path(document_id)).bytes())
        except (NotFoundError, FileNotFoundError):
            raise KeyError(document_id) from None


def _path(document_id: str) -> str:
    """Spread over 256 folders; ids are ours and hex, never a user's text (faults F54)."""
    if not (document_id.isascii() and document_id.isalnum()):
        raise ValueError("not a document id")
    return f"{document_id[:2]}/{document_id}"
