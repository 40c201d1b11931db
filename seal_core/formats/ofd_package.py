"""OFD packages: files by path, XML by local name (GB/T 33190-2016, clause 7).

What a package says about its documents is ``ofd_model``, about its signatures
``ofd_signatures``; this part only finds and reads files, safely.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Protocol

from lxml import etree

from seal_core.errors import MalformedData, PackageRefused
from seal_core.formats.zip_archive import ZipArchive, fold

NAMESPACE = "http://www.ofdspec.org/2016"
OLD_NAMESPACE = "http://www.ofdspec.org"  # drafts of the standard, still written by some vendors

ROOT = "OFD.xml"

MAX_XML = 64 * 1024 * 1024  # bytes of one XML file
# What a tree costs is told by its tags and attributes: 120 octets for each "<", twice that
# for each "=". Two million are about 250 MB, and half a second.
MAX_XML_COST = 2_000_000  # of one XML file
MAX_XML_COST_IN_ALL = 4_000_000  # of all files that tell the package's structure
MAX_DRAWN_COST_IN_ALL = 20_000_000  # of all pages that are looked through for a text

_CACHED_PART = 1024 * 1024
_CACHED_IN_ALL = 32 * 1024 * 1024

# Encodings in which element names are plain ASCII bytes.
_ASCII_BASED = re.compile(rb"(?i)^(utf-8|gb2312|gbk|gb18030|us-ascii|iso-8859-1)$")
_DECLARED = re.compile(rb"^<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)[\"']")
_BOM = b"\xef\xbb\xbf"
_PLAIN_PATH = re.compile(r"/?(?:[^./\\\x00][^/\\\x00]*/)*[^./\\\x00][^/\\\x00]*\Z")

Element = etree._Element  # lxml publishes no other name for the type


class Hasher(Protocol):
    """What hashlib and seal_core.gm.sm3 give alike."""

    def update(self, data: bytes, /) -> object: ...

    def digest(self) -> bytes: ...


class OfdPackage:
    """An OFD file in memory. Paths are absolute in the package and start with ``/``.

    Raises PackageRefused or MalformedData; see ZipArchive for what is refused on opening.
    """

    def __init__(self, data: bytes, *, structure_cost: int = MAX_XML_COST_IN_ALL) -> None:
        self._archive = ZipArchive(data)
        self._structure_cost = structure_cost
        self._cache: dict[str, bytes] = {}
        self._cached = 0
        self._cost = self._drawn = 0
        self._folded: dict[str, str] | None = None
        self.quirks: set[str] = self._archive.quirks
        if ROOT not in self._archive.entries:
            raise PackageRefused("no_root", ROOT)

    @property
    def paths(self) -> tuple[str, ...]:
        """Every file of the package, in the order of the archive's directory."""
        return tuple(f"/{name}" for name in self._archive.entries)

    def __contains__(self, path: str) -> bool:
        return path[1:] in self._archive.entries

    def find(self, path: str) -> str | None:
        """The file that readers open for *path*: exact, or the one that differs only in case."""
        if path in self:
            return path
        if self._folded is None:
            self._folded = {fold(known): known for known in self.paths}
        found = self._folded.get(fold(path))
        if found:
            self.quirks.add("path_case")
        return found

    def read(self, path: str) -> bytes:
        """The file's bytes. Raises MalformedData if there is none."""
        name = path[1:]
        if name in self._cache:
            return self._cache[name]
        if name not in self._archive.entries:
            raise MalformedData("package", f"no file {path[:200]}")
        content = self._archive.read(name)
        if len(content) <= _CACHED_PART and self._cached + len(content) <= _CACHED_IN_ALL:
            self._cache[name] = content
            self._cached += len(content)
        return content

    def size(self, path: str) -> int:
        """The file's size in bytes, inflated."""
        return self._archive.entries[path[1:]].size

    def digest(self, path: str, new: Callable[[], Hasher]) -> bytes:
        """Hash the file; large ones are never held in memory whole."""
        hasher = new()
        if self.size(path) <= _CACHED_PART:
            hasher.update(self.read(path))
        else:
            for piece in self._archive.chunks(path[1:]):
                hasher.update(bytes(piece))
        return hasher.digest()

    def xml(self, path: str) -> Element:
        """The root element of a file. Raises PackageRefused beyond the limits."""
        content = self.read(path)
        self._cost = self._charge(path, content, self._cost, self._structure_cost)
        return parse_xml(content, path)

    def drawn(self, path: str) -> Element:
        """The root element of a page or template, when its texts are wanted."""
        content = self.read(path)
        self._drawn = self._charge(path, content, self._drawn, MAX_DRAWN_COST_IN_ALL)
        return parse_xml(content, path)

    def _charge(self, path: str, content: bytes, so_far: int, limit: int) -> int:
        cost = content.count(b"<") + 2 * content.count(b"=")
        if cost > MAX_XML_COST or so_far + cost > limit or len(content) > MAX_XML:
            raise PackageRefused("too_large", f"XML {path[:200]}")
        return so_far + cost

    def may_show(self, path: str, character: str) -> bool:
        """Whether the XML file may hold the character; a cheap first look, never wrongly False."""
        content = self.read(path)
        declared = _DECLARED.match(content.removeprefix(_BOM).lstrip()[:200])
        utf8 = declared[1].lower() == b"utf-8" if declared else ascii_based(content)
        return not utf8 or b"&#" in content or character.encode() in content

    def mentions(self, path: str, element: bytes) -> bool:
        """Whether the XML file may hold an element of that local name; a cheap first look.

        Never False for a file that has one: names cannot be escaped in XML, and encodings
        that do not write them as ASCII bytes answer True.
        """
        content = self.read(path)
        return element in content or not ascii_based(content)

    def keeps(self, path: str, other: OfdPackage) -> bool:
        """Whether the file lies here as it lies in *other*, to the packed byte."""
        return self._archive.holds(path[1:], other._archive.packed_bytes(path[1:]))

    def rewritten(self, changes: Mapping[str, bytes], at: datetime) -> bytes:
        """The package with files added or replaced; all others keep their packed bytes."""
        named = {path[1:]: content for path, content in changes.items()}
        return self._archive.rewritten(named, at)


