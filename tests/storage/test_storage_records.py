"""The Records port on both databases: what is put comes back, equal and in order."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from seal_core.domain.documents import PDF, Document, DocumentState
from seal_core.domain.holders import NotFound
from seal_core.domain.identifiers import new_id
from seal_core.domain.pins import PinGuard
from seal_core.domain.records import InboxMessage, Notice
from seal_core.domain.sealing import OrderState, PlaceWish, SealingOrder
from seal_core.domain.seals import Seal, SealState
from seal_core.domain.secrets import IdNumber, Mobile
from storage.columns import PersonalDataKey
from storage.unit_of_work import Database
from tests.support.databases import MORNING, Store
from tests.support.people import ACCOUNT, ID_NUMBER, MOBILE, PERSON


def a_seal(**changes: object) -> Seal:
    seal = Seal(
        id=new_id(),
        application_id="app",
        holder_id="holder",
        holder_name="示例公司",
        collector_id="",
        type="contract",
        name="示例公司合同专用章",
        form="phone",
        width_mm=38.0,
        height_mm=38.5,
        state=SealState.READY,
        code="",
        opinion="第一行\n“引号”",
        applied_at=MORNING,
        reviewed_at=None,
        collected_at=None,
        valid_from=MORNING,
        valid_to=None,
        certificate=b"\x00\xff",
        chain=(b"\x01", b""),
        ses=b"",
        picture=b"",
    )
    return replace(seal, **changes)  # type: ignore[arg-type]


ORDER = SealingOrder(
    id=new_id(),
    seal_id="seal",
    holder_id="holder",
    person_id="person",
    channel="wechat",
    place=PlaceWish("point", 2, 12.5, 0.1, "甲方（盖章）"),
    state=OrderState.OPEN,
    created_at=MORNING,
    expires_at=MORNING + timedelta(minutes=5),
    confirmed_at=None,
    envelope=b"\x00",
)
DOCUMENT = Document(
    id=new_id(),
    owner_id="person",
    name="合同 'x\"; DROP TABLE seals;--.pdf",
    media_type=PDF,
    size=3,
    sm3="00",
    purpose="seal",
    state=DocumentState.ACCEPTED,
    reason="",
    pages=((210.0, 297.0), (297.0, 210.5)),
    signatures=0,
    received_at=MORNING,
)
NOTICE = Notice(new_id(), "公告", "正文", (("附件.pdf", "a.pdf"), ("b", "c")), MORNING)


def test_every_kind_of_value_comes_back_as_it_was(store: Store) -> None:
    """
    Enums, tuples of tuples, tuples of bytes, dataclasses, None, aware times, floats, Chinese.
    """
    seal = a_seal()
    with store.open_work() as work:
        work.seals.put(seal)
        work.orders.put(ORDER)
        work.documents.put(DOCUMENT)
        work.notices.put(NOTICE)
        work.people.put(PERSON)
        work.accounts.put(ACCOUNT)
        work.commit()
    with store.open_work() as work:
        assert work.seals.get(seal.id) == seal
        assert work.orders.get(ORDER.id) == ORDER
        assert work.documents.get(DOCUMENT.id) == DOCUMENT
        assert work.notices.get(NOTICE.id) == NOTICE
        assert work.people.get(PERSON.id) == PERSON
        assert work.accounts.get(ACCOUNT.id) == ACCOUNT


def test_what_is_not_committed_is_forgotten(store: Store) -> None:
    """
    Leaving the block without commit(), with or without an exception, changes nothing.
    """
    with store.open_work() as work:
        work.seals.put(a_seal())

    def fail() -> None:
        with store.open_work() as work:
            work.seals.put(a_seal())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.open_work() as work:
        assert work.seals.count() == 0


def test_put_replaces_the_record_of_the_same_key(store: Store) -> None:
    """
    The place in the order of insertion stays.
    """
    first, second = a_seal(), a_seal()
    with store.open_work() as work:
        work.seals.put(first)
        work.seals.put(second)
        work.seals.put(replace(first, opinion="anders"))
        assert [s.id for s in work.seals.select()] == [second.id, first.id]
        assert work.seals.get(first.id).opinion == "anders"
        work.seals.delete(first.id)
        with pytest.raises(NotFound):
            work.seals.get(first.id)
        with pytest.raises(NotFound):
            work.seals.lock(first.id)


def test_select_takes_values_tuples_and_none(store: Store) -> None:
    """
    A tuple means "one of", also with None among them; an empty tuple matches nothing.
    """
    seals = [
        a_seal(state=SealState.ACTIVE, reviewed_at=MORNING),
        a_seal(state=SealState.READY),
        a_seal(state=SealState.SUSPENDED, reviewed_at=MORNING + timedelta(days=1)),
    ]
    with store.open_work() as work:
        for seal in seals:
            work.seals.put(seal)
        active, ready, suspended = seals
        found = work.seals.select(state=(SealState.ACTIVE, SealState.READY))
        assert found == [ready, active]
        assert work.seals.select(reviewed_at=None) == [ready]
        assert work.seals.select(reviewed_at=(None, MORNING)) == [ready, active]
        assert work.seals.select(state=()) == []
        assert work.seals.find(state=()) is None
        assert work.seals.find(holder_id="holder") == suspended
        assert work.seals.find(holder_id="nobody") is None
        assert work.seals.count(state=(SealState.ACTIVE, SealState.READY)) == 2
        assert work.seals.count(reviewed_at=None) == 1


def test_select_counts_from_the_newest(store: Store) -> None:
    """
    limit and offset page through the records, newest first.
    """
    with store.open_work() as work:
        ids = [a_seal().id for _ in range(5)]
        for seal_id in ids:
            work.seals.put(a_seal(id=seal_id))
        assert [s.id for s in work.seals.select(limit=2)] == ids[:-3:-1]
        assert [s.id for s in work.seals.select(limit=2, offset=4)] == ids[:1]


def test_times_are_kept_in_utc_and_must_have_a_zone(store: Store) -> None:
    """
    A time without a zone would be eight hours wrong on some machine, and nobody would notice.
    """
    beijing = MORNING.astimezone(timezone(timedelta(hours=8)))
    seal = a_seal(applied_at=beijing)
    with store.open_work() as work:
        work.seals.put(seal)
        applied = work.seals.get(seal.id).applied_at
        assert applied == beijing
        assert applied.tzinfo is UTC
        naive = datetime(2026, 5, 4)  # noqa: DTZ001  # the mistake under test
        with pytest.raises(sa.exc.StatementError, match="without a time zone"):
            work.seals.put(a_seal(applied_at=naive))


def test_only_one_record_may_have_what_must_be_unique(store: Store) -> None:
    """
    The database itself refuses the second account of one openid, whoever raced.
    """
    with store.open_work() as work:
        work.accounts.put(ACCOUNT)
        with pytest.raises(sa.exc.IntegrityError):
            work.accounts.put(replace(ACCOUNT, id=new_id()))


def test_a_locked_record_waits_for_its_holder(store: Store) -> None:
    """
    Two works that count up the same record one after the other lose no count.
    """
    with store.open_work() as work:
        work.guards.put(PinGuard("person", b"", 0, None))
        work.commit()

    def count(_: int) -> None:
        with store.open_work() as work:
            guard = work.guards.lock("person")
            work.guards.put(replace(guard, tries=guard.tries + 1))
            work.commit()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count, range(40)))
    with store.open_work() as work:
        assert work.guards.get("person").tries == 40


def test_works_that_stand_alone_pass_one_by_one(store: Store) -> None:
    """
    alone() keeps two works from both finding nothing and both making the first record.
    """

    def make(_: int) -> None:
        with store.open_work() as work:
            work.alone("account openid-1")
            if work.accounts.find(subject=ACCOUNT.subject) is None:
                work.accounts.put(replace(ACCOUNT, id=new_id()))
                work.commit()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(make, range(24)))
    with store.open_work() as work:
        assert work.accounts.count() == 1


def test_different_names_do_not_wait_for_each_other_on_postgres(store: Store) -> None:
    """
    alone() is about one name; SQLite has one writer anyhow.
    """
    if store.database.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer at a time")

    def pass_by() -> None:
        with store.open_work() as other:
            other.alone("b")
            other.commit()

    with store.open_work() as one, ThreadPoolExecutor(1) as threads:
        one.alone("a")
        threads.submit(pass_by).result(timeout=20)


def test_a_work_inside_a_work_is_refused_at_once(store: Store) -> None:
    """
    It would wait for itself; afterwards the thread may open works again.
    """
    with store.open_work(), pytest.raises(RuntimeError, match="inside"):
        store.open_work().__enter__()
    with store.open_work() as work:
        work.commit()


def test_a_push_is_accepted_once(store: Store) -> None:
    """
    Of fifty equal pushes at once exactly one is new (faults F02).
    """
    start = threading.Barrier(10)

    def push(number: int) -> bool:
        message = InboxMessage(new_id(), "account", str(number), MORNING, None, "")
        if number < 10:
            start.wait(timeout=20)
        with store.open_work() as work:
            fresh = work.inbox.accept(message, "wechat:1")
            work.commit()
        return fresh

    with ThreadPoolExecutor(10) as threads:
        accepted = list(threads.map(push, range(50)))
    assert accepted.count(True) == 1
    with store.open_work() as work:
        assert work.inbox.count() == 1


def test_the_inbox_gives_what_waits_oldest_first_and_repeats_answers(store: Store) -> None:
    """
    Per account, unhandled only; the answer to a push is found again by its key.
    """
    messages = [InboxMessage(new_id(), "account", str(n), MORNING, None, "") for n in range(3)]
    with store.open_work() as work:
        for number, message in enumerate(messages):
            work.inbox.accept(message, f"key-{number}")
        work.inbox.accept(InboxMessage(new_id(), "other", "", MORNING, None, ""), "key-9")
        work.inbox.put(replace(messages[1], handled_at=MORNING, answer="好"))
        assert work.inbox.waiting("account") == [messages[0], messages[2]]
        assert work.inbox.answer_to("key-1") == "好"
        assert work.inbox.answer_to("key-0") == ""
        assert work.inbox.answer_to("unknown") == ""


def test_personal_data_is_nowhere_in_the_file_in_clear(store: Store) -> None:
    """
    ID number and mobile are searched in every byte of the database; and a ciphertext moved to
    another database with another key does not open.
    """
    with store.open_work() as work:
        work.people.put(PERSON)
        work.commit()
    engine = store.database.engine
    with engine.connect() as connection:
        row = connection.execute(sa.text("SELECT id_number, mobile FROM people")).one()
    kept = b"".join(bytes(value) for value in row)
    if engine.dialect.name == "sqlite":
        assert engine.url.database is not None
        with open(engine.url.database, "rb") as file, open(f"{file.name}-wal", "rb") as wal:
            kept += file.read() + wal.read()
    assert PERSON.subject.encode() in kept or engine.dialect.name != "sqlite"
    for canary in (ID_NUMBER, MOBILE, ID_NUMBER[6:14]):
        assert canary.encode() not in kept


def test_the_key_for_personal_data_has_sixteen_bytes() -> None:
    """
    A wrong key is found at start-up, not with the first person.
    """
    with pytest.raises(ValueError, match="length"):
        PersonalDataKey.use(b"short")


def test_values_that_hide_themselves_do_not_show_in_errors(store: Store) -> None:
    """
    What SQLAlchemy prints about a failing statement holds masked values only.
    """
    with store.open_work() as work:
        work.people.put(PERSON)
        twin = replace(PERSON, id=new_id(), id_number=IdNumber(ID_NUMBER), mobile=Mobile(MOBILE))
        with pytest.raises(sa.exc.IntegrityError) as refusal:
            work.people.put(twin)
    assert ID_NUMBER not in str(refusal.value)
    assert MOBILE not in str(refusal.value)


def test_a_database_that_answers_pings(store: Store) -> None:
    """
    Readiness asks the database itself; one that is not there raises.
    """
    store.database.ping()
    absent = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    away = Database(absent, store.clock, bytes(16), lambda serials: None)
    PersonalDataKey.use(bytes(range(16)))
    with pytest.raises(sa.exc.OperationalError):
        away.ping()
    away.engine.dispose()
