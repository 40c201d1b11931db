"""One report, three faces; every code has words, and nothing from a file escapes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from html.parser import HTMLParser

import pytest

from seal_core.formats.quirks import Quirk as FormatQuirk
from verify.notices import Notice, Quirk
from verify.render import wording
from verify.render.as_json import as_json, from_json
from verify.render.as_page import as_page
from verify.render.as_text import as_text
from verify.report import (
    Change,
    ChangedPage,
    Check,
    Kind,
    Place,
    Question,
    Reason,
    Report,
    Revision,
    SealFacts,
    SignatureReport,
    Signer,
    TimeSource,
    Verdict,
    failed,
    passed,
)

MOMENT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
EVIL = "<script>alert('x')</script>\x1b[31m\"&"
SIGNATURE = SignatureReport(
    index=1,
    kind=Kind.SEAL,
    standard="GB/T 38540-2020",
    checks=(
        passed(Question.DIGEST),
        failed(Question.SIGNER_IN_SEAL, Reason.SIGNER_NOT_IN_SEAL, EVIL),
    ),
    signer=Signer(EVIL, EVIL, "0a", MOMENT, MOMENT),
    seal=SealFacts(EVIL, EVIL, 1, EVIL, MOMENT, MOMENT, EVIL, 40, 40),
    signed_at=MOMENT,
    time_source=TimeSource.TIMESTAMP,
    places=(Place(1, 10.5, 20.25, 40, 40),),
    quirks=(FormatQuirk.RAW_SIGNATURE.value, EVIL),
)
REPORT = Report(
    EVIL, "ofd", 12, "ab", (SIGNATURE,), (failed(Question.STRUCTURE, Reason.DAMAGED, EVIL),),
    (Notice.CLAIMED_TIME_ONLY.value, EVIL),
    (
        Revision(1, Change.SIGNATURE, 10, 20, signatures=(2,)),
        Revision(
            2, Change.CHANGED, 20, 30, (ChangedPage(1, 1), ChangedPage(None, 2)), detail=EVIL
        ),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (Reason, wording.REASONS),
        (Question, wording.QUESTIONS),
        (Verdict, wording.VERDICTS),
        (Kind, wording.KINDS),
        (TimeSource, wording.TIME_SOURCES),
        (Change, wording.CHANGES),
        (Notice, wording.NOTICES),
        ((*FormatQuirk, *Quirk), wording.QUIRKS),
    ],
)
def test_every_code_has_words(codes: tuple[StrEnum, ...], words: dict[StrEnum, str]) -> None:
    """A code without words would show to people as a code."""
    assert {str(code) for code in codes} == {str(code) for code in words}
    assert all(words.values())


def test_json_is_the_contract() -> None:
    """Names and shapes of design/verify-report.md, and nothing lost on the way back."""
    data = json.loads(json.dumps(as_json(REPORT), ensure_ascii=False))

    assert set(data) >= {
        "file", "format", "size", "sm3", "verdict", "summary", "signatures", "warnings",
        "revisions",
    }  # fmt: skip
    (signature,) = data["signatures"]
    assert set(signature) == {
        "index", "kind", "standard", "verdict", "signer", "seal", "signed_at", "time_source",
        "places", "checks", "quirks",
    }  # fmt: skip
    assert set(signature["signer"]) == {
        "common_name", "issuer", "serial", "not_before", "not_after",
    }  # fmt: skip
    assert signature["seal"]["picture"] == {"type": EVIL, "width_mm": 40, "height_mm": 40}
    assert signature["signed_at"] == "2026-05-04T03:02:01Z"
    assert signature["places"] == [{"page": 1, "x_mm": 10.5, "y_mm": 20.25, "w_mm": 40, "h_mm": 40}]
    assert signature["checks"][1] == {
        "question": "signer_in_seal",
        "verdict": "invalid",
        "reason": "signer_not_in_seal",
        "detail": EVIL,
    }
    assert data["verdict"] == signature["verdict"] == "invalid"
    assert data["revisions"][1] == {
        "number": 2, "change": "changed", "begin": 20, "end": 30, "signatures": [],
        "pages": [{"before": 1, "after": 1}, {"before": None, "after": 2}], "detail": EVIL,
    }  # fmt: skip
    assert from_json(data) == REPORT


class _Tags(HTMLParser):
    """Collects tags and checks that they close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.seen.append(tag)
        assert not any(name.startswith("on") or name == "style" for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_escaped() -> None:
    """No markup of the file becomes markup of the page; every table says what it is."""
    page = as_page(REPORT)
    tags = _Tags()
    tags.feed(page)

    assert tags.open == []
    assert "script" not in tags.seen
    assert "\x1b" not in page
    assert tags.seen.count("table") == tags.seen.count("caption")
    for heading in ("验证结果", "印章信息", "签章信息"):
        assert heading in page


def test_the_terminal_is_not_steered_by_a_file() -> None:
    text = as_text(REPORT)

    assert "\x1b" not in text
    assert "验证结果：无效" in text
    assert "2026-05-04 11:02:01" in text  # Chinese time


def test_the_summary_names_who_and_why() -> None:
    """Valid: by whom. Otherwise the first reason of the verdict."""
    assert SIGNATURE.seal is not None
    named = replace(SIGNATURE, seal=replace(SIGNATURE.seal, name="合同章"))
    good = replace(REPORT, checks=(), signatures=(replace(named, checks=SIGNATURE.checks[:1]),))

    assert wording.summary(good) == "文件有效：由“合同章”签章，签章后内容没有被改动。"
    assert wording.summary(REPORT).endswith(wording.REASONS[Reason.DAMAGED])
    assert "没有签章" in wording.summary(replace(REPORT, checks=(), signatures=()))
    doubt = Check(Question.SIGNER_CHAIN, Verdict.INDETERMINATE, Reason.NO_TRUST_ANCHOR)
    unsure = replace(REPORT, checks=(), signatures=(replace(named, checks=(doubt,)),))
    assert wording.REASONS[Reason.NO_TRUST_ANCHOR] in wording.summary(unsure)
