"""Stored OCSP responses (RFC 6960): who may speak, for when, and what follows from it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from seal_core import der
from seal_core.errors import MalformedData
from seal_core.formats import cms
from seal_core.formats.certificates import parse_certificate
from seal_core.gm import sm3
from tests.support.ocsp import (
    HOUR,
    OCSP_SIGNING,
    SHA256,
    SM3,
    UNKNOWN,
    response,
    revoked_at,
    single,
)
from tests.support.pki import CRL_POINT, NOT_AFTER, SIGNED_AT, Authority, World, extension
from verify.checks.revocation import Use, judge_revocation
from verify.evidence import Evidence
from verify.judge import Court, judge
from verify.report import Check, Question, Reason, Verdict, passed
from verify.trust import TrustStore

DAY = timedelta(days=1)
WORLD = World()
CA = WORLD.ca
LEAF = CA.issue("测试单位甲", extra=[CRL_POINT])
DELEGATE = CA.issue("状态查询", extra=[OCSP_SIGNING])


def asked(
    *responses: bytes, at: datetime = SIGNED_AT, proved: bool = False, crls: tuple[bytes, ...] = ()
) -> Check:
    """What is said of LEAF, used at *at*."""
    trust = TrustStore.from_certificates([CA.certificate], (), crls, responses)
    return judge_revocation([Use((LEAF.parsed, CA.parsed), at, proved)], trust)


def answer(check: Check) -> tuple[Verdict, Reason | None]:
    return check.verdict, check.reason


SPEAKERS: dict[str, Callable[[], bytes]] = {
    "the issuer": lambda: response(CA, single(LEAF, CA)),
    "the issuer, by key": lambda: response(CA, single(LEAF, CA, digest=SHA256), by_key=True),
    "a delegate": lambda: response(DELEGATE, single(LEAF, CA, digest=SM3), kept=[DELEGATE]),
    "among others": lambda: response(
        CA, single(DELEGATE, CA, revoked_at(SIGNED_AT - DAY)), single(LEAF, CA)
    ),
    "the inner response alone": lambda: response(CA, single(LEAF, CA), bare=True),
}


@pytest.mark.parametrize("build", SPEAKERS.values(), ids=list(SPEAKERS))
def test_good_is_good(build: Callable[[], bytes]) -> None:
    """From the issuer or whom it named for it; without a response it stays open."""
    assert answer(asked()) == (Verdict.INDETERMINATE, Reason.NO_REVOCATION_DATA)
    assert answer(asked(build())) == (Verdict.VALID, None)


def test_a_delegate_known_from_the_folder() -> None:
    """Responders may leave their certificate out."""
    data = response(DELEGATE, single(LEAF, CA))
    trust = TrustStore.from_certificates([CA.certificate], [DELEGATE.certificate], (), [data])
    check = judge_revocation(
        [Use((LEAF.parsed, CA.parsed), SIGNED_AT, is_time_proved=False)], trust
    )

    assert answer(check) == (Verdict.VALID, None)


def test_revoked_before_and_after() -> None:
    """Before the use it kills, with time and reason told; afterwards it does not, unless the key
    was stolen and nobody proves the time."""
    early = asked(response(CA, single(LEAF, CA, revoked_at(SIGNED_AT - DAY, 4))))
    assert answer(early) == (Verdict.INVALID, Reason.REVOKED)
    assert early.detail == f"测试单位甲 {(SIGNED_AT - DAY).isoformat()} superseded"

    late = response(CA, single(LEAF, CA, revoked_at(SIGNED_AT + DAY, 5)))
    assert answer(asked(late)) == (Verdict.VALID, Reason.REVOKED_LATER)

    stolen = response(CA, single(LEAF, CA, revoked_at(SIGNED_AT + DAY, 1)))
    assert answer(asked(stolen)) == (Verdict.INDETERMINATE, Reason.REVOKED_LATER)
    assert answer(asked(stolen, proved=True)) == (Verdict.VALID, Reason.REVOKED_LATER)


def test_unknown_proves_nothing() -> None:
    """Whoever does not know the certificate cannot vouch for it; a list still can, or accuse."""
    unknown = response(CA, single(LEAF, CA, UNKNOWN))
    accused = CA.crl([(LEAF.parsed.serial, SIGNED_AT - DAY)])

    assert answer(asked(unknown)) == (Verdict.INDETERMINATE, Reason.REVOCATION_UNKNOWN)
    assert answer(asked(unknown, crls=(CA.crl(),))) == (Verdict.VALID, None)
    assert answer(asked(response(CA, single(LEAF, CA)), crls=(accused,))) == (
        Verdict.INVALID, Reason.REVOKED,
    )  # fmt: skip


WINDOWS: dict[str, tuple[bytes, Verdict]] = {
    "ended before": (
        single(LEAF, CA, this_update=SIGNED_AT - 2 * DAY, next_update=SIGNED_AT - DAY),
        Verdict.INDETERMINATE,
    ),
    "began afterwards": (
        single(LEAF, CA, this_update=SIGNED_AT + DAY, next_update=SIGNED_AT + 2 * DAY),
        Verdict.VALID,
    ),
    "no end, before": (
        single(LEAF, CA, this_update=SIGNED_AT - HOUR, next_update=None), Verdict.INDETERMINATE,
    ),
    "no end, at the time": (
        single(LEAF, CA, this_update=SIGNED_AT, next_update=None), Verdict.VALID,
    ),
    "no end, afterwards": (
        single(LEAF, CA, this_update=SIGNED_AT + DAY, next_update=None), Verdict.VALID,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("said", "verdict"), WINDOWS.values(), ids=list(WINDOWS))
def test_an_answer_holds_for_its_time(said: bytes, verdict: Verdict) -> None:
    """thisUpdate to nextUpdate against the time of use; without an end only from its moment
    back, for newer answers were to be had (RFC 6960, 4.2.2.1)."""
    check = asked(response(CA, said))

    assert check.verdict is verdict
    if verdict is not Verdict.VALID:
        assert check.reason is Reason.REVOCATION_DATA_STALE


def test_after_the_certificates_end_good_says_nothing() -> None:
    """Authorities forget what has ended, unless the answer tells how long they remember."""
    long_after: dict[str, Any] = {
        "this_update": NOT_AFTER + DAY, "next_update": NOT_AFTER + 2 * DAY,
    }  # fmt: skip
    cutoff = extension("1.3.6.1.5.5.7.48.1.6", der.generalized(SIGNED_AT))
    too_late = extension("1.3.6.1.5.5.7.48.1.6", der.generalized(NOT_AFTER + HOUR))

    forgotten = response(CA, single(LEAF, CA, **long_after))
    remembered = response(CA, single(LEAF, CA, extensions=[cutoff], **long_after))
    half = response(CA, single(LEAF, CA, extensions=[too_late], **long_after))
    revoked = response(CA, single(LEAF, CA, revoked_at(SIGNED_AT - DAY), **long_after))

    assert asked(forgotten).reason is Reason.NO_REVOCATION_DATA
    assert asked(half).reason is Reason.NO_REVOCATION_DATA
    assert answer(asked(remembered)) == (Verdict.VALID, None)
    assert asked(revoked).reason is Reason.REVOKED


def test_after_the_certificates_end_a_list_that_is_silent_says_nothing() -> None:
    """The same of lists: what ended is dropped from them, unless they tell since when not."""
    late: dict[str, Any] = {
        "this_update": NOT_AFTER + DAY, "next_update": NOT_AFTER + 2 * DAY,
    }  # fmt: skip
    since = extension("2.5.29.60", der.generalized(SIGNED_AT))
    too_late = extension("2.5.29.60", der.generalized(NOT_AFTER + HOUR))
    revoked = [(LEAF.parsed.serial, SIGNED_AT - DAY)]

    assert asked(crls=(CA.crl(**late),)).reason is Reason.NO_REVOCATION_DATA
    assert asked(crls=(CA.crl(**late, extensions=[too_late]),)).reason is Reason.NO_REVOCATION_DATA
    assert answer(asked(crls=(CA.crl(**late, extensions=[since]),))) == (Verdict.VALID, None)
    assert asked(crls=(CA.crl(revoked, **late),)).reason is Reason.REVOKED
    assert answer(asked(crls=(CA.crl(**late), CA.crl()))) == (Verdict.VALID, None)


def _altered() -> bytes:
    sound = response(CA, single(LEAF, CA, revoked_at(SIGNED_AT - DAY)))
    return sound.replace((SIGNED_AT - DAY).strftime("%Y%m%d").encode(), b"20290101", 1)


def _by(responder: Authority) -> bytes:
    return response(responder, single(LEAF, CA), kept=[responder])


TWIN = Authority.root("测试签发CA")  # the issuer's name on another key
ELSEWHERE = Authority.root("别处的CA").issue("状态查询", extra=[OCSP_SIGNING])
STRANGE = extension("1.2.3.4", b"\x05\x00", critical=True)

PRETENDERS: dict[str, Callable[[], bytes]] = {
    "anybody": lambda: _by(WORLD.stranger),
    "a colleague without the purpose": lambda: _by(CA.issue("同事")),
    "a delegate of another authority": lambda: _by(ELSEWHERE),
    "a namesake of the issuer": lambda: response(TWIN, single(LEAF, CA), kept=[TWIN]),
    "a grandchild": lambda: _by(CA.issue("下级", ca=True).issue("查询", extra=[OCSP_SIGNING])),
    "a delegate that has ended": lambda: _by(
        CA.issue("旧查询", extra=[OCSP_SIGNING], not_after=SIGNED_AT - DAY)
    ),
    "a delegate whose key is for ciphers": lambda: _by(
        CA.issue("加密", extra=[OCSP_SIGNING], usage=["key_encipherment"])
    ),
    "the certificate itself": lambda: response(LEAF, single(LEAF, CA), kept=[LEAF]),
    "about another number": lambda: response(CA, single(LEAF, CA, serial=7)),
    "about another issuer's": lambda: response(CA, single(LEAF, WORLD.root)),
    "a critical extension": lambda: response(CA, single(LEAF, CA), extensions=[STRANGE]),
    "an altered revocation": _altered,
}


@pytest.mark.parametrize("build", PRETENDERS.values(), ids=list(PRETENDERS))
def test_who_may_not_speak_is_not_heard(build: Callable[[], bytes]) -> None:
    """As if the response were not there: neither good nor revoked."""
    assert asked(build()).reason is Reason.NO_REVOCATION_DATA


def test_a_revoked_delegate_is_not_heard() -> None:
    crl = CA.crl([(DELEGATE.parsed.serial, SIGNED_AT + DAY)], next_update=SIGNED_AT - DAY)
    check = asked(response(DELEGATE, single(LEAF, CA), kept=[DELEGATE]), crls=(crl,))

    assert check.reason is Reason.REVOCATION_DATA_STALE


# --- where responses come from --------------------------------------------------------


def test_the_trust_folder_holds_responses(tmp_path: Path) -> None:
    """Beside the lists; a stored refusal is noticed at once."""
    (tmp_path / "ca.cer").write_bytes(CA.certificate)
    (tmp_path / "leaf.ors").write_bytes(response(CA, single(LEAF, CA)))
    trust = TrustStore.from_folder(tmp_path).with_crls([])

    assert len(trust.ocsp_responses()) == 1

    (tmp_path / "other.ocsp").write_bytes(der.sequence(der.encode(der.ENUMERATED, b"\x06")))
    with pytest.raises(MalformedData, match="refused"):
        TrustStore.from_folder(tmp_path)


DOCUMENT = b"<Signature>the protected bytes</Signature>"


def _signed(kept: bytes, *, inside: str) -> bytes:
    """A CMS by LEAF that brings a response along, in one of three places."""
    at_adobe = cms.attribute("1.2.840.113583.1.1.8", _archive(kept))
    signed = cms.signed_attributes(
        cms.PKCS7_DATA,
        sm3.digest(DOCUMENT),
        LEAF.certificate,
        SIGNED_AT,
        [at_adobe] if inside == "Adobe's attribute" else [],
    )
    value = LEAF.sign(signed)
    data = cms.assemble(signed, value, (LEAF.certificate,))
    if inside == "Adobe's attribute":
        return data
    content = der.read(data).fields("ContentInfo")
    kind, body = content.take().raw, content.take().inner("content")
    parts = [node.raw for node in body.fields("SignedData").rest()]
    if inside == "the list of lists":
        other = der.encode(der.context(1), der.oid("1.3.6.1.5.5.7.16.2"), kept)
        parts.insert(4, der.encode(der.context(1), other))
    else:
        attribute = cms.attribute("1.2.840.113549.1.9.16.2.24", _archive(kept))
        info = [n.raw for n in der.read(parts[-1]).inner("signerInfos").fields("info").rest()]
        parts[-1] = der.set_of(der.sequence(*info, der.encode(der.context(1), attribute)))
    return der.sequence(kind, der.explicit(0, der.sequence(*parts)))


def _archive(kept: bytes) -> bytes:
    return der.sequence(der.explicit(1, der.sequence(kept)))


@pytest.mark.parametrize("inside", ["the list of lists", "Adobe's attribute", "CAdES's attribute"])
def test_a_signature_brings_responses_along(inside: str) -> None:
    """They prove themselves, so it matters not who put them there."""
    trust = TrustStore.from_certificates([WORLD.root.certificate], [CA.certificate])

    def judged(kept: bytes) -> tuple[Verdict, Reason | None]:
        evidence = Evidence(
            _signed(kept, inside=inside), (DOCUMENT,), checks=(passed(Question.COVERAGE),)
        )
        report = judge(evidence, 1, Court(trust, SIGNED_AT + DAY))
        check = report.check(Question.REVOCATION)
        assert check is not None
        assert report.verdict is check.verdict
        return answer(check)

    assert judged(response(CA, single(LEAF, CA))) == (Verdict.VALID, None)
    assert judged(response(CA, single(LEAF, CA, revoked_at(SIGNED_AT - DAY)))) == (
        Verdict.INVALID, Reason.REVOKED,
    )  # fmt: skip
    assert judged(der.sequence())[1] is Reason.NO_REVOCATION_DATA


# --- second opinion: responses made by OpenSSL ----------------------------------------


class OpenSsl:
    """An authority, a delegate and three certificates, made and answered for by OpenSSL."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder = folder
        sm2 = kind == "sm2"
        self._key = ["SM2"] if sm2 else ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
        self._digest = ["-sm3"] if sm2 else ["-sha256"]
        self._sign = ["-sigopt", "distid:1234567812345678"] if sm2 else []
        self._check = ["-vfyopt", "distid:1234567812345678"] if sm2 else []
        self._respond = ["-rsigopt", "distid:1234567812345678"] if sm2 else []
        self._key_out("ca")
        self._run(
            "req", "-x509", "-new", "-key", "ca.key", *self._digest, *self._sign, "-subj", "/CN=CA",
            "-days", "3650", "-out", "ca.pem",
        )  # fmt: skip
        for serial, name in enumerate(("good", "bad", "lost", "delegate"), 4097):
            self._issue(name, serial)
        (folder / "index.txt.attr").touch()
        (folder / "index.txt").write_text(
            "V\t360101000000Z\t\t1001\tunknown\t/CN=good\n"
            "R\t360101000000Z\t260101000000Z,keyCompromise\t1002\tunknown\t/CN=bad\n"
        )

    def _run(self, *arguments: str) -> None:
        subprocess.run(
            ["openssl", *arguments], cwd=self.folder, check=True, capture_output=True, timeout=60
        )

    def _key_out(self, name: str) -> None:
        self._run("genpkey", "-out", f"{name}.key", "-algorithm", *self._key)

    def _issue(self, name: str, serial: int) -> None:
        (self.folder / "ext").write_text(
            "extendedKeyUsage=OCSPSigning\n"
            if name == "delegate"
            else "basicConstraints=CA:false\n"
        )
        self._key_out(name)
        self._run(
            "req", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}", *self._digest,
            *self._sign, "-out", "csr",
        )  # fmt: skip
        self._run(
            "x509", "-req", "-in", "csr", "-CA", "ca.pem", "-CAkey", "ca.key", *self._digest,
            *self._sign, *self._check, "-set_serial", str(serial), "-days", "3650", "-extfile",
            "ext", "-out", f"{name}.pem",
        )  # fmt: skip

    def certificate(self, name: str) -> bytes:
        loaded = x509.load_pem_x509_certificate((self.folder / f"{name}.pem").read_bytes())
        return loaded.public_bytes(serialization.Encoding.DER)

    def answer(self, name: str, signer: str) -> bytes:
        self._run("ocsp", "-issuer", "ca.pem", "-cert", f"{name}.pem", "-reqout", "request")
        self._run(
            "ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", f"{signer}.pem", "-rkey",
            f"{signer}.key", "-rmd", self._digest[0][1:], *self._respond, "-ndays", "7", "-reqin",
            "request", "-respout", "response",
        )  # fmt: skip
        return (self.folder / "response").read_bytes()


@pytest.mark.parametrize("kind", ["sm2", "rsa"])
def test_responses_of_openssl(tmp_path: Path, kind: str) -> None:
    """SM2 and RSA, by the issuer and by its delegate: the same answers, read and believed."""
    world = OpenSsl(tmp_path, kind)
    expected = {
        "good": (Verdict.VALID, None),
        "bad": (Verdict.INVALID, Reason.REVOKED),
        "lost": (Verdict.INDETERMINATE, Reason.REVOCATION_UNKNOWN),
    }
    ca = parse_certificate(world.certificate("ca"))
    for signer in ("ca", "delegate"):
        for name, answers in expected.items():
            trust = TrustStore((ca.der,)).helped_by(ocsp=[world.answer(name, signer)])
            use = Use((parse_certificate(world.certificate(name)), ca), datetime.now(UTC), False)
            check = judge_revocation([use], trust)

            assert answer(check) == answers
            if name == "bad":
                assert check.detail.endswith("2026-01-01T00:00:00+00:00 keyCompromise")
