"""Sealing: what was agreed to, once, by the one who agreed, whatever dies on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier, BrokenBarrierError

import pytest

from seal_core.domain.documents import Document, DocumentNotReady
from seal_core.domain.holders import Actor, NotAllowed, NotFound, Role
from seal_core.domain.identifiers import new_id
from seal_core.domain.keys import KeyUnavailable, ProofRefused
from seal_core.domain.pins import PinLocked, WrongPin
from seal_core.domain.records import News
from seal_core.domain.sealing import (
    OrderExpired,
    OrderNotOpen,
    OrderState,
    PlaceWish,
    SealingOrder,
    SealingTask,
    TaskState,
    TooManyDocuments,
)
from seal_core.domain.seals import Seal, SealEvent, SealNotUsable
from seal_core.errors import DocumentRefused
from seal_core.gm import sm3
from seal_core.ports import Work
from seal_core.services.sealing import LEASE, ClockTurnedBack, TaskBusy
from storage.audit_check import check
from tests.support.fakes import Killed
from tests.support.house import CORNER, PIN, WRONG, House
from tests.support.ofd import ofd
from tests.support.pdf import encrypted_pdf, simple_pdf
from tests.support.people import COLLEAGUE
from verify.report import Verdict
from verify.verifier import verify


@pytest.fixture
def seal(house: House, owner: Actor) -> Seal:
    return house.issued(owner)[0]


def confirmed(house: House, owner: Actor, seal: Seal, *documents: Document) -> list[SealingTask]:
    """The queued tasks of an order that the owner confirmed; jobs have not run."""
    order = house.ordered(owner, seal, *documents)
    house.sealing.confirm_with_pin(owner, order.id, PIN)
    return house.sealing.results(order.id, owner.person.id)


def state(house: House, owner: Actor, task: SealingTask) -> SealingTask:
    found = house.sealing.results(task.order_id, owner.person.id)
    return next(each for each in found if each.id == task.id)


def test_a_pdf_and_an_ofd_under_one_order(house: House, owner: Actor, seal: Seal) -> None:
    """
    Both files come back sealed and valid, the order is closed, its envelope wiped, the person
    told once, and 用章详情 lists both uses.
    """
    pdf, package = house.upload(owner), house.upload(owner, ofd(), "合同.ofd")
    order = house.ordered(owner, seal, pdf, package)
    house.sealing.confirm_with_pin(owner, order.id, PIN)
    house.work()

    closed, _, tasks = house.sealing.order(order.id, owner.person.id)
    assert (closed.state, closed.envelope) == (OrderState.DONE, b"")
    assert [task.state for task in tasks] == [TaskState.DONE] * 2
    for task in tasks:
        data = house.documents.data(task.result_id, owner.person.id)
        assert house.judge.verdict(data, task.document_name) == "valid"
        result = house.documents.get(task.result_id)
        assert "（已盖章）." in result.name
        assert (result.size, result.sm3) == (len(data), sm3.digest(data).hex())
        tampered = data.replace(b"Contract", b"Kontract").replace(b"Doc_0", b"Doc_1")
        assert verify(tampered, "x", at=house.clock()).verdict is not Verdict.VALID
    assert house.news(owner).count(News.SEALING_DONE) == 1
    assert {use.id for use in house.sealing.uses(owner, seal.id)} == {task.id for task in tasks}
    events = house.events(owner.holder_id)
    assert events.count("key:sign") == events.count("seal:use") == 2 == house.watched.opened
    assert check(house.store.database.engine) is None


def test_willingness_for_exactly_these_bytes(jiangxi: House) -> None:
    """
    江西: the proof is bound to seal, place and files of the order; another order's does not do.
    """
    owner = jiangxi.signed_in()
    form = replace(jiangxi.form(owner), document_id="")
    proof = jiangxi.willingness.agree(owner.person, "d")
    application = jiangxi.applications.submit_with_proof(owner, form, proof)
    ids = [seal.id for seal in jiangxi.applications.dossier(application.id)[1]]
    agreed = jiangxi.willingness.agree(owner.person, jiangxi.collection.agreement(owner, ids, "l"))
    jiangxi.collection.collect_with_proof(owner, ids, agreed, "l")
    jiangxi.work()
    seal = jiangxi.holdings.seal(owner, ids[0])

    orders = [jiangxi.ordered(owner, seal) for _ in range(2)]
    proofs = []
    for order in orders:
        order, _, tasks = jiangxi.sealing.order(order.id, owner.person.id)  # noqa: PLW2901
        digest = jiangxi.sealing.agreement(order, tasks)
        proofs.append(jiangxi.willingness.agree(owner.person, digest))
    with pytest.raises(ProofRefused):
        jiangxi.sealing.confirm_with_proof(owner, orders[0].id, proofs[1])
    jiangxi.sealing.confirm_with_proof(owner, orders[0].id, proofs[0])
    with pytest.raises(OrderNotOpen):
        jiangxi.sealing.confirm_with_proof(owner, orders[0].id, proofs[0])
    jiangxi.work()
    (task,) = jiangxi.sealing.results(orders[0].id, owner.person.id)
    assert task.state is TaskState.DONE


# --- the order -----------------------------------------------------------------------


def test_an_order_is_used_once_and_in_time(house: House, owner: Actor, seal: Seal) -> None:
    """
    Confirmed twice, after five minutes, after it was dropped: refused (faults F35).
    """
    order = house.ordered(owner, seal)
    house.sealing.confirm_with_pin(owner, order.id, PIN)
    with pytest.raises(OrderNotOpen):
        house.sealing.confirm_with_pin(owner, order.id, PIN)
    with pytest.raises(OrderNotOpen):
        house.sealing.cancel(owner, order.id)

    dropped = house.ordered(owner, seal)
    house.sealing.cancel(owner, dropped.id)
    with pytest.raises(OrderNotOpen):
        house.sealing.confirm_with_pin(owner, dropped.id, PIN)

    late = house.ordered(owner, seal)
    house.clock.advance(minutes=house.province.order_minutes)
    with pytest.raises(OrderExpired):
        house.sealing.confirm_with_pin(owner, late.id, PIN)
    with pytest.raises(OrderExpired):
        house.sealing.cancel(owner, late.id)


def test_confirmations_that_race_are_one(any_house: House) -> None:
    """
    A double click queues each file once.
    """
    owner = any_house.signed_in()
    seal = any_house.issued(owner)[0]
    order = any_house.ordered(owner, seal)

    def confirm(_: int) -> str:
        try:
            any_house.sealing.confirm_with_pin(owner, order.id, PIN)
        except (OrderNotOpen, PinLocked) as refusal:
            return refusal.code
        return "confirmed"

    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(confirm, range(4)))
    assert outcomes.count("confirmed") == 1
    any_house.work()
    assert any_house.events(owner.holder_id).count("order:confirm") == 1
    assert any_house.watched.opened == 1


def test_a_wrong_pin_seals_nothing(house: House, owner: Actor, seal: Seal) -> None:
    """
    The order stays open for the right one.
    """
    order = house.ordered(owner, seal)
    with pytest.raises(WrongPin):
        house.sealing.confirm_with_pin(owner, order.id, WRONG)
    house.work()
    assert house.sealing.order(order.id, owner.person.id)[0].state is OrderState.OPEN
    house.sealing.confirm_with_pin(owner, order.id, PIN)


def test_other_people_s_orders_seals_and_files_do_not_exist(
    house: House, owner: Actor, stranger: Actor, seal: Seal
) -> None:
    """
    Whoever guesses an id hears what he would hear of any other (faults F37).
    """
    theirs = house.upload(stranger)
    order = house.ordered(owner, seal)
    for order_id in (order.id, new_id()):
        with pytest.raises(NotFound):
            house.sealing.order(order_id, stranger.person.id)
        with pytest.raises(NotFound):
            house.sealing.confirm_with_pin(stranger, order_id, PIN)
        with pytest.raises(NotFound):
            house.sealing.cancel(stranger, order_id)
    for seal_id, document_id, actor in (
        (seal.id, theirs.id, stranger),
        (seal.id, theirs.id, owner),
        (new_id(), theirs.id, stranger),
    ):
        with pytest.raises(NotFound):
            house.sealing.draw_up(actor, seal_id, [document_id], CORNER)
    with pytest.raises(NotFound):
        house.sealing.uses(stranger, seal.id)
    with pytest.raises(NotFound):
        house.documents.data(theirs.id, owner.person.id)


def test_a_colleague_without_a_key_cannot_seal(house: House, owner: Actor, seal: Seal) -> None:
    """
    Membership alone is worth nothing; a role that may seal needs a wrapped key as well.
    """
    colleague = house.signed_in(COLLEAGUE, "openid-3")
    house.pins.set_first(colleague.person.id, PIN)
    file = house.upload(colleague)
    with pytest.raises(NotAllowed):
        house.sealing.draw_up(colleague, seal.id, [file.id], CORNER)
    (member,) = [m for m in house.members.members(owner) if m.person == colleague.person]
    house.members.change_role(owner, member.membership.id, Role.SEAL_USER)
    colleague = house.signed_in(COLLEAGUE, "openid-3")
    assert house.sealing.usable_seals(colleague) == []
    with pytest.raises(KeyUnavailable):
        house.sealing.draw_up(colleague, seal.id, [file.id], CORNER)
    order = house.ordered(owner, seal)
    with pytest.raises(NotFound):
        house.sealing.confirm_with_pin(colleague, order.id, PIN)


def test_an_order_needs_documents_that_can_be_sealed(
    house: House, owner: Actor, seal: Seal
) -> None:
    """
    None, too many, not looked at yet, or refused: no order. The same file twice counts once.
    """
    fresh = house.documents.receive(owner.person.id, "a.pdf", simple_pdf(), "seal")
    with pytest.raises(DocumentNotReady):
        house.sealing.draw_up(owner, seal.id, [fresh.id], CORNER)
    house.work()
    order = house.sealing.draw_up(owner, seal.id, [fresh.id, fresh.id], CORNER)
    assert len(house.sealing.order(order.id, owner.person.id)[2]) == 1
    locked = house.upload(owner, encrypted_pdf("x"))
    with pytest.raises(DocumentRefused) as refusal:
        house.sealing.draw_up(owner, seal.id, [locked.id], CORNER)
    assert refusal.value.reason == "encrypted"
    with pytest.raises(NotFound):
        house.sealing.draw_up(owner, seal.id, [], CORNER)
    with pytest.raises(TooManyDocuments):
        house.sealing.draw_up(owner, seal.id, [fresh.id] * 51, CORNER)


# --- between the confirmation and the key ----------------------------------------------


def test_a_seal_stopped_while_the_task_waits_is_not_used(
    house: House, owner: Actor, seal: Seal
) -> None:
    """
    Refused at key use, written down, the person told, the key never opened (faults F30).
    """
    (task,) = confirmed(house, owner, seal)
    house.lives.pause(owner, seal.id, SealEvent.SUSPEND, "遗失")
    house.work()
    assert state(house, owner, task).reason == "seal.not_usable"
    assert house.news(owner)[-1] is News.SEALING_FAILED
    assert house.watched.opened == 0
    assert house.events(owner.holder_id)[-1] == "seal:refuse"
    with pytest.raises(KeyError):
        house.documents_kept.get(task.id)


def test_a_seal_stopped_while_its_key_is_used_hands_nothing_out(
    house: House, owner: Actor, seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The status is looked at before and after signing (domain facts 4.7).
    """
    (task,) = confirmed(house, owner, seal)
    judge = house.judge.verdict

    def stop_first(document: bytes, name: str) -> str:
        house.lives.pause(owner, seal.id, SealEvent.SUSPEND, "")
        return judge(document, name)

    monkeypatch.setattr(house.judge, "verdict", stop_first)
    house.work()
    assert state(house, owner, task).state is TaskState.FAILED
    assert house.events(owner.holder_id).count("key:sign") == house.watched.opened == 1


