"""The time-stamp authority: RFC 3161 over HTTP with SM3 imprints and SM2 signatures
(GB/T 20520).

``POST /tsa`` with ``application/timestamp-query``; the answer is always a TimeStampResp,
granted or rejected with a PKIFailureInfo, as the RFC asks.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import algos, cms, core, tsp
from flask import Blueprint, Response, request

from sandbox import sm2
from sandbox.ca import authority_of
from sandbox.certificates import Issuer, Profile, chinese_name, signature_algorithm
from sandbox.world import World

NAME = "省电子印章时间戳服务（仿真）"
OPERATOR = "仿真省数字证书有限公司"
POLICY = "1.2.156.10197.6.99.1"  # invented, below the GM arc's unused 99
QUERY_TYPE = "application/timestamp-query"
REPLY_TYPE = "application/timestamp-reply"


class Refused(Exception):
    """A query that gets no token; *failure* is a PKIFailureInfo name."""

    def __init__(self, failure: str, message: str) -> None:
        super().__init__(message)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Wish:
    """A time-stamp query that may be granted."""

    imprint: tsp.MessageImprint
    nonce: int | None
    wants_certificate: bool


@dataclass(frozen=True, slots=True)
class TimeStampAuthority:
    """Signs times with its own certificate, issued for that purpose alone."""

    issuer: Issuer
    chain: tuple[bytes, ...]

    def grant(self, wish: Wish, at: datetime) -> cms.ContentInfo:
        """The TimeStampToken for *wish*: TSTInfo in signed CMS (RFC 3161, 2.4.2)."""
        content = _tst_info(wish, at).dump()
        certificate = self.issuer.certificate
        attributes = self._attributes(content, at)
        signer = {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                name="issuer_and_serial_number",
                value={
                    "issuer": certificate.issuer,
                    "serial_number": certificate.serial_number,
                },
            ),
            "digest_algorithm": _sm3_algorithm(),
            "signed_attrs": attributes,
            "signature_algorithm": signature_algorithm(),
            "signature": self.issuer.sign(attributes.untag().dump()),
        }
        signed = {
            "version": "v3",
            "digest_algorithms": [_sm3_algorithm()],
            "encap_content_info": {
                "content_type": "tst_info",
                "content": core.ParsableOctetString(content),
            },
            "signer_infos": [signer],
        }
        if wish.wants_certificate:
            ours = (certificate.dump(), *self.chain)
            signed["certificates"] = [cms.CertificateChoices.load(der) for der in ours]
        return cms.ContentInfo({"content_type": "signed_data", "content": signed})

    def _attributes(self, content: bytes, at: datetime) -> cms.CMSAttributes:
        certificate = self.issuer.certificate.dump()
        certificate_id = {"hash_algorithm": _sm3_algorithm(), "cert_hash": sm2.sm3(certificate)}
        return cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["tst_info"]},
                {"type": "signing_time", "values": [cms.Time(name="utc_time", value=at)]},
                {"type": "message_digest", "values": [sm2.sm3(content)]},
                # RFC 5816: names the certificate, so that it cannot be exchanged
                {
                    "type": "signing_certificate_v2",
                    "values": [tsp.SigningCertificateV2({"certs": [certificate_id]})],
                },
            ]
        )


def read_query(media_type: str, body: bytes) -> Wish:
    """Parse a TimeStampReq and refuse what this authority does not stamp."""
    if media_type != QUERY_TYPE:
        raise Refused("bad_request", f"send {QUERY_TYPE}")
    try:
        query = tsp.TimeStampReq.load(body, strict=True)
        version, nonce = query["version"].native, query["nonce"].native
        imprint = query["message_imprint"]
        algorithm = imprint["hash_algorithm"]["algorithm"].dotted
        digest = imprint["hashed_message"].native
        policy = query["req_policy"].dotted if query["req_policy"].native else None
        extensions, wants = query["extensions"].native, query["cert_req"].native
    except (ValueError, TypeError, KeyError) as exc:
        raise Refused("bad_data_format", "not a TimeStampReq") from exc
    if version != "v1":
        raise Refused("bad_request", "unknown version")
    if algorithm != sm2.SM3_OID:
        raise Refused("bad_alg", "only SM3 imprints are stamped")
    if len(digest) != 32:
        raise Refused("bad_data_format", "an SM3 imprint has 32 octets")
    if policy not in {None, POLICY}:
        raise Refused("unaccepted_policy", "unknown policy")
    if extensions:
        raise Refused("unaccepted_extensions", "no extension is understood here")
    return Wish(imprint, nonce, bool(wants))


class _Room:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.authority: TimeStampAuthority | None = None


def authority_for(world: World) -> TimeStampAuthority:
    """The one time-stamp authority of *world*, made when first asked for."""
    room = world.room(_Room)
    with room.lock:
        if room.authority is None:
            key, ca = sm2.KeyPair.generate(), authority_of(world)
            profile = Profile(frozenset({"digital_signature"}), extended_usage=("time_stamping",))
            certificate = ca.certify(chinese_name(NAME, OPERATOR), key.point, profile)
            room.authority = TimeStampAuthority(Issuer(certificate, key.sign), ca.chain)
        return room.authority


def create_blueprint(world: World) -> Blueprint:
    """The route ``/tsa``."""
    bp = Blueprint("tsa", __name__)

    @bp.post("/tsa")
    def stamp() -> Response:
        try:
            wish = read_query(request.mimetype, request.get_data())
        except Refused as exc:
            world.verdicts.refused("tsa", "stamp", str(exc), exc.failure)
            return _reply(_rejection(exc))
        token = authority_for(world).grant(wish, world.clock.now())
        world.verdicts.ok("tsa", "stamp")
        granted = {"status": {"status": "granted"}, "time_stamp_token": token}
        return _reply(tsp.TimeStampResp(granted).dump())

    return bp


def _tst_info(wish: Wish, at: datetime) -> tsp.TSTInfo:
    fields: dict[str, object] = {
        "version": "v1",
        "policy": POLICY,
        "message_imprint": wish.imprint,
        "serial_number": secrets.randbits(63) | 1 << 63,
        "gen_time": at.replace(microsecond=0),
        "accuracy": {"seconds": 1},
    }
    if wish.nonce is not None:
        fields["nonce"] = wish.nonce
    return tsp.TSTInfo(fields)


def _rejection(why: Refused) -> bytes:
    # TimeStampResp ::= SEQUENCE {status, timeStampToken OPTIONAL}; asn1crypto demands the
    # token, so the outer SEQUENCE is made of the status alone.
    status = tsp.PKIStatusInfo(
        {
            "status": "rejection",
            "status_string": [str(why)],
            "fail_info": {why.failure},
        }
    )
    return bytes(core.SequenceOf([status], spec=tsp.PKIStatusInfo).dump())


def _reply(der: bytes) -> Response:
    return Response(der, mimetype=REPLY_TYPE)


def _sm3_algorithm() -> algos.DigestAlgorithm:
    return algos.DigestAlgorithm({"algorithm": sm2.SM3_OID})
