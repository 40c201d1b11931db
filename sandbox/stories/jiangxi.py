"""赣服通: identity and face instead of form and review, five seals, 意愿认证 instead of a PIN."""

from __future__ import annotations

import time

from sandbox.actors import people_of
from sandbox.papers import contract_ofd, contract_pdf
from sandbox.stories.people import Citizen, Stage
from sandbox.stories.sealing import seal_and_verify
from sandbox.stories.telling import Telling, must, until

TYPES = ("法定名称章", "合同专用章", "财务章", "发票专用章", "法人章")
A_MINUTE = 60.0


def tell(telling: Telling, stage: Stage) -> Citizen:
    """The whole story of 赣江青瓷文化有限公司; returns its legal representative."""
    cast = people_of("jiangxi")
    person, partner = cast["xiong"], cast["lei"]
    assert person.enterprise is not None
    assert partner.enterprise is not None
    citizen = Citizen(stage, person)
    with telling.step("关注账号，以法人登录"):
        citizen.follow_and_sign_in()
    with telling.step("核对企业信息，申领一套五枚，完成人脸识别"):
        _apply(citizen)
    with telling.step("电脑端显示领取二维码"):
        citizen.sign_in_on_pc()
        _show_qr(telling, citizen)
    begin = time.monotonic()
    with telling.step("手机扫码，一次意愿认证全部领取"):
        _collect(citizen)
    with telling.step("一分钟内制作五枚印章"):
        citizen.phone.wait_for("领取成功", timeout=A_MINUTE)
        must(time.monotonic() - begin < A_MINUTE, "five seals within the minute")
        until(lambda: "领取成功" in citizen.pc.reload().text, "the PC page follows")
        _look_at_seals(telling, citizen)
    papers = {
        "采购合同.pdf": contract_pdf(stage.font, person.enterprise, partner.enterprise),
        "采购合同.ofd": contract_ofd(stage.font, person.enterprise, partner.enterprise),
    }
    seal_and_verify(telling, citizen, papers, _by_face, "末页右下角")
    return citizen


def _apply(citizen: Citizen) -> None:
    citizen.ask("印章申请", "免费申领一套 5 枚")
    citizen.ask("全部", "单位所属区划")
    page = citizen.open_link(citizen.ask("南昌", "请打开页面"))
    must(citizen.person.id_number not in page.text, "the ID number is not shown")
    page = citizen.show_face(citizen.mobile.submit({}, button="申领印章"))
    must("可以领取" in page.text, f"the application passed: {page.text[:200]}")
    citizen.phone.wait_for("身份核验通过")


def _show_qr(telling: Telling, citizen: Citizen) -> None:
    citizen.pc.open("/portal/pickups")
    channel = "alipay" if citizen.stage.channel.startswith("alipay") else "wechat"
    page = citizen.pc.submit({"channel": channel}, button="领取")
    picture = next(src for src in page.pictures() if src.endswith("qr.png"))
    telling.keep("pickup-qr.png", citizen.pc.download(picture))


def _collect(citizen: Citizen) -> None:
    citizen.phone.catch_up()
    citizen.scan_pc()
    citizen.phone.wait_for("确定领取吗")
    citizen.open_link(citizen.ask("确定", "意愿认证"))
    page = citizen.show_face(citizen.mobile.submit({}, button="去做意愿认证"))
    must("制作" in page.text or "领取成功" in page.text, f"seals are made: {page.text[:200]}")


def _look_at_seals(telling: Telling, citizen: Citizen) -> None:
    rows = citizen.ask("我的印章", "印章列表")[-1]
    words = rows.text + "".join(choice.text for choice in rows.choices)
    must(all(name in words for name in TYPES), f"five seals are listed: {words}")
    page = citizen.pc.open("/portal/seals")
    pictures = [p for p in page.pictures() if p.endswith("picture.png")]
    must(len(pictures) == len(TYPES), "five pictures")
    for number, picture in enumerate(pictures, 1):
        telling.keep(f"seal-{number}.png", citizen.pc.download(picture))


def _by_face(citizen: Citizen) -> None:
    citizen.show_face(citizen.mobile.submit({}, button="意愿认证"))
