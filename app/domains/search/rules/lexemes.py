"""Words in the notations of PostgreSQL's text search and of LIKE. What is returned is bound as a value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

Weight = Literal["A", "B", "C", "D"]

MOST_POSITIONS = 16_383
MOST_PER_WORD = 60
"""PostgreSQL keeps positions up to 16,383 and at most 255 of one lexeme; ranking needs far fewer."""


def vector(fields: Iterable[tuple[Weight, Sequence[str]]]) -> str:
    """A `tsvector` of weighted fields, each with its words in order: `'silk':1A,7D 'scarf':2A`."""
    places: dict[str, list[str]] = {}
    position = 0
    for weight, words in fields:
        for word in words:
            position = min(position + 1, MOST_POSITIONS)
            entries = places.setdefault(word, [])
            if word and len(entries) < MOST_PER_WORD:
                entries.append(f"{position}{weight}")
        position += 8  # a gap, so that two fields never stand beside each other
    return " ".join(f"{_quoted(word)}:{','.join(entries)}" for word, entries in places.items() if word and entries)


def term(word: str, *, is_prefix: bool = False) -> str:
    """A `tsquery` of one word: `'silk'`, or of all that begin with it: `'silk':*`."""
    return _quoted(word) + (":*" if is_prefix else "")


def like(text: str) -> str:
    """The text as a part of a LIKE pattern (escape character: backslash): its wildcards stand for themselves."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
