"""Invariants: sentences about stored data that must hold at any moment, each with the question that finds its breaks.

A room lists its own in `queries/invariants.py` as `INVARIANTS`. They are asked in one read-only snapshot
(`scope.transaction(read_only=True)`), so that what is being written at the same time cannot look like a break.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from app.kit import ids
from app.kit.scope import Scope

MOST_ROWS = 100
"""Of one invariant at most this many rows are reported: one broken rule may break every row of a large table."""

Finder = Callable[[Scope], Iterable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule of stored data.

    :param name: `<room>.<fact>`, stable.
    :param sentence: what holds, for a person.
    :param sql: a constant statement that returns the offending rows (none: it holds); may bind `:now`.
    :param find: instead of `sql`: yields the offending rows, where a database cannot compute them.
    :param columns: the columns of a row in the order in which a person reads them.
    :param ids: column → prefix, for uuid columns that are shown as TypeIDs.
    """

    name: str
    sentence: str
    columns: tuple[str, ...]
    sql: str | None = None
    find: Finder | None = None
    ids: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.sql is None) == (self.find is None):
            raise ValueError(f"{self.name}: either a statement or a function finds the breaks")

    @property
    def room(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Break:
    """One offending row of one invariant. `row` has the invariant's columns."""

    invariant: Invariant
    row: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.invariant.name

    def __str__(self) -> str:
        facts = ", ".join(f"{column}={self.row[column]}" for column in self.invariant.columns)
        return f"{self.name}: {self.invariant.sentence} ({facts})"


def check(scope: Scope, invariants: Iterable[Invariant]) -> list[Break]:
    """The breaks of these invariants in the scope's tenant, in their order; an empty list means that all hold."""
    return [found for invariant in invariants for found in _breaks(scope, invariant)]


def _breaks(scope: Scope, invariant: Invariant) -> list[Break]:
    found = []
    for row in _rows(scope, invariant):
        if len(found) == MOST_ROWS:
            break
        found.append(Break(invariant, {column: _shown(invariant, column, row[column]) for column in invariant.columns}))
    return found


def _rows(scope: Scope, invariant: Invariant) -> Iterable[Mapping[str, Any]]:
    if invariant.find is not None:
        return invariant.find(scope)
    statement = text(invariant.sql or "")
    values = {"now": scope.now()} if ":now" in (invariant.sql or "") else {}
    return [dict(row) for row in scope.db.execute(statement, values).mappings().fetchmany(MOST_ROWS)]


def _shown(invariant: Invariant, column: str, value: Any) -> Any:
    if isinstance(value, uuid.UUID) and column in invariant.ids:
        return ids.from_uuid(invariant.ids[column], value)
    return value
