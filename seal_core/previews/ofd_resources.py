"""What a page refers to by id: fonts, pictures, drawing parameters, colour spaces, composites."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from seal_core.errors import MalformedData
from seal_core.formats.ofd_model import Body, Page
from seal_core.formats.ofd_package import (
    Element,
    child,
    children,
    local_name,
    resolve,
    text_of,
)
from seal_core.previews.ofd_source import Source

_LISTED = ("Font", "MultiMedia", "DrawParam", "ColorSpace", "CompositeGraphicUnit")


@dataclass(frozen=True, slots=True)
class Resource:
    """One entry and the file it names, if it names one that is there."""

    element: Element
    file: str | None


@dataclass(slots=True)
class Resources:
    """The page's own resources before the document's, the document's before the public ones."""

    faults: list[str] = field(default_factory=list)
    default_colour_space: str = ""
    _known: dict[tuple[str, str], Resource] = field(default_factory=dict)

    def find(self, kind: str, key: str | None) -> Resource | None:
        """*kind* is the element's name, *key* its ID."""
        return self._known.get((kind, key.strip())) if key else None

    def load(self, source: Source, path: str) -> None:
        """Take in one resource file; what is known already stays."""
        try:
            root = source.root(path)
        except MalformedData:
            self.faults.append(f"resource file {path} unreadable")
            return
        folder = _folder(root, path)
        for group in root:
            for element in group if local_name(group).endswith("s") else (group,):
                kind = local_name(element)
                if kind in _LISTED:
                    resource = Resource(element, _file(source, element, folder))
                    self._known.setdefault((kind, element.get("ID", "").strip()), resource)


def resources_of(source: Source, body: Body, page: Page) -> Resources:
    """Everything the page may refer to. Never raises for a bad file; it is told as a fault."""
    resources = Resources()
    for path in (page.path, *body.templates.values(), body.document):
        if path is None:
            continue
        try:
            root = source.root(path)
        except MalformedData:
            continue
        for name in ("PageRes", "DocumentRes", "PublicRes"):
            for location in _locations(root, name):
                found = source.locate(location, path)
                if found:
                    resources.load(source, found)
        if path == body.document:
            common = child(root, "CommonData")
            if common is not None:
                resources.default_colour_space = text_of(child(common, "DefaultCS"))
    return resources


def _locations(root: Element, name: str) -> Iterator[str]:
    holder = child(root, "CommonData")
    for parent in (root, holder):
        if parent is not None:
            yield from (text_of(element) for element in children(parent, name))


def _folder(root: Element, path: str) -> str:
    """Where the files of a resource file lie (clause 7.9); a base for ``resolve``."""
    try:
        return resolve(root.get("BaseLoc") or ".", path).rstrip("/") + "/."
    except MalformedData:
        return path


def _file(source: Source, element: Element, folder: str) -> str | None:
    named = child(element, "FontFile")
    named = child(element, "MediaFile") if named is None else named
    return source.locate(text_of(named), folder)
