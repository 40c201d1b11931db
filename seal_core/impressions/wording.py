"""The findings in words an applicant can act on; one place for pages, chat and drafts."""

from __future__ import annotations

from seal_core.impressions.model import MUST_STAMP_AGAIN, Finding, FindingCode, FormReading

_C = FindingCode

WORDS: dict[FindingCode, str] = {
    _C.GREY_SCAN: "申请表是黑白或灰度扫描件，看不到红色印迹，请用彩色模式重新扫描后上传",
    _C.TOO_FEW: "申请表上的印模比申请的印章少{detail}个，请补盖后重新上传",
    _C.TOO_MANY: "申请表上比申请的印章多出{detail}个印模，请审核人员核对",
    _C.TOO_MANY_PAGES: "申请表页数过多，只读取了前{detail}页，请只上传申请表本身",
    _C.PAGE_TOO_LARGE: "第{detail}页的图像过大，无法读取，请用 300 至 600 dpi 扫描 A4 纸后上传",
    _C.UNREADABLE: "第{detail}页无法读取，请重新扫描后上传",
    _C.PRINT_SCALED: "申请表按 {detail} 缩放打印，印模尺寸按扫描件实测，请审核人员核对",
    _C.OTHER_FORM: "申请表上的二维码显示它是为另一家单位填写的，请下载自己的申请表重新盖章后上传",
    _C.SIZE_DIFFERS: "{nth}实测为 {detail} mm，与所选印模尺寸略有出入，请核对所选尺寸",
    _C.SIZE_WRONG: "{nth}实测为 {detail} mm，与所选印模尺寸不符，请按实物印章重新选择尺寸",
    _C.RING_BROKEN: "{nth}边框不完整，请重新盖章后上传",
    _C.TEXT_ACROSS: "{nth}压到文字，请重新盖章后上传",
    _C.RED_ACROSS: "{nth}与红线、红字或其他印章重叠，请盖在空白处后重新上传",
    _C.FAINT: "{nth}印迹太淡，请补足印泥重新盖章后上传",
    _C.BLURRED: "{nth}印迹模糊，请重新盖章或重新扫描后上传",
    _C.CLIPPED: "{nth}没有盖在页面以内，请完整盖在框内后重新上传",
    _C.DPI_LOW: "{nth}的扫描精度为 {detail} dpi，细小文字可能不清楚，建议用 300 dpi 以上重新扫描",
    _C.DPI_TOO_LOW: "{nth}的扫描精度只有 {detail} dpi，请用 300 dpi 以上重新扫描后上传",
    _C.PERSPECTIVE: "{nth}是斜着拍摄的照片，形状和尺寸不准，请用扫描仪扫描后上传",
    _C.PASTED: "{nth}像是粘贴的电子图片，不是盖在纸上的印迹，请在纸质申请表上盖章后扫描上传",
    _C.UPRIGHT_UNCERTAIN: "{nth}的上下方向无法自动判断，请审核人员核对",
    _C.WHICH_UNCERTAIN: "{nth}对应哪一种印章无法自动判断，请审核人员核对",
    _C.RING_DIFFERS: "{nth}的环形文字与登记名称对不上，请审核人员对照展开的环形文字核对",
    _C.RING_UNLIKE: "{nth}环形文字的第{detail}个字与登记名称不像，请审核人员核对",
    _C.RING_UNREAD: "{nth}的环形文字没有读出来，请审核人员目视核对",
    _C.SEEN_ELSEWHERE: "{nth}与另一持有人的印模是同一图样，请审核人员核对",
}


def sentence(finding: Finding) -> str:
    """*finding* as one sentence, with the next step."""
    return WORDS[finding.code].format(nth=f"第{finding.seal}个章", detail=finding.detail) + "。"


def sentences(reading: FormReading) -> list[str]:
    """What the applicant should put right, in the order of the form; for the rejection draft.

    Seals that answer no wish are left out: they are nobody's fault.
    """
    found = list(reading.findings)
    for impression in reading.impressions:
        if impression.wanted is not None:
            found += impression.findings
    return [sentence(f) for f in found if f.code in MUST_STAMP_AGAIN or f.code is _C.SIZE_DIFFERS]
