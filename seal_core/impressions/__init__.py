"""From a scanned application form to one clean picture per seal.

What stands here needs no OpenCV, so the web may import it; the reading itself is in
``seal_core.impressions.reading`` and runs in workers alone.
"""

from seal_core.impressions.model import (
    MUST_STAMP_AGAIN,
    VERSION,
    Box,
    Finding,
    FindingCode,
    FormReading,
    Impression,
    Outline,
    Quality,
    Wanted,
)
from seal_core.impressions.wording import sentence, sentences

__all__ = [
    "MUST_STAMP_AGAIN",
    "VERSION",
    "Box",
    "Finding",
    "FindingCode",
    "FormReading",
    "Impression",
    "Outline",
    "Quality",
    "Wanted",
    "sentence",
    "sentences",
]
