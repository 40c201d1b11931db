"""Everything the conversation says, in one place; plain and kind, with the next step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.guides import REMIND_MINUTES, Guide
from bot.messages import Link, Say
from seal_core.domain.desk import Feedback, FeedbackKind, Preferences, Topic
from seal_core.domain.documents import Document
from seal_core.domain.holders import Actor, Role
from seal_core.domain.provinces import IssuePolicy, Province, SealType
from seal_core.domain.records import News, Notice
from seal_core.domain.regions import Region
from seal_core.domain.sealing import SealingTask, TaskState
from seal_core.domain.seals import OWNERS_REASONS, CancelReason, Seal, SealState
from seal_core.services.lending import UsedBy
from seal_core.services.lives import Wish

BEIJING = ZoneInfo("Asia/Shanghai")

WARNING = timedelta(minutes=REMIND_MINUTES)
"""Between the reminder of a dialog and its being put aside."""

HELP_LINE = "回复“返回”上一步，“取消”结束，“帮助”看说明。"

TOPICS = {
    Topic.RESULTS: "审核和领取结果",
    Topic.TERMS: "到期提醒",
    Topic.FEEDBACK: "反馈回复",
    Topic.USES: "他人使用您授权的印章",
}
QUIET = "免打扰时段"

FEEDBACK_KINDS = {FeedbackKind.SUGGESTION: "意见建议", FeedbackKind.PROBLEM: "信息反馈"}

SEAL_STATES = {
    SealState.PENDING_REVIEW: "待审核",
    SealState.REJECTED: "审核不通过",
    SealState.WITHDRAWN: "已撤回",
    SealState.READY: "待领取",
    SealState.ISSUING: "制作中",
    SealState.ACTIVE: "有效",
    SealState.SUSPENDED: "停用",
    SealState.EXPIRED: "已到期",
    SealState.FROZEN: "冻结",
    SealState.CANCELLED: "已注销",
    SealState.VOID: "作废",
    SealState.RENEWED: "已续期",
}

WISHES = {
    Wish.SUSPEND: "停用",
    Wish.RESUME: "启用",
    Wish.RENEW: "续期",
    Wish.REPORT_LOST: "挂失",
    Wish.REMAKE: "重新制作",
    Wish.CANCEL: "注销",
    Wish.WITHDRAW: "撤回申请",
}
COLLECT_NOW, BACK_TO_LIST, ON_A_PAGE = "立即领取", "返回列表", "在页面上管理"

CANCEL_REASONS = {
    CancelReason.DATA_CHANGED: "印章数据变更",
    CancelReason.ENTERPRISE_CHANGED: "企业变更",
    CancelReason.ENTERPRISE_CLOSED: "企业注销",
    CancelReason.OTHER: "其他",
    CancelReason.REMADE: "挂失后重新制作",
    CancelReason.PIN_RESET: "印章密码重置",
    CancelReason.REDRAWN: "更换手绘签名",
    CancelReason.UNCOLLECTED: "逾期未领取",
}
SUSPEND_REASONS = ("暂时不用", "人员变动", "其他")

CONSEQUENCES = {
    Wish.SUSPEND: "停用后暂时不能盖章，随时可以启用；以前盖过章的文件不受影响。",
    Wish.RESUME: "启用后可以继续盖章。",
    Wish.RENEW: (
        "续期会重新签发证书，制作一枚印模相同的新印章，旧印章在新章制作完成时自动停止使用。"
        "以前盖过章的文件继续有效，不用重新盖；到期以后、续期完成以前不能盖章。"
        "授权别人使用的，请在续期后重新授权。"
    ),
    Wish.REPORT_LOST: (
        "挂失马上生效，不需要印章密码，谁也不能再用这些印章盖章；挂失以前盖过章的文件不受影响。"
        "挂失后不能恢复，可以“重新制作”或“注销”。"
    ),
    Wish.REMAKE: (
        "挂失的印章将注销，重新制作新的密钥、证书和印章，领取后就能使用，不用再审核。"
        "挂失以前盖过章的文件继续有效。印章密码也泄露或忘记了的，请先回复“密码管理”。"
    ),
    Wish.CANCEL: "注销后不能恢复，只能重新申请；以前盖过章的文件不受影响。",
    Wish.WITHDRAW: "撤回后不再审核，填过的内容会保留，可以修改后重新申请。",
}
"""What each wish means, said before anything is done; the pages say the same."""

SEAL_NEWS = {
    News.REGISTRY_RENAMED: (
        "登记机关显示贵单位已更名为{name}。按规定，旧名称的印章不能继续使用，已先冻结：{seals}。"
        "回复“重新制作”按新名称制作印章，不用再审核；不再需要的，回复“注销”。"
        "以前盖过章的文件不受影响；如果信息不对，请先到登记机关更正。"
    ),
    News.REGISTRY_REPRESENTATIVE: (
        "登记机关显示贵单位的法定代表人已变更为{name}。由原法定代表人保管的印章和名章已先冻结：{seals}。"
        "请新的法定代表人登录后回复“重新制作”，或回复“注销”；以前盖过章的文件不受影响。"
    ),
    News.REGISTRY_CLOSED: (
        "登记机关显示贵单位已注销或吊销。按规定应当注销印章，已先冻结：{seals}。"
        "请回复“注销”办理；以前盖过章的文件不受影响。如果信息不对，请先到登记机关更正。"
    ),
    News.APPLICATION_WITHDRAWN: "{seals}的申请已撤回。填过的内容会保留，回复“印章申请”可以修改后重新提交。",
    News.SEAL_SUSPENDED: "{seals}已停用，暂时不能盖章。回复“启用”可以恢复；如果不是您单位的人操作的，请回复“挂失”。",
    News.SEAL_RESUMED: "{seals}已启用，可以继续盖章。如果不是您单位的人操作的，请马上回复“挂失”。",
    News.SEAL_CANCELLED: "{seals}已注销，不能再盖章；以前盖过章的文件不受影响。回复“印章申请”可以重新申请。",
    News.SEAL_FROZEN: "{seals}已挂失冻结，谁也不能再用它盖章。回复“重新制作”可以制作新的印章，或回复“注销”。",
    News.SEAL_RENEWING: "{seals}正在续期，回复“领取”完成制作；在那以前旧印章照常使用。",
    News.SEAL_REMAKING: "挂失的印章已注销，{seals}可以重新领取，回复“领取”完成制作。",
    News.SEAL_EXPIRED: "{seals}已到期，现在不能盖章；以前盖过章的文件继续有效。回复“续期”可以自行续期。",
    News.SEAL_ENDS_SOON: "{seals}还有不到 {days} 天到期。回复“续期”可以自行续期，到期后就不能盖章了。",
    News.COLLECTION_ENDS_SOON: "{seals}还没有领取，再过不到 {days} 天将自动注销。回复“领取”马上领取。",
    News.COLLECTION_ENDED: "{seals}逾期没有领取，已按规定注销。需要时请回复“印章申请”重新申请，之前填的内容会为您保留。",
}

MENU_ITEMS = (
    "信息公告",
    "印章申请",
    "印章领取",
    "我的印章",
    "文件盖章",
    "文件验签",
    "申领记录",
    "密码管理",
    "授权管理",
    "代申领",
    "日志管理",
    "用户反馈",
    "通知设置",
)
"""The menu, in the order of its numbers."""

DOCUMENT_REASONS = {
    "empty": "文件是空的，请重新选择文件",
    "not_a_document": "这不是可以读取的 PDF 或 OFD 文件，请检查后重新上传",
    "encrypted": "文件设有打开密码，请去掉密码后重新上传",
    "too_large": "文件超过 50 MB，请压缩或拆分后重新上传",
    "too_complex": "文件不大，但展开后的内容太多太复杂，无法处理，请换用原件或拆分后重新上传",
    "too_many_pages": "文件页数太多，请拆分后重新上传",
    "closed": "文件已被前一个签章锁定，不能再加盖印章",
    "form_with_scripts": "文件是动态表单（XFA），请打印为普通 PDF 后重新上传",
    "broken_signed": "文件已有签章但内部结构损坏，修复会破坏原签章，请换用完好的文件",
    "form_signed": "文件已有签章，表单不能再转为普通页面，请直接加盖印章",
    "form_not_drawn": "表单里有内容没有保存画面，请用阅读器打开、另存后重新上传",
}

TASK_REASONS = {
    "place.unknown": "文件里找不到您指定的位置或关键字，请换一个位置再试",
    "seal.not_usable": "印章当前不可用（可能已停用、注销或到期）",
    "grant.not_usable": "授权已收回、到期或次数已用完",
    "order.document_changed": "文件内容与您确认时不同，为保护您的权益没有盖章",
    "sealing.refused": "盖章后的文件未通过我们自己的验签，没有交付，请联系客服",
} | {f"document.{reason}": words for reason, words in DOCUMENT_REASONS.items()}

VERDICTS = {
    "valid": "✅ 有效",
    "invalid": "❌ 无效",
    "indeterminate": "⚠️ 无法确定",
    "unsigned": "未发现签章",
}


def local(moment: datetime | None) -> str:
    """北京时间, to the second, as the seeds show it."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S") if moment else "—"


