"""A name that no seal can show is refused when it is applied for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seal_core.errors import FaceRefused, MissingGlyph
from tests.support.house import House


@pytest.mark.parametrize(
    ("name", "refusal"),
    [("太原𪚥科技有限公司", MissingGlyph), ("长" * 41, FaceRefused)],
    ids=["a character without a glyph", "more characters than a ring holds"],
)
def test_a_name_that_cannot_be_drawn_is_refused_before_anything_is_stored(
    house: House, name: str, refusal: type[Exception]
) -> None:
    """The applicant hears of it at once, and no application waits that can never be issued."""
    actor = house.signed_in()
    assert actor.organisation is not None
    renamed = replace(actor, organisation=replace(actor.organisation, name=name))
    form = house.form(actor)

    with pytest.raises(refusal):
        house.applications.submit(renamed, form)

    assert house.applications.count(renamed) == 0
