"""Every dialog, walked as people walk it: by number, by word, wrongly, back and away."""

from __future__ import annotations

import pytest

from bot import texts
from bot.handlers import router
from bot.messages import Kind
from bot.states import State
from seal_core.domain.records import News, Notice
from seal_core.domain.sealing import OrderNotOpen, OrderState
from seal_core.domain.seals import SealEvent
from seal_core.domain.tickets import LinkPurpose, PickupState
from seal_core.formats.pdf_bytes import open_pdf, signature_fields
from tests.support.chat import Chat, token_of
from tests.support.databases import MORNING
from tests.support.house import PIN, REVIEWER
from tests.support.pdf import simple_pdf
from tests.support.people import COLLEAGUE, STRANGER


def issued(chat: Chat, *types: str) -> None:
    chat.house.issued(chat.actor, *types)
    chat.hear()


def test_everything_has_its_handler() -> None:
    """
    Each state but the menu, each piece of news and each item of the menu.
    """
    assert router.states.keys() == set(State) - {State.MENU}
    assert router.news.keys() == set(News)
    assert set(texts.MENU_ITEMS) <= router.commands.keys()


# --- greeting and menu ---------------------------------------------------------------


def test_a_new_follower_is_led_to_sign_in(chat: Chat) -> None:
    """
    Welcome and the way in; gone and back again works, and going away is not answered.
    """
    for _ in range(2):
        say = chat.do(Kind.FOLLOW)
        assert say is not None
        assert "登录" in say.text
        link = chat.house.links.look(token_of(say))
        assert (link.purpose, link.account_id) == (LinkPurpose.SIGN_IN, chat.account.id)
        assert chat.do(Kind.UNFOLLOW) is None
        assert not chat.account.reachable
    chat.sign_in()
    say = chat.do(Kind.FOLLOW)
    assert say is not None
    assert "山西示例科技有限公司" in say.text


@pytest.mark.parametrize("item", [item for item in texts.MENU_ITEMS if item != "信息公告"])
def test_whoever_is_not_signed_in_is_asked_to(chat: Chat, item: str) -> None:
    """
    Every item of the menu that is about a person.
    """
    say = chat.say(item)
    assert say.link is not None
    assert chat.house.links.look(token_of(say)).purpose is LinkPurpose.SIGN_IN


def test_signing_in_is_told_and_opens_the_menu(chat: Chat) -> None:
    """
    The account speaks for the person from then on, until 退出登录.
    """
    chat.house.signed_in(subject=chat.openid)
    (said,) = chat.hear()
    assert said.choices == texts.MENU_ITEMS
    assert chat.say("我的印章").link is None
    chat.say("退出登录")
    assert chat.say("我的印章").link is not None


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("2", State.APPLY_CHOOSING_SEALS),
        ("２", State.APPLY_CHOOSING_SEALS),
        ("2.", State.APPLY_CHOOSING_SEALS),
        ("第二个", State.APPLY_CHOOSING_SEALS),
        ("印章申请。", State.APPLY_CHOOSING_SEALS),
        ("我想申请一枚公章", State.APPLY_CHOOSING_SEALS),
        ("帮我验一下签章，验签", None),
        ("帮我验签", State.VERIFY_UPLOADING),
        ("99", None),
        ("9" * 5000, None),
        ("#scan", None),
        ("天气怎么样", None),
        ("🈶", None),
    ],
)
def test_the_menu_understands_people(signed_in: Chat, words: str, state: State | None) -> None:
    """
    Numbers in any width, ordinals, sentences with one wish; the rest is asked again.
    """
    say = signed_in.say(words)
    assert signed_in.where() is (state or State.MENU)
    assert state is not None or "没有听懂" in say.text


