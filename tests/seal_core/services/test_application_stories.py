"""From the application to the seal in hand: review, collection, making."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from seal_core.domain.applications import ApplicationIncomplete, WantedSeal
from seal_core.domain.holders import Actor, NotAllowed, NotFound
from seal_core.domain.keys import Proof, ProofRefused
from seal_core.domain.pins import WrongPin
from seal_core.domain.provinces import HolderKind, SizeNotOffered, UnknownSealType
from seal_core.domain.records import News
from seal_core.domain.seals import CancelReason, Seal, SealEvent, SealState, WrongSealState
from seal_core.domain.secrets import IdNumber, Mobile
from seal_core.domain.tickets import (
    PickupState,
    TicketExpired,
    TicketForwarded,
    TicketUnknown,
    TicketUsed,
)
from seal_core.errors import SealError
from seal_core.formats.certificates import parse_certificate
from seal_core.formats.ses import parse_seal
from seal_core.services.applications import (
    AlreadyApplied,
    OpinionMissing,
    RegistryMismatch,
)
from tests.support.house import PIN, REVIEWER, WRONG, House, open_house
from tests.support.ofd import ofd
from tests.support.people import COLLEAGUE, OWNER, STRANGER


def test_rejected_corrected_approved_collected_issued(house: House, owner: Actor) -> None:
    """
    The whole story of two seals in 山西, with everything the person is told on the way.
    """
    application, seals = house.applied(owner, "statutory_name", "contract")
    ids = [seal.id for seal in seals]
    with pytest.raises(OpinionMissing):
        house.applications.reject(REVIEWER, ids, " \n")
    house.applications.reject(REVIEWER, ids, "申请表的印模\x00不清楚")
    rejected = house.applications.dossier(application.id)[1]
    assert {(s.state, s.opinion) for s in rejected} == {(SealState.REJECTED, "申请表的印模不清楚")}
    with pytest.raises(WrongSealState):
        house.applications.approve(REVIEWER, ids)

    last = house.applications.last_form(owner)
    assert last is not None
    assert last.handler_name == "王小明"
    ids = house.approved(owner, "statutory_name", "contract")
    pickup = house.collection.open_pickup(owner, ids, "wechat")
    scanned, shown = house.collection.scan(pickup.scene, owner)
    assert scanned.state is PickupState.SCANNED
    assert {seal.id for seal in shown} == set(ids)
    house.collection.collect_with_pin(owner, ids, PIN, pickup.id)
    assert house.collection.pickup(pickup.id, owner).state is PickupState.CONFIRMED
    house.work()

    assert house.collection.pickup(pickup.id, owner).state is PickupState.DONE
    for seal in (house.holdings.seal(owner, seal_id) for seal_id in ids):
        assert seal.state is SealState.ACTIVE
        made, certificate = parse_seal(seal.ses), parse_certificate(seal.certificate)
        assert (made.name, made.width_mm, made.height_mm) == (
            seal.name,
            seal.width_mm,
            40 - (seal.type == "contract") * 2,
        )
        assert made.certificates == (seal.certificate,)
        assert certificate.common_name == OWNER.organisation_name
        assert seal.valid_to == certificate.not_after
        assert seal.picture.startswith(b"\x89PNG")
        assert seal.is_usable(house.clock())
    assert house.news(owner).count(News.SEALS_ISSUED) == 1
    told = [n for n in house.news(owner) if n not in (News.SIGNED_IN, News.DOCUMENT_ACCEPTED)]
    assert told == [
        News.APPLICATION_SUBMITTED,
        News.APPLICATION_REJECTED,
        News.APPLICATION_SUBMITTED,
        News.APPLICATION_APPROVED,
        News.SEALS_ISSUED,
    ]
    events = house.events(owner.holder_id)
    for event in ("seal:apply", "seal:reject", "seal:approve", "seal:collect", "seal:issue"):
        assert event in events


def test_what_an_application_is_refused_for(house: House, owner: Actor, stranger: Actor) -> None:
    """
    Each wrong answer is named, and nothing is kept of the attempt.
    """
    form = house.form(owner)
    foreign = house.upload(stranger)
    not_pdf = house.upload(owner, ofd(), "申请表.ofd")
    broken = house.upload(owner, b"%PDF-1.7 nothing")
    wanted = form.wanted[0]
    for change, refusal in (
        ({"region": ""}, ApplicationIncomplete),
        ({"handler_name": "王"}, ApplicationIncomplete),
        ({"handler_name": "王小\x00明"}, ApplicationIncomplete),
        ({"handler_id_number": IdNumber("140105199003078816")}, ApplicationIncomplete),
        ({"handler_mobile": Mobile("12900001234")}, ApplicationIncomplete),
        ({"wanted": ()}, ApplicationIncomplete),
        ({"wanted": (wanted, wanted)}, ApplicationIncomplete),
        ({"wanted": (WantedSeal("unknown", "x"),)}, UnknownSealType),
        ({"wanted": (WantedSeal("contract", "圆形 99 mm"),)}, SizeNotOffered),
        ({"document_id": ""}, ApplicationIncomplete),
        ({"document_id": foreign.id}, NotFound),
        ({"document_id": not_pdf.id}, ApplicationIncomplete),
        ({"document_id": broken.id}, SealError),
    ):
        with pytest.raises(refusal):
            house.applications.submit(owner, replace(form, **change))
    assert house.applications.count(owner) == 0


def test_only_managers_apply_and_collect(house: House, owner: Actor) -> None:
    """
    A member of the enterprise sees its seals, and may not apply for them, collect or stop them.
    """
    colleague = house.signed_in(COLLEAGUE, "openid-3")
    ids = house.approved(owner)
    with pytest.raises(NotAllowed):
        house.applications.submit(colleague, house.form(colleague, "contract"))
    with pytest.raises(NotAllowed):
        house.collection.open_pickup(colleague, ids, "wechat")
    with pytest.raises(NotAllowed):
        house.collection.collect_with_pin(colleague, ids, PIN)
    house.collection.collect_with_pin(owner, ids, PIN)
    house.work()
    assert [seal.id for seal in house.holdings.seals(colleague)] == ids
    assert house.sealing.usable_seals(colleague) == []
    with pytest.raises(NotAllowed):
        house.lives.pause(colleague, ids[0], SealEvent.SUSPEND, "")


def test_a_holder_has_one_seal_of_a_type(house: House, owner: Actor) -> None:
    """
    While one is wanted, in hand or stopped, no second is applied for; a cancelled one makes room.
    """
    form = house.form(owner)
    seal = house.issued(owner)[0]
    for event in (SealEvent.SUSPEND, SealEvent.RESUME):
        with pytest.raises(AlreadyApplied):
            house.applications.submit(owner, form)
        house.lives.pause(owner, seal.id, event, "")
    house.lives.cancel(owner, [seal.id], CancelReason.OTHER, "遗失")
    house.applications.submit(owner, form)


def test_applications_that_race_leave_one(any_house: House) -> None:
    """
    A double click makes one application.
    """
    owner = any_house.signed_in()
    form = any_house.form(owner)

    def submit(_: int) -> str:
        try:
            any_house.applications.submit(owner, form)
        except AlreadyApplied as refusal:
            return refusal.code
        return "submitted"

    with ThreadPoolExecutor(4) as threads:
        outcomes = sorted(threads.map(submit, range(4)))
    assert outcomes == ["application.duplicate"] * 3 + ["submitted"]


def test_two_reviewers_decide_once(any_house: House) -> None:
    """
    Of an approval and a rejection at once one wins, for all its seals, in whatever order.
    """
    owner = any_house.signed_in()
    types = ("statutory_name", "contract", "finance")
    application, seals = any_house.applied(owner, *types)
    ids = [seal.id for seal in seals]

    def decide(number: int) -> str:
        try:
            if number % 2:
                any_house.applications.approve(REVIEWER, ids)
            else:
                any_house.applications.reject(REVIEWER, ids[::-1], "不清楚")
        except WrongSealState as refusal:
            return refusal.code
        return "decided"

    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(decide, range(4)))
    assert outcomes.count("decided") == 1
    assert len({s.state for s in any_house.applications.dossier(application.id)[1]}) == 1


# --- the pickup QR -------------------------------------------------------------------


def test_a_stranger_s_scan_is_refused_logged_and_told(
    house: House, owner: Actor, stranger: Actor
) -> None:
    """
    A forwarded picture of the QR is worth nothing, and its owner hears of it (faults F40).
    """
    pickup = house.collection.open_pickup(owner, house.approved(owner), "wechat")
    with pytest.raises(TicketForwarded):
        house.collection.scan(pickup.scene, stranger)
    assert house.news(owner)[-1] is News.PICKUP_FORWARDED
    assert house.events(stranger.holder_id)[-1] == "pickup:forwarded"
    with pytest.raises(NotFound):
        house.collection.pickup(pickup.id, stranger)
    with pytest.raises(NotFound):
        house.collection.cancel_pickup(pickup.id, stranger)
    assert house.collection.scan(pickup.scene, owner)[0].state is PickupState.SCANNED


def test_a_qr_expires_is_cancelled_and_used_up(house: House, owner: Actor) -> None:
    """
    Five minutes, one use, and a new QR ends the old one.
    """
    ids = house.approved(owner)
    first = house.collection.open_pickup(owner, ids, "wechat")
    second = house.collection.open_pickup(owner, ids, "alipay")
    assert first.scene != second.scene
    with pytest.raises(TicketUnknown):
        house.collection.scan(first.scene, owner)
    with pytest.raises(TicketUnknown):
        house.collection.scan("", owner)
    house.clock.advance(minutes=5)
    with pytest.raises(TicketExpired):
        house.collection.scan(second.scene, owner)

    third = house.collection.open_pickup(owner, ids, "wechat")
    house.collection.cancel_pickup(third.id, owner)
    house.collection.cancel_pickup(third.id, owner)
    with pytest.raises(TicketUnknown):
        house.collection.collect_with_pin(owner, ids, PIN, third.id)

    fourth = house.collection.open_pickup(owner, ids, "wechat")
    house.collection.collect_with_pin(owner, ids, PIN, fourth.id)
    house.work()
    with pytest.raises(TicketUsed):
        house.collection.scan(fourth.scene, owner)
    with pytest.raises(WrongSealState):
        house.collection.open_pickup(owner, ids, "wechat")
    house.collection.cancel_pickup(fourth.id, owner)
    assert house.collection.pickup(fourth.id, owner).state is PickupState.DONE


def test_a_stale_qr_sets_no_pin_and_costs_no_try(house: House, owner: Actor) -> None:
    """
    The QR is looked at before the PIN is.
    """
    ids = house.approved(owner)
    pickup = house.collection.open_pickup(owner, ids, "wechat")
    house.clock.advance(minutes=6)
    with pytest.raises(TicketExpired):
        house.collection.collect_with_pin(owner, ids, PIN, pickup.id)
    assert not house.collection.has_pin(owner)
    with pytest.raises(NotFound):
        house.collection.collect_with_pin(owner, [], PIN)


def test_many_collections_at_once_are_one(any_house: House) -> None:
    """
    Whichever device presses 确定 first; the seal is made once (faults F38).
    """
    owner = any_house.signed_in()
    any_house.pins.set_first(owner.person.id, PIN)
    ids = any_house.approved(owner)
    pickup = any_house.collection.open_pickup(owner, ids, "wechat")

    def collect(_: int) -> str:
        try:
            any_house.collection.collect_with_pin(owner, ids, PIN, pickup.id)
        except SealError as refusal:
            return refusal.code
        return "collected"

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(collect, range(12)))
    assert outcomes.count("collected") == 1
    any_house.work()
    events = any_house.events(owner.holder_id)
    assert (events.count("seal:collect"), events.count("seal:issue")) == (1, 1)


def test_a_wrong_pin_collects_nothing(house: House, owner: Actor) -> None:
    """
    The QR stays open for the right one.
    """
    house.pins.set_first(owner.person.id, PIN)
    ids = house.approved(owner)
    pickup = house.collection.open_pickup(owner, ids, "wechat")
    with pytest.raises(WrongPin):
        house.collection.collect_with_pin(owner, ids, WRONG, pickup.id)
    assert house.collection.ready(owner)
    house.collection.collect_with_pin(owner, ids, PIN, pickup.id)


# --- 制章 ----------------------------------------------------------------------------


def test_making_goes_on_after_trouble_at_the_authority(house: House, owner: Actor) -> None:
    """
    The key is made once and certified when the authority answers again.
    """
    ids = house.approved(owner)
    house.collection.collect_with_pin(owner, ids, PIN)
    house.authority.trouble = ConnectionError()
    for _ in range(2):
        with pytest.raises(ConnectionError):
            house.issuing.resume(ids[0])
    house.authority.trouble = None
    house.issuing.resume(ids[0])
    with house.open_work() as work:
        assert work.seal_keys.count(seal_id=ids[0]) == 1
    made = house.holdings.seal(owner, ids[0])
    house.issuing.resume(ids[0])
    assert house.holdings.seal(owner, ids[0]) == made


def test_the_last_two_seals_of_an_application_tell_once(any_house: House) -> None:
    """
    Two workers that finish the last seals in the same instant: one of them tells the person.
    """
    owner = any_house.signed_in()
    ids = any_house.approved(owner, "statutory_name", "contract", "finance")
    any_house.collection.collect_with_pin(owner, ids, PIN)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(any_house.issuing.resume, ids * 2))
    assert any_house.news(owner).count(News.SEALS_ISSUED) == 1
    assert any_house.events(owner.holder_id).count("seal:issue") == 3


def test_a_certificate_for_another_key_is_not_used(
    house: House, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What the authority sends back is compared with what was asked for.
    """
    ids = house.approved(owner)
    house.collection.collect_with_pin(owner, ids, PIN)
    other = (house.maker.certificate, house.maker.chain)
    monkeypatch.setattr(house.authority, "certify", lambda _: other)
    with pytest.raises(RuntimeError, match="another key"):
        house.issuing.resume(ids[0])
    assert house.holdings.seal(owner, ids[0]).state is SealState.ISSUING


