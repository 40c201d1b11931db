"""Refusals of the domain.

Each leaf has a stable ``code`` that logs, audit records, the API and the pages use;
the text is for developers. Words for people live in ``bot/texts.py`` and the portal's
templates. Wrong use by our own code is TypeError or ValueError, never one of these.
"""


class SealError(Exception):
    """Superclass of all refusals. Never raised itself."""

    code = "seal"


# --- cryptography -------------------------------------------------------------------


class CryptoError(SealError):
    """Superclass of what keys, signatures and ciphertexts can be refused for."""

    code = "crypto"


class InvalidSignature(CryptoError):
    """The signature value does not belong to this message and key."""

    code = "crypto.signature"


class InvalidKey(CryptoError):
    """The bytes are no key of this kind, or a point that is not on the curve."""

    code = "crypto.key"


class UnsupportedAlgorithm(CryptoError):
    """An algorithm this service does not know; says nothing about the signature."""

    code = "crypto.unsupported"


class AlgorithmMismatch(CryptoError):
    """The named algorithm and the key, or two names of one algorithm, do not fit together."""

    code = "crypto.mismatch"


class WeakAlgorithm(CryptoError):
    """An algorithm that no longer protects anything: MD5, SHA-1, short RSA keys."""

    code = "crypto.weak"


class DecryptionFailed(CryptoError):
    """The ciphertext was changed, cut, or made for another key."""

    code = "crypto.decryption"


# --- formats ------------------------------------------------------------------------


class MalformedData(SealError):
    """Bytes that do not follow the format they claim; *what* names the part."""

    code = "format.malformed"

    def __init__(self, what: str, detail: str = "") -> None:
        super().__init__(f"{what}: {detail}" if detail else what)
        self.what = what
        self.detail = detail


class PackageRefused(MalformedData):
    """A ZIP package that two readers may see differently, or that would burst one.

    *reason* is a short stable word such as ``duplicate_name`` or ``too_large``.
    """

    code = "format.package"

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__("package", f"{reason} ({detail})" if detail else reason)
        self.reason = reason


class SealRefused(SealError):
    """A seal that must not be used for this signature; *reason* is one of ``REASONS``."""

    code = "seal.refused"

    REASONS = frozenset(
        {
            "signer_not_listed",  # the seal was not made for this certificate
            "before_period",
            "after_period",
            "certificate_period",  # the signer's certificate is not valid at this time
            "seal_missing",  # an SM2 key signs documents with its seal only
        }
    )

    def __init__(self, reason: str) -> None:
        if reason not in self.REASONS:
            raise ValueError(reason)
        super().__init__(reason)
        self.reason = reason


class DocumentRefused(SealError):
    """A document that cannot be sealed; *reason* is one of ``DocumentRefused.REASONS``."""

    code = "document.refused"

    REASONS = frozenset(
        {
            "empty",  # no bytes, or no page
            "not_a_document",  # neither PDF nor OFD, or damaged beyond reading
            "encrypted",  # needs a password to open
            "too_large",
            "too_complex",  # small as a file, and more than can be held once it is opened
            "too_many_pages",
            "closed",  # a signature forbids further changes (DocMDP P=1, protected Signatures.xml)
            "form_with_scripts",  # XFA
            "broken_signed",  # damaged and signed: repairing it would break the signature
            "form_signed",  # to be flattened, but signed: that would break the signature
            "form_not_drawn",  # to be flattened, but a field has a value and no appearance
        }
    )

    def __init__(self, reason: str, detail: str = "") -> None:
        if reason not in self.REASONS:
            raise ValueError(reason)
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class UnknownPlace(SealError):
    """No place on the document answers the wish: page or keyword does not exist."""

    code = "place.unknown"

    def __init__(self, wish: str) -> None:
        super().__init__(wish)
        self.wish = wish


class MissingGlyph(SealError):
    """No font at hand can draw *character*; a seal is never drawn with a blank."""

    code = "face.glyph"

    def __init__(self, character: str) -> None:
        super().__init__(f"no glyph for {character!r} (U+{ord(character):04X})")
        self.character = character


class FaceRefused(SealError):
    """A seal face that cannot be drawn as wished; *reason* is one of ``FaceRefused.REASONS``."""

    code = "face.refused"

    REASONS = frozenset(
        {
            "name_length",  # nothing to draw, or more characters than the shape can carry
            "size",  # not between the smallest and largest seal, or a wrong shape for the kind
            "code",  # not digits and capital letters
            "colour",  # not #rrggbb
            "character",  # controls, line breaks and other things that leave no ink
            "script",  # needs joining or stacking of letters, which a row of outlines cannot do
            "does_not_fit",  # even the smallest legible setting is too long
            "no_ink",  # a signature without a stroke
            "too_much_ink",  # more than a person writes, or touches off the glass
        }
    )

    def __init__(self, reason: str, detail: str = "") -> None:
        if reason not in self.REASONS:
            raise ValueError(reason)
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class PreviewRefused(SealError):
    """A page that is not drawn; *reason* is one of ``PreviewRefused.REASONS``."""

    code = "preview.refused"

    REASONS = frozenset(
        {
            "not_a_document",  # neither PDF nor OFD, or damaged beyond reading
            "encrypted",  # needs a password to open
            "no_such_page",
            "too_much",  # more objects, glyphs, pixels or nesting than any honest page has
            "too_slow",
        }
    )

    def __init__(self, reason: str, detail: str = "") -> None:
        if reason not in self.REASONS:
            raise ValueError(reason)
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
