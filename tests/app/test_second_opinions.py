"""What ``./zhangyin seal`` writes, by a checker that shares no code with it, and by OpenSSL."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import cli
from app.commands._places import parse_place
from seal_core.engines.ofd import OfdEngine
from seal_core.engines.protocol import SealMaterial
from tests.support.ofd import A4, ofd, pack, text_object, unpack
from tests.support.ofd_checker import problems, signature_paths, unprotected
from tests.support.pki import SIGNED_AT, World
from verify.report import Kind, Verdict
from verify.trust import TrustStore
from verify.verifier import verify

PLACES = {
    "one": ["1:100,200"],
    "many": ["1:10,10", "2:50.5,60", "3:100,160"],
    "every page": ["every:20,20"],
    "odd pages": ["every:20,20,odd"],
    "keyword": ["keyword:甲方（盖章）@5,-3"],
    "every keyword": ["keyword:方（盖章）#all"],
    "pattern": ["regex:[甲乙]方（盖.）#2"],
    "seam": ["seam:right"],
    "seam, top, odd": ["seam:top,odd,0.3"],
    "facing seam": ["seam:facing"],
    "all together": ["1:10,10", "seam:left", "keyword:甲方（盖章）"],
}
DOCUMENT = ofd(
    [text_object(f"{who}方（盖章）", 30, 100) for who in "甲乙丙丁戊"],
    sizes=[A4, (297.0, 210.0), (148.0, 210.0), A4, A4],
)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture
def folder(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    for version in (1, 4, 5):
        (tmp_path / f"v{version}.esl").write_bytes(world.seal(version=version))
    (tmp_path / "unit.key").write_bytes(world.sealer.key.to_pkcs8())
    (tmp_path / "unit.cer").write_bytes(world.sealer.certificate)
    (tmp_path / "in.ofd").write_bytes(DOCUMENT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sealed(source: str, target: str, *options: str) -> bytes:
    assert cli.run(["seal", source, target, "--key", "unit.key", *options]) == 0
    return Path(target).read_bytes()


@pytest.mark.parametrize("name", PLACES)
def test_every_digest_and_value_is_derived_again(world: World, name: str) -> None:
    """All three standards, all kinds of places: digests, path, seal, both SM2 values over our very
    octets, and not a file left out."""
    wished = [parse_place(place) for place in PLACES[name]]
    for version in (1, 4, 5):
        material = SealMaterial(world.seal(version=version), b"", 40, 40)
        document = OfdEngine().seal(DOCUMENT, material, wished, world.sealer, SIGNED_AT)

        assert problems(document) == []
        assert unprotected(document) == set()
        assert len(signature_paths(document)) == 1


def test_seals_of_all_standards_one_after_the_other(world: World) -> None:
    """Appending changes nothing that was signed; closing ends it."""
    engine, document = OfdEngine(), DOCUMENT
    for version, wished in ((1, "one"), (4, "all together"), (5, "every page")):
        material = SealMaterial(world.seal(version=version), b"", 40, 40)
        where = [parse_place(place) for place in PLACES[wished]]
        document = engine.seal(document, material, where, world.sealer, SIGNED_AT)
    document = engine.sign(document, world.sealer, SIGNED_AT, close=True)

    assert len(signature_paths(document)) == 4
    assert problems(document) == []
    assert unprotected(document) == set()


def test_a_batch(folder: Path) -> None:
    """Every file of it."""
    for number in range(5):
        (folder / f"{number}.ofd").write_bytes(ofd(number + 1))
    names = [f"{number}.ofd" for number in range(5)]

    options = ["--seal", "v4.esl", "--key", "unit.key", "--place", "seam:right"]
    assert cli.run(["seal", "1.ofd", "2.ofd", "0.ofd", "4.ofd", "3.ofd", "out", *options]) == 1
    # one page has no seam; the others are as they should be
    for name in names[1:]:
        assert problems((folder / "out" / name).read_bytes()) == []
    assert not (folder / "out" / "0.ofd").exists()


def test_a_signature_without_a_seal(folder: Path, world: World) -> None:
    """Type="Sign": SignedData of GB/T 35275; a PDF is not signed this way, nor shown anywhere."""
    document = sealed("in.ofd", "signed.ofd", "--certificate", "unit.cer")
    trust = TrustStore.from_certificates([world.root.certificate], [world.ca.certificate])
    (signature,) = verify(document, "signed.ofd", trust=trust).signatures

    assert problems(document) == []
    assert unprotected(document) == set()
    assert (signature.kind, signature.standard) == (Kind.SIGNATURE, "GB/T 35275")
    assert signature.verdict is Verdict.VALID
    assert signature.quirks == ()

    (folder / "a.pdf").write_bytes(b"%PDF-1.7\n")
    command = ["seal", "--key", "unit.key", "--certificate", "unit.cer"]
    assert cli.run([*command, "a.pdf", "b.pdf"]) == 1
    assert cli.run([*command, "in.ofd", "c.ofd", "--place", "1:1,1"]) == cli.EXIT_USAGE
    assert cli.run(["seal", "in.ofd", "c.ofd", "--key", "unit.key"]) == cli.EXIT_USAGE


SPOILED = {
    "page": ("Doc_0/Pages/Page_0/Content.xml", "甲方".encode(), "乙方".encode()),
    "signature": (
        "Doc_0/Signs/Sign_0/Signature.xml",
        b"Signs/Sign_0/Seal.esl",
        b"Signs/Sign_0/./Seal.esl",
    ),
    "seal": ("Doc_0/Signs/Sign_0/Seal.esl", b"ZHANGYIN", b"zhangyin"),
    "value": ("Doc_0/Signs/Sign_0/SignedValue.dat", b"ZHANGYIN", b"zhangyin"),
}


@pytest.mark.parametrize("spoiled", SPOILED)
def test_the_second_opinion_can_say_no(world: World, spoiled: str) -> None:
    """A word changed anywhere is found."""
    material = SealMaterial(world.seal(), b"", 40, 40)
    place = parse_place("1:10,10")
    files = unpack(OfdEngine().seal(DOCUMENT, material, [place], world.sealer, SIGNED_AT))
    name, before, after = SPOILED[spoiled]
    assert before in files[name]

    assert problems(pack(files | {name: files[name].replace(before, after)}))
