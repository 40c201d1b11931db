"""Proving oneself on the PC: the PIN, encrypted in the browser, or 意愿认证."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, request, session
from werkzeug.wrappers import Response

from portal.context import Pages
from seal_core.domain.holders import Actor
from seal_core.domain.keys import Proof, ProofRefused
from seal_core.domain.provinces import Authorisation
from seal_core.domain.secrets import Pin
from seal_core.ports import WillingnessCheck

ASKED = "proof_asked"


@dataclass(frozen=True, slots=True)
class ProofDesk:
    """To `_macros.html` the same as a one-time link. *nonce* is what is confirmed, once."""

    pages: Pages
    actor: Actor
    nonce: str

    @property
    def by_pin(self) -> bool:
        return self.pages.province.authorisation is Authorisation.PIN

    @property
    def pin_key(self) -> str:
        return self.pages.pin_opener.public_key

    def pin(self, field: str = "cipher") -> Pin:
        """What the page encrypted for exactly this. Raises DecryptionFailed."""
        return self.pages.pin_opener.open(request.form.get(field, ""), self.nonce)

    def ask_for_proof(self, purpose: str, digest: str, back: str) -> Response:
        """Send the person to the identity source to agree to *digest*, then to *back*."""
        url_back = f"{self.pages.base_url}{back}"
        session_id, url = self._willingness.begin(self.actor.person, purpose, digest, url_back)
        session[ASKED] = {"id": session_id, "digest": digest}
        return redirect(url, 303)

    def proof(self, digest: str) -> Proof:
        """The proof for exactly *digest* that this browser asked for. Raises ProofRefused."""
        asked = session.pop(ASKED, None)
        if asked is None or asked["digest"] != digest:
            raise ProofRefused("agreed to something else")
        return self._willingness.result(self.actor.person, digest, asked["id"])

    @property
    def _willingness(self) -> WillingnessCheck:
        if self.pages.willingness is None:
            raise ProofRefused("no identity source")
        return self.pages.willingness
