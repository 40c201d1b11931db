"""印章申请 that is broken off, turned down or withdrawn: what was answered is not asked again."""

from __future__ import annotations

import pytest

from bot.states import State
from seal_core.domain.seals import SealState
from tests.support.chat import Chat, token_of
from tests.support.house import REVIEWER


def link_data(chat: Chat, token: str) -> dict[str, str]:
    return chat.house.links.look(token).data


def test_days_later_one_goes_on_where_one_stopped(signed_in: Chat) -> None:
    """
    The conversation was forgotten, the answers were not; 重新填写 begins anew.
    """
    signed_in.say("印章申请")
    signed_in.say("公章和合同章")
    signed_in.say("圆形 42")
    signed_in.say("取消")
    signed_in.house.clock.advance(days=2)
    signed_in.house.drafts.tidy()
    assert "填到一半" in signed_in.hear()[-1].text
    say = signed_in.say("印章申请")
    assert "法定名称章（圆形 42 mm）、合同专用章（尺寸未选）" in say.text
    assert "没有听懂" in signed_in.say("什么").text
    assert "合同专用章的印模尺寸" in signed_in.say("继续填写").text
    signed_in.say("2")
    data = link_data(signed_in, token_of(signed_in.say("太原")))
    assert data["sizes"] == "圆形 42 mm|圆形 40 mm"
    signed_in.say("印章申请")
    data = link_data(signed_in, token_of(signed_in.say("1")))
    assert (data["region"], data["types"]) == ("山西省太原市", "statutory_name,contract")
    signed_in.say("印章申请")
    signed_in.say("重新填写")
    assert signed_in.where() is State.APPLY_CHOOSING_SEALS


@pytest.mark.parametrize("how", ["rejected", "withdrawn"])
def test_the_second_application_starts_from_the_first(signed_in: Chat, how: str) -> None:
    """
    Types, sizes, region and the form that was brought; the page is one step away.
    """
    application, seals = signed_in.house.applied(signed_in.actor, "contract")
    signed_in.hear()
    signed_in.say("菜单")
    if how == "rejected":
        signed_in.house.applications.reject(REVIEWER, [seals[0].id], "不清楚")
        signed_in.hear()
    else:
        assert "内容会保留" in signed_in.say("撤回申请").text
        assert "已撤回" in signed_in.say("确定").text
        assert "没有可以撤回申请的印章" in signed_in.say("撤回").text
    signed_in.say("印章申请")
    data = link_data(signed_in, token_of(signed_in.say("继续")))
    assert data["types"] == "contract"
    assert data["document"] == application.document_id
    assert signed_in.where() is State.APPLY_ON_PAGE
    again = link_data(signed_in, token_of(signed_in.say("链接打不开")))
    assert again == data


def test_one_or_all_that_wait_are_withdrawn(signed_in: Chat) -> None:
    """
    Whoever means one is asked about the others.
    """
    signed_in.house.applied(signed_in.actor, "contract", "finance")
    signed_in.hear()
    signed_in.say("菜单")
    assert len(signed_in.say("撤回申请").choices) == 2
    scope = signed_in.say("财务专用章")
    assert "全部撤回申请（2 枚）" in scope.choices
    signed_in.say("2")
    signed_in.say("确定")
    records = signed_in.house.applications.records(signed_in.actor)
    assert {seal.state for seal in records} == {SealState.WITHDRAWN}
    assert "已撤回" in signed_in.say("申领记录").text
