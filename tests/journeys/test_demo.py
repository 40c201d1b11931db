"""`./zhangyin demo`: the whole story, what it leaves behind, and that it leaves nothing running."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from lxml import html
from PIL import Image, ImageChops
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import SignatureCoverageLevel

from tests.support import ofd_checker, pyhanko_sm2
from tests.support.processes import alive, descendants_of, processes_of, wait_until

ROOT = Path(__file__).parents[2]
STORIES = [("shanxi", "wechat"), ("jiangxi", "alipay")]
POINT = 72 / 25.4  # PDF units in a millimetre
SEAL_MM = {"shanxi": 40.0, "jiangxi": 40.0}

pyhanko_sm2.register()


@dataclass(frozen=True)
class Told:
    """A demo that has run, and the folder it left."""

    province: str
    folder: Path
    summary: dict[str, object]
    output: str

    def file(self, name: str) -> Path:
        return self.folder / name


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "app.cli", *(str(each) for each in arguments)]


def environment(temporary: Path) -> dict[str, str]:
    temporary.mkdir(exist_ok=True)
    return os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}


@pytest.fixture(scope="module", params=STORIES, ids=["shanxi", "jiangxi"])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Each story once, as a newcomer plays it."""
    province, channel = request.param
    out = tmp_path_factory.mktemp(province)
    wishes = ["--province", province, "--channel", channel, "--out", out]
    run = subprocess.run(
        command("demo", *wishes, "--json", out / "outcome.json"),
        env=environment(out / "tmp"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert processes_of(out / "tmp") == {}
    assert list((out / "tmp").glob("zhangyin-*")) == []
    summary = json.loads((out / "outcome.json").read_text())
    return Told(province, out, summary, run.stdout)


def test_the_summary_has_its_agreed_shape(told: Told) -> None:
    """{"steps": [{"name", "ok", "ms"}], "files": […], "ok": true}, and every file is there."""
    steps, files = told.summary["steps"], told.summary["files"]
    assert isinstance(steps, list)
    assert isinstance(files, list)

    assert told.summary["ok"] is True
    assert len(steps) > 8
    assert all(set(step) == {"name", "ok", "ms"} and step["ok"] for step in steps)
    assert all(told.file(name).stat().st_size > 0 for name in files)
    assert json.loads(told.file("summary.json").read_text()) == told.summary
    assert all(step["name"] in told.output for step in steps)


def test_what_is_left_can_be_looked_at(told: Told) -> None:
    """The chat with its pictures inside, the QR, the seals, and reports for people and programs."""
    chat = html.document_fromstring(told.file("chat.html").read_text())

    assert "盖章完成" in str(chat.xpath("string()"))
    assert chat.xpath("//img[starts-with(@src, 'data:image/')]")
    assert not chat.xpath("//img[not(starts-with(@src, 'data:'))] | //script | //link")
    assert picture(told.file("pickup-qr.png")).width > 100
    assert picture(told.file("seal-1.png")).width > 400
    for name in ("sealed-pdf", "sealed-ofd", "report-pdf", "report-ofd"):
        page = picture(told.file(f"pages/{name}.png")).convert("RGB")
        assert abs(page.width - 827) <= 1  # A4 at 100 dpi
        red, green, _ = page.split()
        ink = ImageChops.subtract(red, green)  # its seal
        assert any(ink.histogram()[120:])
    assert json.loads(told.file("reports/report-pdf.json").read_text())["verdict"] == "valid"
    assert json.loads(told.file("reports/report-changed-ofd.json").read_text())["signatures"]
    assert "有效" in told.file("reports/report-ofd.html").read_text()


@pytest.mark.parametrize("kind", ["pdf", "ofd"])
def test_verify_finds_the_sealed_file_valid_and_the_changed_one_invalid(
    told: Told, kind: str
) -> None:
    """`./zhangyin verify --json --trust …`: exit code 0 and 1."""
    trust = ("--trust", told.file("trust"))
    codes, verdicts = [], []
    for folder in ("sealed", "changed"):
        run = subprocess.run(
            command("verify", "--json", told.file(f"{folder}/contract.{kind}"), *trust),
            env=environment(told.folder / "tmp"),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        codes.append(run.returncode)
        verdicts.append(json.loads(run.stdout)["verdict"])

    assert codes == [0, 1]
    assert verdicts == ["valid", "invalid"]


def test_the_seal_in_the_pdf_has_its_true_size(told: Told) -> None:
    """The annotation's rectangle is that of the real seal within 0.2 mm."""
    reader = pdf_of(told, "sealed")
    (signature,) = reader.embedded_signatures
    left, bottom, right, top = (float(each) for each in signature.sig_field["/Rect"])

    wanted = SEAL_MM[told.province]
    assert (right - left) / POINT == pytest.approx(wanted, abs=0.2)
    assert (top - bottom) / POINT == pytest.approx(wanted, abs=0.2)


@pytest.mark.poppler
def test_the_rendered_ink_has_the_size_of_the_seal(told: Told, tmp_path: Path) -> None:
    """Poppler draws it; the red on the paper reaches as far as the real seal, within 0.5 mm."""
    dpi = 150
    subprocess.run(
        ["pdftoppm", "-r", str(dpi), "-png", told.file("sealed/contract.pdf"), tmp_path / "page"],
        check=True,
    )
    extents = [size for page in sorted(tmp_path.glob("page*.png")) if (size := red_extent(page))]

    (extent,) = extents
    assert [each * 25.4 / dpi for each in extent] == pytest.approx(
        [SEAL_MM[told.province]] * 2, abs=0.5
    )


def picture(path: Path) -> Image.Image:
    return Image.open(BytesIO(path.read_bytes()))


def pdf_of(told: Told, folder: str) -> PdfFileReader:
    return PdfFileReader(BytesIO(told.file(f"{folder}/contract.pdf").read_bytes()))


def red_extent(page: Path) -> tuple[int, int] | None:
    """Width and height in pixels of what is red on the page."""
    red, green, blue = picture(page).convert("RGB").split()
    is_red = red.point(lambda v: 255 if v > 150 else 0)
    for other in (green, blue):
        pale = other.point(lambda v: 255 if v < 130 else 0)
        is_red = Image.composite(is_red, Image.new("L", is_red.size), pale)
    box = is_red.getbbox()
    return (box[2] - box[0], box[3] - box[1]) if box else None


@pytest.mark.poppler
def test_pdfsig_sees_an_intact_signature_over_the_whole_file(told: Told) -> None:
    """Poppler does not know SM2, so it cannot judge the value; the structure it does judge."""
    path = told.file("sealed/contract.pdf")
    text = subprocess.run(["pdfsig", path], capture_output=True, text=True, check=False).stdout

    assert "Signature #1" in text
    assert "Signature #2" not in text
    assert "Total document signed" in text
    ranges = re.search(r"\[0 - (\d+)\], \[(\d+) - (\d+)\]", text)
    assert ranges is not None
    assert int(ranges[3]) == path.stat().st_size


def test_stock_pyhanko_finds_the_pdf_intact(told: Told) -> None:
    """A second opinion on structure and digest: the whole file, and not so when changed.

    pyHanko's cryptography knows no SM2; that the value is right, OpenSSL says in another test.
    """
    for folder, intact in (("sealed", True), ("changed", False)):
        (signature,) = pdf_of(told, folder).embedded_signatures
        signature.compute_integrity_info()
        attributes = signature.signer_info["signed_attrs"]
        digest = next(each for each in attributes if each["type"].native == "message_digest")

        assert (digest["values"][0].native == signature.compute_digest()) is intact
        assert signature.coverage is SignatureCoverageLevel.ENTIRE_FILE


def test_the_ofd_satisfies_the_independent_checker(told: Told) -> None:
    """GB/T 33190 and GB/T 38540 as another program reads them; the changed copy does not."""
    assert ofd_checker.problems(told.file("sealed/contract.ofd").read_bytes()) == []
    assert ofd_checker.problems(told.file("changed/contract.ofd").read_bytes())


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_demo_that_is_stopped_leaves_nothing_running(
    signum: signal.Signals, tmp_path: Path
) -> None:
    """Ctrl-C, SIGTERM and even kill -9 in the middle of the story."""
    log = tmp_path / "out.log"
    with log.open("wb") as output:
        demo = subprocess.Popen(
            command("demo", "--province", "shanxi", "--out", tmp_path / "out"),
            env=environment(tmp_path / "tmp"),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: "以法人登录" in log.read_text(), "the story has begun", 40)
        born = descendants_of(demo.pid) | set(processes_of(tmp_path / "tmp"))
        assert len(born) >= 6
        demo.send_signal(signum)
        code = demo.wait(20)
    finally:
        demo.kill()

    # SIGTERM by the kernel to the children of a killed parent: they finish what is in hand
    wait_until(lambda: not any(alive(pid) for pid in born), "all have ended", 20)
    assert processes_of(tmp_path / "tmp") == {}
    assert code == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[signum]
    if signum is not signal.SIGKILL:
        assert list((tmp_path / "tmp").glob("zhangyin-*")) == []
