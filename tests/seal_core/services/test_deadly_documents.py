"""A document that ends the process which looks at it is refused after a few tries."""

from __future__ import annotations

import pytest

from seal_core.domain.documents import PDF, DocumentState
from seal_core.engines.protocol import Outline
from seal_core.services import documents
from tests.support.house import ENGINES, House


class Killed(BaseException):
    """What the limits of a child do: no code after it runs."""


def test_its_owner_is_not_left_waiting(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each try dies before anything is written down; the next one after the last refuses."""
    actor = house.signed_in()
    document = house.documents.receive(actor.person.id, "炸弹.pdf", b"%PDF-1.7 bomb", "seal")

    def die(_: bytes) -> Outline:
        raise Killed

    monkeypatch.setattr(ENGINES[PDF], "outline", die)
    for _ in range(documents.TRIES):
        with pytest.raises(Killed):
            house.documents.inspect(document.id)
        assert house.documents.get(document.id).state is DocumentState.RECEIVED

    house.documents.inspect(document.id)

    refused = house.documents.get(document.id)
    assert (refused.state, refused.reason) == (DocumentState.REFUSED, "too_complex")
