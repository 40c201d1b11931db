"""X.509 certificates, CRLs and PKCS#10 requests with SM2 (GB/T 20518, RFC 5280, RFC 2986)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import algos, core, crl, csr, keys, x509

from sandbox import sm2

DOCUMENT_SIGNING = frozenset({"digital_signature", "non_repudiation"})
CA_SIGNING = frozenset({"key_cert_sign", "crl_sign"})

Sign = Callable[[bytes], bytes]


class BadRequest(Exception):
    """The request is no PKCS#10 this authority takes; *code* is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Request:
    """A certificate request whose signature proved possession of the key."""

    subject: x509.Name
    point: bytes

    @property
    def attributes(self) -> dict[str, str]:
        """The subject as plain text, by asn1crypto's attribute names."""
        return {str(key): str(value) for key, value in self.subject.native.items()}


@dataclass(frozen=True, slots=True)
class Profile:
    """What an issuer puts into a certificate besides names and key."""

    usage: frozenset[str]
    is_ca: bool = False
    path_length: int | None = None
    extended_usage: tuple[str, ...] = ()
    crl_url: str = ""


@dataclass(frozen=True, slots=True)
class Issuer:
    """A certificate and the signature of its key."""

    certificate: x509.Certificate
    sign: Sign


def signature_algorithm() -> algos.SignedDigestAlgorithm:
    """SM2 with SM3, parameters absent."""
    return algos.SignedDigestAlgorithm({"algorithm": sm2.SM2_WITH_SM3_OID})


def public_key_info(point: bytes) -> keys.PublicKeyInfo:
    """SubjectPublicKeyInfo of a point on the SM2 curve."""
    algorithm = keys.PublicKeyAlgorithm(
        {
            "algorithm": "ec",
            "parameters": keys.ECDomainParameters(name="named", value=sm2.SM2_CURVE_OID),
        }
    )
    return keys.PublicKeyInfo({"algorithm": algorithm, "public_key": keys.ECPointBitString(point)})


def chinese_name(common_name: str, organization: str = "") -> x509.Name:
    """C=CN, O, CN in this order."""
    parts = {"country_name": "CN", "organization_name": organization, "common_name": common_name}
    return x509.Name.build({key: value for key, value in parts.items() if value})


def read_request(der: bytes) -> Request:
    """Parse PKCS#10 *der* and check its own signature; BadRequest otherwise."""
    try:
        request = csr.CertificationRequest.load(der, strict=True)
        info = request["certification_request_info"]
        key_info = info["subject_pk_info"]
        parameters = key_info["algorithm"]["parameters"]
        curve = (
            parameters.chosen.dotted if key_info["algorithm"]["algorithm"].native == "ec" else ""
        )
        point = bytes(key_info["public_key"])
        algorithm = request["signature_algorithm"]["algorithm"].dotted
        signature = request["signature"].native
        version = info["version"].native
        _ = info["subject"].native
    except (ValueError, TypeError, AttributeError, KeyError) as exc:
        raise BadRequest("malformed", "not a PKCS#10 request in DER") from exc
    if version != "v1":
        raise BadRequest("malformed", "PKCS#10 version is not 0")
    if curve != sm2.SM2_CURVE_OID or algorithm != sm2.SM2_WITH_SM3_OID:
        raise BadRequest("algorithm", "only SM2 keys and SM2-with-SM3 signatures are certified")
    try:
        possessed = sm2.verify(point, info.dump(), signature)
    except sm2.BadKey as exc:
        raise BadRequest("key", str(exc)) from exc
    if not possessed:
        raise BadRequest("possession", "the request is not signed by the key it names")
    return Request(subject=info["subject"], point=point)


def build_certificate(
    *,
    subject: x509.Name,
    point: bytes,
    profile: Profile,
    not_before: datetime,
    not_after: datetime,
    issuer: x509.Certificate | None,
    sign: Sign,
) -> x509.Certificate:
    """Issue a version 3 certificate; *issuer* None makes it self-signed."""
    key_info = public_key_info(point)
    tbs = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": secrets.randbits(126) | 1 << 126,  # 16 octets, positive
            "signature": signature_algorithm(),
            "issuer": issuer.subject if issuer else subject,
            "validity": {"not_before": _time(not_before), "not_after": _time(not_after)},
            "subject": subject,
            "subject_public_key_info": key_info,
            "extensions": _extensions(key_info, profile, issuer),
        }
    )
    return x509.Certificate.load(
        x509.Certificate(
            {
                "tbs_certificate": tbs,
                "signature_algorithm": signature_algorithm(),
                "signature_value": sign(tbs.dump()),
            }
        ).dump()
    )


