"""What a person reads on a page, and which of it was never said through a catalogue.

The pages are asked for in the pseudo-locale. Its texts stand in ⟦…⟧ and have no plain a, c, e, i, n, o, s, u or y. All
that the tests put in (titles, names, reasons) is written in Greek letters, which the interface never uses. So a Latin
letter outside the brackets, and a plain one of those nine within, is a text that nobody translated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser

SHOWN = (
    *("alt", "aria-label", "aria-description", "placeholder", "title", "summary", "label"),
    *("data-label", "data-less", "data-more", "data-missing", "data-none", "data-words"),
)
"""Attributes that are read or heard, or that a style or a script shows."""
SILENT = {"script", "style", "template", "svg"}
WORD = re.compile(r"[A-Za-zÀ-ž]*[A-Za-z][A-Za-zÀ-ž]*")
_PLAIN = re.compile("[A-Za-z]")
_UNSAID = re.compile("[aceinosuyACEINOSUY]")
_GREEK = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "αβψδεφγηιξκλμνοπ;ρστθωχχυζΑΒΨΔΕΦΓΗΙΞΚΛΜΝΟΠ;ΡΣΤΘΩΧΧΥΖ",
)


def data(text: str) -> str:
    """A text of the tenant's or a person's own, as long as the English one and in letters that no interface has."""
    return text.translate(_GREEK)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, dict(attrs))
        if tag in SILENT:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not self._open and data.strip():
            self.found.append(("text", " ".join(data.split())))

    def _note(self, tag: str, values: Mapping[str, str | None]) -> None:
        names = [*SHOWN, "value"] if tag == "input" and values.get("type") in ("submit", "button") else SHOWN
        if tag == "meta" and values.get("name") == "description":
            names = ("content",)
        self.found += [(name, value) for name in names if (value := values.get(name))]


def texts_of(markup: str) -> list[tuple[str, str]]:
    """All that is read on a page, in its order: (`text` or the attribute's name, the words)."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return reader.found


def unsaid(text: str, known: Iterable[str]) -> list[str]:
    """The words of `text` that did not come out of a catalogue, after what the `known` patterns fit is taken out."""
    for pattern in sorted(known, key=len, reverse=True):
        # Whole words only, else "in" would excuse every "min".
        text = re.sub(rf"(?<![A-Za-zÀ-ž])(?:{pattern})(?![A-Za-zÀ-ž])", " ", text)
    wrong, depth = [], 0
    for part in re.split("([⟦⟧])", text):
        if part in "⟦⟧" and part:
            depth += 1 if part == "⟦" else -1
        else:
            sign = _UNSAID if depth > 0 else _PLAIN
            wrong += [word for word in WORD.findall(part) if sign.search(word)]
    return wrong
