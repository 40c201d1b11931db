"""印章申请: one application, many seals, each reviewed and collected by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from seal_core.domain.numbers import is_id_number, is_mobile
from seal_core.domain.secrets import IdNumber, Mobile
from seal_core.errors import SealError


class ApplicationIncomplete(SealError):
    """An answer of the form is missing or wrong; *field* names it."""

    code = "application.incomplete"

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def is_person_name(name: str) -> bool:
    """Whether a person may be called so."""
    return 2 <= len(name) <= 30 and name.isprintable()


@dataclass(frozen=True, slots=True)
class WantedSeal:
    """One row of 印章信息: type, size (the label of the list) and form."""

    type: str
    size: str
    form: str = "phone"


@dataclass(frozen=True, slots=True)
class ApplicationForm:
    """What the applicant fills in; *document_id* is the stamped form (PDF), if the policy asks."""

    region: str
    handler_name: str
    handler_id_number: IdNumber
    handler_mobile: Mobile
    wanted: tuple[WantedSeal, ...]
    document_id: str = ""

    def check(self) -> None:
        """Raise ApplicationIncomplete for the first answer that cannot stand."""
        if not self.region:
            raise ApplicationIncomplete("region")
        if not is_person_name(self.handler_name):
            raise ApplicationIncomplete("handler_name")
        if not is_id_number(self.handler_id_number.value):
            raise ApplicationIncomplete("handler_id_number")
        if not is_mobile(self.handler_mobile.value):
            raise ApplicationIncomplete("handler_mobile")
        if not self.wanted or len({seal.type for seal in self.wanted}) < len(self.wanted):
            raise ApplicationIncomplete("wanted")


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody answered so far, kept until it is submitted; one a person and holder.

    *sizes* belong to the first of *types*; *document_id* is the stamped form, if there is one.
    Personal data is not in it.
    """

    id: str
    person_id: str
    holder_id: str
    types: tuple[str, ...]
    sizes: tuple[str, ...]
    region: str
    document_id: str
    kept_at: datetime
    reminded_at: datetime | None

    @staticmethod
    def id_of(person_id: str, holder_id: str) -> str:
        return f"{person_id}.{holder_id}"


@dataclass(frozen=True, slots=True)
class Application:
    """A submitted form; the seals it asks for carry their own states."""

    id: str
    holder_id: str
    holder_name: str
    applicant_id: str
    region: str
    handler_name: str
    handler_id_number: IdNumber
    handler_mobile: Mobile
    document_id: str
    submitted_at: datetime
