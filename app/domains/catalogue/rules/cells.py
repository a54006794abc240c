"""Cells of a table that a spreadsheet may open: none of them is a formula, and none of them is lost.

OWASP, CSV injection: a cell that begins with = + - @, a tab or a line end is run by spreadsheets; also in full width,
and behind blanks. An apostrophe before it keeps it a text. A cell that would be mistaken for one that was treated so
is treated as well, so that reading takes exactly one apostrophe away and every text comes back as it was.
"""

from __future__ import annotations

_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_QUOTE = "'"


def neutral(text: str) -> str:
    """The text as it is written into a cell."""
    return f"{_QUOTE}{text}" if _is_formula(text) or _looks_treated(text) else text


def as_written(cell: str) -> str:
    """The text that a cell stands for: the inverse of `neutral`."""
    return cell[1:] if _looks_treated(cell) else cell


def _is_formula(text: str) -> bool:
    return text.lstrip(" ").startswith(_SIGNS)


def _looks_treated(text: str) -> bool:
    return text.startswith(_QUOTE) and (text.startswith(_QUOTE * 2) or _is_formula(text[1:]))
