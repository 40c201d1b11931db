"""Seals on OFD documents, checked by a second opinion that shares no code with the engine."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from seal_core.engines.ofd import OfdEngine
from seal_core.engines.protocol import (
    AtKeyword,
    AtPattern,
    AtPoint,
    FacingSeam,
    OnEveryPage,
    PageSize,
    Place,
    SealMaterial,
    Seam,
)
from seal_core.errors import DocumentRefused, SealRefused, UnknownPlace
from seal_core.formats import cms, ses
from seal_core.formats.ofd_package import OfdPackage
from seal_core.formats.ofd_signatures import read_signature
from tests.support.ofd import (
    OFD_NS,
    document_xml,
    ofd,
    ofd_files,
    pack,
    page_xml,
    root_xml,
    text_object,
    unpack,
)
from tests.support.ofd_checker import problems, signature_paths, unprotected
from tests.support.pki import PICTURE, SIGNED_AT, World
from tests.support.samples import sample
from tests.support.zips import RawEntry, raw_zip

Seal = Callable[..., bytes]
NS = f"{{{OFD_NS}}}"


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def material(world: World) -> SealMaterial:
    return SealMaterial(world.seal(), PICTURE, 40, 40)


@pytest.fixture(scope="module")
def seal(world: World, material: SealMaterial) -> Seal:
    def sealed(document: bytes, *places: Place, **wishes: object) -> bytes:
        return OfdEngine().seal(
            document,
            material,
            places,
            world.sealer,
            SIGNED_AT,
            **wishes,  # type: ignore[arg-type]
        )

    return sealed


def stamps(document: bytes, order: int = -1) -> list[tuple[str, str, str | None]]:
    """PageRef, Boundary and Clip of each stamp of one signature."""
    xml = unpack(document)[signature_paths(document)[order][1:]]
    return [
        (e.get("PageRef", ""), e.get("Boundary", ""), e.get("Clip"))
        for e in ElementTree.fromstring(xml).iter(f"{NS}StampAnnot")
    ]


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([AtPoint(2, 100.5, 200)], [("11", "100.5 200 40 40", None)]),
        (
            [AtPoint(1, 0, 0), AtPoint(1, 170, 257)],
            [("10", "0 0 40 40", None), ("10", "170 257 40 40", None)],
        ),
        ([OnEveryPage(20, 30)], [(str(n), "20 30 40 40", None) for n in (10, 11, 12)]),
        # 第3页: three characters of 5 mm from x 20, the line's middle at 20 + 5 − 0.38·5
        ([AtKeyword("第3页")], [("12", "7.5 3.1 40 40", None)]),
        (
            [Seam()],
            [
                ("10", "196.667 128.5 40 40", "0 0 13.333 40"),
                ("11", "183.333 128.5 40 40", "13.333 0 13.333 40"),
                ("12", "170 128.5 40 40", "26.667 0 13.333 40"),
            ],
        ),
    ],
)
def test_a_seal_goes_where_it_was_wished(
    seal: Seal, places: list[Place], expected: list[tuple[str, str, str | None]]
) -> None:
    """One signature however many places; the second opinion finds nothing wrong."""
    sealed = seal(ofd(3), *places)

    assert stamps(sealed) == expected
    assert problems(sealed) == []
    assert unprotected(sealed) == set()


def test_sealing_adds_files_and_changes_none_but_ofd_xml(seal: Seal) -> None:
    """Pages, resources and all else keep their bytes, packed bytes included."""
    before = ofd(2)
    after = seal(before, AtPoint(1, 10, 10))

    old, new = unpack(before), unpack(after)
    assert [name for name in old if new[name] != old[name]] == ["OFD.xml"]
    assert sorted(set(new) - set(old)) == [
        "Doc_0/Signs/Sign_0/Seal.esl",
        "Doc_0/Signs/Sign_0/Signature.xml",
        "Doc_0/Signs/Sign_0/SignedValue.dat",
        "Doc_0/Signs/Signatures.xml",
    ]


def test_seals_follow_each_other(seal: Seal, world: World) -> None:
    """Each later signature protects the earlier ones; none breaks another; ids go on."""
    once = seal(ofd(2), AtPoint(1, 10, 10))
    twice = seal(once, AtPoint(1, 60, 10), Seam())
    thrice = seal(twice, AtPoint(2, 10, 10), timestamper=world.tsa)

    assert problems(thrice) == []
    assert unprotected(thrice) == set()
    root = ElementTree.fromstring(unpack(thrice)["Doc_0/Signs/Signatures.xml"])
    assert [e.get("ID") for e in root.iter(f"{NS}Signature")] == ["s001", "s003", "s007"]
    assert root.findtext(f"{NS}MaxSignId") == "s008"
    value = ses.parse_signature(unpack(thrice)["Doc_0/Signs/Sign_2/SignedValue.dat"])
    assert value.timestamp is not None
    assert OfdEngine().outline(thrice).signatures == 3


def test_a_closed_document_takes_no_further_seal(seal: Seal) -> None:
    """Its last signature protects the list of signatures; adding a line would break it."""
    closed = seal(seal(ofd(), AtPoint(1, 10, 10)), AtPoint(1, 60, 10), close=True)

    assert problems(closed) == []
    for refuse in (lambda: seal(closed, AtPoint(1, 10, 90)), lambda: OfdEngine().outline(closed)):
        with pytest.raises(DocumentRefused) as caught:
            refuse()
        assert caught.value.reason == "closed"


def test_all_documents_of_a_package_are_sealed_and_protected(seal: Seal) -> None:
    """Pages count on; each stamped document has its own signature, each protects all."""
    files = ofd_files(2) | {k.replace("Doc_0", "Doc_1"): v for k, v in ofd_files(1).items()}
    files["OFD.xml"] = root_xml("Doc_0/Document.xml", "Doc_1/Document.xml").encode()
    both = seal(pack(files), OnEveryPage(10, 10))
    second = seal(pack(files), AtPoint(3, 10, 10))

    assert signature_paths(both) == [
        "/Doc_0/Signs/Sign_0/Signature.xml",
        "/Doc_1/Signs/Sign_0/Signature.xml",
    ]
    assert signature_paths(second) == ["/Doc_1/Signs/Sign_0/Signature.xml"]
    for document in (both, second, seal(both, OnEveryPage(60, 60))):
        assert problems(document) == []
        assert unprotected(document) == set()
    # The first document has no list yet, and the signature of the second protects OFD.xml.
    with pytest.raises(DocumentRefused, match="closed"):
        seal(second, AtPoint(1, 10, 10))
    assert problems(seal(second, AtPoint(3, 90, 90))) == []


@pytest.mark.parametrize("version", [1, 4, 5])
def test_the_signature_is_of_the_version_of_its_seal(world: World, version: int) -> None:
    """GM/T 0031-2014, GB/T 38540-2020 and GM/T 0031-2025."""
    material = SealMaterial(world.seal(version=version), PICTURE, 40, 40)
    sealed = OfdEngine().seal(ofd(), material, [AtPoint(1, 1, 1)], world.sealer, SIGNED_AT)

    value = ses.parse_signature(unpack(sealed)["Doc_0/Signs/Sign_0/SignedValue.dat"])
    assert value.version == version
    assert value.property_info == "/Doc_0/Signs/Sign_0/Signature.xml"


def test_a_seal_out_of_its_time_or_in_strange_hands_is_refused(
    world: World, material: SealMaterial
) -> None:
    """Refused before the key is used."""
    late = SIGNED_AT + timedelta(days=4000)
    for signer, at in ((world.sealer, late), (world.stranger, SIGNED_AT)):
        with pytest.raises(SealRefused):
            OfdEngine().seal(ofd(), material, [AtPoint(1, 1, 1)], signer, at)


def test_a_digital_signature_stands_beside_the_seals(seal: Seal, world: World) -> None:
    """Type="Sign": SignedData of GB/T 35275 over Signature.xml, no seal, no place."""
    sealed = seal(ofd(2), AtPoint(1, 10, 10))
    signed = OfdEngine().sign(sealed, world.sealer, SIGNED_AT, close=True)

    assert unprotected(signed) == set()
    files = unpack(signed)
    value = cms.parse_signed_data(files["Doc_0/Signs/Sign_1/SignedValue.dat"])
    assert (value.family, value.content_type, value.content) == ("gm", cms.GM_DATA, None)
    assert "Doc_0/Signs/Sign_1/Seal.esl" not in files
    root = ElementTree.fromstring(files["Doc_0/Signs/Signatures.xml"])
    assert [e.get("Type") for e in root.iter(f"{NS}Signature")] == ["Seal", "Sign"]
    with pytest.raises(DocumentRefused, match="closed"):
        OfdEngine().sign(signed, world.sealer, SIGNED_AT)


def test_keywords_are_found_across_objects_templates_and_reading_order(seal: Seal) -> None:
    """One text per character, a template's text, and text drawn out of order."""
    apart = "".join(text_object(c, 50 + 5 * n, 60, number=n) for n, c in enumerate("盖章处"))
    mixed = text_object("章处", 105, 150) + text_object("甲", 10, 10) + text_object("盖", 100, 150)
    document = ofd([apart + text_object("盖  章 处", 100, 200), mixed])

    assert stamps(seal(document, AtKeyword("盖章处", nth=1))) == [("10", "37.5 43.1 40 40", None)]
    assert stamps(seal(document, AtKeyword("盖章处", nth=3)))[0][:2] == ("11", "87.5 133.1 40 40")
    assert len(stamps(seal(document, AtKeyword("盖章处", nth=0)))) == 3
    assert [s[0] for s in stamps(seal(document, AtKeyword("模板文字", nth=0)))] == ["10", "11"]
    with pytest.raises(UnknownPlace):
        seal(document, AtKeyword("没有这句话"))


