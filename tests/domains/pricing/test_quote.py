"""The quote: exact sums, rounding at the level of the pack, and a replay that gives the same bytes."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domains.pricing import rules
from app.domains.pricing.errors import QuoteNotValid
from app.domains.pricing.types import Charge, QuoteContext, QuoteLine, TaxRule

VAT = TaxRule("standard", Decimal("0.07"), "VAT")
LOW = TaxRule("reduced", Decimal("0.05"), "VAT")
NONE = TaxRule("zero", Decimal("0"), "VAT0")


def context(**changes: object) -> QuoteContext:
    values = {
        "currency": "THB",
        "tax_included": True,
        "rounding_mode": "half_up",
        "rounding_level": "line",
        "taxes": (VAT, LOW, NONE),
    }
    return QuoteContext(**{**values, **changes})


lines = st.lists(
    st.builds(
        QuoteLine,
        offer_id=st.sampled_from(["off_a", "off_b", "off_c"]),
        quantity=st.integers(1, 9999),
        unit_minor=st.integers(0, 10**9),
        tax_category=st.sampled_from(["standard", "reduced", "zero"]),
    ),
    min_size=1,
    max_size=12,
)
contexts = st.builds(
    context,
    tax_included=st.booleans(),
    rounding_mode=st.sampled_from(["half_up", "half_even", "down"]),
    rounding_level=st.sampled_from(["line", "rate", "invoice"]),
    charges=st.lists(
        st.builds(
            Charge,
            kind=st.sampled_from(["delivery", "payment_fee"]),
            code=st.just("c"),
            amount_minor=st.integers(0, 10**6),
            tax_category=st.sampled_from(["standard", "zero"]),
        ),
        max_size=2,
    ).map(tuple),
    cash_step_minor=st.sampled_from([0, 25, 100]),
)


@given(lines, contexts)
def test_the_parts_of_a_quote_add_up_to_its_total(given_lines, given_context):
    quote = rules.quote(given_lines, given_context)
    entries = (*quote.lines, *quote.charges)
    assert all(entry.net_minor + entry.tax_minor == entry.total_minor for entry in entries)
    assert sum(entry.total_minor for entry in entries) + quote.rounding_minor == quote.total_minor
    assert quote.items_minor + quote.delivery_minor + quote.fee_minor + quote.rounding_minor == quote.total_minor
    assert sum(tax.tax_minor for tax in quote.taxes) == quote.tax_minor == sum(entry.tax_minor for entry in entries)
    assert abs(quote.rounding_minor) < max(1, given_context.cash_step_minor)
    if given_context.cash_step_minor:
        assert quote.total_minor % given_context.cash_step_minor == 0


@given(lines, contexts)
def test_a_replay_from_stored_text_gives_the_same_bytes(given_lines, given_context):
    first = rules.quote(given_lines, given_context)
    stored = json.dumps(rules.inputs_document(given_lines, given_context))
    again = rules.replay(json.loads(stored))
    assert rules.fingerprint(again) == rules.fingerprint(first)
    assert rules.to_document(again) == rules.to_document(first)


@given(lines, st.booleans())
def test_tax_per_rate_is_rounded_once(given_lines, tax_included):
    quote = rules.quote(given_lines, context(rounding_level="rate", tax_included=tax_included))
    for total in quote.taxes:
        stated = sum(
            line.gross_minor for line in quote.lines if line.tax_rate == total.rate and line.tax_code == total.code
        )
        rate = Fraction(total.rate)
        exact = stated * rate / (1 + rate) if tax_included else stated * rate
        assert abs(total.tax_minor - exact) <= Fraction(1, 2)


def test_thai_vat_is_taken_out_of_the_price():
    quote = rules.quote([QuoteLine("off_a", 1, 10700, "standard")], context())
    assert (quote.total_minor, quote.tax_minor, quote.lines[0].net_minor) == (10700, 700, 10000)


def test_an_excluded_tax_is_added():
    quote = rules.quote([QuoteLine("off_a", 3, 3333, "standard")], context(tax_included=False))
    assert (quote.items_minor, quote.tax_minor, quote.total_minor) == (10699, 700, 10699)


def test_rounding_per_line_and_per_invoice_differ_where_they_must():
    three = [QuoteLine(f"off_{name}", 1, 107, "standard") for name in "abc"] + [QuoteLine("off_d", 1, 10, "standard")]
    per_line = rules.quote(three, context(rounding_level="line"))
    per_invoice = rules.quote(three, context(rounding_level="invoice"))
    assert per_line.tax_minor == 7 * 3 + 1
    assert per_invoice.tax_minor == 22
    assert per_line.total_minor == per_invoice.total_minor == 331


@pytest.mark.parametrize(
    "line",
    [
        QuoteLine("off_a", 0, 100, "standard"),
        QuoteLine("off_a", 10_000, 100, "standard"),
        QuoteLine("off_a", 1, -1, "standard"),
        QuoteLine("off_a", 1, 100, "unheard-of"),
    ],
)
def test_what_cannot_be_priced_is_refused(line):
    with pytest.raises(QuoteNotValid):
        rules.quote([line], context())


def test_an_empty_cart_is_refused():
    with pytest.raises(QuoteNotValid):
        rules.quote([], context())