# --- greeting, menu, help -----------------------------------------------------------


def welcome(province: Province) -> Say:
    return Say(
        f"您好，这里是{province.system_name}。您可以在这里申领、管理电子印章，给文件盖章和验签。\n"
        "请先登录，或回复“菜单”看看能做什么。",
        choices=(),
    )


def menu(province: Province, holder: str, left: str = "") -> Say:
    """*left* is the dialog that can be taken up again."""
    head = f"{province.system_name}\n当前身份：{holder}" if holder else province.system_name
    if left:
        head += f"\n您有没办完的“{left}”，回复“继续”接着办。"
    return Say(f"{head}\n请问要办什么？", MENU_ITEMS)


def help_text(prompt: Say | None, guide: Guide) -> Say:
    lines = [
        "您可以直接说要办的事，例如“印章申请”“文件盖章”“验签”。",
        "一个人代表多家企业：说“切换企业”。",
        "个人办理：说“个人申领”领取手绘签名或名章，“修改签名”重新书写。",
        "随时可以说：菜单、返回、取消、重来、继续、退出登录、人工。",
        "印章密码只在安全页面输入，请不要发到聊天里。",
    ]
    if guide.help:
        lines = [guide.help, *lines]
    if prompt is None:
        return Say("\n".join(lines))
    return Say("\n".join([*lines, "", "刚才在问：", prompt.text]), prompt.choices, prompt.link)


