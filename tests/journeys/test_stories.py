"""The other two of the four stories, told in the worlds that the journeys share."""

from __future__ import annotations

import pytest

from sandbox.stories.telling import Telling
from tests.support.databases import POSTGRES
from tests.support.towns import Town


def test_shanxi_on_alipay(shanxi: Town, shanxi_told: Telling) -> None:
    """Form, review, PIN, two sealed files; the platforms saw no call they would refuse."""
    assert [step.name for step in shanxi_told.steps if not step.ok] == []
    assert shanxi.watcher.illegal() == []
    assert shanxi.count("audit_records", "event = 'seal:use'") >= 2
    assert shanxi.audit_is_sound()


def test_jiangxi_on_wechat(jiangxi: Town, jiangxi_told: Telling) -> None:
    """Face check, five seals, 意愿认证; on PostgreSQL where there is one."""
    assert [step.name for step in jiangxi_told.steps if not step.ok] == []
    assert jiangxi.watcher.illegal() == []
    enterprise = jiangxi.citizen("xiong", "wechat").person.enterprise
    assert enterprise is not None  # other journeys may have renamed it
    own = "holder_id = (SELECT id FROM organisations WHERE uscc = :u)"
    assert jiangxi.count("seals", f"state = 'active' AND {own}", u=enterprise.uscc) == 5
    assert jiangxi.audit_is_sound()


@POSTGRES
@pytest.mark.postgres
def test_postgresql_was_used_where_there_is_one(jiangxi: Town) -> None:
    """Lest the journey silently runs on SQLite."""
    assert jiangxi.engine.dialect.name == "postgresql"


@pytest.mark.parametrize("province", ["shanxi", "jiangxi"])
def test_every_use_of_a_key_is_in_the_audit(province: str, request: pytest.FixtureRequest) -> None:
    """One key:sign before each seal:use, and personal data in no readable column."""
    place: Town = request.getfixturevalue(province)
    request.getfixturevalue(f"{province}_told")

    assert place.count("audit_records", "event = 'key:sign'") == place.count(
        "audit_records", "event = 'seal:use'"
    )
