"""An import: what a row said wrong, and the book that is kept of a run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

ImportFormat = Literal["shopify", "jsonl", "mapped"]
Severity = Literal["failed", "skipped", "note"]


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Something to be told about a row of a file.

    :param line: the physical line of the file where the row begins, counted from 1.
    :param column: the column's heading, or the path of a field (`variants.0.price`); empty: the row as a whole.
    :param text: English with `%(name)s` fields that `facts` fill, translated at the edge.
    :param severity: `failed`: the product is not imported; `skipped`: left out on purpose; `note`: imported, and
        this was done to it.
    :param is_fatal: the rest of the file cannot be read.
    """

    line: int
    column: str
    code: str
    text: str
    facts: tuple[tuple[str, Any], ...] = ()
    severity: Severity = "failed"
    source_key: str = ""
    is_fatal: bool = False

    @property
    def last_line(self) -> int:
        return self.line

    def __str__(self) -> str:
        return self.text % dict(self.facts)


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One line in the book: what became of one item of the file. `position` counts the items that
    `iter_products` yields, from 1; it is the same on every reading of the same file."""

    position: int
    line: int
    source_key: str
    status: Literal["ok", "failed", "skipped", "note"]
    outcome: Literal["created", "changed", "unchanged", ""] = ""
    code: str = ""
    column: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class ImportRun:
    """A run. `position`: the last item that is in the book; a run that is taken up again goes on after it."""

    id: str
    source: str
    format: str
    file_name: str
    sha256: str
    status: Literal["running", "finished", "failed"]
    position: int
    started_at: datetime
    finished_at: datetime | None
    is_resumed: bool = False


@dataclass(frozen=True, slots=True)
class RunSummary:
    """The items of a run, counted."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0
    skipped: int = 0
    notes: int = 0
