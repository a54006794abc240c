"""Ids: UUIDv7 in the database, TypeIDs (`ord_01j…`, https://github.com/jetify-com/typeid) everywhere else.

A column of type `Id("ord")` refuses an id of another kind, so that an order's id can never be taken for a cart's.
"""

from __future__ import annotations

import re
import secrets
import uuid
from typing import Any

import uuid_utils
from sqlalchemy import Uuid
from sqlalchemy.types import TypeDecorator
from typeid.base32 import decode, encode

from app.kit.errors import MalformedId

_SHAPE = re.compile(r"([a-z]{2,10})_([0-7][0-9a-hjkmnp-tv-z]{25})")
_CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new(prefix: str) -> str:
    """A new id of a kind, ordered by the time it is made."""
    return f"{prefix}_{encode(uuid_utils.uuid7().bytes)}"


def check(prefix: str, text: str) -> str:
    """The id, if it has the shape of this kind. Raises `MalformedId` (404): a wrong id names nothing."""
    match = _SHAPE.fullmatch(text)
    if match is None or match[1] != prefix:
        raise MalformedId(id=text[:80])
    return text


def to_uuid(prefix: str, text: str) -> uuid.UUID:
    return uuid.UUID(bytes=bytes(decode(check(prefix, text)[len(prefix) + 1 :])))


def from_uuid(prefix: str, value: uuid.UUID) -> str:
    return f"{prefix}_{encode(value.bytes)}"


def new_token() -> str:
    """An unguessable token for an address or a cookie: 256 bits, URL-safe."""
    return secrets.token_urlsafe(32)


def new_code(length: int) -> str:
    """A short code that a person can read aloud: no 0/O, 1/I/L, U."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(length))


def new_digits(length: int) -> str:
    """A short code of figures alone, which every telephone can type."""
    return f"{secrets.randbelow(10**length):0{length}}"


class Id(TypeDecorator[str]):
    """A `uuid` column that speaks TypeIDs of one prefix."""

    impl = Uuid(as_uuid=True)
    cache_ok = True

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.prefix = prefix

    def process_bind_param(self, value: str | None, dialect: Any) -> uuid.UUID | None:
        return None if value is None else to_uuid(self.prefix, value)

    def process_result_value(self, value: uuid.UUID | None, dialect: Any) -> str | None:
        return None if value is None else from_uuid(self.prefix, value)
