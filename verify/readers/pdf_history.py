"""What happened to a PDF after each signature: every later revision, compared with the one before.

pyHanko's difference analysis does the comparing, with three changes. Filling in forms is no
allowed change (a seal stands under what the form said), revisions are compared one by one so
that the cost grows with their number and not with its square, and a signature field that
appears on a page without being signed counts as painting over it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DocInfoRule,
    DSSCompareRule,
    FormUpdatingRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    XrefStreamRule,
)
from pyhanko.sign.diff_analysis.form_rules_api import FieldComparisonContext, FormUpdate
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm

from seal_core.errors import MalformedData
from seal_core.formats.pdf_bytes import SignatureField, guarded, signature_fields
from seal_core.formats.pdf_objects import elements, entry
from seal_core.formats.pdf_page import read_rect
from verify.readers.pdf_signature import SignatureValue
from verify.readers.pdf_usages import JudgedRevision

_BYTE_RANGE = re.compile(rb"/ByteRange[\s\x00]*\[[\s\x00]*\d+(?:[\s\x00]+\d+){3}")
_UPKEEP = ModificationLevel.LTA_UPDATES


class FieldCreation(SigFieldCreationRule):
    """Lets new fields onto pages, without reading the pages that nobody wrote."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def apply(
        self, context: FieldComparisonContext
    ) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        old, new = context.old, context.new
        if isinstance(old, JudgedRevision) and isinstance(new, JudgedRevision):
            old, new = old.pages_leading_to(new)
        found: Iterable[tuple[ModificationLevel, FormUpdate]] = super().apply(
            FieldComparisonContext(context.field_specs, old, new)
        )
        return found


SEALED_POLICY = StandardDiffPolicy(
    global_rules=[
        CatalogModificationRule(),
        DocInfoRule().as_qualified(_UPKEEP),
        ObjectStreamRule().as_qualified(_UPKEEP),
        XrefStreamRule().as_qualified(_UPKEEP),
        DSSCompareRule().as_qualified(_UPKEEP),
        MetadataUpdateRule().as_qualified(_UPKEEP),
    ],
    form_rule=FormUpdatingRule(field_rules=[FieldCreation(), SigFieldModificationRule()]),
)


@dataclass(frozen=True, slots=True)
class Step:
    """What one revision changed: the level, the fields it touched, and what is wrong with it."""

    revision: int
    level: ModificationLevel
    fields: frozenset[str] = frozenset()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Removed:
    """A field that was signed in *revision* and is no more."""

    name: str
    revision: int


class History:
    """The steps since the first signature, made when first asked for."""

    def __init__(
        self,
        reader: PdfFileReader,
        values: Sequence[SignatureValue],
        fields: Sequence[SignatureField],
        removed: Sequence[Removed] = (),
    ) -> None:
        self._reader = reader
        made = (int(reader.xrefs.get_introducing_revision(value.ref)) for value in values)
        self.first = min((*made, *(one.revision for one in removed)), default=0)
        self._signed = {value.revision for value in values}
        self._painted = dict(self._unbacked(values, fields))
        self._certified = _certification(values)
        self.last = reader.xrefs.total_revisions - 1

    def since(self, revision: int) -> list[Step]:
        """The steps behind *revision*."""
        return [step for step in self.steps if step.revision > revision]

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        return tuple(self._all_steps())

    def _all_steps(self) -> Iterator[Step]:
        painted = self._painted
        newest = max(self._signed, default=0)
        for revision in range(self.first + 1, self.last + 1):
            step = self._step(revision)
            if not step.problem and revision in painted:
                yield _changed(revision, f"{painted[revision]} is shown but not signed")
            elif not step.problem and revision > newest and step.level > _UPKEEP:
                yield _changed(revision, "form changed after the newest signature")
            else:
                yield step

    def _step(self, revision: int) -> Step:
        """Compare *revision* with the one before."""
        before = self._reader.get_historical_resolver(revision - 1)
        after = self._reader.get_historical_resolver(revision)
        try:
            with guarded("pdf revision"):
                _refuse_filled_holes(before, after)
                result = SEALED_POLICY.apply(before, after, doc_mdp=self._mdp_before(revision))
        except MalformedData as exc:
            return _changed(revision, exc.detail)
        return Step(revision, result.modification_level, frozenset(result.changed_form_fields))

    def _mdp_before(self, revision: int) -> MDPPerm | None:
        """What a certification made before *revision* still allows."""
        if self._certified is None or self._certified[0] >= revision:
            return None
        return self._certified[1]

    def _unbacked(
        self, values: Sequence[SignatureValue], fields: Sequence[SignatureField]
    ) -> Iterator[tuple[int, str]]:
        """Visible fields, by the revision that brought them, whose appearance nobody signed.

        Either the field is empty, or it borrows the value of a signature older than itself.
        """
        signed_at = {field.ref: value.revision for value in values for field in value.fields}
        for field in fields:
            introduced = int(self._reader.xrefs.get_introducing_revision(field.ref))
            if _is_visible(field) and signed_at.get(field.ref, -1) < introduced:
                yield introduced, field.name


