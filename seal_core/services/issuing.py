"""制章: key, certificate, picture and the GB/T 38540 seal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from seal_core.domain.holders import Registration
from seal_core.domain.keys import KeyUnavailable, SealKey
from seal_core.domain.provinces import Province
from seal_core.domain.records import News
from seal_core.domain.seals import CancelReason, Seal, SealEvent, SealState
from seal_core.domain.tickets import PickupState
from seal_core.formats.certificates import parse_certificate
from seal_core.formats.ses import build_seal, parse_seal
from seal_core.gm import sm3
from seal_core.ports import (
    CertificateAuthority,
    Clock,
    DocumentStore,
    Judge,
    KeyKeeper,
    OpenWork,
    Signer,
    Work,
)
from seal_core.services.impressions import chosen_picture
from seal_core.services.lives import forget_keys
from seal_core.services.members import heads_of
from seal_core.services.portraits import standard_face
from seal_core.services.telling import note_system, tell

VENDOR = "ZHANGYIN"
"""SES_Header.Vid: who made the seal's data (GB/T 38540-2020, 6.2)."""


@dataclass(frozen=True, slots=True)
class Made:
    """What the making of a seal adds to its record."""

    certificate: bytes
    chain: tuple[bytes, ...]
    picture: bytes
    ses: bytes
    valid_from: datetime
    valid_to: datetime


