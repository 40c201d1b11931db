"""Who is speaking: accounts, identities, actors."""

from __future__ import annotations

from dataclasses import replace

from seal_core.domain.applications import ApplicationIncomplete
from seal_core.domain.holders import (
    Account,
    Actor,
    Identity,
    Membership,
    NotAllowed,
    NotSignedIn,
    Organisation,
    Person,
    Role,
)
from seal_core.domain.identifiers import new_id
from seal_core.domain.numbers import is_mobile
from seal_core.domain.records import News
from seal_core.domain.secrets import Mobile
from seal_core.ports import Clock, OpenWork, Work
from seal_core.services.members import step_down, succeed
from seal_core.services.telling import SYSTEM, note, tell


class SignInService:
    """Binds accounts to people the province's sign-in vouches for."""

    def __init__(self, open_work: OpenWork, clock: Clock) -> None:
        self._open_work = open_work
        self._now = clock

    def account(self, channel: str, app: str, subject: str) -> Account:
        """The account of this openid, made on first sight."""
        with self._open_work() as work:
            found = work.accounts.find(channel=channel, app=app, subject=subject)
        if found is not None:
            return found
        with self._open_work() as work:
            work.alone(f"account {channel} {app} {subject}")
            found = work.accounts.find(channel=channel, app=app, subject=subject)
            if found is not None:
                return found  # two messages of a new follower raced; the other one was first
            account = Account(
                id=new_id(),
                channel=channel,
                app=app,
                subject=subject,
                person_id="",
                organisation_id="",
                bound_at=None,
                reachable=True,
            )
            work.accounts.put(account)
            work.commit()
        return account

    def set_reachable(self, account: Account, reachable: bool) -> None:
        """The person followed us or went away; his records stay."""
        with self._open_work() as work:
            work.accounts.put(replace(work.accounts.lock(account.id), reachable=reachable))
            work.commit()

    def bind(self, account_id: str, identity: Identity, **onward: str) -> Actor:
        """Bind the account to the identified person and tell him in the chat.

        *onward* is what he was about to do (``scene`` of a QR code or ``wish``).
        """
        with self._open_work() as work:
            work.alone("identities")
            account = work.accounts.lock(account_id)
            person, organisation, role = self._remember(work, identity)
            work.accounts.put(
                replace(
                    account,
                    person_id=person.id,
                    organisation_id=organisation.id if organisation else "",
                    bound_at=self._now(),
                )
            )
            actor = Actor(person, organisation, role, account.channel)
            self._unlock(work, actor)
            note(work, actor, "account:bind", account.id, self._now())
            tell(work, person.id, News.SIGNED_IN, self._now(), holder=actor.holder_name, **onward)
            work.commit()
        return actor

    def identities(self, person_id: str) -> list[Actor]:
        """For whom the person can act: himself first, then each enterprise he has a part in."""
        with self._open_work() as work:
            person = work.people.get(person_id)
            parts = work.memberships.select(person_id=person_id)
            return [
                Actor(person, None, None, SYSTEM),
                *(
                    Actor(person, work.organisations.get(p.organisation_id), p.role, SYSTEM)
                    for p in reversed(parts)
                ),
            ]

    def switch(self, account_id: str, organisation_id: str) -> Actor:
        """切换企业 in the chat; empty means 本人. Raises NotAllowed without a part in it."""
        with self._open_work() as work:
            account = work.accounts.lock(account_id)
            actor = self._part(work, account.person_id, organisation_id, account.channel)
            work.accounts.put(replace(account, organisation_id=organisation_id))
            note(work, actor, "account:switch", account.id, self._now())
            work.commit()
        return actor

    def switch_on_page(self, actor: Actor, organisation_id: str, channel: str) -> Actor:
        """切换企业 on a page. Raises as `switch`."""
        with self._open_work() as work:
            switched = self._part(work, actor.person.id, organisation_id, channel)
            note(work, switched, "account:switch", actor.person.id, self._now())
            work.commit()
        return switched

    def _part(self, work: Work, person_id: str, organisation_id: str, channel: str) -> Actor:
        person = work.people.get(person_id)
        if not organisation_id:
            return Actor(person, None, None, channel)
        part = work.memberships.find(person_id=person_id, organisation_id=organisation_id)
        if part is None:
            raise NotAllowed("no part in this enterprise")
        return Actor(person, work.organisations.get(organisation_id), part.role, channel)

    def _unlock(self, work: Work, actor: Actor) -> None:
        """Identity was proved anew: a PIN locked by wrong tries may be tried again."""
        if work.guards.find(person_id=actor.person.id) is None:
            return
        guard = work.guards.lock(actor.person.id)
        if guard.locked_at is not None:
            work.guards.put(guard.opened())
            note(work, actor, "pin:unlock", actor.person.id, self._now())

    def set_mobile(self, actor: Actor, number: str) -> Mobile:
        """The number his platform vouches for becomes his. Raises ApplicationIncomplete."""
        if not is_mobile(number):
            raise ApplicationIncomplete("handler_mobile")
        with self._open_work() as work:
            person = work.people.lock(actor.person.id)
            work.people.put(replace(person, mobile=Mobile(number)))
            note(work, actor, "account:mobile", actor.person.id, self._now())
            work.commit()
        return Mobile(number)

    def unbind(self, account_id: str) -> None:
        """退出登录 in the chat."""
        with self._open_work() as work:
            account = work.accounts.lock(account_id)
            work.accounts.put(replace(account, person_id="", organisation_id="", bound_at=None))
            work.commit()

    def enter(self, identity: Identity, channel: str) -> Actor:
        """Sign in on a page, without an account of a platform."""
        with self._open_work() as work:
            work.alone("identities")
            person, organisation, role = self._remember(work, identity)
            actor = Actor(person, organisation, role, channel)
            note(work, actor, "page:sign_in", person.id, self._now())
            work.commit()
        return actor

    def actor_of(self, account: Account) -> Actor:
        """Who the account speaks for. Raises NotSignedIn."""
        if not account.person_id:
            raise NotSignedIn(account.id)
        return self.actor(account.person_id, account.organisation_id, account.channel)

    def actor(self, person_id: str, organisation_id: str, channel: str) -> Actor:
        """The person in his present role. Raises NotSignedIn if he has none there any more."""
        with self._open_work() as work:
            person = work.people.get(person_id)
            if not organisation_id:
                return Actor(person, None, None, channel)
            member = work.memberships.find(person_id=person_id, organisation_id=organisation_id)
            if member is None:
                raise NotSignedIn(person_id)
            return Actor(person, work.organisations.get(organisation_id), member.role, channel)

    def _remember(
        self, work: Work, identity: Identity
    ) -> tuple[Person, Organisation | None, Role | None]:
        person = self._person(work, identity)
        if not identity.uscc:
            return person, None, None
        organisation = self._organisation(work, identity)
        member = work.memberships.find(person_id=person.id, organisation_id=organisation.id)
        if identity.role is Role.LEGAL_REPRESENTATIVE:
            succeed(work, organisation, person, self._now())
            role = Role.LEGAL_REPRESENTATIVE
        else:
            role = self._role_kept(work, member)
        key = member.id if member else new_id()
        work.memberships.put(Membership(key, person.id, organisation.id, role))
        return person, organisation, role

    def _role_kept(self, work: Work, member: Membership | None) -> Role:
        """What an agent is here: the role he was given, which the province does not know.

        The province alone makes a 法定代表人; whoever comes back as less has stepped down.
        """
        if member is None:
            return Role.MEMBER
        if member.role is Role.LEGAL_REPRESENTATIVE:
            step_down(work, member, Role.MEMBER, self._now())
            return Role.MEMBER
        return member.role

    def _person(self, work: Work, identity: Identity) -> Person:
        known = work.people.find(subject=identity.subject)
        person = Person(
            id=known.id if known else new_id(),
            subject=identity.subject,
            name=identity.name,
            id_number=identity.id_number,
            mobile=identity.mobile,
        )
        work.people.put(person)
        return person

    def _organisation(self, work: Work, identity: Identity) -> Organisation:
        known = work.organisations.find(uscc=identity.uscc)
        organisation = Organisation(
            id=known.id if known else new_id(),
            uscc=identity.uscc,
            name=identity.organisation_name,
            region=identity.region,
            legal_representative=identity.legal_representative,
        )
        work.organisations.put(organisation)
        return organisation
