"""How good an order is, by people's judgement: nDCG (Järvelin and Kekäläinen 2002, exponential gain as Burges 2005)."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence

from app.domains.search.errors import JudgementsNotReadable

COLUMNS = ("query", "docid", "rating")
Judgements = Mapping[str, Mapping[str, int]]
"""Query → document → rating from 0."""


def read_judgements(lines: Iterable[str]) -> Judgements:
    """A CSV with the columns `query`, `docid` and `rating` (0 or more). Judged twice: the better one counts.
    Raises `JudgementsNotReadable`."""
    found: dict[str, dict[str, int]] = {}
    rows = csv.DictReader(lines)
    if not set(COLUMNS) <= set(rows.fieldnames or ()):
        raise JudgementsNotReadable(line=1)
    for row in rows:
        query, document, rating = (str(row[name] or "").strip() for name in COLUMNS)
        if not query or not document or not rating.isascii() or not rating.isdigit():
            raise JudgementsNotReadable(line=rows.line_num)
        rated = found.setdefault(query, {})
        rated[document] = max(int(rating), rated.get(document, 0))
    return found


def ndcg(order: Sequence[str], rated: Mapping[str, int], depth: int = 10) -> float | None:
    """0 to 1; None where nothing was judged to be any good, so that no order is better than another. What nobody has
    judged counts as no good."""
    best = _gain(sorted(rated.values(), reverse=True)[:depth])
    return _gain([rated.get(one, 0) for one in order[:depth]]) / best if best else None


def _gain(ratings: Sequence[int]) -> float:
    return sum((2**rating - 1) / math.log2(place + 2) for place, rating in enumerate(ratings))
