"""Who is looking at a page: the signed session cookie, and nothing else."""

from __future__ import annotations

from flask import session

from portal.context import Pages
from seal_core.domain.holders import Actor, NotSignedIn
from seal_core.domain.identifiers import new_token
from seal_core.domain.records import StaffMember
from seal_core.services.telling import PC

PERSON, ORGANISATION, STAFF, VISITOR = "person", "organisation", "staff", "visitor"
PORTAL_CHANNEL = PC


def let_in(actor: Actor) -> None:
    """Begin a portal session; what was in the cookie before is dropped (session fixation)."""
    session.clear()
    session[PERSON] = actor.person.id
    session[ORGANISATION] = actor.organisation.id if actor.organisation else ""


def let_staff_in(member: StaffMember) -> None:
    session.clear()
    session[STAFF] = member.id


def let_out() -> None:
    session.clear()


def actor(pages: Pages) -> Actor:
    """The signed-in person. Raises NotSignedIn."""
    if PERSON not in session:
        raise NotSignedIn("portal")
    return pages.sign_in.actor(session[PERSON], session[ORGANISATION], PORTAL_CHANNEL)


def staff(pages: Pages) -> StaffMember:
    """The signed-in reviewer. Raises NotSignedIn."""
    member = pages.staff.get(session.get(STAFF, ""))
    if member is None:
        raise NotSignedIn("staff")
    return member


def own_path(wanted: str, default: str) -> str:
    """*wanted* if it is a page below the same audience as *default*: no open redirect."""
    audience = default.split("/")[1]
    plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted and ".." not in wanted
    return wanted if plain and wanted.startswith(f"/{audience}/") else default


def visitor() -> str:
    """A name for somebody who did not sign in, as long as his browser keeps it."""
    if VISITOR not in session:
        session[VISITOR] = f"visitor-{new_token()}"
    return str(session[VISITOR])
