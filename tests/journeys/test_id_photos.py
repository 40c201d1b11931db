"""拍照上传身份证 over real HTTP: 省外自然人, 外省法人, the desk, and on to the seal."""

from __future__ import annotations

import io

from PIL import Image

from sandbox.actors import Browser
from sandbox.stories.people import Citizen, Reviewer
from tests.support.towns import Town


def photo(shade: int) -> bytes:
    """A card on a table."""
    out = io.BytesIO()
    Image.new("RGB", (1400, 900), (shade, 120, 160)).save(out, "JPEG")
    return out.getvalue()


def upload(citizen: Citizen) -> None:
    """First what a phone saves by itself, then two photos."""
    citizen.mobile.follow("拍照上传身份证")
    heic = b"\0\0\0\x18ftypheic" + bytes(500)
    sides = {"front": ("a.heic", heic), "back": ("b.jpg", photo(90))}
    page = citizen.mobile.submit(files=sides, button="上传并提交")
    assert "HEIC" in page.text
    citizen.mobile.open(page.url.partition("?")[0] + "?step=photos")
    sides = {"front": ("a.jpg", photo(60)), "back": ("b.jpg", photo(90))}
    page = citizen.mobile.submit(files=sides, button="上传并提交")
    assert "申请已提交" in page.text


def reviewed(town: Town, holder: str) -> Reviewer:
    """The desk, with the case of *holder* open."""
    reviewer = Reviewer(town.stage())
    reviewer.sign_in()
    (application,) = town.rows(
        "SELECT a.id FROM applications a JOIN id_photos p ON p.application_id = a.id"
        " WHERE a.holder_name = :holder ORDER BY a.serial DESC LIMIT 1",
        holder=holder,
    )
    page = reviewer.browser.open(f"{town.url}/staff/applications/{application}")
    pictures = [src for src in page.pictures() if "/id-" in src]
    assert len(pictures) == 2
    assert all(reviewer.browser.download(src).startswith(b"\xff\xd8") for src in pictures)
    assert Browser().session.get(pictures[0], timeout=20).status_code == 401
    return reviewer


def test_a_person_from_another_province(jiangxi: Town) -> None:
    """涂雨桐 has no local e-ID: typed signature, photos, a rejection with a reason, again, made."""
    citizen = jiangxi.citizen("tu", "alipay")
    citizen.follow_and_sign_in("person")
    for opinion in ("身份证照片不清晰", ""):
        citizen.ask("个人申领", "请选择要领取的印章类型")
        citizen.open_link(citizen.ask("1", "请打开页面"))
        citizen.mobile.submit({"strokes": "", "typed": "涂雨桐"}, button="写好了")
        upload(citizen)
        citizen.phone.wait_for("申请已提交")
        reviewer = reviewed(jiangxi, "涂雨桐")
        if opinion:
            reviewer.reject(opinion)
            citizen.phone.wait_for(opinion)
        else:
            reviewer.approve()
            citizen.phone.wait_for("审核通过")
    citizen.ask("领取", "确定领取吗")
    citizen.open_link(citizen.ask("确定", "意愿认证"))
    citizen.show_face(citizen.mobile.submit({}, button="去做意愿认证"))
    citizen.phone.wait_for("领取成功", timeout=60)


def test_a_legal_representative_from_another_province(jiangxi: Town) -> None:
    """雷远山 for his enterprise: the register is asked, the reviewer looks at the photos."""
    citizen = jiangxi.citizen("lei", "wechat")
    citizen.follow_and_sign_in()
    citizen.ask("印章申请", "免费申领一套 5 枚")
    citizen.ask("合同章", "单位所属区划")
    citizen.open_link(citizen.ask("濂溪", "请打开页面"))
    upload(citizen)
    citizen.phone.wait_for("申请已提交")
    reviewed(jiangxi, "庐山雾芽茶业有限公司").approve()
    citizen.phone.wait_for("审核通过")
    assert jiangxi.watcher.illegal() == []
