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
from app.domains.pricing.types import Charge, QuoteContext, QuoteLine, TaxComponent, TaxRule
from app.kit.money import Money

VAT = TaxRule("standard", Decimal("0.07"), "VAT")
LOW = TaxRule("reduced", Decimal("0.05"), "VAT")
NONE = TaxRule("zero", Decimal("0"), "VAT0")


def indian(category: str, rate: str, *, is_across: bool = False) -> TaxRule:
    """A rate of the Indian kind: two equal halves inside a state, one tax across."""
    half = Decimal(rate) / 2
    halves = (TaxComponent("cgst", half), TaxComponent("sgst", half))
    return TaxRule(category, Decimal(rate), "gst", (TaxComponent("igst", Decimal(rate)),) if is_across else halves)


HALVES = (indian("standard", "0.18"), indian("reduced", "0.05"), NONE)
ACROSS = (indian("standard", "0.18", is_across=True), indian("reduced", "0.05", is_across=True), NONE)


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
    taxes=st.sampled_from([(VAT, LOW, NONE), HALVES, ACROSS]),
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
def test_the_components_of_a_tax_make_it_and_equal_rates_come_out_equal(given_lines, given_context):
    quote = rules.quote(given_lines, given_context)
    for entry in (*quote.lines, *quote.charges, *quote.taxes):
        if not entry.components:
            continue
        assert sum(share.tax_minor for share in entry.components) == entry.tax_minor
        assert len({(share.rate, share.tax_minor) for share in entry.components}) == 1
    for total in quote.taxes:
        members = [entry for entry in (*quote.lines, *quote.charges) if entry.tax_code == total.code]
        members = [entry for entry in members if entry.tax_rate == total.rate]
        for place, share in enumerate(total.components):
            assert share.tax_minor == sum(member.components[place].tax_minor for member in members)


@given(lines, contexts)
def test_a_line_s_share_of_a_tax_rounded_once_is_within_one_unit_of_its_own(given_lines, given_context):
    quote = rules.quote(given_lines, given_context)
    for entry in quote.lines:
        stated, rate = entry.gross_minor, Fraction(entry.tax_rate)
        parts = entry.components or (TaxComponent(entry.tax_code, entry.tax_rate),)
        exact = stated * rate / (1 + rate) if given_context.tax_included else stated * rate
        assert abs(entry.tax_minor - exact) <= len(parts) * (1 if given_context.rounding_level == "line" else 2)


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


def test_the_parts_of_a_rate_are_told_step_by_step():
    one = [QuoteLine("off_a", 1, 11800, "standard")]
    inside = rules.quote(one, context(currency="INR", taxes=HALVES, seller_area="Goa", place="Goa"))
    assert [(share.code, str(share.rate), share.tax_minor) for share in inside.taxes[0].components] == [
        ("cgst", "0.09", 900),
        ("sgst", "0.09", 900),
    ]
    assert [step.kind for step in inside.steps] == ["price", "place", "tax", "tax_part", "tax_part", "total"]
    across = rules.quote(one, context(currency="INR", taxes=ACROSS, seller_area="Goa", place="Delhi"))
    assert [(share.code, share.tax_minor) for share in across.lines[0].components] == [("igst", 1800)]
    assert inside.total_minor == across.total_minor == 11800


def test_two_halves_are_rounded_each_so_that_they_are_equal():
    """99.99 with 5 %: 2.3807 for each half, 4.7614 for the whole."""
    inside = rules.quote([QuoteLine("off_a", 1, 9999, "reduced")], context(taxes=HALVES))
    across = rules.quote([QuoteLine("off_a", 1, 9999, "reduced")], context(taxes=ACROSS))
    odd = rules.quote([QuoteLine("off_a", 1, 10, "standard")], context(taxes=HALVES))
    assert [share.tax_minor for share in inside.lines[0].components] == [238, 238]
    assert (inside.tax_minor, across.tax_minor) == (476, 476)
    assert (odd.tax_minor, odd.lines[0].net_minor) == (2, 8)  # 1.525 is no two equal halves; each is rounded to 1


