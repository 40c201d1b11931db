"""Refusals in words for people, with the next step; one place for all pages."""

from __future__ import annotations

from bot.texts import DOCUMENT_REASONS, local
from seal_core.domain.id_photos import PhotoRefused
from seal_core.domain.pins import WrongPin
from seal_core.domain.seals import RenewalTooEarly, SealState
from seal_core.errors import DocumentRefused, FaceRefused, SealError

REFUSALS = {
    "actor.not_allowed": (403, "您当前的身份不能办理这项业务，请由法定代表人或印章管理员办理。"),
    "actor.not_signed_in": (401, "这个页面登录后才能看。"),
    "agent.incomplete": (422, "有一项没有填对，请检查标出的栏目。"),
    "agent.not_open": (409, "这份申请已经提交或办结，不能再修改。"),
    "application.duplicate": (409, "这种印章已经有了，或正在办理中，请在申领记录里查看。"),
    "application.incomplete": (422, "有一项没有填对，请检查标出的栏目。"),
    "application.registry": (409, "企业登记信息与您的不一致，请先到市场监管部门核对后再申领。"),
    "crypto.decryption": (400, "密码没有安全送达，请刷新页面后重新输入。"),
    "document.not_ready": (409, "文件还在检查，请稍等几秒。"),
    "face.glyph": (
        422,
        "名称里有一个字我们还没有字形，暂时不能制章。请联系客服，补上字形后再申请，已填内容不会丢失。",
    ),
    "face.refused": (422, "名称太长或含有印章上不能出现的符号，请联系客服办理。"),
    "feedback.incomplete": (422, "请写 2 到 1000 个字；图片要是 5 MB 以内的 PNG 或 JPG。"),
    "feedback.replied": (409, "同事已经回复过了，请刷新后查看。"),
    "grant.delegate_not_ready": (
        409,
        "他还没有印章密码，暂时不能授权给他。我们已经通知他设置，设置好以后请再授权。",
    ),
    "grant.grantor_without_key": (
        409,
        "您手上没有这枚印章：只能授权自己领取的、或不限次数授权给您的印章。",
    ),
    "grant.not_open": (409, "这张授权确认单已处理或已过期，请重新授权。"),
    "grant.not_usable": (403, "授权已收回、到期或次数已用完，请联系授权人。"),
    "grant.terms": (
        422,
        "期限要在三年以内、晚于现在，也不能超过您自己得到的授权；次数要在 1 到 9999 之间。",
    ),
    "identity.mismatch": (403, "认证的人与登录的人不是同一位，请由本人重新认证。"),
    "key.unavailable": (403, "您没有使用这枚印章的权限。"),
    "member.already": (409, "他已经是企业成员，或者已经收到邀请还没有答复。"),
    "member.incomplete": (422, "有一项没有填对，请检查标出的栏目。"),
    "member.invitation_over": (410, "这个邀请已经答复过、撤回或过期了，请让企业重新邀请。"),
    "notice.incomplete": (422, "标题要 2 到 100 个字，正文要 2 到 10000 个字。"),
    "order.document_changed": (409, "文件内容与您确认时不同，为保护您的权益没有盖章。"),
    "order.expired": (410, "授权单已过期，请回到聊天重新发起盖章。"),
    "order.not_open": (409, "这张授权单已经处理过了。"),
    "order.too_many": (409, "一次选的文件太多，请分几次盖章。"),
    "personal.none": (409, "本省目前只向企业发放电子印章，没有个人签名和个人名章。"),
    "pin.already_set": (409, "印章密码已经设置过了，请输入原来的密码。"),
    "pin.locked": (423, "印章密码已锁定。请到“密码管理”，证明是您本人后解锁或重置。"),
    "pin.not_set": (409, "您还没有印章密码，请先领取印章。"),
    "pin.weak": (422, "密码太简单。请用 6–12 位数字，不要用连续、重复的数字。"),
    "place.unclear": (422, "位置没有填对：请点一下页面图片，或检查页码、毫米数和关键字。"),
    "platform.busy": (503, "身份认证系统暂时没有回应，请稍后再试，您填的内容没有丢失。"),
    "preferences.hours": (422, "免打扰时段要选 0 到 23 之间的整点。"),
    "proof.pending": (409, "认证还没有完成，请在认证页面完成后再回来。"),
    "proof.refused": (403, "意愿认证没有通过，请重新认证。"),
    "record.not_found": (404, "没有找到，或者不属于您。"),
    "review.box": (422, "框不在页面内，或大小不像一枚印章（8–100 mm），请重新框选。"),
    "review.picture": (422, "请为每枚要通过的印章选定用哪一个图样制章。"),
    "review.claimed": (409, "同事正在办理这件申请，请办理别的，或等他移交。"),
    "review.not_yours": (409, "这件申请不在您名下，不能移交或退回。"),
    "desk.reason": (422, "请写明原因（2 到 1000 个字），持章人会看到。"),
    "desk.second_person": (403, "要由另一个人复核，提出的人自己不能确认。"),
    "review.opinion": (422, "不通过必须填写审核意见，申请人要按意见修改。"),
    "seal.not_usable": (409, "印章当前不可用，可能已停用、注销或到期。"),
    "seal.renewal_early": (409, "还没有到续期的时间，临近到期和到期以后可以续期。"),
    "seal.no_key": (
        409,
        "这枚印章制作时您还没有印章密码，钥匙只在领取人手里。请先挂失，再重新制作，由您自己领取，不用再审核。",
    ),
    "seal.state": (409, "印章的状态已经变了，请刷新后再看。"),
    "identity.sign_in": (401, "可能是登录页面停留太久，请重新登录。"),
    "ticket.expired": (410, "链接已过期，请回到聊天重新获取。"),
    "ticket.forwarded": (403, "这个链接不是给您的。"),
    "ticket.mini_program": (403, "请回到小程序里打开这个页面，链接不能转发或在浏览器里打开。"),
    "ticket.unknown": (404, "链接无效，请回到聊天重新获取。"),
    "ticket.used": (410, "这个链接已经用过了，请回到聊天查看结果。"),
}
"""HTTP status and sentence for each code a page can meet."""

