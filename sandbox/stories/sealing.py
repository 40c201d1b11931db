"""The part both provinces share: seal a PDF and an OFD, verify, change a byte, verify again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from io import BytesIO
from zipfile import ZipFile

from sandbox.browser import Browser, Page
from sandbox.stories.people import Citizen
from sandbox.stories.telling import Telling, must, until

Confirm = Callable[[Citizen], None]
"""Proves on the order's page that the person means it."""

_PAGE_PICTURE = re.compile(r'<image href="([^"]+/pages/[^"]+\.png)"')
_SEAL_TO_BE = re.compile(r'<image class="seal-to-be" href="([^"]+)"')
_DOWNLOAD = re.compile(r'href="(/h5/[^"]+/files/[^"]+)"')


def seal_and_verify(
    telling: Telling,
    citizen: Citizen,
    papers: Mapping[str, bytes],
    confirm: Confirm,
    place: str = "关键字 甲方（盖章）",
) -> None:
    """Seal *papers* at *place*, have the results verified, and changed copies found out."""
    with telling.step("发送 PDF 和 OFD"):
        _send(citizen, papers)
    with telling.step("选择印章和位置，核对盖章授权单并确认"):
        _order(telling, citizen, confirm, place)
    with telling.step("盖章完成，收到两个文件"):
        sealed = _receive(telling, citizen)
    with telling.step("验签：两个文件都有效"):
        for name, data in sealed.items():
            report = verify(telling, citizen, name, data)
            must(report["verdict"] == "valid", f"{name} is valid: {json.dumps(report)[:2000]}")
    with telling.step("改动一个字节：无效，报告说明原因"):
        for name, data in sealed.items():
            changed = change_a_byte(name, data)
            telling.keep(f"changed/contract{name[-4:]}", changed)
            report = verify(telling, citizen, f"改动-{name}", changed)
            must(report["verdict"] == "invalid", f"changed {name} is invalid")
            must(_blames_the_content(report), f"the report says what changed in {name}")
    with telling.step("用章详情列出两次用章"):
        _uses(citizen)


def _send(citizen: Citizen, papers: Mapping[str, bytes]) -> None:
    citizen.open_link(citizen.ask("文件盖章", "上传"))
    files = [(name, data) for name, data in papers.items()]
    citizen.mobile.submit(files={"files": files}, button="上传")
    citizen.wait_for_page("文件已收到")
    names = tuple(papers)
    citizen.phone.wait_for(lambda row: all(name in row.text for name in names))


def _order(telling: Telling, citizen: Citizen, confirm: Confirm, place: str) -> None:
    citizen.ask("法定名称章", "盖在哪里")
    page = citizen.open_link(citizen.ask(place, "盖章授权单"))
    must("SM3" in page.text and "采购合同.pdf" in page.text, "the order names files and digests")
    if not place.startswith("关键字"):  # that one is found only when the document is sealed
        picture = _page_pictures(citizen.mobile, 2)[0]
        telling.keep("pages/order.png", citizen.mobile.download(picture))
        (seal, *_) = _SEAL_TO_BE.findall(citizen.mobile.reload().body.decode())
        telling.keep("pages/order-seal.png", citizen.mobile.download(seal))
    confirm(citizen)
    citizen.wait_for_page("处理完成")


def _receive(telling: Telling, citizen: Citizen) -> dict[str, bytes]:
    page = citizen.open_link(citizen.phone.wait_for("盖章完成"))
    links = _DOWNLOAD.findall(page.body.decode())
    must(len(links) == 2, f"two files to download: {page.text[:300]}")
    sealed = {}
    for link in links:
        data = citizen.mobile.download(link)
        name = "采购合同（已盖章）.pdf" if data.startswith(b"%PDF") else "采购合同（已盖章）.ofd"
        sealed[name] = data
        telling.keep(f"sealed/contract{name[-4:]}", data)
    pictures = _page_pictures(citizen.mobile, 2)
    for ending, picture in zip(("pdf", "ofd"), pictures, strict=False):
        telling.keep(f"pages/sealed-{ending}.png", citizen.mobile.download(picture))
    return sealed


