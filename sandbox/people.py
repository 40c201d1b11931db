"""The people of the sandbox. All are invented; their numbers have right check digits.

Identity numbers start with a prefecture's code, which no resident's number does, so none of
them can belong to a living person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714-1997
_ID_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999


@dataclass(frozen=True, slots=True)
class Enterprise:
    """A registered enterprise as the province's business register knows it."""

    name: str
    uscc: str
    region: str  # GB/T 2260 code
    region_name: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a phone. *enterprise* is the one they legally represent, if any."""

    key: str  # short name used in URLs and scripts
    name: str
    id_number: str = field(repr=False)
    mobile: str
    password: str = field(repr=False)  # of the province's sign-in
    enterprise: Enterprise | None = None
    works_for: Enterprise | None = None


def id_number(region: str, birthday: str, order: int) -> str:
    """An identity number with its check digit (GB 11643-1999)."""
    body = f"{region}{birthday}{order:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _ID_WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def uscc(region: str, organisation: str, *, kind: str = "91") -> str:
    """A unified social credit code with both of its check characters."""
    # GB 11714-1997: the organisation code carries its own check character
    total = sum(
        int(char, 36) * weight
        for char, weight in zip(organisation, _ORGANISATION_WEIGHTS, strict=True)
    )
    body = f"{kind}{region}{organisation}" + "0X987654321"[total % 11]
    # GB 32100-2015, 6: weights are the powers of 3 modulo 31
    total = sum(_USCC_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(body))
    return body + _USCC_ALPHABET[-total % 31]


def people_of(province: str) -> dict[str, Person]:
    """The cast of one province, by key: a legal representative, an agent, a bystander …"""
    cast = _shanxi() if province == "shanxi" else _jiangxi()
    return {person.key: person for person in cast}


def _shanxi() -> tuple[Person, ...]:
    acme = Enterprise(
        "晋阳云帆科技有限公司", uscc("140105", "MA0JY3F7"), "140105", "山西省太原市小店区"
    )
    other = Enterprise(
        "吕梁山谷杂粮贸易有限公司", uscc("141181", "MA0LT5G2"), "141181", "山西省吕梁市孝义市"
    )
    return (
        Person(
            "tuoba", "拓跋珏", id_number("140100", "19850612", 203), "13800140001", "Jin-1401", acme
        ),
        Person(
            "guo",
            "郭晓岚",
            id_number("140100", "19920308", 146),
            "13800140002",
            "Jin-1402",
            works_for=acme,
        ),
        Person(
            "yan", "阎守仁", id_number("141100", "19781121", 317), "13800140003", "Jin-1403", other
        ),
        Person("bai", "白露", id_number("140100", "19990907", 428), "13800140004", "Jin-1404"),
    )


def _jiangxi() -> tuple[Person, ...]:
    acme = Enterprise(
        "赣江青瓷文化有限公司", uscc("360104", "MA3GJ8Q1"), "360104", "江西省南昌市青云谱区"
    )
    other = Enterprise(
        "庐山雾芽茶业有限公司", uscc("360402", "MA3LT6H4"), "360402", "江西省九江市濂溪区"
    )
    return (
        Person(
            "xiong", "熊文清", id_number("360100", "19880215", 265), "13900360001", "Gan-3601", acme
        ),
        Person(
            "tu",
            "涂雨桐",
            id_number("360100", "19940523", 188),
            "13900360002",
            "Gan-3602",
            works_for=acme,
        ),
        Person(
            "lei", "雷远山", id_number("360400", "19810730", 379), "13900360003", "Gan-3603", other
        ),
        Person("min", "闵安", id_number("360100", "20000111", 452), "13900360004", "Gan-3604"),
    )
