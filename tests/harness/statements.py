"""How many statements a page costs: counted where they leave for the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine


@dataclass(slots=True)
class Statements:
    """The statements that were sent meanwhile, in order."""

    sent: list[str] = field(default_factory=list)

    @property
    def asked(self) -> list[str]:
        """Those that read or write rows: without what a transaction sends to begin (role, search path, time limits)."""
        return [one for one in self.sent if not one.lstrip().upper().startswith(("SET ", "SELECT SET_CONFIG"))]

    @property
    def count(self) -> int:
        return len(self.asked)


@contextmanager
def count_statements() -> Iterator[Statements]:
    """Count what all engines of this process send while the block runs."""
    statements = Statements()

    def note(_: Any, __: Any, statement: str, *rest: Any) -> None:
        statements.sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)
