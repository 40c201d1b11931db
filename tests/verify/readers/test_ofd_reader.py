"""What the OFD reader finds: digests, coverage, structure, for every signature apart."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from seal_core.engines.ofd import OfdEngine
from seal_core.engines.protocol import AtPoint, SealMaterial, Seam
from seal_core.gm import curve, sm3
from tests.support.ofd import document_xml, ofd_files, pack, page_xml, root_xml, unpack
from tests.support.ofd_by_hand import signed_by_hand
from tests.support.pki import PICTURE, SIGNED_AT, World
from tests.support.samples import sample
from tests.support.zips import RawEntry, raw_zip
from verify.evidence import Evidence, Findings
from verify.readers.ofd import read
from verify.report import Check, Kind, Place, Question, merged

Files = dict[str, bytes]
Answer = tuple[str, str, str | None]
Change = Callable[[Files], Files]

GOOD: list[Answer] = [
    ("structure", "valid", None),
    ("digest", "valid", None),
    ("coverage", "valid", None),
]
CHANGED: Answer = ("digest", "invalid", "digest_mismatch")
NOT_WHOLE: Answer = ("coverage", "indeterminate", "not_whole_document")
AGAIN: Answer = ("coverage", "valid", "signed_again")

PAGE = "Doc_0/Pages/Page_0/Content.xml"
LIST = "Doc_0/Signs/Signatures.xml"
FIRST = "Doc_0/Signs/Sign_0"
SECOND = "Doc_0/Signs/Sign_1"


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def material(world: World) -> SealMaterial:
    return SealMaterial(world.seal(), PICTURE, 40, 40)


@pytest.fixture(scope="module")
def sealed(world: World, material: SealMaterial) -> Files:
    """Two pages, sealed by the engine."""
    document = pack(ofd_files(2))
    return unpack(
        OfdEngine().seal(document, material, [AtPoint(1, 10, 20)], world.sealer, SIGNED_AT)
    )


def answer(check: Check) -> Answer:
    return str(check.question), str(check.verdict), check.reason and str(check.reason)


def answers(evidence: Evidence) -> list[Answer]:
    return [answer(check) for check in merged(evidence.checks)]


def of_document(findings: Findings) -> list[Answer]:
    return [answer(check) for check in findings.checks]


def detail(evidence: Evidence, question: Question) -> str:
    return next(c.detail for c in merged(evidence.checks) if c.question is question)


def replaced(files: Files, name: str, old: str, new: str) -> Files:
    assert old.encode() in files[name]
    return files | {name: files[name].replace(old.encode(), new.encode())}


def announcing(path: str) -> bytes:
    """An OFD.xml that names *path* as its list of signatures."""
    extra = f"<ofd:Signatures>{path}</ofd:Signatures>"
    return root_xml("Doc_0/Document.xml", extra=extra).encode()


def test_a_sealed_document_answers_well(sealed: Files) -> None:
    """One Evidence with the container, what it signs, its place and nothing odd."""
    findings = read(pack(sealed))

    [evidence] = findings.signatures
    assert answers(evidence) == GOOD
    assert evidence.container == sealed[f"{FIRST}/SignedValue.dat"]
    assert evidence.protected == (sealed[f"{FIRST}/Signature.xml"],)
    assert evidence.property_info == f"/{FIRST}/Signature.xml"
    assert evidence.seal_file == sealed[f"{FIRST}/Seal.esl"]
    assert evidence.kind is Kind.SEAL
    assert evidence.claimed_at == SIGNED_AT
    assert evidence.places == (Place(1, 10, 20, 40, 40),)
    assert [*evidence.quirks, *findings.warnings, *findings.checks] == []


def added_page(files: Files) -> Files:
    return files | {
        "Doc_0/Document.xml": document_xml(3).encode(),
        "Doc_0/Pages/Page_2/Content.xml": page_xml("smuggled").encode(),
    }


def redirected(files: Files) -> Files:
    return replaced(files, "OFD.xml", "Doc_0/Document.xml", "X/Document.xml") | {
        "X/Document.xml": document_xml(1).encode(),
        "X/Pages/Page_0/Content.xml": page_xml("other").encode(),
    }


def second_body(files: Files) -> Files:
    body = "<ofd:DocBody><ofd:DocRoot>X/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    return replaced(files, "OFD.xml", "</ofd:OFD>", body) | {
        "X/Document.xml": document_xml(1).encode()
    }


def current_version(files: Files) -> Files:
    versions = '<ofd:Versions><ofd:Version ID="1" Current="true" BaseLoc="X/V.xml"/></ofd:Versions>'
    return replaced(files, "OFD.xml", "<ofd:Signatures>", f"{versions}<ofd:Signatures>") | {
        "X/V.xml": b"<DocVersion><DocRoot>Document.xml</DocRoot></DocVersion>",
        "X/Document.xml": document_xml(1).encode(),
    }


def without(name: str) -> Change:
    return lambda files: {k: v for k, v in files.items() if k != name}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda f: replaced(f, PAGE, "第1页", "第9页"), PAGE),
        (lambda f: replaced(f, "OFD.xml", 'Version="1.0"', 'Version="1.1"'), "OFD.xml"),
        (redirected, "OFD.xml"),
        (second_body, "OFD.xml"),
        (current_version, "OFD.xml"),
        (added_page, "Doc_0/Document.xml"),
        (without("Doc_0/Res/logo.png"), "logo.png"),
        (lambda f: f | {"Doc_0/Res/font.ttf": b"another"}, "font.ttf"),
        (lambda f: f | {f"{FIRST}/Seal.esl": b"another"}, "Seal.esl"),
    ],
)
def test_a_changed_part_is_named(sealed: Files, change: Change, named: str) -> None:
    """Changed, exchanged or missing: the digest fails and says where."""
    [evidence] = read(pack(change(sealed))).signatures

    assert CHANGED in answers(evidence)
    assert named in detail(evidence, Question.DIGEST)


def test_a_damaged_entry_is_a_changed_part(sealed: Files) -> None:
    """A page whose CRC does not fit spoils its digest, not the whole report."""
    entries = [
        RawEntry(name.encode(), content, crc=7 if name == PAGE else None)
        for name, content in sealed.items()
    ]
    [evidence] = read(raw_zip(*entries)).signatures

    assert answers(evidence)[1] == CHANGED
    assert detail(evidence, Question.DIGEST) == f"/{PAGE}"


@pytest.mark.parametrize(
    ("leave_out", "change", "verdict", "reason"),
    [
        ("OFD.xml", dict, "indeterminate", "not_whole_document"),
        ("Doc_0/Tpls/Tpl_0/Content.xml", dict, "indeterminate", "not_whole_document"),
        ("Doc_0/Annots/Page_0/Annot.xml", dict, "indeterminate", "not_whole_document"),
        ("Doc_0/Res/logo.png", dict, "indeterminate", "not_whole_document"),
        ("Doc_0/Attachs/data.xml", dict, "indeterminate", "not_whole_document"),
        ("Doc_0/Tags/Tag.xml", dict, "indeterminate", "not_whole_document"),
        (PAGE, dict, "invalid", "not_whole_document"),
        ("Doc_0/Document.xml", dict, "invalid", "not_whole_document"),
        ("OFD.xml", redirected, "invalid", "not_whole_document"),
        ("OFD.xml", current_version, "invalid", "not_whole_document"),
        ("", lambda f: f | {"Doc_0/notes.txt": b"hello"}, "valid", "extra_parts"),
    ],
)
def test_what_is_shown_but_not_protected_is_told(
    world: World, leave_out: str, change: Change, verdict: str, reason: str
) -> None:
    """
    A page or document outside the signature is no signed document at all; another part
    leaves a doubt; a file nobody refers to is a remark.
    """
    files = change(signed_by_hand(ofd_files(), world, leave_out=[leave_out]))
    [evidence] = read(pack(files)).signatures

    assert answers(evidence)[1:] == [GOOD[1], ("coverage", verdict, reason)]


def test_a_second_document_nobody_signed_spoils_the_whole(world: World) -> None:
    """The signature of the first DocBody may be good; what the package shows is not."""
    files = second_body(signed_by_hand(ofd_files(), world, leave_out=["OFD.xml"]))
    findings = read(pack(files))

    assert of_document(findings) == [("coverage", "invalid", "not_whole_document")]
    assert "/X/Document.xml" in findings.checks[0].detail
    assert findings.warnings == ("several_bodies",)


def test_a_missing_part_that_is_brought_later_is_not_protected(world: World) -> None:
    """A dangling reference is where content can be slipped in afterwards."""
    files = ofd_files()
    later = files.pop("Doc_0/Annots/Annotations.xml")
    signed = signed_by_hand(files, world)

    [before] = read(pack(signed)).signatures
    [after] = read(pack(signed | {"Doc_0/Annots/Annotations.xml": later})).signatures
    [beside] = read(pack(signed | {"Annotations.xml": later})).signatures

    assert answers(before) == GOOD
    assert answers(after) == answers(beside) == [*GOOD[:2], NOT_WHOLE]
    assert "/Doc_0/Annots/Annotations.xml" in detail(after, Question.COVERAGE)


def test_each_signature_is_judged_for_itself(
    world: World, material: SealMaterial, sealed: Files
) -> None:
    """The first stays good behind a second; a broken one does not hide the others."""
    twice = unpack(OfdEngine().seal(pack(sealed), material, [Seam()], world.sealer, SIGNED_AT))
    first, second = read(pack(twice)).signatures
    assert answers(first) == [*GOOD[:2], AGAIN]
    assert answers(second) == GOOD
    assert second.places == (Place(1, 190, 128.5, 20, 40), Place(2, 190, 128.5, 20, 40))

    broken, good = read(pack(twice | {f"{FIRST}/Signature.xml": b"<broken"})).signatures
    assert answers(broken) == [("structure", "invalid", "signature_malformed")]
    assert answers(good) == [GOOD[0], CHANGED, GOOD[2]]

    first, second = read(pack(without(f"{FIRST}/SignedValue.dat")(twice))).signatures
    assert answers(first)[0] == ("structure", "invalid", "part_missing")
    assert detail(second, Question.DIGEST) == f"/{FIRST}/SignedValue.dat"


def test_a_removed_signature_is_noticed_by_the_one_that_protects_it(
    world: World, sealed: Files
) -> None:
    """Signatures.xml itself is free, but the later signature protects the earlier's files."""
    twice = signed_by_hand(sealed, world, folder=SECOND)
    line = twice[LIST][twice[LIST].index(b"<ofd:Signature ID") :].partition(b"/>")[0] + b"/>"
    findings = read(pack(twice | {LIST: twice[LIST].replace(line, b"")}))

    assert answers(findings.signatures[0]) == GOOD
    assert of_document(findings) == [("structure", "invalid", "signature_removed")]