def test_a_seal_the_verifier_does_not_like_is_not_given_out(house: House, owner: Actor) -> None:
    """
    It is read by our own verifier before it leaves, and made again when that is content.
    """
    ids = house.approved(owner)
    house.collection.collect_with_pin(owner, ids, PIN)
    house.judge.forced = "invalid"
    with pytest.raises(RuntimeError, match="invalid"):
        house.issuing.resume(ids[0])
    assert house.holdings.seal(owner, ids[0]).state is SealState.ISSUING

    house.judge.forced = ""
    house.issuing.resume(ids[0])
    assert house.holdings.seal(owner, ids[0]).state is SealState.ACTIVE


@pytest.mark.parametrize("province", ["shanxi", "jiangxi"])
def test_every_seal_a_province_offers_can_be_made(
    tmp_path_factory: pytest.TempPathFactory, province: str
) -> None:
    """
    All types in all sizes draw, and read back as made.
    """
    with open_house(tmp_path_factory.mktemp("all"), province) as house:
        owner = house.signed_in()
        if province == "shanxi":
            seal = house.issued(owner)[0]
        else:
            seal = collected_with_proof(house, owner, "statutory_name")[0]
        for seal_type in house.province.types_for(HolderKind.ORGANISATION):
            for size in seal_type.sizes:
                wish = replace(
                    seal, type=seal_type.code, width_mm=size.width_mm, height_mm=size.height_mm
                )
                assert house.issuing._picture(wish).startswith(b"\x89PNG")


