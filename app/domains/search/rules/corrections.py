"""Choosing between corrections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domains.search.rules.normalise import LONGEST_QUERY, normalise

MOST_PARTS = 6
SHORTEST, LONGER = 3, 6
"""A word of fewer than three signs is taken as it is; up to five signs one mistake is forgiven, from six on two. A
mistake is a sign too many, too few, another one, or two that changed places."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A known term: normalised, and as it is written."""

    term: str
    label: str


def parts_to_correct(text: str) -> list[str]:
    """The whole text and each of its words, normalised."""
    whole = normalise(text[:LONGEST_QUERY])
    return list(dict.fromkeys([whole, *whole.split()[:MOST_PARTS]])) if whole else []


def corrected(text: str, candidates: Mapping[str, Sequence[Candidate]]) -> list[str]:
    """What may have been meant, the likeliest first: the whole as a known phrase, and its words one by one. Words
    with a digit are numbers, sizes or codes, where one sign more is another thing: they stay as they are."""
    parts = parts_to_correct(text)
    whole, words = parts[0], parts[0].split()[:MOST_PARTS]
    found: list[tuple[int, str]] = []
    if (phrase := _nearest(whole, candidates.get(whole, ()))) and phrase[1].term != whole:
        found.append((phrase[0], phrase[1].label))
    meant = [_nearest(word, candidates.get(word, ())) for word in words]
    if len(words) > 1 and all(meant):
        known = [entry for entry in meant if entry]
        if " ".join(candidate.term for _, candidate in known) != whole:
            found.append((sum(mistakes for mistakes, _ in known), " ".join(one.label for _, one in known)))
    found.sort(key=lambda entry: entry[0])
    return [label for _, label in found]


def forgiven(text: str) -> int:
    """So many mistakes in a normalised text are taken for slips."""
    return sum((len(word) >= SHORTEST) + (len(word) >= LONGER) for word in text.split() if not _has_digit(word))


def mistakes(one: str, other: str, most: int) -> int | None:
    """How many mistakes lie between two texts (Damerau 1964, each sign in one mistake at most); None: more than
    `most`."""
    if abs(len(one) - len(other)) > most:
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, sign in enumerate(one, start=1):
        last, before, row = before, row, [at]
        for place, wanted in enumerate(other, start=1):
            cost = min(before[place] + 1, row[-1] + 1, before[place - 1] + (sign != wanted))
            if at > 1 and place > 1 and sign == other[place - 2] and one[at - 2] == wanted:
                cost = min(cost, last[place - 2] + 1)
            row.append(cost)
        if min(row) > most and min(before) > most:
            return None
    return row[-1] if row[-1] <= most else None


def _nearest(word: str, candidates: Sequence[Candidate]) -> tuple[int, Candidate] | None:
    if " " not in word and _has_digit(word):
        return 0, Candidate(word, word)
    figures = [part for part in word.split() if _has_digit(part)]
    most = forgiven(word)
    measured = [
        (count, one)
        for one in candidates
        if [part for part in one.term.split() if _has_digit(part)] == figures
        and (count := mistakes(word, one.term, most)) is not None
    ]
    return min(measured, key=lambda entry: entry[0], default=None)


def _has_digit(word: str) -> bool:
    return any(sign.isdigit() for sign in word)