def build_crl(
    *,
    issuer: Issuer,
    revoked: Sequence[tuple[int, datetime, str]],
    this_update: datetime,
    next_update: datetime,
    number: int,
) -> bytes:
    """A version 2 CRL; each revoked entry is serial number, time and RFC 5280 reason."""
    entries = [_crl_entry(*entry) for entry in revoked]
    fields = {
        "version": "v2",
        "signature": signature_algorithm(),
        "issuer": issuer.certificate.subject,
        "this_update": _time(this_update),
        "next_update": _time(next_update),
        "crl_extensions": [
            {
                "extn_id": "authority_key_identifier",
                "extn_value": _key_identifier_of(issuer.certificate),
            },
            {"extn_id": "crl_number", "extn_value": core.Integer(number)},
        ],
    }
    if entries:  # RFC 5280, 5.1.2.6: absent rather than empty
        fields["revoked_certificates"] = entries
    tbs = crl.TbsCertList(fields)
    return bytes(
        crl.CertificateList(
            {
                "tbs_cert_list": tbs,
                "signature_algorithm": signature_algorithm(),
                "signature": issuer.sign(tbs.dump()),
            }
        ).dump()
    )


def _crl_entry(serial: int, at: datetime, reason: str) -> dict[str, object]:
    entry: dict[str, object] = {"user_certificate": serial, "revocation_date": _time(at)}
    if reason != "unspecified":  # RFC 5280, 5.3.1: absent rather than unspecified
        code = {"extn_id": "crl_reason", "extn_value": crl.CRLReason(reason)}
        entry["crl_entry_extensions"] = [code]
    return entry


def _curve_of(algorithm: keys.PublicKeyAlgorithm) -> str:
    if algorithm["algorithm"].native != "ec" or algorithm["parameters"].name != "named":
        return ""
    return str(algorithm["parameters"].chosen.dotted)


def _extensions(
    key_info: keys.PublicKeyInfo, profile: Profile, issuer: x509.Certificate | None
) -> list[dict[str, object]]:
    constraints: dict[str, object] = {"ca": profile.is_ca}
    if profile.path_length is not None:
        constraints["path_len_constraint"] = profile.path_length
    found: list[dict[str, object]] = [
        _extension("basic_constraints", x509.BasicConstraints(constraints), critical=True),
        _extension("key_usage", x509.KeyUsage(set(profile.usage)), critical=True),
        _extension("key_identifier", core.OctetString(key_info.sha1)),
    ]
    if issuer:
        found.append(_extension("authority_key_identifier", _key_identifier_of(issuer)))
    if profile.extended_usage:  # RFC 3161, 2.3: critical and alone for a time-stamp authority
        usage = x509.ExtKeyUsageSyntax(list(profile.extended_usage))
        found.append(_extension("extended_key_usage", usage, critical=True))
    if profile.crl_url:
        found.append(_extension("crl_distribution_points", _distribution_points(profile.crl_url)))
    return found


def _extension(name: str, value: object, *, critical: bool = False) -> dict[str, object]:
    return {"extn_id": name, "critical": critical, "extn_value": value}


def _distribution_points(url: str) -> x509.CRLDistributionPoints:
    location = x509.GeneralName("uniform_resource_identifier", url)
    full_name = x509.DistributionPointName(name="full_name", value=[location])
    return x509.CRLDistributionPoints([{"distribution_point": full_name}])


def _key_identifier_of(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier({"key_identifier": issuer.key_identifier})


def _time(at: datetime) -> x509.Time:
    # RFC 5280, 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050
    at = at.astimezone(UTC).replace(microsecond=0)
    return x509.Time(name="utc_time" if at.year < 2050 else "general_time", value=at)
