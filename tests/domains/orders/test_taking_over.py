"""A guest signs in: the cart adds up and never twice, the wish list comes along, old orders are claimed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import select, text

from app.domains.catalogue.models import OfferRow, VariantRow
from app.domains.orders.actions import taking_over
from app.domains.orders.errors import CartNotFound, OrderNotFound
from app.domains.orders.flows.payment import start_payment
from app.domains.orders.queries.carts import count_items, find_cart
from app.domains.orders.queries.own import count_claimable, get_own_order, list_own_orders, list_wishes
from app.domains.payments.errors import GatewayAway
from app.domains.provisioning.flows.audit import list_invariants
from app.kit import ids
from app.kit.invariants import check
from app.kit.scope import Scope
from tests.factories.orders import checkout_of, fill_cart, make_offer, open_shop
from tests.factories.shoppers import as_shopper, make_shopper, recognised
from tests.harness.race import race_calls

EMAIL = "malee@example.com"


@pytest.fixture
def shopper(system_scope: Scope, scope: Scope) -> Scope:
    open_shop(system_scope)
    return as_shopper(scope, make_shopper(scope, EMAIL).token)


def take_over(shopper: Scope, token: str) -> None:
    assert shopper.actor.id is not None
    with shopper.as_system().transaction() as unit:
        taking_over.take_over_cart(unit, shopper.actor.id, token)


def quantities(scope: Scope, token: str | None = None) -> dict[str, int]:
    with scope.transaction() as unit:
        cart = find_cart(unit, token)
    return {line.offer_id: line.quantity for line in cart.lines} if cart else {}


def assert_audited(system: Scope) -> None:
    with system.transaction() as unit:
        assert check(unit, [one for one in list_invariants() if one.room != "search"]) == []


def product_of(system: Scope, offer_id: str) -> str:
    with system.transaction() as unit:
        of_offer = select(VariantRow.product_id).join(OfferRow, OfferRow.variant_id == VariantRow.id)
        return unit.db.execute(of_offer.where(OfferRow.id == offer_id)).scalar_one()


def test_a_guest_s_cart_becomes_the_shopper_s_and_its_token_opens_nothing_more(
    system_scope: Scope, scope: Scope, shopper: Scope
) -> None:
    offer = make_offer(system_scope, stock=5)
    token = fill_cart(scope, {offer: 2})
    take_over(shopper, token)
    assert quantities(shopper) == {offer: 2}
    assert quantities(scope, token) == {}
    with scope.transaction() as unit:
        assert count_items(unit, token) == 0
    with pytest.raises(CartNotFound):
        start_payment(scope, token, checkout_of(shopper, "", gateway="cod"))


def test_two_carts_add_up_as_far_as_there_are_pieces(system_scope: Scope, scope: Scope, shopper: Scope) -> None:
    scarce, plenty, own, new = (make_offer(system_scope, stock=stock) for stock in (3, 9, 9, 9))
    fill_cart(shopper, {scarce: 2, plenty: 2, own: 1})
    token = fill_cart(scope, {scarce: 2, plenty: 3, new: 4})
    take_over(shopper, token)
    take_over(shopper, token)
    assert quantities(shopper) == {scarce: 3, plenty: 5, own: 1, new: 4}


def test_sign_ins_at_once_merge_a_cart_once(system_scope: Scope, scope: Scope, shopper: Scope) -> None:
    offer = make_offer(system_scope, stock=50)
    fill_cart(shopper, {offer: 1})
    token = fill_cart(scope, {offer: 2})
    assert [one.error for one in race_calls(4, lambda number: take_over(shopper, token))] == [None] * 4
    assert quantities(shopper) == {offer: 3}


def test_carts_opened_at_once_are_one(system_scope: Scope, shopper: Scope) -> None:
    offer = make_offer(system_scope, stock=50)
    assert [one.error for one in race_calls(4, lambda number: fill_cart(shopper, {offer: 1}))] == [None] * 4
    assert quantities(shopper) == {offer: 4}


def test_a_checkout_of_the_guest_s_cart_is_given_up_and_its_pieces_are_free(
    system_scope: Scope, scope: Scope, shopper: Scope
) -> None:
    offer, own = make_offer(system_scope, stock=3), make_offer(system_scope, stock=3)
    fill_cart(shopper, {own: 1})
    token = fill_cart(scope, {offer: 3})
    with suppress(GatewayAway):
        start_payment(scope, token, checkout_of(scope, token, gateway="sandbox"))
    with system_scope.transaction() as unit:
        assert unit.db.scalars(text("SELECT status FROM orders_groups")).all() == ["drafted"]
    take_over(shopper, token)
    with system_scope.transaction() as unit:
        assert unit.db.scalars(text("SELECT status FROM orders_groups")).all() == ["superseded"]
        assert unit.db.scalars(text("SELECT sum(reserved) FROM inventory_levels")).all() == [0]
    assert quantities(shopper) == {offer: 3, own: 1}
    assert_audited(system_scope)


def test_an_order_belongs_to_the_shopper_who_placed_it(system_scope: Scope, scope: Scope, shopper: Scope) -> None:
    """ACC: a number alone never suffices."""
    offer = make_offer(system_scope, stock=5)
    other = as_shopper(scope, make_shopper(scope).token)
    fill_cart(shopper, {offer: 2})
    start_payment(shopper, "", checkout_of(shopper, "", gateway="cod"))
    with shopper.transaction() as unit:
        (mine,) = list_own_orders(unit)
        assert (mine.item_count, mine.statuses) == (2, ("placed",))
        assert get_own_order(unit, mine.number).number == mine.number
    with other.transaction() as unit:
        assert list_own_orders(unit) == []
        with pytest.raises(OrderNotFound):
            get_own_order(unit, mine.number)
    assert quantities(shopper) == {offer: 2}
    fill_cart(shopper, {offer: 1})
    assert quantities(shopper) == {offer: 1}
    assert_audited(system_scope)


def test_guest_orders_of_the_proven_address_are_claimed_by_it_alone(
    system_scope: Scope, scope: Scope, shopper: Scope
) -> None:
    """AUT-08."""
    offer = make_offer(system_scope, stock=5)
    token = fill_cart(scope, {offer: 1})
    start_payment(scope, token, checkout_of(scope, token, gateway="cod", email="Malee@example.com"))
    foreign = fill_cart(scope, {offer: 1})
    start_payment(scope, foreign, checkout_of(scope, foreign, gateway="cod", email="other@example.com"))
    with shopper.transaction() as unit:
        assert list_own_orders(unit) == []
        assert count_claimable(unit, EMAIL) == 1
        assert taking_over.claim_orders(unit, EMAIL) == 1
        assert taking_over.claim_orders(unit, EMAIL) == 0
        assert len(list_own_orders(unit)) == 1
    assert_audited(system_scope)


def test_wishes_are_kept_once_and_come_along(system_scope: Scope, scope: Scope, shopper: Scope) -> None:
    one, two = (product_of(system_scope, make_offer(system_scope, stock=1)) for _ in range(2))
    with scope.transaction() as unit:
        token = taking_over.keep_wish(unit, None, one)
        assert taking_over.keep_wish(unit, token, one) == token
        taking_over.keep_wish(unit, token, two)
        assert list_wishes(unit, token) == [two, one]
        assert list_wishes(unit, ids.new_token()) == []
    with shopper.transaction() as unit:
        assert taking_over.keep_wish(unit, token, one) is None
        taking_over.take_over_wishes(unit.as_system(), shopper.actor.id or "", token or "")
        assert sorted(list_wishes(unit, None)) == sorted([one, two])
        taking_over.drop_wish(unit, None, one)
        assert list_wishes(unit, None) == [two]
    with scope.transaction() as unit:
        assert list_wishes(unit, token) == []


def test_a_shopper_s_cart_is_of_one_tenant(scope: Scope, shopper: Scope, new_tenant: Callable[[str], Scope]) -> None:
    other = new_tenant("th").with_values(actor=shopper.actor, permissions=shopper.permissions)
    assert quantities(other) == {}
    assert recognised(scope, make_shopper(scope).token).shopper_id != shopper.actor.id
