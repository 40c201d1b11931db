"""Finds the signatures of an OFD package and answers what only the format can answer.

One Evidence per signature, never stopping at a bad one: which files it protects and whether
they are unchanged (``ofd_parts``), whether anything a reader shows is left out, and the
container for the judge (GB/T 33190-2016, clause 18; GM/T 0099; GB/T 38540-2020).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from seal_core.errors import MalformedData, PackageRefused
from seal_core.formats.ofd_model import Body, OfdModel, Role, read_model
from seal_core.formats.ofd_package import ROOT, OfdPackage
from seal_core.formats.ofd_signatures import (
    Listed,
    SignatureFile,
    SignatureList,
    Stamp,
    read_signature,
    read_signature_list,
)
from verify.budget import READING, Budget
from verify.evidence import Evidence, Findings
from verify.notices import Notice, Quirk
from verify.readers.ofd_integrity import LIST as INTEGRITY_LIST
from verify.readers.ofd_integrity import read_integrity_list
from verify.readers.ofd_parts import PartDigests, check_digests, named
from verify.report import Check, Kind, Place, Question, Reason, failed, passed, unclear

FORMAT = "ofd"

_REFUSALS = {
    "not_a_zip": Reason.NOT_A_DOCUMENT,
    "no_root": Reason.NOT_A_DOCUMENT,
    "directory": Reason.DAMAGED,
    "damaged_entry": Reason.DAMAGED,
    "compression": Reason.DAMAGED,
    "encrypted": Reason.ENCRYPTED,
    "too_large": Reason.LIMITS,
    "too_many_entries": Reason.LIMITS,
    "too_many_pages": Reason.LIMITS,
}
_NOTICES = {
    "zip_bytes_before": Notice.BYTES_AROUND,
    "zip_bytes_between": Notice.BYTES_AROUND,
    "zip_bytes_after": Notice.BYTES_AROUND,
    "zip_local_header": Notice.ODD_ARCHIVE,
    "zip_backslash": Notice.ODD_ARCHIVE,
    "zip_name_encoding": Notice.ODD_ARCHIVE,
    "path_case": Notice.PATH_CASE,
}
_QUIRKS = {
    "namespace": Quirk.OLD_NAMESPACE,
    "relative_reference": Quirk.RELATIVE_LOCATION,
    "provider_elements": Quirk.PROVIDER_ELEMENTS,
    "element_order": Quirk.ELEMENT_ORDER,
    "no_signed_value_element": Quirk.SIGNED_VALUE_UNNAMED,
    "stamp_box": Quirk.STAMP_UNREADABLE,
}

# What must not be shown unsigned at any price; the other parts only blur the picture.
_GRAVE = frozenset({Role.DOCUMENT, Role.PAGE, Role.VERSION})

_MAX_CONTAINER = 16 * 1024 * 1024  # octets of a SignedValue or a Seal.esl; usual are 50 KB
_MAX_KEPT = 64 * 1024 * 1024  # octets of all of them that are held for the judge

_CHINA = timezone(timedelta(hours=8))


def read(data: bytes) -> Findings:
    """Look at a whole OFD file. A package that cannot be opened is a failed STRUCTURE."""
    try:
        package = OfdPackage(data)
        model = read_model(package)
    except PackageRefused as exc:
        reason = _REFUSALS.get(exc.reason, Reason.UNSAFE_PACKAGE)
        return Findings(FORMAT, checks=(failed(Question.STRUCTURE, reason, str(exc)),))
    except MalformedData as exc:
        return Findings(FORMAT, checks=(failed(Question.STRUCTURE, Reason.DAMAGED, str(exc)),))
    return _Reading(package, model).findings()


class _Reading:
    """One look at one package."""

    def __init__(self, package: OfdPackage, model: OfdModel) -> None:
        self._package = package
        self._model = model
        self._digests = PartDigests(package)
        self._checks: list[Check] = []
        self._covered_by_any: set[str] = set()
        self._listed: set[str] = set()
        self._stray: list[str] | None = None
        self._budget = Budget(READING)
        self._kept = 0
        self._left_open = False

    def findings(self) -> Findings:
        """Everything that can be said without judging a container."""
        evidence = [one for body in self._model.bodies for one in self._of_body(body)]
        self._look_at_the_whole(signed=bool(evidence))
        if INTEGRITY_LIST in self._package:
            evidence.append(read_integrity_list(self._package))
        return Findings(FORMAT, tuple(evidence), tuple(self._checks), self._warnings())

    def _of_body(self, body: Body) -> Iterator[Evidence]:
        if body.signatures is None:
            return
        try:
            signature_list = read_signature_list(self._package, body.signatures)
        except MalformedData as exc:
            missing = body.signatures not in self._package
            reason = Reason.PART_MISSING if missing else Reason.SIGNATURE_MALFORMED
            self._checks.append(failed(Question.STRUCTURE, reason, str(exc)))
            return
        base = f"{signature_list.path}#"
        for order, listed in enumerate(signature_list.signatures):
            evidence = self._of_signature(body, signature_list, order, listed)
            builds_on = f"{base}{listed.relative}" if listed.relative else ""
            yield replace(evidence, id=f"{base}{listed.id}", builds_on=builds_on)

    def _of_signature(
        self, body: Body, signature_list: SignatureList, order: int, listed: Listed
    ) -> Evidence:
        kind = Kind.SIGNATURE if listed.type == "Sign" else Kind.SEAL
        if listed.path is None or listed.path in self._listed:
            detail = f"{listed.id[:50]}: {listed.path or 'leads out of the package'}"
            return _unreadable(kind, Reason.SIGNATURE_MALFORMED, detail)
        self._listed.add(listed.path)
        if self._budget.is_spent or self._kept > _MAX_KEPT:
            self._left_open = True
            return _left_open(kind, listed.path)
        try:
            file = read_signature(self._package, listed.path)
        except MalformedData as exc:
            missing = self._package.find(listed.path) is None
            reason = Reason.PART_MISSING if missing else Reason.SIGNATURE_MALFORMED
            return _unreadable(kind, reason, str(exc))
        self._listed.add(file.path)
        return self._evidence(body, signature_list, order, listed, kind, file)

    def _evidence(
        self,
        body: Body,
        signature_list: SignatureList,
        order: int,
        listed: Listed,
        kind: Kind,
        file: SignatureFile,
    ) -> Evidence:
        container, missing = self._optional(file.signed_value, "SignedValue")
        seal_file, seal_missing = self._optional(file.seal, "Seal.esl") if file.seal else (None, ())
        digest_checks, digest_quirks = check_digests(file, container or b"", self._digests)
        places, unplaced = _places(body, file.stamps)
        newest = order == len(signature_list.signatures) - 1
        signature_xml = self._package.read(file.path)
        self._kept += sum(map(len, (container or b"", seal_file or b"", signature_xml)))
        checks = (
            *missing,
            *seal_missing,
            *_check_base(signature_list, listed),
            *digest_checks,
            *self._check_coverage(body, signature_list.path, file, newest),
        )
        if not checks or checks[0].question is not Question.STRUCTURE:
            checks = (passed(Question.STRUCTURE), *checks)
        quirks = [_QUIRKS[quirk] for quirk in file.quirks]
        if unplaced:
            quirks.append(Quirk.STAMP_WITHOUT_PAGE)
        if listed.id[:1].isdigit():
            quirks.append(Quirk.ID_NOT_XML)
        claimed_at = _claimed_time(file.written_time)
        if file.written_time and claimed_at is None:
            quirks.append(Quirk.SIGNING_TIME_FREE_TEXT)
        return Evidence(
            container=container or b"",
            protected=(signature_xml,),
            kind=kind,
            property_info=file.path,
            seal_file=seal_file,
            method=file.method,
            claimed_at=claimed_at,
            checks=checks,
            places=places,
            quirks=tuple(map(str, (*quirks, *digest_quirks))),
        )

    def _optional(self, path: str | None, what: str) -> tuple[bytes | None, tuple[Check, ...]]:
        """A file the signature names; what is wrong with it where it cannot be read."""
        found = self._package.find(path) if path else None
        if found is None:
            detail = path or what
            return None, (failed(Question.STRUCTURE, Reason.PART_MISSING, detail),)
        if self._package.size(found) > _MAX_CONTAINER:
            return None, (unclear(Question.STRUCTURE, Reason.LIMITS, found),)
        try:
            return self._package.read(found), ()
        except MalformedData as exc:
            return None, (failed(Question.STRUCTURE, Reason.DAMAGED, str(exc)),)

    def _check_coverage(
        self, body: Body, list_path: str, file: SignatureFile, newest: bool
    ) -> Iterator[Check]:
        """Everything a reader shows of this document against what the signature protects."""
        covered = {
            found
            for reference in file.references
            if reference.path and (found := self._package.find(reference.path))
        }
        self._covered_by_any |= covered
        if list_path in covered and not newest:
            yield failed(Question.COVERAGE, Reason.FORBIDDEN_CHANGE, list_path)
        shown = body.parts | self._might_be_shown(covered)
        left_out = {path: role for path, role in shown.items() if path not in covered}
        grave = [path for path, role in left_out.items() if role in _GRAVE]
        if grave:
            yield failed(Question.COVERAGE, Reason.NOT_WHOLE_DOCUMENT, named(grave))
        elif left_out:
            yield unclear(Question.COVERAGE, Reason.NOT_WHOLE_DOCUMENT, named(left_out))
        elif not newest:
            yield passed(Question.COVERAGE, Reason.SIGNED_AGAIN)
        elif extra := self._nobodys(covered):
            yield passed(Question.COVERAGE, Reason.EXTRA_PARTS, named(extra))
        else:
            yield passed(Question.COVERAGE)

    def _might_be_shown(self, covered: set[str]) -> dict[str, Role]:
        """Files nothing leads to, of the name of one that is missing: some readers search."""
        if self._stray is None:
            names = {posixpath.basename(path).casefold() for path in self._model.dangling}
            known = self._model.parts
            self._stray = [
                path
                for path in (self._package.paths if names else ())
                if path not in known and posixpath.basename(path).casefold() in names
            ]
        return {path: Role.RESOURCE for path in self._stray if path not in covered}

    def _nobodys(self, covered: set[str]) -> list[str]:
        """Files that nothing leads to and the signature does not protect."""
        known = self._model.parts
        machinery = {posixpath.dirname(path) for path in self._listed}
        lists = {body.signatures for body in self._model.bodies}
        return [
            path
            for path in self._package.paths
            if path not in known
            and path not in covered
            and path not in lists
            and posixpath.dirname(path) not in machinery
            and path != INTEGRITY_LIST
        ]

    def _look_at_the_whole(self, *, signed: bool) -> None:
        roots = {f"/{ROOT}", *(body.document for body in self._model.bodies)}
        for fault in self._model.faults:
            say = failed if fault.path in roots else unclear
            reason = _REFUSALS.get(fault.reason, Reason.DAMAGED)
            detail = f"{fault.path}: {fault.reason} {fault.detail}"[:300]
            self._checks.append(say(Question.STRUCTURE, reason, detail))
        if not self._model.pages:
            self._checks.append(failed(Question.STRUCTURE, Reason.DAMAGED, "no page"))
        if not signed:
            return
        for body in self._model.bodies:
            unprotected = [p for p in body.parts if p not in self._covered_by_any]
            if any(body.parts[path] in _GRAVE for path in unprotected):
                detail = named(unprotected)
                say = unclear if self._left_open else failed
                self._checks.append(say(Question.COVERAGE, Reason.NOT_WHOLE_DOCUMENT, detail))
        for path in sorted(self._covered_by_any - self._model.parts.keys() - self._listed):
            if self._is_signature(path):
                self._checks.append(failed(Question.STRUCTURE, Reason.SIGNATURE_REMOVED, path))

    def _is_signature(self, path: str) -> bool:
        """Whether a protected file that nothing leads to any more is a Signature.xml."""
        if not path.lower().endswith(".xml"):
            return False
        try:
            return self._package.mentions(path, b"SignedInfo") and bool(
                read_signature(self._package, path)
            )
        except MalformedData:
            return False

    def _warnings(self) -> tuple[str, ...]:
        notices = {_NOTICES[quirk] for quirk in self._package.quirks}
        if len(self._model.bodies) > 1:
            notices.add(Notice.SEVERAL_BODIES)
        return tuple(sorted(map(str, notices)))


def _unreadable(kind: Kind, reason: Reason, detail: str) -> Evidence:
    return Evidence(b"", (), kind, checks=(failed(Question.STRUCTURE, reason, detail[:300]),))


def _left_open(kind: Kind, detail: str) -> Evidence:
    """A signature that is there and was not looked at."""
    return Evidence(b"", (), kind, checks=(unclear(Question.STRUCTURE, Reason.LIMITS, detail),))


def _check_base(signature_list: SignatureList, listed: Listed) -> tuple[Check, ...]:
    """GM/T 0099: a signature may build on another one, which must be there to be judged."""
    earlier = (line.id for line in signature_list.signatures if line is not listed)
    if not listed.relative or listed.relative in earlier:
        return ()
    return (failed(Question.STRUCTURE, Reason.BASE_SIGNATURE, listed.relative[:50]),)


def _places(body: Body, stamps: tuple[Stamp, ...]) -> tuple[tuple[Place, ...], bool]:
    """Where the seal shows, and whether a stamp names a page that does not exist."""
    numbers = {page.id: page.number for page in reversed(body.pages)}
    known = [stamp for stamp in stamps if stamp.page_id in numbers]
    places = tuple(Place(numbers[stamp.page_id], *_visible(stamp)) for stamp in known)
    return places, len(known) != len(stamps)


def _visible(stamp: Stamp) -> tuple[float, float, float, float]:
    """The part of the boundary that the clip leaves, mm from the top-left of the page."""
    x, y, width, height = stamp.boundary
    if stamp.clip is None:
        return x, y, width, height
    left, top, clip_width, clip_height = stamp.clip
    return (
        round(x + left, 3),
        round(y + top, 3),
        round(min(clip_width, width - left), 3),
        round(min(clip_height, height - top), 3),
    )


def _claimed_time(text: str) -> datetime | None:
    """SignatureDateTime: digits in most files, with Z for UTC, else Chinese local time."""
    digits = "".join(c for c in text.partition(".")[0] if c.isdigit())
    if len(digits) != 14:
        return None
    try:
        zone = UTC if text.strip().endswith("Z") else _CHINA
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=zone)
    except ValueError:
        return None