# --- 江西 ----------------------------------------------------------------------------


def collected_with_proof(house: House, owner: Actor, *types: str) -> list[Seal]:
    person = owner.person
    form = replace(house.form(owner, *types), document_id="")
    application = house.applications.submit_with_proof(owner, form, Proof(person.id, "d", "s"))
    ids = [seal.id for seal in house.applications.dossier(application.id)[1]]
    digest = house.collection.agreement(owner, ids, "link")
    house.collection.collect_with_proof(owner, ids, house.willingness.agree(person, digest), "link")
    house.work()
    return [house.holdings.seal(owner, seal_id) for seal_id in ids]


def test_five_seals_by_identity_in_one_go(jiangxi: House) -> None:
    """
    Register and face check decide, 意愿认证 collects; no PIN anywhere.
    """
    owner = jiangxi.signed_in()
    types = [seal_type.code for seal_type in jiangxi.province.types_for(HolderKind.ORGANISATION)]
    seals = collected_with_proof(jiangxi, owner, *types)
    assert len(seals) == 5
    assert {s.state for s in jiangxi.holdings.seals(owner)} == {SealState.ACTIVE}
    assert not jiangxi.collection.has_pin(owner)
    assert jiangxi.news(owner)[-2:] == [News.SEALS_READY, News.SEALS_ISSUED]


