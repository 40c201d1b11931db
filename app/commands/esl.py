"""Look at electronic seals in .esl files, make them, and take those of the service out.

“seal” seals with such a file, of whatever maker. What “make” and “export” write was verified
first. Exit code: 0 done, 1 the seal is not good or not there, 64 wrong use.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from app import logs
from app.commands._moment import Moment
from app.commands._new_file import write_whole
from app.commands._operator_key import (
    OperatorKey,
    asker,
    read_certificates,
    read_key,
    signer_of,
)
from app.commands._seal_file import facts, read_seal
from app.config import Settings
from app.errors import EXIT_NOT_TRUE
from app.wiring import Wiring
from channels.errors import ChannelError
from channels.trust.tsa import Rfc3161TimeStamper
from seal_core.domain.seals import Seal
from seal_core.errors import MalformedData, SealError
from seal_core.formats import ses
from seal_core.formats.certificates import parse_certificate
from seal_core.formats.pictures import describe
from verify.confine import verify_confined
from verify.render.as_text import as_text, printable
from verify.report import Question, Report, Verdict
from verify.trust import TrustStore

_File = click.Path(exists=True, dir_okay=False, path_type=Path)
_NewFile = click.Path(dir_okay=False, path_type=Path)
_Folder = click.Path(exists=True, file_okay=False, path_type=Path)
_STANDARDS = {"2014": 1, "2020": 4, "2025": 5}


class _Size(click.ParamType[tuple[int, int]]):
    """Whole millimetres: the standards count nothing finer."""

    name = "size"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        width, _, height = str(value).lower().partition("x")
        if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
            self.fail(f"“{value}” is no size like 40x40", param, ctx)
        return int(width), int(height)


@click.group(name="esl", help=__doc__)
def command() -> None:
    pass


@command.command(help="Print what a seal says of itself, as JSON by line. “verify” judges it.")
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=_File)
@click.option("--picture", type=_NewFile, help="Write the picture of the (one) seal there.")
def show(files: tuple[Path, ...], picture: Path | None) -> int:
    if picture and len(files) > 1:
        raise click.UsageError("--picture takes one seal at a time.")
    bad = False
    for path in files:
        try:
            seal = read_seal(path)
        except (SealError, OSError) as exc:
            click.echo(f"{path}: no seal: {exc}", err=True)
            bad = True
            continue
        click.echo(printable(json.dumps({"file": str(path), **facts(seal)}, ensure_ascii=False)))
        if picture:
            _write(seal.picture, picture, replace=False)
    return EXIT_NOT_TRUE if bad else 0


@command.command(help="Make a seal: a picture, who may sign with it, and the maker's signature.")
@click.argument("output", metavar="OUT.esl", type=_NewFile)
@click.option("--id", "seal_id", required=True, help="The seal's number, ASCII.")
@click.option("--name", required=True, help="What the seal is called.")
@click.option("--type", "seal_type", type=int, default=1, show_default=True, help="Its type code.")
@click.option(
    "--certificate",
    "certificates",
    multiple=True,
    required=True,
    type=_File,
    help="Who may sign with it; the first certificate of the file, repeat it.",
)
@click.option("--digests", is_flag=True, help="List the digests of certificates, not themselves.")
@click.option("--picture", required=True, type=_File, help="PNG, JPG, GIF, BMP, SVG or OFD.")
@click.option("--size", required=True, type=_Size(), help="Width and height in mm: 40x40.")
@click.option("--maker-key", required=True, type=_File, help="SM2 key in PKCS#8.")
@click.option("--maker-certificate", required=True, type=_File, help="Its certificate and chain.")
@click.option("--password-file", type=_File, help="The key's password is its first line.")
@click.option("--vendor", default="ZHANGYIN", show_default=True, help="The maker's code, ASCII.")
@click.option("--from", "valid_from", type=Moment(), help="Begin; now if it is left out.")
@click.option("--to", "valid_to", type=Moment(), help="End; that of the certificates if left out.")
@click.option(
    "--standard",
    type=click.Choice([*_STANDARDS]),
    default="2020",
    show_default=True,
    help="GM/T 0031-2014, GB/T 38540-2020, or GM/T 0031-2025 (provisional).",
)
@click.option("--timestamp", metavar="URL", help="2025: a time-stamp authority to ask.")
@click.option("--trust", "trust_folder", type=_Folder, help="Roots the maker must be valid under.")
@click.option("--replace", is_flag=True, help="Write over an earlier file.")
def make(
    output: Path,
    seal_id: str,
    name: str,
    seal_type: int,
    certificates: tuple[Path, ...],
    digests: bool,
    picture: Path,
    size: tuple[int, int],
    maker_key: Path,
    maker_certificate: Path,
    password_file: Path | None,
    vendor: str,
    valid_from: datetime | None,
    valid_to: datetime | None,
    standard: str,
    timestamp: str | None,
    trust_folder: Path | None,
    replace: bool,
) -> int:
    now = datetime.now(UTC).replace(microsecond=0)
    try:
        signers = [read_certificates(path)[0] for path in certificates]
        maker = signer_of(
            read_key(maker_key, asker(maker_key, password_file)),
            read_certificates(maker_certificate),
        )
        data = picture.read_bytes()
        seal = ses.build_seal(
            seal_id=seal_id,
            name=name,
            seal_type=seal_type,
            vendor=vendor,
            certificates=signers,
            created_at=now,
            valid_from=valid_from or now,
            valid_to=valid_to or min(parse_certificate(each).not_after for each in signers),
            picture=data,
            picture_type=describe(data).kind,
            width_mm=size[0],
            height_mm=size[1],
            maker=maker,
            version=_STANDARDS[standard],
            signers="digests" if digests else "certificates",
            timestamper=Rfc3161TimeStamper(timestamp) if timestamp else None,
        )
    except (SealError, ChannelError, ValueError, OSError) as exc:
        raise click.UsageError(f"The seal cannot be made: {exc}") from None
    judged_at = max(now, valid_from or now)
    report = verify_confined(seal, output.name, at=judged_at, trust=_trust(trust_folder, maker))
    if report.verdict is not Verdict.VALID and (trust_folder or not _only_stamp_open(report)):
        click.echo(as_text(report), err=True)
        return EXIT_NOT_TRUE
    _write(seal, output, replace=replace)
    return 0


@command.command(help="Write a seal of the service to a file. SEAL is its number, or its code.")
@click.argument("seal", metavar="SEAL")
@click.argument("output", metavar="OUT.esl", type=_NewFile)
@click.option("--replace", is_flag=True, help="Write over an earlier file.")
def export(seal: str, output: Path, replace: bool) -> int:
    settings = Settings.load()
    logs.configure(settings.log_level)
    wiring = Wiring(settings, redis_url=settings.redis_url)
    with wiring.database.open_work() as work:
        found: Seal | None = work.seals.find(id=seal) or work.seals.find(code=seal)
    if found is None or not found.ses:
        click.echo(f"{seal}: no seal of the service that was issued", err=True)
        return EXIT_NOT_TRUE
    # as it was made: a seal that has ended, or was cancelled, may still be looked at
    at = min(datetime.now(UTC), found.valid_to or datetime.now(UTC))
    report = verify_confined(found.ses, output.name, at=at, trust=wiring.trust.current())
    if report.verdict is Verdict.INVALID:
        click.echo(as_text(report), err=True)
        return EXIT_NOT_TRUE
    _write(found.ses, output, replace=replace)
    click.echo(f"{found.name} ({found.state}) → {output}")
    return 0


def _trust(folder: Path | None, maker: OperatorKey) -> TrustStore:
    """Without a folder the maker is believed, since he stands here with his key."""
    if folder is None:
        return TrustStore.from_certificates([maker.certificate], maker.chain)
    try:
        return TrustStore.from_folder(folder).helped_by(maker.chain)
    except (MalformedData, OSError) as exc:
        raise click.UsageError(f"--trust {folder}: {exc}") from exc


def _only_stamp_open(report: Report) -> bool:
    """Without a folder of roots nobody knows the time-stamp authority."""
    checks = [check for signature in report.signatures for check in signature.checks]
    open_ones = [c for c in checks if c.verdict is Verdict.INDETERMINATE]
    return report.verdict is Verdict.INDETERMINATE and all(
        check.question is Question.TIMESTAMP for check in open_ones
    )


def _write(data: bytes, target: Path, *, replace: bool) -> None:
    try:
        write_whole(data, target, replace=replace)
    except FileExistsError:
        raise click.UsageError(f"{target} exists already; --replace writes over it.") from None
    except OSError as exc:
        raise click.UsageError(f"{target}: {exc.strerror}") from None
