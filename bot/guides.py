"""What 帮助 explains at each point of a dialog, and how long the dialog waits there.

``./zhangyin flows`` refuses a state without a guide and a dialog without a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.states import State

REMIND_MINUTES = 5
"""A person is reminded this long before the dialog is put aside."""


@dataclass(frozen=True, slots=True)
class Guide:
    """*help* says what is asked and why; after *minutes* of silence the dialog is put aside."""

    help: str
    minutes: int = 30


DIALOGS: Mapping[str, str] = {
    "notices": "信息公告",
    "apply": "印章申请",
    "collect": "印章领取",
    "my_seals": "我的印章",
    "seal": "文件盖章",
    "verify": "文件验签",
    "enter": "扫码登录",
    "identity": "切换企业",
    "personal": "个人申领",
    "authorise": "授权管理",
    "grant": "印章授权",
    "grants": "我的授权",
    "members": "企业成员",
    "agent": "代申领",
    "agents": "经办人管理",
    "take_over": "接管印章",
    "feedback": "用户反馈",
    "preferences": "通知设置",
}
"""Names of the dialogs, by what their states' values begin with."""

GUIDES: Mapping[State, Guide] = {
    State.NOTICES_CHOOSING: Guide("回复公告前的数字看全文，公告的附件在页面里下载。"),
    State.APPLY_CHOOSING_SEALS: Guide(
        "回复印章前的数字，一次可以选几枚；每一枚分别审核、分别领取。"
    ),
    State.APPLY_RESUMING: Guide("上次填的还在：接着填，或者从头再来，都可以。"),
    State.APPLY_CHOOSING_SIZE: Guide("请量一下实物印章，选一样大的尺寸；没有实物印章的选第一个。"),
    State.APPLY_CHOOSING_REGION: Guide("选营业执照上的所在地，回复数字或地名都可以。"),
    State.APPLY_ON_PAGE: Guide("身份证号等个人信息只在页面上填写；填到一半关掉也没关系。", 60),
    State.COLLECT_CONFIRMING: Guide("回复“确定”领取；印章不对或暂时不领，请回复“取消”。"),
    State.COLLECT_ON_PAGE: Guide(
        "在安全页面上完成领取。链接 10 分钟内有效，过期了再说一句就换新的。"
    ),
    State.MY_SEALS_CHOOSING: Guide("回复印章前的数字，看状态、到期时间和用章记录。"),
    State.MY_SEALS_DETAIL: Guide("回复数字选择要做的事。停用的印章不能盖章，随时可以再启用。"),
    State.MY_SEALS_REASON: Guide("回复数字或直接写原因，原因会记在日志里。"),
    State.MY_SEALS_SCOPE: Guide("企业变更、注销时通常要处理全部印章；只有一枚有变化的选这一枚。"),
    State.MY_SEALS_CONFIRMING: Guide("请看清后果再回复“确定”；不办了回复“取消”。"),
    State.SEAL_UPLOADING: Guide("点链接打开页面，选好文件再上传；传完后在这里选印章和位置。"),
    State.SEAL_CHOOSING_SEAL: Guide("回复印章前的数字。没有想要的印章，可能已停用或到期。"),
    State.SEAL_CHOOSING_PLACE: Guide(
        "可以选数字，也可以说“第2页 120 200”“关键字 甲方（盖章）”或“骑缝章”。"
    ),
    State.SEAL_ON_PAGE: Guide("在页面上核对文件和位置，确认以后才会盖章。授权单 5 分钟内有效。"),
    State.VERIFY_UPLOADING: Guide("点链接上传盖过章的 PDF 或 OFD，检查后把结果发给您。"),
    State.ENTER_NUMBER: Guide(
        "电脑屏幕上有一个两位数，回复它就登录；不是您本人在登录，请回复“拒绝”。"
    ),
    State.IDENTITY_CHOOSING: Guide("选“本人”办个人的事，选企业办这家企业的事，随时可以再换。"),
    State.PERSONAL_CHOOSING: Guide("手绘签名是您手写的名字，名章是印刷体的方章；两种都可以申领。"),
    State.PERSONAL_ON_PAGE: Guide("在页面上写好并确认，再做人脸识别，几分钟内制作完成。"),
    State.AUTHORISE_CHOOSING: Guide(
        "先添加企业成员，再把印章授权给他；已经给出的授权随时可以收回。"
    ),
    State.GRANT_CHOOSING_SEAL: Guide("回复印章前的数字，只能授权您自己领取的印章。"),
    State.GRANT_CHOOSING_DELEGATE: Guide("回复成员前的数字；名单里没有的，请先添加企业成员。"),
    State.GRANT_CHOOSING_TERMS: Guide("可以不限、限到某一天，或限次数；选好以后还要您确认才生效。"),
    State.GRANT_ON_PAGE: Guide("在页面上核对授权给谁、哪枚印章、多久，确认后马上生效。"),
    State.GRANTS_CHOOSING: Guide("回复授权前的数字，看用了几次，或收回。"),
    State.GRANT_DETAIL: Guide("收回马上生效；已经盖好的文件不受影响。"),
    State.MEMBERS_CHOOSING: Guide("回复成员前的数字，看他的角色，或移除。"),
    State.MEMBER_DETAIL: Guide("法定代表人和印章管理员可以管理印章，其他成员要有授权才能盖章。"),
    State.AGENT_CHOOSING_WAY: Guide(
        "经办人可以由法定代表人添加，也可以自己申请关联，或提交材料由人工核验。"
    ),
    State.AGENTS_CHOOSING: Guide("回复经办人前的数字，看他的情况，同意、拒绝或解除。"),
    State.AGENT_DETAIL: Guide("同意以后他可以代企业申领印章；解除马上生效。"),
    State.TAKE_OVER_CHOOSING: Guide("回复印章前的数字，选择要由法定代表人自己管理的印章。"),
    State.TAKE_OVER_CONFIRMING: Guide("请看清后果再回复“确定”；不办了回复“取消”。"),
    State.PREFERENCES_CHOOSING: Guide("回复数字打开或关闭；关闭的通知仍会留在网页的“消息”里。"),
    State.PREFERENCES_HOURS: Guide("免打扰时段内不发通知，结束后再发；安全提醒随时会发。"),
    State.FEEDBACK_CHOOSING: Guide("意见建议说说印章还能用在哪里；信息反馈说遇到的问题。"),
    State.FEEDBACK_WRITING: Guide("写下来发送就行，请不要写身份证号和密码；图片在页面上附。"),
}


def guide_of(state: State) -> Guide:
    """What to explain in *state*; at the menu nothing special."""
    return GUIDES.get(state, Guide(""))


def dialog_of(state: State) -> str:
    """The name of the dialog *state* belongs to."""
    return DIALOGS.get(state.value.partition(".")[0], "")
