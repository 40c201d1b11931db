"""What an OFD package shows: its documents, pages, and every file a reader would open.

Element names are matched without regard to namespace or place, so that the list errs on
the side of naming too much: what is named here must be covered by a signature.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from seal_core.errors import MalformedData, PackageRefused
from seal_core.formats.ofd_package import (
    ROOT,
    Element,
    OfdPackage,
    ascii_based,
    child,
    children,
    local_name,
    parse_xml,
    resolve,
    text_of,
)

A4_MM = (210.0, 297.0)
MAX_PAGES = 10_000
MAX_SIDE_MM = 20_000.0  # beyond any plotter; a larger box is a mistake
MAX_BODIES = 100

_CONTENT = re.compile(rb"<(?:[\w.-]+:)?Content[\s/>]")


class Role(StrEnum):
    """What a file does for the reader."""

    ROOT = "root"
    DOCUMENT = "document"
    PAGE = "page"
    TEMPLATE = "template"
    RESOURCE = "resource"
    ANNOTATION = "annotation"
    ATTACHMENT = "attachment"
    TAG = "tag"
    EXTENSION = "extension"
    VERSION = "version"
    COVER = "cover"


@dataclass(frozen=True, slots=True)
class Page:
    """One page; *id* is what stamps refer to, *number* counts from 1 through all documents."""

    id: str
    number: int
    path: str | None  # None: the file is missing


@dataclass(frozen=True, slots=True)
class Fault:
    """A file that could not be followed further; *reason* as in PackageRefused, or "damaged"."""

    path: str
    reason: str
    detail: str = ""

    @classmethod
    def of(cls, path: str, refusal: MalformedData) -> Fault:
        reason = refusal.reason if isinstance(refusal, PackageRefused) else "damaged"
        return cls(path, reason, str(refusal))


@dataclass(frozen=True, slots=True)
class Body:
    """One DocBody: a document with its own list of signatures."""

    index: int
    document: str | None
    signatures: str | None  # path of Signatures.xml, whether the file exists or not
    parts: dict[str, Role]
    pages: tuple[Page, ...] = ()
    templates: dict[str, str] = field(default_factory=dict)
    area: tuple[float, float] | None = None


@dataclass(slots=True)
class OfdModel:
    """Everything the package's own words lead to."""

    bodies: tuple[Body, ...] = ()
    dangling: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def parts(self) -> dict[str, Role]:
        """Every file a reader opens, with what it is for."""
        return {path: role for body in self.bodies for path, role in body.parts.items()}

    @property
    def pages(self) -> tuple[Page, ...]:
        """The pages of all documents."""
        return tuple(page for body in self.bodies for page in body.pages)


def read_model(package: OfdPackage) -> OfdModel:
    """Follow OFD.xml to every file. Raises MalformedData only if OFD.xml cannot be read,
    PackageRefused for more pages than MAX_PAGES.

    What is wrong further down is told in ``faults`` and ``dangling``.
    """
    return _Walk(package).run()


def page_size_mm(package: OfdPackage, body: Body, page: Page) -> tuple[float, float]:
    """Width and height: the page's own area, its template's, the document's, else A4."""
    if page.path is None:
        return body.area or A4_MM
    own, template_id = _area_and_template(package, page.path)
    if own:
        return own
    template = body.templates.get(template_id)
    of_template = _area_and_template(package, template)[0] if template else None
    return of_template or body.area or A4_MM


def parse_box(text: str) -> tuple[float, float, float, float] | None:
    """Four finite numbers ``x y w h``, or None."""
    try:
        values = [float(part) for part in text.split()]
    except ValueError:
        return None
    if len(values) != 4 or not all(map(math.isfinite, values)):
        return None
    return values[0], values[1], values[2], values[3]


