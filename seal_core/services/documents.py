"""Documents coming in: stored first, then looked at in a limited child."""

from __future__ import annotations

from collections.abc import Mapping

from seal_core.domain.documents import JPEG, OFD, PDF, PICTURES, PNG, Document, DocumentState
from seal_core.domain.holders import NotFound
from seal_core.domain.identifiers import new_id
from seal_core.domain.records import News
from seal_core.engines.protocol import SealEngine
from seal_core.errors import DocumentRefused, SealError
from seal_core.gm import sm3
from seal_core.ports import Clock, DocumentStore, OpenWork, Work
from seal_core.previews.photos import photo_size_mm
from seal_core.services.telling import tell

NAME_LENGTH = 120
TRIES = 3
"""A document that ended the process of its inspection so often is refused."""


def clean_name(name: str) -> str:
    """A file name fit to be shown: no path, no control or direction-changing characters.

    The name is only ever a label; bytes are kept under the document's id (faults F53, F54).
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in last if c.isprintable() and not "\u202a" <= c <= "\u2069")
    return kept.strip(". ")[:NAME_LENGTH] or "未命名文件"


def sniff(data: bytes, *, pictures: bool = False) -> str:
    """PDF or OFD, or a picture where one may be brought; by the bytes, never by the name.

    Raises DocumentRefused.
    """
    if not data:
        raise DocumentRefused("empty")
    if pictures and data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if pictures and data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if b"%PDF-" in data[:1024]:
        return PDF
    if b"PK\x03\x04" in data[:4096]:
        return OFD
    raise DocumentRefused("not_a_document")


class DocumentService:
    """Receives, inspects and hands out documents."""

    def __init__(
        self,
        open_work: OpenWork,
        clock: Clock,
        store: DocumentStore,
        engines: Mapping[str, SealEngine],
        max_bytes: int,
        max_pages: int,
    ) -> None:
        self._open_work = open_work
        self._now = clock
        self._store = store
        self._engines = engines
        self._max_bytes = max_bytes
        self._max_pages = max_pages

    def receive(
        self, owner_id: str, name: str, data: bytes, purpose: str, *, pictures: bool = False
    ) -> Document:
        """Keep *data* and queue its inspection. Raises DocumentRefused for what is plainly none."""
        if len(data) > self._max_bytes:
            raise DocumentRefused("too_large", str(len(data)))
        document = Document(
            id=new_id(),
            owner_id=owner_id,
            name=clean_name(name),
            media_type=sniff(data, pictures=pictures),
            size=len(data),
            sm3=sm3.digest(data).hex(),
            purpose=purpose,
            state=DocumentState.RECEIVED,
            reason="",
            pages=(),
            signatures=0,
            received_at=self._now(),
        )
        self._store.put(document.id, data)
        with self._open_work() as work:
            work.documents.put(document)
            work.outbox.add("inspect_document", document.id)
            work.commit()
        return document

    def inspect(self, document_id: str) -> None:
        """Look at the document; runs in the untrusted queue and is safe to run twice."""
        document = self.get(document_id)
        if document.state is not DocumentState.RECEIVED:
            return
        if not self._may_try(document.id):  # what looked at it was ended by its limits
            self._settle(document.refused("too_complex"))
            return
        try:
            if document.media_type in PICTURES:
                size = photo_size_mm(self._store.get(document.id))
                self._settle(document.accepted((size,), 0))
                return
            outline = self._engines[document.media_type].outline(self._store.get(document.id))
        except DocumentRefused as exc:
            self._settle(document.refused(exc.reason))
        except SealError:
            self._settle(document.refused("not_a_document"))
        else:
            if len(outline.pages) > self._max_pages:
                self._settle(document.refused("too_many_pages"))
                return
            pages = tuple((p.width_mm, p.height_mm) for p in outline.pages)
            self._settle(document.accepted(pages, outline.signatures))

    def _may_try(self, document_id: str) -> bool:
        """Count this try. What ends the process does so before anything else is written down."""
        for number in range(TRIES):
            # never like a document's own id, which is random
            key = sm3.digest(f"inspection/{document_id}/{number}".encode()).hex()
            try:
                self._store.get(key)
            except KeyError:
                self._store.put(key, b"begun")
                return True
        return False

    def get(self, document_id: str, owner_id: str | None = None) -> Document:
        """Raises NotFound, also for somebody else's document (faults F37)."""
        with self._open_work() as work:
            document = work.documents.get(document_id)
        if owner_id is not None and document.owner_id != owner_id:
            raise NotFound(document_id)
        return document

    def brought(self, owner_id: str, purpose: str, limit: int) -> list[Document]:
        """What a person uploaded for *purpose*, newest first."""
        with self._open_work() as work:
            return work.documents.select(owner_id=owner_id, purpose=purpose, limit=limit)

    def data(self, document_id: str, owner_id: str | None = None) -> bytes:
        return self._store.get(self.get(document_id, owner_id).id)

    def _settle(self, document: Document) -> None:
        with self._open_work() as work:
            if work.documents.lock(document.id).state is not DocumentState.RECEIVED:
                return
            work.documents.put(document)
            if document.state is DocumentState.ACCEPTED:
                work.outbox.add("draw_preview", document.id)
            self._tell_owner(work, document)
            work.commit()

    def _tell_owner(self, work: Work, document: Document) -> None:
        if document.state is DocumentState.REFUSED:
            kind, detail = News.DOCUMENT_REFUSED, {"reason": document.reason}
        else:
            kind, detail = News.DOCUMENT_ACCEPTED, {"pages": str(len(document.pages))}
        tell(
            work,
            document.owner_id,
            kind,
            self._now(),
            document_id=document.id,
            name=document.name,
            purpose=document.purpose,
            **detail,
        )
