"""The blueprint of a tenant's schema: an ordered list of statements, rendered from the metadata and hashed.

The statements name no schema: they run with `search_path` set to the new one, then `ext`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateSequence, CreateTable

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
