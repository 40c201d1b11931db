"""The certificate authority of the province: SM2 root, issuing CA, CRLs.

``POST /ca/certificates?kind=seal|maker|person`` takes a PKCS#10 request in DER
(``Content-Type: application/pkcs10``, ``Authorization: Bearer KEY``) and answers 201 with
``{"certificate", "chain", "serial"}``: base64 DER, the chain from the issuing CA upwards.
Refusals are JSON ``{"error", "message"}`` with 400, 401, 409, 413 or 415.
"""

from __future__ import annotations

import base64
import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from asn1crypto import x509
from flask import Blueprint, Response, jsonify, request

from sandbox import sm2
from sandbox.certificates import (
    CA_SIGNING,
    DOCUMENT_SIGNING,
    BadRequest,
    Issuer,
    Profile,
    Request,
    build_certificate,
    build_crl,
    chinese_name,
    read_request,
)
from sandbox.world import World

ROOT_NAME = "省电子政务根证书（仿真）"
ISSUING_NAME = "省电子印章签发证书（仿真）"
OPERATOR = "仿真省数字证书有限公司"
DAYS = 366 * 3
MAX_REQUEST_OCTETS = 8 * 1024
CLOCK_TOLERANCE = timedelta(minutes=5)  # certificates start a little in the past, as everywhere

_ALLOWED = frozenset(
    {
        "country_name",
        "state_or_province_name",
        "locality_name",
        "organization_name",
        "organizational_unit_name",
        "common_name",
        "serial_number",
    }
)
# kind → what the subject must name besides the country
_REQUIRED = {
    "seal": ("organization_name", "common_name"),
    "maker": ("organization_name", "common_name"),
    "person": ("common_name",),
}
_STATUS = {"unauthorized": 401, "key_reuse": 409, "too_large": 413, "content_type": 415}
_REASONS = frozenset(
    {
        "unspecified",
        "key_compromise",
        "affiliation_changed",
        "superseded",
        "cessation_of_operation",
    }
)


@dataclass(slots=True)
class CertificateAuthority:
    """Keys, certificates and the register of what was issued, in memory."""

    now: Callable[[], datetime]
    base_url: str
    _root_key: sm2.KeyPair = field(default_factory=sm2.KeyPair.generate, repr=False)
    _issuing_key: sm2.KeyPair = field(default_factory=sm2.KeyPair.generate, repr=False)
    root: x509.Certificate = field(init=False)
    issuing: x509.Certificate = field(init=False)
    issued: dict[int, x509.Certificate] = field(default_factory=dict, init=False)
    _owners: dict[bytes, str] = field(default_factory=dict, init=False)
    _revoked: dict[int, tuple[datetime, str]] = field(default_factory=dict, init=False)
    _crl_number: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        start = self.now() - timedelta(days=366)
        name = chinese_name(ROOT_NAME, OPERATOR)
        self.root = build_certificate(
            subject=name,
            point=self._root_key.point,
            profile=Profile(CA_SIGNING, is_ca=True),
            not_before=start,
            not_after=start + timedelta(days=365 * 30),
            issuer=None,
            sign=self._root_key.sign,
        )
        crl_url = f"{self.base_url}/ca/root.crl"
        self.issuing = build_certificate(
            subject=chinese_name(ISSUING_NAME, OPERATOR),
            point=self._issuing_key.point,
            profile=Profile(CA_SIGNING, is_ca=True, path_length=0, crl_url=crl_url),
            not_before=start,
            not_after=start + timedelta(days=365 * 15),
            issuer=self.root,
            sign=self._root_key.sign,
        )

    @property
    def chain(self) -> tuple[bytes, ...]:
        """The issuers of every certificate made here, nearest first."""
        return (self.issuing.dump(), self.root.dump())

    def issue(self, kind: str, wish: Request, days: int = DAYS) -> x509.Certificate:
        """Certify the key of *wish*; BadRequest where the subject breaks the rules of *kind*."""
        check_subject(kind, wish.attributes)
        owner = wish.subject.human_friendly
        if self._owners.setdefault(wish.point, owner) != owner:
            raise BadRequest("key_reuse", "this key is already certified for another subject")
        return self.certify(wish.subject, wish.point, Profile(DOCUMENT_SIGNING), days)

    def certify(
        self, subject: x509.Name, point: bytes, profile: Profile, days: int = DAYS
    ) -> x509.Certificate:
        """Issue and register a certificate without asking; for the authority's own services."""
        start = self.now() - CLOCK_TOLERANCE
        certificate = build_certificate(
            subject=subject,
            point=point,
            profile=Profile(
                profile.usage,
                extended_usage=profile.extended_usage,
                crl_url=f"{self.base_url}/ca/crl",
            ),
            not_before=start,
            not_after=start + timedelta(days=days),
            issuer=self.issuing,
            sign=self._issuing_key.sign,
        )
        self.issued[certificate.serial_number] = certificate
        return certificate

    def revoke(self, serial: int, reason: str = "unspecified", at: datetime | None = None) -> None:
        """Put a certificate on the CRL; KeyError if never issued, ValueError for the reason."""
        if reason not in _REASONS:
            raise ValueError(reason)
        if serial not in self.issued:
            raise KeyError(serial)
        self._revoked.setdefault(serial, (at or self.now(), reason))

    def crl(self) -> bytes:
        """What the issuing CA revoked so far, good for a day."""
        self._crl_number += 1
        entries = [(serial, at, reason) for serial, (at, reason) in self._revoked.items()]
        return self._list(Issuer(self.issuing, self._issuing_key.sign), entries)

    def root_crl(self) -> bytes:
        """The root's own list; it never revoked anybody."""
        return self._list(Issuer(self.root, self._root_key.sign), [])

    def _list(self, issuer: Issuer, revoked: list[tuple[int, datetime, str]]) -> bytes:
        now = self.now()
        return build_crl(
            issuer=issuer,
            revoked=revoked,
            this_update=now - CLOCK_TOLERANCE,
            next_update=now + timedelta(days=1),
            number=max(self._crl_number, 1),
        )


