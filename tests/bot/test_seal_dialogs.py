"""印章管理 in the chat: why, which, are you sure; and what is said when time or others act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot import texts
from bot.states import State
from seal_core.domain.records import News
from seal_core.domain.seals import SealEvent, SealState
from seal_core.domain.tickets import LinkPurpose
from seal_core.services.lives import Wish
from tests.support.chat import Chat, token_of
from tests.support.house import PIN
from tests.support.people import COLLEAGUE


def issued(chat: Chat, *types: str) -> None:
    chat.house.issued(chat.actor, *types)
    chat.hear()
    chat.say("菜单")


def states(chat: Chat) -> list[SealState]:
    """Of all seals, oldest first."""
    return [seal.state for seal in reversed(chat.house.holdings.seals(chat.actor))]


def collect(chat: Chat, page_token: str) -> None:
    """What the page behind the link does, and the making."""
    ids = chat.house.links.look(page_token).data["seal_ids"].split(",")
    chat.house.collection.collect_with_pin(chat.actor, ids, PIN)
    chat.hear()


TALKS: list[tuple[Sequence[str], SealState]] = [
    (("停用", "暂时不用", "确定"), SealState.SUSPENDED),
    (("停用印章", "会计休产假", "好的"), SealState.SUSPENDED),
    (("停用", "1", "取消"), SealState.ACTIVE),
    (("停用", "1", "不要"), SealState.ACTIVE),
    (("注销", "企业注销", "确定"), SealState.CANCELLED),
    (("我要注销印章", "公司搬家了", "是的"), SealState.CANCELLED),
    (("我的印章", "1", "注销", "4", "1"), SealState.CANCELLED),
    (("挂失", "确定"), SealState.FROZEN),
    (("印章丢了", "确定"), SealState.FROZEN),
    (("挂失", "2"), SealState.ACTIVE),
]


@pytest.mark.parametrize(("words", "end"), TALKS, ids=lambda v: "-".join(v) if v else "")
def test_a_seal_is_led_by_words(signed_in: Chat, words: Sequence[str], end: SealState) -> None:
    """
    From anywhere or from its detail, with a reason of the list or one's own; asked before done.
    """
    issued(signed_in)
    for word in words[:-1]:
        signed_in.say(word)
    assert states(signed_in) == [SealState.ACTIVE], "nothing before 确定"
    assert signed_in.where() is State.MY_SEALS_CONFIRMING
    assert "没有听懂" in signed_in.say("嗯嗯啊啊").text
    signed_in.say(words[-1])
    assert states(signed_in) == [end]
    assert signed_in.where() is State.MENU


def test_the_reason_given_is_the_reason_written_down(signed_in: Chat) -> None:
    """
    A number beyond the list is no reason; the words stand in the audit record.
    """
    issued(signed_in)
    signed_in.say("注销")
    assert "没有听懂" in signed_in.say("9").text
    signed_in.say("公司更名")
    signed_in.say("确定")
    (seal,) = signed_in.house.holdings.seals(signed_in.actor)
    with signed_in.house.open_work() as work:
        record = work.audit.last(seal.holder_id, seal.id, SealEvent.CANCEL)
    assert record is not None
    assert record.detail == {"reason": "other", "words": "公司更名"}


def test_one_or_all_of_an_enterprise(signed_in: Chat) -> None:
    """
    企业注销 ends all seals with one word; whoever means one is asked whether he means the others.
    """
    issued(signed_in, "statutory_name", "contract", "finance")
    assert len(signed_in.say("注销").choices) == 3
    assert "没有听懂" in signed_in.say("发票章").text
    signed_in.say("合同专用章")
    scope = signed_in.say("企业变更")
    assert "全部注销（3 枚）" in scope.choices
    assert "没有听懂" in signed_in.say("八枚").text
    asked = signed_in.say("1")
    assert "合同专用章" in asked.text
    assert "财务专用章" not in asked.text
    signed_in.say("返回")
    assert "财务专用章" in signed_in.say("全部").text
    signed_in.say("确定")
    assert states(signed_in) == [SealState.CANCELLED] * 3
    assert "没有可以注销的印章" in signed_in.say("注销").text


def test_lost_and_made_anew_in_one_go(signed_in: Chat) -> None:
    """
    挂失 names the next step; 重新制作 ends on the page that makes the seals.
    """
    issued(signed_in, "statutory_name", "contract")
    assert "请先回复“挂失”" in signed_in.say("重新制作").text
    signed_in.say("挂失")
    signed_in.say("1")
    signed_in.say("2")
    assert "重新制作" in signed_in.say("确定").text
    asked = signed_in.say("重新制作")
    assert "继续有效" in asked.text
    page = signed_in.say("确定")
    assert signed_in.where() is State.COLLECT_ON_PAGE
    assert signed_in.say("页面关掉了").link is not None
    collect(signed_in, token_of(page))
    assert states(signed_in) == [*[SealState.CANCELLED] * 2, *[SealState.ACTIVE] * 2]


def test_renewal_says_what_it_means_for_old_files(signed_in: Chat) -> None:
    """
    Too early it is not offered; in its window it leads to the page that makes the new seal.
    """
    issued(signed_in)
    assert "到期前 30 天内" in signed_in.say("续期").text
    (seal,) = signed_in.house.holdings.seals(signed_in.actor)
    assert seal.valid_to is not None
    left = seal.valid_to - timedelta(days=5) - signed_in.house.clock()
    signed_in.house.clock.advance(seconds=left.total_seconds())
    signed_in.house.terms.run()
    assert "还有不到 7 天到期" in signed_in.hear()[-1].text
    signed_in.say("我的印章")
    assert "续期" in signed_in.say("1").choices
    asked = signed_in.say("续期")
    assert "以前盖过章的文件继续有效" in asked.text
    page = signed_in.say("确定")
    assert signed_in.house.links.look(token_of(page)).purpose is LinkPurpose.COLLECT
    collect(signed_in, token_of(page))
    assert states(signed_in) == [SealState.RENEWED, SealState.ACTIVE]
    assert len(signed_in.say("我的印章").choices) == 2, "what has ended is not in the way"


def test_what_waits_for_collection_stands_in_the_list(signed_in: Chat) -> None:
    """
    印章列表 shows 立即领取, with the day it ends.
    """
    signed_in.house.approved(signed_in.actor)
    signed_in.hear()
    signed_in.say("我的印章")
    detail = signed_in.say("1")
    assert detail.choices == ("立即领取", "注销", "返回列表")
    assert "前领取" in detail.text
    signed_in.say("1")
    assert signed_in.where() is State.COLLECT_CONFIRMING


def test_a_member_looks_and_does_nothing(signed_in: Chat) -> None:
    """
    The list is open to him, its buttons are not.
    """
    issued(signed_in)
    colleague = signed_in.also("openid-3")
    colleague.sign_in(COLLEAGUE)
    colleague.say("我的印章")
    assert colleague.say("1").choices == ("返回列表",)
    for wish in Wish:
        assert "法定代表人" in colleague.say(texts.WISHES[wish]).text


SEAL_NEWS = sorted(texts.SEAL_NEWS)


@pytest.mark.parametrize("news", SEAL_NEWS)
def test_every_piece_of_news_names_the_seal_and_the_next_step(news: News) -> None:
    """
    Nobody is left with a fact and no way on.
    """
    say = texts.seal_news(news, {"seals": "示例公司合同专用章", "days": "7", "name": "示例集团"})
    assert "示例公司合同专用章" in say.text
    assert "回复“" in say.text
