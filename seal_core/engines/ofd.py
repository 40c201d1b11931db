"""Seals and signatures on OFD documents (GB/T 33190-2016, clause 18; GB/T 38540-2020).

A seal is never drawn into a page. It adds a folder with Signature.xml, Seal.esl and
SignedValue.dat and a line in Signatures.xml; every other file keeps its bytes, so that
earlier signatures stay as good as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from seal_core.engines.ofd_document import OfdDocument
from seal_core.engines.ofd_signing import Mark, OfdSigning, Wish
from seal_core.engines.placement import Impression, Rect, place_seal
from seal_core.engines.protocol import Found, Outline, Place, SealMaterial
from seal_core.formats import cms, ses
from seal_core.formats.ofd_model import Page
from seal_core.ports import Signer, TimeStamper


class OfdEngine:
    """Puts GB/T 38540 seals on OFD documents. Holds no key and no state."""

    media_type: ClassVar[str] = "application/ofd"

    def outline(self, document: bytes) -> Outline:
        """Read sizes and signatures. Raises DocumentRefused if it could not be sealed."""
        opened = OfdDocument(document)
        opened.refuse_all_closed()
        signatures = sum(len(signed.files) for signed in opened.signed.values())
        return Outline(self.media_type, tuple(opened.sizes), signatures)

    def flatten(self, document: bytes) -> bytes:
        """OFD has no forms."""
        return document

    def find(self, document: bytes, keyword: str) -> tuple[Found, ...]:
        """Every place of *keyword*, in reading order. Raises DocumentRefused."""
        return tuple(OfdDocument(document).find_text(keyword))

    def seal(
        self,
        document: bytes,
        material: SealMaterial,
        places: Sequence[Place],
        signer: Signer,
        at: datetime,
        timestamper: TimeStamper | None = None,
        *,
        close: bool = False,
    ) -> bytes:
        """Return the sealed document; earlier signatures stay as they were.

        Pages count through all documents of the package; a document that gets no
        impression gets no signature, but is protected by the others. With *close* the last
        signature also protects the lists of signatures, so that none can follow.
        Raises DocumentRefused, UnknownPlace, or SealRefused where signer, seal and time do
        not fit together.
        """
        opened = OfdDocument(document)
        impressions = place_seal(
            places, opened.sizes, material.width_mm, material.height_mm, opened.find_text
        )
        by_body = opened.sort_out(impressions)
        bodies = [body for body, _ in by_body]
        opened.refuse_closed(bodies)
        version = ses.parse_seal(material.seal).version

        def value(path: str, digest: bytes) -> bytes:
            return ses.build_signature(
                seal=material.seal,
                data_hash=digest,
                property_info=path,
                signer=signer,
                at=at,
                timestamper=timestamper,
                version=version,
            )

        signing = OfdSigning(opened, Wish("Seal", value, material.seal), at)
        signing.prepare(bodies)
        for number, (body, stamped) in enumerate(by_body, 1):
            marks = [_mark(page, impression) for page, impression in stamped]
            signing.add(body, marks, closing=close and number == len(by_body))
        return signing.finish()

    def sign(
        self,
        document: bytes,
        signer: Signer,
        at: datetime,
        timestamper: TimeStamper | None = None,
        *,
        close: bool = False,
    ) -> bytes:
        """Return the document with a digital signature of no seal (Type="Sign").

        The value is a SignedData of GB/T 35275 with signed attributes, as GM/T 0099 has it
        (7.2.2). It stands with the first document and protects all. Raises DocumentRefused.
        """
        opened = OfdDocument(document)
        body = opened.model.bodies[0]
        opened.refuse_closed([body])

        def value(_path: str, digest: bytes) -> bytes:
            return cms.build_signed_data(
                digest=digest, signer=signer, at=at, timestamper=timestamper, family="gm"
            )

        signing = OfdSigning(opened, Wish("Sign", value), at)
        signing.prepare([body])
        signing.add(body, closing=close)
        return signing.finish()


def _mark(page: Page, impression: Impression) -> Mark:
    clip = impression.clip
    return Mark(page.id, _box(impression.box), _box(clip) if clip else None)


def _box(rect: Rect) -> tuple[float, float, float, float]:
    return rect.x, rect.y, rect.width, rect.height
