"""Our own format: one product per line, as JSON (docs: the catalogue of a tenant's folder)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, BinaryIO

from app.domains.catalogue.rules.checks import Fault, faults
from app.domains.catalogue.rules.imports.problems import problem, problem_of
from app.domains.catalogue.rules.imports.rows import LONGEST_LINE
from app.domains.catalogue.types import ProductInput, RowProblem

Load = Callable[[Mapping[str, Any], int], ProductInput | list[Fault]]
"""(document, line) → the product, or what is wrong with the document."""


def read_jsonl(stream: BinaryIO, load: Load) -> Iterator[ProductInput | RowProblem]:
    """Products and problems in the order of the file; empty lines are passed over. One line is held at a time."""
    line = 0
    is_empty = True
    seen: dict[int, int] = {}
    while raw := stream.readline(LONGEST_LINE + 1):
        line += 1
        if len(raw) > LONGEST_LINE:
            yield problem("line_too_long", line, is_fatal=True, limit=LONGEST_LINE)
            return
        if line == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if not raw.strip():
            continue
        is_empty = False
        yield from _read_line(raw, line, load, seen)
    if is_empty:
        yield problem("empty", 1, is_fatal=True)


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is not a number")


def _read_line(raw: bytes, line: int, load: Load, seen: dict[int, int]) -> Iterator[ProductInput | RowProblem]:
    try:
        document = json.loads(raw.decode("utf-8"), parse_float=Decimal, parse_constant=_no_number)
    except UnicodeDecodeError:
        yield problem("encoding", line)
        return
    except (ValueError, RecursionError) as error:
        yield problem("json", line, reason=str(error))
        return
    if not isinstance(document, dict):
        yield problem("json", line, reason="it does not begin with {")
        return
    key = str(document.get("external_id", ""))[:200]
    loaded = load(document, line)
    wrong = loaded if isinstance(loaded, list) else list(faults(loaded))
    if isinstance(loaded, ProductInput) and not wrong:
        mark = hash(loaded.external_id)
        if mark in seen:
            yield problem("twice", line, "external_id", key=key, first=seen[mark])
            return
        seen[mark] = line
        yield loaded
        return
    for fault in wrong:
        yield problem_of(fault, line, key=key)