TITLES = {
    "400": "没有办成",
    "401": "请先登录",
    "403": "不能办理",
    "404": "没有找到",
    "409": "现在不能办理",
    "410": "链接已失效",
    "413": "文件太大",
    "429": "操作太频繁",
    "500": "系统出了点问题",
    "503": "系统暂时没有回应",
    "order.expired": "授权单已过期",
    "ticket.used": "已经办过了",
    "ticket.expired": "链接已过期",
    "identity.sign_in": "登录没有成功",
}
"""Headlines of error pages by code, else by status."""

HTTP_WORDS = {
    404: "没有这个页面，请检查地址，或从首页进入。",
    405: "请从页面上的按钮进入。",
    413: "内容太大。每个文件不超过 50 MB，多个文件请分批上传。",
    429: "请等一分钟再试。",
}

PLATFORM = (503, "微信或支付宝暂时没有回应，请稍后再试，您填的内容没有丢失。")
"""For every other code that begins with ``platform.``"""

FALLBACK = (400, "没有办成，您的资料没有丢失。请稍后再试，或联系客服。")


INK_WORDS = {
    "no_ink": "还没有写上签名。请在框里手写，或用键盘输入姓名。",
    "too_much_ink": "写得太密或太长，请点“清空”后重新书写。",
}
"""What a drawn signature is refused for."""


PHOTO_WORDS = {
    "missing": "还没有选择照片，请选择后再提交。",
    "heic": "这是 HEIC 格式，我们看不了。请把手机相机的格式改为“兼容性最佳”（JPG）后重拍，"
    "或截图后上传。",
    "not_a_photo": "这不是能打开的 JPG 或 PNG 照片，请重新拍照上传。",
    "too_large": "照片太大，每张不超过 10 MB，请压缩后上传。",
    "too_small": "照片太小，看不清文字，请靠近重拍。",
    "same": "两张照片一样，请分别上传正反两面。",
}
SIDES = {"front": "人像面", "back": "国徽面"}


