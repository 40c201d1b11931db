"""Seal PDF and OFD documents with a seal and a key of your own.

Without a seal an SM2 key signs OFD with its certificate alone (Type="Sign", GB/T 35275).

PDF for readers that know no SM2 takes an RSA or ECDSA signature as well, or instead (--pades).
One file to one file, or many into a folder under the same seal, key and places. A file that cannot
be sealed fails alone and is named. Every sealed document is verified before it is written; no
input is ever written over. Exit code: 0 all sealed, 1 any not, 64 wrong use.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from app.commands._operator_key import (
    OperatorKey,
    asker,
    read_certificates,
    read_key,
    signer_of,
)
from app.commands._places import PLACES, PlaceType
from app.commands._progress import progress
from app.commands._release import Batch, Order, Outcome, targets_of
from app.commands._seal_file import read_seal
from app.errors import EXIT_NOT_TRUE
from app.pades_key import read_pades_key
from channels.trust.tsa import Rfc3161TimeStamper
from seal_core.engines.pdf import UNSEEN, Companion, PdfProfile, ProfileName, profile_named
from seal_core.engines.protocol import Place, SealMaterial
from seal_core.errors import SealError
from seal_core.formats import ses
from seal_core.formats.ses import Seal
from seal_core.formats.timestamps import Imprint
from verify.confine import ConfinedVerifier
from verify.trust import TrustStore

_File = click.Path(exists=True, dir_okay=False, path_type=Path)
_NewFile = click.Path(dir_okay=False, path_type=Path)


class _SizeType(click.ParamType[tuple[float, float]]):
    name = "size"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float]:
        width, by, height = str(value).removesuffix("mm").partition("x")
        try:
            sides = float(width), float(height if by else width)
        except ValueError:
            sides = 0.0, 0.0
        if not all(1 <= side <= 200 for side in sides):
            self.fail(f"“{value}” is no size in mm like 42 or 45x30", param, ctx)
        return sides


@dataclass(frozen=True, slots=True)
class _Given:
    """What the operator said."""

    inputs: tuple[Path, ...]
    output: Path
    seal_file: Path | None
    key_file: Path | None
    password_file: Path | None
    certificate_file: Path | None
    places: tuple[Place, ...]
    picture: Path | None
    size: tuple[float, float] | None
    qr: str
    profile: ProfileName
    filter_name: str
    flatten: bool
    timestamp: str | None
    timestamp_digest: Imprint
    pades_file: Path | None
    pades_certificate_file: Path | None
    pades_password_file: Path | None
    pades_timestamp: str | None
    close: bool
    replace: bool
    trust_folder: Path | None
    json_file: Path | None


@click.command(name="seal", help=__doc__, epilog="\b\nPlaces:\n" + PLACES)
@click.argument("inputs", metavar="IN…", nargs=-1, required=True, type=_NewFile)
@click.argument("output", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--seal", "seal_file", type=_File, help="The seal, an .esl file; see “esl”.")
@click.option("--key", "key_file", type=_File, help="Its SM2 key in PKCS#8; asks if encrypted.")
@click.option(
    "--password-file", type=_File, help="The key's password is the first line of this file."
)
@click.option(
    "--certificate",
    "certificate_file",
    type=_File,
    help="The key's certificate (and chain), where the seal holds only its digest.",
)
@click.option("--place", "places", multiple=True, type=PlaceType(), help="See below; repeat it.")
@click.option(
    "--picture", type=_File, help="PNG to show in PDF in place of the seal's own picture."
)
@click.option(
    "--size", type=_SizeType(), help="Its mm on paper where there is no seal, like 42 or 45x30."
)
@click.option(
    "--qr",
    metavar="URL",
    default="",
    help="Show this address as a QR code beside the seal in PDF, where there is room.",
)
@click.option("--timestamp", metavar="URL", help="Time-stamp authority (RFC 3161) to ask.")
@click.option(
    "--timestamp-digest",
    type=click.Choice(["sm3", "sha256"]),
    default="sm3",
    show_default=True,
    help="What it stamps; sha256 if it knows no SM3.",
)
@click.option(
    "--pades",
    "pades_file",
    type=_File,
    help="RSA or ECDSA key, PKCS#12 or PEM: signs PDF for readers that know no SM2, after the "
    "seal, or alone where no seal is given.",
)
@click.option(
    "--pades-certificate",
    "pades_certificate_file",
    type=_File,
    help="Its certificate and chain, where they are not in the key's file.",
)
@click.option(
    "--pades-password-file", type=_File, help="Its password is the first line of this file."
)
@click.option("--pades-timestamp", metavar="URL", help="Time-stamp authority for it, with SHA-256.")
@click.option(
    "--profile",
    type=click.Choice(["pades", "pkcs7", "gb_t_35275", "ses"]),
    default="pades",
    show_default=True,
    help="PDF: CMS by PAdES, PKCS#7 or GB/T 35275, or SES_Signature (GM.sm2seal).",
)
@click.option(
    "--filter",
    "filter_name",
    metavar="NAME",
    default="",
    help="PDF: /Filter in place of the profile's, for readers that want their own.",
)
@click.option(
    "--flatten", is_flag=True, help="PDF: make the fields of forms part of the pages first."
)
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
def command(**options: Any) -> int:
    given = _Given(**options)
    targets = targets_of(given.inputs, given.output)
    order, believed = _order(given)
    outcomes = []
    with (
        ConfinedVerifier(_trust(given.trust_folder, believed)) as verifier,
        progress("sealing", len(given.inputs)) as advance,
    ):
        batch = Batch(order, verifier, given.inputs)
        for source, target in zip(given.inputs, targets, strict=True):
            outcomes.append(batch.seal(source, target))
            advance()
            click.echo(_line(outcomes[-1]), err=not outcomes[-1].sealed)
    if given.json_file:
        lines = (json.dumps(_facts(each), ensure_ascii=False) for each in outcomes)
        given.json_file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return _summed_up(outcomes)


def _order(given: _Given) -> tuple[Order, TrustStore]:
    """What is to be done, and whom the result may lean on."""
    pades = _pades(given)
    if given.seal_file is None:
        return _order_without_seal(given, pades)
    if given.key_file is None or not given.places:
        raise click.UsageError("--seal needs --key and at least one --place.")
    try:
        seal = read_seal(given.seal_file)
    except SealError as exc:
        raise click.UsageError(f"--seal {given.seal_file}: {exc}") from None
    signer = _signer(seal, given.key_file, given.password_file, given.certificate_file)
    shown = given.picture.read_bytes() if given.picture else seal.picture
    url, digest = given.timestamp, given.timestamp_digest
    order = Order(
        SealMaterial(seal.der, shown, seal.width_mm, seal.height_mm, given.qr),
        signer,
        given.places,
        Rfc3161TimeStamper(url, digest=digest) if url else None,
        given.close,
        given.replace,
        given.trust_folder is not None,
        pades,
        _profile(given),
        given.flatten,
    )
    anchors, helpers = [signer.certificate, seal.maker_certificate], [*signer.chain]
    if pades is not None:
        anchors.append(pades.signer.certificate)
        helpers += pades.signer.chain
    return order, TrustStore.from_certificates(anchors, helpers)


def _profile(given: _Given) -> PdfProfile:
    try:
        return profile_named(given.profile, given.filter_name)
    except ValueError as exc:
        raise click.UsageError(f"--filter: {exc}") from None


def _order_without_seal(given: _Given, pades: Companion | None) -> tuple[Order, TrustStore]:
    """An RSA or ECDSA signature alone: unseen, or a picture where it is wished; or an SM2 one."""
    if pades is None:
        return _order_to_sign(given)
    material = UNSEEN
    if given.places:
        if given.picture is None or given.size is None:
            raise click.UsageError("--place without --seal needs --picture and --size.")
        material = SealMaterial(b"", given.picture.read_bytes(), *given.size, given.qr)
    strict = given.trust_folder is not None
    stamper, signer = pades.timestamper, pades.signer
    order = Order(material, signer, given.places, stamper, given.close, given.replace, strict)
    return order, TrustStore.from_certificates([signer.certificate], signer.chain)


def _order_to_sign(given: _Given) -> tuple[Order, TrustStore]:
    """A digital signature of no seal (GB/T 33190-2016, Type="Sign"), which shows nowhere."""
    if given.key_file is None or given.certificate_file is None:
        raise click.UsageError(
            "Give --seal and --key, or --pades, or all three; or --key and --certificate to sign "
            "OFD without a seal."
        )
    if given.places or given.picture:
        raise click.UsageError("A signature without a seal shows nowhere.")
    try:
        key = read_key(given.key_file, asker(given.key_file, given.password_file))
        signer = signer_of(key, read_certificates(given.certificate_file))
    except SealError as exc:
        raise click.UsageError(f"This key cannot be used ({exc.code}): {exc}") from None
    url, digest = given.timestamp, given.timestamp_digest
    stamper = Rfc3161TimeStamper(url, digest=digest) if url else None
    strict = given.trust_folder is not None
    order = Order(UNSEEN, signer, (), stamper, given.close, given.replace, strict)
    return order, TrustStore.from_certificates([signer.certificate], signer.chain)


def _pades(given: _Given) -> Companion | None:
    if given.pades_file is None:
        if given.pades_timestamp:
            raise click.UsageError("--pades-timestamp needs --pades.")
        return None
    ask = asker(given.pades_file, given.pades_password_file)
    try:
        key = read_pades_key(given.pades_file, given.pades_certificate_file, ask)
    except (SealError, OSError) as exc:
        raise click.UsageError(f"--pades {given.pades_file}: {exc}") from None
    url = given.pades_timestamp
    return Companion(key, Rfc3161TimeStamper(url, digest="sha256") if url else None)


def _signer(
    seal: Seal, key_file: Path, password_file: Path | None, certificate_file: Path | None
) -> OperatorKey:
    try:
        key = read_key(key_file, asker(key_file, password_file))
        given = read_certificates(certificate_file) if certificate_file else []
        signer = signer_of(key, [*given, *seal.certificates])
        ses.refuse_unusable(seal.der, signer.certificate, datetime.now(UTC))
    except SealError as exc:
        raise click.UsageError(f"This key cannot use this seal ({exc.code}): {exc}") from None
    return signer


def _trust(folder: Path | None, believed: TrustStore) -> TrustStore:
    """Those in the folder and nobody else; without one, those who sign here."""
    if folder is None:
        return believed
    try:
        return TrustStore.from_folder(folder).helped_by(believed.intermediates, ())
    except (SealError, OSError) as exc:
        raise click.UsageError(f"--trust {folder}: {exc}") from exc


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