def human() -> Say:
    return Say(
        "人工服务时间为工作日 9:00–17:00。请回复“信息反馈”写下您的问题，运维人员会回复到这里；"
        "您也可以拨打 12345。"
    )


def sign_in(province: Province, link: Link) -> Say:
    return Say(
        f"请先通过{province.sign_in_name}登录，登录后回到这里继续。链接 10 分钟内有效。", (), link
    )


def signed_in(holder: str) -> Say:
    return Say(f"登录成功，当前身份：{holder}。\n请问要办什么？", MENU_ITEMS)


IDENTITY_ROLES = {
    Role.LEGAL_REPRESENTATIVE: "法定代表人",
    Role.SEAL_ADMINISTRATOR: "印章管理员",
    Role.HANDLER: "经办人",
}


def identity_name(actor: Actor) -> str:
    """For whom one acts, as 切换企业 lists it."""
    if actor.organisation is None or actor.role is None:
        return f"本人（{actor.person.name}）"
    return f"{actor.holder_name}（{IDENTITY_ROLES.get(actor.role, '企业成员')}）"


def choose_identity(identities: Sequence[Actor]) -> Say:
    return Say("要代表谁办理？", tuple(identity_name(each) for each in identities))


def switched(holder: str) -> Say:
    return Say(f"已切换，当前身份：{holder}。\n请问要办什么？", MENU_ITEMS)


def only_one_identity(link: Link) -> Say:
    return Say("您现在只有本人一个身份。要代表企业办理，请先到企业空间关联企业。", (), link)


def link_enterprise_first(link: Link) -> Say:
    return Say(
        "您还没有关联企业。请打开企业空间，以法人或经办人身份登录关联企业，完成后自动回来继续申领。",
        (),
        link,
    )


def ask_for_number(holder: str) -> Say:
    return Say(
        f"有一台电脑请求以“{holder}”的身份登录。\n"
        "是您本人在操作的，请回复电脑屏幕上显示的两位数字；不是的，请回复“拒绝”。"
        "别人发来的二维码，请不要确认。"
    )


def entrance_confirmed() -> Say:
    return Say("登录成功，请看电脑屏幕。")


def entrance_refused() -> Say:
    return Say("已拒绝，那台电脑没有登录。")


def wrong_number() -> Say:
    return Say("数字不对，为了安全已拒绝这次登录。是您本人操作的，请在电脑上重新获取二维码。")


def entrance_over() -> Say:
    return Say("这个登录二维码已失效或已被使用。请在电脑上刷新后重新扫码。")


def signed_out() -> Say:
    return Say("已退出登录。需要时回复“登录”。")


