"""The seals on an OFD page: pictures out of the signatures, where StampAnnot puts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from seal_core.errors import MalformedData
from seal_core.formats.ofd_model import Body, Page
from seal_core.formats.ofd_signatures import (
    SignatureFile,
    Stamp,
    read_signature,
    read_signature_list,
)
from seal_core.formats.ses import parse_seal, parse_signature
from seal_core.previews.canvas import Canvas, number
from seal_core.previews.fonts import StandIns
from seal_core.previews.ofd_objects import image
from seal_core.previews.ofd_page import PageDrawer
from seal_core.previews.ofd_source import Source
from seal_core.previews.pictures import data_uri, is_opaque

_MAX_STAMPS = 200  # on one page


def signatures_of(
    source: Source, body: Body, note: Callable[[str], None]
) -> Iterator[SignatureFile]:
    """The signatures of a document that can be read; *note* is told of the others."""
    path = body.signatures
    if path is None or source.package.find(path) is None:
        return
    try:
        listed = read_signature_list(source.package, path).signatures
    except MalformedData:
        note("list of signatures unreadable")
        return
    for entry in listed:
        try:
            if entry.path:
                yield read_signature(source.package, entry.path)
        except MalformedData:
            note(f"signature {entry.id} unreadable")


class StampDrawer:
    """Draws the stamps of one page above everything else."""

    def __init__(
        self, canvas: Canvas, source: Source, body: Body, page: Page, stand_ins: StandIns
    ) -> None:
        self._canvas = canvas
        self._source = source
        self._body = body
        self._page = page
        self._stand_ins = stand_ins

    def draw(self) -> None:
        """All of them, in the order of the signatures. Whether they are genuine is not asked."""
        drawn = 0
        for signature in signatures_of(self._source, self._body, self._canvas.note):
            for stamp in signature.stamps:
                if stamp.page_id == self._page.id and drawn < _MAX_STAMPS:
                    self._stamp(signature, stamp)
                    drawn += 1

    def _stamp(self, signature: SignatureFile, stamp: Stamp) -> None:
        x, y, width, height = stamp.boundary
        if not (0 < width <= 1000 and 0 < height <= 1000):
            self._canvas.note(f"stamp {stamp.id} has no size")
            return
        name = self._picture(signature, width, height)
        if not name:
            return
        clip, blend = "", ""
        if stamp.clip:
            left, top, across, down = map(number, stamp.clip)
            shape = f'<rect x="{left}" y="{top}" width="{across}" height="{down}"/>'
            clip = self._canvas.define(f'<clipPath id="{{id}}">{shape}</clipPath>')
            clip = f' clip-path="url(#{clip})"'
        if self._canvas.defined(("opaque", name)) is not None:
            blend = ' style="mix-blend-mode:multiply"'  # ink: the text below stays to be seen
        self._canvas.add(
            f'<g transform="translate({number(x)} {number(y)})"{clip}{blend}>'
            f'<use href="#{name}" transform="scale({number(width)} {number(height)})"/></g>'
        )

    def _picture(self, signature: SignatureFile, width: float, height: float) -> str:
        """The id of the seal's picture over the unit square; empty if there is none."""
        key = ("seal", signature.path)
        known = self._canvas.defined(key)
        if known is not None:
            return known
        try:
            picture = self._seal_picture(signature)
            if picture.startswith(b"PK"):
                return self._canvas.define(self._nested(picture), key)
            shown = width * self._canvas.pixels_per_mm, height * self._canvas.pixels_per_mm
            name = self._canvas.define(image(data_uri(picture, self._canvas.budget, shown)), key)
        except MalformedData as exc:
            self._canvas.note(f"seal picture of {signature.path} is not drawn: {exc}")
            return self._canvas.give_up(key)
        if is_opaque(picture):
            self._canvas.give_up(("opaque", name))
        return name

    def _seal_picture(self, signature: SignatureFile) -> bytes:
        """What was signed before what lies beside it. Raises MalformedData."""
        package = self._source.package
        path = package.find(signature.signed_value) if signature.signed_value else None
        if path:
            try:
                return parse_signature(package.read(path)).seal.picture
            except MalformedData:
                if signature.seal is None:
                    raise
        beside = package.find(signature.seal) if signature.seal else None
        if beside is None:
            raise MalformedData("seal", "missing")
        return parse_seal(package.read(beside)).picture

    def _nested(self, package: bytes) -> str:
        """A seal drawn as an OFD package of its own; its page over the unit square."""
        source = Source(package)
        found = source.page(1)
        if found is None:
            raise MalformedData("seal", "an OFD without a page")
        drawer = PageDrawer(self._canvas, source, *found, self._stand_ins)
        with self._canvas.aside() as drawn:
            drawer.draw()
        width, height = drawer.size_mm
        scale = f"scale({number(1 / width)} {number(1 / height)})"
        return f'<g id="{{id}}"><g transform="{scale}">{"".join(drawn)}</g></g>'
