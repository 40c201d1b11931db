"""What OFD work costs on one core: ``python -m bench.ofd [--json FILE]``.

Every line is one thread, warm, whole operation per op: bytes in, bytes or report out. The
limit is what the same work costs in SM2 operations and SM3 octets alone, timed in the same
run; everything above it is ours. Memory is what the process grew by at its peak.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

from seal_core.engines.ofd import OfdEngine
from seal_core.engines.protocol import AtPoint, Place, SealMaterial, Seam
from seal_core.formats import ses
from seal_core.gm import sm3
from seal_core.gm.sm2 import PrivateKey, PublicKey
from tests.support.ofd import ofd, ofd_files, pack, page_xml, text_object, unpack
from tests.support.pki import NOT_AFTER, NOT_BEFORE, PICTURE, SIGNED_AT, World
from verify.report import Verdict
from verify.trust import TrustStore
from verify.verifier import verify

CPU_SECONDS = 1.5  # per line
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table; times in ms of CPU."""

    name: str
    ops_per_second: float
    cpu_ms: float
    limit_ms: float
    peak_mib: float
    input_kib: float
    sm2_signs: int
    sm2_verifies: int
    references: int


@dataclass(frozen=True, slots=True)
class Primitives:
    """The price of the parts, in this process, now."""

    sign_ms: float
    verify_ms: float
    sm3_mib_per_s: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    wishes = parser.parse_args()
    prices = primitives()
    lines = [measured_apart(name, make, prices) for name, make in cases().items()]
    sys.stdout.write(table(lines, prices))
    if wishes.json:
        figures = {"primitives": asdict(prices), "lines": [asdict(line) for line in lines]}
        wishes.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


Operation = Callable[[], object]
Make = Callable[[], tuple[bytes, Operation]]


def cases() -> dict[str, Make]:
    """Name to a function that makes the input and the operation."""
    world = World()
    trust = TrustStore.from_certificates(
        [world.root.certificate], [world.ca.certificate], [world.root.crl(), world.ca.crl()]
    )
    material = SealMaterial(world.seal(), PICTURE, 40, 40)

    def seal(document: bytes, place: Place) -> bytes:
        return OfdEngine().seal(document, material, [place], world.sealer, SIGNED_AT)

    def sealing(document: bytes, place: Place) -> tuple[bytes, Operation]:
        return document, lambda: seal(document, place)

    def verifying(document: bytes, shown: SealMaterial = material) -> tuple[bytes, Operation]:
        place = [AtPoint(1, 100, 100)]
        sealed = OfdEngine().seal(document, shown, place, world.sealer, SIGNED_AT)

        def operation() -> None:
            report = verify(sealed, "a.ofd", at=SIGNED_AT + timedelta(days=1), trust=trust)
            assert report.verdict is Verdict.VALID, report

        return sealed, operation

    return {
        "verify invoice": lambda: verifying(invoice(), nested_seal(world)),
        "verify 1 page": lambda: verifying(pages(1)),
        "verify 50 pages": lambda: verifying(pages(50)),
        "verify 50 MB": lambda: verifying(heavy()),
        "seal 1 page": lambda: sealing(pages(1), AtPoint(1, 100, 100)),
        "seal 50 pages": lambda: sealing(pages(50), AtPoint(1, 100, 100)),
        "seam 200 pages": lambda: sealing(pages(200), Seam()),
        "seal 50 MB": lambda: sealing(heavy(), AtPoint(1, 100, 100)),
    }


def invoice() -> bytes:
    """What a tax invoice has: 13 files to protect once sealed, 14 KB, most of it template."""
    dice = random.Random(7)
    files = ofd_files(1)
    for name in ("Doc_0/Tags/Tag.xml", "Doc_0/Tags/CustomTags.xml"):
        del files[name]
    tags = b"<ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags>"
    files["Doc_0/Document.xml"] = files["Doc_0/Document.xml"].replace(tags, b"")
    files["Doc_0/Attachs/original.xml"] = b"<data>%s</data>" % dice.randbytes(1500).hex().encode()
    listed = files["Doc_0/Attachs/Attachments.xml"]
    files["Doc_0/Attachs/Attachments.xml"] = listed.replace(b"data.xml", b"original.xml")
    del files["Doc_0/Attachs/data.xml"]
    lines = (
        text_object("".join(dice.choices("名称税号地址电话开户行账", k=20)), 10, 3 * n, number=n)
        for n in range(60)
    )
    files["Doc_0/Tpls/Tpl_0/Content.xml"] = page_xml("".join(lines)).encode()
    files["Doc_0/Res/logo.png"] = dice.randbytes(500)
    return pack(files)


def nested_seal(world: World) -> SealMaterial:
    """A seal whose picture is an OFD of its own, as on invoices."""
    picture = ofd(1)
    seal = ses.build_seal(
        seal_id="14010000000002", name="示例发票监制章", seal_type=3, vendor="ZHANGYIN",
        certificates=[world.sealer.certificate], created_at=NOT_BEFORE, valid_from=NOT_BEFORE,
        valid_to=NOT_AFTER, picture=picture, picture_type="ofd", width_mm=30, height_mm=20,
        maker=world.maker,
    )  # fmt: skip
    return SealMaterial(seal, picture, 30, 20)


