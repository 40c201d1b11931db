"""三晋通: form, review, QR, PIN, sealing, verification."""

from __future__ import annotations

import re

from sandbox.actors import Watcher, people_of
from sandbox.papers import contract_ofd, contract_pdf, stamped
from sandbox.people import Person
from sandbox.stories.people import Citizen, Reviewer, Stage
from sandbox.stories.sealing import seal_and_verify
from sandbox.stories.telling import Telling, must, until

PIN = "730914"
OPINION = "第1个章压到文字，请重新盖章后上传。"
"""What the reader says of a careless stamp, and the reviewer makes his own."""
SEALS = {"法定名称章": "法定名称章", "合同专用章": "合同专用章"}
"""The boxes of the form, and what is stamped into them."""


def tell(telling: Telling, stage: Stage) -> Citizen:
    """The whole story of 晋阳云帆科技有限公司; returns its legal representative."""
    cast = people_of("shanxi")
    person, partner = cast["tuoba"], cast["yan"]
    citizen, reviewer, world = Citizen(stage, person), Reviewer(stage), Watcher(stage.sandbox)
    with telling.step("关注账号，以法人登录"):
        citizen.follow_and_sign_in()
    with telling.step("阅读信息公告"):
        _read_notice(citizen)
    with telling.step("申请法定名称章和合同专用章：下载填好的申请表，盖章，上传"):
        _apply(telling, citizen, onto_text="法定名称章")
    with telling.step("审核人员收到推送，打开申请，不通过并填写审核意见"):
        reviewer.sign_in()
        _told(world, 1)
        reviewer.open_case(world.robot()[-1])
        page = reviewer.wait_for_impressions()
        must("印模核对" in page.text and OPINION in page.text, "the desk tells what is wrong")
        reviewer.reject(OPINION)
    with telling.step("申请人收到审核意见，重新盖章后申请"):
        citizen.phone.wait_for(OPINION)
        _apply_again(telling, citizen)
    with telling.step("审核人员核对印模，选定图样，审核通过"):
        _told(world, 2)
        reviewer.open_case(world.robot()[-1])
        _compare(telling, reviewer)
        reviewer.approve()
        citizen.phone.wait_for("审核通过")
    with telling.step("电脑端显示领取二维码"):
        citizen.sign_in_on_pc()
        _show_qr(telling, citizen)
    with telling.step("手机扫码，确定，设置印章密码"):
        _collect(citizen)
    with telling.step("制作印章：密钥、证书、印模、GB/T 38540 印章"):
        citizen.wait_for_page("领取成功")
        citizen.phone.wait_for("领取成功")
        until(lambda: "领取成功" in citizen.pc.reload().text, "the PC page follows")
    with telling.step("印章列表和详情"):
        _look_at_seals(telling, citizen)
    seal_and_verify(telling, citizen, _papers(stage, person, partner), _by_pin)
    return citizen


def _read_notice(citizen: Citizen) -> None:
    citizen.ask("信息公告", "想看哪一条")
    page = citizen.open_link(citizen.ask("1", "附件"))
    must("附件下载" in page.text, "the notice has attachments")
    found = re.search(rb'href="(/notices/[^"]+)"', page.body)
    must(found, "an attachment can be downloaded")
    assert found is not None
    must(citizen.mobile.download(found[1].decode()).startswith(b"%PDF"), "it is a PDF")


def _apply(telling: Telling, citizen: Citizen, *, onto_text: str = "") -> None:
    """Fill in, download, stamp, upload, check, submit; *onto_text* is stamped carelessly."""
    citizen.ask("印章申请", "请选择要申请的印章")
    citizen.ask("1 2", "法定名称章的印模尺寸")
    citizen.ask("圆形 40 mm", "合同专用章的印模尺寸")
    citizen.ask("1", "单位所属区划")
    citizen.open_link(citizen.ask("太原", "请打开页面"))
    _hand_in(telling, citizen, onto_text)