def refusal(error: SealError) -> tuple[int, str]:
    """The status and sentence for *error*."""
    if isinstance(error, WrongPin):
        return 403, f"密码不对，还可以再试 {error.attempts_left} 次。"
    if isinstance(error, RenewalTooEarly):
        return 409, f"还没有到续期的时间，{local(error.opens)[:10]} 起可以续期。"
    if isinstance(error, FaceRefused) and error.reason in INK_WORDS:
        return 422, INK_WORDS[error.reason]
    if isinstance(error, PhotoRefused):
        return 422, f"{SIDES[error.side]}：{PHOTO_WORDS[error.reason]}"
    if isinstance(error, DocumentRefused):
        return 422, f"{DOCUMENT_REASONS[error.reason]}。"
    away = error.code.startswith("platform.")
    return REFUSALS.get(error.code, PLATFORM if away else FALLBACK)


EVENTS = {
    "account:bind": "聊天账号登录",
    "account:mobile": "更新手机号",
    "account:switch": "切换企业",
    "entrance:confirm": "确认扫码登录",
    "entrance:refuse": "拒绝扫码登录",
    "entrance:scan": "扫描登录二维码",
    "form:cut": "审核人员重新截取印模",
    "agent:approve": "经办人审核通过",
    "agent:reject": "经办人申请未通过",
    "agent:submit": "提交经办人申请",
    "agent:withdraw": "撤回经办人申请",
    "grant:confirm": "授权生效",
    "grant:draw_up": "发起授权",
    "grant:end": "授权结束",
    "key:sign": "动用印章密钥",
    "member:accept": "接受成员邀请",
    "member:change_role": "改变成员角色",
    "member:decline": "拒绝成员邀请",
    "member:invite": "邀请企业成员",
    "member:remove": "移除企业成员",
    "member:withdraw": "撤回成员邀请",
    "audit:read": "查阅审计记录",
    "review:claim": "领办申请",
    "review:hand_over": "移交申请",
    "review:release": "退回申请到队列",
    "seal:propose": "主管部门提出处置",
    "seal:send_back": "处置被复核退回",
    "feedback:reply": "回复反馈",
    "feedback:send": "提交反馈",
    "notice:publish": "发布公告",
    "notice:withdraw": "撤下公告",
    "order:cancel": "放弃盖章",
    "order:confirm": "确认盖章授权单",
    "order:draw_up": "发起盖章",
    "page:sign_in": "网页登录",
    "photos:delete": "身份证照片已删除",
    "photos:upload": "上传身份证照片",
    "photos:view": "工作人员查看身份证照片",
    "pickup:forwarded": "他人扫描领取码（已拒绝）",
    "pickup:open": "生成领取二维码",
    "pickup:scan": "扫描领取二维码",
    "pin:change": "修改印章密码",
    "pin:reset": "重置印章密码，印章重新制作",
    "pin:set": "设置印章密码",
    "pin:unlock": "印章密码解锁",
    "pin:wrong": "印章密码输错",
    "registry:closed": "登记机关：单位注销或吊销",
    "registry:renamed": "登记机关：单位更名",
    "registry:representative": "登记机关：法定代表人变更",
    "seal:apply": "申请印章",
    "seal:approve": "审核通过",
    "seal:cancel": "注销印章",
    "seal:collect": "领取印章",
    "seal:expire": "印章到期",
    "seal:freeze": "冻结印章",
    "seal:issue": "印章制作完成",
    "seal:refuse": "盖章未成功",
    "seal:reject": "审核不通过",
    "seal:renew": "印章已续期，旧章停止使用",
    "seal:resume": "启用印章",
    "seal:take_over": "接管印章",
    "seal:suspend": "停用印章",
    "seal:use": "盖章",
    "seal:archive": "续存签章证明",
    "seal:void": "印章作废",
    "seal:withdraw": "撤回申请",
}

