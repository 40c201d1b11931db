"""Makes the OFD conformance corpus: ``python -m tests.conformance.ofd_corpus FOLDER``.

One good file of every variant, and one file for every single defect, each with the report
it deserves. The PKI is made anew each time; nothing in it is a real name.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from seal_core.engines.ofd import OfdEngine
from seal_core.engines.protocol import AtKeyword, AtPoint, OnEveryPage, Seam
from tests.conformance.ofd_odd_cases import (
    Case,
    good_pictures_and_places,
    odd_cases,
    odd_values,
)
from tests.conformance.ofd_scene import (
    CLOCK,
    FIRST,
    LIST,
    PAGE,
    PATH,
    SECOND,
    Files,
    Scene,
    Value,
    by_hand,
    digests_listed,
    form_a,
    md5,
    nobody_signed,
    redirected,
    sealed_files,
    sha1,
    stamp_over,
    two_documents,
    with_second_body,
    with_version,
    without,
)
from tests.support.ofd import ofd_files, pack, page_xml
from tests.support.pki import (
    SIGNED_AT,
)
from tests.support.zips import RawEntry, raw_zip


def good_cases() -> Iterator[Case]:
    yield Case("good-v4", "GB/T 38540-2020, one place", lambda s: s.engine(AtPoint(1, 100, 200)))
    yield Case(
        "good-v1",
        "GM/T 0031-2014",
        lambda s: s.engine(AtPoint(1, 100, 200), seal=s.seal(version=1)),
    )
    yield Case(
        "good-v5",
        "GM/T 0031-2025 (provisional)",
        lambda s: s.engine(AtPoint(1, 100, 200), seal=s.seal(version=5)),
    )
    yield Case("good-every-page", "one seal on each page", lambda s: s.engine(OnEveryPage(9, 9)))
    yield Case("good-keyword", "on a text", lambda s: s.engine(AtKeyword("第2页")))
    yield Case("good-seam", "cut over the right edge", lambda s: s.engine(Seam()))
    yield Case(
        "good-timestamp",
        "time stamp over the signature value",
        lambda s: s.engine(AtPoint(1, 9, 9), timestamper=s.tsa),
    )
    yield Case(
        "good-twice",
        "a second seal behind the first",
        lambda s: s.engine(Seam(), document=s.engine(AtPoint(1, 9, 9))),
    )
    yield Case(
        "good-closed",
        "Signatures.xml is protected: no seal may follow",
        lambda s: s.engine(AtPoint(1, 9, 9), close=True),
    )
    yield Case(
        "good-two-documents",
        "two DocBody elements, each signed, each protecting both",
        lambda s: s.engine(OnEveryPage(9, 9), document=two_documents()),
    )
    yield Case(
        "good-sign",
        "digital signature, GB/T 35275 with signed attributes",
        lambda s: OfdEngine().sign(pack(ofd_files()), s.sealer, SIGNED_AT),
    )
    yield Case(
        "good-digest-list",
        "the seal lists its signer by digest",
        lambda s: by_hand(s, seal=digests_listed(s)),
    )


def digest_cases() -> Iterator[Case]:
    changed = (("digest", "invalid", "digest_mismatch"),)
    weak = (("digest", "invalid", "weak_digest"),)
    yield Case(
        "bad-page-changed",
        "one page was edited",
        lambda s: pack(sealed_files(s) | {PAGE: page_xml("edited").encode()}),
        changed,
    )
    yield Case(
        "bad-root-changed",
        "OFD.xml was edited",
        lambda s: pack(
            (f := sealed_files(s))
            | {"OFD.xml": f["OFD.xml"].replace(b'DocType="OFD"', b'DocType="OFD-A"')}
        ),
        changed,
    )
    yield Case(
        "bad-part-missing",
        "a protected picture is gone",
        lambda s: pack(without(sealed_files(s), "Doc_0/Res/logo.png")),
        changed,
    )
    yield Case(
        "bad-data-hash",
        "Signature.xml was edited after it was signed",
        lambda s: pack(
            (f := sealed_files(s))
            | {PATH[1:]: f[PATH[1:]].replace(b'Boundary="100 200', b'Boundary="10 20')}
        ),
        changed,
    )
    for name, method, digest in (
        ("md5", "MD5", md5),
        ("sha1", "SHA1", sha1),
        ("absent", None, md5),
    ):
        about = "a digest that proves nothing; none named means MD5"
        yield Case(f"bad-digest-{name}", about, _weakly(method, digest), weak)
    yield Case(
        "bad-no-references",
        "nothing is protected",
        lambda s: pack(s.hand(leave_out=[*ofd_files(), f"{FIRST}/Seal.esl"])),
        (
            ("digest", "invalid", "nothing_protected"),
            ("coverage", "invalid", "not_whole_document"),
            ("coverage", "invalid", "not_whole_document"),
        ),
    )


def _weakly(method: str | None, digest: Callable[[bytes], bytes]) -> Callable[[Scene], bytes]:
    return lambda s: pack(s.hand(method=method, digest=digest))


def coverage_cases() -> Iterator[Case]:
    whole = ("coverage", "invalid", "not_whole_document")
    partly = (("coverage", "indeterminate", "not_whole_document"),)
    for name, part in (
        ("root", "OFD.xml"),
        ("template", "Doc_0/Tpls/Tpl_0/Content.xml"),
        ("annotation", "Doc_0/Annots/Page_0/Annot.xml"),
        ("resource", "Doc_0/Res/logo.png"),
        ("attachment", "Doc_0/Attachs/data.xml"),
        ("tags", "Doc_0/Tags/Tag.xml"),
    ):
        yield Case(f"partly-{name}", f"{part} is shown but not protected", _leaving(part), partly)
    yield Case("bad-page-free", "a page is not protected", _leaving(PAGE), (whole, whole))
    for name, change in (
        ("redirected", redirected),
        ("second-body", with_second_body),
        ("version", with_version),
    ):
        answers = (whole, *partly) if name == "second-body" else (whole, whole)
        yield Case(
            f"bad-{name}",
            "OFD.xml is free and leads to something nobody signed",
            _changing(change),
            answers,
        )
    yield Case(
        "bad-appended-to-closed",
        "a second signature was added to a closed document",
        lambda s: pack(s.hand(s.hand(protect_list=True), folder=SECOND)),
        (("digest", "invalid", "digest_mismatch"), ("coverage", "invalid", "forbidden_change")),
    )
    yield Case(
        "bad-signature-removed",
        "the line of an earlier, protected signature is gone",
        lambda s: pack(_first_line_removed(s.hand(s.hand(), folder=SECOND))),
        (("structure", "invalid", "signature_removed"),),
    )


def _leaving(part: str) -> Callable[[Scene], bytes]:
    return lambda s: pack(s.hand(leave_out=[part]))


def _changing(change: Callable[[Files], Files]) -> Callable[[Scene], bytes]:
    return lambda s: pack(change(s.hand(leave_out=["OFD.xml"])))


def _first_line_removed(files: Files) -> Files:
    content = files[LIST]
    start = content.index(b"<ofd:Signature ID")
    end = content.index(b"/>", start) + 2
    return files | {LIST: content[:start] + content[end:]}


def value_cases() -> Iterator[Case]:
    mismatch = (("signature_value", "invalid", "signature_mismatch"),)
    yield Case(
        "bad-value",
        "the value is over other bytes",
        lambda s: by_hand(s, signed=lambda tbs: tbs + b"x"),
        mismatch,
    )
    yield Case(
        "bad-property-info",
        "propertyInfo names another file",
        lambda s: by_hand(s, path="/Doc_0/Signs/Sign_7/Signature.xml"),
        (("structure", "invalid", "path_mismatch"),),
    )
    yield Case(
        "bad-seal-file",
        "Seal.esl is another seal",
        lambda s: pack(s.hand(container=Value(s, s.sealer, s.seal_of(s.sealer)))),
        (("seal_structure", "invalid", "seal_file_differs"),),
    )
    yield Case(
        "bad-seal-signature",
        "the picture in the seal was exchanged",
        lambda s: by_hand(s, seal=s.seal_of(s.sealer).replace(b"PNG", b"PNX")),
        (("seal_signature", "invalid", "seal_signature_mismatch"),),
    )
    yield Case(
        "bad-signer-not-in-seal",
        "signed with a certificate the seal was not made for",
        lambda s: by_hand(s, signer=s.maker, seal=s.seal_of(s.sealer)),
        (("signer_in_seal", "invalid", "signer_not_in_seal"),),
    )
    yield Case(
        "bad-sign-nobody",
        "SignedData with zero SignerInfos: a forgery without a key",
        lambda s: pack(s.hand(kind="Sign", stamp="", container=lambda x: nobody_signed(s, x))),
        (
            ("structure", "invalid", "no_signer"),
            ("signer_chain", "indeterminate", "no_certificate"),
            ("signing_time", "indeterminate", "no_certificate"),
        ),
    )
    yield Case(
        "odd-sign-form-a",
        "GB/T 35275 over the digest as content; the time is that of Signature.xml",
        lambda s: pack(s.hand(kind="Sign", stamp="", container=lambda x: form_a(s, x))),
    )
    yield Case(
        "bad-timestamp",
        "the time stamp is over something else",
        lambda s: by_hand(s, tail=stamp_over(s, b"something else")),
        (("timestamp", "invalid", "timestamp_mismatch"),),
    )


def certificate_cases() -> Iterator[Case]:
    yield Case(
        "bad-seal-expired",
        "the seal had expired when it was used",
        lambda s: by_hand(s, seal=s.seal_of(s.sealer, valid_to=SIGNED_AT - timedelta(days=1))),
        (("seal_period", "invalid", "after_seal_period"),),
    )
    yield Case(
        "bad-seal-early",
        "the seal was not valid yet",
        lambda s: by_hand(s, seal=s.seal_of(s.sealer, valid_from=SIGNED_AT + timedelta(days=1))),
        (("seal_period", "invalid", "before_seal_period"),),
    )
    yield Case(
        "bad-signer-expired",
        "the signer's certificate had expired",
        lambda s: by_hand(s, signer=s.expired),
        (("signing_time", "invalid", "certificate_expired"),),
    )
    yield Case(
        "bad-signer-early",
        "the signer's certificate was not valid yet",
        lambda s: by_hand(s, signer=s.early),
        (("signing_time", "invalid", "certificate_not_yet_valid"),),
    )
    yield Case(
        "bad-signer-usage",
        "a certificate for encipherment signed",
        lambda s: by_hand(s, signer=s.unfit),
        (("signer_chain", "invalid", "key_usage"),),
    )
    yield Case(
        "bad-signer-revoked",
        "the signer's certificate was revoked before",
        lambda s: by_hand(s, signer=s.revoked),
        (("revocation", "invalid", "revoked"),),
    )
    yield Case(
        "unknown-signer",
        "the signer's authority is not trusted",
        lambda s: by_hand(s, signer=s.stranger),
        (("signer_chain", "indeterminate", "unknown_issuer"),),
    )
    yield Case(
        "unknown-maker",
        "the seal maker's authority is not trusted",
        lambda s: by_hand(s, seal=s.seal_of(s.sealer, maker=s.stranger)),
        (("maker_chain", "indeterminate", "unknown_issuer"),),
    )


def package_cases() -> Iterator[Case]:
    def unsafe(name: str, about: str, change: Callable[[Files], list[RawEntry]]) -> Case:
        wrong = (("structure", "invalid", "unsafe_package"),)
        return Case(name, about, lambda s: raw_zip(*change(sealed_files(s))), wrong)

    def entries(files: Files) -> list[RawEntry]:
        return [RawEntry(name.encode(), content) for name, content in files.items()]

    yield unsafe(
        "bad-duplicate-name",
        "two pages of one name: readers differ on which they show",
        lambda f: [*entries(f), RawEntry(PAGE.encode(), page_xml("another").encode())],
    )
    yield unsafe(
        "bad-case-variant",
        "two names that differ only in case",
        lambda f: [*entries(f), RawEntry(PAGE.upper().encode(), b"x")],
    )
    yield unsafe(
        "bad-escaping-name",
        "a name that leaves the package",
        lambda f: [*entries(f), RawEntry(b"../../evil", b"x")],
    )
    yield unsafe(
        "bad-local-name",
        "local header and directory disagree",
        lambda f: [*entries(f), RawEntry(b"a", local_name=b"b")],
    )
    yield Case(
        "bad-hidden-archive",
        "another archive in front",
        lambda s: pack(ofd_files()) + s.engine(AtPoint(1, 9, 9)),
        (("structure", "invalid", "unsafe_package"),),
    )
    yield Case(
        "bad-bomb",
        "an entry that claims a gibibyte",
        lambda s: raw_zip(RawEntry(b"OFD.xml", told_size=1 << 30)),
        (("structure", "invalid", "limits"),),
    )
    yield Case(
        "bad-entities",
        "a document type with entities",
        lambda s: pack(sealed_files(s) | {"OFD.xml": b'<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>'}),
        (("structure", "invalid", "damaged"),),
    )
    yield Case(
        "bad-list-missing",
        "OFD.xml names a list of signatures that is not there",
        lambda s: pack(without(sealed_files(s), LIST)),
        (("structure", "invalid", "part_missing"),),
    )
    yield Case(
        "bad-value-missing",
        "SignedValue.dat is gone",
        lambda s: pack(without(sealed_files(s), f"{FIRST}/SignedValue.dat")),
        (("structure", "invalid", "part_missing"),),
    )


def cases() -> list[Case]:
    """The whole corpus."""
    groups = (
        good_cases,
        good_pictures_and_places,
        odd_cases,
        odd_values,
        digest_cases,
        coverage_cases,
        value_cases,
        certificate_cases,
        package_cases,
    )
    return [case for group in groups for case in group()]


def main(folder: Path) -> None:
    """Write the files, what is expected of them, and whom to trust."""
    scene = Scene()
    (folder / "trust").mkdir(parents=True, exist_ok=True)
    (folder / "trust" / "root.cer").write_bytes(scene.root.certificate)
    (folder / "intermediate.cer").write_bytes(scene.ca.certificate)
    for number, crl in enumerate(scene.crls, 1):
        (folder / "trust" / f"{number}.crl").write_bytes(crl)
    expected = []
    for case in cases():
        (folder / f"{case.name}.ofd").write_bytes(case.make(scene))
        expected.append(
            {
                "file": f"{case.name}.ofd",
                "about": case.about,
                "verdict": case.verdict,
                "quirk": case.quirk,
                "wrong": sorted(case.wrong),
            }
        )
    told = {"clock": CLOCK.isoformat(), "cases": expected}
    text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    (folder / "expected.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
