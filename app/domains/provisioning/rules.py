"""The blueprint of a tenant's schema: an ordered list of statements, rendered from the metadata and hashed.

The statements name no schema: they run with `search_path` set to the new one, then `ext`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateSequence, CreateTable

from app.domains.provisioning.types import Change

_DIALECT = postgresql.dialect()


@dataclass(frozen=True, slots=True)
class Blueprint:
    """`statements` in the order they run; `hash` names this version of the schema."""

    statements: tuple[str, ...]
    hash: str


def render_blueprint(metadata: MetaData, after: Iterable[str]) -> Blueprint:
    """All tables of a metadata with their sequences and indexes, then the statements of the rooms."""
    statements: list[str] = []
    for sequence in sorted(metadata._sequences.values(), key=lambda found: found.name):
        statements.append(_text(CreateSequence(sequence)))
    for table in metadata.sorted_tables:
        statements.append(_text(CreateTable(table)))
        indexes = sorted(table.indexes, key=lambda found: str(found.name))
        statements.extend(_text(CreateIndex(index)) for index in indexes)
    statements.extend(after)
    digest = hashlib.sha256("\n".join(statements).encode()).hexdigest()[:16]
    return Blueprint(tuple(statements), digest)


def _text(element: CreateTable | CreateIndex | CreateSequence) -> str:
    return str(element.compile(dialect=_DIALECT)).strip()


RESERVED_SLUGS = ("operator", "console", "seller", "api", "www")
_SLUG = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]")


def is_slug(text: str) -> bool:
    """May this name a tenant: a host label of 2 to 40 lower-case letters, digits, hyphens, and not a reserved one?"""
    return bool(_SLUG.fullmatch(text)) and text not in RESERVED_SLUGS


def differences(before: Any, after: Any, path: str = "") -> Iterator[Change]:
    """Where two documents differ, place by place, in the order of the new one."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in [*after, *(key for key in before if key not in after)]:
            yield from differences(before.get(key), after.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            old = before[index] if index < len(before) else None
            new = after[index] if index < len(after) else None
            yield from differences(old, new, f"{path}[{index}]")
    elif before != after:
        if isinstance(after, Mapping | list) and after and before is None:
            yield from differences(type(after)(), after, path)
        else:
            yield Change(path, before, after)
