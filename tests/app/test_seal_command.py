"""./zhangyin seal: many files, one key; one bad file fails alone and no input is touched."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from pyhanko.pdf_utils.reader import PdfFileReader

from app import cli
from tests.support import pdf
from tests.support.ofd import ofd, ofd_files, pack, page_xml, text_object
from tests.support.ofd_checker import problems
from tests.support.pki import World
from tests.support.rendering import pdfium_pages
from verify.report import Verdict
from verify.trust import TrustStore
from verify.verifier import verify

OPENSSL = shutil.which("openssl")


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture
def folder(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A seal, its key, and documents; the command runs in their folder."""
    (tmp_path / "seal.esl").write_bytes(world.seal())
    (tmp_path / "key.der").write_bytes(world.sealer.key.to_pkcs8())
    (tmp_path / "a.ofd").write_bytes(ofd(3))
    (tmp_path / "b.ofd").write_bytes(ofd([text_object("甲方（盖章）", 50, 100)]))
    (tmp_path / "face.png").write_bytes(pdf.material().picture)
    (tmp_path / "c.pdf").write_bytes(pdf.simple_pdf())
    (tmp_path / "bad.ofd").write_bytes(b"PK\x03\x04 nothing")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def seal(*arguments: str, place: str = "1:100,200") -> int:
    command = ["seal", *arguments, "--seal", "seal.esl", "--key", "key.der", "--place", place]
    return cli.run([*command, "--picture", "face.png"])


def trusted(world: World) -> TrustStore:
    lists = [world.root.crl(), world.ca.crl()]
    return TrustStore.from_certificates([world.root.certificate], [world.ca.certificate], lists)


def test_one_file_is_sealed_into_another(folder: Path, world: World) -> None:
    """
    Valid for our verifier and for the second opinion; the input keeps its bytes.
    """
    before = (folder / "a.ofd").read_bytes()

    assert seal("a.ofd", "out.ofd", place="seam:right") == 0

    sealed = (folder / "out.ofd").read_bytes()
    assert problems(sealed) == []
    assert verify(sealed, "a.ofd", trust=trusted(world)).verdict is Verdict.VALID
    assert (folder / "a.ofd").read_bytes() == before


@pytest.mark.parametrize("version", [1, 5])
def test_the_seal_tells_which_standard_is_followed(
    folder: Path, world: World, version: int
) -> None:
    """
    Seals of 2014 and 2025 sign as their standard has it.
    """
    (folder / "seal.esl").write_bytes(world.seal(version=version))

    assert seal("a.ofd", "out.ofd") == 0

    report = verify((folder / "out.ofd").read_bytes(), "a.ofd", trust=trusted(world))
    assert report.verdict is Verdict.VALID
    assert report.signatures[0].standard == {1: "GM/T 0031-2014", 5: "GM/T 0031-2025"}[version]


