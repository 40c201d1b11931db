"""Looking into PDF dictionaries and arrays without stumbling over indirection.

pyHanko's ``dictionary[key]`` follows references, but ``get``, ``items`` and iteration do not.
These helpers always do, and never hand out null.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils import generic


def entry(dictionary: object, key: str, default: Any = None) -> Any:
    """The value of *key*, references followed; *default* where there is none, or no dictionary."""
    if not isinstance(dictionary, generic.DictionaryObject):
        return default
    try:
        return dictionary[key]
    except KeyError:
        return default


def elements(array: object) -> Iterator[Any]:
    """The elements of an array, references followed; nothing for what is no array."""
    if isinstance(array, generic.ArrayObject):
        for index in range(len(array)):
            yield array[index]


def pointers(array: object) -> list[generic.IndirectObject]:
    """The elements of an array that are references, in order."""
    if not isinstance(array, generic.ArrayObject):
        return []
    raw = (array.raw_get(index) for index in range(len(array)))
    return [element for element in raw if isinstance(element, generic.IndirectObject)]


def reference(dictionary: generic.DictionaryObject, key: str) -> generic.Reference | None:
    """The reference that stands as value of *key*; None where the value is direct or missing."""
    raw = dictionary.raw_get(key) if key in dictionary else None
    return raw.reference if isinstance(raw, generic.IndirectObject) else None