def test_a_line_added_to_a_closed_document_breaks_the_one_that_closed_it(world: World) -> None:
    """The classic operator's error of h.ofd."""
    closed = signed_by_hand(ofd_files(), world, protect_list=True)
    first, second = read(pack(signed_by_hand(closed, world, folder=SECOND))).signatures

    assert answers(first)[1:] == [CHANGED, ("coverage", "invalid", "forbidden_change")]
    assert detail(first, Question.DIGEST) == f"/{LIST}"
    assert answers(second) == GOOD


def md5(content: bytes) -> bytes:
    return hashlib.md5(content).digest()


def sha1(content: bytes) -> bytes:
    return hashlib.sha1(content).digest()


def sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


@pytest.mark.parametrize(
    ("method", "digest", "answer", "quirks"),
    [
        ("SM3", sm3.digest, ("valid", None), ("digest_method_name",)),
        ("sm3", sm3.digest, ("valid", None), ("digest_method_name",)),
        ("SHA256", sha256, ("valid", None), ()),
        ("MD5", md5, ("invalid", "weak_digest"), ()),
        (None, md5, ("invalid", "weak_digest"), ()),
        ("SHA1", sha1, ("invalid", "weak_digest"), ()),
        ("MD5", sm3.digest, ("invalid", "digest_mismatch"), ()),
        ("CRC32", md5, ("indeterminate", "algorithm_unsupported"), ()),
    ],
)
def test_digest_methods(
    world: World, method: str | None, digest: Any, answer: tuple[str, str], quirks: tuple[str, ...]
) -> None:
    """SM3 is good, SHA-256 will do, MD5 (the schema's default) and SHA-1 prove nothing."""
    files = signed_by_hand(ofd_files(), world, method=method, digest=digest)
    [evidence] = read(pack(files)).signatures

    assert answers(evidence)[1] == ("digest", *answer)
    assert evidence.quirks == quirks


