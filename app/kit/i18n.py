"""Languages without a web framework: texts, plurals, numbers, money, dates, lists, direction. Domains and jobs use it.

A locale is a BCP 47 tag (`th`, `ar-KW`). Decisions that CLDR leaves open:

* Digits follow the numbering system CLDR gives the tag: Arabic-Indic for `ar-KW`, Latin for plain `ar`. So a
  storefront chooses its digits by its tag. Babel only swaps the separators; the digits are translated here.
* Grouping and the order of a date follow the market's country where CLDR knows the language there (`in_country`):
  English in India counts in lakhs. It never changes the digits.
* What comes out in a right-to-left locale is wrapped in an isolate (FSI … PDI), so that an amount keeps its shape
  inside a sentence of the other direction; a left-to-right result is plain.
* The Buddhist calendar (year + 543, era พ.ศ.) is shown to readers of Thai. Other languages read the Gregorian year on
  the same storefront, because 2569 without its era would be taken for an error.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel import dates as babel_dates
from babel import numbers as babel_numbers
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from app.kit.errors import NotValid
from app.kit.money import Money
from app.kit.settings import ROOT

LOCALES = ROOT / "locales"
SOURCE = "en"
PSEUDO = "en-XA"
"""The pseudo-locale: every text of the catalogue longer and accented, so that an untranslated one shows."""

Style = Literal["short", "medium", "long", "full"]
Calendar = Literal["gregorian", "buddhist"]

_BUDDHIST_OFFSET = 543  # the Thai solar calendar since 1941: same months and days, years from 543 BC
_BUDDHIST_LANGUAGE, _BUDDHIST_ERA = "th", "พ.ศ."
# What stands between the parts of a plain enumeration; CLDR's lists all end in an "and" or have no comma.
_COMMAS = {"ja": "、", "zh": "、", **dict.fromkeys(("ar", "fa", "ur"), "، ")}
_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
# The zero of each numbering system; the other nine follow it in Unicode.
_ZEROS = {
    "arab": "\u0660",
    "arabext": "\u06f0",
    "deva": "\u0966",
    "beng": "\u09e6",
    "guru": "\u0a66",
    "mymr": "\u1040",
    "tibt": "\u0f20",
    "thai": "\u0e50",
    "cakm": "\U00011136",
    "adlm": "\U0001e950",
    "olck": "\u1c50",
    "rohg": "\U00010d30",
    "mtei": "\uabf0",
}


class UnknownLanguage(NotValid):
    code = "kit.unknown_language"
    text = "“%(locale)s” is not a language that is known here."


def N_(text: str) -> str:
    """Mark a source text for extraction without translating it yet."""
    return text


@lru_cache(maxsize=256)
def babel_locale(locale: str) -> Locale:
    """The CLDR data of a tag; a tag that CLDR knows only in part (`en-KW`) falls back to its language.

    Raises `UnknownLanguage`; nothing but a well-formed tag ever becomes part of a path.
    """
    if locale == PSEUDO:
        return Locale.parse(SOURCE)
    if not isinstance(locale, str) or not _TAG.fullmatch(locale):
        raise UnknownLanguage(locale=str(locale))
    for tag in lineage(locale):
        try:
            return Locale.parse(tag.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            continue
    raise UnknownLanguage(locale=locale)


def check_language(locale: str) -> None:
    """Raises `UnknownLanguage` for what documents may not name: unknown tags, and the pseudo-locale of the tests."""
    if locale == PSEUDO:
        raise UnknownLanguage(locale=locale)
    babel_locale(locale)


def lineage(locale: str) -> list[str]:
    """The tag and its parents, nearest first: `zh-Hant-TW`, `zh-Hant`, `zh`."""
    parts = locale.replace("_", "-").split("-")
    return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]


def in_country(locale: str, country: str) -> str:
    """The tag by which figures and dates are written for readers of `locale` in a country (ISO 3166): `en` in India is
    `en-IN`, with lakhs and the day before the month. Only where CLDR knows the language there, and the digits stay
    those of the tag: `ar` in Kuwait remains `ar`."""
    language = babel_locale(locale)
    if locale == PSEUDO or language.territory:
        return locale
    try:
        regional = Locale.parse(f"{locale}-{country.upper()}".replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return locale
    same_digits = regional.default_numbering_system == language.default_numbering_system
    return f"{locale}-{country.upper()}" if same_digits else locale


# --- texts of the interface -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Translator:
    """The interface's texts in one locale; what is not translated is the English source."""

    locale: str
    catalogue: NullTranslations
    change: Callable[[str], str] = str

    def gettext(self, message: str) -> str:
        # An empty msgid is the header of the catalogue.
        return self.change(self.catalogue.gettext(message)) if message else ""

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return self.change(self.catalogue.ngettext(singular, plural, number))

    def pgettext(self, context: str, message: str) -> str:
        return self.change(self.catalogue.pgettext(context, message)) if message else ""

    def npgettext(self, context: str, singular: str, plural: str, number: int) -> str:
        return self.change(self.catalogue.npgettext(context, singular, plural, number))