def test_the_register_must_confirm_the_enterprise(jiangxi: House) -> None:
    """
    Gone, struck off, renamed, or with another legal representative: no seal.
    """
    owner = jiangxi.signed_in()
    form = replace(jiangxi.form(owner), document_id="")
    proof = Proof(owner.person.id, "d", "s")
    good = jiangxi.registry.entry
    assert good is not None
    for entry in (
        None,
        replace(good, active=False),
        replace(good, name="别的公司"),
        replace(good, legal_representative="李四"),
    ):
        jiangxi.registry.entry = entry
        with pytest.raises(RegistryMismatch):
            jiangxi.applications.submit_with_proof(owner, form, proof)
    jiangxi.registry.entry = good
    with pytest.raises(ProofRefused):
        jiangxi.applications.submit_with_proof(owner, form, Proof("somebody", "d", "s"))
    with pytest.raises(NotAllowed):
        jiangxi.applications.submit(owner, form)
    assert jiangxi.applications.count(owner) == 0


def test_willingness_for_something_else_collects_nothing(jiangxi: House) -> None:
    """
    The proof is bound to the person, the link and exactly these seals.
    """
    owner = jiangxi.signed_in()
    other = jiangxi.signed_in(STRANGER, "openid-2")
    form = replace(jiangxi.form(owner, "contract", "finance"), document_id="")
    proof = Proof(owner.person.id, "d", "s")
    application = jiangxi.applications.submit_with_proof(owner, form, proof)
    ids = [seal.id for seal in jiangxi.applications.dossier(application.id)[1]]
    for actor, chosen, link in (
        (other, ids, "link"),
        (owner, ids[:1], "link"),
        (owner, ids, "link 2"),
    ):
        digest = jiangxi.collection.agreement(actor, chosen, link)
        given = jiangxi.willingness.agree(actor.person, digest)
        with pytest.raises(ProofRefused):
            jiangxi.collection.collect_with_proof(owner, ids, given, "link")
    assert len(jiangxi.collection.ready(owner)) == 2


