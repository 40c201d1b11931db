"""The Chinese words for everything a report can say, in one place.

Plain words first: what it means, then, where something is to be done, what to do next.
"""

from __future__ import annotations

from seal_core.formats.quirks import Quirk as FormatQuirk
from verify.notices import Notice, Quirk
from verify.report import (
    Change,
    ChangedPage,
    Check,
    Kind,
    Question,
    Reason,
    Report,
    Revision,
    SignatureReport,
    TimeSource,
    Verdict,
)

VERDICTS = {
    Verdict.VALID: "有效",
    Verdict.INVALID: "无效",
    Verdict.INDETERMINATE: "无法确定",
    Verdict.NOT_APPLICABLE: "不适用",
    Verdict.UNSIGNED: "未签章",
}

QUESTIONS = {
    Question.STRUCTURE: "签章数据格式",
    Question.DIGEST: "原文未被改动",
    Question.COVERAGE: "保护范围完整",
    Question.SIGNATURE_VALUE: "签名值正确",
    Question.SEAL_STRUCTURE: "印章数据格式",
    Question.SEAL_SIGNATURE: "制章者签名",
    Question.SEAL_PERIOD: "印章有效期",
    Question.SEAL_STATUS: "印章状态",
    Question.SIGNER_IN_SEAL: "签章人有权使用此章",
    Question.SIGNER_CHAIN: "签章人证书可信",
    Question.MAKER_CHAIN: "制章者证书可信",
    Question.REVOCATION: "证书未被吊销",
    Question.SIGNING_TIME: "签章时间",
    Question.TIMESTAMP: "时间戳",
}

KINDS = {Kind.SEAL: "电子印章", Kind.SIGNATURE: "数字签名", Kind.TIMESTAMP: "文件时间戳"}

TIME_SOURCES = {
    TimeSource.CLAIMED: "签章人自报",
    TimeSource.TIMESTAMP: "时间戳机构证明",
}

CHANGES = {
    Change.SIGNATURE: "加盖了签章",
    Change.TIMESTAMP: "加盖了文件时间戳",
    Change.UPKEEP: "补充了验证资料或文件属性，显示内容没有变化",
    Change.FORM: "增加了看不见的表单项，显示内容没有变化",
    Change.CHANGED: "内容被增改",
    Change.BEHIND: "文件末尾夹带了内容，不同软件可能看到不同的东西",
}

FORMATS = {"pdf": "PDF 文件", "ofd": "OFD 文件", "seal": "电子印章"}
UNKNOWN_FORMAT = "未知格式"

