"""One visit of a one-time link: who came, for what, and how he proves himself."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from portal.context import Pages
from seal_core.domain.holders import Actor
from seal_core.domain.keys import Proof, ProofRefused
from seal_core.domain.provinces import Authorisation
from seal_core.domain.secrets import Pin
from seal_core.domain.tickets import OneTimeLink, TicketForwarded
from seal_core.ports import WillingnessCheck

SESSION, DIGEST = "proof_session", "proof_digest"


@dataclass(frozen=True, slots=True)
class Visit:
    """A link that is open, and the services behind the page."""

    pages: Pages
    token: str
    link: OneTimeLink

    @property
    def actor(self) -> Actor:
        """The person the link was made for. Raises TicketForwarded if the chat is another's now."""
        with self.pages.open_work() as work:
            account = work.accounts.get(self.link.account_id)
        if account.person_id != self.link.person_id:
            raise TicketForwarded(self.link.id)
        return self.pages.sign_in.actor_of(account)

    @property
    def by_pin(self) -> bool:
        return self.pages.province.authorisation is Authorisation.PIN

    @property
    def pin_key(self) -> str:
        """The SM2 point the browser encrypts the PIN to."""
        return self.pages.pin_opener.public_key

    @property
    def nonce(self) -> str:
        """What an encrypted PIN is bound to."""
        return self.link.nonce

    def pin(self, field: str = "cipher") -> Pin:
        """What the page encrypted, bound to this link. Raises DecryptionFailed."""
        return self.pages.pin_opener.open(request.form.get(field, ""), self.link.nonce)

    def spend(self) -> None:
        """The link has done its work."""
        self.pages.links.spend(self.token)

    @property
    def _willingness(self) -> WillingnessCheck:
        if self.pages.willingness is None:
            raise ProofRefused("no identity source")
        return self.pages.willingness

    def ask_for_proof(self, purpose: str, digest: str) -> Response:
        """Send the person to the identity source to agree to *digest*."""
        back = f"{self.pages.base_url}{url_for('h5.proved', token=self.token)}"
        session_id, url = self._willingness.begin(self.actor.person, purpose, digest, back)
        self.pages.links.remember(self.token, **{SESSION: session_id, DIGEST: digest})
        return redirect(url, 303)

    def proof(self, digest: str) -> Proof:
        """The proof the person came back with, for exactly *digest*. Raises ProofRefused."""
        if self.link.data.get(DIGEST) != digest:
            raise ProofRefused("agreed to something else")
        return self._willingness.result(self.actor.person, digest, self.link.data.get(SESSION, ""))

    def to_itself(self) -> Response:
        return redirect(url_for("h5.show", token=self.token), 303)

    def to_progress(self) -> Response:
        return redirect(url_for("h5.progress", token=self.token), 303)