def test_digests_with_the_signers_identity_are_understood(world: World) -> None:
    """dms360 writes SM3(Z_A ‖ file) under the name of keyed SM3."""
    identity = curve.identity_digest(world.sealer.key.public_key.point)
    method = "1.2.156.10197.1.401.2"

    def made(digest: Callable[[bytes], bytes]) -> Evidence:
        files = signed_by_hand(ofd_files(), world, method=method, digest=digest)
        return read(pack(files)).signatures[0]

    good, bad = made(lambda content: sm3.digest(identity + content)), made(sm3.digest)
    assert answers(good) == GOOD
    assert answers(bad)[1] == CHANGED
    assert good.quirks == ("digest_with_identity",)


def test_a_signature_that_protects_nothing_is_worth_nothing(world: World) -> None:
    """Empty References were accepted by others."""
    files = signed_by_hand(ofd_files(), world, leave_out=[*ofd_files(), f"{FIRST}/Seal.esl"])
    [evidence] = read(pack(files)).signatures

    assert answers(evidence)[1:] == [
        ("digest", "invalid", "nothing_protected"),
        ("coverage", "invalid", "not_whole_document"),
    ]


def moved(xml: str, start: str, end: str, *, dropped: bool = False) -> str:
    """Signature.xml with one element put first, or left out."""
    begin, after = xml.index(start), xml.index(end) + len(end)
    element, rest = xml[begin:after], xml[:begin] + xml[after:]
    return rest if dropped else rest.replace("<ofd:SignedInfo>", f"<ofd:SignedInfo>{element}")


