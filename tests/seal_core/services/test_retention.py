"""What has served is forgotten after a month; what is evidence, or still waits, is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from seal_core.domain.tickets import LinkPurpose
from seal_core.services.retention import KEPT, RetentionService
from tests.support.chat import open_chat


def test_old_rows_go_and_evidence_stays(tmp_path: Path) -> None:
    """
    Links, handled pushes and sent messages go; audit, in-site inbox and what waits stay.
    """
    with open_chat(tmp_path) as chat:
        house = chat.house
        actor = chat.sign_in()
        chat.say("菜单")
        house.links.make(LinkPurpose.VIEW, chat.account.id, actor.person.id)
        retention = RetentionService(house.open_work, house.clock)

        def rows() -> tuple[int, int, int]:
            with house.open_work() as work:
                return work.links.count(), work.inbox.count(), work.outgoing.count()

        before = rows()
        assert all(before)
        house.clock.advance(days=KEPT.days - 1)
        retention.forget_old()
        assert rows() == before
        with house.open_work() as work:
            waiting = work.outgoing.select(limit=1)[0]
            work.outgoing.put(replace(waiting, id="w" * 32, sent_at=None))
            work.commit()
        told, events = house.news(actor), house.events(actor.holder_id)
        house.clock.advance(seconds=timedelta(days=3).total_seconds())
        retention.forget_old()
        assert rows() == (0, 0, 1)
        assert (house.news(actor), house.events(actor.holder_id)) == (told, events)
