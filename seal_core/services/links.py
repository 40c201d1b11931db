"""One-time links: how a chat leads to a page without carrying a secret twice."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from seal_core.domain.identifiers import new_id, new_token
from seal_core.domain.tickets import LinkPurpose, OneTimeLink, TicketUnknown
from seal_core.ports import Clock, OpenWork, Work

MINUTES = {
    LinkPurpose.SIGN_IN: 10,
    LinkPurpose.APPLY: 60,
    LinkPurpose.PERSONAL: 30,
    LinkPurpose.UPLOAD: 30,
    LinkPurpose.COLLECT: 10,
    LinkPurpose.PLACE: 30,
    LinkPurpose.CONFIRM_ORDER: 5,
    LinkPurpose.SEALS: 30,
    LinkPurpose.PIN: 10,
    LinkPurpose.INVITE: 30,
    LinkPurpose.JOIN: 60 * 24,
    LinkPurpose.AGENT: 60 * 24,
    LinkPurpose.GRANT: 30,
    LinkPurpose.FEEDBACK: 60,
    LinkPurpose.VIEW: 60 * 24,
}
"""How long each kind of link stays open."""

PROOF_SECONDS = 60
"""How long a mini-program has to open its web-view."""


class LinkService:
    """Makes links and resolves what people open."""

    def __init__(self, open_work: OpenWork, clock: Clock, base_url: str) -> None:
        self._open_work = open_work
        self._now = clock
        self._base_url = base_url

    def make(self, purpose: LinkPurpose, account_id: str, person_id: str = "", **data: str) -> str:
        """A URL for one person; only the hash of its token is kept."""
        token = new_token()
        link = OneTimeLink(
            id=new_id(),
            token_hash=OneTimeLink.hash_of(token),
            purpose=purpose,
            person_id=person_id,
            account_id=account_id,
            data=data,
            nonce=new_token(),
            expires_at=self._now() + timedelta(minutes=MINUTES[purpose]),
            used_at=None,
        )
        with self._open_work() as work:
            work.links.put(link)
            work.commit()
        return f"{self._base_url}/h5/{token}"

    def renew(self, url: str) -> str:
        """*url* if its link is still good for something, else a new one for the same thing.

        A link that did its work stays as it is: its page says so.
        """
        with self._open_work() as work:
            link = find_link(work, url.rpartition("/")[2])
        if link.used_at is not None or self._now() < link.expires_at:
            return url
        return self.make(link.purpose, link.account_id, link.person_id, **link.data)

    def look(self, token: str) -> OneTimeLink:
        """The open link behind *token*; looking does not use it up.

        Raises TicketUnknown, TicketUsed or TicketExpired.
        """
        with self._open_work() as work:
            link = find_link(work, token)
        link.must_be_open(self._now())
        return link

    def recall(self, token: str) -> OneTimeLink:
        """The link even when it was used or has expired, to show what became of it.

        Raises TicketUnknown.
        """
        with self._open_work() as work:
            return find_link(work, token)

    def spend(self, token: str) -> OneTimeLink:
        """Use the link: of several at once only the first succeeds. Raises as `look`."""
        with self._open_work() as work:
            link = work.links.lock(find_link(work, token).id)
            spent = link.used(self._now())
            work.links.put(spent)
            work.commit()
        return spent

    def prove(self, token: str) -> str:
        """A secret that proves, once and for a minute, that the right messenger opens the link.

        For mini-programs, whose web-view cannot be asked. Raises as `look`.
        """
        proof = new_token()
        until = self._now() + timedelta(seconds=PROOF_SECONDS)
        self.remember(token, proof=OneTimeLink.hash_of(proof), proof_until=until.isoformat())
        return proof

    def redeem(self, token: str, proof: str) -> bool:
        """Whether *proof* is the last one made for the link; it is not good a second time."""
        with self._open_work() as work:
            link = work.links.lock(find_link(work, token).id)
            kept, until = link.data.pop("proof", ""), link.data.pop("proof_until", "")
            if not kept or not hmac.compare_digest(kept, OneTimeLink.hash_of(proof)):
                return False  # a wrong guess does not spend the right one
            work.links.put(link)
            work.commit()
        return self._now() < datetime.fromisoformat(until)

    def remember(self, token: str, **data: str) -> OneTimeLink:
        """Add to what an open link knows (the session of a face check under way)."""
        with self._open_work() as work:
            link = work.links.lock(find_link(work, token).id)
            link.must_be_open(self._now())
            link.data.update(data)
            work.links.put(link)
            work.commit()
        return link


def find_link(work: Work, token: str) -> OneTimeLink:
    """Raises TicketUnknown."""
    link = work.links.find(token_hash=OneTimeLink.hash_of(token))
    if link is None:
        raise TicketUnknown("link")
    return link
