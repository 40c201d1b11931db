"""备案 (国办发〔2025〕33号, article 17): what changed a seal is filed, and has a receipt."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from seal_core.domain.desk import FILED, Filing
from seal_core.domain.holders import Actor, NotFound
from seal_core.domain.provinces import Province
from seal_core.domain.records import AuditRecord, StaffMember, StaffRole
from seal_core.domain.seals import Seal, SealEvent
from seal_core.formats.certificates import parse_certificate
from seal_core.gm import sm3
from seal_core.ports import Between, Clock, OpenWork, Work

BEIJING = ZoneInfo("Asia/Shanghai")


class FilingService:
    """Files what the audit chain says of a seal, once each, with numbers that count the day."""

    def __init__(self, open_work: OpenWork, clock: Clock, province: Province) -> None:
        self._open_work = open_work
        self._now = clock
        self._province = province

    def file(self, seal_id: str) -> None:
        """File all that happened to the seal and is not filed yet; safe to run twice."""
        with self._open_work() as work:
            work.alone("filings")
            seal = work.seals.get(seal_id)
            known = {filing.id for filing in work.filings.select(seal_id=seal_id, limit=1000)}
            happened = work.audit.about(seal.holder_id, seal_id, FILED)
            for record in happened:
                if record.id not in known:
                    work.filings.put(self._filing(work, seal, record))
            work.commit()

    def of_seal(self, actor: Actor, seal_id: str) -> list[Filing]:
        """The holder's receipts of one of his seals, newest first."""
        with self._open_work() as work:
            return work.filings.select(seal_id=seal_id, holder_id=actor.holder_id)

    def own(self, actor: Actor, filing_id: str) -> tuple[Filing, Seal]:
        """Raises NotFound for anybody else's."""
        filing, seal = self._one(filing_id)
        if filing.holder_id != actor.holder_id:
            raise NotFound(filing_id)
        return filing, seal

    def recent(
        self, member: StaffMember, *, limit: int = 20, offset: int = 0
    ) -> tuple[list[tuple[Filing, Seal]], int]:
        """备案记录 with their seals, newest first, and how many there are. Raises NotAllowed."""
        member.must_be(StaffRole.MAKER, StaffRole.AUDITOR)
        with self._open_work() as work:
            found = work.filings.select(limit=limit, offset=offset)
            rows = [(filing, work.seals.get(filing.seal_id)) for filing in found]
            return rows, work.filings.count()

    def get(self, member: StaffMember, filing_id: str) -> tuple[Filing, Seal]:
        """Raises NotAllowed or NotFound."""
        member.must_be(StaffRole.MAKER, StaffRole.AUDITOR)
        return self._one(filing_id)

    def _one(self, filing_id: str) -> tuple[Filing, Seal]:
        with self._open_work() as work:
            filing = work.filings.get(filing_id)
            return filing, work.seals.get(filing.seal_id)

    def _filing(self, work: Work, seal: Seal, record: AuditRecord) -> Filing:
        now, event = self._now(), SealEvent(record.event)
        serial = format(parse_certificate(seal.certificate).serial, "x") if seal.certificate else ""
        return Filing(
            id=record.id,
            number=self._number(work, now),
            seal_id=seal.id,
            holder_id=seal.holder_id,
            event=event,
            digest=_digest(seal, record),
            certificate=serial,
            happened_at=record.at,
            filed_at=now,
        )

    def _number(self, work: Work, now: datetime) -> str:
        """省份、日期、当日流水号; nobody else counts at the same time."""
        day = now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
        today = work.filings.count(filed_at=Between(day, day + timedelta(days=1)))
        return f"{self._province.code.upper()}-{day:%Y%m%d}-{today + 1:06d}"


def _digest(seal: Seal, record: AuditRecord) -> str:
    """SM3 (hex) over the seal data, its picture and the audit record that is filed."""
    body = {
        "seal": seal.id,
        "name": seal.name,
        "holder": seal.holder_name,
        "ses": sm3.digest(seal.ses).hex(),
        "picture": sm3.digest(seal.picture).hex(),
        "event": record.event,
        "record": record.digest.hex(),
    }
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sm3.digest(text.encode()).hex()
