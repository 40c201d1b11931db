"""The lives of seals, pickups, links and orders: which arrow exists, and which does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from seal_core.domain.pins import TRIES, PinGuard, PinLocked
from seal_core.domain.records import AuditRecord
from seal_core.domain.sealing import OrderExpired, OrderNotOpen, OrderState, PlaceWish, SealingOrder
from seal_core.domain.seals import (
    ARROWS,
    ENDED,
    RenewalTooEarly,
    Seal,
    SealEvent,
    SealNotUsable,
    SealState,
    WrongSealState,
)
from seal_core.domain.secrets import IdNumber, Mobile, Pin
from seal_core.domain.tickets import (
    LinkPurpose,
    OneTimeLink,
    Pickup,
    PickupState,
    TicketExpired,
    TicketForwarded,
    TicketUnknown,
    TicketUsed,
)

NOW = datetime(2026, 5, 4, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
SEAL = Seal(
    *("id", "application", "holder", "示例公司", "", "contract", "合同专用章", "phone"),
    *(38.0, 38.0, SealState.ACTIVE, "", "", NOW, None, None),
    *(NOW, NOW + timedelta(days=1), b"", (), b"", b""),
)
PICKUP = Pickup("id", "scene", "url", "holder", "owner", ("s",), PickupState.WAITING, NOW, LATER)
LINK = OneTimeLink("id", "hash", LinkPurpose.COLLECT, "p", "a", {}, "nonce", LATER, None)
ORDER = SealingOrder(
    *("id", "seal", "holder", "person", "wechat", PlaceWish("corner"), OrderState.OPEN),
    *(NOW, LATER, None, b""),
)


def test_states_are_stored_and_never_renamed() -> None:
    """
    A renamed value would strand every record in databases that exist.
    """
    assert {state.value for state in SealState} == {
        *("pending_review", "rejected", "withdrawn", "ready", "issuing", "active", "suspended"),
        *("expired", "frozen", "cancelled", "void", "renewed"),
    }


@pytest.mark.parametrize("event", SealEvent)
@pytest.mark.parametrize("state", SealState)
def test_every_arrow_is_drawn_or_refused(state: SealState, event: SealEvent) -> None:
    """
    What the table does not name cannot happen; the refusal names state and event.
    """
    seal = replace(SEAL, state=state)
    if state in ARROWS[event]:
        assert seal.after(event).state is ARROWS[event][state]
        return
    with pytest.raises(WrongSealState) as refusal:
        seal.after(event)
    assert (refusal.value.state, refusal.value.event) == (state, event)


def test_the_end_is_the_end() -> None:
    """
    No arrow leads out of 注销, 作废, 已续期, 审核不通过 and 撤回.
    """
    ends = {*ENDED, SealState.REJECTED, SealState.WITHDRAWN}
    assert not any(ends & arrows.keys() for arrows in ARROWS.values())


def test_only_a_valid_seal_inside_its_time_is_usable() -> None:
    """
    First and last moment included.
    """
    assert SEAL.valid_to is not None
    assert SEAL.is_usable(NOW)
    assert SEAL.is_usable(SEAL.valid_to)
    for seal, at in (
        (SEAL, NOW - timedelta(seconds=1)),
        (SEAL, SEAL.valid_to + timedelta(microseconds=1)),
        (replace(SEAL, valid_to=None), NOW),
        *((replace(SEAL, state=state), NOW) for state in SealState if state is not SEAL.state),
    ):
        with pytest.raises(SealNotUsable):
            seal.must_be_usable(at)
        assert not seal.is_usable(at)


def test_renewal_opens_before_the_end_and_stays_open() -> None:
    """
    To the moment; an end that nobody noted yet is as good as a noted one.
    """
    week, end = timedelta(days=7), SEAL.valid_to
    assert end is not None
    with pytest.raises(RenewalTooEarly) as refusal:
        SEAL.must_be_renewable(end - week - timedelta(seconds=1), week)
    assert refusal.value.opens == end - week
    for seal, at in (
        (SEAL, end - week),
        (SEAL, end + timedelta(days=900)),
        (replace(SEAL, state=SealState.EXPIRED), end),
        (replace(SEAL, state=SealState.SUSPENDED), end),
    ):
        assert seal.is_renewable(at, week)
    for state in set(SealState) - {SealState.ACTIVE, SealState.SUSPENDED, SealState.EXPIRED}:
        assert not replace(SEAL, state=state).is_renewable(end, week)


def test_a_guard_counts_to_its_lock() -> None:
    """
    The fifth try is still a try; there is no sixth.
    """
    guard = PinGuard("p", b"", 0, None)
    for left in range(TRIES - 1, -1, -1):
        guard = guard.counting(NOW)
        assert guard.attempts_left == left
    with pytest.raises(PinLocked):
        guard.counting(NOW)
    assert guard.opened() == PinGuard("p", b"", 0, None)


def test_a_pickup_is_its_owner_s() -> None:
    """
    Scanned again and again, confirmed once; a stranger's scan is told from a late one.
    """
    scanned = PICKUP.scanned_by("owner", NOW)
    assert scanned.scanned_by("owner", NOW) is scanned
    assert scanned.confirmed_by("owner", NOW).state is PickupState.CONFIRMED
    refusals = [
        (PICKUP, "stranger", NOW, TicketForwarded),
        (PICKUP, "owner", LATER, TicketExpired),
        (replace(PICKUP, state=PickupState.CANCELLED), "owner", NOW, TicketUnknown),
        (replace(PICKUP, state=PickupState.CONFIRMED), "owner", NOW, TicketUsed),
        (replace(PICKUP, state=PickupState.DONE), "owner", LATER, TicketUsed),
    ]
    for pickup, person, at, refusal in refusals:
        with pytest.raises(refusal):
            pickup.scanned_by(person, at)
        with pytest.raises(refusal):
            pickup.confirmed_by(person, at)


def test_a_link_is_used_once_unless_it_only_shows() -> None:
    """
    A VIEW link may be opened until it expires.
    """
    used = LINK.used(NOW)
    with pytest.raises(TicketUsed):
        used.used(NOW)
    with pytest.raises(TicketExpired):
        LINK.used(LATER)
    view = replace(LINK, purpose=LinkPurpose.VIEW)
    assert view.used(NOW).used(NOW) == view


def test_an_order_is_confirmed_once_and_in_time() -> None:
    """
    The envelope comes with the confirmation.
    """
    confirmed = ORDER.confirmed(b"envelope", NOW)
    assert (confirmed.state, confirmed.envelope) == (OrderState.CONFIRMED, b"envelope")
    with pytest.raises(OrderNotOpen):
        confirmed.confirmed(b"", NOW)
    with pytest.raises(OrderExpired):
        ORDER.confirmed(b"", LATER)


def test_an_audit_digest_does_not_hang_on_the_zone() -> None:
    """
    The same moment told in Beijing time is the same record; everything else is not.
    """
    record = AuditRecord("i", "h", 1, NOW, "e", "s", "a", "c", {"k": "值"}, bytes(32), b"")
    digest = record.expected_digest()
    beijing = NOW.astimezone(timezone(timedelta(hours=8)))
    assert replace(record, at=beijing).expected_digest() == digest
    changes: list[dict[str, object]] = [
        {"holder_id": "x"},
        {"sequence": 2},
        {"at": LATER},
        {"event": "x"},
        {"subject_id": "x"},
        {"actor_id": "x"},
        {"channel": "x"},
        {"detail": {}},
        {"previous": b"x"},
    ]
    for change in changes:
        assert replace(record, **change).expected_digest() != digest  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("secret", "canary"),
    [
        (Pin("739154"), "739154"),
        (IdNumber("11010519491231002X"), "19491231"),
        (Mobile("13900001234"), "0000"),
        (IdNumber("1234"), "1234"),
        (Mobile("1234567"), "1234567"),
    ],
)
def test_secrets_hide_themselves(secret: object, canary: str) -> None:
    """
    Whatever prints them: repr, str, format, a dataclass or a list around them.
    """
    for text in (repr(secret), str(secret), f"{secret}", repr([secret])):
        assert canary not in text
