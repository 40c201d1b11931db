"""CPU time of sealing and verifying PDF, beside stock pyHanko and the limit of SM2 and SM3.

    python -m bench.pdf [--json FILE] [--rounds N]

One core, one process, CPU time. Every row is measured in the same run, so that the ratios mean
something even on a busy machine. Stock pyHanko gets an SM2 signer and validator through its
public hooks, and nothing else of ours.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from asn1crypto import algos, x509
from PIL import Image
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore
from pyhanko_certvalidator.sig_validate import DEFAULT_SIGNATURE_VALIDATOR, SignatureValidator

from seal_core.engines.pdf import Companion, PdfEngine
from seal_core.engines.protocol import AtPoint, Seam
from seal_core.formats import pdf_hex, pdf_names
from seal_core.gm import sm3
from seal_core.gm.sm2 import PublicKey
from tests.support import pdf, pyhanko_sm2, wide_world

PAGE = "/MediaBox [0 0 595.28 841.89]"
HERE = AtPoint(1, 100, 200)
ENGINE = PdfEngine()


@dataclass(frozen=True)
class Row:
    """One measurement: CPU milliseconds an operation."""

    name: str
    ms: float
    stock_ms: float | None = None
    limit_ms: float | None = None

    def __str__(self) -> str:
        per_second = f"{1000 / self.ms:8.0f}/s"
        stock = f"{self.stock_ms / self.ms:7.1f}×" if self.stock_ms else "       –"
        limit = f"{self.ms / self.limit_ms:7.1f}×" if self.limit_ms else "       –"
        return f"{self.name:34}{self.ms:9.2f}{per_second}{stock}{limit}"


def cpu_ms(work: Callable[[], object], rounds: int) -> float:
    work()
    begin = time.process_time()
    for _ in range(rounds):
        work()
    return (time.process_time() - begin) / rounds * 1000


# --- stock pyHanko ----------------------------------------------------------------------


class StockSigner(signers.Signer):
    """SM2 through pyHanko's own hooks."""

    def __init__(self) -> None:
        who = pdf.signer()
        store = SimpleCertificateStore()
        store.register_multiple(x509.Certificate.load(der) for der in who.chain)
        super().__init__(
            signing_cert=x509.Certificate.load(who.certificate),
            cert_registry=store,
            signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": "sm2_sm3"}),
        )
        self._key = who.key

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        return bytes(72) if dry_run else self._key.sign(data)


class StockValidator(SignatureValidator):
    """SM2 by our own key class, all else by pyHanko."""

    def validate_signature(  # type: ignore[no-untyped-def]
        self, signature, signed_data, public_key_info, signature_algorithm, context=None
    ):
        if signature_algorithm["algorithm"].native != "sm2_sm3":
            return DEFAULT_SIGNATURE_VALIDATOR.validate_signature(
                signature, signed_data, public_key_info, signature_algorithm, context
            )
        point = bytes(public_key_info["public_key"])
        return PublicKey.from_point(point).verify(signature, signed_data)


def stock_seal(document: bytes, signer: StockSigner, image: Image.Image) -> None:
    meta = signers.PdfSignatureMetadata(
        field_name="Seal", md_algorithm="sm3", subfilter=fields.SigSeedSubFilter.PADES
    )
    writer = IncrementalPdfFileWriter(BytesIO(document))
    style = StaticStampStyle(background=PdfImage(image), background_opacity=1, border_width=0)
    signers.PdfSigner(
        meta,
        signer=signer,
        stamp_style=style,
        new_field_spec=fields.SigFieldSpec("Seal", box=(300, 100, 419, 219)),
    ).sign_pdf(writer)


def stock_verify(document: bytes) -> None:
    context = ValidationContext(
        trust_roots=[pdf.authority().root],
        other_certs=[pdf.authority().issuing],
        signature_validator=StockValidator(),
        moment=pdf.NOON + timedelta(hours=1),
    )
    for signature in PdfFileReader(BytesIO(document)).embedded_signatures:
        asyncio.run(async_validate_pdf_signature(signature, context))


@contextmanager
def as_delivered() -> Iterator[None]:
    """pyHanko without the two functions that we put in the place of its own."""
    pdf_hex.restore()
    pdf_names.restore()
    try:
        yield
    finally:
        pdf_hex.hasten()
        pdf_names.hasten()


def stock_ms(work: Callable[[], object], rounds: int) -> float:
    with as_delivered():
        return cpu_ms(work, rounds)


# --- ours ---------------------------------------------------------------------------------


def seal(document: bytes, name: str = pdf.COMPANY) -> bytes:
    return ENGINE.seal(document, pdf.material(name), (HERE,), pdf.signer(name), pdf.NOON)


def seal_limit(document: bytes) -> float:
    """SM3 of the document and one SM2 signature."""
    key = pdf.signer().key
    return cpu_ms(lambda: key.sign(sm3.digest(document)), 20)


def verify_limit(document: bytes, signatures: int) -> float:
    """SM3 of the document and four SM2 verifications (signer, issuer, seal, maker) each."""
    who = pdf.signer()
    value = who.sign(b"message")

    def work() -> None:
        for _ in range(signatures):
            sm3.digest(document)
            for _ in range(4):
                who.key.public_key.verify(value, b"message")

    return cpu_ms(work, 20)