PROVIDER = '<ofd:Provider ProviderName="hand" Version="1" Company="test"/>'
PROVIDER_AS_ELEMENTS = "<ofd:Provider><ofd:ProviderName>x</ofd:ProviderName></ofd:Provider>"


@pytest.mark.parametrize(
    ("edit", "quirk"),
    [
        (lambda x: x.replace("org/2016", "org"), "old_namespace"),
        (lambda x: x.replace('FileRef="/Doc_0/Res', 'FileRef="../../Res'), "relative_location"),
        (lambda x: moved(x, "<ofd:Seal>", "</ofd:Seal>"), "element_order"),
        (
            lambda x: moved(x, "<ofd:SignedValue>", "</ofd:SignedValue>", dropped=True),
            "signed_value_unnamed",
        ),
        (lambda x: x.replace('Boundary="10 20 40 40"', 'Boundary="a b"'), "stamp_unreadable"),
        (lambda x: x.replace('PageRef="10"', 'PageRef="99"'), "stamp_without_page"),
        (lambda x: x.replace("20260504030201Z", "yesterday"), "signing_time_free_text"),
        (lambda x: x.replace(PROVIDER, PROVIDER_AS_ELEMENTS), "provider_elements"),
    ],
)
def test_what_vendors_write_otherwise_is_read_and_named(
    world: World, edit: Callable[[str], str], quirk: str
) -> None:
    """None of it weighs in the verdict."""
    [evidence] = read(pack(signed_by_hand(ofd_files(), world, edit=edit))).signatures

    assert answers(evidence) == GOOD
    assert evidence.quirks == (quirk,)
    assert evidence.container


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('ID="s201"', 'ID="s201" Relative="s999"', "base_signature"),
        (f"/{SECOND}/Signature.xml", f"/{FIRST}/Signature.xml", "signature_malformed"),
        (f"/{SECOND}/Signature.xml", "../../../Signature.xml", "signature_malformed"),
        (f"/{SECOND}/Signature.xml", "/nowhere.xml", "part_missing"),
        (f"/{SECOND}/Signature.xml", "/OFD.xml", "signature_malformed"),
    ],
)
def test_a_line_that_leads_nowhere_good_is_an_invalid_signature(
    world: World, sealed: Files, old: str, new: str, reason: str
) -> None:
    """The same signature listed twice, one outside the package, a base that is not there."""
    twice = signed_by_hand(sealed, world, folder=SECOND)
    first, second = read(pack(replaced(twice, LIST, old, new))).signatures

    assert answers(first)[:2] == GOOD[:2]
    assert answers(second)[0] == ("structure", "invalid", reason)


def test_a_base_signature_that_is_there_is_fine(world: World, sealed: Files) -> None:
    """GM/T 0099: Relative names an earlier signature, which is judged beside it."""
    twice = signed_by_hand(sealed, world, folder=SECOND)
    files = replaced(twice, LIST, 'ID="s201"', 'ID="s201" Relative="s001"')

    assert answers(read(pack(files)).signatures[1]) == GOOD


def test_digital_signatures_are_handed_over_as_such(world: World) -> None:
    """Type="Sign": no seal, no place; the judge tells the container by its bytes."""
    files = signed_by_hand(
        ofd_files(), world, kind="Sign", stamp="", container=lambda _xml: b"container"
    )
    [evidence] = read(pack(files)).signatures

    assert evidence.kind is Kind.SIGNATURE
    assert evidence.container == b"container"
    assert evidence.places == ()


HUGE_XML = {"OFD.xml": b"<a>" + b"<b/>" * 2_100_000 + b"</a>"}
MANY_PAGES = {"Doc_0/Document.xml": document_xml(100_000).encode()}
ENTITIES = {"OFD.xml": b'<!DOCTYPE a [<!ENTITY b "b">]><OFD>&b;</OFD>'}