def test_the_review_province_takes_no_proofs(house: House, owner: Actor) -> None:
    """
    Each province decides in its own way only.
    """
    with pytest.raises(NotAllowed):
        house.applications.submit_with_proof(
            owner, house.form(owner), Proof(owner.person.id, "d", "s")
        )


def test_other_people_s_seals_do_not_exist(house: House, owner: Actor, stranger: Actor) -> None:
    """
    A guessed id is answered as an unknown one (faults F37).
    """
    ids = house.approved(owner)
    for actor_id in (ids[0], "0" * 32):
        with pytest.raises(NotFound):
            house.holdings.seal(stranger, actor_id)
        with pytest.raises(NotFound):
            house.collection.open_pickup(stranger, [actor_id], "wechat")
        with pytest.raises(NotFound):
            house.collection.collect_with_pin(stranger, [actor_id], PIN)
        with pytest.raises(NotFound):
            house.lives.cancel(stranger, [actor_id], CancelReason.OTHER, "")
    assert house.applications.records(stranger) == []


def test_the_reviewer_sees_what_waits(house: House, owner: Actor) -> None:
    """
    The queue shows pending seals only, the dossier all of an application.
    """
    application, seals = house.applied(owner, "statutory_name", "contract")
    house.applications.approve(REVIEWER, [seals[0].id])
    ((queued, pending),) = house.applications.queue()
    assert queued == application
    assert [seal.id for seal in pending] == [seals[1].id]
    assert len(house.applications.dossier(application.id)[1]) == 2
    with pytest.raises(NotFound):
        house.applications.approve(REVIEWER, [])
    assert house.applications.handlers(seals) == {application.id: "王小明"}
