"""Where a text stands on the pages of a PDF, whatever spans, fonts and spaces it is made of."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium
from pypdfium2 import raw

from seal_core.errors import MalformedData
from seal_core.formats.pdf_page import Rect

PDFIUM = threading.Lock()  # PDFium is not thread-safe


def find_keyword(document: bytes | Path, keyword: str | re.Pattern[str]) -> list[tuple[int, Rect]]:
    """Every place of *keyword* in reading order of the file: page from 1, rectangle in user space.

    Width variants are equal (（ and (), and spaces and line breaks count nowhere, because
    typesetters put them between Chinese characters. A pattern matches within one line, where
    letters keep their case. Raises MalformedData if PDFium cannot read the document.
    """
    if isinstance(keyword, str):
        folded = "".join(map(_fold, keyword))
        if not folded:
            return []
        wanted = _Wanted(re.compile(re.escape(folded)), _fold)
    else:
        wanted = _Wanted(keyword, _fold_on_lines)
    with PDFIUM:
        try:
            with pdfium.PdfDocument(document) as pdf:
                return [
                    (number, rect)
                    for number in range(1, len(pdf) + 1)
                    for rect in _on_page(pdf, number - 1, wanted)
                ]
        except pdfium.PdfiumError as exc:
            raise MalformedData("pdf text", str(exc)) from exc


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is looked for, in what the characters of a page count as."""

    pattern: re.Pattern[str]
    fold: Callable[[str], str]


def _fold(character: str) -> str:
    """What a character counts as: nothing for blanks, its compatible form otherwise."""
    return _unblanked(character).casefold()


def _fold_on_lines(character: str) -> str:
    """The same with case and the ends of lines kept."""
    return character if character == "\n" else _unblanked(character)


def _unblanked(character: str) -> str:
    compatible = unicodedata.normalize("NFKC", character)
    return "".join(c for c in compatible if c.isprintable() and not c.isspace())


def _on_page(pdf: pdfium.PdfDocument, index: int, wanted: _Wanted) -> Iterator[Rect]:
    page = pdf[index]
    text = page.get_textpage()
    try:
        letters, owners = _letters(text, wanted.fold)
        for match in wanted.pattern.finditer(letters):
            hit = sorted(set(owners[match.start() : match.end()]))
            if hit:
                yield _union([text.get_charbox(owner) for owner in hit])
    finally:
        text.close()
        page.close()


def _letters(text: pdfium.PdfTextPage, fold: Callable[[str], str]) -> tuple[str, list[int]]:
    """The page's folded text, and for each letter the index of the character it came from."""
    letters: list[str] = []
    owners: list[int] = []
    for index in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, index)
        folded = fold(chr(code)) if 0 < code < 0x110000 else ""
        letters.append(folded)
        owners += [index] * len(folded)
    return "".join(letters), owners


def _union(boxes: list[tuple[float, float, float, float]]) -> Rect:
    left, bottom, right, top = zip(*boxes, strict=True)
    return min(left), min(bottom), max(right), max(top)
