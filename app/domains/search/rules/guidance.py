"""Synonyms of what is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domains.search.rules.cut import MOST_QUERY_WORDS, words
from app.domains.search.rules.normalise import LONGEST_QUERY, normalise

MOST_WORDS, LONGEST_WORDS = 12, 60
"""Of one entry, and of one word or phrase in signs."""
LONGEST_PHRASE = 5
"""A phrase of a query that may have a synonym has at most this many words."""
MOST_READINGS = 8
"""A query is searched in at most this many ways besides its own."""


@dataclass(frozen=True, slots=True)
class Group:
    """Normalised words for each other."""

    alike: tuple[str, ...]
    is_two_way: bool


def normal_words(written: Iterable[str]) -> list[tuple[str, str]]:
    """(as written, normalised) of each different word; what has no letter and no digit is left out."""
    found: dict[str, str] = {}
    for one in written:
        text = " ".join(one.split())
        alike = normalise(text)
        if alike:
            found.setdefault(alike, text)
    return [(text, alike) for alike, text in found.items()]


def phrases(text: str, locale: str) -> list[str]:
    """The phrases of a normalised text, the longest first: `red tea cup` has `red tea cup`, `red tea`, `tea cup`,
    `red`, `tea`, `cup`. Where no spaces are written, of the words as a dictionary cuts them."""
    places, at = [], 0
    for word in words(text, locale)[:MOST_QUERY_WORDS]:
        begin = text.find(word, at)
        if begin >= 0:
            at = begin + len(word)
            places.append((begin, at))
    found = [
        text[places[first][0] : places[first + length - 1][1]]
        for length in range(min(LONGEST_PHRASE, len(places)), 0, -1)
        for first in range(len(places) - length + 1)
    ]
    return list(dict.fromkeys([text, *found] if text else found))


def readings(text: str, locale: str, groups: Sequence[Group]) -> list[str]:
    """Other texts that mean the same as a normalised one: each with one phrase in other words."""
    found: dict[str, None] = {}
    for phrase in phrases(text, locale):
        for group in groups:
            if phrase not in group.alike or not (group.is_two_way or phrase == group.alike[0]):
                continue
            for other in group.alike:
                if other != phrase and f" {phrase} " not in f" {other} ":
                    found[" ".join(_replaced(text, phrase, other).split())] = None
    found.pop(text, None)
    return list(found)[:MOST_READINGS]


def query_of(text: str) -> str:
    """What a redirect stands for."""
    return normalise(text[:LONGEST_QUERY])


def _replaced(text: str, phrase: str, other: str) -> str:
    """Whole words are replaced where spaces are written, so that `tea` leaves `steak` alone."""
    spaced = f" {text} "
    if f" {phrase} " in spaced:
        return spaced.replace(f" {phrase} ", f" {other} ", 1)
    return text.replace(phrase, other, 1)
