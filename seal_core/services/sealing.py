"""签章: the sealing order, its confirmation, and the tasks under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from seal_core.domain.documents import PDF, PICTURES, Document, DocumentState
from seal_core.domain.holders import Ability, Actor, NotFound
from seal_core.domain.identifiers import new_id
from seal_core.domain.keys import KeyUnavailable, Proof, SealKey, UserKey
from seal_core.domain.pins import PinGuard
from seal_core.domain.provinces import Province
from seal_core.domain.records import News
from seal_core.domain.sealing import (
    DOCUMENTS_PER_ORDER,
    DocumentChanged,
    OrderState,
    PlaceWish,
    SealingOrder,
    SealingTask,
    TaskState,
    TooManyDocuments,
)
from seal_core.domain.seals import Seal, SealState
from seal_core.domain.secrets import Pin
from seal_core.engines.protocol import (
    AtField,
    AtKeyword,
    AtPoint,
    OnEveryPage,
    Place,
    SealEngine,
    SealMaterial,
    Seam,
)
from seal_core.errors import DocumentRefused, SealError
from seal_core.gm import sm3
from seal_core.ports import (
    Clock,
    DocumentStore,
    Judge,
    KeyKeeper,
    OpenWork,
    Signer,
    TimeStamper,
    Work,
)
from seal_core.services.lending import (
    UsedBy,
    give_back,
    leave,
    may_use,
    must_be_in_force,
    must_rest,
    resting,
    settle_uses,
    spend,
    used_by,
)
from seal_core.services.proving import PinService, digest_of
from seal_core.services.telling import note, note_system, tell

LEASE = timedelta(seconds=45)
"""How long a worker may hold a task before another takes it over; sealing takes seconds."""


USES_SHOWN = 1000
"""用章详情 goes this far back; the whole story is in the audit log."""


class TaskBusy(Exception):
    """Another worker holds the task right now: try again after its lease."""


class ClockTurnedBack(Exception):
    """This machine's clock stands before the confirmation: no signature bears such a time."""


class SealingRefused(SealError):
    """The sealed document did not pass our own verifier and was not handed out."""

    code = "sealing.refused"