class _Walk:
    """One pass over the package."""

    def __init__(self, package: OfdPackage) -> None:
        self._package = package
        self._model = OfdModel()
        self._parts: dict[str, Role] = {}
        self._page_count = 0
        self._number = 0

    def run(self) -> OfdModel:
        path = f"/{ROOT}"
        root = self._package.xml(path)
        if local_name(root) != "OFD":
            raise MalformedData("ofd", "OFD.xml does not hold an OFD element")
        bodies = [*children(root, "DocBody")]
        if not 0 < len(bodies) <= MAX_BODIES:
            raise MalformedData("ofd", f"{len(bodies)} documents")
        self._model.bodies = tuple(self._body(i, body, path) for i, body in enumerate(bodies))
        return self._model

    def _body(self, index: int, element: Element, base: str) -> Body:
        self._parts = {base: Role.ROOT}
        for cover in element.iter("{*}Cover"):
            self._file(text_of(cover), base, Role.COVER)
        for version in element.iter("{*}Version"):
            self._version(version.get("BaseLoc", ""), base)
        signatures = self._resolve(text_of(child(element, "Signatures")), base)
        if signatures:
            signatures = self._package.find(signatures) or signatures
        document = self._file(text_of(child(element, "DocRoot")), base, Role.DOCUMENT)
        if document is None:
            self._model.faults.append(Fault(base, "no_document"))
            return Body(index, None, signatures, self._parts)
        pages, templates, area = self._document(document)
        return Body(index, document, signatures, self._parts, pages, templates, area)

    def _version(self, location: str, base: str) -> None:
        """A version names its files and its own DocRoot (clause 7.10)."""
        path = self._file(location, base, Role.VERSION)
        root = self._xml(path)
        if root is None or path is None:
            return
        for listed in root.iter("{*}File"):
            self._file(text_of(listed), path, Role.VERSION)
        for inner in root.iter("{*}DocRoot"):
            document = self._file(text_of(inner), path, Role.DOCUMENT)
            number = self._number
            if document:
                self._document(document)
            self._number = number  # a version's pages take the place of others

    def _document(
        self, path: str
    ) -> tuple[tuple[Page, ...], dict[str, str], tuple[float, float] | None]:
        """Pages, templates by id, and the area of pages that tell none."""
        root = self._xml(path)
        if root is None:
            return (), {}, None
        for element in root.iter("{*}PublicRes", "{*}DocumentRes"):
            self._resource(text_of(element), path)
        templates = self._templates(root, path)
        pages = tuple(self._pages(root, path))
        self._lists(root, path)
        return pages, templates, _area_of(child(root, "CommonData"))

    def _templates(self, root: Element, base: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for element in root.iter("{*}TemplatePage"):
            path = self._file(element.get("BaseLoc", ""), base, Role.TEMPLATE)
            if path:
                self._page_resources(path)
                found.setdefault(element.get("ID", ""), path)
        return found

    def _pages(self, root: Element, base: str) -> Iterator[Page]:
        for holder in children(root, "Pages"):
            for element in children(holder, "Page"):
                self._page_count += 1
                self._number += 1
                if self._page_count > MAX_PAGES:
                    raise PackageRefused("too_many_pages")
                path = self._file(element.get("BaseLoc", ""), base, Role.PAGE)
                if path:
                    self._page_resources(path)
                yield Page(element.get("ID", ""), self._number, path)

    def _page_resources(self, path: str) -> None:
        try:
            if not self._package.mentions(path, b"PageRes"):
                return
        except MalformedData as exc:
            self._model.faults.append(Fault.of(path, exc))
            return
        root = self._xml(path)
        if root is not None:
            for element in root.iter("{*}PageRes"):
                self._resource(text_of(element), path)

    def _resource(self, location: str, base: str) -> None:
        """A resource file; what it lists lies under its BaseLoc (clause 7.9)."""
        path = self._file(location, base, Role.RESOURCE)
        root = self._xml(path)
        if root is None or path is None:
            return
        folder = self._resolve(root.get("BaseLoc") or ".", path)
        inner_base = f"{folder.rstrip('/')}/." if folder else path
        for element in root.iter("{*}FontFile", "{*}MediaFile"):
            self._file(text_of(element), inner_base, Role.RESOURCE)
        for element in root.iter("{*}ColorSpace"):
            if element.get("Profile"):
                self._file(element.get("Profile", ""), inner_base, Role.RESOURCE)

    def _lists(self, root: Element, base: str) -> None:
        lists = {
            "Annotations": Role.ANNOTATION,
            "Attachments": Role.ATTACHMENT,
            "CustomTags": Role.TAG,
            "Extensions": Role.EXTENSION,
        }
        for name, role in lists.items():
            for element in children(root, name):
                self._list(text_of(element), base, role)

    def _list(self, location: str, base: str, role: Role) -> None:
        path = self._file(location, base, role)
        root = self._xml(path)
        if root is None or path is None:
            return
        for element in root.iter("{*}FileLoc", "{*}SchemaLoc", "{*}ExtendData"):
            self._file(text_of(element), path, role)

    def _file(self, location: str, base: str, role: Role) -> str | None:
        """The path of a file named in *base*, noted as shown; None if there is none."""
        path = self._resolve(location, base)
        if path is None:
            return None
        found = self._package.find(path)
        if found is None:
            self._model.dangling.append(path)
            return None
        self._parts.setdefault(found, role)
        return found

    def _resolve(self, location: str, base: str) -> str | None:
        if not location:
            return None
        try:
            return resolve(location, base)
        except MalformedData as exc:
            self._model.faults.append(Fault.of(base, exc))
            return None

    def _xml(self, path: str | None) -> Element | None:
        if path is None:
            return None
        try:
            return self._package.xml(path)
        except MalformedData as exc:
            self._model.faults.append(Fault.of(path, exc))
            return None


def _area_and_template(package: OfdPackage, path: str) -> tuple[tuple[float, float] | None, str]:
    """The page's own area and the id of its first template, without reading its content.

    Of a page in UTF-8 or GBK only the part before its content is parsed.
    """
    try:
        content = package.read(path)
        start = _CONTENT.search(content) if ascii_based(content) else None
        root = parse_xml(content[: start.start()] + _closing(content) if start else content, path)
    except MalformedData:
        return None, ""
    area, template = child(root, "Area"), child(root, "Template")
    return (
        _box_of(area) if area is not None else None,
        template.get("TemplateID", "") if template is not None else "",
    )


def _closing(content: bytes) -> bytes:
    """The end tag of the root element."""
    return content[max(0, content.rfind(b"</")) :]


def _area_of(holder: Element | None) -> tuple[float, float] | None:
    area = child(holder, "PageArea") if holder is not None else None
    return _box_of(area) if area is not None else None


def _box_of(area: Element) -> tuple[float, float] | None:
    box = parse_box(text_of(child(area, "PhysicalBox")))
    if box is None or not (0 < box[2] <= MAX_SIDE_MM and 0 < box[3] <= MAX_SIDE_MM):
        return None
    return box[2], box[3]