def goodbye_pin() -> Say:
    return Say(
        "为了您的安全，请不要在聊天里发送密码，刚才的内容没有被保存。"
        "需要输入印章密码时，我们会给您一个安全页面的链接。\n" + HELP_LINE
    )


def not_text() -> Say:
    return Say(
        "这里看不了图片、语音或文件。要盖章或验签，请回复“文件盖章”或“文件验签”，按链接上传文件。"
    )


def not_understood(prompt: Say | None) -> Say:
    if prompt is None:
        return Say("没有听懂您的意思。请回复数字选择：", MENU_ITEMS)
    text = f"没有听懂您的回答，之前填的都还在。\n{prompt.text}"
    return Say(text, prompt.choices, prompt.link)


def cancelled() -> Say:
    return Say("已取消，没有留下任何办理记录。回复“菜单”可以重新开始。")


def at_the_beginning(prompt: Say | None = None) -> Say:
    if prompt is None:
        return Say("已经是第一步了。回复“菜单”看看能做什么。")
    text = f"已经是第一步了。回复“菜单”看看还能做什么，或接着回答：\n{prompt.text}"
    return Say(text, prompt.choices, prompt.link)


def still_there(dialog: str, minutes: int) -> Say:
    return Say(
        f"您的“{dialog}”还没有办完。{minutes} 分钟内没有回答会先放一放，填过的都会保留，"
        "以后回复“继续”可以接着办。"
    )


def going_on(prompt: Say) -> Say:
    return Say(f"好的，接着办。\n{prompt.text}", prompt.choices, prompt.link)


def nothing_left() -> Say:
    return Say("没有放下的事情要继续。请问要办什么？", MENU_ITEMS)


def not_allowed() -> Say:
    return Say("您当前的身份不能办理这项业务，请由法定代表人或印章管理员办理。")


def trouble() -> Say:
    return Say("抱歉，系统出了点问题，您的资料没有丢失。请稍后再试，或回复“人工”。")


# --- notices ------------------------------------------------------------------------


def notices(items: Sequence[Notice]) -> Say:
    if not items:
        return Say("暂时没有公告。")
    return Say("信息公告，想看哪一条？", tuple(item.title for item in items))


def notice(item: Notice, link: Link) -> Say:
    names = "".join(f"\n附件：{name}" for name, _ in item.attachments)
    more = "\n回复“信息公告”看其他公告。"
    return Say(f"【{item.title}】\n{item.body}{names}{more}", (), link)


RESUME_CHOICES = ("继续填写", "重新填写")

# --- application --------------------------------------------------------------------


def choose_seal_types(types: Sequence[SealType], policy: IssuePolicy) -> Say:
    if policy is IssuePolicy.IDENTITY:
        text = (
            f"企业可免费申领一套 {len(types)} 枚电子印章。"
            "请回复序号（可多选，如 1 2），或回复“全部”。"
        )
    else:
        text = "请选择要申请的印章，可多选，例如回复“1 2”："
    return Say(text, tuple(t.name for t in types))


def resume(chosen: str) -> Say:
    return Say(f"您上次填的还在：{chosen}。接着填，还是从头开始？", RESUME_CHOICES)


def draft_waits(seals: str) -> Say:
    return Say(f"您申请{seals}填到一半，内容还在。回复“印章申请”可以接着填；30 天内不提交会清除。")


def choose_size(seal_type: SealType) -> Say:
    return Say(
        f"请选择{seal_type.name}的印模尺寸，要和实物印章一样大：",
        tuple(size.label for size in seal_type.sizes),
    )


def choose_region(regions: Sequence[Region]) -> Say:
    return Say(
        "请选择单位所属区划，也可以直接说县（市、区），例如“孝义市”；页面上还可以改：",
        tuple(region.full_name for region in regions if region.is_city),
    )


def fill_in_form(policy: IssuePolicy, chosen: str, link: Link) -> Say:
    if policy is IssuePolicy.IDENTITY:
        return Say(f"您要申领：{chosen}。\n请打开页面核对企业信息，并完成人脸识别。", (), link)
    return Say(
        f"您要申请：{chosen}。\n请打开页面：下载已经填好的申请表，打印盖章后扫描上传（PDF），"
        "核对经办人信息并提交。\n回复“申请表”可以先只下载申请表。",
        (),
        link,
    )


def printed_form(chosen: str, link: Link) -> Say:
    return Say(
        f"申请表已按您的选择填好：{chosen}。\n请打印、盖章、扫描成彩色 PDF，再回复任意文字打开页面上传。",
        (),
        link,
    )


