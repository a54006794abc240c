"""Promotions as pure rules: what applies, in which order, and sums that never leave a trace of a unit."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domains.pricing import rules
from app.domains.pricing.rules.codes import identity_of, normalise_code, shown_code
from app.domains.pricing.rules.promotions import apply_promotions, show_price
from app.domains.pricing.rules.schedules import end_of, start_of
from app.domains.pricing.rules.validity import faults_of
from app.domains.pricing.types import (
    Benefit,
    CartFacts,
    Charge,
    Conditions,
    Promotion,
    PromotionInput,
    QuoteContext,
    QuoteLine,
    TaxRule,
)
from app.kit.money import Rounding

NOW = "2026-11-22T05:00:00.000000Z"
FACTS = CartFacts(moment=NOW, storefront="main", gateway="sandbox", delivery="standard")
DELIVERY = Charge("delivery", "standard", 50, "standard")
VAT = TaxRule("standard", Decimal("0.07"), "VAT")
HALF_UP = Rounding.HALF_UP


def line(unit: int, quantity: int = 1, product: str = "a", category: str = "c", seller: str = "s") -> QuoteLine:
    return QuoteLine(f"off_{product}", quantity, unit, "standard", product, category, seller)


def promotion(code: str = "p", benefit: Benefit | None = None, **values: object) -> Promotion:
    asked = {name: values.pop(name) for name in list(values) if name in Conditions.__dataclass_fields__}
    made = Promotion(
        id=f"prm_{code}",
        code=code,
        name={"en": code},
        kind="cart",
        benefit=benefit or Benefit("percent", rate=Decimal("0.1")),
        conditions=Conditions(**asked),
    )
    return replace(made, **values)


def percent(rate: str) -> Benefit:
    return Benefit("percent", rate=Decimal(rate))


def fixed(amount: int) -> Benefit:
    return Benefit("fixed", amount_minor=amount)


def discounts(lines: list[QuoteLine], *promotions: Promotion, facts: CartFacts = FACTS) -> list[int]:
    found = apply_promotions(lines, [DELIVERY], promotions, facts, HALF_UP)
    return [found.of_line(index) for index in range(len(lines))] + [found.of_charge(0)]


def reason(lines: list[QuoteLine], one: Promotion, facts: CartFacts = FACTS) -> tuple[str, dict[str, object]]:
    found = apply_promotions(lines, [DELIVERY], [one], facts, HALF_UP)
    assert not found.applied
    return found.skipped[0].reason, found.skipped[0].facts


def test_a_discount_is_spread_by_largest_remainder_with_ties_in_line_order() -> None:
    lines = [line(100), line(100, product="b"), line(100, product="c")]
    assert discounts(lines, promotion(benefit=fixed(100))) == [34, 33, 33, 0]


def test_of_each_group_of_pieces_the_cheapest_are_given() -> None:
    lines = [line(100, 2), line(60, 2, "b"), line(40, 2, "c")]
    free = promotion(benefit=Benefit("buy_get", rate=Decimal(1), buy=2, get=1))
    assert discounts(lines, free) == [0, 60, 40, 0], "100 100 60 | 60 40 40"
    half = promotion(benefit=Benefit("buy_get", rate=Decimal("0.5"), buy=2, get=1))
    assert discounts(lines, half) == [0, 30, 20, 0]
    assert discounts([line(100, 2)], free) == [0, 0], "two pieces make no group of three"


def test_free_delivery_is_a_discount_of_the_delivery() -> None:
    context = QuoteContext("THB", True, "half_up", "line", (VAT,), (DELIVERY,), facts=FACTS)
    free = promotion(benefit=Benefit("free_delivery"), minimum_minor=100)
    quote = rules.quote([line(100)], replace(context, promotions=(free,)))
    assert (quote.delivery_minor, quote.total_minor, quote.discount_minor) == (0, 100, 0)
    assert quote.charges[0].discount_minor == 50
    assert rules.quote([line(99)], replace(context, promotions=(free,))).delivery_minor == 50


@pytest.mark.parametrize(
    ("values", "facts", "wanted"),
    [
        ({"minimum_minor": 500}, {}, ("minimum", {"minimum": 500, "missing": 300})),
        ({"minimum_quantity": 3}, {}, ("quantity", {"minimum": 3, "missing": 1})),
        ({"products": ("z",)}, {}, ("no_such_item", {})),
        ({"categories": ("z",)}, {}, ("no_such_item", {})),
        ({"sellers": ("z",)}, {}, ("no_such_item", {})),
        ({"first_order": True}, {"is_first_order": False}, ("not_first_order", {})),
        ({"gateways": ("cod",)}, {}, ("gateway", {"needed": ["cod"]})),
        ({"delivery_methods": ("express",)}, {}, ("delivery", {"needed": ["express"]})),
        ({"storefronts": ("other",)}, {}, ("other_storefront", {})),
        ({"starts_at": "2026-11-22T05:00:00.000001Z"}, {}, ("not_yet", {})),
        ({"ends_at": NOW}, {}, ("ended", {})),
        ({"needs_coupon": True}, {}, ("needs_coupon", {})),
        ({"uses_left": 0}, {}, ("used_up", {})),
        ({"coupon_uses_left": 0}, {}, ("used_up", {})),
        ({"shopper_uses_left": 0}, {}, ("used_by_shopper", {})),
        ({"budget_left_minor": 19}, {}, ("used_up", {})),
    ],
)
def test_each_condition_refuses_with_its_reason(
    values: dict[str, object], facts: dict[str, object], wanted: tuple[str, object]
) -> None:
    lines = [line(100, 2)]
    assert reason(lines, promotion(**values), replace(FACTS, **facts)) == wanted
    assert discounts(lines, promotion()) == [20, 0], "without the condition it applies"


def test_conditions_that_hold_let_it_apply() -> None:
    asked = promotion(
        minimum_minor=200,
        minimum_quantity=2,
        products=("a",),
        categories=("c",),
        sellers=("s",),
        first_order=True,
        gateways=("sandbox",),
        delivery_methods=("standard",),
        storefronts=("main",),
        starts_at=NOW,
        ends_at="2026-11-22T05:00:00.000001Z",
        needs_coupon=True,
        coupon="X",
        uses_left=1,
        coupon_uses_left=1,
        shopper_uses_left=1,
        budget_left_minor=20,
    )
    assert discounts([line(100, 2)], asked) == [20, 0]


def test_a_promotion_falls_on_its_lines_or_on_the_whole_cart() -> None:
    lines = [line(100), line(100, product="b")]
    assert discounts(lines, promotion(products=("a",))) == [10, 0, 0]
    assert discounts(lines, promotion(products=("a",), whole_cart=True)) == [10, 10, 0]


def test_an_exclusive_promotion_stands_alone_and_the_others_say_why_not() -> None:
    alone = promotion("alone", percent("0.05"), is_exclusive=True, priority=-5)
    other = promotion("other", percent("0.5"), priority=9)
    found = apply_promotions([line(100)], [], [alone, other], FACTS, HALF_UP)
    assert [one.code for one in found.applied] == ["alone"]
    assert [(one.code, one.reason, one.facts) for one in found.skipped] == [("other", "excluded", {"by": "alone"})]


def test_of_a_group_one_applies() -> None:
    first = promotion("first", percent("0.1"), group="season", priority=2)
    second = promotion("second", percent("0.5"), group="season", priority=1)
    free = promotion("free", percent("0.5"))
    assert discounts([line(100)], second, free, first) == [55, 0], "10 of 100, then half of 90"


def test_minimums_do_not_see_what_other_cart_promotions_take() -> None:
    first = promotion("first", fixed(50), priority=2)
    second = promotion("second", fixed(10), minimum_minor=100)
    assert discounts([line(100)], first, second) == [60, 0]


def test_catalogue_promotions_change_the_unit_price_before_the_cart_is_looked_at() -> None:
    shown = promotion("shown", percent("0.3333"), kind="catalogue", products=("a",))
    cart = promotion("cart", fixed(10), minimum_minor=100)
    context = QuoteContext("THB", True, "half_up", "line", (VAT,), promotions=(shown, cart), facts=FACTS)
    quote = rules.quote([line(100, 3)], context)
    (priced,) = quote.lines
    assert (priced.list_unit_minor, priced.unit_minor, priced.gross_minor) == (100, 67, 201)
    assert (priced.discount_minor, priced.total_minor) == (10, 191)
    assert [(one.kind, one.amount_minor) for one in priced.discounts] == [("catalogue", 99), ("cart", 10)]
    price = show_price(100, line(100), [shown, cart], FACTS, HALF_UP)
    assert (price.unit_minor, price.prior_minor, price.names) == (67, 100, ({"en": "shown"},))
    assert show_price(100, line(100, product="b"), [shown], FACTS, HALF_UP).prior_minor is None


def test_a_catalogue_promotion_without_budget_for_all_its_lines_gives_nothing() -> None:
    small = promotion("small", percent("0.5"), kind="catalogue", budget_left_minor=149)
    found = apply_promotions([line(100, 3)], [], [small], FACTS, HALF_UP)
    assert (found.units_minor, found.skipped[0].reason) == ((100,), "used_up")
    enough = replace(small, budget_left_minor=150)
    assert apply_promotions([line(100, 3)], [], [enough], FACTS, HALF_UP).units_minor == (50,)


@pytest.mark.parametrize("level", ["line", "rate", "invoice"])
def test_a_hundred_percent_leaves_a_total_of_zero(level: str) -> None:
    context = QuoteContext(
        "THB", True, "half_up", level, (VAT,), promotions=(promotion(benefit=percent("1")),), facts=FACTS
    )
    quote = rules.quote([line(100, 3), line(7, product="b")], context)
    assert (quote.total_minor, quote.tax_minor, quote.discount_minor) == (0, 0, 307)


benefits = st.one_of(
    st.builds(lambda rate: Benefit("percent", rate=rate), st.decimals("0.01", "1", places=2)),
    st.builds(lambda amount: Benefit("fixed", amount_minor=amount), st.integers(1, 10**6)),
    st.builds(lambda amount: Benefit("fixed_each", amount_minor=amount), st.integers(1, 10**4)),
    st.builds(
        lambda buy, get, rate: Benefit("buy_get", rate=rate, buy=buy, get=get),
        st.integers(1, 3),
        st.integers(1, 3),
        st.decimals("0.01", "1", places=2),
    ),
    st.just(Benefit("free_delivery")),
)
conditions = st.builds(
    Conditions,
    minimum_minor=st.sampled_from([0, 0, 500, 10**5]),
    minimum_quantity=st.sampled_from([0, 0, 3]),
    products=st.sampled_from([(), (), ("a",), ("a", "b")]),
    whole_cart=st.booleans(),
    first_order=st.booleans(),
)
cart_promotions = st.builds(
    lambda number, benefit, asked, priority, alone, group, payer, budget: Promotion(
        id=f"prm_{number}",
        code=f"p{number}",
        name={"en": "p"},
        kind="cart",
        benefit=benefit,
        conditions=asked,
        priority=priority,
        is_exclusive=alone,
        group=group,
        payer=payer,
        budget_left_minor=budget,
    ),
    st.integers(1, 10**6),
    benefits,
    conditions,
    st.integers(-2, 2),
    st.sampled_from([False, False, False, True]),
    st.sampled_from(["", "", "g"]),
    st.sampled_from(["seller", "partner", "platform"]),
    st.sampled_from([None, None, 1000]),
)
catalogue_promotions = st.builds(
    lambda one, rate: replace(one, kind="catalogue", benefit=Benefit("percent", rate=rate), conditions=Conditions()),
    cart_promotions,
    st.decimals("0.01", "0.9", places=2),
)
offered = st.lists(st.one_of(cart_promotions, catalogue_promotions), max_size=6, unique_by=lambda one: one.id)
carts = st.lists(
    st.builds(line, st.integers(0, 10**6), st.integers(1, 12), st.sampled_from("abcd")), min_size=1, max_size=6
)


@settings(max_examples=150, deadline=None)
@given(carts, offered, st.booleans(), st.sampled_from(["line", "rate", "invoice"]))
def test_discounts_never_exceed_and_always_add_up(
    lines: list[QuoteLine], promotions: list[Promotion], tax_included: bool, level: str
) -> None:
    context = QuoteContext(
        "THB", tax_included, "half_up", level, (VAT,), (DELIVERY,), promotions=tuple(promotions), facts=FACTS
    )
    quote = rules.quote(lines, context)
    for given_line, one in zip(lines, quote.lines, strict=True):
        assert 0 <= one.discount_minor <= one.gross_minor <= given_line.unit_minor * given_line.quantity
        assert one.gross_minor == one.unit_minor * one.quantity
        assert sum(found.amount_minor for found in one.discounts if found.kind == "cart") == one.discount_minor
        catalogue = sum(found.amount_minor for found in one.discounts if found.kind == "catalogue")
        assert catalogue == (one.list_unit_minor - one.unit_minor) * one.quantity
        stated = one.total_minor if tax_included else one.net_minor
        assert one.gross_minor - one.discount_minor == stated
    assert quote.charges[0].discount_minor in (0, DELIVERY.amount_minor)
    taken = sum(found.amount_minor for one in (*quote.lines, *quote.charges) for found in one.discounts)
    assert taken == sum(one.amount_minor for one in quote.promotions)
    assert all(one.amount_minor > 0 for one in quote.promotions)
    assert quote.total_minor >= 0
    by_id = {one.id: one for one in promotions}
    for applied in quote.promotions:
        left = by_id[applied.promotion_id].budget_left_minor
        assert left is None or applied.amount_minor <= left
    cart = [by_id[one.promotion_id] for one in quote.promotions if one.kind == "cart"]
    assert len(cart) == 1 or not any(one.is_exclusive for one in cart)
    groups = [one.group for one in cart if one.group]
    assert len(groups) == len(set(groups))


@settings(max_examples=100, deadline=None)
@given(carts, offered, st.randoms(use_true_random=False))
def test_the_order_in_which_promotions_are_listed_does_not_matter(lines, promotions, random) -> None:
    shuffled = list(promotions)
    random.shuffle(shuffled)
    first, second = (apply_promotions(lines, [DELIVERY], each, FACTS, HALF_UP) for each in (promotions, shuffled))
    assert first == second


@settings(max_examples=100, deadline=None)
@given(carts, offered)
def test_a_quote_with_promotions_replays_to_the_same_bytes(lines, promotions) -> None:
    context = QuoteContext(
        "THB", True, "half_up", "line", (VAT,), (DELIVERY,), promotions=tuple(promotions), facts=FACTS
    )
    quote = rules.quote(lines, context)
    stored = json.loads(json.dumps(rules.inputs_document(lines, context)))
    assert rules.replay(stored) == quote
    assert rules.fingerprint(rules.replay(stored)) == rules.fingerprint(quote)


def test_every_step_is_stored_with_its_reason() -> None:
    gives = promotion("gives", percent("0.1"), payer="partner", priority=3)
    waits = promotion("waits", fixed(10), minimum_minor=500)
    context = QuoteContext("THB", True, "half_up", "line", (VAT,), promotions=(waits, gives), facts=FACTS)
    steps = {step.kind: step.facts for step in rules.quote([line(100), line(20, product="b")], context).steps}
    assert steps["promotion"] == {
        "code": "gives",
        "priority": 3,
        "payer": "partner",
        "amount": 12,
        "lines": [10, 2],
        "charges": [],
    }
    assert steps["promotion_skipped"] == {"code": "waits", "reason": "minimum", "minimum": 500, "missing": 380}


@pytest.mark.parametrize(
    ("zone", "wall", "start", "end"),
    [
        ("Asia/Bangkok", "2026-12-01T00:00", "2026-11-30T17:00", "2026-11-30T17:00"),
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:00", "2026-03-08T07:00"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30", "2026-11-01T06:30"),
        ("America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T03:00", "2018-11-04T03:00"),
        ("Asia/Tehran", "2021-03-22T00:30", "2021-03-21T20:30", "2021-03-21T20:30"),
    ],
)
def test_wall_times_become_moments_also_where_the_clock_leaps(zone: str, wall: str, start: str, end: str) -> None:
    assert (start_of(wall, zone)[:16], end_of(wall, zone)[:16]) == (start, end)


def test_an_open_schedule_stays_open() -> None:
    assert (start_of("", "Asia/Bangkok"), end_of("", "Asia/Bangkok")) == ("", "")


@pytest.mark.parametrize("typed", ["WELCOME-10", "welcome10", "ｗｅｌｃｏｍｅ１０", " Welcome 10 ", "wel-come-10"])
def test_a_code_is_the_same_however_it_is_typed(typed: str) -> None:
    assert normalise_code(typed) == "WELCOME10"


def test_a_shopper_is_known_by_a_hash_of_the_folded_address() -> None:
    assert identity_of(" Shopper@Example.com") == identity_of("ｓhopper@example.COM ")
    assert identity_of("a@example.com") != identity_of("b@example.com")
    assert "@" not in identity_of("a@example.com") and identity_of(" ") == ""


def test_a_made_code_is_shown_in_parts() -> None:
    assert shown_code("EID", "ABCDEFGHJK") == "EID-ABCDE-FGHJK"
    assert normalise_code(shown_code("", "ABCDEFGHJK")) == "ABCDEFGHJK"


def valid(**values: object) -> PromotionInput:
    return replace(PromotionInput("p", {"en": "P"}, "cart", percent("0.1")), **values)


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({}, set()),
        ({"name": {}}, {"name"}),
        ({"benefit": percent("1.01")}, {"rate"}),
        ({"benefit": fixed(0)}, {"amount"}),
        ({"benefit": Benefit("buy_get", rate=Decimal(1))}, {"buy"}),
        ({"priority": 1001}, {"priority"}),
        ({"kind": "catalogue", "benefit": fixed(10)}, {"benefit"}),
        ({"kind": "catalogue", "needs_coupon": True}, {"needs_coupon"}),
        ({"kind": "catalogue", "conditions": Conditions(minimum_minor=1)}, {"minimum"}),
        ({"usage_limit": 0}, {"usage_limit"}),
        ({"budget_minor": 0}, {"budget"}),
        ({"starts_local": "tomorrow"}, {"starts_local"}),
        ({"starts_local": "2026-12-02T00:00", "ends_local": "2026-12-02T00:00"}, {"ends_local"}),
    ],
)
def test_a_promotion_that_makes_no_sense_says_where(values: dict[str, object], wrong: set[str]) -> None:
    assert set(faults_of(valid(**values))) == wrong