def test_words_that_mean_the_same_everywhere(signed_in: Chat) -> None:
    """
    帮助 repeats the open question, 返回 undoes one step and keeps the rest, 取消 ends.
    """
    signed_in.say("印章申请")
    signed_in.say("合同章 法定名称章")
    helped = signed_in.say("帮助")
    assert "刚才在问" in helped.text
    assert helped.choices
    assert signed_in.where() is State.APPLY_CHOOSING_SIZE
    assert signed_in.say("返回").choices == tuple(
        seal_type.name for seal_type in signed_in.house.province.seal_types
    )
    assert signed_in.where() is State.APPLY_CHOOSING_SEALS
    assert "第一步" in signed_in.say("返回").text
    signed_in.say("取消")
    assert signed_in.where() is State.MENU
    assert signed_in.say("菜单").choices == texts.MENU_ITEMS
    assert "12345" in signed_in.say("人工").text
    assert "返回" in signed_in.say("返回").text or signed_in.where() is State.MENU


def test_pictures_and_voices_are_answered_and_change_nothing(signed_in: Chat) -> None:
    """
    Whoever sends the file itself hears how it is done; the question stays open.
    """
    signed_in.say("印章申请")
    for kind in (Kind.PICTURE, Kind.FILE, Kind.OTHER):
        say = signed_in.do(kind)
        assert say is not None
        assert "上传" in say.text
    assert signed_in.where() is State.APPLY_CHOOSING_SEALS


def test_menu_buttons_are_commands(signed_in: Chat) -> None:
    """
    An unknown button is answered with the menu.
    """
    say = signed_in.do(Kind.CLICK, key="文件验签")
    assert say is not None
    assert say.link is not None
    for key in ("gone", "", "#scan"):
        said = signed_in.do(Kind.CLICK, key=key)
        assert said is not None
        assert said.choices == texts.MENU_ITEMS


# --- notices -------------------------------------------------------------------------


def test_notices_are_for_everybody(chat: Chat) -> None:
    """
    None yet, then one by number or title; a wrong answer shows the list again.
    """
    assert "没有公告" in chat.say("信息公告").text
    notice = Notice("n" * 32, "关于印章的通知", "正文", (("表.pdf", "a.pdf"),), MORNING)
    with chat.house.open_work() as work:
        work.notices.put(notice)
        work.commit()
    assert chat.say("公告").choices == (notice.title,)
    assert chat.say("第三条").choices == (notice.title,)
    say = chat.say("1")
    assert "正文" in say.text
    assert say.link is not None
    assert chat.house.links.look(token_of(say)).data == {"notice_id": notice.id}


# --- application ---------------------------------------------------------------------


def test_an_application_in_the_chat(signed_in: Chat) -> None:
    """
    Types, a size each, the region; wrong answers keep what was given, and the page gets it all.
    """
    signed_in.say("印章申请")
    assert "没有听懂" in signed_in.say("3 和 7").text
    assert "法定名称章" in signed_in.say("公章和合同章").text
    assert "没有听懂" in signed_in.say("99mm").text
    assert "合同专用章" in signed_in.say("圆形 42").text
    assert signed_in.where() is State.APPLY_CHOOSING_SIZE
    assert "区划" in signed_in.say("40mm").text
    assert "没有听懂" in signed_in.say("北京").text
    say = signed_in.say("太原")
    data = signed_in.house.links.look(token_of(say)).data
    assert data["types"] == "statutory_name,contract"
    assert data["sizes"] == "圆形 42 mm|圆形 40 mm"
    assert data["region"] == "山西省太原市"
    assert signed_in.say("然后呢").link is not None, "the page is offered again"
    form = signed_in.house.form(signed_in.actor, "statutory_name", "contract")
    signed_in.house.applications.submit(signed_in.actor, form)
    assert "已提交" in signed_in.hear()[-1].text
    assert signed_in.where() is State.MENU
    assert "待审核" in signed_in.say("申领记录").text


def test_a_member_is_told_who_may(chat: Chat) -> None:
    """
    Not refused in silence.
    """
    chat.sign_in(COLLEAGUE)
    for words in ("印章申请", "印章领取"):
        assert "法定代表人" in chat.say(words).text
        assert chat.where() is State.MENU