REASONS = {
    Reason.NOT_A_DOCUMENT: "这不是 PDF 或 OFD 文件，请确认选对了文件。",
    Reason.DAMAGED: "文件已损坏，无法完整读取。请向对方索要原件，不要经过转换或另存。",
    Reason.UNSAFE_PACKAGE: "文件包里有重名或越界的内容，不同软件可能看到不同的东西，请勿采信。",
    Reason.LIMITS: "文件过大或过于复杂，超出验证允许的范围。",
    Reason.ENCRYPTED: "文件设有打开密码，无法验证。请解除密码后再试。",
    Reason.PART_MISSING: "签章所保护或所需的一部分内容在文件里找不到了。",
    Reason.SIGNATURE_MALFORMED: "签章数据不符合格式，无法读取。",
    Reason.SIGNATURE_UNSUPPORTED: "这种签章方式暂不支持，请用签章厂商的软件验证。",
    Reason.SIGNATURE_REMOVED: "文件曾经签过章，后来签章被移除了。请向对方索要原件。",
    Reason.NO_SIGNER: "签名里没有任何签名人，是伪造的签名。",
    Reason.PATH_MISMATCH: "签章数据是从别的位置搬过来的，与本文件不符。",
    Reason.BYTE_RANGE: "签章标明的保护范围不合规，可能藏有未受保护的内容。",
    Reason.BASE_SIGNATURE: "此签章所依据的上一个签章无效。",
    Reason.DIGEST_MISMATCH: "签章之后，受保护的内容被改动过。请向对方索要原件。",
    Reason.WEAK_DIGEST: "使用了已不安全的摘要算法，不能证明内容未被改动。",
    Reason.NOTHING_PROTECTED: "此签章没有保护任何内容。",
    Reason.NOT_WHOLE_DOCUMENT: "签章没有保护文件的全部内容，未保护的部分可能被改动。",
    Reason.CHANGED_AFTER_SIGNING: "签章之后，文件的显示内容又被增改过。",
    Reason.FORBIDDEN_CHANGE: "签章人已声明不得再改动，但之后文件又被改动过。",
    Reason.CHANGES_UNCLEAR: "签章之后文件有变化，无法确定是否影响内容。",
    Reason.EXTRA_PARTS: "文件里夹带了签章未涉及的内容。",
    Reason.SIGNED_AGAIN: "此后又加盖了其他签章，内容没有别的变化。",
    Reason.SIGNATURE_MISMATCH: "签名值与内容或证书不符，签章可能被改动或伪造。",
    Reason.SIGNED_SOMETHING_ELSE: "签名值只保护文件内容，没有保护印章和签章时间。",
    Reason.ALGORITHM_MISMATCH: "标明的算法与证书的密钥不符。",
    Reason.ALGORITHM_UNSUPPORTED: "使用了不认识的算法，无法验证。",
    Reason.ALGORITHM_WEAK: "使用了已不安全的签名算法或过短的密钥。",
    Reason.NO_CERTIFICATE: "签名没有附带证书，无法知道是谁签的。",
    Reason.SEAL_MALFORMED: "印章数据不完整。",
    Reason.SEAL_FILE_DIFFERS: "文件里的印章与签名里的印章不是同一枚。",
    Reason.SEAL_SIGNATURE_MISMATCH: "印章不是其声称的制章者所制，或印章被改动过。",
    Reason.BEFORE_SEAL_PERIOD: "签章时，印章还未生效。",
    Reason.AFTER_SEAL_PERIOD: "签章时，印章已经过期。",
    Reason.NO_SEAL: "这是数字签名，不含电子印章。",
    Reason.SIGNER_NOT_IN_SEAL: "签章人的证书不在这枚印章的使用人名单里。",
    Reason.SIGNER_LIST_UNREADABLE: "印章的使用人名单无法读取，不能确定签章人是否有权使用。",
    Reason.SEAL_REVOKED: "签章时，这枚印章已经注销。",
    Reason.SEAL_SUSPENDED: "签章时，这枚印章处于停用状态。",
    Reason.SEAL_REVOKED_LATER: "这枚印章在签章之后停用或注销，不影响此前的签章。",
    Reason.STATUS_NOT_ASKED: "没有向印章管理系统查询。",
    Reason.STATUS_ELSEWHERE: "这枚印章不在本系统登记，可向制章单位查询。",
    Reason.STATUS_UNAVAILABLE: "印章管理系统暂时查不到，请稍后再试。",
    Reason.NO_TRUST_ANCHOR: "没有指定可信的根证书，无法判断证书真伪。",
    Reason.UNKNOWN_ISSUER: "证书由我们不认识的机构签发，无法判断真伪。",
    Reason.CERTIFICATE_MALFORMED: "证书无法读取。",
    Reason.CHAIN_SIGNATURE: "证书冒用了签发机构的名称，不是该机构所发。",
    Reason.NOT_A_CA: "签发这张证书的，不是有权发证的机构。",
    Reason.PATH_TOO_LONG: "证书的签发层级超出了上级机构的许可。",
    Reason.KEY_USAGE: "这张证书不能用于签章。",
    Reason.CRITICAL_EXTENSION: "证书带有我们不认识的重要限制，不能采信。",
    Reason.CERTIFICATE_EXPIRED: "签章时，证书已经过期。",
    Reason.CERTIFICATE_NOT_YET_VALID: "签章时，证书还未生效。",
    Reason.REVOKED: "签章之前，证书已被吊销。",
    Reason.REVOKED_LATER: "证书在签章之后被吊销。",
    Reason.NO_REVOCATION_DATA: "没有拿到证书的吊销名单或状态查询结果，不能确定证书当时是否有效。",
    Reason.REVOCATION_DATA_STALE: "吊销名单或状态查询结果早于签章时间，请更新后再验证。",
    Reason.REVOCATION_UNKNOWN: "签发机构的状态查询回答不认识这张证书，请向签发机构核实。",
    Reason.REVOCATION_NOT_PUBLISHED: "签发机构没有为这张证书公布吊销名单。",
    Reason.NO_SIGNING_TIME: "签章里没有可用的签章时间。",
    Reason.SIGNED_IN_FUTURE: "签章时间在将来，不可信。",
    Reason.TIME_CONFLICT: "自报的签章时间与时间戳矛盾。",
    Reason.NO_TIMESTAMP: "没有时间戳，签章时间是签章人自报的。",
    Reason.TIMESTAMP_MALFORMED: "时间戳数据无法读取。",
    Reason.TIMESTAMP_MISMATCH: "时间戳不是为这个签章加盖的。",
    Reason.TIMESTAMP_SIGNATURE: "时间戳的签名不正确。",
    Reason.TIMESTAMP_UNTRUSTED: "时间戳由我们不认识的机构签发。",
    Reason.NOT_REACHED: "前面的检查没有结果，这一项无从检查。",
}

