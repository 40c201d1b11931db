"""The seal inside a signature: made by its maker, whole, in force, and lent to this signer."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from seal_core.errors import MalformedData
from seal_core.formats.certificates import Algorithm, Certificate
from seal_core.formats.pictures import Picture, describe
from seal_core.formats.quirks import Quirk
from seal_core.formats.ses import Seal
from verify.checks.values import judge_value
from verify.report import Check, Question, Reason, Verdict, failed, passed, unclear

_MAX_SIDE_MM = 200  # the largest official seal of 国发〔1999〕25号 is 60 mm; strips may be longer


def judge_structure(seal: Seal, seal_file: bytes | None) -> list[Check]:
    """Does the seal hold together, and is Seal.esl this very seal?"""
    question = Question.SEAL_STRUCTURE
    checks = [passed(question)]
    sides = seal.width_mm, seal.height_mm
    if not seal.picture or not all(0 < side <= _MAX_SIDE_MM for side in sides):
        checks.append(failed(question, Reason.SEAL_MALFORMED, "picture"))
    if seal.valid_from > seal.valid_to:
        checks.append(failed(question, Reason.SEAL_MALFORMED, "period"))
    if seal_file is not None and seal_file != seal.der:
        checks.append(failed(question, Reason.SEAL_FILE_DIFFERS))
    return checks


@lru_cache(maxsize=16)
def look_at_picture(picture: bytes) -> tuple[Picture, tuple[Check, ...]]:
    """What the seal shows, and whether a reader can be given it without harm."""
    try:
        return describe(picture), ()
    except MalformedData as exc:
        return Picture(""), (
            failed(Question.SEAL_STRUCTURE, Reason.SEAL_MALFORMED, str(exc)[:200]),
        )


def judge_maker_signature(seal: Seal, maker: Certificate | None) -> tuple[Check, Quirk | None]:
    """The maker's value over the seal; some makers sign what another version would sign."""
    question = Question.SEAL_SIGNATURE
    if maker is None:
        return failed(question, Reason.CERTIFICATE_MALFORMED), None
    check = _value_over(seal, maker, seal.signed_part)
    if check.reason is not Reason.SEAL_SIGNATURE_MISMATCH:
        return check, None
    other = _value_over(seal, maker, seal.signed_part_of_others)
    if other.verdict is not Verdict.VALID:
        return check, None
    old = seal.version == 1
    return other, Quirk.SEAL_SIGNED_NEW_WAY if old else Quirk.SEAL_SIGNED_OLD_WAY


def _value_over(seal: Seal, maker: Certificate, message: bytes) -> Check:
    return judge_value(
        Question.SEAL_SIGNATURE, maker, Algorithm(seal.algorithm), seal.signature, (message,),
        mismatch=Reason.SEAL_SIGNATURE_MISMATCH,
    )  # fmt: skip


def judge_period(seal: Seal, at: datetime | None) -> Check:
    """A seal that expired today does not undo what was signed while it was in force."""
    question = Question.SEAL_PERIOD
    if at is None:
        return unclear(question, Reason.NO_SIGNING_TIME)
    detail = f"{seal.valid_from.isoformat()} / {seal.valid_to.isoformat()}"
    if at < seal.valid_from:
        return failed(question, Reason.BEFORE_SEAL_PERIOD, detail)
    if at > seal.valid_to:
        return failed(question, Reason.AFTER_SEAL_PERIOD, detail)
    return passed(question)


def judge_signer_in_seal(seal: Seal, certificate: bytes) -> Check:
    """GB/T 38540-2020, 7.3: the signer's certificate, or its digest, stands in the seal."""
    question = Question.SIGNER_IN_SEAL
    if not seal.has_signer_list:
        return unclear(question, Reason.SIGNER_LIST_UNREADABLE)
    if not seal.lists(certificate):
        return failed(question, Reason.SIGNER_NOT_IN_SEAL)
    return passed(question)