def test_patterns_match_on_the_page_and_never_across_a_gap(seal: Seal) -> None:
    """Choices, classes and case are the pattern's; blanks and objects that touch do not matter."""
    first = text_object("甲方（盖", 20, 60) + text_object("章）", 40, 60, number=101)
    second = text_object("乙方(盖 章)", 20, 90) + text_object("Seal", 150, 200, number=102)
    document = ofd([first + second])
    either = AtPattern(re.compile("[甲乙]方[（(]盖章[）)]"), nth=0)

    assert [s[1].split()[1] for s in stamps(seal(document, either))] == ["43.1", "73.1"]
    assert len(stamps(seal(document, AtPattern(re.compile("S.*l"))))) == 1
    for gone in ("甲方.*Seal", "seal"):
        with pytest.raises(UnknownPlace):
            seal(document, AtPattern(re.compile(gone)))


def test_facing_pages_are_sealed_on_both_sides_of_the_fold(seal: Seal) -> None:
    """对开 over two pages: one stamp each, half the seal on either edge."""
    assert stamps(seal(ofd(2), FacingSeam())) == [
        ("10", "190 128.5 40 40", "0 0 20 40"),
        ("11", "-20 128.5 40 40", "20 0 20 40"),
    ]


def test_texts_far_apart_are_no_keyword(seal: Seal) -> None:
    """Characters that follow each other in the file but not on the page do not match."""
    scattered = text_object("盖章", 20, 20) + text_object("处", 150, 200)

    with pytest.raises(UnknownPlace):
        seal(ofd([scattered]), AtKeyword("盖章处"))


