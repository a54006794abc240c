"""Texts made alike, script by script, so that what a shopper types meets what a seller wrote.

The same function serves index and query; what it returns is letters, marks and digits, parted by single spaces.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_QUERY = 200

_MARKS_FROM, _MARKS_TO = 0x300, 0x1E00


def _class_of_marks() -> str:
    """The marks of all scripts in daily use as a character class, in ranges: the same in Python and PostgreSQL."""
    codes = [code for code in range(_MARKS_FROM, _MARKS_TO) if unicodedata.category(chr(code))[0] == "M"]
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges) + "]"


MARKS = _class_of_marks()
"""A regular expression of one vowel sign, tone mark or the like."""
_ONE_MARK = re.compile(MARKS)

_MARKS_REMOVED = re.compile(
    "[\u0591-\u05c7"  # Hebrew points and accents
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"  # Arabic vowel signs, Quranic marks
    "\u0640"  # tatweel only stretches a word
    "\u093c\u09bc\u0a3c\u0abc\u0b3c]"  # nukta: written or left out for the same word
)
_BETWEEN_ASCII = re.compile("[^a-z0-9]+")
_THAI_AM = re.compile("\u0e4d([\u0e48-\u0e4b]*)\u0e32")
_THAI_AM_LATE = re.compile("\u0e4d([\u0e48-\u0e4b]+)")
_LAO_AM = re.compile("\u0ecd([\u0ec8-\u0ecb]*)\u0eb2")
_REPEATED_MARK = re.compile("([\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])\\1+")
_SAME_CLASS = ("\u0915-\u0918", "\u091a-\u091d", "\u091f-\u0922", "\u0924-\u0927", "\u092a-\u092d")
_NASALS = "\u0919\u091e\u0923\u0928\u092e"
_HALF_NASAL = re.compile(
    "|".join(f"{nasal}\u094d(?=[{same}])" for nasal, same in zip(_NASALS, _SAME_CLASS, strict=True))
)
"""Devanagari's nasals before a consonant of their class, which an anusvara writes as well: हिन्दी is हिंदी."""
_LAST_LONG = re.compile("(?<=[\u3041-\u3096\u30fc]{3})\u30fc+(?![\u3041-\u3096\u30fc])")
"""The sign of length that ends a longer word is written or left out (JIS Z 8301): コンピューター is コンピュータ, while
ビール is not ビル."""
_KATAKANA = {code: code - 0x60 for code in (*range(0x30A1, 0x30F7), 0x30FD, 0x30FE)}
_LETTERS = str.maketrans(
    {
        **_KATAKANA,
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
      one form of alef, yeh, heh and kaf, Hebrew without points, Indic scripts without nukta and with one form of
      nasals;
    * Japanese with katakana as hiragana, whatever their width, and no sign of length at the end of a longer word;
    * Thai and Lao with *am* in one piece, whatever the order in which its parts were typed;
    * no format characters (zero-width spaces, direction marks); anything else that is no letter, mark or digit parts
      words.

    It is idempotent, and knows nothing that PostgreSQL could refuse (no NUL, no half of a surrogate pair).
    """
    once = _fold(text)
    if text.isascii():
        return once
    again = _fold(once)
    # a few letters fold into letters that fold again; a third form has never been seen, but would be cut short here
    return again if again == once else _fold(again)


def skeleton(term: str) -> str:
    """A normalised text without its marks."""
    return _ONE_MARK.sub("", term)


def clean(text: str, limit: int = LONGEST_QUERY) -> str:
    """An identifier from outside (slug, code) as the database can take it; what it cannot hold names nothing."""
    return "".join(letter for letter in text[:limit] if unicodedata.category(letter) not in ("Cc", "Cs"))


class _Kept(dict[int, str]):
    """What becomes of each character: itself, its bare letter or digit, nothing, or a space. Filled as they come."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        kind = unicodedata.category(letter)
        if kind == "Nd":
            found = str(unicodedata.digit(letter))
        elif kind[0] == "L" and _carries_diacritics(letter):
            found = _bare(letter)
        elif kind == "Cf" or _is_diacritic(letter):
            found = ""
        else:
            found = letter if kind[0] in "LMN" else " "
        self[code] = found
        return found


_KEPT = _Kept()


def _fold(text: str) -> str:
    if text.isascii():
        return _BETWEEN_ASCII.sub(" ", text.lower()).strip()
    whole = unicodedata.normalize("NFKC", text).casefold()
    whole = unicodedata.normalize("NFKC", whole).translate(_LETTERS)
    # NFKC takes am apart; the dictionaries of words know it whole, behind the tone mark
    whole = _THAI_AM.sub("\\1\u0e33", whole.replace("\u0e40\u0e40", "\u0e41"))
    whole = _LAO_AM.sub("\\1\u0eb3", whole)
    whole = _THAI_AM_LATE.sub("\\1\u0e4d", whole)
    whole = _REPEATED_MARK.sub("\\1", _MARKS_REMOVED.sub("", whole))
    whole = " ".join(whole.translate(_KEPT).split())
    # behind the joiners, which stand between a half letter and the next
    return _LAST_LONG.sub("", _HALF_NASAL.sub("\u0902", whole))


def _is_diacritic(letter: str) -> bool:
    """Combining marks of the Latin kind. One that is left alone after NFKC stands on no letter that has it."""
    return "\u0300" <= letter <= "\u036f"


def _carries_diacritics(letter: str) -> bool:
    return "\u00c0" <= letter <= "\u03ff" or "\u1e00" <= letter <= "\u1fff"


def _bare(letter: str) -> str:
    parts = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in parts if not unicodedata.combining(part)).translate(_LETTERS)
