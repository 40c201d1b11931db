"""Pictures of document pages: drawn once by a worker, kept beside the documents, then only read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from seal_core.domain.documents import DocumentState
from seal_core.domain.holders import NotFound
from seal_core.errors import PreviewRefused
from seal_core.gm import sm3
from seal_core.ports import DocumentStore, OpenWork
from seal_core.previews import draw_page, sealed_pages, stand_ins

DPI = 100.0
THUMBNAIL_PIXELS = 240
"""The width of a page in a chat: which paper it is can be seen, what it says cannot be read,
since a chat's picture is fetched without asking who looks."""
TRIES = 2
"""A page that killed its process so often is not drawn again."""
MOST_SEALED = 3
"""Pages with seals that are drawn besides the first and the last page."""


@dataclass(frozen=True, slots=True)
class Pictured:
    """What was drawn of a document; empty before that, and where it cannot be drawn.

    *pages* and *sealed* count from 1; *sealed* are those drawn that bear seals.
    """

    pages: tuple[int, ...] = ()
    sealed: tuple[int, ...] = ()
    refused: str = ""

    @property
    def shown(self) -> int | None:
        """The page to show if there is room for one."""
        return next(iter((*self.sealed, *self.pages)), None)


class PreviewService:
    """Who may see the pictures of a document is decided by whoever shows them."""

    def __init__(
        self, open_work: OpenWork, store: DocumentStore, installed_fonts: Sequence[Path] = ()
    ) -> None:
        self._open_work = open_work
        self._store = store
        self._fonts = tuple(installed_fonts)

    def draw(self, subject: str) -> None:
        """Draw the pages of a document worth seeing; ``id.page`` draws that one page besides,
        ``id.page.octets`` that page of what so many first octets of the file are.

        The last is for a PDF as it was before something was appended to it.
        Runs in the untrusted queue and is safe to run twice. A refusal is kept as the answer.
        """
        document_id, *wanted = subject.split(".")
        if not self._may_try(subject):
            return
        with self._open_work() as work:
            document = work.documents.get(document_id)
        if document.state is not DocumentState.ACCEPTED:
            return
        data = self._store.get(document.id)
        try:
            if wanted:
                self._draw(document.id, data, *map(int, wanted))
                return
            drawn = self._draw_all(document.id, data, len(document.pages))
        except PreviewRefused as exc:
            if wanted:
                return  # the rest of the document may be shown all the same
            drawn = Pictured(refused=exc.reason)
        self._keep(_key(document_id, "index"), json.dumps(asdict(drawn)).encode())

    def pictured(self, document_id: str) -> Pictured:
        """What there is to be shown now."""
        try:
            kept = json.loads(self._store.get(_key(document_id, "index")))
        except KeyError:
            return Pictured()
        return Pictured(tuple(kept["pages"]), tuple(kept["sealed"]), kept["refused"])

    def page(self, document_id: str, number: int, octets: int | None = None) -> bytes:
        """A page as PNG, of what *octets* of the file are. Raises NotFound if it was not drawn."""
        return self._picture(document_id, _name(number, octets))

    def has_page(self, document_id: str, number: int, octets: int | None = None) -> bool:
        try:
            self.page(document_id, number, octets)
        except NotFound:
            return False
        return True

    def ask_for(self, document_id: str, number: int) -> bool:
        """Whether the page is there; if not, it is drawn soon (asked for once, not twice)."""
        if self.has_page(document_id, number):
            return True
        try:
            self._store.put(_key(f"{document_id}.{number}", "asked"), b"asked")
        except FileExistsError:
            return False
        with self._open_work() as work:
            work.outbox.add("draw_preview", f"{document_id}.{number}")
            work.commit()
        return False

    def thumbnail(self, document_id: str) -> bytes:
        """The page to show, too small to be read. Raises NotFound."""
        return self._picture(document_id, "thumbnail")

    # --- the work -------------------------------------------------------------------

    def _draw_all(self, document_id: str, data: bytes, count: int) -> Pictured:
        sealed = sealed_pages(data)[:MOST_SEALED]
        pages = tuple(dict.fromkeys((1, *sealed, count)))
        pictures = {number: self._draw(document_id, data, number) for number in pages}
        drawn = Pictured(pages, tuple(sealed))
        self._keep(_key(document_id, "thumbnail"), _small(pictures[drawn.shown or 1]))
        return drawn

    def _draw(self, document_id: str, data: bytes, number: int, octets: int | None = None) -> bytes:
        """Draw, or take what an earlier run drew. Raises PreviewRefused."""
        try:
            return self.page(document_id, number, octets)
        except NotFound:
            picture = draw_page(data[:octets], number, DPI, stand_ins(self._fonts)).png
        self._keep(_key(document_id, _name(number, octets)), picture)
        return picture

    def _may_try(self, subject: str) -> bool:
        """Count this try. What ends the process does so before anything else is written down."""
        for number in range(TRIES):
            key = _key(subject, f"try {number}")
            try:
                self._store.get(key)
            except KeyError:
                self._keep(key, b"begun")
                return True
        return False

    def _keep(self, key: str, data: bytes) -> None:
        """The first of two runs counts."""
        try:
            self._store.put(key, data)
        except FileExistsError:
            return

    def _picture(self, document_id: str, name: str) -> bytes:
        try:
            return self._store.get(_key(document_id, name))
        except KeyError:
            raise NotFound(document_id) from None


def _name(number: int, octets: int | None) -> str:
    return str(number) if octets is None else f"{number} of {octets}"


def _key(document_id: str, name: str) -> str:
    """The id in the store; the documents' own ids are random and never like this one."""
    return sm3.digest(f"preview/{document_id}/{name}".encode()).hex()


def _small(png: bytes) -> bytes:
    with Image.open(BytesIO(png)) as picture:
        small = picture.convert("RGB")
    size = THUMBNAIL_PIXELS, max(1, round(small.height * THUMBNAIL_PIXELS / small.width))
    saved = BytesIO()
    small.resize(size, Image.Resampling.LANCZOS).quantize(32).save(saved, "PNG", optimize=True)
    return saved.getvalue()