@pytest.mark.parametrize(
    ("reason", "data"),
    [
        ("not_a_document", b""),
        ("not_a_document", b"PK\x03\x04"),
        ("not_a_document", pack({"word/document.xml": b"<a/>"})),
        ("damaged", pack({"OFD.xml": b"<html/>"})),
        ("damaged", pack({"OFD.xml": b"<broken"})),
        ("damaged", pack({"OFD.xml": root_xml("gone.xml").encode()})),
        ("damaged", pack(ENTITIES)),
        ("unsafe_package", raw_zip(RawEntry(b"a"), RawEntry(b"a"))),
        ("unsafe_package", raw_zip(RawEntry(b"OFD.xml"), RawEntry(b"ofd.XML"))),
        ("unsafe_package", raw_zip(RawEntry(b"../OFD.xml"))),
        ("limits", raw_zip(RawEntry(b"OFD.xml", told_size=1 << 30))),
        ("limits", pack(ofd_files() | MANY_PAGES)),
        ("limits", pack(HUGE_XML)),
        ("encrypted", raw_zip(RawEntry(b"OFD.xml", flags=1))),
        ("part_missing", pack(ofd_files() | {"OFD.xml": announcing("gone.xml")})),
        ("signature_malformed", pack(ofd_files() | {"OFD.xml": announcing("OFD.xml")})),
    ],
)
def test_hostile_and_damaged_files_are_invalid_never_unsigned(reason: str, data: bytes) -> None:
    """A clear answer for each, and no exception."""
    findings = read(data)

    assert findings.signatures == ()
    assert ("structure", "invalid", reason) in of_document(findings)


def test_bytes_around_the_archive_are_a_warning(sealed: Files) -> None:
    """KingGrid writes such; they are shown by nobody."""
    findings = read(b"KG" + pack(sealed) + b"KG")

    assert answers(findings.signatures[0]) == GOOD
    assert findings.warnings == ("bytes_around",)


def test_an_unsigned_document_has_nothing_to_say() -> None:
    """No signature, no check, no warning: the report will say unsigned."""
    assert read(pack(ofd_files())) == Findings("ofd")


@pytest.mark.samples
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("999.ofd", [[*GOOD[:2], NOT_WHOLE]]),  # leaves OFD.xml unprotected
        ("draw_param_ref.ofd", [[*GOOD[:2], NOT_WHOLE]]),  # and this one its templates
        ("v4signed.ofd", [GOOD]),
        ("V4RideRight.ofd", [GOOD]),
        ("SESV4SignDoc.ofd", [GOOD]),
        ("allprotected.ofd", [GOOD]),
        ("DigitalSign.ofd", [GOOD]),
        # appended to a closed document
        ("h.ofd", [[GOOD[0], CHANGED, ("coverage", "invalid", "forbidden_change")], GOOD]),
        ("keyword.ofd", [[GOOD[0], CHANGED, NOT_WHOLE]] * 2),  # edited after signing
        ("n.ofd", [[GOOD[0], CHANGED, GOOD[2]]]),  # pretty-printed after signing
        ("zsbk.ofd", [[GOOD[0], CHANGED, AGAIN], [GOOD[0], CHANGED, GOOD[2]]]),  # pages edited
        ("testImageNotFound.ofd", [[*GOOD[:2], NOT_WHOLE], GOOD]),
        ("testPathClip.ofd", [[*GOOD[:2], NOT_WHOLE], GOOD]),
        ("hello-integrity.ofd", [[GOOD[0], NOT_WHOLE]]),  # a list of names without digests
    ],
)
def test_signed_files_of_real_vendors(name: str, expected: list[list[Answer]]) -> None:
    """Each signature of each file; what is wrong with them is wrong in the files."""
    findings = read(sample(f"ofd/{name}"))

    assert [answers(evidence) for evidence in findings.signatures] == expected
    assert findings.checks == ()


@pytest.mark.samples
def test_a_list_of_signatures_that_is_gone_is_not_unsigned() -> None:
    """fptpl.ofd names Signatures.xml but does not have it."""
    findings = read(sample("ofd/fptpl.ofd"))

    assert of_document(findings) == [("structure", "invalid", "part_missing")]


def test_hashing_is_bounded_however_many_methods_there_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each signer's Z_A makes another digest of every file; beyond a measure it is left open."""
    monkeypatch.setattr("verify.readers.ofd_parts.MAX_HASHED", 20_000)
    files = ofd_files()
    for number in range(4):
        folder = f"Doc_0/Signs/Sign_{number}"
        method = f"{'SHA256' if number % 2 else 'SM3'}"
        digest = sha256 if number % 2 else sm3.digest
        files = signed_by_hand(files, world, folder=folder, method=method, digest=digest)
    last = read(pack(files)).signatures[-1]

    assert ("digest", "indeterminate", "limits") in answers(last)
