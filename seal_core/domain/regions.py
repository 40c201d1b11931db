"""单位所属区划: cities and counties of a province by their GB/T 2260 codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Region:
    """*code* as in GB/T 2260; *name* is its own (孝义市), *full_name* 省/市/县 in one."""

    code: str
    name: str
    full_name: str

    @property
    def is_city(self) -> bool:
        """地级市: the last two digits are 00."""
        return self.code.endswith("00")

    def belongs_to(self, city: Region) -> bool:
        """Whether this is *city* itself or one of its counties."""
        return self.code[:4] == city.code[:4]


def by_city(regions: Sequence[Region]) -> list[tuple[Region, list[Region]]]:
    """The cities, each with itself and its counties: how people look for theirs."""
    return [
        (city, [region for region in regions if region.belongs_to(city)])
        for city in regions
        if city.is_city
    ]
