"""A shopper who comes back from the provider without having paid, and tries once more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from app.domains.inventory.errors import InsufficientStock
from app.domains.inventory.queries import list_available, list_levels
from app.domains.orders.actions.carts import add_to_cart, change_quantity
from app.domains.orders.errors import CartChanged
from app.domains.orders.flows.payment import complete_order, start_payment
from app.domains.orders.queries.carts import find_cart
from app.domains.orders.queries.groups import get_group
from app.domains.orders.types import Cart
from app.domains.payments.errors import GatewayAway
from app.domains.provisioning.flows.audit import list_invariants
from app.kit.idempotency import KeyReused
from app.kit.invariants import check
from app.kit.scope import Scope
from tests.domains.orders.test_payment import pay
from tests.factories.orders import checkout_of, fill_cart, make_offer
from tests.harness.provider import SandboxProvider
from tests.harness.race import race_calls

GuestOf = Callable[[Scope], Scope]


@pytest.fixture(autouse=True)
def everything_adds_up(selling: Scope) -> Iterator[None]:
    yield
    invariants = [one for one in list_invariants() if one.room != "search"]
    with selling.transaction(read_only=True) as unit:
        assert check(unit, invariants) == []


def cart_of(guest: Scope, token: str) -> Cart:
    with guest.transaction() as unit:
        cart = find_cart(unit, token)
    assert cart is not None
    return cart


def available(scope: Scope, offer_id: str) -> int:
    with scope.transaction() as unit:
        return list_available(unit, [offer_id])[offer_id]


def test_the_last_piece_stays_her_own_until_she_has_paid(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider
) -> None:
    offer_id = make_offer(selling, stock=1)
    guest = guest_of(selling)
    token, other = (fill_cart(guest, {offer_id: 1}) for _ in range(2))
    start_payment(guest, token, checkout_of(guest, token, key="first"))
    assert [line.problem for line in cart_of(guest, token).lines] == [""]
    assert [line.problem for line in cart_of(guest, other).lines] == ["sold_out"]
    second = start_payment(guest, token, checkout_of(guest, token, key="second"))
    assert available(selling, offer_id) == 0
    pay(provider, second)
    assert complete_order(selling, second.attempt_id).outcome == "placed"


def test_what_she_holds_counts_when_she_changes_her_cart(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider
) -> None:
    offer_id = make_offer(selling, stock=3)
    guest = guest_of(selling)
    token = fill_cart(guest, {offer_id: 2})
    start_payment(guest, token, checkout_of(guest, token))
    with guest.transaction() as unit:
        add_to_cart(unit, token, offer_id, 1)
    line = cart_of(guest, token).lines[0]
    with guest.transaction() as unit:
        change_quantity(unit, token, line.id, 1)
        change_quantity(unit, token, line.id, 3)
    with pytest.raises(InsufficientStock) as refused, guest.transaction() as unit:
        change_quantity(unit, token, line.id, 4)
    assert refused.value.facts["available"] == 3
    with pytest.raises(InsufficientStock), guest.transaction() as unit:
        add_to_cart(unit, token, offer_id, 1)
    assert cart_of(guest, token).lines[0].quantity == 3


def test_a_second_try_that_is_refused_leaves_the_first_as_it_was(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider
) -> None:
    offer_id = make_offer(selling, stock=1)
    guest = guest_of(selling)
    token = fill_cart(guest, {offer_id: 1})
    first = start_payment(guest, token, checkout_of(guest, token, key="first"))
    with pytest.raises(CartChanged):
        start_payment(guest, token, checkout_of(guest, token, key="second", expected_total_minor=1))
    with selling.transaction() as unit:
        assert get_group(unit, first.group_id).status == "drafted"
        level = list_levels(unit, [offer_id])[offer_id]
    assert (level.on_hand, level.reserved) == (1, 1)
    pay(provider, first)
    assert complete_order(selling, first.attempt_id).outcome == "placed"


def test_the_same_key_goes_on_when_the_provider_can_be_reached_again(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider
) -> None:
    offer_id = make_offer(selling, stock=1)
    guest = guest_of(selling)
    away = replace(guest, settings=guest.settings.with_values(sandbox_provider_url="http://127.0.0.1:9"))
    token = fill_cart(guest, {offer_id: 1})
    given = checkout_of(guest, token)
    with pytest.raises(GatewayAway):
        start_payment(away, token, given)
    assert not cart_of(guest, token).has_problem
    begun = start_payment(guest, token, given)
    pay(provider, begun)
    assert complete_order(selling, begun.attempt_id).outcome == "placed"


def test_a_key_that_has_its_order_takes_no_other_body(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider
) -> None:
    guest = guest_of(selling)
    token = fill_cart(guest, {make_offer(selling, stock=2): 1})
    given = checkout_of(guest, token)
    begun = start_payment(guest, token, given)
    pay(provider, begun)
    complete_order(selling, begun.attempt_id)
    with pytest.raises(KeyReused):
        start_payment(guest, token, replace(given, email="other@example.com"))
    assert start_payment(guest, token, given).outcome == "placed"


def test_second_tries_and_other_buyers_wait_for_each_other_in_one_order(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider
) -> None:
    """Half of them hold the later offer from a first try and now want both; the other half want both at once."""
    guest = guest_of(selling)
    for turn in range(2):
        early, late = sorted(make_offer(selling, stock=40) for _ in range(2))
        tokens = [fill_cart(guest, {late: 1} if number % 2 else {late: 1, early: 1}) for number in range(8)]
        for token in tokens[1::2]:
            start_payment(guest, token, checkout_of(guest, token, key="first"))
            with guest.transaction() as unit:
                add_to_cart(unit, token, early, 1)
        given = [checkout_of(guest, token, key=f"turn-{turn}") for token in tokens]

        def order(number: int, tokens: list[str] = tokens, given: list = given) -> str:
            return start_payment(guest, tokens[number], given[number]).outcome

        outcomes = race_calls(8, order)
        assert [one.error for one in outcomes] == [None] * 8
        with selling.transaction() as unit:
            assert [level.reserved for level in list_levels(unit, [early, late]).values()] == [8, 8]