def test_a_seal_out_of_its_time_is_not_used(house: House, owner: Actor, seal: Seal) -> None:
    """
    Neither for a new order nor for one confirmed before; the list leaves it out.
    """
    (task,) = confirmed(house, owner, seal)
    assert seal.valid_to is not None
    house.clock.now = seal.valid_to.astimezone(UTC)
    house.clock.advance(seconds=1)
    house.work()
    assert state(house, owner, task).reason == "seal.not_usable"
    assert house.sealing.usable_seals(owner) == []
    with pytest.raises(SealNotUsable):
        house.ordered(owner, seal)


def test_a_changed_file_is_not_sealed(
    house: House, owner: Actor, seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What you see is what you sign: other bytes under the same id are refused (faults F36).
    """
    (task,) = confirmed(house, owner, seal)
    other = simple_pdf(content=b"BT /F1 14 Tf 72 700 Td (Another) Tj ET")
    get = house.documents_kept.inner.get
    monkeypatch.setattr(
        house.documents_kept.inner, "get", lambda i: other if i == task.document_id else get(i)
    )
    house.work()
    assert state(house, owner, task).reason == "order.document_changed"
    assert house.watched.opened == 0


@pytest.mark.parametrize("verdict", ["invalid", "unsigned"])
def test_what_our_own_verifier_refuses_is_not_handed_out(
    house: House, owner: Actor, seal: Seal, verdict: str
) -> None:
    """
    Nothing leaves unverified; the key's use stays on record.
    """
    (task,) = confirmed(house, owner, seal)
    house.judge.forced = verdict
    house.work()
    assert state(house, owner, task).reason == "sealing.refused"
    with pytest.raises(NotFound):
        house.documents.get(task.id)
    assert house.events(owner.holder_id).count("key:sign") == 1


def test_one_bad_file_does_not_stop_the_others(house: House, owner: Actor, seal: Seal) -> None:
    """
    A keyword that is in one file only: one is sealed, the other named with its reason.
    """
    good = house.upload(owner)
    bad = house.upload(owner, simple_pdf(content=b"BT /F1 14 Tf 72 700 Td (Nothing) Tj ET"))
    wish = PlaceWish("keyword", text="Contract")
    order = house.sealing.draw_up(owner, seal.id, [bad.id, good.id], wish)
    house.sealing.confirm_with_pin(owner, order.id, PIN)
    house.work()
    tasks = house.sealing.results(order.id, owner.person.id)
    assert [t.state for t in tasks] == [TaskState.FAILED, TaskState.DONE]
    assert tasks[0].reason == "place.unknown"
    assert house.news(owner)[-1] is News.SEALING_DONE


def test_a_clock_turned_back_signs_nothing_yet(house: House, owner: Actor, seal: Seal) -> None:
    """
    No signature is older than the agreement to it (faults F26); when the clock is right again
    the task is done.
    """
    (task,) = confirmed(house, owner, seal)
    house.clock.advance(minutes=-1)
    with pytest.raises(ClockTurnedBack):
        house.sealing.resume(task.id)
    assert house.watched.opened == 0
    house.clock.advance(minutes=1)
    house.sealing.resume(task.id)
    assert state(house, owner, task).state is TaskState.DONE


# --- crashes ---------------------------------------------------------------------------

POINTS = {
    "before key use": 2,  # times the key was used or about to be, each with its audit record
    "before write": 2,
    "after write": 1,
    "before commit": 1,
    "after commit": 1,
}


@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_there_is_one_sealed_file(
    house: House, owner: Actor, seal: Seal, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    kill -9 at five points (faults F21): afterwards exactly one sealed file, the person told
    once, and every use of the key on record.
    """
    (task,) = confirmed(house, owner, seal)
    house.watched.dies = point
    house.documents_kept.dies = point
    if point.endswith("commit"):
        die_in_finish(house, point, monkeypatch)
    with pytest.raises(Killed):
        house.sealing.resume(task.id)
    monkeypatch.undo()

    if point != "after commit":
        with pytest.raises(TaskBusy):
            house.sealing.resume(task.id)
        house.clock.advance(seconds=LEASE.seconds)
    for _ in range(2):
        house.sealing.resume(task.id)

    done = state(house, owner, task)
    assert (done.state, done.result_id) == (TaskState.DONE, task.id)
    data = house.documents.data(done.result_id, owner.person.id)
    assert house.judge.verdict(data, "合同.pdf") == "valid"
    assert house.news(owner).count(News.SEALING_DONE) == 1
    events = house.events(owner.holder_id)
    assert events.count("seal:use") == 1
    assert events.count("key:sign") == POINTS[point]
    assert events.count("key:sign") >= house.watched.opened
    assert check(house.store.database.engine) is None


def die_in_finish(house: House, point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    finish = house.sealing._finish

    def die(task: SealingTask, sealed: bytes) -> None:
        if point == "after commit":
            finish(task, sealed)
        raise Killed(point)

    monkeypatch.setattr(house.sealing, "_finish", die)


def test_trouble_gives_the_lease_back(
    house: House, owner: Actor, seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    An exception is no crash: the next try need not wait for the lease to end.
    """
    (task,) = confirmed(house, owner, seal)

    def trouble(*_: object) -> bytes:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(house.documents_kept, "put", trouble)
        with pytest.raises(ConnectionError):
            house.sealing.resume(task.id)
    house.sealing.resume(task.id)
    assert state(house, owner, task).state is TaskState.DONE


def test_a_worker_that_slept_too_long_does_not_use_the_key(
    house: House, owner: Actor, seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    SIGSTOP for three minutes: its lease went to another worker, it notices before the key is
    used and leaves the other's result alone (faults F27).
    """
    (task,) = confirmed(house, owner, seal)
    get = house.documents_kept.inner.get
    slept = False

    def sleep_once(document_id: str) -> bytes:
        nonlocal slept
        data = get(document_id)
        if not slept and document_id == task.document_id:
            slept = True
            house.clock.advance(minutes=3)
            house.sealing.resume(task.id)
        return data

    monkeypatch.setattr(house.documents_kept.inner, "get", sleep_once)
    with pytest.raises(TaskBusy):
        house.sealing.resume(task.id)
    assert state(house, owner, task).state is TaskState.DONE
    assert house.events(owner.holder_id).count("key:sign") == house.watched.opened == 1


def test_a_job_run_twice_at_once_seals_once(any_house: House) -> None:
    """
    RQ delivers at least once: several workers, the same tasks, one file and one use each
    (faults F23); the order is closed by whoever ends last.
    """
    owner = any_house.signed_in()
    seal = any_house.issued(owner)[0]
    files = [any_house.upload(owner) for _ in range(3)]
    tasks = confirmed(any_house, owner, seal, *files)

    def run(task: SealingTask) -> str:
        try:
            any_house.sealing.resume(task.id)
        except TaskBusy:
            return "busy"
        return "ran"

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(run, tasks * 3))
    order, _, ended = any_house.sealing.order(tasks[0].order_id, owner.person.id)
    assert [task.state for task in ended] == [TaskState.DONE] * 3
    assert (order.state, order.envelope) == (OrderState.DONE, b"")
    events = any_house.events(owner.holder_id)
    assert events.count("seal:use") == events.count("key:sign") == any_house.watched.opened == 3
    assert any_house.news(owner).count(News.SEALING_DONE) == 1


def test_the_last_two_tasks_of_an_order_close_it(
    any_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Two workers about to close the order in the same instant: the second one sees what the first
    one did, the envelope is wiped and the person told.
    """
    owner = any_house.signed_in()
    seal = any_house.issued(owner)[0]
    files = [any_house.upload(owner) for _ in range(2)]
    tasks = confirmed(any_house, owner, seal, *files)
    close, meeting = any_house.sealing._close_order, Barrier(2)

    def meet_and_close(work: Work, order: SealingOrder, now: datetime) -> None:
        with suppress(BrokenBarrierError):  # as it should be: the other one waits for the order
            meeting.wait(timeout=1)
        close(work, order, now)

    monkeypatch.setattr(any_house.sealing, "_close_order", meet_and_close)
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(any_house.sealing.resume, [task.id for task in tasks]))
    order, _, ended = any_house.sealing.order(tasks[0].order_id, owner.person.id)
    assert [task.state for task in ended] == [TaskState.DONE] * 2
    assert (order.state, order.envelope) == (OrderState.DONE, b"")
    assert any_house.news(owner).count(News.SEALING_DONE) == 1


def test_a_task_that_was_never_confirmed_is_not_run(house: House, owner: Actor, seal: Seal) -> None:
    """
    A job for it (from whatever queue) does nothing; the state machine skips no step.
    """
    order = house.ordered(owner, seal)
    (task,) = house.sealing.results(order.id, owner.person.id)
    house.sealing.resume(task.id)
    assert state(house, owner, task).state is TaskState.DRAFT
    with pytest.raises(NotFound):
        house.sealing.resume(new_id())


# --- the PIN rests nowhere -------------------------------------------------------------


def test_the_pin_is_in_no_byte_of_the_database(house: House, owner: Actor, seal: Seal) -> None:
    """
    After a whole story with a right and a wrong PIN (faults F34).
    """
    order = house.ordered(owner, seal)
    with pytest.raises(WrongPin):
        house.sealing.confirm_with_pin(owner, order.id, WRONG)
    house.sealing.confirm_with_pin(owner, order.id, PIN)
    house.work()
    kept = b"".join(path.read_bytes() for path in house.folder.glob("seal.db*"))
    assert seal.id.encode() in kept
    for canary in (PIN.digits, WRONG.digits):
        assert canary.encode() not in kept
