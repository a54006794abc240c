"""Normalised texts cut into words: by spaces, by ICU's dictionaries where no spaces are written, by pairs in
Chinese, Japanese and Korean.

A text is indexed under the words of all analysers; a query is asked of each analyser apart, because two of them may
cut the same compound in two ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import rjieba
from icu4py.breakers import WordBreaker

LONGEST_WORD = 64
MOST_QUERY_WORDS = 12

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々〆"
_CJK = f"{_HAN}\u3041-\u30ff\u31f0-\u31ff\uac00-\ud7af"
_DICTIONARY = "\u0e00-\u0eff\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\u1780-\u17ff\u1950-\u19df"
_RUN = re.compile(f"[{_CJK}]+|[{_DICTIONARY}]+|[^{_CJK}{_DICTIONARY}]+")
_IS_HAN = re.compile(f"[{_HAN}]+")
_IS_CJK = re.compile(f"[{_CJK}]")
_UNSPACED = re.compile(f"[{_CJK}{_DICTIONARY}]")
_JOINING = re.compile("[\u0620-\u06ff\u0750-\u077f\u08a0-\u08ff]")
_FIGURES = re.compile(r"[0-9]+|[^0-9]+")


def words(text: str, locale: str) -> list[str]:
    """The words of a normalised text as people would cut it, in order."""
    return [word for run in _runs(text) for word in _words_of(run, locale)]


def index_words(text: str, locale: str) -> list[str]:
    """Everything a normalised text shall be found by, in order: its words by each analyser, pairs and single signs of
    Chinese, Japanese and Korean, and figures apart from the unit they are written on (`128gb`: `128`, `gb`)."""
    found: list[str] = []
    for run in _runs(text):
        found.extend(_words_of(run, locale))
        if _IS_CJK.match(run):
            found.extend(_searched_han(run))
            found.extend(_pairs(run))
            found.extend(run)
        elif not _UNSPACED.match(run) and len(parts := _FIGURES.findall(run)) > 1:
            found.extend(parts)
    return [word[:LONGEST_WORD] for word in found]


def query_arms(text: str, locale: str) -> list[tuple[str, ...]]:
    """The ways to read a normalised query: the words of each must all be found. At most `MOST_QUERY_WORDS` each."""
    runs = list(_runs(text))
    plain = [word for run in runs for word in _words_of(run, locale)]
    arms = [plain]
    if any(_IS_CJK.match(run) for run in runs):
        for cut in (_segments_of_han, _pairs):
            arms.append([part for run in runs for part in (cut(run) if _IS_CJK.match(run) else _words_of(run, locale))])
    limited = [tuple(word[:LONGEST_WORD] for word in arm[:MOST_QUERY_WORDS]) for arm in arms]
    return [arm for arm in dict.fromkeys(limited) if arm]


def is_found_inside(part: str) -> bool:
    """May this part of a query stand in the middle of a word? In scripts without spaces, and in Arabic, where
    article and conjunctions are written on to the word; elsewhere `tea` must not find `steak`."""
    return bool(_UNSPACED.search(part) or _JOINING.search(part))


def _runs(text: str) -> Iterator[str]:
    for part in text.split():
        yield from _RUN.findall(part)


def _words_of(run: str, locale: str) -> list[str]:
    if not _UNSPACED.match(run):
        return [run]
    if _IS_HAN.fullmatch(run) and not locale.startswith("ja"):
        return list(rjieba.cut(run))
    return [run[start:end] for start, end in WordBreaker(run, locale).segments()]


def _searched_han(run: str) -> list[str]:
    return [word for han in _IS_HAN.findall(run) for word in rjieba.cut_for_search(han)]


def _segments_of_han(run: str) -> list[str]:
    return [run[start:end] for start, end in WordBreaker(run, "zh").segments()]


def _pairs(run: str) -> list[str]:
    """`東京都` as `東京`, `京都`; a single sign as itself."""
    return [run[place : place + 2] for place in range(len(run) - 1)] or [run]
