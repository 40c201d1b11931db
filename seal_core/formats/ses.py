"""Electronic seals and the signatures made with them (SES).

Three standards share the names: GM/T 0031-2014 (version 1 here), GB/T 38540-2020 (version 4)
and GM/T 0031-2025 (version 5, whose text was not at hand: provisional, after other readers).
Written is strict DER, read is what vendors really write.
"""

from seal_core.formats.ses_reading import (
    Seal,
    SealSignature,
    parse_seal,
    parse_signature,
    signature_as_der,
)
from seal_core.formats.ses_writing import build_seal, build_signature, refuse_unusable

STANDARDS = {1: "GM/T 0031-2014", 4: "GB/T 38540-2020", 5: "GM/T 0031-2025"}

__all__ = [
    "STANDARDS",
    "Seal",
    "SealSignature",
    "build_seal",
    "build_signature",
    "parse_seal",
    "parse_signature",
    "refuse_unusable",
    "signature_as_der",
]