def test_a_batch_names_the_bad_file_and_seals_the_others(
    folder: Path, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    OFD and PDF under one key into a new folder; outcomes by line, exit code 1.
    """
    assert seal("a.ofd", "bad.ofd", "gone.ofd", "c.pdf", "out", "--json", "outcomes.jsonl") == 1

    assert sorted(path.name for path in (folder / "out").iterdir()) == ["a.ofd", "c.pdf"]
    for name in ("a.ofd", "c.pdf"):
        report = verify((folder / "out" / name).read_bytes(), name, trust=trusted(world))
        assert report.verdict is Verdict.VALID
    lines = (folder / "outcomes.jsonl").read_text(encoding="utf-8").splitlines()
    told = [(line["file"], line["sealed"], line["code"]) for line in map(json.loads, lines)]
    assert told == [
        ("a.ofd", True, ""),
        ("bad.ofd", False, "document.refused"),
        ("gone.ofd", False, "file"),
        ("c.pdf", True, ""),
    ]
    shown = capsys.readouterr()
    assert "bad.ofd: not sealed (document.refused)" in shown.err
    assert "2 of 4 sealed" in shown.err


def test_many_places_make_one_signature(folder: Path, world: World) -> None:
    """
    A point, a pattern and a seam in one go; a text that is not there refuses the file.
    """
    assert seal("b.ofd", "out.ofd", "--place", "1:10,10", place="regex:[甲乙]方（盖章）@0,20") == 0
    (signature,) = verify((folder / "out.ofd").read_bytes(), "b", trust=trusted(world)).signatures
    assert len(signature.places) == 2
    assert seal("b.ofd", "none.ofd", place="keyword:丙方") == 1
    assert not (folder / "none.ofd").exists()


@pytest.mark.parametrize(
    ("profile", "standard", "names"),
    [
        ("pades", "PAdES-B-B", ("/Adobe.PPKLite", "/ETSI.CAdES.detached")),
        ("pkcs7", "CMS", ("/Adobe.PPKLite", "/adbe.pkcs7.detached")),
        ("gb_t_35275", "GB/T 35275", ("/Adobe.PPKLite", "/adbe.pkcs7.detached")),
        ("ses", "GB/T 38540-2020", ("/GM.PKILite", "/GM.sm2seal")),
    ],
)
def test_the_form_of_the_signature_is_the_operator_s_choice(
    folder: Path, world: World, profile: str, standard: str, names: tuple[str, str]
) -> None:
    """
    Its names as well; a name that is none is wrong use.
    """
    assert seal("c.pdf", "out.pdf", "--profile", profile) == 0
    assert seal("c.pdf", "own.pdf", "--profile", profile, "--filter", "Gomain.GMPkiLite") == 0
    assert seal("c.pdf", "no.pdf", "--filter", "a b/") == cli.EXIT_USAGE

    for name, filter_name in (("out.pdf", names[0]), ("own.pdf", "/Gomain.GMPkiLite")):
        document = (folder / name).read_bytes()
        report = verify(document, name, trust=trusted(world))
        assert report.verdict is Verdict.VALID
        assert report.signatures[0].standard == standard
        (field,) = PdfFileReader(BytesIO(document)).root["/AcroForm"]["/Fields"]
        value = field.get_object()["/V"]
        assert (value["/Filter"], value["/SubFilter"]) == (filter_name, names[1])


def test_large_pdf_go_from_file_to_file(folder: Path, world: World) -> None:
    """
    The same rules: verified before it gets its name, nothing left behind, nothing written over.
    """
    ballast = b"<< /Length %d >>\nstream\n%s\nendstream" % (9 * 2**20, b"U" * 9 * 2**20)
    (folder / "large.pdf").write_bytes(pdf.simple_pdf(extra=[ballast]))

    assert seal("large.pdf", "out.pdf") == 0
    assert seal("large.pdf", "out.pdf") == 1
    assert seal("large.pdf", "out.pdf", "--replace") == 0
    assert seal("large.pdf", "none.pdf", place="9:1,1") == 1

    sealed = (folder / "out.pdf").read_bytes()
    assert sealed.startswith((folder / "large.pdf").read_bytes())
    assert verify(sealed, "out.pdf", trust=trusted(world)).verdict is Verdict.VALID
    assert not (folder / "none.pdf").exists()
    assert not list(folder.glob(".new-*"))


def test_forms_are_flattened_on_request(folder: Path, world: World) -> None:
    """
    Without the request a form stays one; with it the sealed document has none but the seal's.
    """
    look = b"<< /Subtype /Form /BBox [0 0 9 9] /Length 0 >>\nstream\n\nendstream"
    field = b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (T) /Rect [1 1 9 9] /AP << /N 7 0 R >> >>"
    form = pdf.simple_pdf(
        ["/MediaBox [0 0 595 842] /Annots [6 0 R]"],
        catalog="/AcroForm << /Fields [6 0 R] >>",
        extra=(field, look),
    )
    (folder / "form.pdf").write_bytes(form)

    assert seal("form.pdf", "form-sealed.pdf") == 0
    assert seal("form.pdf", "flat-sealed.pdf", "--flatten") == 0

    counts = []
    for name in ("form-sealed.pdf", "flat-sealed.pdf"):
        document = (folder / name).read_bytes()
        assert verify(document, name, trust=trusted(world)).verdict is Verdict.VALID
        counts.append(len(PdfFileReader(BytesIO(document)).root["/AcroForm"]["/Fields"]))
    assert counts == [2, 1]


def test_a_code_beside_the_seal_on_request(folder: Path) -> None:
    """
    It leads where the operator says.
    """
    address = "https://seal.example/verify/"

    assert seal("c.pdf", "out.pdf", "--qr", address) == 0

    (image,) = pdfium_pages((folder / "out.pdf").read_bytes(), 150)
    assert [code.text for code in zxingcpp.read_barcodes(image)] == [address]


@pytest.mark.usefixtures("folder")
def test_no_input_is_ever_written_over(folder: Path) -> None:
    """
    Not by its own name, by a link, or with --replace, which is for earlier outputs only.
    """
    before = (folder / "a.ofd").read_bytes()
    (folder / "link.ofd").hardlink_to(folder / "a.ofd")

    assert seal("a.ofd", "a.ofd", "--replace") == 1
    assert seal("a.ofd", "link.ofd", "--replace") == 1
    assert seal("a.ofd", "b.ofd", ".", "--replace") == 1
    assert seal("b.ofd", "out.ofd") == 0
    assert seal("b.ofd", "out.ofd") == 1
    assert seal("b.ofd", "out.ofd", "--replace") == 0

    assert (folder / "a.ofd").read_bytes() == before
    assert not [path for path in folder.iterdir() if path.name.startswith(".new-")]


def test_a_second_seal_keeps_the_first_and_closing_ends_it(folder: Path, world: World) -> None:
    """
    What a batch sealed can be sealed again, until somebody closes it.
    """
    assert seal("a.ofd", "one.ofd") == 0
    assert seal("one.ofd", "two.ofd", "--close", place="2:10,10") == 0
    assert seal("two.ofd", "three.ofd") == 1

    report = verify((folder / "two.ofd").read_bytes(), "two.ofd", trust=trusted(world))
    assert [each.verdict for each in report.signatures] == [Verdict.VALID] * 2


def test_under_a_trust_folder_nothing_may_stay_open(folder: Path, world: World) -> None:
    """
    Whoever names roots gets only documents that are valid under them.
    """
    (folder / "trust" / "intermediates").mkdir(parents=True)
    (folder / "trust" / "root.cer").write_bytes(world.stranger.chain[0])
    assert seal("a.ofd", "out.ofd", "--trust", "trust") == 1

    (folder / "trust" / "root.cer").write_bytes(world.root.certificate)
    (folder / "trust" / "intermediates" / "ca.cer").write_bytes(world.ca.certificate)
    assert seal("a.ofd", "out.ofd", "--trust", "trust") == 0


@pytest.mark.skipif(OPENSSL is None, reason="needs the openssl command")
def test_an_encrypted_key_asks_for_its_password(folder: Path, world: World) -> None:
    """
    From a file or a prompt, never from the command line; a wrong one is wrong use.
    """
    command = [str(OPENSSL), "pkcs8", "-topk8", "-inform", "DER", "-passout", "pass:秘密"]
    plain = world.sealer.key.to_pkcs8()
    answer = subprocess.run(command, input=plain, capture_output=True, check=True)
    (folder / "key.der").write_bytes(answer.stdout)
    (folder / "password").write_text("秘密\n", encoding="utf-8")
    (folder / "wrong").write_text("别的\n", encoding="utf-8")

    assert seal("a.ofd", "out.ofd", "--password-file", "password") == 0
    assert seal("a.ofd", "no.ofd", "--password-file", "wrong") == cli.EXIT_USAGE
    assert not (folder / "no.ofd").exists()


@pytest.mark.parametrize("made", ["key", "seal", "period"])
def test_a_key_that_may_not_use_the_seal_is_wrong_use(
    folder: Path, world: World, made: str
) -> None:
    """
    Another's key, no seal at all, a seal that has run out: nothing is even begun.
    """
    if made == "key":
        (folder / "key.der").write_bytes(world.maker.key.to_pkcs8())
    elif made == "seal":
        (folder / "seal.esl").write_bytes(b"no seal")
    else:
        over = world.seal(valid_to=datetime(2025, 6, 1, tzinfo=UTC))
        (folder / "seal.esl").write_bytes(over)

    assert seal("a.ofd", "out", "--close") == cli.EXIT_USAGE
    assert not (folder / "out").exists()


def test_hundreds_of_documents_go_through_with_one_bad_among_them(
    folder: Path, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    200 one-page files under one order: 199 sealed, the bad one alone named.
    """
    (folder / "in").mkdir()
    for number in range(200):
        files = ofd_files([page_xml(text_object(f"第{number}号", 20, 20))])
        (folder / "in" / f"{number:03}.ofd").write_bytes(pack(files))
    (folder / "in" / "077.ofd").write_bytes(pack(ofd_files() | {"OFD.xml": b"<a>"}))
    names = [f"in/{number:03}.ofd" for number in range(200)]

    assert seal(*names, "out") == 1

    assert len(list((folder / "out").iterdir())) == 199
    told = [line for line in capsys.readouterr().err.splitlines() if "not sealed" in line]
    assert len(told) == 1
    assert told[0].startswith("in/077.ofd: ")
    for number in (0, 76, 78, 199):
        report = verify(
            (folder / "out" / f"{number:03}.ofd").read_bytes(), "x", trust=trusted(world)
        )
        assert report.verdict is Verdict.VALID
