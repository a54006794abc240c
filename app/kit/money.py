"""Amounts of money: whole minor units with their ISO 4217 currency, exact from the first keystroke to the ledger.

The digits of a currency come from CLDR through Babel (JPY 0, THB 2, KWD 3, CLF 4), never from a table of our own.
CLDR describes practice and differs from ISO 4217 on purpose for some currencies (IQD has 0 digits there, 3 in ISO);
where a market needs something else, its market pack says so. No float ever enters: every entry point raises
TypeError on one.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import get_currency_name, get_currency_symbol, list_currencies

from app.kit.errors import Broken, NotValid

LARGEST = 2**63 - 1  # what a bigint column holds

_CURRENCIES = frozenset(list_currencies())
_PLAIN = re.compile(r"(-?)([0-9]{1,19})(?:\.([0-9]{1,19}))?", re.ASCII)
# Marks of direction that keyboards and copied texts carry along; they have no meaning in a number.
_BIDI_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u2066\u2067\u2068\u2069\u202a\u202b\u202c"))
# The zeros of Arabic, Persian, Thai and Devanagari; keyboards of Japan and China type the whole of ASCII wide.
_FOREIGN_DIGITS = {ord(zero) + value: str(value) for zero in "\u0660\u06f0\u0e50\u0966" for value in range(10)}
_WIDE = {wide: chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0xFFE5: "\u00a5"}
_MINUS_SIGNS = tuple("-\u2212\u2011\ufe63\uff0d")
_ARABIC_DECIMAL, _ARABIC_GROUP = "\u066b", "\u066c"
# Keyboards have one blank and one apostrophe where CLDR has several.
_INTERCHANGEABLE = (" \u00a0\u202f\u2009", "'\u2019")


class MixedCurrencies(Broken):
    """Two currencies met in one sum: always a fault of the program, never of the person."""

    code = "kit.mixed_currencies"
    text = "Amounts in %(left)s and %(right)s cannot be combined."


class UnknownCurrency(NotValid):
    code = "kit.unknown_currency"
    text = "%(currency)s is not a currency code of ISO 4217."


class NotAnAmount(NotValid):
    code = "kit.not_an_amount"
    text = "“%(value)s” is not an amount of money in %(currency)s."


class TooManyDigits(NotValid):
    code = "kit.too_many_digits"
    text = "An amount in %(currency)s has at most %(digits)s decimal places; “%(value)s” has more."


class AmountTooLarge(NotValid):
    code = "kit.amount_too_large"
    text = "This amount in %(currency)s is too large."


class Rounding(enum.StrEnum):
    """What happens to the part below one unit. HALF_* decide only exact halves; the others decide every part."""

    HALF_UP = "half_up"  # away from zero, the commercial rule
    HALF_DOWN = "half_down"  # towards zero
    HALF_EVEN = "half_even"
    HALF_ODD = "half_odd"
    HALF_CEILING = "half_ceiling"  # towards plus infinity
    HALF_FLOOR = "half_floor"  # towards minus infinity
    UP = "up"  # away from zero
    DOWN = "down"  # towards zero
    CEILING = "ceiling"
    FLOOR = "floor"


@lru_cache(maxsize=512)
def _fractions(currency: str) -> tuple[int, int, int, int]:
    """(digits, step, cash digits, cash step) of CLDR; a step of 0 means one unit of the last digit."""
    if currency not in _CURRENCIES:
        raise UnknownCurrency(currency=str(currency))
    table = get_global("currency_fractions")
    return table.get(currency) or table["DEFAULT"]


def digits(currency: str) -> int:
    """The number of decimal places of `currency`. Raises `UnknownCurrency`."""
    return _fractions(currency)[0]


def cash_step_minor(currency: str) -> int:
    """The smallest amount payable in coins, in minor units (CHF 5, NOK 100, THB 1), as CLDR has it."""
    places, _, cash_places, cash_step = _fractions(currency)
    return max(1, cash_step) * 10 ** max(0, places - cash_places)


def divide(numerator: int, denominator: int, mode: Rounding = Rounding.HALF_UP) -> int:
    """`numerator / denominator` rounded to a whole number, exact for any size. The denominator is positive."""
    _whole(numerator)
    _whole(denominator)
    if denominator <= 0:
        raise ValueError("The denominator must be positive.")
    mode = Rounding(mode)
    low, rest = divmod(numerator, denominator)
    if not rest:
        return low
    negative = numerator < 0
    match mode:
        case Rounding.FLOOR:
            up = False
        case Rounding.CEILING:
            up = True
        case Rounding.DOWN:
            up = negative
        case Rounding.UP:
            up = not negative
        case _ if 2 * rest != denominator:
            up = 2 * rest > denominator
        case Rounding.HALF_UP:
            up = not negative
        case Rounding.HALF_DOWN:
            up = negative
        case Rounding.HALF_EVEN:
            up = low % 2 == 1
        case Rounding.HALF_ODD:
            up = low % 2 == 0
        case Rounding.HALF_CEILING:
            up = True
        case _:  # HALF_FLOOR
            up = False
    return low + 1 if up else low


def round_to_minor(amount: Decimal, currency: str, mode: Rounding = Rounding.HALF_UP) -> int:
    """Minor units of an exact amount in major units: `Decimal("1.005")` THB is 101 with HALF_UP, 100 with HALF_EVEN."""
    numerator, denominator = _ratio(amount)
    return _bounded(divide(numerator * 10 ** digits(currency), denominator, mode), currency)


def portion(amount_minor: int, rate: Decimal, mode: Rounding = Rounding.HALF_UP) -> int:
    """`amount × rate`, rounded once: what a rate adds on top (25000.00 at 0.07 is 1750.00)."""
    _whole(amount_minor)
    numerator, denominator = _ratio(rate)
    return divide(amount_minor * numerator, denominator, mode)


def portion_within(amount_minor: int, rate: Decimal, mode: Rounding = Rounding.HALF_UP) -> int:
    """`amount × rate ÷ (1 + rate)`, rounded once: what a rate takes of an amount that already holds it
    (25000.00 at 0.07 is 1635.51). `rate` must lie above -1."""
    _whole(amount_minor)
    numerator, denominator = _ratio(rate)
    if numerator <= -denominator:
        raise ValueError("A contained rate must lie above -1.")
    return divide(amount_minor * numerator, denominator + numerator, mode)


def allocate(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Split `total_minor` in the ratio of `weights`; the parts always sum to the total exactly.

    Largest remainder: each part is first rounded towards zero, then the missing units go to the largest remainders,
    ties in the order of the weights. A negative total is the mirror of the positive one. Weights are whole and not
    negative; when all are zero the total is split equally. No weights: only a total of 0 can be split.
    """
    _whole(total_minor)
    for weight in weights:
        _whole(weight)
        if weight < 0:
            raise ValueError("A weight may not be negative.")
    if not weights:
        if total_minor:
            raise ValueError("An amount cannot be split into no parts.")
        return []
    whole = sum(weights)
    if not whole:
        weights, whole = [1] * len(weights), len(weights)
    size, sign = abs(total_minor), -1 if total_minor < 0 else 1
    parts, remainders = [], []
    for weight in weights:
        part, remainder = divmod(size * weight, whole)
        parts.append(part)
        remainders.append(remainder)
    missing = size - sum(parts)
    # sorted() is stable, so equal remainders keep the order of the weights.
    for index in sorted(range(len(weights)), key=lambda index: -remainders[index])[:missing]:
        parts[index] += 1
    return [sign * part for part in parts]


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: `amount_minor` whole minor units of `currency`. 12900 THB are 129 baht, 18750 KWD are 18.750 dinars.

    Equality compares both fields; order and sums of two currencies raise `MixedCurrencies`.
    """

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        _whole(self.amount_minor)
        _fractions(self.currency)
        _bounded(self.amount_minor, self.currency)

    @classmethod
    def parse(cls, value: str, currency: str) -> Money:
        """An exact decimal string as documents and the API write it: `"18.750"`, `"-4"`; ASCII digits, a point, no
        grouping. Raises `NotAnAmount`, `TooManyDigits`, `UnknownCurrency`, `AmountTooLarge`."""
        if not isinstance(value, str):
            raise TypeError(f"An amount is parsed from text, not from {type(value).__name__}.")
        places = digits(currency)
        found = _PLAIN.fullmatch(value)
        if not found:
            raise NotAnAmount(value=value, currency=currency)
        sign, whole, part = found[1], found[2], found[3] or ""
        if len(part) > places:
            raise TooManyDigits(value=value, currency=currency, digits=places)
        amount = int(whole + part.ljust(places, "0"))
        return cls(-amount if sign else amount, currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(0, currency)

    @classmethod
    def total(cls, amounts: Iterable[Money], currency: str) -> Money:
        """The sum of `amounts`, all in `currency`; 0 of it when there is none."""
        result = 0
        for amount in amounts:
            if amount.currency != currency:
                raise MixedCurrencies(left=currency, right=amount.currency)
            result += amount.amount_minor
        return cls(result, currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, with all digits of the currency: `Decimal("18.750")`."""
        sign = 1 if self.amount_minor < 0 else 0
        figures = tuple(int(figure) for figure in str(abs(self.amount_minor)))
        return Decimal((sign, figures, -digits(self.currency)))

    @property
    def plain(self) -> str:
        """The text that `parse` reads back: `"18.750"`."""
        return f"{self.decimal:f}"

    def __str__(self) -> str:
        return f"{self.plain} {self.currency}"

    def __bool__(self) -> bool:
        return self.amount_minor != 0

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.amount_minor), self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.amount_minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount_minor - self._same(other), self.currency)

    def __mul__(self, count: int) -> Money:
        """A whole number of times. A rate is applied by `portion`, which says how it rounds."""
        return Money(self.amount_minor * _whole(count), self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.amount_minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount_minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount_minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount_minor >= self._same(other)

    def allocate(self, weights: Sequence[int]) -> list[Money]:
        """As the function `allocate`."""
        return [Money(part, self.currency) for part in allocate(self.amount_minor, weights)]

    def _same(self, other: Money) -> int:
        if not isinstance(other, Money):
            raise TypeError(f"Money combines with Money, not with {type(other).__name__}.")
        if other.currency != self.currency:
            raise MixedCurrencies(left=self.currency, right=other.currency)
        return other.amount_minor


def cash_round(amount: Money, step_minor: int | None = None, mode: Rounding = Rounding.HALF_UP) -> Money:
    """The amount payable in coins: rounded to `step_minor`, or to the step CLDR has for the currency. Only ever the
    total of a bill; the difference gets a line and a posting of its own."""
    step = cash_step_minor(amount.currency) if step_minor is None else _whole(step_minor)
    return Money(divide(amount.amount_minor, step, mode) * step, amount.currency)


def parse_localised(value: str, currency: str, locale: str) -> Money:
    """An amount as a person types it in `locale`: its decimal and grouping signs, Arabic-Indic, Persian, Thai,
    Devanagari and wide digits, any minus sign, and the currency's sign, name or code at either end (`1,234円`).

    Grouping must be that of the locale (`1,234` yes, `12,34` no in English), so that a decimal comma is refused in a
    locale of the point instead of being read as a hundredfold. Raises as `Money.parse`.
    """
    if not isinstance(value, str):
        raise TypeError(f"An amount is parsed from text, not from {type(value).__name__}.")
    places = digits(currency)
    refused = NotAnAmount(value=value, currency=currency)
    language = _language(locale)
    text = _without_sign_of_currency(value.translate(_BIDI_MARKS).translate(_WIDE), currency, language)
    minus = text.startswith(_MINUS_SIGNS) or text.endswith(_MINUS_SIGNS)
    if minus:
        text = text[1:] if text.startswith(_MINUS_SIGNS) else text[:-1]
    text = _without_sign_of_currency(text, currency, language).translate(_FOREIGN_DIGITS)
    symbols = language.number_symbols["latn"]
    text = text.replace(_ARABIC_DECIMAL, symbols["decimal"]).replace(_ARABIC_GROUP, symbols["group"])
    group = next((signs for signs in _INTERCHANGEABLE if symbols["group"] in signs), symbols["group"])
    whole, point, part = text.partition(symbols["decimal"])
    first, second = language.decimal_formats[None].grouping  # (3, 3), in India (3, 2)
    sign = f"[{re.escape(group)}]"
    grouped = rf"[0-9]{{1,{second}}}(?:{sign}[0-9]{{{second}}})*{sign}[0-9]{{{first}}}"
    if not re.fullmatch(rf"[0-9]+|{grouped}", whole) or (point and not re.fullmatch("[0-9]+", part)):
        raise refused
    if len(part) > places:
        raise TooManyDigits(value=value, currency=currency, digits=places)
    figures = re.sub(r"[^0-9]", "", whole)
    if len(figures) > 19:
        raise AmountTooLarge(currency=currency)
    amount = Money.parse(figures + (f".{part}" if part else ""), currency)
    return -amount if minus else amount


def _without_sign_of_currency(text: str, currency: str, language: Locale) -> str:
    text = text.strip()
    signs = {currency, get_currency_symbol(currency, language).translate(_BIDI_MARKS).translate(_WIDE)}
    signs |= {get_currency_name(currency, count, language) for count in (None, 1, 2)}
    for sign in sorted(signs, key=len, reverse=True):
        if text.upper().startswith(sign.upper()):
            return text[len(sign) :].strip()
        if text.upper().endswith(sign.upper()):
            return text[: -len(sign)].strip()
    return text


def _language(locale: str) -> Locale:
    """CLDR's data of the tag, or of its language where the tag has a country that CLDR does not know (`en-KW`)."""
    tag = locale.replace("-", "_")
    try:
        return Locale.parse(tag)
    except UnknownLocaleError:
        return Locale.parse(tag.split("_")[0])


def _whole(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"A whole number is needed here, not {type(value).__name__}.")
    return value


def _ratio(value: Decimal) -> tuple[int, int]:
    if not isinstance(value, Decimal):
        raise TypeError(f"A Decimal is needed here, not {type(value).__name__}.")
    if not value.is_finite():
        raise ValueError(f"{value} is not a number to calculate with.")
    return value.as_integer_ratio()


def _bounded(amount_minor: int, currency: str) -> int:
    if abs(amount_minor) > LARGEST:
        raise AmountTooLarge(currency=currency)
    return amount_minor
