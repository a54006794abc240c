"""Texts made alike, script by script, so that what a shopper types meets what a seller wrote.

The same function serves index and query; what it returns is letters, marks and digits, parted by single spaces.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_QUERY = 200

MARKS = "".join(chr(code) for code in range(0x300, 0x1E00) if unicodedata.category(chr(code))[0] == "M")
"""Vowel signs, tone marks and the like of all scripts that have them in daily use."""
_WITHOUT_MARKS = str.maketrans(dict.fromkeys(MARKS))

_MARKS_REMOVED = re.compile(
    "[\u0591-\u05c7"  # Hebrew points and accents
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"  # Arabic vowel signs, Quranic marks
    "\u0640"  # tatweel only stretches a word
    "\u093c\u09bc\u0a3c\u0abc\u0b3c]"  # nukta: written or left out for the same word
)
_THAI_AM = re.compile("\u0e4d([\u0e48-\u0e4b]*)\u0e32")
_THAI_AM_LATE = re.compile("\u0e4d([\u0e48-\u0e4b]+)")
_LAO_AM = re.compile("\u0ecd([\u0ec8-\u0ecb]*)\u0eb2")
_REPEATED_MARK = re.compile("([\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])\\1+")
_LETTERS = str.maketrans(
    {
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ئ": "ي",
        "ؤ": "و",
        "ة": "ه",
        "ۀ": "ه",
        "ہ": "ه",
        "ک": "ك",
        "ء": None,
        "ँ": "ं",
        "đ": "d",
        "ð": "d",
        "ø": "o",
        "ł": "l",
        "ħ": "h",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ё": "е",
        "ґ": "г",
        "’": "'",
    }
)


def normalise(text: str) -> str:
    """The form in which texts are compared: NFKC and case folded, digits of any script as 0–9, and

    * Latin and Greek without diacritics (Vietnamese `phở` is `pho`), Arabic without vowel signs and tatweel and with
      one form of alef, yeh, heh and kaf, Hebrew without points, Indic scripts without nukta;
    * Thai and Lao with *am* in one piece, whatever the order in which its parts were typed;
    * no format characters (zero-width spaces, direction marks); anything else that is no letter, mark or digit parts
      words.

    It is idempotent, and knows nothing that PostgreSQL could refuse (no NUL, no half of a surrogate pair).
    """
    once = _fold(text)
    again = _fold(once)
    # a few letters fold into letters that fold again; a third form has never been seen, but would be cut short here
    return again if again == once else _fold(again)


def skeleton(term: str) -> str:
    """A normalised text without its marks."""
    return term.translate(_WITHOUT_MARKS)


def clean(text: str, limit: int = LONGEST_QUERY) -> str:
    """An identifier from outside (slug, code) as the database can take it; what it cannot hold names nothing."""
    return "".join(letter for letter in text[:limit] if unicodedata.category(letter) not in ("Cc", "Cs"))


def _fold(text: str) -> str:
    whole = unicodedata.normalize("NFKC", text).casefold()
    whole = unicodedata.normalize("NFKC", whole).translate(_LETTERS)
    # NFKC takes am apart; the dictionaries of words know it whole, behind the tone mark
    whole = _THAI_AM.sub("\\1\u0e33", whole.replace("\u0e40\u0e40", "\u0e41"))
    whole = _LAO_AM.sub("\\1\u0eb3", whole)
    whole = _THAI_AM_LATE.sub("\\1\u0e4d", whole)
    whole = _REPEATED_MARK.sub("\\1", _MARKS_REMOVED.sub("", whole))
    kept: list[str] = []
    for letter in whole:
        kind = unicodedata.category(letter)
        if kind == "Nd":
            kept.append(str(unicodedata.digit(letter)))
        elif kind[0] == "L" and _carries_diacritics(letter):
            kept.append(_bare(letter))
        elif kind[0] in "LN" or (kind[0] == "M" and kept and kept[-1] != " " and not _is_diacritic(letter)):
            kept.append(letter)
        elif kind == "Cf" or _is_diacritic(letter):
            continue
        elif kept and kept[-1] != " ":
            kept.append(" ")
    return "".join(kept).strip()


def _is_diacritic(letter: str) -> bool:
    """Combining marks of the Latin kind. One that is left alone after NFKC stands on no letter that has it."""
    return "\u0300" <= letter <= "\u036f"


def _carries_diacritics(letter: str) -> bool:
    return "\u00c0" <= letter <= "\u03ff" or "\u1e00" <= letter <= "\u1fff"


def _bare(letter: str) -> str:
    parts = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in parts if not unicodedata.combining(part)).translate(_LETTERS)
