"""The papers a person brings: a contract as PDF and OFD, and the filled-in application form.

Made anew in code, with an open font given by its path, so that nothing of anybody's real
paper is in this repository.
"""

from __future__ import annotations

from pathlib import Path

from sandbox.papers.application_form import application_form
from sandbox.papers.contract import Contract, contract_pages
from sandbox.papers.ofd import as_ofd
from sandbox.papers.pdf import as_pdf
from sandbox.papers.scan import scanned
from sandbox.papers.stamping import stamped
from sandbox.papers.type import Typeface
from sandbox.people import Enterprise, Person

__all__ = ["application_form", "contract_ofd", "contract_pdf", "paper_set", "scanned", "stamped"]


def contract_pdf(font: Path | None, party_a: Enterprise, party_b: Enterprise) -> bytes:
    """A purchase contract on A4; 甲方（盖章） on its last page waits for the seal."""
    face = Typeface.load(font)
    return as_pdf(contract_pages(Contract(party_a, party_b), face), face, title="采购合同")


def contract_ofd(font: Path | None, party_a: Enterprise, party_b: Enterprise) -> bytes:
    """The same contract as OFD (GB/T 33190-2016), its font embedded if it came as a file."""
    face = Typeface.load(font)
    return as_ofd(contract_pages(Contract(party_a, party_b), face), face, title="采购合同")


def paper_set(font: Path | None, person: Person, other: Enterprise) -> dict[str, bytes]:
    """Everything *person* (a legal representative) brings, by file name."""
    if person.enterprise is None:
        raise ValueError(f"{person.key} represents no enterprise")
    return {
        "contract.pdf": contract_pdf(font, person.enterprise, other),
        "contract.ofd": contract_ofd(font, person.enterprise, other),
        "application_form.pdf": application_form(font, person),
    }
