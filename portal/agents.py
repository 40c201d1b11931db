"""经办人注册 on pages, the same for the phone and the PC: five steps, each kept as it is done."""

from __future__ import annotations

from flask import render_template, request

from bot.texts import DOCUMENT_REASONS
from bot.texts_agents import agent_state
from portal.context import Pages
from portal.wording import refusal
from seal_core.domain.agents import (
    AgentIncomplete,
    AgentRegistration,
    AgentState,
    Enterprise,
    Paper,
    Step,
    Way,
)
from seal_core.domain.documents import Document
from seal_core.domain.holders import Person
from seal_core.domain.secrets import IdNumber, Mobile
from seal_core.errors import SealError
from seal_core.services.agents import PURPOSE

STEPS = {
    Step.BASICS: "填写基本信息",
    Step.ENTERPRISE: "填写企业/单位信息",
    Step.PAPERS: "身份验证",
    Step.ACCOUNT: "填写账号信息",
    Step.DONE: "完成",
}

PAPERS = {
    Paper.LICENCE: (
        "营业执照或统一社会信用代码证（复印件加盖公章；"
        "其他组织请上传《民办非企业单位登记证书》或其他证书）"
    ),
    Paper.MANDATE: "机构实名认证授权委托书",
    Paper.PROMISE: "承诺书（函）",
    Paper.HEAD_FRONT: "法定代表人身份证信息页",
    Paper.HEAD_BACK: "法定代表人身份证国徽页",
    Paper.AGENT_FRONT: "经办人身份证信息页",
    Paper.AGENT_BACK: "经办人身份证国徽页",
}

FIELDS = {
    "position": "职务（2–30 个字）",
    "name": "企业/单位名称",
    "uscc": "统一社会信用代码（18 位）",
    "region": "单位所属区划",
    "legal_representative": "法定代表人姓名",
    "head_number": "法定代表人身份证号（18 位）",
    "mobile": "联系手机号（11 位）",
    "email": "电子邮箱",
    "promised": "请阅读并同意承诺",
    "too_many": "您已有三份申请在审核，请等结果出来再提交",
}


def show_steps(
    pages: Pages, person: Person, registration_id: str, template: str, **more: object
) -> str:
    """The step asked for, as far as those before it are complete."""
    registration = pages.agents.registration(person, registration_id)
    step = _step_shown(registration)
    papers = _papers(pages, registration)
    return render_template(
        template,
        registration=registration,
        person=person,
        step=step,
        steps=[(each, STEPS[each]) for each in registration.steps],
        state=agent_state(registration),
        draft=registration.state is AgentState.DRAFT,
        by_papers=registration.way is Way.MATERIALS,
        papers=[(paper, label, papers.get(paper)) for paper, label in PAPERS.items()],
        looking=step is Step.PAPERS and any(d.state == "received" for d in papers.values()),
        reasons=DOCUMENT_REASONS,
        regions=[region.full_name for region in pages.province.regions],
        answers=_answers(registration, person),
        **{"error": "", "field": "", **more},
    )


def take_step(pages: Pages, person: Person, registration_id: str) -> tuple[int, str, str]:
    """Keep what was filled in. Status 303, or that of a refusal with its words and field."""
    try:
        _take(pages, person, registration_id)
    except AgentIncomplete as exc:
        words = FIELDS.get(exc.field) or "请先完成前面的步骤，材料只收 PDF、JPG 或 PNG"
        return 422, f"请检查：{words}", exc.field
    except SealError as exc:
        status, words = refusal(exc)
        return status, words, ""
    return 303, "", ""


def next_step(pages: Pages, person: Person, registration_id: str) -> int | None:
    """The step to go on with; None once everything was handed in."""
    registration = pages.agents.registration(person, registration_id)
    if registration.state is not AgentState.DRAFT:
        return None
    done = _typed_step()
    following = [step for step in registration.steps if step > done]
    if done is Step.PAPERS and registration.next_step is Step.PAPERS:
        return int(Step.PAPERS)
    return int(min(following[0] if following else Step.DONE, registration.next_step))


def _take(pages: Pages, person: Person, registration_id: str) -> None:
    form, agents = request.form, pages.agents
    match _typed_step():
        case Step.BASICS:
            agents.set_basics(person, registration_id, form.get("position", "").strip())
        case Step.ENTERPRISE:
            said = Enterprise(
                form.get("name", "").strip(),
                form.get("uscc", "").strip().upper(),
                form.get("region", "").strip(),
                form.get("legal_representative", "").strip(),
            )
            typed = form.get("head_number", "").strip().upper()
            known = agents.registration(person, registration_id).head_number
            number = known if typed == known.masked else IdNumber(typed)
            agents.set_enterprise(person, registration_id, said, number)
        case Step.PAPERS:
            _take_papers(pages, person, registration_id)
        case Step.ACCOUNT:
            typed = form.get("mobile", "").strip()
            mobile = person.mobile if typed == person.mobile.masked else Mobile(typed)
            email, promised = form.get("email", "").strip(), form.get("promised") == "yes"
            agents.set_account(person, registration_id, mobile, email, promised)
        case Step.DONE:
            agents.submit(person, registration_id)


def _take_papers(pages: Pages, person: Person, registration_id: str) -> None:
    """Every good file is kept, even when another one is refused."""
    refused: SealError | None = None
    for paper in Paper:
        upload = request.files.get(paper.value)
        if upload is None or not upload.filename:
            continue
        try:
            document = pages.documents.receive(
                person.id, upload.filename, upload.read(), PURPOSE, pictures=True
            )
            pages.agents.attach(person, registration_id, paper, document)
        except SealError as exc:
            refused = exc
    if refused is not None:
        raise refused


def _papers(pages: Pages, registration: AgentRegistration) -> dict[Paper, Document]:
    return {Paper(name): pages.documents.get(key) for name, key in registration.papers.items()}


def _typed_step() -> Step:
    try:
        return Step(int(request.form.get("step", "1")))
    except ValueError:
        return Step.BASICS


def _step_shown(registration: AgentRegistration) -> Step:
    """No step is shown before those in front of it are complete."""
    if registration.state is not AgentState.DRAFT:
        return Step.DONE
    try:
        wanted = Step(int(request.values.get("step", "")))
    except ValueError:
        wanted = registration.next_step
    if wanted not in registration.steps:
        wanted = registration.next_step
    return min(wanted, registration.next_step)


def _answers(registration: AgentRegistration, person: Person) -> dict[str, str]:
    """What was typed now, else what was kept; numbers of others come back masked."""
    number, mobile = registration.head_number, registration.mobile
    kept = {
        "position": registration.position,
        "name": registration.name,
        "uscc": registration.uscc,
        "region": registration.region,
        "legal_representative": registration.legal_representative,
        "head_number": number.masked if number.value else "",
        "mobile": mobile.value or person.mobile.masked,
        "email": registration.email,
    }
    return {name: request.form.get(name, value) for name, value in kept.items()}
