"""Trust comes from a folder, all of it or none; seal registers are asked last."""

from __future__ import annotations

from base64 import encodebytes
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from seal_core.errors import MalformedData
from tests.support.pki import SIGNED_AT, World
from verify.checks.status import with_status
from verify.evidence import Evidence
from verify.judge import Court, judge
from verify.report import Question, Reason, Report, Verdict, passed
from verify.status import SealStatus, Standing, StatusUnavailableError
from verify.trust import TrustStore

WORLD = World()


def pem(label: str, data: bytes) -> bytes:
    body = encodebytes(data).decode()
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n".encode()


def test_a_folder_of_der_and_pem(tmp_path: Path) -> None:
    """Both encodings, several objects in one file, lists apart; other files are left alone."""
    (tmp_path / "root.cer").write_bytes(WORLD.root.certificate)
    two = pem("CERTIFICATE", WORLD.ca.certificate) + pem("CERTIFICATE", WORLD.tsa.certificate)
    (tmp_path / "more.pem").write_bytes(b"# comment\n".join([b"", two]).lstrip(b"# comment\n"))
    (tmp_path / "ca.crl").write_bytes(pem("X509 CRL", WORLD.ca.crl()))
    (tmp_path / "README.txt").write_text("not ours")

    store = TrustStore.from_folder(tmp_path)

    assert set(store.anchors) == {
        WORLD.root.certificate, WORLD.ca.certificate, WORLD.tsa.certificate,
    }  # fmt: skip
    assert len(store.crls_of(WORLD.ca.parsed.subject_name.der)) == 1


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.cer", b"junk"), ("a.pem", b"-----BEGIN CERTIFICATE-----\n"), ("a.crl", b"0")],
)
def test_a_broken_file_is_named(tmp_path: Path, name: str, data: bytes) -> None:
    """Silently trusting less, or knowing of fewer revocations, would help nobody."""
    (tmp_path / name).write_bytes(data)

    with pytest.raises(MalformedData):
        TrustStore.from_folder(tmp_path)


def test_a_missing_folder_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError):
        TrustStore.from_folder(tmp_path / "missing")


class Register:
    """A register with one answer."""

    def __init__(self, answer: SealStatus | StatusUnavailableError | None) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def look_up(self, seal_id: str) -> SealStatus | None:
        self.asked.append(seal_id)
        if isinstance(self.answer, StatusUnavailableError):
            raise self.answer
        return self.answer


BEFORE, AFTER = SIGNED_AT - timedelta(days=1), SIGNED_AT + timedelta(days=1)


@pytest.mark.parametrize(
    ("answer", "verdict", "why"),
    [
        (SealStatus(Standing.ACTIVE, BEFORE), Verdict.VALID, None),
        (None, Verdict.NOT_APPLICABLE, Reason.STATUS_ELSEWHERE),
        (SealStatus(Standing.REVOKED, BEFORE), Verdict.INVALID, Reason.SEAL_REVOKED),
        (SealStatus(Standing.SUSPENDED, BEFORE), Verdict.INVALID, Reason.SEAL_SUSPENDED),
        (SealStatus(Standing.REVOKED, SIGNED_AT), Verdict.INVALID, Reason.SEAL_REVOKED),
        (SealStatus(Standing.REVOKED, AFTER), Verdict.VALID, Reason.SEAL_REVOKED_LATER),
        (StatusUnavailableError("down"), Verdict.INDETERMINATE, Reason.STATUS_UNAVAILABLE),
    ],
)
def test_the_register_has_the_last_word(
    answer: SealStatus | StatusUnavailableError | None, verdict: Verdict, why: Reason | None
) -> None:
    """A seal revoked before signing is invalid; later changes nothing; silence is doubt."""
    given = Evidence(WORLD.signature(b"x"), (b"x",), checks=(passed(Question.COVERAGE),))
    court = Court(TrustStore(), datetime(2026, 6, 1, tzinfo=UTC))
    report = Report("a", "ofd", 1, "", (judge(given, 1, court),))
    register = Register(answer)

    check = with_status(report, register).signatures[0].check(Question.SEAL_STATUS)

    assert check is not None
    assert (check.verdict, check.reason) == (verdict, why)
    assert register.asked == ["14010000000001"]
