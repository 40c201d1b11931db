"""The integrity protocol of GM/T 0099, annex D: a signed list of the files a package has.

It proves names only. The list carries no digests, so what the files say stays unprotected.
"""

from __future__ import annotations

from seal_core.errors import MalformedData
from seal_core.formats.ofd_package import OfdPackage, child, resolve, text_of
from verify.evidence import Evidence
from verify.readers.ofd_parts import named
from verify.report import Check, Kind, Question, Reason, failed, passed, unclear

LIST = "/OFDEntries.xml"


def read_integrity_list(package: OfdPackage) -> Evidence:
    """The list as a signature whose coverage can never be whole."""
    try:
        root = package.xml(LIST)
        location = resolve(text_of(child(root, "SignedValueLoc")), LIST)
        listed = {resolve(e.get("FileLoc", ""), LIST) for e in root.iter("{*}File")}
        container = package.read(location)
    except MalformedData as exc:
        check = failed(Question.STRUCTURE, Reason.SIGNATURE_MALFORMED, str(exc)[:300])
        return Evidence(b"", (), Kind.SIGNATURE, checks=(check,))
    present = set(package.paths) - {LIST, location}
    return Evidence(
        container=container,
        protected=(package.read(LIST),),
        kind=Kind.SIGNATURE,
        checks=(
            passed(Question.STRUCTURE),
            *_compare(listed, present),
            unclear(Question.COVERAGE, Reason.NOT_WHOLE_DOCUMENT, LIST),
        ),
    )


def _compare(listed: set[str], present: set[str]) -> list[Check]:
    checks = []
    if missing := sorted(listed - present):
        checks.append(failed(Question.STRUCTURE, Reason.PART_MISSING, named(missing)))
    if extra := sorted(present - listed):
        checks.append(failed(Question.COVERAGE, Reason.EXTRA_PARTS, named(extra)))
    return checks
