"""Addresses in every script: letters, their marks, digits, single hyphens; lower case."""

from __future__ import annotations

import unicodedata

LONGEST = 120


def slugify(text: str) -> str:
    """`Silk Scarf, 2 m` is `silk-scarf-2-m`, `ผ้าไหม มัดหมี่` is `ผ้าไหม-มัดหมี่`. Empty if nothing can be kept.

    NFC, never NFKC: the compatibility form takes Thai and Lao vowels apart. Marks stay: without them a Thai or
    Hindi word is another word. Format characters (direction marks, soft hyphens) vanish.
    """
    parts: list[str] = []
    word: list[str] = []
    for letter in unicodedata.normalize("NFC", text).lower():
        kind = unicodedata.category(letter)
        if kind[0] in "LN" or (kind[0] == "M" and word):
            word.append(letter)
        elif kind != "Cf" and word:
            parts.append("".join(word))
            word = []
    if word:
        parts.append("".join(word))
    # the cut may leave a hyphen at the end, and lowering may have made letters that only NFC joins
    return unicodedata.normalize("NFC", "-".join(parts))[:LONGEST].rstrip("-")


def is_slug(text: str) -> bool:
    return bool(text) and slugify(text) == text


def numbered(slug: str, number: int) -> str:
    """`silk` with 2 is `silk-2`: the address of the second of one name, not longer than any."""
    tail = f"-{number}"
    return slug[: LONGEST - len(tail)].rstrip("-") + tail
