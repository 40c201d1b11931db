"""The service's archive: sealed PDF get their proof in time, as new revisions beside the old."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from seal_core.domain.documents import Document
from seal_core.domain.holders import Actor
from seal_core.domain.sealing import DocumentChanged, SealingTask
from seal_core.domain.seals import Seal
from seal_core.engines.pdf_archive import protected_until
from seal_core.engines.pdf_evidence import Proof
from seal_core.gm import sm3
from seal_core.ports import TimeStamper
from seal_core.services.archiving import ArchiveRefused, ArchiveService, successor_of
from tests.support import pdf
from tests.support.fakes import Killed
from tests.support.house import PIN, House
from tests.support.ofd import ofd

WAIT = {"days": 1, "minutes": 1}


@dataclass
class Stamper:
    """Stamps at the house's clock, with certificates of three years; counts its work."""

    house: House
    stamps: int = 0

    def stamp(self, message: bytes) -> bytes:
        self.stamps += 1
        ca = self.house.authority.authority
        return pdf.TestTimeStamper(self.house.clock(), ca).stamp(message)


@dataclass
class Archive:
    """The service with what it works on."""

    house: House
    owner: Actor
    stamper: Stamper = field(init=False)
    order_id: str = ""

    def __post_init__(self) -> None:
        self.stamper = Stamper(self.house)

    def service(self, timestamper: TimeStamper | None) -> ArchiveService:
        house = self.house

        def proof() -> Proof:
            ca = house.authority.authority
            return Proof(ca.chain, (ca.crl(), ca.root_crl()))

        return ArchiveService(
            house.open_work, house.clock, house.documents_kept, house.judge, proof, timestamper
        )

    def look(self, timestamper: TimeStamper | None = None) -> None:
        """What a worker does every ten minutes, and the jobs that come of it."""
        service = self.service(timestamper or self.stamper)
        service.queue_due()
        self.house.work(archive_document=service.renew)

    def task(self) -> SealingTask:
        (task,) = self.house.sealing.results(self.order_id, self.owner.person.id)
        return task

    def result(self) -> Document:
        """What the holder gets when he asks for the sealed file."""
        return self.house.documents.get(self.task().result_id, self.owner.person.id)

    def bytes_of(self, document_id: str) -> bytes:
        return self.house.documents_kept.get(document_id)


@pytest.fixture
def seal(house: House, owner: Actor) -> Seal:
    return house.issued(owner)[0]


@pytest.fixture
def archive(house: House, owner: Actor, seal: Seal) -> Archive:
    """A sealed PDF, a minute old."""
    made = Archive(house, owner)
    made.order_id = house.ordered(owner, seal).id
    house.sealing.confirm_with_pin(owner, made.order_id, PIN)
    house.work()
    return made


def test_a_day_after_sealing_the_proof_is_added(archive: Archive) -> None:
    """
    Not before; then a new revision beside the old, which is what the holder gets from now on.
    It is in the audit chain, and the bytes of the old one stand unchanged inside the new.
    """
    first = archive.result()
    archive.look()
    assert archive.result() == first

    archive.house.clock.advance(**WAIT)
    archive.look()

    second = archive.result()
    assert second.id == successor_of(first.id) != first.id
    assert archive.bytes_of(second.id).startswith(archive.bytes_of(first.id))
    assert (second.name, second.signatures) == (first.name, first.signatures + 1)
    assert "seal:archive" in archive.house.events(archive.owner.holder_id)
    assert archive.house.judge.verdict(archive.bytes_of(second.id), "x") == "valid"


def test_it_is_renewed_before_the_stamp_ends_and_not_sooner(archive: Archive) -> None:
    """
    Over ten years of looking twice a year: one renewal in about three years each.
    """
    archive.house.clock.advance(**WAIT)
    for _ in range(20):
        archive.look()
        until = protected_until(archive.bytes_of(archive.result().id))
        assert until is not None
        assert until > archive.house.clock()
        archive.house.clock.advance(days=182)

    assert 4 <= archive.stamper.stamps <= 5


def test_a_job_run_again_archives_once(archive: Archive) -> None:
    """
    Killed after storing: the next run takes the stored bytes. Run after all is done: nothing.
    """
    archive.house.clock.advance(**WAIT)
    first, service = archive.result(), archive.service(archive.stamper)
    archive.house.documents_kept.dies = "after write"
    with pytest.raises(Killed):
        service.renew(first.id)
    stored = archive.bytes_of(successor_of(first.id))
    assert archive.result() == first

    service.renew(first.id)
    service.renew(first.id)

    second = archive.result()
    assert archive.bytes_of(second.id) == stored
    assert sm3.digest(stored).hex() == second.sm3
    assert archive.house.events(archive.owner.holder_id).count("seal:archive") == 1


def test_nothing_is_done_without_an_authority(archive: Archive) -> None:
    archive.house.clock.advance(**WAIT)
    first, service = archive.result(), archive.service(None)
    service.queue_due()
    service.renew(first.id)

    assert archive.result() == first


def test_what_would_be_worth_less_is_not_kept(archive: Archive) -> None:
    """
    The judge is asked before and after; bytes that are not those we sealed are not archived.
    """
    archive.house.clock.advance(**WAIT)
    first, verdicts = archive.result(), iter(["valid", "invalid"])

    class Fickle:
        def verdict(self, document: bytes, name: str) -> str:
            return next(verdicts)

    service = ArchiveService(
        archive.house.open_work,
        archive.house.clock,
        archive.house.documents_kept,
        Fickle(),
        Proof,
        archive.stamper,
    )
    with pytest.raises(ArchiveRefused):
        service.renew(first.id)
    with archive.house.open_work() as work:
        work.documents.put(replace(first, sm3="00" * 32))
        work.commit()
    with pytest.raises(DocumentChanged):
        service.renew(first.id)
    assert archive.task().result_id == first.id


def test_ofd_is_not_archived(house: House, owner: Actor, seal: Seal) -> None:
    """
    Its signatures carry their own stamps; there is no place for validation data in it.
    """
    document = house.upload(owner, ofd(1), "合同.ofd")
    order = house.ordered(owner, seal, document)
    house.sealing.confirm_with_pin(owner, order.id, PIN)
    house.work()
    archive = Archive(house, owner, order_id=order.id)
    house.clock.advance(**WAIT)

    archive.look()

    assert archive.stamper.stamps == 0
