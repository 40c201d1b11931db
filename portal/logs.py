"""Audit records in words: what a holder filters and reads in 日志管理."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.texts import BEIJING, local
from portal.context import Pages
from portal.wording import EVENTS, channel_name, event_name
from seal_core.domain.holders import Actor
from seal_core.domain.records import AuditRecord
from seal_core.services.holdings import LogFilter

OTHERS = "其他"
GROUPS: Mapping[str, tuple[str, ...]] = {
    "申请和审核": ("seal:apply", "seal:approve", "seal:reject", "seal:withdraw", "review:"),
    "领取": ("pickup:", "seal:collect", "seal:issue"),
    "用章": ("order:", "seal:use", "seal:refuse", "key:"),
    "印章管理": ("seal:",),
    "登录和密码": ("account:", "page:", "pin:"),
    "授权": ("member:", "grant:", "agent:"),
    "反馈": ("feedback:",),
    OTHERS: ("",),
}
"""What a holder would look for, by the beginnings of the events; the first that fits counts."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record in words."""

    number: int
    at: str
    event: str
    who: str
    channel: str
    about: str


def wanted_of(arguments: Mapping[str, str]) -> LogFilter:
    """The filter an address asks for; what makes no sense asks for nothing."""
    group = arguments.get("group", "")
    events = tuple(event for event in EVENTS if group_of(event) == group)
    until = _day(arguments.get("until", ""))
    return LogFilter(
        events=events,
        first=_day(arguments.get("first", "")),
        until=until + timedelta(days=1) if until else None,
    )


def group_of(event: str) -> str:
    """The group an event stands in."""
    return next(name for name, beginnings in GROUPS.items() if event.startswith(beginnings))


def log_rows(
    pages: Pages, actor: Actor, wanted: LogFilter, limit: int, offset: int = 0
) -> list[Row]:
    """The records in words, newest first."""
    records = pages.holdings.log(actor, wanted, limit=limit, offset=offset)
    names = {seal.id: seal.name for seal in pages.applications.records(actor, limit=1000)}
    people = pages.holdings.who(records)
    return [_row(record, names, people) for record in records]


def _row(record: AuditRecord, names: Mapping[str, str], people: Mapping[str, str]) -> Row:
    staff = "工作人员" if record.channel == "staff" else "系统"
    return Row(
        number=record.sequence,
        at=local(record.at),
        event=event_name(record.event),
        who=people.get(record.actor_id, staff),
        channel=channel_name(record.channel),
        about=names.get(record.subject_id, "—"),
    )


def _day(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text)
        return datetime.combine(day, time(), BEIJING) if day.year >= 2000 else None
    except ValueError:
        return None


def kept_of(arguments: Mapping[str, str]) -> dict[str, str]:
    return {name: arguments.get(name, "")[:40] for name in ("group", "first", "until")}
