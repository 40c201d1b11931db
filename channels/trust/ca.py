"""Asking the certificate authority to certify a seal's key."""

from __future__ import annotations

import base64
from typing import Any

from asn1crypto import csr, x509

from channels.errors import CertificateRefused, PlatformRefused
from channels.http import HttpClient, Timeout

SLOW: Timeout = (2.0, 20.0)  # an authority may have a person or an HSM in the way


class AuthorityClient:
    """The port ``CertificateAuthority`` over HTTP; *kind* is the authority's product."""

    def __init__(
        self, base_url: str, api_key: str = "", *, kind: str = "seal", timeout: Timeout = SLOW
    ) -> None:
        self._http = HttpClient(base_url, timeout)
        self._api_key = api_key
        self._kind = kind

    def certify(self, request: bytes) -> tuple[bytes, tuple[bytes, ...]]:
        """Return certificate and chain (DER, nearest first) for a PKCS#10 *request* (DER).

        Raises PlatformRefused when the authority says no, CertificateRefused when its
        certificate is not for our key, PlatformBusy when it does not answer.
        """
        headers = {"Content-Type": "application/pkcs10", "Accept": "application/json"}
        if self._api_key:
            headers["Authorization"] = f"Bearer {self._api_key}"
        answer = self._http.request(
            "POST", "/certificates", params={"kind": self._kind}, data=request, headers=headers
        )
        told = answer.json()
        if answer.status not in {200, 201}:
            raise PlatformRefused(str(told.get("error", answer.status)))
        certificate, chain = _certificates(told)
        _check(request, certificate, chain)
        return certificate, chain


def _certificates(told: dict[str, Any]) -> tuple[bytes, tuple[bytes, ...]]:
    try:
        certificate = base64.b64decode(told["certificate"], validate=True)
        chain = tuple(base64.b64decode(item, validate=True) for item in told["chain"])
    except (KeyError, TypeError, ValueError):
        raise CertificateRefused("answer") from None
    return certificate, chain


def _check(request: bytes, certificate: bytes, chain: tuple[bytes, ...]) -> None:
    """Raise CertificateRefused unless *certificate* is for the key of *request*.

    Whether it is trusted is the verifier's question; here a mixed-up answer is caught
    before a seal is made with it.
    """
    try:
        wished = csr.CertificationRequest.load(request, strict=True)
        given = x509.Certificate.load(certificate, strict=True)
        issuers = [x509.Certificate.load(der, strict=True) for der in chain]
        asked_key = wished["certification_request_info"]["subject_pk_info"].dump()
        given_key = given.public_key.dump()
        names = [given.issuer.dump(), *(issuer.subject.dump() for issuer in issuers[:1])]
    except (ValueError, TypeError, KeyError):
        raise CertificateRefused("not DER") from None
    if asked_key != given_key:
        raise CertificateRefused("for another key")
    if len(set(names)) > 1:
        raise CertificateRefused("chain of another issuer")
