"""What the conversation says about 代申领 and 经办人."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.messages import Link, Say
from bot.texts import local
from seal_core.domain.agents import AgentRegistration, AgentState, Way
from seal_core.domain.seals import Seal
from seal_core.services.agents import AgentCase

AGENT_STATES = {
    AgentState.DRAFT: "填写中",
    AgentState.SUBMITTED: "待审核",
    AgentState.APPROVED: "已通过",
    AgentState.REJECTED: "未通过",
    AgentState.WITHDRAWN: "已撤回",
}

LINK_ENTERPRISE, MANUAL, PROGRESS = "经办人关联企业", "人工认证通道", "办理进度"
CONFIRM_AGENT, REFUSE_AGENT, BACK_TO_AGENTS = "确认他是经办人", "拒绝", "返回申请列表"
WAYS = {LINK_ENTERPRISE: Way.REPRESENTATIVE, MANUAL: Way.MATERIALS}


def agent_state(registration: AgentRegistration) -> str:
    if registration.state is AgentState.SUBMITTED and registration.way is Way.REPRESENTATIVE:
        return "待法定代表人确认"
    return AGENT_STATES[registration.state]


def ways() -> Say:
    return Say(
        "企业经办人代申领：经办人关联企业后，代企业申请和领取印章，法定代表人查看和管理。关联有三种方式：\n"
        "一、法定代表人在“授权管理”里添加您为经办人，您回复“我的邀请”接受；\n"
        "二、您填写企业信息，由法定代表人在这里确认；\n"
        "三、法定代表人不能在线办理的，上传材料人工认证，2–3 个工作日通知结果"
        "（全民所有制等非有限公司类型的企业目前请到窗口办理）。\n"
        "请选择：",
        (LINK_ENTERPRISE, MANUAL, PROGRESS),
    )


def on_page(way: Way, link: Link) -> Say:
    if way is Way.MATERIALS:
        text = (
            "请打开页面分步填写，每一步都会保存，可以随时回来继续。请提前准备（PDF、JPG 或 PNG）："
            "营业执照或统一社会信用代码证（加盖公章）、机构实名认证授权委托书、承诺书、"
            "法定代表人和您本人的身份证正反面。"
        )
    else:
        text = "请打开页面填写企业信息，提交后由企业的法定代表人确认。"
    return Say(f"{text}链接 24 小时内有效。", (), link)


def progress(found: Sequence[AgentRegistration]) -> Say:
    if not found:
        return Say("还没有提交过经办人申请。回复“代申领”开始。")
    rows = []
    for each in found:
        rows.append(f"· {each.name}：{agent_state(each)}")
        if each.state is AgentState.SUBMITTED and each.due_at and each.way is Way.MATERIALS:
            rows.append(f"  最迟 {local(each.due_at)[:10]} 通知结果")
        if each.opinion:
            rows.append(f"  审核意见：{each.opinion}")
    return Say("\n".join(["经办人申请的进度", *rows]))


def submitted(told: Mapping[str, str]) -> Say:
    if told["way"] == Way.MATERIALS:
        due = local(datetime.fromisoformat(told["due"]))[:10]
        return Say(
            f"代办{told['name']}的申请已提交，我们在 2–3 个工作日内审核，最迟 {due} 在这里通知您结果。"
            "回复“代申领”可以查看进度。"
        )
    return Say(
        f"代办{told['name']}的申请已提交，等法定代表人确认。请提醒他登录后回复“经办人申请”；"
        "他一直没有确认的，您可以改走人工认证通道。"
    )


def asks(told: Mapping[str, str]) -> Say:
    return Say(
        f"{told['name']}（{told['position']}）申请做您企业的经办人，代企业申请和领取印章。"
        "请核实是不是您的员工，然后回复“经办人申请”确认或拒绝。"
    )


def approved(told: Mapping[str, str]) -> Say:
    return Say(
        f"您已是{told['name']}的经办人。请回复“切换企业”选择它，再回复“印章申请”“印章领取”代企业办理；"
        "领到的印章由法定代表人管理。"
    )


def rejected(told: Mapping[str, str]) -> Say:
    opinion = f"审核意见：{told['opinion']}\n" if told["opinion"] else "法定代表人没有确认。\n"
    return Say(f"代办{told['name']}的申请没有通过。\n{opinion}请按意见修改后回复“代申领”重新提交。")


def bound(told: Mapping[str, str]) -> Say:
    how = "经材料审核" if told["way"] == Way.MATERIALS else "经您确认"
    return Say(
        f"{told['name']}{how}成为您企业的经办人，可以代企业申请和领取印章。"
        "印章由您管理：回复“我的印章”查看、停用或注销；不是您的员工，请回复“企业成员”移除他。"
    )


def collected_for_you(told: Mapping[str, str]) -> Say:
    return Say(
        f"{told['collector']}代企业领取了{told['seals']}。请回复“我的印章”查看和管理，需要时可以停用、注销，"
        "或回复“接管印章”，由您自己使用和授权。"
    )


def asking(found: Sequence[AgentCase]) -> Say:
    if not found:
        return Say("没有等您确认的经办人申请。要主动添加经办人，请回复“添加成员”，角色选“经办人”。")
    return Say("经办人申请，查看谁的？", tuple(case_label(each) for each in found))


def case_label(case: AgentCase) -> str:
    return f"{case.person.name}（{case.person.mobile.masked}）｜{case.registration.position}"


def asking_detail(case: AgentCase) -> Say:
    person, registration = case.person, case.registration
    return Say(
        f"{person.name}\n身份证：{person.id_number.masked}\n手机号：{person.mobile.masked}\n"
        f"职务：{registration.position}\n提交时间：{local(registration.submitted_at)}\n"
        "他成为经办人后可以代企业申请和领取印章，不能使用印章。请核实是不是您的员工。",
        (CONFIRM_AGENT, REFUSE_AGENT, BACK_TO_AGENTS),
    )


def answered(case: AgentCase, accepted: bool) -> Say:
    return Say(f"已{'确认' if accepted else '拒绝'}：{case.person.name}。我们已经通知他。")


# --- 接管 ---------------------------------------------------------------------------


def in_others_hands(seals: Sequence[Seal]) -> Say:
    if not seals:
        return Say("没有别人代领的印章。回复“我的印章”查看全部印章。")
    return Say("别人代企业领取的印章，接管哪一枚？", tuple(seal.name for seal in seals))


def confirm_take_over(seal: Seal) -> Say:
    return Say(
        f"接管{seal.name}：以后由您用自己的密码或意愿认证使用和授权，原领取人和他授权的人不能再使用。确定吗？",
        ("确定", "取消"),
    )


def no_key_to_take_over() -> Say:
    return Say(
        "这枚印章制作时您还没有印章密码，钥匙只在领取人手里，不能直接接管。"
        "请回复“挂失”，再回复“重新制作”，由您自己领取新印章，不用再审核。"
    )


def taken_over(seal: Seal) -> Say:
    return Say(f"已接管{seal.name}。回复“文件盖章”使用，“授权管理”授权给别人。")


def taken_over_from_you(told: Mapping[str, str]) -> Say:
    return Say(f"{told['holder']}的法定代表人接管了{told['seals']}，由他自己保管和使用。")