@lru_cache(maxsize=64)
def translator(locale: str, folder: Path = LOCALES) -> Translator:
    """The translator of a locale, read once per process from `<folder>/<tag>/LC_MESSAGES/messages.po`: first the
    tag's own catalogue, then its parents', then the English source. Raises `UnknownLanguage`."""
    if locale == PSEUDO:
        return Translator(PSEUDO, NullTranslations(), pseudo)
    babel_locale(locale)
    found: NullTranslations = NullTranslations()
    for tag in reversed(lineage(locale)):
        path = folder / tag.replace("-", "_") / "LC_MESSAGES" / "messages.po"
        if path.is_file():
            catalogue = _read(path, babel_locale(tag))
            catalogue.add_fallback(found)
            found = catalogue
    return Translator(locale, found)


def _read(path: Path, language: Locale) -> Translations:
    with path.open("rb") as file:
        # Without a locale Babel drops the plural rule of the header, and every Arabic number becomes singular.
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


_KEPT = re.compile(r"%\([^)]*\)[#0\- +]*[\d.]*[a-zA-Z]|%[sd%]|\{[^{}]*\}|<[^<>]*>|&\w+;|https?://\S+")
_TAIL = 8
_ACCENTS = str.maketrans("aceinosuyACEINOSUY", "àçéîñöšûýÀÇÉÎÑÖŠÛÝ")


