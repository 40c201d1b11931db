"""Uploading documents for sealing or verification."""

from __future__ import annotations

from flask import render_template, request
from werkzeug.wrappers import Response

from bot.texts import DOCUMENT_REASONS
from portal.h5.visit import Visit
from portal.wording import refusal
from seal_core.domain.documents import Document
from seal_core.errors import DocumentRefused
from seal_core.gm import sm3

TITLES = {"seal": "上传要盖章的文件", "verify": "上传要验签的文件"}


def show(visit: Visit, problems: tuple[str, ...] = ()) -> str:
    return render_template(
        "h5/upload.html",
        visit=visit,
        title=TITLES[visit.link.data["use"]],
        problems=problems,
        received=_received(visit),
    )


def act(visit: Visit) -> Response | str | tuple[str, int]:
    """Keep every good file; a bad one is named, and may be brought again or left out."""
    files = [(f.filename or "", f.read()) for f in request.files.getlist("files") if f.filename]
    problems: list[str] = []
    for name, data in files:
        try:
            visit = _take(visit, name, data)
        except DocumentRefused as exc:
            problems.append(f"《{name}》没有收下：{refusal(exc)[1]}")
    received = visit.link.data.get("documents", "")
    if not files and (not received or request.form.get("action") != "done"):
        problems.append("请先选择文件。")
    if problems:
        return show(visit, tuple(problems)), 422
    visit.spend()
    return visit.to_progress()


def progress(visit: Visit) -> str:
    documents = _received(visit)
    return render_template(
        "h5/uploaded.html",
        visit=visit,
        documents=documents,
        waiting=any(d.state == "received" for d in documents),
        verifying=visit.link.data["use"] == "verify",
        reasons=DOCUMENT_REASONS,
    )


def _take(visit: Visit, name: str, data: bytes) -> Visit:
    """Receive one file and note it on the link; the same bytes sent twice count once."""
    use, owner = visit.link.data["use"], visit.actor.person.id
    known = _received(visit)
    if sm3.digest(data).hex() in {document.sm3 for document in known}:
        return visit
    document = visit.pages.documents.receive(owner, name, data, use)
    if use == "verify":
        visit.pages.verification.request(owner, document.id, visit.link.account_id)
    ids = ",".join([*(d.id for d in known), document.id])
    link = visit.pages.links.remember(visit.token, documents=ids)
    return Visit(visit.pages, visit.token, link)


def _received(visit: Visit) -> list[Document]:
    ids = visit.link.data.get("documents", "")
    return [visit.pages.documents.get(i, visit.link.person_id) for i in ids.split(",") if i]
