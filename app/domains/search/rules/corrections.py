"""Choosing between corrections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from app.domains.search.rules.normalise import LONGEST_QUERY, normalise

MOST_PARTS = 6
NEAR = 0.6
"""From this likeness on (0 to 1, Ratcliff and Obershelp) a term is taken for what was meant: `scraf` is 0.8 of
`scarf`, `silver` 0.4 of `scarf`."""


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
    """What may have been meant, the likeliest first: the whole as a known phrase, and its words one by one."""
    parts = parts_to_correct(text)
    whole, words = parts[0], parts[0].split()[:MOST_PARTS]
    found: list[tuple[float, str]] = []
    if (phrase := _nearest(whole, candidates.get(whole, ()))) and phrase[1].term != whole:
        found.append((phrase[0], phrase[1].label))
    meant = [_nearest(word, candidates.get(word, ())) for word in words]
    if len(words) > 1 and all(meant):
        known = [entry for entry in meant if entry]
        alike = " ".join(candidate.term for _, candidate in known)
        if alike != whole:
            found.append((_likeness(whole, alike), " ".join(candidate.label for _, candidate in known)))
    found.sort(key=lambda entry: -entry[0])
    return [label for _, label in found]


def _nearest(word: str, candidates: Sequence[Candidate]) -> tuple[float, Candidate] | None:
    likest = max(((_likeness(word, one.term), one) for one in candidates), key=lambda entry: entry[0], default=None)
    return likest if likest is not None and likest[0] >= NEAR else None


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
