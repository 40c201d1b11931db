"""What a seal's face says: the one place that turns a holder's records into a face."""

from __future__ import annotations

from seal_core.domain.holders import Organisation
from seal_core.domain.provinces import Province, SealType
from seal_core.domain.seals import Seal
from seal_core.faces import Face, FaceKind, FaceSpec, draw
from seal_core.faces.spec import NAME_SEALS
from seal_core.ports import Work


def standard_face(work: Work, province: Province, seal: Seal) -> Face:
    """The drawn face of *seal*, where no impression is used."""
    spec = face_of(
        province.seal_type(seal.type),
        holder_name=seal.holder_name,
        owner=work.organisations.find(id=seal.holder_id),
        width_mm=seal.width_mm,
        height_mm=seal.height_mm,
        code=seal.code,
    )
    return draw(spec)


def face_of(
    seal_type: SealType,
    *,
    holder_name: str,
    owner: Organisation | None,
    width_mm: float,
    height_mm: float,
    code: str = "",
) -> FaceSpec:
    """The face of this type for this holder. Raises FaceRefused for what no seal can show.

    Ring text is the registered name and cannot be chosen; a name seal carries the
    representative's name, an invoice seal the taxpayer's number (税务总局公告2011年第7号).
    """
    kind = FaceKind(seal_type.face)
    by_name = kind in NAME_SEALS and owner is not None
    return FaceSpec(
        kind=kind,
        name=owner.legal_representative if owner and by_name else holder_name,
        centre_text=seal_type.centre_text,
        code=owner.uscc if owner and kind is FaceKind.INVOICE else code,
        width_mm=width_mm,
        height_mm=height_mm,
    )