def _refuse_filled_holes(before: HistoricalResolver, after: HistoricalResolver) -> None:
    """A signed reference to nothing must not lead to something later on.

    pyHanko takes such an object for an orphan, because nothing new refers to it.
    """
    before._load_reverse_xref_cache()
    for ref in after.explicit_refs_in_revision():
        missing = before.reader.xrefs.get_historical_ref(ref, before.revision) is None
        if missing and before._get_usages_of_ref(ref):
            raise MalformedData("pdf revision", f"object {ref.idnum} was referred to before it was")


def _changed(revision: int, problem: str) -> Step:
    return Step(revision, ModificationLevel.OTHER, problem=problem.splitlines()[0][:200])


def _is_visible(field: SignatureField) -> bool:
    """Whether any of the field's widgets covers a part of a page."""
    return any(read_rect(entry(widget, "/Rect")) is not None for widget in field.widgets)


def _certification(values: Sequence[SignatureValue]) -> tuple[int, MDPPerm] | None:
    """Revision and permission of the certifying signature, if there is one."""
    for value in values:
        permission = mdp_permission(value)
        if permission is not None:
            return value.revision, permission
    return None


def mdp_permission(value: SignatureValue) -> MDPPerm | None:
    """What this signature allows from now on (ISO 32000-2, 12.8.2.2; /Lock: table 236)."""
    for rule in elements(entry(value.dictionary, "/Reference")):
        if entry(rule, "/TransformMethod") == "/DocMDP":
            return _permission(entry(entry(rule, "/TransformParams"), "/P", 2))
    locks = (entry(entry(field.dictionary, "/Lock"), "/P") for field in value.fields)
    return next((_permission(lock) for lock in locks if lock is not None), None)


def _permission(number: object) -> MDPPerm:
    try:
        return MDPPerm(number)
    except ValueError:
        return MDPPerm.NO_CHANGES  # an unknown wish is taken at its strictest


def locked_fields(value: SignatureValue) -> FieldMDPSpec | None:
    """The fields this signature locks (ISO 32000-2, 12.8.2.4)."""
    for rule in elements(entry(value.dictionary, "/Reference")):
        if entry(rule, "/TransformMethod") == "/FieldMDP":
            return FieldMDPSpec.from_pdf_object(entry(rule, "/TransformParams"))
    return None


def removed_signatures(
    data: bytes, reader: PdfFileReader, values: Sequence[SignatureValue]
) -> list[Removed]:
    """Fields that were signed in an earlier revision and are no more.

    Every signature stands in the clear with its /ByteRange, so where there are no more of
    these than signatures, nothing was removed and history is not walked. Where there is one
    although no form ever listed a signature, the list itself was damaged.
    """
    marks = len(_BYTE_RANGE.findall(data))
    if marks <= len(values):
        return []
    kept = {value.ref for value in values}
    removed: dict[generic.Reference, Removed] = {}
    for revision in range(reader.xrefs.total_revisions - 1):
        with guarded("pdf history"):
            for field in signature_fields(reader.get_historical_resolver(revision)):
                if field.value_ref is not None and field.value_ref not in kept:
                    removed.setdefault(field.value_ref, Removed(field.name, revision))
    never = Removed("in no form", reader.xrefs.total_revisions - 1)
    return list(removed.values()) or ([] if values else [never])