def test_five_types_at_once(jiangxi: Chat) -> None:
    """
    江西: all of them; there is one size each, so the region comes next.
    """
    jiangxi.say("印章申请")
    assert "区划" in jiangxi.say("全部").text
    say = jiangxi.say("南昌")
    data = jiangxi.house.links.look(token_of(say)).data
    assert len(data["types"].split(",")) == len(data["sizes"].split("|")) == 5


def test_the_verdict_of_the_review_is_told(signed_in: Chat) -> None:
    """
    With 审核意见, and the next step, wherever the person stands in another dialog.
    """
    _, seals = signed_in.house.applied(signed_in.actor)
    signed_in.hear()
    signed_in.say("文件验签")
    signed_in.house.applications.reject(REVIEWER, [seals[0].id], "印模不清楚")
    (said,) = signed_in.hear()
    assert "印模不清楚" in said.text
    assert signed_in.where() is State.VERIFY_UPLOADING
    ids = signed_in.house.approved(signed_in.actor)
    assert "审核通过" in signed_in.hear()[-1].text
    assert "审核意见" in signed_in.say("申领记录").text
    assert len(ids) == 1


# --- collection ----------------------------------------------------------------------


def test_collecting_by_scan(signed_in: Chat) -> None:
    """
    A stranger's scan, the owner's, a wrong answer, 确定, the PIN page, and the seals.
    """
    ids = signed_in.house.approved(signed_in.actor)
    signed_in.hear()
    pickup = signed_in.house.collection.open_pickup(signed_in.actor, ids, "wechat")
    other = signed_in.also("openid-2")
    other.sign_in(STRANGER)
    said = other.do(Kind.SCAN, scene=pickup.scene)
    assert said is not None
    assert "不是给您的" in said.text
    assert "有人扫描" in signed_in.hear()[-1].text

    said = signed_in.do(Kind.SCAN, scene=pickup.scene)
    assert said is not None
    assert said.choices == ("确定", "取消")
    assert "没有听懂" in signed_in.say("什么").text
    page = signed_in.say("好的")
    data = signed_in.house.links.look(token_of(page)).data
    assert data == {"seal_ids": ids[0], "pickup_id": pickup.id}
    assert "设置印章密码" in page.text
    assert signed_in.say("打不开").link is not None
    signed_in.house.collection.collect_with_pin(signed_in.actor, ids, PIN, pickup.id)
    assert "领取成功" in signed_in.hear()[-1].text
    assert signed_in.where() is State.MENU
    said = signed_in.do(Kind.SCAN, scene=pickup.scene)
    assert said is not None
    assert "用过" in said.text


@pytest.mark.parametrize("words", ["取消", "2", "不要", "算了"])
def test_collecting_is_called_off(signed_in: Chat, words: str) -> None:
    """
    However it is said, the QR on the PC page ends too.
    """
    ids = signed_in.house.approved(signed_in.actor)
    pickup = signed_in.house.collection.open_pickup(signed_in.actor, ids, "wechat")
    signed_in.do(Kind.SCAN, scene=pickup.scene)
    assert "已取消" in signed_in.say(words).text
    found = signed_in.house.collection.pickup(pickup.id, signed_in.actor)
    assert found.state is PickupState.CANCELLED
    assert signed_in.where() is State.MENU


def test_scans_that_lead_nowhere(signed_in: Chat) -> None:
    """
    Unknown, expired, and a scan by somebody who is not signed in.
    """
    ids = signed_in.house.approved(signed_in.actor)
    pickup = signed_in.house.collection.open_pickup(signed_in.actor, ids, "wechat")
    signed_in.house.clock.advance(minutes=6)
    for scene, word in ((pickup.scene, "过期"), ("pickup-0", "不认识"), ("", "不认识")):
        said = signed_in.do(Kind.SCAN, scene=scene)
        assert said is not None
        assert word in said.text
    said = signed_in.also("openid-9").do(Kind.FOLLOW, scene=pickup.scene)
    assert said is not None
    assert said.link is not None


