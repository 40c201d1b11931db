"""The words of 《企业电子印章申领操作手册》, from the province's own data."""

from __future__ import annotations

from seal_core.domain.provinces import Authorisation, HolderKind, IssuePolicy, Province

Chapter = tuple[str, list[str]]
"""A heading and its steps."""


def chapters(province: Province) -> list[Chapter]:
    """What an enterprise does, in the order it does it; only what this province offers."""
    return [
        _sign_in(province),
        ("二、信息公告", [
            "登录后首先看到信息公告，点击标题查看详情，在详情中下载本手册和申请表。",
            f"在{province.app_name}里回复“信息公告”也可以查看。",
        ]),
        _application(province),
        _collection(province),
        _management(province),
        ("六、文件盖章", [
            "电脑端点“文件盖章”，或在手机上回复“文件盖章”，上传 PDF 或 OFD，可以一次上传多个。",
            "选择印章，再选位置：在页面图片上点一下，或选末页右下角、骑缝章、每一页、关键字。",
            f"核对盖章授权单上的文件、印章和位置，{_proof(province)}后才会盖章；授权单五分钟内有效。",
            "盖章完成后会通知您，在页面查看和下载盖好章的文件。",
        ]),
        ("七、文件验签", [
            "任何人都可以验签，不需要登录：打开“文件验签”，上传盖过章的 PDF 或 OFD。",
            "结果分为验证结果、印章信息、签章信息三部分，可以下载 PDF 报告。查不清的会说明“无法确定”。",
        ]),
        ("八、日志、通知和反馈", [
            "“日志管理”里有每一次申请、领取、授权和使用的记录，可以按类别和日期查询，导出表格。",
            "“消息”里有发给您的全部通知；在“通知设置”选择要接收的通知和免打扰时段。",
            "“用户反馈”里可以写意见建议和信息反馈，运维人员会回复，历史反馈随时可查。",
            "聊天中随时可以回复：菜单、帮助、返回、取消、继续、人工。",
        ]),
    ]  # fmt: skip


def _proof(province: Province) -> str:
    by_pin = province.authorisation is Authorisation.PIN
    return "输入印章密码" if by_pin else "完成意愿认证"


def _sign_in(province: Province) -> Chapter:
    return (
        "一、系统登录",
        [
            f"在{province.sign_in_name}注册；已有账号的直接登录，选择“法人登录”。",
            f"电脑端：打开{province.portal_name}，进入{province.system_name}登录；"
            "也可以用微信或支付宝扫码登录。",
            f"手机端：打开{province.app_name}，回复“登录”，按链接完成登录后回到聊天。",
            "一个人代表多家企业的，登录后可以“切换企业”。",
        ],
    )


def _application(province: Province) -> Chapter:
    types = "、".join(t.name for t in province.types_for(HolderKind.ORGANISATION))
    steps = [f"在{province.app_name}里回复“印章申请”，选择要申请的印章。可以申请：{types}。"]
    if province.issue_policy is IssuePolicy.REVIEW:
        steps += [
            "在申请表中填写相关信息，把要申请的印章盖在对应的框内，法定代表人签字，单位盖章，"
            "扫描成彩色 PDF。",
            "按实物印章选择印模尺寸，选择单位所属区划，填写经办人姓名、身份证号、手机号，"
            "上传申请表，提交申请。",
            "提交后在“申领记录”查看审核状态，材料审核完毕会通知您。",
            "审核不通过的，在记录的详情里看审核意见，按意见修改后重新申请，填过的内容会保留。",
        ]
    else:
        steps += [
            "核对企业信息无误后，完成企业法人身份核验。",
            "核验通过后印章即可领取，几分钟内制作完成。",
        ]
    return "三、印章申请", steps


def _collection(province: Province) -> Chapter:
    last = (
        "在安全页面输入印章密码，第一次领取时设置。密码只有您知道，忘记了要重新制作印章，请牢记。"
        if province.authorisation is Authorisation.PIN
        else "完成意愿认证。"
    )
    return (
        "四、印章领取",
        [
            "电脑端：点“印章领取”，查看待领取的印章，点“领取”，用微信或支付宝扫描二维码，点“确定”。",
            "手机端：回复“印章领取”，不用扫码，直接确定。",
            f"{last}看到“领取成功”后可以关闭页面。",
            "领取码只有您本人能用，转发给别人会被拒绝。",
        ],
    )


def _management(province: Province) -> Chapter:
    steps = [
        "在“印章列表”查看到期时间、印章状态、基本信息、用章详情和备案回执。",
        "停用：暂时不再使用；启用：恢复使用。",
        "注销：印章数据变更、企业变更、企业注销或其他原因，注销后不能恢复。",
        f"续期：到期前 {province.renewal_days} 天内和到期后可以自行续期，换发新的证书和印章。",
        "挂失和重新制作：印章可能被他人使用时马上挂失，再重新制作。",
    ]
    if province.authorisation is Authorisation.PIN:
        steps.append("“密码管理”里可以修改印章密码；连续输错五次会锁定，证明身份后解锁。")
    return "五、印章管理", steps