CHANNELS = {
    "wechat_official": "微信公众号",
    "wechat_miniprogram": "微信小程序",
    "alipay_life": "支付宝生活号",
    "alipay_miniprogram": "支付宝小程序",
    "pc": "电脑网页",
    "staff": "审核后台",
    "system": "系统",
}

NEWS = {
    "signed_in": "登录成功",
    "document_accepted": "文件已收到",
    "document_refused": "文件不能使用",
    "application_submitted": "申请已提交",
    "application_approved": "审核通过",
    "application_rejected": "审核不通过",
    "application_withdrawn": "申请已撤回",
    "draft_waits": "申请填到一半",
    "seals_ready": "印章可以领取",
    "seals_issued": "领取成功",
    "pickup_forwarded": "有人扫描了您的领取码",
    "pin_locked": "印章密码已锁定",
    "pin_changed": "印章密码已修改",
    "pin_unlocked": "印章密码已解锁",
    "pin_reset": "印章密码已重置",
    "sealing_done": "盖章完成",
    "sealing_failed": "盖章没有成功",
    "verification_done": "验签完成",
    "seal_suspended": "印章已停用",
    "seal_resumed": "印章已启用",
    "seal_cancelled": "印章已注销",
    "seal_frozen": "印章已挂失",
    "seal_renewing": "印章正在续期",
    "seal_remaking": "印章重新制作",
    "seal_expired": "印章已到期",
    "seal_ends_soon": "印章即将到期",
    "collection_ends_soon": "印章待领取，即将逾期",
    "collection_ended": "印章逾期未领取，已注销",
    "invited": "企业成员邀请",
    "invitation_answered": "邀请有了答复",
    "role_changed": "您的角色变了",
    "pin_needed": "请设置印章密码",
    "grant_given": "授权已生效",
    "grant_received": "印章授权给您使用",
    "grant_used": "您授权的印章被使用",
    "grant_ended": "授权已结束",
    "registry_renamed": "单位更名，印章已冻结",
    "registry_representative": "法定代表人变更，印章已冻结",
    "registry_closed": "单位已注销，印章已冻结",
    "agent_submitted": "经办人申请已提交",
    "agent_asks": "有人申请做您企业的经办人",
    "agent_approved": "您已成为经办人",
    "agent_rejected": "经办人申请没有通过",
    "agent_bound": "企业有了新的经办人",
    "collected_for_you": "经办人代领了印章",
    "feedback_received": "反馈已收到",
    "feedback_answered": "您的反馈有了回复",
    "seal_disposed": "主管部门处置了您的印章",
    "taken_over_from_you": "印章由法定代表人接管",
}


REVIEWS = {
    SealState.PENDING_REVIEW: "待审核",
    SealState.REJECTED: "审核不通过",
    SealState.WITHDRAWN: "已撤回",
}


def review_state(state: SealState) -> str:
    """审核状态 as 印章申领记录 shows it (图 15): whatever came later, it was 审核通过."""
    return REVIEWS.get(state, "审核通过")


SIZES = {(210, 297): "A4", (297, 420): "A3", (148, 210): "A5", (182, 257): "B5"}
"""Paper in mm, upright (GB/T 148, JIS B5 as Chinese offices use it)."""


def page_size(size: tuple[float, float]) -> str:
    """A page's size as people call it: A4, A4 横向, or in mm."""
    width, height = round(size[0]), round(size[1])
    if (width, height) in SIZES:
        return SIZES[width, height]
    if (height, width) in SIZES:
        return f"{SIZES[height, width]} 横向"
    return f"{width}×{height} mm"


def event_name(event: str) -> str:
    """An audit event in words."""
    return EVENTS.get(event, event)


def channel_name(channel: str) -> str:
    return CHANNELS.get(channel, channel)


def news_name(kind: str) -> str:
    """The headline of a notification."""
    return NEWS[kind]