def test_collecting_without_a_scan(jiangxi: Chat) -> None:
    """
    江西: 意愿认证 instead of a PIN; nothing to collect is said kindly.
    """
    assert "没有待领取" in jiangxi.say("领取").text
    form = jiangxi.house.form(jiangxi.actor)
    proof = jiangxi.house.willingness.agree(jiangxi.actor.person, "d")
    jiangxi.house.applications.submit_with_proof(jiangxi.actor, form, proof)
    assert "可领取" in jiangxi.hear()[-1].text
    jiangxi.say("领取")
    say = jiangxi.say("确定")
    assert "意愿认证" in say.text
    assert jiangxi.house.links.look(token_of(say)).purpose is LinkPurpose.COLLECT


# --- my seals ------------------------------------------------------------------------


def test_my_seals_are_listed_and_shown(signed_in: Chat) -> None:
    """
    By number or name; 返回 leads back to the list, and a page can do all of it.
    """
    assert "还没有印章" in signed_in.say("我的印章").text
    issued(signed_in, "statutory_name", "contract")
    assert len(signed_in.say("我的印章").choices) == 3
    assert "没有听懂" in signed_in.say("发票章").text
    page = signed_in.say("在页面上管理")
    assert signed_in.house.links.look(token_of(page)).purpose is LinkPurpose.SEALS
    detail = signed_in.say("合同专用章")
    assert detail.choices == ("停用", "挂失", "注销", "返回列表")
    assert "有效" in detail.text
    assert len(signed_in.say("返回").choices) == 3
    signed_in.say("合同专用章")
    assert "没有听懂" in signed_in.say("卖掉").text
    assert len(signed_in.say("返回列表").choices) == 3


# --- sealing -------------------------------------------------------------------------


def at_place(chat: Chat, files: int = 1, data: bytes = b"") -> list[str]:
    """Up to the question where to seal; the documents' ids. The seal is made the first time."""
    if not chat.house.sealing.usable_seals(chat.actor):
        issued(chat)
    content = data or simple_pdf()
    chat.say("文件盖章")
    ids = [
        chat.house.documents.receive(chat.actor.person.id, f"{n}.pdf", content, "seal").id
        for n in range(files)
    ]
    said = chat.hear()
    assert len(said) == files
    assert said[-1].choices
    chat.say("1")
    return ids


def test_sealing_in_the_chat(signed_in: Chat) -> None:
    """
    Upload, seal, place, the order on its page, the result.
    """
    assert "没有可以使用的印章" in signed_in.say("文件盖章").text
    ids = at_place(signed_in, files=2)
    assert "没有听懂" in signed_in.say("随便").text
    assert "只有 1 页" in signed_in.say("第2页 120 200").text
    assert "只有 1 页" in signed_in.say("第0页 120 200").text
    say = signed_in.say("末页右下角")
    assert "盖章授权单" in say.text
    order_id = signed_in.house.links.look(token_of(say)).data["order_id"]
    order, _, tasks = signed_in.house.sealing.order(order_id, signed_in.actor.person.id)
    assert [t.document_id for t in reversed(tasks)] == ids
    assert signed_in.say("然后呢").link is not None
    signed_in.house.sealing.confirm_with_pin(signed_in.actor, order.id, PIN)
    assert "盖章完成" in signed_in.hear()[-1].text
    assert signed_in.where() is State.MENU
    signed_in.say("我的印章")
    assert "用章 2 次" in signed_in.say("1").text


WITH_FIELD = simple_pdf(
    ["/MediaBox [0 0 595 842] /Annots [6 0 R]"],
    catalog="/AcroForm << /Fields [6 0 R] >>",
    extra=(
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (PartyA) /Rect [60 100 260 300] /P 5 0 R >>",
    ),
)