def measure(rounds: int) -> list[Row]:
    signer, image = StockSigner(), Image.open(BytesIO(pdf.seal_picture()))
    image.load()
    documents = {
        "1 page": pdf.simple_pdf([PAGE]),
        "100 pages": pdf.simple_pdf([PAGE] * 100),
        "20 MB": pdf.simple_pdf([PAGE], extra=(_ballast(20),)),
    }
    rows = []
    for name, document in documents.items():
        times = max(3, rounds // (10 if name == "20 MB" else 1))
        ours = cpu_ms(partial(seal, document), times)
        stock = stock_ms(partial(stock_seal, document, signer, image), times)
        rows.append(Row(f"seal, {name}", ours, stock, seal_limit(document)))
        if name == "20 MB":
            rows.append(
                Row(
                    "seal, 20 MB, file to file",
                    _seal_files(document, times),
                    stock,
                    seal_limit(document),
                )
            )
        once = seal(document)
        for count, sealed in enumerate((once, seal(once, "乙方公司")), 1):
            rows.append(_verify_row(sealed, count, name, times))
    many = documents["100 pages"]
    for count in range(1, 21):
        many = seal(many, f"{pdf.COMPANY} {count}")
        if count in {5, 10, 20}:
            rows.append(_verify_row(many, count, "100 pages", 3))
    companion = PdfEngine(companion=Companion(wide_world.issued("rsa").signer))
    together = partial(
        companion.seal, documents["1 page"], pdf.material(), (HERE,), pdf.signer(), pdf.NOON
    )
    rows.append(Row("seal with RSA companion, 1 page", cpu_ms(together, rounds)))
    rows.append(Row("seam over 100 pages", cpu_ms(lambda: _seam(documents["100 pages"]), 5)))
    batch = [pdf.simple_pdf([PAGE], content=b"%% %d" % number) for number in range(500)]
    whole = cpu_ms(lambda: [seal(document) for document in batch], 1)
    rows.append(Row("one of a batch of 500", whole / len(batch)))
    return rows


def _verify_row(sealed: bytes, count: int, name: str, times: int) -> Row:
    ours = cpu_ms(partial(pdf.verified, sealed), times)
    stock = stock_ms(partial(stock_verify, sealed), times)
    return Row(f"verify {count} seals, {name}", ours, stock, verify_limit(sealed, count))


def _seal_files(document: bytes, times: int) -> float:
    """From file to file on whatever disk there is; writing them costs CPU time as well."""
    with TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.pdf", Path(folder) / "out.pdf"
        source.write_bytes(document)

        def work() -> None:
            target.unlink(missing_ok=True)
            seal_file(source, target)

        return cpu_ms(work, times)


def seal_file(source: Path, target: Path) -> None:
    ENGINE.seal_file(source, target, pdf.material(), (HERE,), pdf.signer(), pdf.NOON)


# --- memory -------------------------------------------------------------------------------


def peak_kib(operation: str) -> int:
    """Peak memory of one operation over that of the same with one page, in its own process."""
    run = subprocess.run(
        (sys.executable, "-m", "bench.pdf", "--peak", operation),
        check=True,
        capture_output=True,
        text=True,
    )
    return int(run.stdout)


def _measure_peak(operation: str) -> None:
    """In the child: what a small document costs first, then how much more 20 MB do."""
    with TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("small.pdf", "large.pdf", "a.pdf", "b.pdf")]
        files[0].write_bytes(pdf.simple_pdf([PAGE]))
        command = (
            "from bench.pdf import *; from bench.pdf import _ballast; import sys; "
            "Path(sys.argv[1]).write_bytes(pdf.simple_pdf([PAGE], extra=(_ballast(20),)))"
        )
        subprocess.run((sys.executable, "-c", command, files[1]), check=True)
        if operation == "verify in memory":
            seal_file(files[0], files[2])
            seal_file(files[1], files[3])
            files[:2] = files[2:]
        OPERATIONS[operation](files[0], files[2])
        before = _peak()
        OPERATIONS[operation](files[1], files[3])
        print(_peak() - before)


def _peak() -> int:
    """KiB. Not from getrusage: that goes on from the process that started this one."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))
    if found is None:
        raise OSError("the kernel tells no peak of memory")
    return int(found[1])


def _file_to_file(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    seal_file(source, target)


OPERATIONS: dict[str, Callable[[Path, Path], object]] = {
    "seal in memory": lambda source, target: seal(source.read_bytes()),
    "seal file to file": _file_to_file,
    "verify in memory": lambda source, target: pdf.verified(source.read_bytes()),
}


def _ballast(megabytes: int) -> bytes:
    size = megabytes * 1024 * 1024
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (size, b"\x55" * size)


def _seam(document: bytes) -> bytes:
    return ENGINE.seal(document, pdf.material(), (Seam(),), pdf.signer(), pdf.NOON)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--peak", choices=OPERATIONS, help="measure the memory of this alone")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    if given.peak:
        _measure_peak(given.peak)
        return
    pyhanko_sm2.register()
    rows = measure(given.rounds)
    print(f"{'':34}{'CPU ms':>9}{'':>10}{'stock':>8}{'limit':>8}")
    print(*rows, sep="\n")
    for operation in OPERATIONS:
        print(f"{operation}, 20 MB: {peak_kib(operation) / 1024:.1f} MB above one page")
    if given.json:
        with open(given.json, "w", encoding="utf-8") as file:
            json.dump([asdict(row) for row in rows], file, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main()