def _page_pictures(browser: Browser, count: int) -> list[str]:
    """The page's pictures of documents; a worker draws them a moment after the file is there."""
    found: list[str] = []

    def drawn() -> bool:
        found[:] = _PAGE_PICTURE.findall(browser.reload().body.decode())
        return len(found) >= count

    until(drawn, f"{count} page pictures")
    return found


def verify(telling: Telling, citizen: Citizen, name: str, data: bytes) -> dict[str, object]:
    """文件验签 from the chat to the report; also as JSON through the API."""
    citizen.open_link(citizen.ask("文件验签", "验签的文件"))
    citizen.mobile.submit(files={"files": (name, data)}, button="上传")
    page = citizen.open_link(citizen.phone.wait_for(lambda row: f"《{name}》验签结果" in _all(row)))
    short = f"report-{'changed-' if name.startswith('改动') else ''}{name[-3:]}"
    telling.keep(f"reports/{short}.html", _standing_alone(page, citizen))
    if not name.startswith("改动"):  # what is damaged need not be drawable
        picture = _page_pictures(citizen.mobile, 1)[0]
        telling.keep(f"pages/{short}.png", citizen.mobile.download(picture))
    report = _by_api(citizen, name, data)
    telling.keep(f"reports/{short}.json", json.dumps(report, ensure_ascii=False, indent=1))
    return report


def _by_api(citizen: Citizen, name: str, data: bytes) -> dict[str, object]:
    session, base = citizen.pc.session, citizen.stage.service
    asked = session.post(f"{base}/api/v1/verifications", files={"file": (name, data)}, timeout=30)
    must(asked.status_code == 202, f"the API takes the file: {asked.text[:200]}")
    told: dict[str, object] = {}

    def done() -> bool:
        told.update(session.get(f"{base}{asked.json()['report']}", timeout=30).json())
        return told["state"] == "done"

    until(done, "the API has the report")
    report = told["report"]
    assert isinstance(report, dict)
    return report


def change_a_byte(name: str, data: bytes) -> bytes:
    """The file with one byte changed where a person would read it."""
    return _change_pdf(data) if name.endswith(".pdf") else _change_ofd(data)


def _change_pdf(data: bytes) -> bytes:
    """A byte inside the first content stream, which the signature covers."""
    at = data.index(b"stream") + 40
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _change_ofd(data: bytes) -> bytes:
    """One character of the first page's text."""
    out = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(out, "w") as new:
        pages = [info.filename for info in old.infolist() if info.filename.endswith("Content.xml")]
        for info in old.infolist():
            content = old.read(info)
            if info.filename == pages[0]:
                content = content.replace("合".encode(), "台".encode(), 1)
            new.writestr(info, content)
    return out.getvalue()


def _blames_the_content(report: Mapping[str, object]) -> bool:
    signatures = report["signatures"]
    assert isinstance(signatures, list)
    checks = [check for signature in signatures for check in signature["checks"]]
    guilty = {check["question"] for check in checks if check["verdict"] == "invalid"}
    return bool(guilty & {"digest", "coverage", "signature_value", "structure"})


def _uses(citizen: Citizen) -> None:
    citizen.ask("我的印章", "印章列表")
    told = citizen.ask("法定名称章", "用章 2 次")[-1]
    must("采购合同.pdf" in told.text and "采购合同.ofd" in told.text, "both uses are listed")
    page = citizen.pc.open("/portal/seals")
    shown = [citizen.pc.open(link) for link in _details(page)]
    must(any("采购合同.ofd" in p.text and "采购合同.pdf" in p.text for p in shown), "on the PC too")


def _details(page: Page) -> list[str]:
    return re.findall(r'href="(/portal/seals/[0-9a-f]{32})"', page.body.decode())


def _standing_alone(page: Page, citizen: Citizen) -> str:
    """The report page with its style inside, so that the kept file looks right by itself."""
    html = page.body.decode()
    sheet = re.search(r'<link rel="stylesheet" href="([^"]+)">', html)
    if sheet is None:
        return html
    style = citizen.mobile.download(sheet[1]).decode()
    return html.replace(sheet[0], f"<style>{style}</style>")


def _all(row: object) -> str:
    return f"{getattr(row, 'title', '')}{getattr(row, 'text', '')}"
