"""自然人 over real HTTP: 闵安 signs for himself, on both messengers and on the PC."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import requests

from sandbox.papers import contract_pdf
from sandbox.people import Enterprise, Person
from sandbox.stories.people import Citizen
from sandbox.stories.telling import until
from tests.support.towns import FONT, Town

STROKES = json.dumps(
    [[[20 + 3 * k, 80 + 50 * math.sin(k / 7), 12 * k, 0] for k in range(90)], [[5, 5, 1, 0]] * 3]
)


@pytest.fixture(scope="module")
def jiangxi(own_jiangxi: Town) -> Town:
    return own_jiangxi


def self_service(town: Town, channel: str) -> Citizen:
    """闵安 with a phone, signed in as 自然人."""
    citizen = town.citizen("min", channel)
    citizen.follow_and_sign_in("person")
    return citizen


def seal_a_paper(citizen: Citizen, town: Town) -> bytes:
    """文件盖章 with the signature; the sealed file."""
    seller, buyer = (_enterprise(town.citizen(key).person) for key in ("xiong", "lei"))
    paper = contract_pdf(FONT, seller, buyer)
    citizen.open_link(citizen.ask("文件盖章", "上传要盖章的文件"))
    citizen.mobile.submit(files={"files": ("合同.pdf", paper)}, button="上传")
    citizen.phone.wait_for("用哪一枚印章")
    citizen.ask("个人手绘签名", "盖在哪里")
    citizen.open_link(citizen.ask("末页右下角", "盖章授权单"))
    page = citizen.show_face(citizen.mobile.submit({}, button="意愿认证"))
    assert "盖章" in page.text
    page = citizen.open_link(citizen.phone.wait_for("盖章完成"))
    link = next(a for a in page.tree.iter("a") if "/files/" in a.get("href", ""))
    return citizen.mobile.download(link.get("href"))


def _enterprise(person: Person) -> Enterprise:
    assert person.enterprise is not None
    return person.enterprise


def verdict(town: Town, document: bytes) -> str:
    """What /api/v1 says of *document*."""
    interface = f"{town.url}/api/v1/verifications"
    files = {"file": ("合同.pdf", document)}
    asked = requests.post(interface, files=files, timeout=20).json()
    until(lambda: _report(town, asked["report"]) is not None, "the report is there", 60)
    return str(_report(town, asked["report"])["verdict"])


def _report(town: Town, path: str) -> dict[str, Any]:
    found: dict[str, Any] = requests.get(f"{town.url}{path}", timeout=20).json()["report"]
    return found


def test_a_signature_by_chat_and_page(jiangxi: Town) -> None:
    """Drawn on WeChat, one face check, made, sealed with; drawn anew on Alipay by the same person.

    What the first one sealed stays valid.
    """
    citizen = self_service(jiangxi, "wechat")
    citizen.ask("印章申请", "请选择要领取的印章类型")
    page = citizen.open_link(citizen.ask("个人手绘签名", "请打开页面"))
    assert citizen.person.id_number not in page.text
    page = citizen.mobile.submit({"strokes": "[]", "typed": ""}, button="写好了")
    assert "还没有写上签名" in page.text
    page = citizen.mobile.submit({"strokes": STROKES}, button="写好了")
    assert "确认申请" in page.text
    (picture,) = [src for src in page.pictures() if src.endswith("sketch.png")]
    assert citizen.mobile.download(picture).startswith(b"\x89PNG")
    citizen.show_face(citizen.mobile.submit({}, button="确认申请"))
    citizen.phone.wait_for("领取成功", timeout=60)
    first = seal_a_paper(citizen, jiangxi)
    assert verdict(jiangxi, first) == "valid"

    citizen = self_service(jiangxi, "alipay")
    citizen.open_link(citizen.ask("修改签名", "请打开页面重新写"))
    citizen.mobile.submit({"strokes": "", "typed": "闵安"}, button="写好了")
    citizen.show_face(citizen.mobile.submit({}, button="确认申请"))
    citizen.phone.wait_for("领取成功", timeout=60)
    second = seal_a_paper(citizen, jiangxi)

    assert [verdict(jiangxi, document) for document in (first, second)] == ["valid", "valid"]
    own = "SELECT state FROM seals WHERE type = 'signature' AND holder_name = :name ORDER BY serial"
    states = jiangxi.rows(own, name="闵安")
    assert states == ["cancelled", "active"]
    assert jiangxi.watcher.illegal() == []


def test_a_name_seal_on_the_pc(jiangxi: Town) -> None:
    """个人身份登录 → 印章服务 → 立即领取 → 个人名章 → 意愿认证 → 印章列表."""
    citizen = jiangxi.citizen("min", "wechat")
    citizen.sign_in_on_pc("person")
    page = citizen.pc.open("/portal/personal")
    assert "个人手绘签名" in page.text
    citizen.pc.open("/portal/personal/personal_name")
    page = citizen.pc.submit(button="样子无误")
    assert citizen.person.id_number not in page.text
    page = citizen.show_face(citizen.pc.submit(button="确认申请"), citizen.pc)
    assert "闵安个人名章" in page.text
    page = citizen.pc.open("/portal/seals")
    assert "个人名章" in page.text


def test_an_enterprise_finds_no_signatures_on_the_pc(jiangxi: Town) -> None:
    citizen = jiangxi.citizen("lei", "wechat")
    citizen.sign_in_on_pc()
    assert citizen.pc.open("/portal/personal").status == 403
    assert citizen.pc.open("/portal/personal/nothing").status == 404
