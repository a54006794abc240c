"""Promotions and coupons from the cart to the books: reserved with the draft, used with the order, given back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.domains.inventory.flows import expire_reservations
from app.domains.orders.actions.carts import drop_coupon, enter_coupon
from app.domains.orders.errors import CartChanged
from app.domains.orders.flows.cancellation import cancel_order
from app.domains.orders.flows.payment import complete_order, finish_attempt, return_from_payment, start_payment
from app.domains.orders.queries.carts import find_cart
from app.domains.orders.queries.groups import get_group
from app.domains.orders.types import Cart, CheckoutInput, OrderGroup, PaymentStart
from app.domains.pricing.actions import end_promotion
from app.domains.pricing.errors import CouponExpired, CouponNotYet, CouponUnknown, CouponUsedUp, PromotionUsedUp
from app.domains.pricing.flows import expire_uses
from app.domains.pricing.queries import get_promotion, list_coupons, list_uses
from app.domains.provisioning.flows.audit import list_invariants
from app.kit.invariants import check
from app.kit.scope import Scope
from tests.domains.orders.test_payment import balance, pay
from tests.domains.pricing.test_promotion_scenarios import topics
from tests.factories.orders import checkout_of, fill_cart, make_offer
from tests.factories.promotions import Benefit, fixed, percent, run_coupon, run_promotion
from tests.harness.provider import SandboxProvider

GuestOf = Callable[[Scope], Scope]


@pytest.fixture(autouse=True)
def everything_adds_up(selling: Scope) -> Iterator[None]:
    yield
    with selling.transaction(read_only=True) as unit:
        assert check(unit, [one for one in list_invariants() if one.room != "search"]) == []


@pytest.fixture
def guest(selling: Scope, guest_of: GuestOf) -> Scope:
    return guest_of(selling)


def cart_with(guest: Scope, quantities: dict[str, int], code: str = "") -> str:
    token = fill_cart(guest, quantities)
    if code:
        with guest.transaction() as unit:
            enter_coupon(unit, token, code)
    return token


def seen(guest: Scope, token: str) -> Cart:
    with guest.transaction() as unit:
        cart = find_cart(unit, token)
    assert cart is not None
    return cart


def buy(guest: Scope, token: str, gateway: str = "cod", **changes: Any) -> PaymentStart:
    return start_payment(guest, token, checkout_of(guest, token, gateway=gateway, **changes))


def group_of(scope: Scope, started: PaymentStart) -> OrderGroup:
    with scope.transaction() as unit:
        return get_group(unit, started.group_id)


def counts(scope: Scope, promotion_id: str) -> tuple[int, int]:
    with scope.transaction() as unit:
        found = get_promotion(unit, promotion_id)
    return found.used_count, found.spent_minor


def statuses(scope: Scope, started: PaymentStart) -> list[str]:
    with scope.transaction() as unit:
        return [one.status for one in list_uses(unit, started.group_id)]


def orders(scope: Scope) -> int:
    with scope.transaction() as unit:
        return int(unit.db.execute(text("SELECT count(*) FROM orders_groups")).scalar_one())


def test_a_coupon_takes_its_part_off_each_line_and_the_order_keeps_it(selling: Scope, guest: Scope) -> None:
    promotion_id = run_coupon(selling, "Welcome-10", limit=1)
    token = cart_with(
        guest, {make_offer(selling, stock=3): 2, make_offer(selling, stock=3, price="33.35"): 1}, "ＷＥＬＣＯＭＥ １０"
    )
    cart = seen(guest, token)
    assert (cart.coupon, [line.discount_minor for line in cart.lines]) == ("Welcome-10", [2000, 334])
    placed = buy(guest, token)
    group = group_of(selling, placed)
    (order,) = group.orders
    assert [(line.discount_minor, line.total_minor) for line in order.lines] == [(2000, 18000), (334, 3001)]
    assert [one["payer"] for line in order.lines for one in line.discounts] == ["seller", "seller"]
    assert group.total_minor == 18000 + 3001 + 100 + group.fee_minor + group.rounding_minor
    assert counts(selling, promotion_id) == (1, 2334)
    assert statuses(selling, placed) == ["consumed"]


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"starts_local": "2026-11-22T12:01"}, CouponNotYet),
        ({"ends_local": "2026-11-22T12:00"}, CouponExpired),
    ],
)
def test_a_code_out_of_its_time_is_refused_by_the_storefronts_clock(
    selling: Scope, guest: Scope, values: dict[str, str], error: type[Exception]
) -> None:
    run_coupon(selling, "TIMED", **values)
    token = fill_cart(guest, {make_offer(selling, stock=1): 1})
    with pytest.raises(error), guest.transaction() as unit:
        enter_coupon(unit, token, "timed")
    assert seen(guest, token).coupon == ""


def test_codes_that_cannot_be_used_are_refused_and_the_old_one_stays(selling: Scope, guest: Scope) -> None:
    run_coupon(selling, "GOOD")
    once = run_coupon(selling, "ONCE", limit=1)
    ended = run_coupon(selling, "ENDED")
    with selling.transaction() as unit:
        end_promotion(unit, ended)
    offer_id = make_offer(selling, stock=5)
    buy(guest, cart_with(guest, {offer_id: 1}, "ONCE"))
    token = cart_with(guest, {offer_id: 1}, "GOOD")
    for entered, error in (
        ("NEVER", CouponUnknown),
        ("ONCE", CouponUsedUp),
        ("ENDED", CouponExpired),
        ("-", CouponUnknown),
    ):
        with pytest.raises(error), guest.transaction() as unit:
            enter_coupon(unit, token, entered)
        assert seen(guest, token).coupon == "GOOD"
    assert counts(selling, once)[0] == 1
    with guest.transaction() as unit:
        drop_coupon(unit, token)
    assert (seen(guest, token).coupon, seen(guest, token).discount_minor) == ("", 0)


def test_a_code_waits_on_the_cart_for_its_minimum(selling: Scope, guest: Scope) -> None:
    run_coupon(selling, "BIG", fixed(5000), minimum_minor=15000)
    offer_id = make_offer(selling, stock=5)
    skipped = seen(guest, cart_with(guest, {offer_id: 1}, "BIG")).coupon_skipped
    assert skipped is not None and (skipped.reason, skipped.facts["missing"]) == ("minimum", 5000)
    assert seen(guest, cart_with(guest, {offer_id: 2}, "BIG")).discount_minor == 5000


def test_a_reserved_use_is_left_for_its_own_cart_and_for_no_other(selling: Scope, guest: Scope) -> None:
    promotion_id = run_coupon(selling, "ONCE", limit=1)
    offer_id = make_offer(selling, stock=5)
    mine, other = cart_with(guest, {offer_id: 1}, "ONCE"), cart_with(guest, {offer_id: 1}, "ONCE")
    given = checkout_of(guest, other, gateway="cod")
    begun = buy(guest, mine, "sandbox")
    assert seen(guest, mine).discount_minor == 1000
    assert seen(guest, other).discount_minor == 0
    with pytest.raises(CartChanged):
        start_payment(guest, other, given)
    again = buy(guest, mine, "cod", key="key-2")
    assert again.outcome == "placed"
    assert (statuses(selling, begun), statuses(selling, again)) == (["released"], ["consumed"])
    assert counts(selling, promotion_id) == (1, 1000)


def test_a_use_ends_with_its_draft(selling: Scope, guest: Scope, provider: SandboxProvider) -> None:
    promotion_id = run_coupon(selling, "ONCE", limit=1)
    begun = buy(guest, cart_with(guest, {make_offer(selling, stock=1): 1}, "ONCE"), "sandbox")
    assert counts(selling, promotion_id) == (1, 1000)
    pay(provider, begun, "decline")
    assert return_from_payment(guest, begun.token).outcome == "declined"
    assert (counts(selling, promotion_id), statuses(selling, begun)) == ((0, 0), ["released"])


def test_a_use_that_nobody_paid_for_expires_as_the_stock_does(selling: Scope, guest: Scope, clock: Any) -> None:
    promotion_id = run_coupon(selling, "ONCE", limit=1)
    begun = buy(guest, cart_with(guest, {make_offer(selling, stock=1): 1}, "ONCE"), "sandbox")
    assert expire_uses(selling) == 0
    clock.at += timedelta(seconds=selling.settings.reservation_ttl_s + 1)
    assert expire_uses(selling) == 1 and expire_uses(selling) == 0
    assert (counts(selling, promotion_id), statuses(selling, begun)) == ((0, 0), ["released"])


@pytest.mark.parametrize("with_stock", [True, False])
def test_money_that_comes_late_takes_the_use_again_if_it_is_left(
    selling: Scope, guest: Scope, provider: SandboxProvider, clock: Any, with_stock: bool
) -> None:
    promotion_id = run_coupon(selling, "ONCE", limit=1)
    begun = buy(guest, cart_with(guest, {make_offer(selling, stock=1): 1}, "ONCE"), "sandbox")
    pay(provider, begun)
    clock.at += timedelta(seconds=selling.settings.reservation_ttl_s + 1)
    expire_uses(selling)
    if with_stock:
        expire_reservations(selling)
    assert complete_order(selling, begun.attempt_id).outcome == "placed"
    assert (counts(selling, promotion_id), statuses(selling, begun)) == ((1, 1000), ["consumed"])


def test_money_that_comes_when_the_use_is_gone_is_given_back(
    selling: Scope, guest: Scope, provider: SandboxProvider, clock: Any
) -> None:
    promotion_id = run_coupon(selling, "ONCE", limit=1)
    offer_id = make_offer(selling, stock=5)
    begun = buy(guest, cart_with(guest, {offer_id: 1}, "ONCE"), "sandbox")
    pay(provider, begun)
    clock.at += timedelta(seconds=selling.settings.reservation_ttl_s + 1)
    expire_uses(selling)
    winner = buy(guest, cart_with(guest, {offer_id: 1}, "ONCE"))
    assert winner.outcome == "placed"
    assert complete_order(selling, begun.attempt_id).outcome == "returned"
    assert (counts(selling, promotion_id), statuses(selling, begun)) == ((1, 1000), ["released"])
    assert balance(selling, "suspense") == 0


@pytest.mark.parametrize("payer", ["partner", "platform"])
def test_who_bears_a_discount_adds_it_to_the_escrow(
    selling: Scope, guest: Scope, provider: SandboxProvider, payer: str
) -> None:
    run_promotion(selling, percent("0.2"), payer=payer)
    run_promotion(selling, Benefit("free_delivery"), payer="platform", priority=-1)
    begun = buy(guest, cart_with(guest, {make_offer(selling, stock=1): 1}), "sandbox")
    pay(provider, begun)
    assert return_from_payment(guest, begun.token).outcome == "placed"
    group = group_of(selling, begun)
    (order,) = group.orders
    assert group.total_minor == 8000
    borne = {"partner": 2000, "platform": 100} if payer == "partner" else {"partner": 0, "platform": 2100}
    assert {name: balance(selling, f"promotion:{name}") for name in borne} == borne
    assert balance(selling, f"escrow:{order.id}") == -10100, "the seller's price and the delivery, whoever pays"
    cancel_order(selling, order.id, "test")
    assert balance(selling, "promotion:partner") == balance(selling, "promotion:platform") == 0
    assert balance(selling, f"escrow:{order.id}") == 0


@pytest.mark.parametrize("gateway", ["sandbox", "cod"])
def test_an_order_of_nothing_is_placed_without_a_provider(selling: Scope, guest: Scope, gateway: str) -> None:
    run_promotion(selling, percent("1"), payer="partner", priority=1)
    run_promotion(selling, Benefit("free_delivery"), payer="platform")
    token = cart_with(guest, {make_offer(selling, stock=1): 1})
    given = checkout_of(guest, token, gateway=gateway)
    placed = start_payment(guest, token, given)
    group = group_of(selling, placed)
    assert (placed.outcome, group.status) == ("placed", "placed")
    assert (group.total_minor, placed.attempt_id) == (0, "")
    assert balance(selling, f"escrow:{group.orders[0].id}") == -10100
    assert start_payment(guest, token, given).group_id == placed.group_id
    cancel_order(selling, group.orders[0].id, "test")
    assert balance(selling, "promotion:partner") == 0


def test_catalogue_prices_are_those_of_the_cart_and_of_the_order(selling: Scope, guest: Scope) -> None:
    offer_id = make_offer(selling, stock=2)
    run_promotion(selling, percent("0.25"), kind="catalogue", payer="partner")
    token = cart_with(guest, {offer_id: 2})
    (line,) = seen(guest, token).lines
    assert (line.unit_minor, line.prior_minor, line.discount_minor) == (7500, 10000, 0)
    (order,) = group_of(selling, buy(guest, token)).orders
    assert (order.lines[0].unit_minor, order.lines[0].prior_minor) == (7500, 10000)
    assert [(one["kind"], one["amount_minor"]) for one in order.lines[0].discounts] == [("catalogue", 5000)]


def test_a_first_order_is_one_by_address(selling: Scope, guest: Scope) -> None:
    promotion_id = run_promotion(selling, fixed(1000), first_order=True)
    offer_id = make_offer(selling, stock=5)
    first = cart_with(guest, {offer_id: 1})
    buy(guest, first, email="New@example.com")
    second = cart_with(guest, {offer_id: 1})
    with pytest.raises(CartChanged):
        buy(guest, second, email="new@EXAMPLE.com")
    assert orders(selling) == 1
    assert counts(selling, promotion_id) == (1, 1000)


def test_a_limit_per_shopper_counts_addresses(selling: Scope, guest: Scope) -> None:
    promotion_id = run_promotion(selling, fixed(1000), shopper_limit=1)
    offer_id = make_offer(selling, stock=5)
    buy(guest, cart_with(guest, {offer_id: 1}), email="a@example.com")
    token = cart_with(guest, {offer_id: 1})
    with pytest.raises(CartChanged) as refused:
        buy(guest, token, email="A@example.com")
    buy(guest, token, email="A@example.com", expected_total_minor=refused.value.facts["total_minor"])
    buy(guest, cart_with(guest, {offer_id: 1}), email="b@example.com")
    assert counts(selling, promotion_id) == (2, 2000)


def test_a_promotion_that_is_used_up_between_reading_and_ordering_orders_nothing(selling: Scope, guest: Scope) -> None:
    promotion_id = run_promotion(selling, fixed(1000), usage_limit=1)
    offer_id = make_offer(selling, stock=5)
    token = cart_with(guest, {offer_id: 1})
    given = checkout_of(guest, token, gateway="cod")
    buy(guest, cart_with(guest, {offer_id: 1}))
    with pytest.raises(CartChanged):
        start_payment(guest, token, given)
    assert (orders(selling), counts(selling, promotion_id)) == (1, (1, 1000))


@pytest.mark.parametrize("returns", [True, False])
def test_the_scenarios_of_cancelled_orders(selling: Scope, guest: Scope, data: Path, returns: bool) -> None:
    (topic,) = [one for one in topics(data) if one["topic"] == "Applying promotion coupon with usage limit"]
    titles = {
        True: "Cancelled orders do not affect the usage limit by default",
        False: "Cancelled orders affect usage limit",
    }
    (scenario,) = [one for one in topic["scenarios"] if one["title"] == titles[returns]]
    total = next(int(step.split("$")[1].split(".")[0]) for step in scenario["steps"] if "cart total" in step)
    run_coupon(selling, "SANTA2016", fixed(1000), limit=1, returns_on_cancel=returns)
    offer_id = make_offer(selling, stock=5, price="100")
    placed = buy(guest, cart_with(guest, {offer_id: 1}, "SANTA2016"))
    cancel_order(selling, group_of(selling, placed).orders[0].id, "test")
    token = fill_cart(guest, {offer_id: 1})
    if returns:
        with guest.transaction() as unit:
            enter_coupon(unit, token, "SANTA2016")
    else:
        with pytest.raises(CouponUsedUp), guest.transaction() as unit:
            enter_coupon(unit, token, "SANTA2016")
    cart = seen(guest, token)
    assert cart.items_minor - cart.discount_minor == total * 100
    assert statuses(selling, placed) == ["returned" if returns else "consumed"]


def test_a_quote_replays_after_its_promotions_have_changed_and_ended(selling: Scope, guest: Scope) -> None:
    first = run_promotion(selling, percent("0.2"))
    run_promotion(selling, percent("0.1"), kind="catalogue")
    placed = buy(guest, cart_with(guest, {make_offer(selling, stock=1): 1}))
    before = group_of(selling, placed)
    with selling.transaction() as unit:
        end_promotion(unit, first)
        unit.db.execute(text('UPDATE pricing_promotions SET benefit = \'{"kind": "fixed", "amount_minor": 1}\''))
    assert group_of(selling, placed) == before
    # the fixture asks `orders.quote_replays`
    assert [step["kind"] for step in before.quote["steps"]].count("promotion") == 2


def test_the_completer_frees_what_an_abandoned_draft_reserved(selling: Scope, guest: Scope, clock: Any) -> None:
    promotion_id = run_coupon(selling, "ONCE", limit=1)
    begun = buy(guest, cart_with(guest, {make_offer(selling, stock=1): 1}, "ONCE"), "sandbox")
    clock.at += timedelta(seconds=selling.settings.attempt_ttl_s + 1)
    finish_attempt(selling, begun.attempt_id)
    assert (counts(selling, promotion_id), statuses(selling, begun)) == ((0, 0), ["released"])


def test_a_promotion_that_ended_after_the_quote_is_not_reserved(selling: Scope, guest: Scope) -> None:
    promotion_id = run_promotion(selling, fixed(1000), usage_limit=5)
    token = cart_with(guest, {make_offer(selling, stock=1): 1})
    given: CheckoutInput = checkout_of(guest, token, gateway="cod")
    with selling.transaction() as unit:
        end_promotion(unit, promotion_id)
    with pytest.raises((CartChanged, PromotionUsedUp)):
        start_payment(guest, token, given)
    assert (orders(selling), counts(selling, promotion_id)) == (0, (0, 0))


def test_coupons_are_listed_as_they_are_given_out(selling: Scope) -> None:
    promotion_id = run_coupon(selling, "Welcome-10", limit=3)
    with selling.transaction() as unit:
        (coupon,) = list_coupons(unit, promotion_id)
    assert (coupon.code, coupon.usage_limit, coupon.used_count) == ("Welcome-10", 3, 0)