def test_turned_and_scaled_text_is_found_where_it_shows(seal: Seal) -> None:
    """CTM moves the middle of the text: here a quarter turn."""
    turned = text_object("竖排", 100, 100).replace("Size=", 'CTM="0 1 -1 0 0 0" Size=')

    # In the object: middle (5, 3.1); turned: (−3.1, 5); on the page: (96.9, 105).
    assert stamps(seal(ofd([turned]), AtKeyword("竖排"))) == [("10", "76.9 85 40 40", None)]


def test_outline_tells_sizes_as_shown() -> None:
    """Each page's own area."""
    outline = OfdEngine().outline(ofd(2, sizes=[(210, 297), (297, 210)]))

    assert outline.pages == (PageSize(210, 297), PageSize(297, 210))
    assert outline.signatures == 0
    assert outline.media_type == "application/ofd"


def without(name: str) -> bytes:
    files = ofd_files(2)
    del files[name]
    return pack(files)


NO_PAGES = pack(ofd_files() | {"Doc_0/Document.xml": document_xml(0).encode()})
MANY_PAGES = pack(ofd_files() | {"Doc_0/Document.xml": document_xml(10_001).encode()})
BROKEN_LIST = pack(
    ofd_files()
    | {
        "OFD.xml": root_xml(
            "Doc_0/Document.xml", extra="<ofd:Signatures>Doc_0/S.xml</ofd:Signatures>"
        ).encode(),
        "Doc_0/S.xml": b"<broken",
    }
)


@pytest.mark.parametrize(
    ("reason", "document"),
    [
        ("empty", b""),
        ("empty", NO_PAGES),
        ("not_a_document", b"%PDF-1.7"),
        ("not_a_document", b"PK\x03\x04 cut off"),
        ("not_a_document", pack({"word/document.xml": b"<a/>"})),
        ("not_a_document", without("Doc_0/Document.xml")),
        ("not_a_document", without("Doc_0/Pages/Page_1/Content.xml")),
        ("not_a_document", raw_zip(RawEntry(b"OFD.xml"), RawEntry(b"OFD.xml"))),
        ("not_a_document", raw_zip(RawEntry(b"OFD.xml"), RawEntry(b"../evil"))),
        ("encrypted", raw_zip(RawEntry(b"OFD.xml", flags=1))),
        ("too_complex", raw_zip(RawEntry(b"OFD.xml", told_size=1 << 30))),
        ("too_many_pages", MANY_PAGES),
        ("closed", pack(ofd_files() | {"OFDEntries.xml": b"<DocEntries/>"})),
        ("broken_signed", BROKEN_LIST),
    ],
)
def test_what_cannot_be_sealed_is_refused_with_its_reason(
    seal: Seal, reason: str, document: bytes
) -> None:
    """One type of refusal, for outline and seal alike."""
    for refuse in (lambda: OfdEngine().outline(document), lambda: seal(document, AtPoint(1, 1, 1))):
        with pytest.raises(DocumentRefused) as caught:
            refuse()
        assert caught.value.reason == reason