NOTICES = {
    Notice.CLAIMED_TIME_ONLY: "签章时间均为自报，没有时间戳证明。",
    Notice.BYTES_AROUND: "文件前后有多余的数据，可能经过了其他软件。",
    Notice.SEVERAL_BODIES: "文件包里有多个文档。",
    Notice.ODD_ARCHIVE: "文件包的目录写法不标准，不同软件可能看到不同的文件名。",
    Notice.PATH_CASE: "有的内容只有忽略大小写才能找到。",
    Notice.HYBRID_XREF: "旧版阅读器看到的内容可能不同。",
    Notice.REPAIRED: "文件的索引有损坏，已按容错方式读取。",
    Notice.INTEGRITY_LIST_MISSING_FILES: "文件包里有完整性清单未列出的内容。",
    Notice.HIDDEN_CONTENT: "文件里有没有显示出来的页面、图文或图层，请向出具方核实。",
    Notice.EMPTY_SIGNATURE_FIELD: "有尚未签署的签名域。",
}

QUIRKS = {
    FormatQuirk.RAW_SIGNATURE: "签名值未按标准编码（r‖s 直接相连）",
    FormatQuirk.UNUSED_BITS: "比特串标明了不存在的空余位",
    FormatQuirk.TRIMMED_BITS: "比特串末尾的零被省去了",
    FormatQuirk.UNSIGNED_INTEGER: "整数未按标准编码（缺少或多出前导零）",
    FormatQuirk.BITS_FOR_OCTETS: "该用字节串的地方用了比特串",
    FormatQuirk.OCTETS_FOR_BITS: "该用比特串的地方用了字节串",
    FormatQuirk.TRAILING_BYTES: "签名数据后面有填充",
    FormatQuirk.BER_ENCODING: "使用了 BER 编码",
    FormatQuirk.TEXT_TYPE: "文字使用了非标准的类型或编码",
    FormatQuirk.TIME_TYPE: "时间使用了另一种类型",
    FormatQuirk.TIME_AS_TEXT: "时间写成了文字",
    FormatQuirk.LOCAL_TIME: "时间没有时区，按北京时间理解",
    FormatQuirk.SEAL_WRAPPED: "印章多包了一层",
    FormatQuirk.SIGN_INFO_WRAPPED: "制章签名信息多包了一层",
    FormatQuirk.SIGN_INFO_UNREADABLE: "制章签名信息无法读取",
    FormatQuirk.EXTENSIONS_UNTAGGED: "扩展项没有标签",
    FormatQuirk.EXTENSIONS_TAGGED: "扩展项多了标签",
    FormatQuirk.EXTENSIONS_WRAPPED: "扩展项多包了一层",
    FormatQuirk.EXTENSIONS_SHAPE: "扩展项的结构不合标准",
    FormatQuirk.EXPLICIT_DEFAULT: "写出了应省略的默认值",
    FormatQuirk.CERTIFICATE_UNWRAPPED: "证书没有包在字节串里",
    FormatQuirk.SIGNER_LIST_DANGLING: "使用人名单只有编号，没有证书",
    FormatQuirk.SIGNER_LIST_TYPE: "使用人名单的类型与内容不符",
    FormatQuirk.PICTURE_TYPE: "印章图片的类型与标明的不符",
    FormatQuirk.HEADER_ID: "印章头标识不是 ES",
    FormatQuirk.VERSION_NUMBER: "版本号与结构不符",
    FormatQuirk.ALGORITHM_NAME: "算法名称不标准",
    FormatQuirk.ALGORITHM_WRAPPED: "算法标识多包了一层",
    FormatQuirk.SEAL_SIGNED_OLD_WAY: "印章按 2014 版的方式签名",
    FormatQuirk.SEAL_SIGNED_NEW_WAY: "印章按 2020 版的方式签名",
    FormatQuirk.SIGNED_DOCUMENT: "签名值只对文件计算，没有包含签章信息",
    FormatQuirk.PKCS7_DATA_TYPE: "混用了 PKCS#7 的内容类型",
    FormatQuirk.DIGEST_AS_CONTENT: "签名内容是原文摘要",
    FormatQuirk.DIGEST_AS_BASE64: "签名内容是原文摘要的 Base64 文字",
    FormatQuirk.ATTRIBUTES_NOT_SORTED: "签名属性没有按标准排序",
    FormatQuirk.BARE_SIGNATURE: "只有签名值，没有证书",
    Quirk.OLD_NAMESPACE: "使用了标准发布前的命名空间",
    Quirk.RELATIVE_LOCATION: "使用了相对路径",
    Quirk.DIGEST_WITH_IDENTITY: "摘要里加入了签名人标识",
    Quirk.DIGEST_METHOD_NAME: "摘要算法写成了名称",
    Quirk.SIGNING_TIME_FREE_TEXT: "签名时间的写法不标准",
    Quirk.PROVIDER_ELEMENTS: "厂商信息的写法不标准",
    Quirk.ID_NOT_XML: "标识不符合 XML 的要求",
    Quirk.ELEMENT_ORDER: "签名描述的元素顺序不标准",
    Quirk.SIGNED_VALUE_UNNAMED: "没有指明签名值所在的位置",
    Quirk.STAMP_UNREADABLE: "有一处印章位置无法读取",
    Quirk.STAMP_WITHOUT_PAGE: "有一处印章位于不存在的页面",
    Quirk.SUBFILTER_MISMATCH: "签名类型名与实际内容不符",
    Quirk.SHARED_SIGNATURE_VALUE: "多个签名域共用一个签名",
    Quirk.SEVERAL_WIDGETS: "一个签名域有多处外观",
}