def test_a_field_left_for_the_seal_is_named(signed_in: Chat) -> None:
    """
    The seal goes into it; a name the file does not have is told as a place that is not there.
    """
    house = signed_in.house
    for said, told in (("签名域 PartyB", "找不到"), ("签章域：“PartyA”", "盖章完成")):
        at_place(signed_in, data=WITH_FIELD)
        say = signed_in.say(said)
        assert "签名域“Party" in say.text
        order_id = house.links.look(token_of(say)).data["order_id"]
        house.sealing.confirm_with_pin(signed_in.actor, order_id, PIN)
        assert told in signed_in.hear()[-1].text
    (task,) = house.sealing.results(order_id, signed_in.actor.person.id)
    document = house.documents_kept.get(task.result_id)
    (field,) = signature_fields(open_pdf(document))
    assert field.name == "PartyA"
    assert field.value is not None


def test_cancelling_drops_the_order(signed_in: Chat) -> None:
    """
    The link that is still in the chat confirms nothing any more.
    """
    at_place(signed_in)
    say = signed_in.say("骑缝")
    order_id = signed_in.house.links.look(token_of(say)).data["order_id"]
    signed_in.say("取消")
    order = signed_in.house.sealing.order(order_id, signed_in.actor.person.id)[0]
    assert order.state is OrderState.CANCELLED
    with pytest.raises(OrderNotOpen):
        signed_in.house.sealing.confirm_with_pin(signed_in.actor, order_id, PIN)


def test_an_order_that_ran_out_is_said_to_have(signed_in: Chat) -> None:
    """
    Nobody is sent to a page that can only refuse.
    """
    at_place(signed_in)
    signed_in.say("末页")
    signed_in.house.clock.advance(minutes=6)
    assert "已过期" in signed_in.say("好了吗").text
    assert signed_in.where() is State.MENU


def test_a_file_told_twice_counts_once(signed_in: Chat) -> None:
    """
    The job that tells may run again; the file is sealed once.
    """
    (document_id,) = at_place(signed_in)
    with signed_in.house.open_work() as work:
        told = work.notifications.find(kind=News.DOCUMENT_ACCEPTED)
        assert told is not None
    signed_in.conversation.tell(told.id)
    assert signed_in.hear() == []
    data = signed_in.sessions.load(signed_in.account.id).data
    assert data["documents"] == [document_id]


def test_a_bad_file_is_named_with_its_reason(signed_in: Chat) -> None:
    """
    And the dialog waits for a better one.
    """
    issued(signed_in)
    signed_in.say("文件盖章")
    signed_in.house.documents.receive(signed_in.actor.person.id, "坏.pdf", b"%PDF-1.4", "seal")
    (said,) = signed_in.hear()
    assert "坏.pdf" in said.text
    assert signed_in.where() is State.SEAL_UPLOADING


def test_a_seal_stopped_meanwhile_is_said(signed_in: Chat) -> None:
    """
    Between choosing the seal and the place, somebody stopped it.
    """
    at_place(signed_in)
    (seal,) = signed_in.house.holdings.seals(signed_in.actor)
    signed_in.house.lives.pause(signed_in.actor, seal.id, SealEvent.SUSPEND, "")
    assert "没有可以使用的印章" in signed_in.say("末页右下角").text


# --- verification --------------------------------------------------------------------


def test_verification_in_the_chat(signed_in: Chat) -> None:
    """
    The upload page, and the answer when the worker has it; an odd verdict is "cannot tell".
    """
    say = signed_in.say("文件验签")
    assert signed_in.house.links.look(token_of(say)).data == {"use": "verify"}
    assert signed_in.say("好").link is not None
    person = signed_in.actor.person.id
    document = signed_in.house.documents.receive(person, "合同.pdf", simple_pdf(), "verify")
    for verdict, words in (("valid", "有效"), ("unsigned", "未发现"), ("odd", "无法确定")):
        task = signed_in.house.verification.request(person, document.id)
        signed_in.house.verification.settle(task.id, verdict, "{}")
        signed_in.house.verification.settle(task.id, "invalid", "{}")
        said = signed_in.hear()
        assert words in said[-1].text
    assert signed_in.where() is State.MENU
