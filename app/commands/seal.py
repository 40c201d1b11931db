"""Seal PDF and OFD documents with a seal and a key of your own.

One file to one file, or many into a folder under the same seal, key and places. A file that cannot
be sealed fails alone and is named. Every sealed document is verified before it is written; no
input is ever written over. Exit code: 0 all sealed, 1 any not, 64 wrong use.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from app.commands._operator_key import OperatorKey, read_certificates, read_key, signer_of
from app.commands._places import PLACES, PlaceType
from app.commands._progress import progress
from app.commands._release import Batch, Order, Outcome
from app.errors import EXIT_NOT_TRUE
from channels.trust.tsa import Rfc3161TimeStamper
from seal_core.engines.protocol import Place, SealMaterial
from seal_core.errors import SealError
from seal_core.formats import ses
from seal_core.formats.ses import Seal
from verify.confine import ConfinedVerifier
from verify.trust import TrustStore

_File = click.Path(exists=True, dir_okay=False, path_type=Path)
_NewFile = click.Path(dir_okay=False, path_type=Path)


@click.command(name="seal", help=__doc__, epilog="\b\nPlaces:\n" + PLACES)
@click.argument("inputs", metavar="IN…", nargs=-1, required=True, type=_NewFile)
@click.argument("output", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--seal", "seal_file", required=True, type=_File, help="The seal, an .esl file.")
@click.option(
    "--key", "key_file", required=True, type=_File, help="SM2 key in PKCS#8; asks if encrypted."
)
@click.option(
    "--password-file", type=_File, help="The key's password is the first line of this file."
)
@click.option(
    "--certificate",
    "certificate_file",
    type=_File,
    help="The key's certificate (and chain), where the seal holds only its digest.",
)
@click.option(
    "--place",
    "places",
    multiple=True,
    required=True,
    type=PlaceType(),
    help="See below; repeat it.",
)
@click.option(
    "--picture", type=_File, help="PNG to show in PDF in place of the seal's own picture."
)
@click.option("--timestamp", metavar="URL", help="Time-stamp authority (RFC 3161) to ask.")
@click.option("--close", is_flag=True, help="OFD: allow no further seal.")
@click.option("--replace", is_flag=True, help="Write over earlier outputs.")
@click.option(
    "--trust",
    "trust_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Roots (and CRLs) the result must be valid under; without it signer and maker are "
    "believed.",
)
@click.option("--json", "json_file", type=_NewFile, help="Write the outcomes there, by line.")
def command(
    inputs: tuple[Path, ...],
    output: Path,
    seal_file: Path,
    key_file: Path,
    password_file: Path | None,
    certificate_file: Path | None,
    places: tuple[Place, ...],
    picture: Path | None,
    timestamp: str | None,
    close: bool,
    replace: bool,
    trust_folder: Path | None,
    json_file: Path | None,
) -> int:
    targets = _targets(inputs, output)
    seal = _seal(seal_file)
    signer = _signer(seal, key_file, password_file, certificate_file)
    shown = picture.read_bytes() if picture else seal.picture
    order = Order(
        SealMaterial(seal.der, shown, seal.width_mm, seal.height_mm),
        signer,
        places,
        Rfc3161TimeStamper(timestamp) if timestamp else None,
        close,
        replace,
        trust_folder is not None,
    )
    outcomes = []
    with (
        ConfinedVerifier(_trust(trust_folder, seal, signer)) as verifier,
        progress("sealing", len(inputs)) as advance,
    ):
        batch = Batch(order, verifier, inputs)
        for source, target in zip(inputs, targets, strict=True):
            outcomes.append(batch.seal(source, target))
            advance()
            click.echo(_line(outcomes[-1]), err=not outcomes[-1].sealed)
    if json_file:
        lines = (json.dumps(_facts(each), ensure_ascii=False) for each in outcomes)
        json_file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return _summed_up(outcomes)


def _targets(inputs: Sequence[Path], output: Path) -> list[Path]:
    """A file for one input; a folder, made where it is missing, for many."""
    if len(inputs) == 1 and not output.is_dir():
        if not output.parent.is_dir():
            raise click.UsageError(f"There is no folder {output.parent}.")
        return [output]
    try:
        output.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise click.UsageError(f"Several files need a folder; {output} is a file.") from None
    return [output / source.name for source in inputs]


def _seal(path: Path) -> Seal:
    try:
        return ses.parse_seal(path.read_bytes())
    except SealError as exc:
        raise click.UsageError(f"--seal {path}: {exc}") from None


def _signer(
    seal: Seal, key_file: Path, password_file: Path | None, certificate_file: Path | None
) -> OperatorKey:
    def password() -> str:
        if password_file:
            return password_file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
        entered: str = click.prompt(f"Password of {key_file}", hide_input=True, err=True)
        return entered

    try:
        key = read_key(key_file, password)
        given = read_certificates(certificate_file) if certificate_file else []
        signer = signer_of(key, [*given, *seal.certificates])
        ses.refuse_unusable(seal.der, signer.certificate, datetime.now(UTC))
    except SealError as exc:
        raise click.UsageError(f"This key cannot use this seal ({exc.code}): {exc}") from None
    return signer


def _trust(folder: Path | None, seal: Seal, signer: OperatorKey) -> TrustStore:
    if folder is not None:
        try:
            return TrustStore.from_folder(folder).helped_by(signer.chain, ())
        except (SealError, OSError) as exc:
            raise click.UsageError(f"--trust {folder}: {exc}") from exc
    return TrustStore.from_certificates([signer.certificate, seal.maker_certificate], signer.chain)


def _line(outcome: Outcome) -> str:
    if outcome.sealed:
        return f"{outcome.file} → {outcome.output}"
    return f"{outcome.file}: not sealed ({outcome.code}): {outcome.detail}"


def _facts(outcome: Outcome) -> dict[str, object]:
    return {**asdict(outcome), "sealed": outcome.sealed}


def _summed_up(outcomes: Sequence[Outcome]) -> int:
    bad = [outcome for outcome in outcomes if not outcome.sealed]
    if len(outcomes) > 1:
        click.echo(f"{len(outcomes) - len(bad)} of {len(outcomes)} sealed.", err=True)
    return EXIT_NOT_TRUE if bad else 0
