"""History of the client: every call is invoked and then ok, failed or unknown; afterwards the world is asked.

An *ok* must be there, a *fail* must have left nothing, an *unknown* is one or the other but has to be the same
wherever one looks.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Entry:
    """One call. `outcome`: unknown until told otherwise, so that a client that dies leaves the truth behind."""

    number: int
    operation: str
    facts: dict[str, Any]
    invoked_ns: int
    outcome: str = "unknown"
    result: Any = None
    ended_ns: int | None = None


@dataclass(slots=True)
class Call:
    """Handle of a running call: say `ok` or `fail`; silence, or an exception, is unknown."""

    entry: Entry
    _history: History = field(repr=False)

    def ok(self, result: Any = None) -> None:
        self._history.end(self.entry, "ok", result)

    def fail(self, result: Any = None) -> None:
        self._history.end(self.entry, "fail", result)


class History:
    """Thread-safe log of calls, in the order of their invocation."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self.entries: list[Entry] = []

    @contextmanager
    def call(self, operation: str, **facts: Any) -> Iterator[Call]:
        """Log a call. An exception that leaves the block is logged as unknown and goes on."""
        with self._lock:
            entry = Entry(next(self._numbers), operation, facts, time.monotonic_ns())
            self.entries.append(entry)
        try:
            yield Call(entry, self)
        except BaseException as error:
            self.end(entry, "unknown", f"{type(error).__name__}: {error}")
            raise

    def end(self, entry: Entry, outcome: str, result: Any) -> None:
        with self._lock:
            entry.outcome, entry.result, entry.ended_ns = outcome, result, time.monotonic_ns()

    def of(self, outcome: str, operation: str | None = None) -> list[Entry]:
        """Entries with this outcome, perhaps of one operation only."""
        with self._lock:
            return [
                entry
                for entry in self.entries
                if entry.outcome == outcome and (operation is None or entry.operation == operation)
            ]

    def contradictions(self, *witnesses: Callable[[Entry], bool]) -> list[str]:
        """Ask every witness whether the effect of an entry is there; a line for each answer that cannot be true."""
        lines = []
        for entry in list(self.entries):
            seen = [witness(entry) for witness in witnesses]
            if entry.outcome == "ok" and not all(seen):
                lines.append(f"{entry.number} {entry.operation} {entry.facts} was answered ok and is missing")
            elif entry.outcome == "fail" and any(seen):
                lines.append(f"{entry.number} {entry.operation} {entry.facts} failed and left an effect")
            elif len(set(seen)) > 1:
                lines.append(f"{entry.number} {entry.operation} {entry.facts} is there for one witness only")
        return lines

    def write(self, path: Path) -> None:
        """One JSON object a line, for reading after a failed run."""
        with self._lock:
            lines = [json.dumps(asdict(entry), default=str, ensure_ascii=False) for entry in self.entries]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
