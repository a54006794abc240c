"""An import: what a row said wrong, and the book that is kept of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

ImportFormat = Literal["shopify", "google", "jsonl", "mapped"]
ExportFormat = Literal["shopify", "google", "google-tsv", "jsonl"]
RunStatus = Literal["waiting", "running", "finished", "failed"]
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
    `iter_products` yields, from 1; it is the same on every reading of the same file.

    :param text: an English sentence with `%(name)s` fields that `facts` fill, translated when somebody reads it.
    """

    position: int
    line: int
    source_key: str
    status: Literal["ok", "failed", "skipped", "note"]
    outcome: Literal["created", "changed", "unchanged", ""] = ""
    code: str = ""
    column: str = ""
    text: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """The text in the language of `translate`, filled. A row of an older release has no facts and stays."""
        if not self.text:
            return ""
        text = translate(self.text)
        return text % self.facts if self.facts else text


@dataclass(frozen=True, slots=True)
class RunSummary:
    """The items of a run, counted."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0
    skipped: int = 0
    notes: int = 0

    def with_rows(self, rows: Iterable[ImportRow]) -> RunSummary:
        """The same with these counted too."""
        counts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for row in rows:
            counts["notes" if row.status == "note" else row.outcome or row.status] += 1
        return RunSummary(**counts)


@dataclass(frozen=True, slots=True)
class ImportRun:
    """A run. `position`: the last item that is in the book, of `total` (0: not counted yet); a run that is taken up
    again goes on after it.

    :param upload: the fingerprint of a file that is kept for it; `mapping`: the text of its mapping file;
        `locale`: the language of texts that do not say theirs (empty: the storefront's first).
    :param started_by: the id of the member of staff who asked for it; None: the software or the command line.
    """

    id: str
    source: str
    format: ImportFormat
    file_name: str
    sha256: str
    status: RunStatus
    position: int
    started_at: datetime
    finished_at: datetime | None
    is_dry_run: bool = False
    total: int = 0
    summary: RunSummary = RunSummary()
    upload: str = ""
    mapping: str = ""
    locale: str = ""
    started_by: str | None = None
    is_resumed: bool = False

    @property
    def is_open(self) -> bool:
        return self.status in ("waiting", "running")

    @property
    def percent(self) -> int:
        """How much of the file is in the book."""
        return min(100, 100 * self.position // self.total) if self.total else 0


@dataclass(frozen=True, slots=True)
class ExportRun:
    """A file of the catalogue that somebody asked for.

    :param lost: field → in how many products it was more than the format can carry.
    :param object_name: finds the file in the store; empty: it is not there (yet, or any more).
    """

    id: str
    format: ExportFormat
    source: str
    locale: str
    status: RunStatus
    started_at: datetime
    finished_at: datetime | None
    object_name: str
    size: int
    done: int
    total: int
    lost: Mapping[str, int]
    started_by: str | None = None

    @property
    def is_open(self) -> bool:
        return self.status in ("waiting", "running")

    @property
    def percent(self) -> int:
        return min(100, 100 * self.done // self.total) if self.total else 0