def application_submitted() -> Say:
    return Say("申请已提交，我们会尽快审核，结果在这里通知您。回复“申领记录”可随时查看进度。")


def application_approved(seals: str) -> Say:
    return Say(f"审核通过：{seals}。\n请在电脑端“印章领取”扫码领取，或直接回复“领取”在手机上领取。")


def application_rejected(seals: str, opinion: str) -> Say:
    return Say(
        f"审核不通过：{seals}。\n审核意见：{opinion}\n请按意见修改后回复“印章申请”重新提交，"
        "之前填的内容会为您保留。"
    )


def seals_ready() -> Say:
    return Say("身份核验通过，印章已可领取。回复“领取”，做一次意愿认证即可全部领取。")


def records(seals: Sequence[Seal], total: int, link: Link | None = None) -> Say:
    if not seals:
        return Say("还没有申领记录。回复“印章申请”开始申请。")
    rows = [
        f"{n}. {seal.name}｜{SEAL_STATES[seal.state]}\n   申请 {local(seal.applied_at)}"
        + (f"\n   领取 {local(seal.collected_at)}" if seal.collected_at else "")
        + (f"\n   审核意见：{seal.opinion}" if seal.opinion else "")
        for n, seal in enumerate(seals, 1)
    ]
    return Say("\n".join(["印章申领记录（最近的在前）", *rows, f"共 {total} 条"]), (), link)


# --- natural persons ----------------------------------------------------------------


def act_for_yourself_first() -> Say:
    return Say(
        "您现在代表企业办理。个人手绘签名和个人名章属于您本人，请先回复“切换企业”选择“本人”，再来申领。"
    )


def no_personal_seals(province: Province) -> Say:
    return Say(
        f"{province.name}目前只向企业发放电子印章，没有个人签名和个人名章。"
        "您是企业法定代表人的，请回复“登录”，以法人身份登录后申请；也可以回复“文件验签”核对文件。"
    )


def choose_personal_type(types: Sequence[SealType]) -> Say:
    return Say("个人可免费申领，请选择要领取的印章类型：", tuple(t.name for t in types))


def personal_page(seal_type: SealType, changes: bool, link: Link) -> Say:
    if changes:
        text = (
            f"请打开页面重新写{seal_type.name}，确认后做一次人脸识别，几分钟内换成新的。"
            "以前盖过的文件不受影响，仍然有效。"
        )
    elif seal_type.is_drawn:
        text = (
            f"请打开页面手写{seal_type.name}（不方便手写的，可以用键盘输入姓名），"
            "确认后做一次人脸识别，几分钟内制作完成。"
        )
    else:
        text = f"请打开页面核对{seal_type.name}的样子，确认后做一次人脸识别，几分钟内制作完成。"
    return Say(text, (), link)


# --- collection ---------------------------------------------------------------------


def nothing_to_collect() -> Say:
    return Say("没有待领取的印章。回复“印章申请”可以申请，“申领记录”可以看进度。")


def confirm_collection(seals: Sequence[Seal], by_scan: bool) -> Say:
    head = "您扫描了印章领取码" if by_scan else "待领取的印章"
    names = "\n".join(f"· {seal.name}（{size(seal)}）" for seal in seals)
    return Say(f"{head}：\n{names}\n确定领取吗？", ("确定", "取消"))


def set_pin(first: bool, link: Link) -> Say:
    if first:
        text = (
            "请打开安全页面设置印章密码（6–12 位数字）。以后每次用章都要用它，请务必记住："
            "忘记密码只能证明身份后重新制作印章。"
        )
    else:
        text = "请打开安全页面输入印章密码，完成领取。"
    return Say(text, (), link)


def prove_willingness(link: Link) -> Say:
    return Say("请打开页面完成意愿认证，认证通过后马上为您制作印章。", (), link)


def seals_issued(seals: str, link: Link) -> Say:
    return Say(
        f"领取成功，印章已制作完成：{seals}。\n回复“我的印章”查看，或“文件盖章”开始使用。", (), link
    )


def pickup_forwarded() -> Say:
    return Say(
        "有人扫描了您的印章领取码，已被拒绝。领取码只有您本人能用；如果不是您给出的，请取消后重新领取。"
    )


def pickup_not_yours() -> Say:
    return Say("这个领取码不是给您的，不能使用。请由印章所有人本人扫码。")


def pickup_expired() -> Say:
    return Say("领取码已过期，请在电脑上重新点击“领取”，再扫新的二维码。")