class IssuingService:
    """Makes seals that were collected; every step can be repeated after a crash."""

    def __init__(
        self,
        open_work: OpenWork,
        clock: Clock,
        province: Province,
        keeper: KeyKeeper,
        authority: CertificateAuthority,
        maker: Signer,
        judge: Judge,
        store: DocumentStore,
    ) -> None:
        self._open_work = open_work
        self._now = clock
        self._province = province
        self._keeper = keeper
        self._authority = authority
        self._maker = maker
        self._judge = judge
        self._store = store

    def resume(self, seal_id: str) -> None:
        """Finish the making of *seal_id*; nothing to do unless it is 制作中."""
        with self._open_work() as work:
            seal = work.seals.get(seal_id)
        if seal.state is not SealState.ISSUING:
            return
        key = self._key(seal)
        certificate, chain = self._authority.certify(key.request)
        self._settle(seal, self._make(seal, key.request, certificate, chain))

    def _key(self, seal: Seal) -> SealKey:
        """The seal's key, made once: a repeated run must not orphan a certified key."""
        with self._open_work() as work:
            work.seals.lock(seal.id)
            found = work.seal_keys.find(seal_id=seal.id, person_id=seal.collector_id)
            if found is not None:
                return found
            holder = work.user_keys.find(person_id=seal.collector_id)
            if holder is None:
                raise KeyUnavailable(seal.collector_id)
            heads = [work.user_keys.find(person_id=i) for i in heads_of(work, seal.holder_id)]
            others = [head for head in heads if head and head.person_id != holder.person_id]
            # 经办人代领、法定代表人负责管理: what was collected for him opens to him as well.
            made = self._keeper.new_seal_keys(seal.id, [holder, *others], seal.holder_name)
            for key in made:
                work.seal_keys.put(key)
            work.commit()
        return made[0]

    def _make(
        self, seal: Seal, request: bytes, certificate: bytes, chain: tuple[bytes, ...]
    ) -> Made:
        facts = parse_certificate(certificate)
        if facts.public_point is None or facts.public_point not in request:
            raise RuntimeError("the authority certified another key than ours")
        picture = self._picture(seal)
        # The seal ends with its certificate and starts when it is made (domain facts 2.5).
        start = max(self._now(), facts.not_before)
        ses = build_seal(
            seal_id=seal.id,
            name=seal.name,
            seal_type=self._province.seal_type(seal.type).ses_type,
            vendor=VENDOR,
            certificates=[certificate],
            created_at=start,
            valid_from=start,
            valid_to=facts.not_after,
            picture=picture,
            picture_type="PNG",
            width_mm=round(seal.width_mm),
            height_mm=round(seal.height_mm),
            maker=self._maker,
        )
        self._check(ses, certificate)
        return Made(certificate, chain, picture, ses, start, facts.not_after)

    def _picture(self, seal: Seal) -> bytes:
        """The impression the reviewer chose, else the drawn face."""
        if seal.picture:
            return seal.picture  # 续期 keeps the face people know; a signature was drawn
        seal_type = self._province.seal_type(seal.type)
        with self._open_work() as work:
            if seal_type.is_drawn:  # made anew after a loss: the signature is the same
                return work.seals.get(seal.replaces).picture
            chosen = chosen_picture(work, self._store, seal.id)
            return chosen[1] if chosen else standard_face(work, self._province, seal).png(dpi=600)

    def _check(self, ses: bytes, certificate: bytes) -> None:
        """What leaves here is read by the verifier first: maker's value, chain, period, picture."""
        seal = parse_seal(ses)
        verdict = self._judge.verdict(ses, f"{seal.id}.esl")
        if not seal.lists(certificate) or verdict not in ("valid", "indeterminate"):
            raise RuntimeError(f"the seal just made is {verdict}")

    def _settle(self, seal: Seal, made: Made) -> None:
        now = self._now()
        with self._open_work() as work:
            # Of the last two seals of an application that are ready at once, the second
            # must see the first: it tells the person.
            work.applications.lock(seal.application_id)
            # in one order with 注销 and 续期, which lock both as well
            for seal_id in sorted(filter(None, (seal.id, seal.replaces))):
                work.seals.lock(seal_id)
            current = work.seals.get(seal.id)
            if current.state is not SealState.ISSUING:
                return
            issued = replace(
                current.after(SealEvent.ISSUE),
                certificate=made.certificate,
                chain=made.chain,
                picture=made.picture,
                ses=made.ses,
                valid_from=made.valid_from,
                valid_to=made.valid_to,
                reminded=0,
            )
            work.seals.put(issued)
            serial = format(parse_certificate(made.certificate).serial, "x")
            made_of = {"certificate": serial, "picture": sm3.digest(made.picture).hex()}
            note_system(work, seal.holder_id, SealEvent.ISSUE, seal.id, now, **made_of)
            _remember_owner(work, issued.holder_id, now)
            if issued.replaces:
                _retire(work, work.seals.get(issued.replaces), issued, now)
            self._finish_application(work, issued, now)
            work.commit()

    def _finish_application(self, work: Work, seal: Seal, now: datetime) -> None:
        """With the last seal of an application its collector is told, once for all."""
        siblings = work.seals.select(application_id=seal.application_id)
        if any(s.state is SealState.ISSUING for s in siblings if s.id != seal.id):
            return
        issued = [s for s in siblings if s.id == seal.id or s.state is SealState.ACTIVE]
        names = "、".join(self._province.seal_type(s.type).name for s in reversed(issued))
        ids = ",".join(s.id for s in reversed(issued))
        tell(work, seal.collector_id, News.SEALS_ISSUED, now, seals=names, seal_ids=ids)
        for pickup in work.pickups.select(person_id=seal.collector_id, state=PickupState.CONFIRMED):
            work.pickups.put(replace(pickup, state=PickupState.DONE))


def _remember_owner(work: Work, holder_id: str, now: datetime) -> None:
    """What the enterprise was called when its first seal was made: later looks compare with it."""
    owner = work.organisations.find(id=holder_id)
    if owner is not None and work.registrations.find(organisation_id=owner.id) is None:
        work.registrations.put(
            Registration(owner.id, owner.uscc, owner.name, owner.legal_representative, True, now)
        )


def _retire(work: Work, old: Seal, new: Seal, now: datetime) -> None:
    """The old seal has served; its key opens nothing any more.

    续期 where the face stays, 注销 where its owner drew another.
    """
    event = SealEvent.RENEW if new.picture == old.picture else SealEvent.CANCEL
    if not old.allows(event):
        return
    work.seals.put(old.after(event))
    forget_keys(work, old.id, now)
    reason = {} if event is SealEvent.RENEW else {"reason": CancelReason.REDRAWN}
    note_system(work, old.holder_id, event, old.id, now, **reason)
