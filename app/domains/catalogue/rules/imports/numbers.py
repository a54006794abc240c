"""Numbers as files write them: exact, with a point, without grouping."""

from __future__ import annotations

import re
from decimal import Decimal

from app.domains.catalogue.rules.checks import LARGEST_COUNT
from app.kit.money import Rounding, digits, divide

_PLAIN = re.compile(r"([+-]?)([0-9]{1,15})(?:\.([0-9]{0,15}))?", re.ASCII)


class NotANumber(ValueError):
    """The text is no number of this kind."""


class TooPrecise(ValueError):
    """The price has more decimal places than its currency."""


def read_decimal(text: str) -> Decimal:
    """`-12.50`. Raises `NotANumber`; an exponent, a grouping sign and a decimal comma are refused, not guessed."""
    match = _PLAIN.fullmatch(text.strip())
    if match is None:
        raise NotANumber(text)
    return Decimal(f"{match[1]}{match[2]}.{match[3] or '0'}")


def read_price(text: str, currency: str) -> Decimal:
    """A price in major units with the digits of its currency. `1290.00` is a price in JPY, `1290.50` is not: what
    is cut off must be zero. Raises `NotANumber`, `TooPrecise`."""
    value = read_decimal(text)
    if value < 0:
        raise NotANumber(text)
    step = Decimal(1).scaleb(-digits(currency))
    exact = value.quantize(step)
    if exact != value:
        raise TooPrecise(text)
    return exact


def convert(price: Decimal, rate: Decimal, currency: str) -> Decimal:
    """`price × rate` in major units of the target currency, rounded half up to its digits, once."""
    places = digits(currency)
    numerator, denominator = (price * rate).as_integer_ratio()
    return Decimal(divide(numerator * 10**places, denominator, Rounding.HALF_UP)).scaleb(-places)


def read_count(text: str) -> int:
    """A whole number; `12.0` is one. Raises `NotANumber`."""
    value = read_decimal(text)
    whole = int(value)
    if whole != value or abs(whole) > LARGEST_COUNT:
        raise NotANumber(text)
    return whole


def read_grams(text: str, factor: Decimal = Decimal(1)) -> int:
    """A weight times `factor`, in whole grams, rounded half up. Raises `NotANumber`."""
    value = read_decimal(text) * factor
    if not 0 <= value <= LARGEST_COUNT:
        raise NotANumber(text)
    return divide(*value.as_integer_ratio(), Rounding.HALF_UP)


def read_gtin(text: str) -> str:
    """An article number (GTIN-8, -12, -13, -14) with a right check digit, without blanks, hyphens, and the
    apostrophe by which spreadsheets are kept from making it a number. Raises `NotANumber`.

    The check digit: GS1 General Specifications, 7.9: from the right, digits count three times and once in turn.
    """
    compact = re.sub(r"[\s'-]", "", text)
    if len(compact) not in (8, 12, 13, 14) or not (compact.isascii() and compact.isdecimal()):
        raise NotANumber(text)
    odd, even = compact[-1::-2], compact[-2::-2]
    if (sum(map(int, odd)) + 3 * sum(map(int, even))) % 10:
        raise NotANumber(text)
    return compact
