"""What the readers hand to the judge.

A reader (``verify/readers``) knows one document format. It finds the signatures, answers what
only the format can answer (structure, digests of parts, coverage) and hands over the
cryptographic container untouched. ``verify/checks`` judges containers and knows no format.

A reader is ``read(data: bytes) -> Findings``. A document it cannot open is a Findings with a
failed STRUCTURE check, not an exception; an exception is our own bug and ends as ``damaged``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from verify.report import Check, Kind, Place, Revision


@dataclass(frozen=True, slots=True)
class Evidence:
    """One signature as the reader found it."""

    container: bytes
    """The bytes of SignedValue.dat, or of /Contents decoded from hex.

    SES_Signature, CMS SignedData (PKCS#7 or GB/T 35275) or a bare SEQUENCE {r, s}: the judge
    tells them apart by their bytes, never by a name. Zero padding behind may stay.
    Empty where it could not be read; then *checks* must say why.
    """

    protected: tuple[bytes | memoryview, ...]
    """The bytes the container's digest must match, in order: Signature.xml (OFD) or the byte
    ranges (PDF). Give memoryviews of large files, not copies."""

    kind: Kind | None = None
    """What the document calls it, for containers that cannot be read; else they tell."""

    property_info: str | None = None
    """What propertyInfo of a SES_Signature must say (OFD: absolute path of Signature.xml);
    None where the format makes no demand."""

    seal_file: bytes | None = None
    """Seal.esl, which must be the seal inside the container byte for byte."""

    seal: bytes | None = None
    """The SESeal of a signature whose container has none (CMS in PDF). The reader gives it only
    if a signed attribute binds it; the judge asks it the seal questions all the same."""

    method: str = ""
    """The algorithm or sub-filter the document names (OID, /SubFilter); informative."""

    claimed_at: datetime | None = None
    """A time the document gives outside the container; used only where that has none."""

    checks: tuple[Check, ...] = ()
    """STRUCTURE, DIGEST and COVERAGE as far as the format answers them. Several checks of one
    question are merged into the worst. The judge adds its own DIGEST check (container against
    *protected*); a reader that gives no COVERAGE check makes the signature indeterminate."""

    beside: tuple[bytes, ...] = ()
    """Certificates the document gives beside the container (/Cert of adbe.x509.rsa_sha1), the
    signer's first."""

    is_seal_file: bool = False
    """The container is a seal by itself (.esl), with which nothing was signed."""

    id: str = ""
    """What others of the document call this signature by; empty if nothing can."""

    builds_on: str = ""
    """The id of the signature this one is based on (GM/T 0099, Relative), or empty."""

    places: tuple[Place, ...] = ()
    quirks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """A whole document as the reader found it, signatures in the order they were made."""

    format: str
    signatures: tuple[Evidence, ...] = ()
    checks: tuple[Check, ...] = ()
    """About the document as a whole. Give them only where something is to be said: a failed
    STRUCTURE for a damaged file, SIGNATURE_REMOVED, EXTRA_PARTS."""
    warnings: tuple[str, ...] = ()
    """Codes of ``verify.notices.Notice``: worth telling, without weight in the verdict."""
    revisions: tuple[Revision, ...] = ()
    """What was saved after the first signature, where the format keeps that apart."""
    sm3: bytes | None = None
    """SM3 of the whole document, if the reader came by it."""
    certificates: tuple[bytes, ...] = ()
    """Certificates kept in the document for later judges; they help, and are believed nothing."""
    crls: tuple[bytes, ...] = ()
    """Revocation lists kept in the document; they count if their issuer signed them."""
    ocsp: tuple[bytes, ...] = ()
    """OCSP responses kept in the document, DER; they count if the issuer, or somebody it named
    for that, signed them."""
