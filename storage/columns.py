"""How the values of the domain lie in columns; the same on SQLite and PostgreSQL."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Union

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from seal_core.domain.secrets import IdNumber, Mobile, Photo
from seal_core.gm import sm4

PERSONAL_DATA = b"zhangyin personal data"
"""Authenticated with every encrypted column, so that other ciphertexts cannot be moved in."""


class PersonalDataKey:
    """The key for personal data at rest (SM4-GCM); given once when storage is opened."""

    _key: bytes | None = None

    @classmethod
    def use(cls, key: bytes) -> None:
        if len(key) != sm4.KEY_SIZE:
            raise ValueError("the key for personal data has the wrong length")
        cls._key = key

    @classmethod
    def current(cls) -> bytes:
        if cls._key is None:
            raise RuntimeError("storage was not opened: no key for personal data")
        return cls._key


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """Aware datetimes, stored as UTC text that sorts (SQLite has no time zones)."""

    impl = sa.String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a moment without a time zone")  # eight hours wrong, silently
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class Name(sa.types.TypeDecorator[StrEnum]):
    """A StrEnum by its value."""

    impl = sa.String(64)
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.enum(value)


class Encrypted(sa.types.TypeDecorator[Any]):
    """IdNumber and Mobile under the key for personal data."""

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, kind: type[IdNumber] | type[Mobile]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return sm4.encrypt(PersonalDataKey.current(), value.value.encode(), PERSONAL_DATA)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        text = sm4.decrypt(PersonalDataKey.current(), bytes(value), PERSONAL_DATA).decode()
        return self.kind(text)


class EncryptedPhoto(sa.types.TypeDecorator[Photo]):
    """A Photo under the key for personal data."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Photo | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return sm4.encrypt(PersonalDataKey.current(), value.jpeg, PERSONAL_DATA)

    def process_result_value(self, value: Any, dialect: Dialect) -> Photo | None:
        if value is None:
            return None
        return Photo(sm4.decrypt(PersonalDataKey.current(), bytes(value), PERSONAL_DATA))


class Plain(sa.types.TypeDecorator[Any]):
    """Tuples, dicts and small dataclasses as JSON text; *restore* makes the value again."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, restore: Callable[[Any], Any]) -> None:
        super().__init__()
        self.restore = restore

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            value = dataclasses.asdict(value)
        return json.dumps(value, ensure_ascii=False, default=_encode_bytes)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self.restore(json.loads(value))


def _encode_bytes(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"not for a JSON column: {type(value)}")


def column_type(annotation: Any) -> tuple[sa.types.TypeEngine[Any], bool]:
    """The column type for a field's annotation, and whether it may be NULL."""
    if typing.get_origin(annotation) in (Union, types.UnionType):
        inner = next(a for a in typing.get_args(annotation) if a is not type(None))
        return column_type(inner)[0], True
    return _plain_type(annotation), False


def _plain_type(annotation: Any) -> sa.types.TypeEngine[Any]:
    simple: dict[Any, sa.types.TypeEngine[Any]] = {
        str: sa.Text(),
        int: sa.Integer(),
        float: sa.Float(),
        bool: sa.Boolean(),
        bytes: sa.LargeBinary(),
        datetime: UtcDateTime(),
        IdNumber: Encrypted(IdNumber),
        Mobile: Encrypted(Mobile),
        Photo: EncryptedPhoto(),
    }
    if annotation in simple:
        return simple[annotation]
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return Name(annotation)
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        return Plain(lambda data: annotation(**data))
    if typing.get_origin(annotation) is tuple:
        return Plain(_tuple_restorer(typing.get_args(annotation)[0]))
    if typing.get_origin(annotation) is dict:
        return Plain(dict)
    raise TypeError(f"no column for {annotation}")


def _tuple_restorer(element: Any) -> Callable[[Any], tuple[Any, ...]]:
    if element is bytes:
        return lambda data: tuple(bytes.fromhex(item) for item in data)
    if typing.get_origin(element) is tuple:
        return lambda data: tuple(tuple(item) for item in data)
    return tuple