def pseudo(message: str) -> str:
    """`Add to basket` as `⟦Àdd tö bàškét~~~~⟧`: a third longer, accented; placeholders and tags stay whole. The tail
    of a long text is broken as words are."""
    if not message:
        return ""
    parts, end = [], 0
    for kept in _KEPT.finditer(message):
        parts += [message[end : kept.start()].translate(_ACCENTS), kept[0]]
        end = kept.end()
    parts.append(message[end:].translate(_ACCENTS))
    longer = -(-len(message) // 3)
    tail = " ".join("~" * min(_TAIL, longer - start) for start in range(0, longer, _TAIL))
    return f"⟦{''.join(parts)}{tail}⟧"


# --- texts that people wrote, one value per language ------------------------------------------------------------


def text(value: Mapping[str, str], locale: str, fallbacks: Iterable[str] = ()) -> str:
    """The best text of `{bcp47: text}` for a reader: the tag, its parents, another variety of the same language, then
    the same for each of `fallbacks` (the market pack's languages), then English, then whatever there is; "" if none."""
    written = {tag.replace("_", "-").lower(): words for tag, words in value.items() if words}
    for wanted in (locale, *fallbacks, SOURCE):
        tags = [tag.lower() for tag in lineage(wanted)]
        for tag in tags:
            if tag in written:
                return written[tag]
        for tag, words in written.items():
            if tag.split("-")[0] == tags[-1]:
                return words
    return next(iter(written.values()), "")


# --- figures ----------------------------------------------------------------------------------------------------


def isolate(value: str) -> str:
    """`value` as an island in a text of any direction."""
    return f"{_ISOLATE}{value}{_END_OF_ISOLATE}"


@lru_cache(maxsize=4096)
def format_money(amount: Money, locale: str) -> str:
    """`฿1,290.00`, `KWD 18.750`, `١٨٫٧٥٠ د.ك.`: all digits of the currency, never rounded (minor units are exact)."""
    language = babel_locale(locale)
    shown = babel_numbers.format_currency(
        amount.decimal, amount.currency, locale=language, numbering_system=_numbering(language)
    )
    return _finish(_apart(shown, babel_numbers.get_currency_symbol(amount.currency, language)), language)


def format_number(value: int | Decimal, locale: str) -> str:
    """A whole number or a Decimal with all its digits, grouped as the locale does."""
    language = babel_locale(locale)
    shown = babel_numbers.format_decimal(
        _exact(value), locale=language, decimal_quantization=False, numbering_system=_numbering(language)
    )
    return _finish(shown, language)


def format_percent(rate: Decimal, locale: str) -> str:
    """A rate as percentage with all its digits: 0.07 is `7%`, 0.075 is `7.5%`."""
    language = babel_locale(locale)
    shown = babel_numbers.format_percent(
        _exact(rate), locale=language, decimal_quantization=False, numbering_system=_numbering(language)
    )
    signs = language.number_symbols[_numbering(language)]
    return _finish(shown.replace("%", signs["percentSign"]), language)


def join(values: Sequence[str], locale: str, style: Literal["standard", "or", "unit"] = "standard") -> str:
    """`a, b and c` in the manner of the locale."""
    return format_list(list(values), style=style, locale=babel_locale(locale)) if values else ""


def enumerate_words(values: Iterable[str], locale: str) -> str:
    """`a, b, c` on one line, without an "and": `a、b、c` in Japanese, `a، b، c` in Arabic."""
    return _COMMAS.get(babel_locale(locale).language, ", ").join(values)


def _exact(value: int | Decimal) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"A number is an int or a Decimal, not {type(value).__name__}.")
    return Decimal(value)


def _numbering(language: Locale) -> str:
    system = language.default_numbering_system
    known = language.number_symbols.get(system)
    # A system without separators of its own is an alias; its digits go with the Latin separators.
    return system if system in _ZEROS and isinstance(known, Mapping) and "decimal" in known else "latn"


@lru_cache(maxsize=64)
def _digits_of(language: Locale) -> dict[int, str]:
    zero = _ZEROS.get(language.default_numbering_system)
    return {} if zero is None else {ord("0") + value: chr(ord(zero) + value) for value in range(10)}


def _finish(shown: str, language: Locale) -> str:
    shown = shown.translate(_digits_of(language))
    return isolate(shown) if language.text_direction == "rtl" else shown


def _apart(shown: str, symbol: str) -> str:
    """CLDR puts a no-break space between letters of a currency and a digit (`KWD 18.750`); Babel leaves it out."""
    if symbol[-1:].isalpha():
        shown = re.sub(rf"({re.escape(symbol)})(?=\d)", "\\1\u00a0", shown)
    if symbol[:1].isalpha():
        shown = re.sub(rf"(?<=\d)({re.escape(symbol)})", "\u00a0\\1", shown)
    return shown


# --- dates ------------------------------------------------------------------------------------------------------


def format_date(value: date, locale: str, style: Style = "medium", calendar: Calendar = "gregorian") -> str:
    """A civil date: `22 พ.ย. 2569` for Thai with the Buddhist calendar, `Nov 22, 2026` for English.

    A datetime is refused (TypeError): which day it is depends on a zone, see `format_datetime`.
    """
    if isinstance(value, datetime) or not isinstance(value, date):
        raise TypeError(f"A date is needed here, not {type(value).__name__}.")
    language = babel_locale(locale)
    pattern = _in_calendar(language.date_formats[style].pattern, value.year, language, calendar)
    return _finish(babel_dates.format_date(value, pattern, locale=language), language)