def pages(count: int) -> bytes:
    """Pages of 30 lines, with the usual small files around them."""
    lines = (text_object("一二三四五六七八九十" * 3, 20, 10 + 8 * n, number=n) for n in range(30))
    return pack(ofd_files(["".join(lines)] * count))


def heavy() -> bytes:
    """One page and 50 MB of pictures that do not compress."""
    noise = random.Random(7).randbytes(50 * MIB)
    return pack(ofd_files(1) | {"Doc_0/Res/logo.png": noise})


def measured_apart(name: str, make: Make, prices: Primitives) -> Line:
    """Measure in a child of its own, so that one case's memory is not another's."""
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sender.send(measured(name, make, prices)))
    child.start()
    line = receiver.recv()
    child.join()
    assert isinstance(line, Line)
    return line


def measured(name: str, make: Make, prices: Primitives) -> Line:
    """Run the operation until CPU_SECONDS are used."""
    document, operation = make()
    operation()
    with counted() as counts:  # warm: what is remembered from the first time is not done again
        operation()
    peak = peak_of(operation)
    ops, cpu = 0, 0.0
    while cpu < CPU_SECONDS:
        start = time.process_time()
        operation()
        ops, cpu = ops + 1, cpu + time.process_time() - start
    hashed = sum(map(len, unpack(document).values())) / MIB
    if not counts["sign"]:
        hashed += len(document) / MIB  # a report tells the digest of the whole file
    limit = (
        counts["sign"] * prices.sign_ms
        + counts["verify"] * prices.verify_ms
        + hashed / prices.sm3_mib_per_s * 1000
    )
    return Line(
        name=name,
        ops_per_second=ops / cpu,
        cpu_ms=cpu / ops * 1000,
        limit_ms=limit,
        peak_mib=peak / MIB,
        input_kib=len(document) / 1024,
        sm2_signs=counts["sign"],
        sm2_verifies=counts["verify"],
        references=sum(f.count(b"<ofd:Reference ") for f in unpack(document).values()),
    )


@contextmanager
def counted() -> Iterator[dict[str, int]]:
    """Count the SM2 operations that are done inside."""
    counts = {"sign": 0, "verify": 0}
    sign, check = PrivateKey.sign, PublicKey.verify_digest

    def counting_sign(self: PrivateKey, *args: object) -> bytes:
        counts["sign"] += 1
        return sign(self, *args)  # type: ignore[arg-type]

    def counting_check(self: PublicKey, signature: bytes, digest: bytes) -> None:
        counts["verify"] += 1
        check(self, signature, digest)

    PrivateKey.sign, PublicKey.verify_digest = counting_sign, counting_check  # type: ignore[method-assign, assignment]
    try:
        yield counts
    finally:
        PrivateKey.sign, PublicKey.verify_digest = sign, check  # type: ignore[method-assign]


def primitives() -> Primitives:
    """SM2 over a short message, SM3 over 8 MiB."""
    key = PrivateKey.generate()
    value = key.sign(b"message")
    block = bytes(8 * MIB)
    return Primitives(
        sign_ms=_cpu_ms(lambda: key.sign(b"message"), 300),
        verify_ms=_cpu_ms(lambda: key.public_key.verify(value, b"message"), 300),
        sm3_mib_per_s=8 / _cpu_ms(lambda: sm3.digest(block), 8) * 1000,
    )


def table(lines: list[Line], prices: Primitives) -> str:
    head = f"{'':16}{'ops/s':>9}{'CPU ms':>9}{'limit ms':>10}{'of limit':>10}{'peak MiB':>10}"
    rows = [
        f"{line.name:16}{line.ops_per_second:9.1f}{line.cpu_ms:9.2f}{line.limit_ms:10.2f}"
        f"{line.limit_ms / line.cpu_ms:10.0%}{line.peak_mib:10.1f}"
        f"   {line.input_kib:,.0f} KiB, {line.sm2_signs} SM2 signs, {line.sm2_verifies} verifies"
        + (f", {line.references} references" if line.references else "")
        for line in lines
    ]
    foot = (
        f"SM2 sign {prices.sign_ms:.3f} ms, verify {prices.verify_ms:.3f} ms, "
        f"SM3 {prices.sm3_mib_per_s:.0f} MiB/s, {os.cpu_count()} CPUs"
    )
    return "\n".join((head, *rows, foot, ""))


def _cpu_ms(operation: Operation, times: int) -> float:
    operation()
    start = time.process_time()
    for _ in range(times):
        operation()
    return (time.process_time() - start) / times * 1000


def peak_of(operation: Operation) -> int:
    """Octets by which the process grows while it works (Linux)."""
    own = Path("/proc/self")
    (own / "clear_refs").write_text("5")  # begin to watch for the peak anew
    before = int((own / "statm").read_text().split()[1]) * resource.getpagesize()
    operation()
    told = next(x for x in (own / "status").read_text().splitlines() if x.startswith("VmHWM"))
    return max(0, int(told.split()[1]) * 1024 - before)


if __name__ == "__main__":
    sys.exit(main())
