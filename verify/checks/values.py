"""Signature values: is this value that key's over these bytes?"""

from __future__ import annotations

from collections.abc import Iterable

from seal_core.errors import (
    AlgorithmMismatch,
    CryptoError,
    InvalidSignature,
    UnsupportedAlgorithm,
    WeakAlgorithm,
)
from seal_core.formats import algorithms
from seal_core.formats.certificates import Algorithm, Certificate
from verify.report import Check, Question, Reason, failed, passed, unclear

_SMALL = 4 * 1024 * 1024  # octets; a Signature.xml has some thousands


def small(pieces: Iterable[bytes | memoryview]) -> bool:
    """Whether a second look at *pieces*, for a form hardly anybody writes, costs little."""
    return sum(map(len, pieces)) <= _SMALL


def judge_value(
    question: Question,
    certificate: Certificate,
    algorithm: Algorithm,
    signature: bytes,
    message: algorithms.Pieces,
    *,
    digest_beside: str | None = None,
    mismatch: Reason = Reason.SIGNATURE_MISMATCH,
) -> Check:
    """What ``algorithms.verify`` says, as a check. An unknown algorithm is doubt, not guilt."""
    try:
        algorithms.verify(certificate, algorithm, signature, message, digest_beside)
    except InvalidSignature as exc:
        return failed(question, mismatch, str(exc))
    except AlgorithmMismatch as exc:
        return failed(question, Reason.ALGORITHM_MISMATCH, str(exc))
    except WeakAlgorithm as exc:
        return failed(question, Reason.ALGORITHM_WEAK, str(exc))
    except UnsupportedAlgorithm as exc:
        return unclear(question, Reason.ALGORITHM_UNSUPPORTED, str(exc))
    except CryptoError as exc:
        return failed(question, Reason.CERTIFICATE_MALFORMED, str(exc))
    return passed(question)