def format_datetime(
    value: datetime, locale: str, time_zone: str, style: Style = "medium", calendar: Calendar = "gregorian"
) -> str:
    """A moment as the clock of `time_zone` (IANA name) shows it: date in `style`, time of day to the minute. A naive
    datetime is refused (ValueError)."""
    if value.tzinfo is None:
        raise ValueError("A moment without a zone cannot be shown in one.")
    language, local = babel_locale(locale), value.astimezone(ZoneInfo(time_zone))
    day = _in_calendar(language.date_formats[style].pattern, local.year, language, calendar)
    frame = str(language.datetime_formats[style])
    pattern = frame.replace("{0}", language.time_formats["short"].pattern).replace("{1}", day)
    return _finish(babel_dates.format_datetime(local, pattern, tzinfo=local.tzinfo, locale=language), language)


def format_time(value: datetime | time, locale: str, time_zone: str | None = None) -> str:
    """A time of day to the minute; a datetime needs its `time_zone`."""
    language = babel_locale(locale)
    if isinstance(value, datetime):
        if value.tzinfo is None or time_zone is None:
            raise ValueError("A moment is shown in a zone.")
        value = value.astimezone(ZoneInfo(time_zone)).time()
    return _finish(babel_dates.format_time(value, "short", locale=language), language)


def year_in(calendar: Calendar, year: int) -> int:
    """The number of a Gregorian year in a calendar: 2026 is 2569 in the Buddhist one."""
    return year + _BUDDHIST_OFFSET if calendar == "buddhist" else year


_FIELD = re.compile(r"'(?:[^']|'')*'|y+|G+")


def _in_calendar(pattern: str, year: int, language: Locale, calendar: Calendar) -> str:
    """The CLDR pattern with year and era of the calendar as literals. The date itself must not be shifted by years:
    its weekday would change, and 29 February would vanish."""
    if calendar != "buddhist" or language.language != _BUDDHIST_LANGUAGE:
        return pattern

    def field(found: re.Match[str]) -> str:
        if found[0][0] == "'":
            return found[0]
        if found[0][0] == "G":
            return f"'{_BUDDHIST_ERA}'"
        shown = str(year_in(calendar, year))
        return f"'{shown[-2:] if found[0] == 'yy' else shown}'"

    return _FIELD.sub(field, pattern)


# --- languages and countries ------------------------------------------------------------------------------------


def direction(locale: str) -> Literal["ltr", "rtl"]:
    """For the `dir` attribute."""
    return "rtl" if babel_locale(locale).text_direction == "rtl" else "ltr"


def language_name(locale: str) -> str:
    """The language's name in itself, for a menu: `ไทย`, `العربية`, `English`; with the script where the tag has one."""
    language = babel_locale(locale)
    name = language.get_language_name(language) or locale
    if language.script and f"-{language.script}".lower() in locale.replace("_", "-").lower():
        name = f"{name} ({language.get_script_name(language)})"
    return name[:1].upper() + name[1:]


def country_name(country: str, locale: str) -> str:
    """The name of an ISO 3166 country in a language; the code itself where CLDR has none."""
    return babel_locale(locale).territories.get(country.upper(), country.upper())


@dataclass(frozen=True, slots=True)
class Week:
    """Days are 0 for Monday to 6 for Sunday."""

    first_day: int
    weekend: tuple[int, ...]


@lru_cache(maxsize=300)
def week_of(country: str) -> Week:
    """First day of the week and weekend of a country by CLDR: Kuwait Friday and Saturday."""
    language = Locale.parse(f"und_{country.upper()}")
    start, end = language.weekend_start, language.weekend_end
    return Week(language.first_week_day, tuple((start + step) % 7 for step in range((end - start) % 7 + 1)))