def pickup_used() -> Say:
    return Say("这个领取码已经用过了。回复“我的印章”查看已领取的印章。")


def pickup_unknown() -> Say:
    return Say("不认识这个二维码，可能已被取消。请在电脑上重新点击“领取”。")


# --- PIN ----------------------------------------------------------------------------


def manage_pin(is_set: bool, link: Link) -> Say:
    if not is_set:
        return Say("您还没有印章密码。打开页面可以先设置好，也可以在领取印章时设置。", (), link)
    return Say("打开页面可以修改印章密码；密码锁定了可以解锁，忘记了可以重置。", (), link)


def no_pins_here(province: Province) -> Say:
    return Say(
        f"{province.name}的电子印章不用密码：领取和盖章时，到{province.sign_in_name}做一次意愿认证。"
        "印章可能被他人使用的，请回复“挂失”。"
    )


def pin_changed() -> Say:
    return Say(
        "印章密码已修改，您的印章照常使用。如果不是您本人操作，请马上回复“挂失”，再重置密码。"
    )


def pin_unlocked() -> Say:
    return Say(
        "印章密码已解锁，可以再试 5 次。还是想不起来的，请回复“密码管理”重置；"
        "如果不是您本人操作，请马上回复“挂失”。"
    )


def pin_was_reset(seals: str) -> Say:
    if not seals:
        return Say(
            "印章密码已重置，下次领取印章时设置新密码。如果不是您本人操作，请马上回复“人工”。"
        )
    return Say(
        f"印章密码已重置，原来的印章已注销，需要重新领取：{seals}。以前盖过章的文件继续有效。"
        "回复“领取”设置新密码并完成制作；如果不是您本人操作，请马上回复“人工”。"
    )


# --- my seals -----------------------------------------------------------------------


def size(seal: Seal) -> str:
    if seal.width_mm == seal.height_mm:
        return f"{seal.width_mm:g} mm"
    return f"{seal.width_mm:g}×{seal.height_mm:g} mm"


def my_seals(seals: Sequence[Seal]) -> Say:
    if not seals:
        return Say("您还没有印章。回复“印章领取”看看有没有待领取的，或“印章申请”。")
    rows = (_row(seal) for seal in seals)
    return Say("印章列表，查看哪一枚？", (*rows, ON_A_PAGE))


CHANGE_SIGNATURE = "修改签名"


def _row(seal: Seal) -> str:
    if seal.state is SealState.READY:
        return f"{seal.name}｜待领取，回复序号立即领取"
    if seal.valid_to is None:
        return f"{seal.name}｜{SEAL_STATES[seal.state]}"
    return f"{seal.name}｜{SEAL_STATES[seal.state]}｜到期 {local(seal.valid_to)[:10]}"


def seals_on_a_page(link: Link) -> Say:
    return Say("打开页面可以查看印章、停用、启用、续期、挂失和注销，30 分钟内有效。", (), link)


def seal_detail(
    seal: Seal,
    uses: Sequence[SealingTask],
    by_whom: Mapping[str, UsedBy],
    collect_by: datetime | None,
    choices: tuple[str, ...],
) -> Say:
    lines = [
        f"【{seal.name}】",
        f"状态：{SEAL_STATES[seal.state]}",
        f"尺寸：{size(seal)}",
        f"印章编码：{seal.id}",
    ]
    if seal.valid_to:
        lines.append(f"有效期：{local(seal.valid_from)[:10]} 至 {local(seal.valid_to)[:10]}")
        lines.append(f"用章 {len(uses)} 次" + ("：" if uses else ""))
    if collect_by:
        lines.append(f"请在 {local(collect_by)[:10]} 前领取，逾期将注销")
    for use in uses[:5]:
        outcome = "成功" if use.state is TaskState.DONE else "未成功"
        who = by_whom_words(by_whom[use.order_id])
        lines.append(f"· {local(use.finished_at)} {who} 《{use.document_name}》{outcome}")
    return Say("\n".join(lines), choices)


def by_whom_words(used: UsedBy) -> str:
    return f"{used.person}（{used.grantor}授权）" if used.grantor else used.person


def which_seal(wish: Wish, seals: Sequence[Seal]) -> Say:
    return Say(f"要{WISHES[wish]}哪一枚？", tuple(_row(seal) for seal in seals))


def no_seal_for(wish: Wish, renewal_days: int) -> Say:
    reason = {
        Wish.RENEW: f"现在没有可以续期的印章：到期前 {renewal_days} 天内和到期以后可以续期",
        Wish.REMAKE: "没有挂失的印章。印章丢失、密码泄露的，请先回复“挂失”",
    }
    return Say(f"{reason.get(wish, f'没有可以{WISHES[wish]}的印章')}。回复“我的印章”看看。")