class SealingService:
    """Draws up orders, has them confirmed, and carries them out once."""

    def __init__(
        self,
        open_work: OpenWork,
        clock: Clock,
        province: Province,
        store: DocumentStore,
        engines: Mapping[str, SealEngine],
        pins: PinService,
        keeper: KeyKeeper,
        judge: Judge,
        timestamper: TimeStamper | None,
        link: str = "",
    ) -> None:
        """*link*: the page shown as QR code beside seals, if any."""
        self._open_work = open_work
        self._now = clock
        self._province = province
        self._store = store
        self._engines = engines
        self._pins = pins
        self._keeper = keeper
        self._judge = judge
        self._timestamper = timestamper
        self._link = link

    # --- the order ------------------------------------------------------------------

    def usable_seals(self, actor: Actor) -> list[Seal]:
        """The seals the actor can seal with now: valid, and wrapped to him."""
        if not actor.can(Ability.USE):
            return []
        now = self._now()
        with self._open_work() as work:
            seals = work.seals.select(holder_id=actor.holder_id, state=SealState.ACTIVE)
            return [
                seal for seal in seals if seal.is_usable(now) and may_use(work, actor, seal, now)
            ]

    def draw_up(
        self, actor: Actor, seal_id: str, document_ids: Sequence[str], place: PlaceWish
    ) -> SealingOrder:
        """盖章授权单 over exactly these documents as they are now.

        A delegate's order rests on his grant. Raises NotFound, NotAllowed, SealNotUsable,
        KeyUnavailable, GrantNotUsable, TooManyDocuments, DocumentRefused or DocumentNotReady.
        """
        actor.must(Ability.USE)
        now = self._now()
        if not document_ids:
            raise NotFound("documents")
        if len(document_ids) > DOCUMENTS_PER_ORDER:
            raise TooManyDocuments(str(len(document_ids)))
        with self._open_work() as work:
            seal = _own_seal(work, actor, seal_id)
            seal.must_be_usable(now)
            documents = [_own_document(work, actor, i) for i in dict.fromkeys(document_ids)]
            grant_id = leave(work, actor, seal, len(documents), now)
            order = SealingOrder(
                id=new_id(),
                seal_id=seal.id,
                holder_id=actor.holder_id,
                person_id=actor.person.id,
                channel=actor.channel,
                place=place,
                state=OrderState.OPEN,
                created_at=now,
                expires_at=now + timedelta(minutes=self._province.order_minutes),
                confirmed_at=None,
                envelope=b"",
                grant_id=grant_id,
            )
            work.orders.put(order)
            for number, document in enumerate(documents):
                task = _draft(order, document)
                work.tasks.put(task)
                if place.kind == "keyword" and number < FORESEEN:
                    work.outbox.add("find_place", task.id)
                if 1 < place.page < len(document.pages):  # the others are drawn already
                    work.outbox.add("draw_preview", f"{document.id}.{place.page}")
            note(work, actor, "order:draw_up", order.id, now, seal=seal.id, **resting(order))
            work.commit()
        return order

    def order(self, order_id: str, person_id: str) -> tuple[SealingOrder, Seal, list[SealingTask]]:
        """All that the person agrees to. Raises NotFound for anybody else's order."""
        with self._open_work() as work:
            order = work.orders.get(order_id)
            if order.person_id != person_id:
                raise NotFound(order_id)
            seal = work.seals.get(order.seal_id)
            return order, seal, work.tasks.select(order_id=order.id)

    def must_be_open(self, order_id: str, person_id: str) -> None:
        """Raises NotFound, or OrderNotOpen or OrderExpired if it cannot be confirmed any more."""
        self.order(order_id, person_id)[0].must_be_open(self._now())

    def agreement(self, order: SealingOrder, tasks: Sequence[SealingTask]) -> str:
        """The digest (hex) that 意愿认证 must be bound to: this seal on exactly these bytes."""
        return digest_of(
            {
                "purpose": "seal",
                "order": order.id,
                "seal": order.seal_id,
                "place": str(order.place),
                "documents": ",".join(sorted(task.sm3 for task in tasks)),
                "expires": order.expires_at.isoformat(),
            }
        )

    def confirm_with_pin(self, actor: Actor, order_id: str, pin: Pin) -> None:
        """The order goes to the workers.

        Raises what PinService raises, OrderExpired, OrderNotOpen, SealNotUsable, GrantNotUsable.
        """
        order, key = self._open_order(actor, order_id)

        def attempt(guard: PinGuard, user: UserKey) -> bytes | None:
            return self._keeper.envelope_with_pin(guard.verifier, user, pin, key, order.id)

        self._confirm(actor, order_id, self._pins.use(actor.person.id, attempt))

    def confirm_with_proof(self, actor: Actor, order_id: str, proof: Proof) -> None:
        """As above by 意愿认证. Raises ProofRefused."""
        order, key = self._open_order(actor, order_id)
        with self._open_work() as work:
            user = work.user_keys.get(actor.person.id)
            digest = self.agreement(order, work.tasks.select(order_id=order.id))
        envelope = self._keeper.envelope_with_proof(user, proof, digest, key, order.id)
        self._confirm(actor, order_id, envelope)

    def cancel(self, actor: Actor, order_id: str) -> None:
        """The person thought better of it. Raises OrderNotOpen or OrderExpired."""
        self.order(order_id, actor.person.id)
        with self._open_work() as work:
            order = work.orders.lock(order_id)
            order.must_be_open(self._now())
            work.orders.put(replace(order, state=OrderState.CANCELLED))
            note(work, actor, "order:cancel", order.id, self._now())
            work.commit()

    def _open_order(self, actor: Actor, order_id: str) -> tuple[SealingOrder, SealKey]:
        actor.must(Ability.USE)
        order, seal, tasks = self.order(order_id, actor.person.id)
        order.must_be_open(self._now())
        seal.must_be_usable(self._now())
        with self._open_work() as work:
            must_rest(work, actor, order, seal, len(tasks), self._now())
            key = work.seal_keys.find(seal_id=seal.id, person_id=actor.person.id)
        if key is None:
            raise KeyUnavailable(seal.id)
        return order, key

    def _confirm(self, actor: Actor, order_id: str, envelope: bytes) -> None:
        now = self._now()
        with self._open_work() as work:
            order = work.orders.lock(order_id).confirmed(envelope, now)
            seal = work.seals.get(order.seal_id)
            seal.must_be_usable(now)
            tasks = work.tasks.select(order_id=order.id)
            must_rest(work, actor, order, seal, len(tasks), now)
            spend(work, order.grant_id, len(tasks), now)
            work.orders.put(order)
            for task in tasks:
                work.tasks.put(replace(task, state=TaskState.QUEUED))
                work.outbox.add("seal_document", task.id)
            note(work, actor, "order:confirm", order.id, now, seal=seal.id, **resting(order))
            work.commit()

    # --- the work -------------------------------------------------------------------

    def resume(self, task_id: str) -> None:
        """Carry out one task; safe to run again at any point, and by two workers at once.

        A refusal of the domain settles the task; anything else escapes and is tried again.
        """
        task = self._take(task_id)
        if task is None:
            return
        try:
            self._finish(task, self._sealed(task))
        except SealError as exc:
            self._fail(task_id, exc)
        except TaskBusy:
            raise
        except Exception:
            self._give_back(task)  # the next try need not wait for the lease to end
            raise

    def _take(self, task_id: str) -> SealingTask | None:
        """Take the lease on a queued task. Raises TaskBusy while another worker holds it."""
        now = self._now()
        with self._open_work() as work:
            task = work.tasks.lock(task_id)
            if task.state is not TaskState.QUEUED:
                return None
            if task.signed_at is not None and now < task.signed_at + LEASE:
                raise TaskBusy(task_id)
            task = replace(task, signed_at=now)
            work.tasks.put(task)
            work.commit()
        return task

    def _give_back(self, task: SealingTask) -> None:
        with self._open_work() as work:
            if work.tasks.lock(task.id) == task:
                work.tasks.put(replace(task, signed_at=None))
                work.commit()

    def _sealed(self, task: SealingTask) -> bytes:
        """The sealed bytes: those of an earlier run if it got so far, else made now."""
        try:
            return self._store.get(task.id)
        except KeyError:
            pass
        with self._open_work() as work:
            document = work.documents.get(task.document_id)
        data = self._store.get(document.id)
        if sm3.digest(data).hex() != task.sm3:
            raise DocumentChanged(document.id)
        now = self._now()
        order, seal = self._use_key(task, now)
        signer = self._keeper.open_envelope(order.envelope, order.id, seal.certificate, seal.chain)
        sealed = self._seal(document, data, seal, order.place, signer, now)
        if self._judge.verdict(sealed, document.name) not in ("valid", "indeterminate"):
            raise SealingRefused(task.id)
        return self._keep(task.id, sealed)

    def _use_key(self, task: SealingTask, now: datetime) -> tuple[SealingOrder, Seal]:
        """The last look before the key is used, and its record (faults F27, F30, F57).

        Raises TaskBusy if the lease went to another worker meanwhile, SealNotUsable or
        GrantNotUsable if the seal or the delegate's grant was revoked while the task waited.
        """
        with self._open_work() as work:
            current = work.tasks.lock(task.id)
            if current != task:
                raise TaskBusy(task.id)
            order = work.orders.get(task.order_id)
            if order.confirmed_at is None or now < order.confirmed_at:
                raise ClockTurnedBack(task.id)
            seal = work.seals.get(order.seal_id)
            seal.must_be_usable(now)
            must_be_in_force(work, order, now)
            actor = {"actor": order.person_id, **resting(order)}
            note_system(work, task.holder_id, "key:sign", seal.id, now, task=task.id, **actor)
            work.commit()
        return order, seal

    def _seal(
        self,
        document: Document,
        data: bytes,
        seal: Seal,
        wish: PlaceWish,
        signer: Signer,
        at: datetime,
    ) -> bytes:
        material = SealMaterial(seal.ses, seal.picture, seal.width_mm, seal.height_mm, self._link)
        engine = self._engines[document.media_type]
        if wish.flatten:
            data = engine.flatten(data)
        return engine.seal(
            data, material, [place_of(wish, document, seal)], signer, at, self._timestamper
        )

    def _keep(self, task_id: str, sealed: bytes) -> bytes:
        """Store the result once: of two runs the first one's bytes count."""
        try:
            self._store.put(task_id, sealed)
        except FileExistsError:
            return self._store.get(task_id)
        return sealed

    def _finish(self, task: SealingTask, sealed: bytes) -> None:
        """Hand the file out.

        Raises SealNotUsable or GrantNotUsable if either was revoked while the key was used.
        """
        now = self._now()
        with self._open_work() as work:
            current = work.tasks.lock(task.id)
            if current.state is not TaskState.QUEUED:
                return
            order = work.orders.lock(task.order_id)
            work.seals.get(order.seal_id).must_be_usable(now)
            must_be_in_force(work, order, now)
            original = work.documents.get(task.document_id)
            work.documents.put(_result(task, original, order, sealed, now))
            done = replace(current, state=TaskState.DONE, result_id=task.id, finished_at=now)
            work.tasks.put(done)
            work.outbox.add("draw_preview", task.id)
            actor = {"actor": order.person_id, **resting(order)}
            note_system(work, task.holder_id, "seal:use", task.seal_id, now, task=task.id, **actor)
            self._close_order(work, order, now)
            work.commit()

    def _fail(self, task_id: str, refusal: SealError) -> None:
        now = self._now()
        with self._open_work() as work:
            task = work.tasks.lock(task_id)
            if task.state is not TaskState.QUEUED:
                return
            order = work.orders.lock(task.order_id)
            work.tasks.put(
                replace(task, state=TaskState.FAILED, reason=_reason(refusal), finished_at=now)
            )
            give_back(work, order.grant_id)
            detail = {"task": task.id, "reason": refusal.code, **resting(order)}
            note_system(work, task.holder_id, "seal:refuse", task.seal_id, now, **detail)
            self._close_order(work, order, now)
            work.commit()

    def _close_order(self, work: Work, order: SealingOrder, now: datetime) -> None:
        """With the last task the envelope is wiped and the person told, once for all.

        The order is locked by then: of two tasks that end at once, the second sees the first.
        """
        tasks = work.tasks.select(order_id=order.id)
        if any(task.state is TaskState.QUEUED for task in tasks):
            return
        work.orders.put(replace(order, state=OrderState.DONE, envelope=b""))
        done = [t for t in tasks if t.state is TaskState.DONE]
        failed = [t for t in tasks if t.state is TaskState.FAILED]
        counts = {"done": str(len(done)), "failed": str(len(failed))}
        names = "、".join(t.document_name for t in reversed(done or failed))
        kind = News.SEALING_FAILED if not done else News.SEALING_DONE
        tell(
            work,
            order.person_id,
            kind,
            now,
            order_id=order.id,
            **counts,
            names=names,
            reason=failed[0].reason if failed else "",
        )
        settle_uses(work, order.grant_id, now, names=names, **counts)

    # --- 用章详情 -------------------------------------------------------------------

    def uses(self, actor: Actor, seal_id: str) -> list[SealingTask]:
        """Every use of a seal, newest first; a delegate sees his own. Raises NotFound."""
        with self._open_work() as work:
            seal = _own_seal(work, actor, seal_id)
            ended = (TaskState.DONE, TaskState.FAILED)
            tasks = work.tasks.select(seal_id=seal.id, state=ended, limit=USES_SHOWN)
            if actor.can(Ability.READ_RECORDS):
                return tasks
            mine = work.orders.select(seal_id=seal.id, person_id=actor.person.id, limit=USES_SHOWN)
        own = {order.id for order in mine}
        return [task for task in tasks if task.order_id in own]

    def by_whom(self, tasks: Sequence[SealingTask]) -> dict[str, UsedBy]:
        """Who sealed, and on whose grant, by the id of the order."""
        with self._open_work() as work:
            return {i: used_by(work, i) for i in dict.fromkeys(t.order_id for t in tasks)}

    def results(self, order_id: str, person_id: str) -> list[SealingTask]:
        """The finished tasks of an order, oldest first."""
        return list(reversed(self.order(order_id, person_id)[2]))