def parse_xml(content: bytes, what: str) -> Element:
    """Parse without DTD, entities or network; depth is limited to 256 by libxml2."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise MalformedData("xml", f"{what[:200]}: {exc}") from exc
    if root.getroottree().docinfo.internalDTD is not None:
        raise MalformedData("xml", f"{what[:200]}: a document type is not allowed")
    return root


def resolve(location: str, base: str) -> str:
    """The absolute path of *location* as written in the file *base*.

    Raises MalformedData for one that leaves the package (clause 7.5: a leading slash is
    the package's root, everything else is relative to the file that holds it).
    """
    cleaned = location.strip()
    if _PLAIN_PATH.match(cleaned):  # nearly all: spare them the long way
        return cleaned if cleaned[0] == "/" else base[: base.rindex("/") + 1] + cleaned
    cleaned = cleaned.replace("\\", "/")
    if not cleaned or "\x00" in cleaned:
        raise MalformedData("path", "empty or with NUL")
    joined = cleaned if cleaned.startswith("/") else f"{posixpath.dirname(base)}/{cleaned}"
    depth = 0
    for part in joined.split("/"):
        depth += {"": 0, ".": 0, "..": -1}.get(part, 1)
        if depth < 0:
            raise MalformedData("path", f"leaves the package: {location[:200]}")
    normal = posixpath.normpath(joined)
    return f"/{normal.lstrip('/')}"


def local_name(element: Element) -> str:
    """The name without namespace; empty for comments and processing instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element, name: str) -> Iterator[Element]:
    """The child elements of that local name."""
    return (child for child in element if local_name(child) == name)


def child(element: Element, name: str) -> Element | None:
    """The first child element of that local name."""
    return next(children(element, name), None)


def text_of(element: Element | None) -> str:
    """The element's text, stripped; empty if there is none."""
    return (element.text or "").strip() if element is not None else ""


def ascii_based(content: bytes) -> bool:
    """Whether the XML file writes ASCII characters as single bytes, as UTF-8 and GBK do."""
    head = content[:200].removeprefix(_BOM).lstrip()
    declared = _DECLARED.match(head)
    if declared:
        return bool(_ASCII_BASED.match(declared[1]))
    return head.startswith(b"<") and b"\x00" not in head
