"""What a run counted: small tables that go to the terminal and, where `SERAI_FIGURES` names a file, to that file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

PROPERTY = "figure"


class Figures:
    """Tables of one test. They travel with the test's report, also out of a worker process of a parallel run."""

    def __init__(self, properties: list[tuple[str, object]]) -> None:
        self._properties = properties

    def table(self, title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Note a table: a title, the names of its columns, its rows."""
        cells = [list(map(str, head)), *[list(map(str, row)) for row in rows]]
        widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
        lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in cells]
        self._properties.append((PROPERTY, "\n".join([title, *(f"  {line.rstrip()}" for line in lines)])))


def show(texts: Sequence[str]) -> None:
    """Write all tables of a run to the file that the environment names, if it does."""
    if path := os.environ.get("SERAI_FIGURES"):
        Path(path).write_text("\n\n".join(texts) + "\n", encoding="utf-8")