def ask_reason(wish: Wish) -> Say:
    if wish is Wish.SUSPEND:
        return Say("为什么停用？也可以直接说原因。", SUSPEND_REASONS)
    offered = tuple(CANCEL_REASONS[reason] for reason in OWNERS_REASONS)
    return Say("为什么注销？也可以直接说原因。", offered)


def ask_scope(wish: Wish, count: int) -> Say:
    word = WISHES[wish]
    return Say(
        f"只{word}这一枚，还是本单位的全部印章？", (f"只{word}这一枚", f"全部{word}（{count} 枚）")
    )


def are_you_sure(wish: Wish, seals: Sequence[Seal]) -> Say:
    names = "\n".join(f"· {seal.name}" for seal in seals)
    return Say(f"{WISHES[wish]}：\n{names}\n{CONSEQUENCES[wish]}\n确定吗？", ("确定", "取消"))


def nothing_changed() -> Say:
    return Say("好的，什么都没有改变。回复“我的印章”继续查看。")


def seals_moved_on() -> Say:
    return Say("印章的状态在您确认以前已经变了，这次没有再办。回复“我的印章”看现在的状态。")


def seals_changed(seals: Sequence[Seal]) -> Say:
    lines = [f"{seal.name}现在的状态：{SEAL_STATES[seal.state]}。" for seal in seals]
    if seals[0].state is SealState.CANCELLED:
        lines.append("需要时回复“印章申请”可以重新申请。")
    return Say("\n".join(lines))


def withdrawn(seals: Sequence[Seal]) -> Say:
    names = "、".join(seal.name for seal in seals)
    return Say(f"已撤回：{names}。填过的内容会保留，回复“印章申请”可以修改后重新提交。")


def reported_lost(seals: Sequence[Seal]) -> Say:
    names = "、".join(seal.name for seal in seals)
    return Say(
        f"已挂失：{names}。现在谁也不能再用它盖章。\n"
        "回复“重新制作”制作新的印章，或“注销”；密码忘记或泄露的，请回复“密码管理”。"
    )


def seal_news(kind: News, data: Mapping[str, str]) -> Say:
    return Say(SEAL_NEWS[kind].format(**{**data, "seals": data["seals"] or "没有在用的印章"}))


def whole_log(link: Link) -> Say:
    return Say("印章的每一次申请、授权和使用都有记录，可以按类别和日期查看。", (), link)


# --- sealing ------------------------------------------------------------------------


def upload_for_sealing(link: Link) -> Say:
    return Say("请打开页面上传要盖章的文件（PDF 或 OFD，可一次多个，每个不超过 50 MB）。", (), link)


def no_usable_seal() -> Say:
    return Say("您没有可以使用的印章。回复“印章领取”或“印章申请”。")


def document_refused(name: str, reason: str) -> Say:
    return Say(f"《{name}》不能使用：{DOCUMENT_REASONS.get(reason, '请换一个文件')}。")


def choose_seal(documents: Sequence[Document], seals: Sequence[Seal]) -> Say:
    names = "".join(f"《{d.name}》{len(d.pages)} 页，" for d in documents)
    return Say(f"已收到{names}用哪一枚印章？", tuple(seal.name for seal in seals))


def choose_place() -> Say:
    return Say(
        "盖在哪里？也可以直接说，例如“关键字 甲方（盖章）”、“签名域 Sig1”，或“第2页 120 200”"
        "（印章左上角离页面左边、上边的毫米数）。",
        ("末页右下角", "骑缝章", "每一页右下角", "在页面上点选"),
    )


def tap_the_place(link: Link) -> Say:
    return Say("请在页面图片上点一下要盖章的位置，接着核对授权单。", (), link)


def page_missing(pages: int) -> Say:
    return Say(f"文件只有 {pages} 页，请重新说位置。")


def confirm_order(documents: Sequence[Document], seal: Seal, place: str, link: Link) -> Say:
    names = "".join(f"\n· 《{d.name}》{len(d.pages)} 页" for d in documents)
    return Say(
        f"盖章授权单\n印章：{seal.name}\n位置：{place}\n文件：{names}\n"
        "请在 5 分钟内打开安全页面核对并确认。",
        (),
        link,
    )


