"""Where a revision refers to an object: pyHanko's answer, without reading what cannot matter.

pyHanko's difference analysis asks how the objects that a later revision overwrote could be
reached in the revision before, and walks every object of the document to tell. Here a light
look at the bytes finds who refers to whom; then pyHanko walks, and whatever does not lead to
the object asked for looks empty to it. A look that cannot be sure reads the object in full, so
the answer is the same (tests/verify/readers/test_pdf_usages.py compares them).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, RawPdfPath

from seal_core.formats.pdf_bytes import TolerantReader, open_pdf
from seal_core.formats.pdf_objects import entry, pointers, reference

_Number = tuple[int, int]  # of an object, with its generation

# The dictionary of an object ends here, or something begins in which this may be written too.
_STOP = re.compile(rb"stream|endobj|[(%]")
_REFERENCE = re.compile(rb"(?<!\d)(\d+)[\s\x00]+(\d+)[\s\x00]+R")
# pyHanko does not climb through /Parent, which would lead from every page to every other
_PARENT = re.compile(rb"/Parent[\s\x00]+\d+[\s\x00]+\d+[\s\x00]+R")
_SPACE = b" \t\r\n\f\x00"
_BEFORE_END = (b" ", b"\t", b"\r", b"\n", b">", b"]")
_LONGEST = 1024 * 1024  # octets of a dictionary that are looked at lightly


def open_judged(data: bytes) -> JudgedReader:
    """Raises PasswordNeeded or MalformedData."""
    reader = open_pdf(data, JudgedReader)
    assert isinstance(reader, JudgedReader)
    return reader


class JudgedReader(TolerantReader):
    """Hands out revisions that know their usages cheaply."""

    def get_historical_resolver(self, revision: int) -> JudgedRevision:
        known = self._historical_resolver_cache.get(revision)
        if not isinstance(known, JudgedRevision):
            known = self._historical_resolver_cache[revision] = JudgedRevision(self, revision)
        return known

    @cached_property
    def outline(self) -> Outline:
        """Who refers to whom, for all revisions."""
        return Outline(self)


class JudgedRevision(HistoricalResolver):
    """One revision; usages are looked for object by object, when they are asked for."""

    reader: JudgedReader

    def __init__(self, reader: JudgedReader, revision: int) -> None:
        super().__init__(reader, revision)
        self._usages: dict[generic.Reference, set[RawPdfPath]] = {}

    def _load_reverse_xref_cache(self) -> None:
        """Look in one go for what is asked for next: all that the next revision wrote, and the
        fields of the form."""
        if self.revision + 1 < self.reader.xrefs.total_revisions:
            written = self.reader.xrefs.explicit_refs_in_revision(self.revision + 1)
            fields = pointers(entry(entry(self.root, "/AcroForm"), "/Fields"))
            wanted = {*written, *(field.reference for field in fields)}
            self._look([ref for ref in wanted if ref not in self._usages])

    def _get_usages_of_ref(self, ref: generic.Reference) -> set[RawPdfPath]:
        if ref not in self._usages:
            self._look([ref])
        return self._usages[ref]

    def pages_leading_to(
        self, later: JudgedRevision
    ) -> tuple[HistoricalResolver, HistoricalResolver]:
        """This revision and the next, *later*, with the pages alone that *later* touched.

        All others are pages without anything, here and there: what nobody wrote cannot differ.
        """
        refs = self.reader.xrefs.explicit_refs_in_revision(later.revision)
        written = {(ref.idnum, ref.generation) for ref in refs}
        kept = written | self._leading_to(written)
        return _Skeleton(self, kept, "/Page"), _Skeleton(later, kept, "/Page")

    def _look(self, refs: Sequence[generic.Reference]) -> None:
        relevant = self._leading_to([(ref.idnum, ref.generation) for ref in refs])
        if not relevant:
            self._usages.update((ref, set()) for ref in refs)
        else:
            skeleton = _Skeleton(self, relevant)
            skeleton._load_reverse_xref_cache()  # type: ignore[no-untyped-call]
            self._usages.update((ref, skeleton._get_usages_of_ref(ref)) for ref in refs)

    def _leading_to(self, targets: Iterable[_Number]) -> set[_Number]:
        """All objects that lead to one of *targets*; empty if nothing refers to any."""
        found: set[_Number] = set()
        stack = [*targets]
        while stack:
            for number in self._referrers.get(stack.pop(), ()):
                if number not in found:
                    found.add(number)
                    stack.append(number)
        return found

    @cached_property
    def _referrers(self) -> dict[_Number, set[_Number]]:
        """By object, who refers to it; the trailer is called (0, 0)."""
        found: dict[_Number, set[_Number]] = {}
        for number in references(self.trailer_view):
            found.setdefault(number, set()).add((0, 0))
        for number, targets in self.reader.outline.of(self):
            for target in targets:
                found.setdefault(target, set()).add(number)
        return found


class _Skeleton(HistoricalResolver):
    """A revision in which everything irrelevant is an empty dictionary (of a /Type)."""

    def __init__(self, whole: JudgedRevision, relevant: set[_Number], kind: str = "") -> None:
        super().__init__(whole.reader, whole.revision)
        ends = (whole.root_ref, reference(whole.root, "/Pages"))  # pyHanko begins with these
        self._relevant = relevant | {(ref.idnum, ref.generation) for ref in ends if ref}
        entries = {generic.pdf_name("/Type"): generic.pdf_name(kind)} if kind else {}
        self._nothing = generic.DictionaryObject(entries)

    def get_object(
        self, ref: generic.Reference, as_metadata_stream: bool = False
    ) -> generic.PdfObject:
        if (ref.idnum, ref.generation) in self._relevant:
            found: generic.PdfObject = super().get_object(ref, as_metadata_stream)
            return found
        return self._nothing


class Outline:
    """References by the place of the object that has them, each object looked at once."""

    def __init__(self, reader: JudgedReader) -> None:
        self._reader = reader
        self._data: bytes = reader.stream.getvalue()
        self._known: dict[object, frozenset[_Number]] = {}
        self._placed: list[dict[_Number, tuple[generic.Reference, object]]] = []

    def of(self, revision: JudgedRevision) -> Iterator[tuple[_Number, frozenset[_Number]]]:
        """Every object of the revision with the objects it refers to."""
        for number, (ref, place) in self.places(revision.revision).items():
            if place not in self._known:
                self._known[place] = self._look(place, revision, ref)
            yield number, self._known[place]

    def places(self, revision: int) -> dict[_Number, tuple[generic.Reference, object]]:
        """Where the objects of the revision are: as before, but for what its table says."""
        xrefs = self._reader.xrefs
        while len(self._placed) <= revision:
            latest = len(self._placed)
            places = dict(self._placed[-1]) if self._placed else {}
            for ref in xrefs.refs_freed_in_revision(latest):
                places.pop((ref.idnum, ref.generation), None)
            for ref in xrefs.explicit_refs_in_revision(latest):
                places[ref.idnum, ref.generation] = (ref, xrefs.get_historical_ref(ref, latest))
            self._placed.append(places)
        return self._placed[revision]

    def _look(
        self, place: object, revision: JudgedRevision, ref: generic.Reference
    ) -> frozenset[_Number]:
        lightly = None
        if isinstance(place, int) and not self._reader.encrypted:
            lightly = _glimpse(self._data, place)
        return frozenset(references(revision(ref))) if lightly is None else lightly


def _glimpse(data: bytes, offset: int) -> frozenset[_Number] | None:
    """The references of the object at *offset*; None where the bytes might mislead."""
    stop = _STOP.search(data, offset, offset + _LONGEST)
    if stop is None:
        return None
    text = data[offset : stop.start()]
    if not _is_whole(text, stop.group()):
        return None
    without_parent, parents = _PARENT.subn(b"", text)
    if text.count(b"/Parent") != parents or (parents and not _is_entry(text)):
        return None
    return frozenset((int(n), int(g)) for n, g in _REFERENCE.findall(without_parent))


def _is_whole(text: bytes, end: bytes) -> bool:
    """Whether *end* ends the object, and does not stand in a name, a string or a comment."""
    closed = text.count(b"<<") == text.count(b">>") and text.count(b"[") == text.count(b"]")
    if end == b"stream":
        return closed and text.rstrip(_SPACE).endswith(b">>")
    return end == b"endobj" and closed and text[-1:] in _BEFORE_END


def _is_entry(text: bytes) -> bool:
    """Whether /Parent is a key of the one dictionary, and not an element of an array."""
    at = text.index(b"/Parent")
    return text.count(b"/Parent") == 1 and text.count(b"[", 0, at) == text.count(b"]", 0, at)


def references(value: object) -> Iterator[_Number]:
    """All references in a value that was read, but those through /Parent."""
    stack = [value]
    while stack:
        value = stack.pop()
        if isinstance(value, generic.IndirectObject):
            yield value.idnum, value.generation
        elif isinstance(value, generic.DictionaryObject):
            stack += [raw for key, raw in value.items() if key != "/Parent"]
        elif isinstance(value, generic.ArrayObject):
            stack += [value.raw_get(index) for index in range(len(value))]