_MOST_PAGES = 20  # named in one sentence
_QUIRK_WORDS = {str(quirk): words for quirk, words in QUIRKS.items()}
_NOTICE_WORDS = {str(notice): words for notice, words in NOTICES.items()}


def quirk(code: str) -> str:
    return _QUIRK_WORDS.get(code, code)


def notice(code: str) -> str:
    return _NOTICE_WORDS.get(code, code)


def reason(check: Check) -> str:
    """The sentence for one answer; a good one needs none."""
    return REASONS[check.reason] if check.reason else ""


def revision(revision: Revision) -> str:
    """What one saving did, and to which pages."""
    which = "、".join(f"第 {index} 个" for index in revision.signatures)
    parts = [
        CHANGES[revision.change] + (f"（{which}签章）" if which else ""),
        *_pages(revision.pages),
    ]
    return f"第 {revision.number} 次保存：{'，'.join(parts)}。"


def page_change(page: ChangedPage) -> str:
    """One page in a few words."""
    if page.before is None:
        return f"新增第 {page.after} 页"
    if page.after is None:
        return f"删去原第 {page.before} 页"
    if page.before == page.after:
        return f"第 {page.after} 页有改动"
    return f"第 {page.after} 页（原第 {page.before} 页）有改动"


def _pages(pages: tuple[ChangedPage, ...]) -> list[str]:
    """Pages that only changed together, the others one by one, and not too many of either."""
    same = [str(page.after) for page in pages if page.before == page.after]
    words = [f"第 {'、'.join(same[:_MOST_PAGES])} 页有改动"] if same else []
    words += [page_change(page) for page in pages if page.before != page.after]
    if len(words) > _MOST_PAGES or len(same) > _MOST_PAGES:
        return [*words[:_MOST_PAGES], f"共涉及 {len(pages)} 页"]
    return words


def culprit(report: Report) -> Check | None:
    """The check that decides the verdict: the first of the worst."""
    checks = [*report.checks, *(c for s in report.signatures for c in s.checks)]
    return next((c for c in checks if c.verdict is report.verdict and c.reason), None)


def summary(report: Report) -> str:
    """One sentence for everybody."""
    if report.format == "seal":
        return _summary_of_seal(report)
    if report.verdict is Verdict.UNSIGNED:
        return "文件没有签章，无法证明出自何人、是否被改动。"
    if report.verdict is Verdict.VALID:
        return f"文件有效：{_who(report)}，签章后内容没有被改动。"
    check = culprit(report)
    because = reason(check) if check else ""
    if report.verdict is Verdict.INVALID:
        return f"文件无效：{because}"
    return f"不能确定文件是否有效：{because}"


def _summary_of_seal(report: Report) -> str:
    """A seal by itself: nothing was sealed with it yet."""
    name = "、".join(title(signature) for signature in report.signatures)
    if report.verdict is Verdict.VALID:
        return f"印章“{name}”有效，由其声称的制章者所制，没有被改动。"
    check = culprit(report)
    because = reason(check) if check else ""
    if report.verdict is Verdict.INVALID:
        return f"印章“{name}”无效：{because}"
    return f"不能确定印章“{name}”是否有效：{because}"


def _who(report: Report) -> str:
    names = list(dict.fromkeys(filter(None, map(title, report.signatures))))
    shown = "、".join(f"“{name}”" for name in names[:3])
    more = f"等 {len(names)} 方" if len(names) > 3 else ""
    return f"由{shown}{more}签章" if shown else f"含 {len(report.signatures)} 个签章"


def title(signature: SignatureReport) -> str:
    """What a person would call the signature: the seal's name, else the signer's."""
    if signature.seal and signature.seal.name:
        return signature.seal.name
    return signature.signer.common_name if signature.signer else ""