def check_subject(kind: str, attributes: dict[str, str]) -> None:
    """Refuse subjects the authority would not vouch for (BadRequest)."""
    if kind not in _REQUIRED:
        raise BadRequest("kind", f"unknown kind of certificate: {kind}")
    if attributes.get("country_name") != "CN":
        raise BadRequest("subject", "C must be CN")
    if strange := attributes.keys() - _ALLOWED:
        raise BadRequest("subject", f"not allowed in a subject: {', '.join(sorted(strange))}")
    for name in _REQUIRED[kind]:
        if not attributes.get(name, "").strip():
            raise BadRequest("subject", f"{name} is missing")
    for name, value in attributes.items():
        # X.520 upper bounds: 64 for names; asn1crypto gives repeated attributes as a list
        if len(value) > 64 or not value.isprintable() or value != value.strip():
            raise BadRequest("subject", f"{name} is too long or holds odd characters")


class _Room:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.authority: CertificateAuthority | None = None


def authority_of(world: World) -> CertificateAuthority:
    """The one authority of *world*, made when first asked for."""
    room = world.room(_Room)
    with room.lock:
        if room.authority is None:
            room.authority = CertificateAuthority(world.clock.now, world.url)
        return room.authority


def create_blueprint(world: World) -> Blueprint:
    """Routes under ``/ca`` and the world's own lever ``/world/ca/revoke``."""
    bp = Blueprint("ca", __name__)

    @bp.post("/ca/certificates")
    def issue() -> tuple[Response, int]:
        kind = request.args.get("kind", "seal")
        authority = authority_of(world)
        try:
            _check_envelope(world.accounts.trust.ca_token)
            certificate = authority.issue(kind, read_request(request.get_data()))
        except BadRequest as exc:
            world.verdicts.refused("ca", f"issue {kind}", str(exc), exc.code)
            return _refusal(exc.code, str(exc), _STATUS.get(exc.code, 400))
        world.verdicts.ok("ca", f"issue {kind}")
        answer = {
            "certificate": _b64(certificate.dump()),
            "chain": [_b64(der) for der in authority.chain],
            "serial": f"{certificate.serial_number:x}",
        }
        return jsonify(answer), 201

    @bp.get("/ca/root.cer")
    def root() -> Response:
        return Response(authority_of(world).root.dump(), mimetype="application/pkix-cert")

    @bp.get("/ca/chain")
    def chain() -> Response:
        pem = "".join(_pem(der) for der in authority_of(world).chain)
        return Response(pem, mimetype="application/pem-certificate-chain")

    @bp.get("/ca/crl")
    def revocations() -> Response:
        return Response(authority_of(world).crl(), mimetype="application/pkix-crl")

    @bp.get("/ca/root.crl")
    def root_revocations() -> Response:
        return Response(authority_of(world).root_crl(), mimetype="application/pkix-crl")

    @bp.post("/world/ca/revoke")
    def revoke() -> tuple[Response, int]:
        wish = request.get_json()
        try:
            authority_of(world).revoke(int(wish["serial"], 16), wish.get("reason", "unspecified"))
        except KeyError:
            return _refusal("unknown", "no such certificate", 404)
        except ValueError:
            return _refusal("reason", "no such serial number or reason", 400)
        return jsonify({"ok": True}), 200

    return bp


def _check_envelope(token: str) -> None:
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise BadRequest("unauthorized", "the API key is missing or wrong")
    if request.mimetype != "application/pkcs10":
        raise BadRequest("content_type", "send application/pkcs10")
    if (request.content_length or 0) > MAX_REQUEST_OCTETS:
        raise BadRequest("too_large", "a request is smaller than 8 KiB")


def _refusal(code: str, message: str, status: int) -> tuple[Response, int]:
    return jsonify({"error": code, "message": message}), status


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _pem(der: bytes) -> str:
    body = base64.encodebytes(der).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"