ARCHIVED_AFTER = timedelta(days=1)
"""How long the archive waits: by then there are revocation lists younger than the signature."""

FORESEEN = 3
"""Documents of an order that are shown with the seal where it will be."""
CORNER_MARGIN_MM = 20.0
"""Distance of a seal at the corner from the edges of the page."""


def place_of(wish: PlaceWish, document: Document, seal: Seal) -> Place:
    """The engines' place for a stored wish on this document."""
    match wish.kind:
        case "corner":
            width, height = document.pages[-1]
            return AtPoint(
                len(document.pages),
                max(0.0, width - seal.width_mm - CORNER_MARGIN_MM),
                max(0.0, height - seal.height_mm - CORNER_MARGIN_MM),
            )
        case "point":
            return AtPoint(wish.page, wish.x_mm, wish.y_mm)
        case "keyword":
            return AtKeyword(wish.text)
        case "field":
            return AtField(wish.text)
        case "every_page":
            return OnEveryPage(wish.x_mm, wish.y_mm)
        case "seam":
            return Seam("left" if wish.edge == "left" else "right")
        case _:
            raise ValueError(wish.kind)


def _reason(refusal: SealError) -> str:
    """What is told of a refusal: its code; of a document that cannot be sealed, why."""
    if isinstance(refusal, DocumentRefused):
        return f"document.{refusal.reason}"
    return refusal.code


