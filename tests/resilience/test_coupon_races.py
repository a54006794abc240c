"""Coupons and budgets that many want at once (CRT-04, CRT-07): exactly as many discounted orders as there are uses,
and who comes too late is told before she pays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domains.orders.actions.carts import enter_coupon
from app.domains.orders.errors import CartChanged
from app.domains.orders.flows.payment import return_from_payment, start_payment
from app.domains.pricing.actions import release_uses, reserve_uses
from app.domains.pricing.errors import PromotionUsedUp
from app.domains.pricing.flows import expire_uses
from app.domains.pricing.queries import get_promotion, list_coupons
from app.domains.pricing.types import AppliedPromotion
from app.kit.db import Database
from app.kit.scope import Scope
from tests.factories.orders import checkout_of, fill_cart, make_offer
from tests.factories.promotions import Benefit, fixed, percent, run_coupon, run_promotion
from tests.harness.pgx import Proxy
from tests.harness.provider import SandboxProvider
from tests.harness.race import Outcome, race_calls

from . import shop
from .test_cut_orders import CUT

BUYERS = 32 if shop.LONG else 12
USES = 10 if shop.LONG else 4
ROUNDS = 100 if shop.LONG else 2
DIRECT = 32
"""Buyers of the guards alone, without a cart around them."""


def errands(scope: Scope, code: str, buyers: int) -> list[shop.Errand]:
    guest = shop.guest_of(scope)
    offer_id = make_offer(scope, stock=buyers)
    found = []
    for _ in range(buyers):
        token = fill_cart(guest, {offer_id: 1})
        if code:
            with guest.transaction() as unit:
                enter_coupon(unit, token, code)
        found.append(shop.Errand(guest, token, checkout_of(guest, token, gateway="cod"), offer_id, buyers))
    return found


def counts(scope: Scope, promotion_id: str) -> tuple[int, int]:
    with scope.transaction() as unit:
        found = get_promotion(unit, promotion_id)
    return found.used_count, found.spent_minor


def outcome_of(outcomes: list[Outcome]) -> tuple[int, set[str]]:
    placed = sum(one.error is None and one.value.outcome == "placed" for one in outcomes)
    return placed, {type(one.error).__name__ for one in outcomes if one.error is not None}


@pytest.mark.parametrize("delay_ms", [0, 20])
def test_of_many_buyers_with_one_coupon_exactly_its_uses_order_with_it(
    selling: Scope, proxied_database: Database, proxy: Proxy, delay_ms: int
) -> None:
    for number in range(max(1, ROUNDS // 2)):
        code = f"RACE-{delay_ms}-{number}"
        promotion_id = run_coupon(selling, code, fixed(1000), limit=USES)
        buyers = errands(selling, code, BUYERS)
        proxy.delay(delay_ms)

        def buy(index: int, buyers: list[shop.Errand] = buyers) -> object:
            one = buyers[index]
            return start_payment(shop.through(one.guest, proxied_database), one.cart_token, one.given)

        placed, errors = outcome_of(race_calls(BUYERS, buy))
        proxy.delay(0)
        assert placed == USES
        assert errors <= {PromotionUsedUp.__name__, CartChanged.__name__}, "told before paying"
        assert counts(selling, promotion_id) == (USES, USES * 1000)
    assert shop.breaks(selling) == []


def test_a_budget_is_never_overspent(selling: Scope) -> None:
    promotion_id = run_promotion(selling, percent("0.1"), budget_minor=USES * 1000 + 999)
    buyers = errands(selling, "", BUYERS)
    placed, errors = outcome_of(
        race_calls(
            BUYERS, lambda index: start_payment(buyers[index].guest, buyers[index].cart_token, buyers[index].given)
        )
    )
    assert placed == USES and errors <= {PromotionUsedUp.__name__, CartChanged.__name__}
    assert counts(selling, promotion_id) == (USES, USES * 1000)
    assert shop.breaks(selling) == []


@pytest.mark.parametrize(
    ("caps", "wanted"),
    [
        ({"usage_limit": 10}, 10),
        ({"budget_minor": 10_500}, 10),
        ({"shopper_limit": 10}, 10),
        ({"limit": 10}, 10),
    ],
)
def test_each_guard_alone_lets_exactly_its_uses_through(selling: Scope, caps: dict[str, int], wanted: int) -> None:
    for number in range(ROUNDS):
        code = f"GUARD-{number}"
        promotion_id = run_coupon(selling, code, fixed(1000), **caps)
        with selling.transaction() as unit:
            (coupon,) = list_coupons(unit, promotion_id)
        applied = AppliedPromotion(promotion_id, "p", {"en": "p"}, "cart", "seller", code, coupon.id, 1000)

        def take(index: int, applied: AppliedPromotion = applied, number: int = number) -> None:
            with selling.transaction() as unit:
                reserve_uses(unit, f"{number}-{index}", [applied], "same@example.com", shop.later(unit, 60).now())

        outcomes = race_calls(DIRECT, take)
        assert sum(one.error is None for one in outcomes) == wanted
        assert {type(one.error) for one in outcomes if one.error} == {PromotionUsedUp}
        assert counts(selling, promotion_id) == (wanted, wanted * 1000)
    assert shop.breaks(selling) == []


def test_two_who_give_the_same_use_back_give_it_back_once(selling: Scope) -> None:
    promotion_id = run_promotion(selling, fixed(1000), usage_limit=1)
    applied = AppliedPromotion(promotion_id, "p", {"en": "p"}, "cart", "seller", "", "", 1000)
    with selling.transaction() as unit:
        reserve_uses(unit, "one", [applied], "a@example.com", unit.now())

    def give_back(index: int) -> int:
        with selling.transaction() as unit:
            return release_uses(unit, "one")

    assert sorted(one.value for one in race_calls(8, give_back)) == [0] * 7 + [1]
    assert counts(selling, promotion_id) == (0, 0)


def test_fifty_unpaid_checkouts_hold_a_coupon_no_longer_than_their_time(selling: Scope) -> None:
    unpaid = 50 if shop.LONG else 6
    promotion_id = run_coupon(selling, "HELD", fixed(1000), limit=unpaid)
    for one in errands(selling, "HELD", unpaid):
        given = replace(one.given, gateway="sandbox", expected_total_minor=9100)
        assert start_payment(one.guest, one.cart_token, given).outcome == "pending"
    assert counts(selling, promotion_id) == (unpaid, unpaid * 1000)
    later = shop.later(selling, selling.settings.reservation_ttl_s + 1)
    assert expire_uses(later) == unpaid
    assert counts(selling, promotion_id) == (0, 0)
    shop.recover(selling)
    assert shop.breaks(selling) == []


def test_an_order_with_a_coupon_cut_at_its_round_trips_becomes_whole_again(
    selling: Scope, proxied_database: Database, proxy: Proxy, provider: SandboxProvider
) -> None:
    run_promotion(selling, Benefit("free_delivery"), payer="platform")
    promotion_id = run_coupon(selling, "CUT", percent("0.1"), payer="partner")
    (probe,) = errands(selling, "CUT", 1)
    probe = replace(probe, given=checkout_of(probe.guest, probe.cart_token))
    proxy.reset()
    assert _order(probe, proxied_database, provider) == "placed"
    trips = proxy.round_trips
    step = 1 if shop.LONG else 13
    broken: list[str] = []
    struck = 0
    for number, k in enumerate(range(3, trips + 1, step)):
        (one,) = errands(selling, "CUT", 1)
        one = replace(one, given=checkout_of(one.guest, one.cart_token))
        mode = "before" if number % 2 else "after"
        proxy.arm(k, mode)
        try:
            _order(one, proxied_database, provider)
        except CUT:
            struck += 1
        proxy.reset()
        assert _order(one, proxied_database, provider) == "placed"
        broken += [f"{mode} {k}: {line}" for line in shop.breaks(selling)]
        uses, spent = counts(selling, promotion_id)
        placed = shop.count(selling, "SELECT count(*) FROM orders_groups WHERE placed_at IS NOT NULL")
        if (uses, spent) != (placed, placed * 1000):
            broken.append(f"{mode} {k}: {placed} orders, {uses} uses, {spent} spent")
    assert broken == [] and struck > 0


def _order(one: shop.Errand, database: Database, provider: SandboxProvider) -> str:
    guest = shop.through(one.guest, database)
    begun = start_payment(guest, one.cart_token, one.given)
    if begun.outcome == "pending":
        if begun.redirect_url is not None:
            shop.pay(provider, begun)
        begun = return_from_payment(guest, begun.token)
    return begun.outcome
