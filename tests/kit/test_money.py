"""Amounts: exact parsing, rounding, allocation and cash rounding, against the rules themselves."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit import money
from app.kit.money import (
    AmountTooLarge,
    MixedCurrencies,
    Money,
    NotAnAmount,
    Rounding,
    TooManyDigits,
    UnknownCurrency,
    allocate,
    cash_round,
    divide,
    parse_localised,
    portion,
    portion_within,
    round_to_minor,
)

CURRENCIES = st.sampled_from(["JPY", "THB", "KWD", "CLF", "CHF", "USD", "IQD"])
AMOUNTS = st.integers(-(10**15), 10**15)
MODES = st.sampled_from(list(Rounding))


@pytest.mark.parametrize(
    ("currency", "places", "cash_step"),
    [("JPY", 0, 1), ("THB", 2, 1), ("KWD", 3, 1), ("CLF", 4, 1), ("CHF", 2, 5), ("NOK", 2, 100), ("DKK", 2, 50)],
)
def test_digits_and_coins_come_from_cldr(currency, places, cash_step):
    assert money.digits(currency) == places
    assert money.cash_step_minor(currency) == cash_step


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("18.750", "KWD", 18750),
        ("18.75", "KWD", 18750),
        ("18", "KWD", 18000),
        ("-0.005", "KWD", -5),
        ("1290.00", "THB", 129000),
        ("1234", "JPY", 1234),
        ("0.0001", "CLF", 1),
        ("-0", "THB", 0),
    ],
)
def test_plain_text_is_read_exactly(text, currency, minor):
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "1,5", "1.", ".5", "+1", "1e3", "0x1", "--1", "NaN", "Infinity", "١٢", "๑๒", "1_000", "²"]
)
def test_plain_text_refuses_everything_else(text):
    with pytest.raises(NotAnAmount):
        Money.parse(text, "THB")


@pytest.mark.parametrize(
    ("text", "currency"), [("1.234", "THB"), ("1.0", "JPY"), ("18.7500", "KWD"), ("0.00001", "CLF")]
)
def test_more_digits_than_the_currency_has_are_refused_not_rounded(text, currency):
    with pytest.raises(TooManyDigits) as refused:
        Money.parse(text, currency)
    assert refused.value.facts["digits"] == money.digits(currency)
    assert text in str(refused.value)


def test_an_unknown_currency_is_refused():
    for currency in ("XXZ", "thb", "", "฿"):
        with pytest.raises(UnknownCurrency):
            Money(1, currency)


def test_an_amount_that_no_column_holds_is_refused():
    assert Money(money.LARGEST, "THB").amount_minor == money.LARGEST
    with pytest.raises(AmountTooLarge):
        Money(money.LARGEST, "THB") + Money(1, "THB")
    with pytest.raises(AmountTooLarge):
        Money.parse("9" * 19, "THB")
    with pytest.raises(AmountTooLarge):
        parse_localised("9" * 40, "THB", "th")


@given(AMOUNTS, CURRENCIES)
def test_text_and_amount_are_the_same_thing(amount, currency):
    value = Money(amount, currency)
    assert Money.parse(value.plain, currency) == value
    assert round_to_minor(value.decimal, currency) == amount
    assert value.decimal.as_tuple().exponent == -money.digits(currency)


@given(AMOUNTS, AMOUNTS, CURRENCIES, st.integers(-1000, 1000))
def test_sums_and_multiples_are_those_of_whole_numbers(left, right, currency, count):
    one, other = Money(left, currency), Money(right, currency)
    assert one + other == other + one == Money(left + right, currency)
    assert one - other == -(other - one)
    assert one * count == count * one == Money(left * count, currency)
    assert (one < other, one <= other, one > other, one >= other) == (
        left < right, left <= right, left > right, left >= right
    )  # fmt: skip
    assert Money.total([one, other], currency) == one + other
    assert abs(one).amount_minor == abs(left) and bool(one) == bool(left)


def test_two_currencies_never_meet():
    baht, dinar = Money(100, "THB"), Money(100, "KWD")
    assert baht != dinar
    for meeting in (
        lambda: baht + dinar,
        lambda: baht - dinar,
        lambda: baht < dinar,
        lambda: baht <= dinar,
        lambda: baht > dinar,
        lambda: baht >= dinar,
        lambda: Money.total([baht, dinar], "THB"),
    ):
        with pytest.raises(MixedCurrencies) as refused:
            meeting()
        assert refused.value.facts == {"left": "THB", "right": "KWD"}


def test_a_float_a_bool_and_a_rate_are_refused_at_every_door():
    baht = Money(100, "THB")
    for door in (
        lambda: Money(1.0, "THB"),
        lambda: Money(True, "THB"),
        lambda: Money(Decimal(1), "THB"),
        lambda: Money.parse(1.5, "THB"),
        lambda: parse_localised(1.5, "THB", "th"),
        lambda: baht * 1.5,
        lambda: 1.5 * baht,
        lambda: baht * Decimal("1.5"),
        lambda: baht + 1.0,
        lambda: baht + 1,
        lambda: sum([baht]),
        lambda: baht < 1.0,
        lambda: round_to_minor(1.5, "THB"),
        lambda: portion(100, 0.07),
        lambda: portion(100.0, Decimal("0.07")),
        lambda: portion_within(100, 0.07),
        lambda: divide(1.0, 2),
        lambda: divide(1, 2.0),
        lambda: allocate(1.0, [1]),
        lambda: allocate(1, [0.5, 0.5]),
        lambda: cash_round(baht, 5.0),
    ):
        with pytest.raises(TypeError):
            door()


def test_an_amount_cannot_be_changed():
    with pytest.raises(AttributeError):
        Money(1, "THB").amount_minor = 2


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**12), MODES)
def test_rounding_goes_to_a_neighbour_and_to_the_nearer_one(numerator, denominator, mode):
    exact, result = Fraction(numerator, denominator), divide(numerator, denominator, mode)
    assert abs(result - exact) < 1
    if exact.denominator == 1:
        assert result == exact
    if mode.value.startswith("half"):
        assert abs(result - exact) <= Fraction(1, 2)


@given(st.integers(-(10**9), 10**9))
def test_exact_halves_go_where_the_mode_says(whole):
    numerator, below, above = 2 * whole + 1, whole, whole + 1
    outward, inward = (below, above) if numerator < 0 else (above, below)
    even = below if below % 2 == 0 else above
    assert divide(numerator, 2, Rounding.HALF_UP) == divide(numerator, 2, Rounding.UP) == outward
    assert divide(numerator, 2, Rounding.HALF_DOWN) == divide(numerator, 2, Rounding.DOWN) == inward
    assert divide(numerator, 2, Rounding.HALF_EVEN) == even
    assert divide(numerator, 2, Rounding.HALF_ODD) == below + above - even
    assert divide(numerator, 2, Rounding.HALF_CEILING) == divide(numerator, 2, Rounding.CEILING) == above
    assert divide(numerator, 2, Rounding.HALF_FLOOR) == divide(numerator, 2, Rounding.FLOOR) == below


def test_a_mode_is_named_not_guessed():
    with pytest.raises(ValueError, match="nearest"):
        divide(1, 2, "nearest")
    with pytest.raises(ValueError, match="positive"):
        divide(1, 0)


@pytest.mark.parametrize(
    ("amount", "currency", "mode", "minor"),
    [
        ("1234.5", "JPY", Rounding.HALF_UP, 1235),
        ("1234.5", "JPY", Rounding.HALF_EVEN, 1234),
        ("1.005", "THB", Rounding.HALF_UP, 101),
        ("-1.005", "THB", Rounding.HALF_UP, -101),
        ("2.0398", "GBP", Rounding.DOWN, 203),
        ("1e-40", "KWD", Rounding.UP, 1),
        ("12345678901234567.00000000000000000000005", "JPY", Rounding.HALF_UP, 12345678901234567),
    ],
)
def test_an_exact_amount_is_rounded_once_to_its_currency(amount, currency, mode, minor):
    assert round_to_minor(Decimal(amount), currency, mode) == minor


def test_not_a_number_is_refused():
    for value in ("NaN", "Infinity"):
        with pytest.raises(ValueError, match="not a number"):
            round_to_minor(Decimal(value), "THB")


@given(AMOUNTS, st.decimals(0, 1, places=4))
def test_a_rate_on_top_and_the_same_rate_within_agree(net, rate):
    top = portion(net, rate)
    # Rounding moves the gross by at most half a unit, the part within by less than that and its own rounding.
    assert abs(portion_within(net + top, rate) - top) <= 1


def test_worked_figures_of_tax():
    assert portion(2500000, Decimal("0.07")) == 175000
    assert portion_within(2500000, Decimal("0.07")) == 163551
    assert portion_within(-2500000, Decimal("0.07")) == -163551
    assert portion(150, Decimal("0.07"), Rounding.DOWN) == 10
    with pytest.raises(ValueError, match="above -1"):
        portion_within(100, Decimal("-1"))


@given(AMOUNTS, st.lists(st.integers(0, 10**12), min_size=1, max_size=30))
def test_allocation_loses_nothing_and_is_fair(total, weights):
    parts = allocate(total, weights)
    assert sum(parts) == total and len(parts) == len(weights)
    assert allocate(-total, weights) == [-part for part in parts]
    shares = weights if any(weights) else [1] * len(weights)
    whole = sum(shares)
    for part, share in zip(parts, shares, strict=True):
        assert abs(part - Fraction(total * share, whole)) < 1
        assert share or part == 0


@given(st.integers(0, 10**6), st.lists(st.integers(1, 50), min_size=2, max_size=8))
def test_of_equal_weights_the_earlier_gets_the_unit(total, weights):
    parts = allocate(total, weights)
    for first in range(len(weights)):
        for later in range(first + 1, len(weights)):
            if weights[first] == weights[later]:
                assert 0 <= parts[first] - parts[later] <= 1


def test_allocation_at_its_edges():
    assert allocate(0, []) == []
    assert allocate(5, [0, 0, 0]) == [2, 2, 1]
    assert allocate(-5, [0, 0, 0]) == [-2, -2, -1]
    assert Money(100, "KWD").allocate([1, 1, 1]) == [Money(34, "KWD"), Money(33, "KWD"), Money(33, "KWD")]
    with pytest.raises(ValueError, match="no parts"):
        allocate(1, [])
    with pytest.raises(ValueError, match="negative"):
        allocate(1, [2, -1])


@given(AMOUNTS, st.integers(1, 500), MODES)
def test_cash_rounding_lands_on_a_coin_less_than_a_coin_away(amount, step, mode):
    rounded = cash_round(Money(amount, "THB"), step, mode).amount_minor
    assert rounded % step == 0 and abs(rounded - amount) < step


def test_cash_rounding_by_the_currency_s_own_coins():
    assert cash_round(Money(1002, "CHF")) == Money(1000, "CHF")
    assert cash_round(Money(1003, "CHF")) == Money(1005, "CHF")
    assert cash_round(Money(18753, "KWD")) == Money(18753, "KWD")
    assert cash_round(Money(18753, "KWD"), 5) == Money(18755, "KWD")
    assert cash_round(Money(12912, "THB"), 25, Rounding.DOWN) == Money(12900, "THB")


@pytest.mark.parametrize(
    ("text", "currency", "locale", "minor"),
    [
        ("1,290.50", "THB", "th", 129050),
        ("१,२३,४५६.५०", "INR", "hi", 12345650),
        ("1,23,456", "INR", "en-IN", 12345600),
        ("भारतीय रुपए 5", "INR", "hi", 500),
        ("￥１，２３４", "JPY", "ja", 1234),
        ("¥1,234", "JPY", "ja", 1234),
        ("1,234円", "JPY", "ja", 1234),
        ("1,290.50 บาท", "THB", "th", 129050),
        ("1,290.50", "KWD", "en-KW", 1290500),
        ("1,290.50", "THB", "en-XA", 129050),
        ("๑,๒๙๐.๕๐", "THB", "th", 129050),
        ("฿1,290", "THB", "th-TH", 129000),
        ("1290 THB", "THB", "en", 129000),
        ("١٨٫٧٥٠", "KWD", "ar-KW", 18750),
        ("١٬٢٣٤٫٥", "KWD", "ar", 1234500),
        ("18.750", "KWD", "ar-KW", 18750),
        ("\u200f18.750 د.ك.\u200f", "KWD", "ar-KW", 18750),
        ("۱۲", "IRR", "fa", 12),
        ("1.290,50 €", "EUR", "de", 129050),
        ("1 290,50", "EUR", "fr", 129050),
        ("1'290.50", "CHF", "de-CH", 129050),
        ("12,34,567", "INR", "hi", 123456700),
        ("−5", "THB", "en", -500),
        ("5-", "THB", "en", -500),
        ("$ -5.00", "USD", "en", -500),
    ],
)
def test_what_people_type_is_understood(text, currency, locale, minor):
    assert parse_localised(text, currency, locale) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("12,5", "en"),
        ("1.5", "de"),
        ("1,2345", "en"),
        ("1,23,456", "en"),
        ("123,456", "hi"),
        (",123", "en"),
        ("1.2.3", "en"),
        ("5.", "en"),
        (".5", "en"),
        ("", "en"),
        ("-", "en"),
        ("-5-", "en"),
        ("--5", "en"),
        ("five", "en"),
        ("€5", "en"),
    ],
)
def test_what_could_mean_something_else_is_refused(text, locale):
    with pytest.raises(NotAnAmount):
        parse_localised(text, "THB", locale)


def test_typed_digits_beyond_the_currency_are_refused():
    with pytest.raises(TooManyDigits):
        parse_localised("๑.๒๓๔", "THB", "th")