def _own_seal(work: Work, actor: Actor, seal_id: str) -> Seal:
    seal = work.seals.get(seal_id)
    if seal.holder_id != actor.holder_id:
        raise NotFound(seal_id)
    return seal


def _own_document(work: Work, actor: Actor, document_id: str) -> Document:
    document = work.documents.get(document_id)
    if document.owner_id != actor.person.id:
        raise NotFound(document_id)
    document.must_be_accepted()
    if document.media_type in PICTURES:
        raise DocumentRefused("not_a_document")
    return document


def _draft(order: SealingOrder, document: Document) -> SealingTask:
    return SealingTask(
        id=new_id(),
        order_id=order.id,
        seal_id=order.seal_id,
        holder_id=order.holder_id,
        document_id=document.id,
        document_name=document.name,
        sm3=document.sm3,
        state=TaskState.DRAFT,
        reason="",
        result_id="",
        signed_at=None,
        finished_at=None,
    )


def _result(
    task: SealingTask, original: Document, order: SealingOrder, sealed: bytes, now: datetime
) -> Document:
    """The record of the sealed file; its bytes are stored under the task's id."""
    stem, dot, suffix = original.name.rpartition(".")
    return replace(
        original,
        id=task.id,
        owner_id=order.person_id,
        name=f"{stem}（已盖章）.{suffix}" if dot else f"{original.name}（已盖章）",
        size=len(sealed),
        sm3=sm3.digest(sealed).hex(),
        purpose="sealed",
        state=DocumentState.ACCEPTED,
        signatures=original.signatures + 1,
        received_at=now,
        renew_at=now + ARCHIVED_AFTER if original.media_type == PDF else None,
    )
