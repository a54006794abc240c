"""Rows of a CSV file, one at a time: memory does not grow with the file.

RFC 4180: quoted fields may hold commas, quotes (doubled) and line ends; lines end in LF or CRLF; a byte order mark
is passed over. A line is at most 1 MiB and a field 128 KiB, so that one open quote cannot draw in the whole file.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Protocol

from app.domains.catalogue.rules.cells import as_written
from app.domains.catalogue.rules.imports.problems import problem
from app.domains.catalogue.types import RowProblem

LONGEST_LINE = 1_048_576
_BOM = b"\xef\xbb\xbf"
_LOST = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Row:
    """`line` is the physical line where it begins. Columns that the row does not reach are empty. A row with a
    `fault` is not used, but it may still tell which product it belongs to."""

    line: int
    last_line: int
    values: dict[str, str]
    fault: RowProblem | None = None

    def get(self, column: str) -> str:
        """The trimmed value, as it was before a spreadsheet was kept from taking it for a formula; empty if there is
        no such column."""
        return as_written(self.values.get(column, "").strip())


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one product, in the order of the file, and what is wrong with some of them."""

    key: str
    rows: tuple[Row, ...]
    problems: tuple[RowProblem, ...] = ()

    @property
    def line(self) -> int:
        return self.rows[0].line if self.rows else self.problems[0].line

    @property
    def last_line(self) -> int:
        return max([row.last_line for row in self.rows] + [found.line for found in self.problems])


class Readable(Protocol):
    def readline(self, limit: int = -1, /) -> bytes: ...


class _TooLong(Exception):
    pass


class _Lines:
    """Text lines of a binary stream. Bytes that are no UTF-8 become U+FFFD, and their line is remembered until
    the row that holds it asks."""

    def __init__(self, stream: Readable) -> None:
        self.stream = stream
        self.number = 0
        self.unreadable: list[int] = []

    def __iter__(self) -> Iterator[str]:
        while raw := self.stream.readline(LONGEST_LINE + 1):
            self.number += 1
            if len(raw) > LONGEST_LINE:
                raise _TooLong
            if self.number == 1:
                raw = raw.removeprefix(_BOM)
            try:
                yield raw.decode("utf-8")
            except UnicodeDecodeError:
                self.unreadable.append(self.number)
                yield raw.decode("utf-8", errors="replace")


def read_rows(
    stream: Readable,
    required: Sequence[str],
    delimiter: str = ",",
    aliases: Mapping[str, str] | None = None,
    named: Callable[[str], str] = str.strip,
    heading: Sequence[str] = (),
) -> Iterator[Row | RowProblem]:
    """The rows below the heading; empty ones are passed over.

    :param required: columns that must be there.
    :param aliases: other names of columns, in lower case → the name that the rows shall have.
    :param heading: names of the columns of a file that has none of its own.
    :param named: what a column of no other name is called.

    A row that is wrong in itself carries its `fault` and the next one follows; a problem that comes alone is fatal,
    and nothing follows.
    """
    lines = _Lines(stream)
    reader = csv.reader(iter(lines), delimiter=delimiter, strict=True)
    names = list(heading) or None
    end = 0
    try:
        for cells in reader:
            start, end = end + 1, lines.number
            if not any(cell.strip() for cell in cells):
                continue
            fault = problem("encoding", start, is_fatal=names is None) if lines.unreadable else None
            lines.unreadable.clear()
            if names is None:
                if fault is not None:
                    yield fault
                    return
                names = [(aliases or {}).get(cell.strip().lower(), named(cell)) for cell in cells]
                wrong = _wrong_heading(names, required, start)
                if wrong is not None:
                    yield wrong
                    return
                continue
            if fault is None and any(cell.strip() for cell in cells[len(names) :]):
                fault = problem("columns", start, found=len(cells), wanted=len(names))
            yield Row(start, end, dict(zip(names, cells, strict=False)), fault)
    except csv.Error as error:
        yield problem("csv", end + 1, is_fatal=True, reason=str(error))
        return
    except _TooLong:
        yield problem("line_too_long", lines.number, is_fatal=True, limit=LONGEST_LINE)
        return
    if names is None:
        yield problem("empty", 1, is_fatal=True)


def _wrong_heading(heading: Sequence[str], required: Sequence[str], line: int) -> RowProblem | None:
    twice = [name for number, name in enumerate(heading) if name and name in heading[:number]]
    if twice:
        return problem("header_twice", line, twice[0], is_fatal=True, name=twice[0])
    missing = [name for name in required if name not in heading]
    if missing:
        return problem("header_missing", line, is_fatal=True, columns=", ".join(missing))
    return None


def group_rows(rows: Iterable[Row | RowProblem], column: str) -> Iterator[Group | RowProblem]:
    """Neighbouring rows with the same value in `column`, as one group.

    Rows of one product must stand together, or the whole file would have to be held in memory: a value that comes
    back after others gives one problem for each of its later rows, and what stood first is imported alone. Known
    values are remembered as 8 bytes each. A row so broken that its key is lost counts to the group it stands in.
    """
    seen: set[int] = set()
    key: str | None = None
    held: list[Row] = []
    wrong: list[RowProblem] = []
    is_split = False
    for row in rows:
        if isinstance(row, RowProblem):
            if not row.is_fatal:
                yield row
            elif held or wrong:
                # a group that was cut short by the end of what can be read is not whole
                yield Group(key or "", tuple(held), (*wrong, row))
                return
            else:
                yield row
                return
            continue
        value = row.get(column)
        if row.fault is not None and (not value or _LOST in value):
            value = key or ""
        if not value:
            yield row.fault or problem("key_missing", row.line, column)
            continue
        if value != key:
            if key is not None and (held or wrong):
                yield Group(key, tuple(held), tuple(wrong))
            held, wrong, key = [], [], value
            mark = int.from_bytes(blake2b(value.encode("utf-8", "surrogatepass"), digest_size=8).digest())
            is_split = mark in seen
            seen.add(mark)
        if is_split:
            yield problem("split_group", row.line, column, key=value)
        elif row.fault is not None:
            wrong.append(replace(row.fault, source_key=value))
        else:
            held.append(row)
    if key is not None and (held or wrong):
        yield Group(key, tuple(held), tuple(wrong))