def test_japan_rounds_once_per_rate_and_invoice_and_lets_the_fraction_go():
    """Three articles of 98 yen and one of 330, tax included: 294 × 8 ÷ 108 = 21.78 and 330 × 10 ÷ 110 = 30."""
    food, rest = TaxRule("reduced", Decimal("0.08"), "ct_reduced"), TaxRule("standard", Decimal("0.10"), "ct")
    cart = [QuoteLine(f"off_{name}", 1, 98, "reduced") for name in "abc"] + [QuoteLine("off_d", 1, 330, "standard")]
    rule = {"currency": "JPY", "rounding_mode": "floor", "taxes": (food, rest)}
    quote = rules.quote(cart, context(rounding_level="rate", **rule))
    assert [(tax.code, tax.net_minor, tax.tax_minor) for tax in quote.taxes] == [
        ("ct_reduced", 273, 21),
        ("ct", 300, 30),
    ]
    assert [line.tax_minor for line in quote.lines] == [7, 7, 7, 30]
    uneven = rules.quote(cart[:2] + [QuoteLine("off_c", 2, 98, "reduced")], context(rounding_level="rate", **rule))
    assert ([line.tax_minor for line in uneven.lines], uneven.tax_minor) == ([7, 7, 15], 29)  # 392 × 8 ÷ 108 = 29.04
    per_line = rules.quote(cart[:2] + [QuoteLine("off_c", 2, 98, "reduced")], context(rounding_level="line", **rule))
    assert per_line.tax_minor == 28, "by article, which the rule forbids, a yen less"


FIRST_FORMAT = {
    "format": 1,
    "lines": [
        {"offer_id": "off_a", "quantity": 3, "unit_minor": 12933, "tax_category": "standard"},
        {"offer_id": "off_b", "quantity": 1, "unit_minor": 4999, "tax_category": "exempt"},
        {"offer_id": "off_c", "quantity": 2, "unit_minor": 8801, "tax_category": "standard"},
    ],
    "context": {
        "currency": "THB",
        "tax_included": True,
        "rounding_mode": "half_up",
        "rounding_level": "rate",
        "taxes": [
            {"category": "exempt", "rate": "0", "code": "exempt"},
            {"category": "standard", "rate": "0.07", "code": "vat"},
        ],
        "charges": [
            {"kind": "delivery", "code": "standard", "amount_minor": 4500, "tax_category": "standard"},
            {"kind": "payment_fee", "code": "cod", "amount_minor": 1500, "tax_category": "standard"},
        ],
        "cash_step_minor": 25,
        "cash_rounding_mode": "down",
    },
}
"""As an order was stored before rates had components; its fingerprint was computed by that release."""
FIRST_FINGERPRINT = "cb3e49c93f6a5bb6bf53136917bd7ba165917d6da87644bac6337ff9a5a009e3"


def test_a_quote_of_the_first_format_replays_to_its_own_bytes():
    again = rules.replay(FIRST_FORMAT)
    assert rules.fingerprint(again, 1) == FIRST_FINGERPRINT
    assert "components" not in rules.to_document(again, 1)["lines"][0]
    assert rules.fingerprint(again) != FIRST_FINGERPRINT, "the second format writes components"


@pytest.mark.parametrize("format_", [0, 4, None, "1"])
def test_a_format_that_nobody_wrote_is_refused(format_):
    with pytest.raises(QuoteNotValid):
        rules.replay(FIRST_FORMAT | {"format": format_})


@pytest.mark.parametrize("place", ["same state", "other state"])
def test_published_figures_of_indian_tax(place, data):
    document = json.loads((data / "worked-examples" / "tax-figures.json").read_text(encoding="utf-8"))
    (case,) = [case for case in document["cases"] if case["country"] == "IN" and case["place"] == place]
    taxes = HALVES if place == "same state" else ACROSS
    line = QuoteLine("off_a", 1, minor(case["amount"]), "standard")
    quote = rules.quote([line], context(currency="INR", tax_included=False, taxes=taxes))
    found = {share.code: share.tax_minor for share in quote.taxes[0].components}
    for code in ("cgst", "sgst", "igst"):
        assert found.get(code, 0) == minor(case[code])
    assert quote.total_minor == minor(case["gross"])


def test_published_invoices_of_india_have_the_same_totals(data):
    """Both invoices of the set: development services with a discount, taken here as the price after it."""
    paths = sorted((data / "tax-gobl-invoices" / "in" / "out").glob("*.json"))
    assert len(paths) == 2
    for path in paths:
        document = json.loads(path.read_text(encoding="utf-8"))
        invoice = document.get("doc", document)
        lines_ = [QuoteLine(f"off_{one['i']}", 1, minor(one["total"]), "standard") for one in invoice["lines"]]
        quote = rules.quote(lines_, context(currency="INR", tax_included=False, taxes=HALVES))
        published = {
            category["code"].lower(): minor(category["amount"]) for category in invoice["totals"]["taxes"]["categories"]
        }
        assert {share.code: share.tax_minor for share in quote.taxes[0].components} == published
        assert quote.total_minor == minor(invoice["totals"]["payable"])


def minor(amount: str) -> int:
    return Money.parse(amount, "INR").amount_minor


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