def _apply_again(telling: Telling, citizen: Citizen) -> None:
    """What was answered is still there; only the form is stamped and brought anew."""
    citizen.ask("印章申请", "您上次填的还在")
    page = citizen.open_link(citizen.ask("继续填写", "请打开页面"))
    must("电子印章申请表.pdf" in page.text, "the form of the first time is there")
    citizen.mobile.follow("换一份")
    _hand_in(telling, citizen)


def _hand_in(telling: Telling, citizen: Citizen, onto_text: str = "") -> None:
    printed = citizen.print_form()
    form = stamped(printed, citizen.stage.font, citizen.person, SEALS, onto_text=onto_text)
    telling.keep("application-rejected.pdf" if onto_text else "application.pdf", form)
    citizen.mobile.submit(files={"form": ("电子印章申请表.pdf", form, "application/pdf")})
    page = citizen.wait_for_page("经办人信息", 90.0)
    must((OPINION in page.text) == bool(onto_text), f"the reader's hint: {page.text[:300]}")
    must(citizen.person.id_number not in page.text, "the ID number is masked")
    page = citizen.mobile.submit({"handler_name": citizen.person.name}, button="提交申请")
    must("申请已提交" in page.text, f"the page says 申请已提交: {page.text[:200]}")
    citizen.phone.wait_for("申请已提交")


def _compare(telling: Telling, reviewer: Reviewer) -> None:
    """Both impressions stand beside the originals, without a doubt."""
    page = reviewer.wait_for_impressions()
    must(page.text.count("没有发现疑点") == len(SEALS), f"no doubts: {page.text[-1500:]}")
    for number, picture in enumerate(p for p in page.pictures() if p.endswith("-picture")):
        if number < len(SEALS):
            telling.keep(f"impression-{number + 1}.png", reviewer.browser.download(picture))


def _told(world: Watcher, times: int) -> None:
    """The group robot has spoken so often."""
    until(lambda: len(world.robot()) >= times, "staff are told by push")


def _show_qr(telling: Telling, citizen: Citizen) -> None:
    citizen.pc.open("/portal/pickups")
    channel = "alipay" if citizen.stage.channel.startswith("alipay") else "wechat"
    page = citizen.pc.submit({"channel": channel}, button="领取")
    must("扫码领取" in page.text, "the page shows the QR code")
    picture = next(src for src in page.pictures() if src.endswith("qr.png"))
    telling.keep("pickup-qr.png", citizen.pc.download(picture))


def _collect(citizen: Citizen) -> None:
    citizen.phone.catch_up()
    citizen.scan_pc()
    citizen.phone.wait_for("确定领取吗")
    citizen.open_link(citizen.ask("确定", "设置印章密码"))
    page = citizen.enter_pin(PIN, "确定领取", repeat=True)
    must("制作" in page.text or "领取成功" in page.text, f"seals are made: {page.text[:200]}")


def _look_at_seals(telling: Telling, citizen: Citizen) -> None:
    rows = citizen.ask("我的印章", "印章列表")[-1]
    words = rows.text + "".join(choice.text for choice in rows.choices)
    must("法定名称章" in words and "合同专用章" in words, "both seals are listed")
    citizen.ask("法定名称章", "有效期")
    page = citizen.pc.open("/portal/seals")
    for number, picture in enumerate(p for p in page.pictures() if p.endswith("picture.png")):
        telling.keep(f"seal-{number + 1}.png", citizen.pc.download(picture))
    page = citizen.pc.follow("查看")
    must("基本信息" in page.text and "用章详情" in page.text, "基本信息 and 用章详情")


def _papers(stage: Stage, person: Person, partner: Person) -> dict[str, bytes]:
    assert person.enterprise is not None
    assert partner.enterprise is not None
    return {
        "采购合同.pdf": contract_pdf(stage.font, person.enterprise, partner.enterprise),
        "采购合同.ofd": contract_ofd(stage.font, person.enterprise, partner.enterprise),
    }


def _by_pin(citizen: Citizen) -> None:
    """Confirm the order on its page: a wrong PIN first, which is counted and said."""
    page = citizen.enter_pin("918273", "确认盖章")
    must("还可以再试 4 次" in page.text, f"a wrong PIN is counted: {page.text[:200]}")
    citizen.enter_pin(PIN, "确认盖章")
