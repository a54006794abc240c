"""Codes of coupons and the identity of a shopper, in the forms in which they are compared."""

from __future__ import annotations

import hashlib
import unicodedata

LONGEST_CODE = 40
BATCH_LENGTH = 10
"""Letters of a code that is made: 10 of an alphabet of 30 are 49 bits."""
MOST_CODES = 10_000


def normalise_code(entered: str) -> str:
    """A code as it is kept and looked up: full and half width, capitals, blanks and hyphens make no difference."""
    folded = unicodedata.normalize("NFKC", entered[: LONGEST_CODE * 4]).upper()
    return "".join(letter for letter in folded if letter.isalnum())[:LONGEST_CODE]


def identity_of(email: str) -> str:
    """Whom a limit per shopper counts: a hash, so that the counts hold no address."""
    if not email.strip():
        return ""
    folded = unicodedata.normalize("NFKC", email).strip().casefold()
    return hashlib.sha256(folded.encode()).hexdigest()


def shown_code(prefix: str, letters: str) -> str:
    """`SPRING-ABCDE-FGHJK`: easy to read aloud; entered with or without hyphens."""
    halves = [letters[: len(letters) // 2], letters[len(letters) // 2 :]]
    return "-".join(part for part in (prefix, *halves) if part)
