"""The invented people pass every check the real numbers pass."""

from __future__ import annotations

import pytest

from sandbox.people import id_number, people_of, uscc


def test_the_standards_own_examples_are_reproduced() -> None:
    """GB 11643-1999 annex and GB 32100-2015 give these numbers."""
    assert id_number("110105", "19491231", 2) == "11010519491231002X"
    assert uscc("350100", "M000100Y") == "91350100M000100Y43"


@pytest.mark.parametrize("province", ["shanxi", "jiangxi"])
def test_everybody_is_unique_and_somebody_represents_an_enterprise(province: str) -> None:
    """The cast has a legal representative, an agent of that enterprise and bystanders."""
    cast = people_of(province).values()

    assert len({p.id_number for p in cast}) == len({p.mobile for p in cast}) == len(cast) >= 4
    led = {p.enterprise for p in cast if p.enterprise}
    assert any(p.works_for in led for p in cast)
    assert all(set(e.uscc) <= set("0123456789ABCDEFGHJKLMNPQRTUWXY") for e in led)


def test_a_repr_of_a_person_hides_the_id_number_and_the_password() -> None:
    """Logs may contain a person, never their secrets."""
    person = people_of("shanxi")["tuoba"]

    assert person.id_number not in repr(person)
    assert person.password not in repr(person)