def too_many_documents(limit: int) -> Say:
    return Say(f"一张授权单最多 {limit} 个文件，请分几次办理。回复“文件盖章”重新开始。")


def order_over() -> Say:
    return Say("这张盖章授权单已处理或已过期。回复“文件盖章”可以重新开始。")


def still_looking() -> Say:
    return Say("文件还在检查，马上就好，请稍等几秒再说。")


def sealing_done(names: str, failed: int, link: Link) -> Say:
    text = f"盖章完成：{names}。"
    if failed:
        text += f"另有 {failed} 个文件没有成功，页面里有原因。"
    return Say(f"{text}\n打开页面查看和下载，24 小时内有效。", (), link)


def sealing_failed(names: str, reason: str) -> Say:
    why = TASK_REASONS.get(reason, "请换一个文件或稍后再试")
    return Say(f"{names}没有盖章：{why}。回复“文件盖章”可以重新开始。")


# --- verification -------------------------------------------------------------------


def upload_for_verification(link: Link) -> Say:
    return Say("请打开页面上传要验签的文件（PDF 或 OFD）。不确定的地方我们会直说。", (), link)


def verification_done(name: str, verdict: str, link: Link) -> Say:
    return Say(
        f"《{name}》验签结果：{VERDICTS.get(verdict, VERDICTS['indeterminate'])}。打开页面看验证结果、印章信息和签章信息。",
        (),
        link,
    )


def pin_locked() -> Say:
    return Say(
        "印章密码连续输错 5 次，已锁定。请回复“密码管理”，证明是您本人后解锁或重置；"
        "如果不是您本人操作，请马上回复“挂失”。"
    )


# --- feedback -----------------------------------------------------------------------


def choose_feedback(choices: tuple[str, ...]) -> Say:
    return Say("用户反馈：想说哪一种？", choices)


def write_feedback(kind: FeedbackKind, link: Link) -> Say:
    about = (
        "请写下您的建议，例如电子印章还可以用在哪些地方。"
        if kind is FeedbackKind.SUGGESTION
        else "请写下申请、管理或使用印章时遇到的问题。"
    )
    return Say(f"{about}\n直接回复文字即可；要附图片，请打开页面。", (), link)


def feedback_too_short() -> Say:
    return Say("请写 2 到 1000 个字，说一句话也可以；不想写了请回复“取消”。")


def feedback_taken() -> Say:
    return Say("已收到，谢谢您。运维人员会回复到这里，也可以回复“历史反馈”查看。")


def feedback_history(items: Sequence[Feedback], link: Link | None) -> Say:
    if not items:
        return Say("您还没有反馈过。回复“意见建议”或“信息反馈”写一条。")
    rows = []
    for item in items:
        rows.append(
            f"· {local(item.written_at)[:10]} {FEEDBACK_KINDS[item.kind]}：{item.text[:40]}"
        )
        rows.append(f"  回复：{item.reply[:60]}" if item.reply else "  还没有回复")
    return Say("\n".join(["历史反馈（最近的在前）", *rows]), (), link)


def feedback_answered(text: str, reply: str, link: Link) -> Say:
    return Say(f"您的反馈“{text}”有了回复：\n{reply[:300]}", (), link)


# --- acts of the authority ----------------------------------------------------------


def seal_disposed(seal: str, state: SealState, reason: str) -> Say:
    return Say(
        f"主管部门对您的印章“{seal}”作出处置，现在的状态：{SEAL_STATES[state]}。\n原因：{reason}\n"
        "有疑问请回复“信息反馈”，或拨打 12345。"
    )


# --- preferences --------------------------------------------------------------------


def quiet_hours(wishes: Preferences) -> str:
    if wishes.quiet_from == wishes.quiet_until:
        return "未设置"
    return f"{wishes.quiet_from} 点到 {wishes.quiet_until} 点"


def preferences(wishes: Preferences) -> Say:
    rows = tuple(
        f"{words}：{'已关闭' if topic in wishes.muted else '已打开'}"
        for topic, words in TOPICS.items()
    )
    return Say(
        "通知设置，要改哪一项？关闭的通知仍会留在网页的“消息”里；安全提醒和您正在办的事随时会通知。",
        (*rows, f"{QUIET}：{quiet_hours(wishes)}"),
    )


def ask_hours() -> Say:
    return Say("什么时候不要打扰？例如“22 到 8”（北京时间的整点），或回复“不要”取消免打扰。")


def hours_set(wishes: Preferences) -> Say:
    return Say(f"免打扰时段：{quiet_hours(wishes)}。")