@pytest.mark.parametrize("folder", ["Doc_0", "目录", "深/folder"])
def test_any_folder_and_namespace_is_sealed(seal: Seal, folder: str) -> None:
    """propertyInfo holds ASCII only, so a Chinese folder keeps its signatures at the root."""
    sealed = seal(ofd(folder=folder, namespace="http://www.ofdspec.org"), AtPoint(1, 1, 1))

    package = OfdPackage(sealed)
    [path] = [path for path in package.paths if path.endswith("Signature.xml")]
    assert path.isascii()
    signature = read_signature(package, path)
    assert signature.quirks == ()
    covered = {reference.path for reference in signature.references}
    assert {p for p in package.paths if "Sign" not in p} <= covered
    # In the namespace of its OFD.xml, where readers of old files look for it.
    assert b"<ofd:Signatures>" in package.read("/OFD.xml")


def test_strange_names_in_the_way_are_stepped_around(seal: Seal) -> None:
    """A folder of the usual name that belongs to something else stays untouched."""
    files = ofd_files() | {
        "doc_0/signs/signatures.XML": b"not ours",
        "Doc_0/Signs_1/SIGN_0/x": b"not ours either",
    }
    sealed = seal(pack(files), AtPoint(1, 1, 1))

    assert signature_paths(sealed) == ["/Doc_0/Signs_1/Sign_1/Signature.xml"]
    assert problems(sealed) == []


def test_a_page_drawn_in_a_foreign_encoding_is_left_as_it_is(seal: Seal) -> None:
    """GBK pages are searched and protected like any other."""
    page = page_xml(text_object("甲方盖章", 20, 20)).replace("UTF-8", "GBK").encode("gbk")
    document = pack(ofd_files() | {"Doc_0/Pages/Page_0/Content.xml": page})
    sealed = seal(document, AtKeyword("甲方盖章"))

    assert unpack(sealed)["Doc_0/Pages/Page_0/Content.xml"] == page
    assert problems(sealed) == []


@pytest.mark.samples
@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("999.ofd", None),
        ("AddAttachment.ofd", None),
        ("AddWatermarkAnnot.ofd", None),
        ("DigitalSign.ofd", None),
        ("Page5.ofd", None),
        ("SESV4SignDoc.ofd", None),
        ("V4RideRight.ofd", "closed"),
        ("allprotected.ofd", "closed"),
        ("ano.ofd", None),
        ("chineseDir.ofd", None),
        ("containsJPEG.ofd", None),
        ("draw_param_ref.ofd", "closed"),
        ("fptpl.ofd", None),
        ("h.ofd", "closed"),
        ("hello-integrity.ofd", "closed"),
        ("helloworld.ofd", None),
        ("keyword.ofd", "closed"),
        ("n.ofd", None),
        ("namespace_no_std.ofd", None),
        ("path_unstd.ofd", None),
        ("testImageNotFound.ofd", "closed"),
        ("testPathClip.ofd", "closed"),
        ("v4signed.ofd", None),
        ("zsbk.ofd", None),
    ],
)
def test_documents_of_every_vendor_are_sealed_or_refused_clearly(
    seal: Seal, name: str, refusal: str | None
) -> None:
    """Behind foreign signatures too; every earlier file keeps its bytes."""
    before = sample(f"ofd/{name}")
    if refusal:
        with pytest.raises(DocumentRefused) as caught:
            seal(before, AtPoint(1, 10, 10))
        assert caught.value.reason == refusal
        return
    after = seal(before, AtPoint(1, 10, 10))
    old, new = OfdPackage(before), OfdPackage(after)
    signed = OfdEngine().outline(before).signatures

    kept = [p for p in old.paths if p != "/OFD.xml" and not p.endswith("Signatures.xml")]
    assert all(new.read(path) == old.read(path) for path in kept)
    if signed:
        assert new.read("/OFD.xml") == old.read("/OFD.xml")
    assert OfdEngine().outline(after).signatures == signed + 1
