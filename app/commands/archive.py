"""Keep sealed PDF provable for years, and renew what keeps them so.

Puts the certificates, revocation lists and OCSP responses of the trust folder that concern a
document into it, and a time stamp over the whole (PAdES B-LTA). Run it again, with fresh lists in
the folder: documents whose stamp holds for long are left alone, the others get a new one. One file
to one file, or many into a folder; no input is ever written over. Exit code: 0 all done or not due,
1 any not, 64 wrong use.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from app.commands._new_file import write_whole
from app.commands._progress import progress
from app.commands._release import (
    NotReleased,
    outcome_of,
    read_document,
    refuse_target,
    standing,
    targets_of,
)
from app.errors import EXIT_NOT_TRUE
from channels.trust.tsa import Rfc3161TimeStamper
from seal_core.engines.pdf_archive import archive, protected_until
from seal_core.engines.pdf_evidence import Proof
from seal_core.errors import SealError
from seal_core.formats.timestamps import Imprint
from seal_core.ports import TimeStamper
from verify.confine import ConfinedVerifier
from verify.report import Kind, SignatureReport, Verdict
from verify.trust import TrustStore
from verify.verifier import sniff


@click.command(name="archive", help=__doc__)
@click.argument("inputs", metavar="IN…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.argument("output", metavar="OUT", type=click.Path(path_type=Path))
@click.option(
    "--trust",
    "trust_folder",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Roots, their intermediates/, and fresh revocation lists or OCSP responses.",
)
@click.option(
    "--timestamp", required=True, metavar="URL", help="Time-stamp authority (RFC 3161) to ask."
)
@click.option(
    "--timestamp-digest",
    type=click.Choice(["sm3", "sha256"]),
    default="sm3",
    show_default=True,
    help="What it stamps; sha256 if it knows no SM3.",
)
@click.option(
    "--ahead",
    type=click.IntRange(min=0),
    default=90,
    show_default=True,
    help="Renew a stamp whose certificate ends in fewer days than these.",
)
@click.option("--replace", is_flag=True, help="Write over earlier outputs.")
def command(
    inputs: tuple[Path, ...],
    output: Path,
    trust_folder: Path,
    timestamp: str,
    timestamp_digest: Imprint,
    ahead: int,
    replace: bool,
) -> int:
    targets = targets_of(inputs, output)
    try:
        trust = TrustStore.from_folder(trust_folder)
    except (SealError, OSError) as exc:
        raise click.UsageError(f"--trust {trust_folder}: {exc}") from exc
    failed = 0
    with (
        ConfinedVerifier(trust) as verifier,
        progress("archiving", len(inputs)) as advance,
    ):
        archivist = _Archivist(
            Proof((*trust.anchors, *trust.intermediates), trust.crls, trust.ocsp),
            Rfc3161TimeStamper(timestamp, digest=timestamp_digest),
            verifier,
            datetime.now(UTC) + timedelta(days=ahead),
        )
        for source, target in zip(inputs, targets, strict=True):
            failed += not _one(archivist, source, target, inputs, replace=replace)
            advance()
    return EXIT_NOT_TRUE if failed else 0


def _one(
    archivist: _Archivist, source: Path, target: Path, inputs: tuple[Path, ...], *, replace: bool
) -> bool:
    """Archive one file and say what became of it; False if it could not be."""
    told = []

    def work() -> None:
        refuse_target(target, inputs, replace=replace)
        document = read_document(source)
        until = archivist.holds_until(document)
        if until is not None:
            told.append(f"{source}: stamped until {until:%Y-%m-%d}, left alone")
            return
        write_whole(archivist.archived(document, source.name), target, replace=replace)
        told.append(f"{source} → {target}")

    outcome = outcome_of(source, target, work)
    if not outcome.sealed:
        told.append(f"{source}: not archived ({outcome.code}): {outcome.detail}")
    click.echo(told[-1], err=not outcome.sealed)
    return outcome.sealed


@dataclass(frozen=True, slots=True)
class _Archivist:
    """What all files share; a stamp is good enough if its certificate outlasts *long_enough*."""

    proof: Proof
    timestamper: TimeStamper
    verifier: ConfinedVerifier
    long_enough: datetime

    def holds_until(self, document: bytes) -> datetime | None:
        """Until when it needs nothing; None if it is due."""
        if sniff(document) != "pdf":
            raise NotReleased("not_a_document", "only PDF documents are archived")
        until = protected_until(document)
        return until if until is not None and until > self.long_enough else None

    def archived(self, document: bytes, name: str) -> bytes:
        """Raises NotReleased unless the new stamp is valid and nothing else is worse for it."""
        before = self.verifier.verify(document, name)
        if not before.signatures:
            raise NotReleased("unsigned", "nothing in it is signed")
        made = archive(document, self.proof, self.timestamper)
        after = self.verifier.verify(made, name)
        *old, new = after.signatures
        if new.kind is not Kind.TIMESTAMP or new.verdict is not Verdict.VALID:
            raise NotReleased("not_valid", "the new time stamp is not valid under --trust")
        if any(map(_is_worse, before.signatures, old)):
            raise NotReleased("earlier_broken", "an earlier signature would be worth less")
        return made


def _is_worse(was: SignatureReport, now: SignatureReport) -> bool:
    """Another's, of another time, or less believed than it was."""
    believed = (Verdict.INVALID, Verdict.INDETERMINATE, Verdict.VALID).index
    return standing(was)[1:] != standing(now)[1:] or believed(now.verdict) < believed(was.verdict)
