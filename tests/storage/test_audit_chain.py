"""The audit log: one chain a holder, and a checker that names the first bad record."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from seal_core.domain.records import Happening
from storage.audit_check import BadRecord, Fault, Head, check, heads
from tests.support.databases import MORNING, Store


def happening(holder: str, number: int) -> Happening:
    return Happening(holder, "seal:use", f"subject-{number}", "actor", "wechat", {"n": str(number)})


def write(store: Store, holder: str, count: int) -> None:
    for number in range(count):
        store.clock.advance(seconds=1)
        with store.open_work() as work:
            work.audit.append(happening(holder, number), store.clock())
            work.commit()


@pytest.fixture
def engine(store: Store) -> sa.Engine:
    """The engine of a log with two chains of five."""
    write(store, "甲公司", 5)
    write(store, "乙公司", 5)
    return store.database.engine


def test_a_chain_counts_from_one_and_hangs_together(store: Store) -> None:
    """
    Several records of one work follow each other as well.
    """
    with store.open_work() as work:
        for number in range(3):
            work.audit.append(happening("h", number), store.clock())
        work.audit.append(happening("other", 0), store.clock())
        work.commit()
    with store.open_work() as work:
        chain = work.audit.of("h")
    assert [record.sequence for record in chain] == [3, 2, 1]
    assert [record.detail["n"] for record in chain] == ["2", "1", "0"]
    assert chain[0].previous == chain[1].digest
    assert chain[2].previous == bytes(32)
    assert check(store.database.engine) is None


def test_what_is_not_committed_is_not_in_the_log(store: Store) -> None:
    """
    The record and what it tells of stand or fall together (faults F24).
    """
    with store.open_work() as work:
        work.audit.append(happening("h", 0), store.clock())
    with store.open_work() as work:
        assert work.audit.of("h") == []


def test_many_at_once_make_one_chain(store: Store) -> None:
    """
    Works that write to the same two chains in opposite order neither fork a chain nor
    wait for each other in a ring.
    """

    def append(number: int) -> None:
        holders = ["a", "b"] if number % 2 else ["b", "a"]
        with store.open_work() as work:
            for holder in holders:
                work.audit.append(happening(holder, number), store.clock())
            work.commit()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(append, range(40)))
    assert check(store.database.engine) is None
    assert {h.sequence for h in heads(store.database.engine).values()} == {40}


def test_a_clock_set_back_does_not_turn_the_chain_back(store: Store) -> None:
    """
    The later record never bears the earlier time (faults F26).
    """
    write(store, "h", 1)
    store.clock.advance(hours=-1)
    write(store, "h", 1)
    with store.open_work() as work:
        second, first = work.audit.of("h")
    assert second.at == first.at == MORNING + timedelta(seconds=1)
    assert check(store.database.engine) is None


def test_a_whole_log_is_whole(engine: sa.Engine) -> None:
    """
    Also when its heads were noted before it grew.
    """
    assert check(engine) is None
    assert check(engine, heads(engine)) is None


TAMPERING = [
    ("detail = '{\"n\":\"9\"}' WHERE subject_id = 'subject-2'", 3, Fault.CHANGED),
    ("detail = 'no JSON' WHERE subject_id = 'subject-2'", 3, Fault.CHANGED),
    ("at = 'yesterday' WHERE subject_id = 'subject-0'", 1, Fault.CHANGED),
    ("actor_id = 'somebody else' WHERE subject_id = 'subject-4'", 5, Fault.CHANGED),
    ("holder_id = '丙' WHERE subject_id = 'subject-3'", 4, Fault.MISSING),
    ("sequence = 17 WHERE subject_id = 'subject-4'", 17, Fault.MISSING),
]


@pytest.mark.parametrize(("change", "sequence", "fault"), TAMPERING)
def test_an_edited_record_is_found(
    engine: sa.Engine, change: str, sequence: int, fault: Fault
) -> None:
    """
    The checker names the record, not only that something is wrong (faults F56).
    """
    with engine.begin() as connection:
        statement = f"UPDATE audit_records SET {change} AND holder_id = '甲公司'"
        assert connection.execute(sa.text(statement)).rowcount == 1
    bad = check(engine)
    assert bad is not None
    assert (bad.sequence, bad.fault) == (sequence, fault)


def test_a_deleted_record_is_missed(engine: sa.Engine) -> None:
    """
    The record after the gap is named.
    """
    with engine.begin() as connection:
        connection.execute(
            sa.text("DELETE FROM audit_records WHERE sequence = 2 AND holder_id = '乙公司'")
        )
    bad = check(engine)
    assert bad is not None
    assert (bad.holder_id, bad.sequence, bad.fault) == ("乙公司", 3, Fault.MISSING)


def test_two_swapped_records_are_found(engine: sa.Engine) -> None:
    """
    Two records that exchange their numbers no longer follow what they were written after.
    """
    with engine.begin() as connection:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            swap = "UPDATE audit_records SET sequence = :new WHERE sequence = :old"
            connection.execute(
                sa.text(f"{swap} AND holder_id = '甲公司'"), {"old": old, "new": new}
            )
    bad = check(engine)
    assert bad is not None
    assert (bad.sequence, bad.fault) == (2, Fault.BROKEN_LINK)


def test_a_cut_tail_shows_against_a_head_noted_before(engine: sa.Engine) -> None:
    """
    A chain that lost its end is whole in itself; only a head kept elsewhere betrays it.
    """
    known = heads(engine)
    with engine.begin() as connection:
        connection.execute(
            sa.text("DELETE FROM audit_records WHERE sequence > 3 AND holder_id = '甲公司'")
        )
    assert check(engine) is None
    assert check(engine, known) == BadRecord("甲公司", 5, "", Fault.CUT_OFF)


def test_a_chain_written_anew_shows_against_a_head_noted_before(
    store: Store, engine: sa.Engine
) -> None:
    """
    Whoever owns the database can forge a sound chain, but not the one that was noted.
    """
    known = heads(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM audit_records WHERE holder_id = '乙公司'"))
    write(store, "乙公司", 6)
    assert check(engine) is None
    bad = check(engine, known)
    assert bad is not None
    assert (bad.holder_id, bad.sequence, bad.fault) == ("乙公司", 5, Fault.REWRITTEN)
    assert check(engine, {"甲公司": known["甲公司"]}) is None
    assert check(engine, {"nobody": Head(1, b"")}) is not None


def test_the_check_reads_in_pages(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Chains that cross a page's edge are still one chain.
    """
    write(store, "a", 4)
    write(store, "b", 5)
    monkeypatch.setattr("storage.audit_check._BATCH", 3)
    assert check(store.database.engine) is None
    with store.database.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM audit_records WHERE sequence = 4"))
    bad = check(store.database.engine)
    assert bad is not None
    assert (bad.holder_id, bad.sequence) == ("b", 5)
