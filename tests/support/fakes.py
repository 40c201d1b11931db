"""Small honest stand-ins for the world outside the core; they keep the ports' promises."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.ca import CertificateAuthority
from sandbox.certificates import read_request
from seal_core.domain.holders import Person
from seal_core.domain.keys import Proof, ProofRefused
from seal_core.ports import Clock, DocumentStore, KeyKeeper, RegistryEntry, Signer
from tests.support.people import OWNER, USCC
from verify.trust import TrustStore
from verify.verifier import verify


class FakeAuthority:
    """See ports.CertificateAuthority: the sandbox's authority without the HTTP."""

    def __init__(self, authority: CertificateAuthority) -> None:
        self.authority = authority
        self.trouble: Exception | None = None

    def certify(self, request: bytes) -> tuple[bytes, tuple[bytes, ...]]:
        if self.trouble is not None:
            raise self.trouble
        certificate = self.authority.issue("seal", read_request(request))
        return certificate.dump(), self.authority.chain


@dataclass
class FakeRegistry:
    """See ports.EnterpriseRegistry: knows one enterprise."""

    entry: RegistryEntry | None = field(
        default_factory=lambda: RegistryEntry(
            USCC, OWNER.organisation_name, OWNER.legal_representative, OWNER.region, True
        )
    )

    def look_up(self, uscc: str) -> RegistryEntry | None:
        return self.entry if self.entry and self.entry.uscc == uscc else None


class FakeCodes:
    """See ports.PickupCodes."""

    def qr_content(self, channel: str, scene: str, seconds: int) -> str:
        return f"https://{channel}.example/{scene}?{seconds}"


class FakeWillingness:
    """See ports.WillingnessCheck: gives a proof for the digest that was shown, once agreed."""

    def __init__(self) -> None:
        self.sessions: dict[str, tuple[str, str]] = {}

    def begin(self, person: Person, purpose: str, digest: str, return_url: str) -> tuple[str, str]:
        session = f"session-{len(self.sessions) + 1}"
        self.sessions[session] = (person.id, digest)
        return session, f"https://face.example/{purpose}?back={return_url}"

    def result(self, person: Person, digest: str, session_id: str) -> Proof:
        if self.sessions.get(session_id) != (person.id, digest):
            raise ProofRefused(session_id)
        return Proof(person.id, digest, session_id)

    def agree(self, person: Person, digest: str) -> Proof:
        """The person looks into the camera and agrees."""
        session, _ = self.begin(person, "", digest, "")
        return self.result(person, digest, session)


class RealJudge:
    """See ports.Judge: the verifier itself, trusting the sandbox's root."""

    def __init__(self, authority: CertificateAuthority, clock: Clock) -> None:
        self._authority = authority
        self._clock = clock
        self.forced = ""

    def verdict(self, document: bytes, name: str) -> str:
        authority = self._authority
        trust = TrustStore.from_certificates(
            [authority.root.dump()],
            [authority.issuing.dump()],
            [authority.crl(), authority.root_crl()],
        )
        return self.forced or verify(document, name, at=self._clock(), trust=trust).verdict.value


class Killed(BaseException):
    """kill -9: nothing catches it and nothing is tidied up."""


@dataclass
class FragileStore:
    """A document store during whose work the process may die."""

    inner: DocumentStore
    dies: str = ""

    def put(self, document_id: str, data: bytes) -> None:
        self._die("before write")
        self.inner.put(document_id, data)
        self._die("after write")

    def get(self, document_id: str) -> bytes:
        return self.inner.get(document_id)

    def _die(self, point: str) -> None:
        if self.dies == point:
            self.dies = ""
            raise Killed(point)


class WatchedKeeper:
    """The real keeper; counts how often a seal's key is opened, and may die beside it."""

    def __init__(self, inner: KeyKeeper) -> None:
        self._inner = inner
        self.opened = 0
        self.checked = 0
        self.dies = ""

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def matches(self, verifier: bytes, pin: object) -> bool:
        self.checked += 1
        return self._inner.matches(verifier, pin)  # type: ignore[arg-type]

    def open_envelope(
        self, envelope: bytes, order_id: str, certificate: bytes, chain: tuple[bytes, ...]
    ) -> Signer:
        if self.dies == "before key use":
            self.dies = ""
            raise Killed(self.dies)
        self.opened += 1
        return self._inner.open_envelope(envelope, order_id, certificate, chain)
