"""How a PDF signature carries its GB/T 38540 seal; the page docs/reference/pdf-seal.md tells why.

The SESeal is a stream that the signature dictionary names as /ZY_SES, inside the signed byte
range. A signed attribute of the CMS repeats its SM3, so the seal is bound twice: no
later revision can slip another object under the same number.
"""

from __future__ import annotations

from seal_core import der
from seal_core.errors import MalformedData
from seal_core.formats import cms
from seal_core.formats.algorithms import SM3
from seal_core.gm import sm3

# An OID under 2.25 is a UUID in decimal (ITU-T X.667, 7): unique without registration.
# This one is 433ab82c-e04c-4f4d-81ab-745c72e726f7.
SEAL_BINDING = f"2.25.{int('433ab82ce04c4f4d81ab745c72e726f7', 16)}"

SEAL_ENTRY = "/ZY_SES"  # in the signature dictionary: the stream with the SESeal
PLACES_ENTRY = "/ZY_Places"  # in the signature dictionary: all annotations that show this seal
CODE_ENTRY = "/ZY_Code"  # in an annotation that shows no seal but the QR code beside it
MAX_SEAL = 4 * 1024 * 1024

_SM3_ALGORITHM = der.sequence(der.oid(SM3))


def encode_binding(seal: bytes) -> bytes:
    """SealBinding ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier, sealHash OCTET STRING }"""
    return der.sequence(_SM3_ALGORITHM, der.octet_string(sm3.digest(seal)))


def check_binding(binding: bytes, seal: bytes) -> None:
    """Raises MalformedData unless *binding* is that of *seal*."""
    if binding != encode_binding(seal):
        raise MalformedData("seal binding", "the signature names another seal")


def binding_in(contents: bytes) -> bytes | None:
    """The SealBinding among the signed attributes of a CMS with one signer; None if there is none.

    Raises MalformedData for what is no CMS.
    """
    signers = cms.parse_signed_data(contents).signers
    values = signers[0].values(SEAL_BINDING) if len(signers) == 1 else ()
    if len(values) > 1:
        raise MalformedData("seal binding", "more than one")
    return values[0] if values else None
