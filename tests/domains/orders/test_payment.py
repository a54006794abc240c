"""A shopper pays and the order stands, whatever the provider, the network and the shopper do in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.domains.inventory.actions import expire_reservations
from app.domains.inventory.errors import InsufficientStock
from app.domains.inventory.queries import list_available, list_levels
from app.domains.orders.actions.carts import add_to_cart
from app.domains.orders.errors import CartChanged
from app.domains.orders.flows.cancellation import cancel_order
from app.domains.orders.flows.payment import complete_order, finish_attempt, return_from_payment, start_payment
from app.domains.orders.queries.groups import get_group
from app.domains.orders.types import PaymentStart
from app.domains.pricing.actions import change_price
from app.domains.provisioning.flows.audit import list_invariants
from app.kit.idempotency import KeyReused
from app.kit.invariants import check
from app.kit.money import Money
from app.kit.scope import Scope
from tests.factories.orders import checkout_of, fill_cart, make_offer
from tests.harness.provider import SandboxProvider
from tests.harness.race import race_calls

GuestOf = Callable[[Scope], Scope]


@pytest.fixture(autouse=True)
def everything_adds_up(selling: Scope) -> Iterator[None]:
    """After every test: all invariants hold, but for the search index, which a job brings up to date."""
    yield
    invariants = [one for one in list_invariants() if one.room != "search"]
    with selling.transaction(read_only=True) as unit:
        assert check(unit, invariants) == []


def pay(provider: SandboxProvider, started: PaymentStart, choice: str = "pay") -> None:
    assert started.redirect_url is not None
    payment_id = started.redirect_url.rsplit("/", 1)[-1].split("?")[0]
    provider.press(payment_id, choice)


def balance(scope: Scope, code: str) -> int:
    query = """
        SELECT coalesce(sum(CASE WHEN d.code = :code THEN t.amount_minor ELSE -t.amount_minor END), 0)
        FROM ledger_transfers AS t
        JOIN ledger_accounts AS d ON d.id = t.debit_account_id
        JOIN ledger_accounts AS c ON c.id = t.credit_account_id
        WHERE d.code = :code OR c.code = :code
    """
    with scope.transaction() as unit:
        return int(unit.db.execute(text(query), {"code": code}).scalar_one())


def started(scope: Scope, guest_of: GuestOf, offer_id: str, quantity: int = 1, **changes: Any) -> PaymentStart:
    guest = guest_of(scope)
    token = fill_cart(guest, {offer_id: quantity})
    return start_payment(guest, token, checkout_of(guest, token, **changes))


def test_the_whole_way_of_one_sale(selling: Scope, guest_of: GuestOf, provider: SandboxProvider) -> None:
    offer_id = make_offer(selling, stock=3, price="107")
    begun = started(selling, guest_of, offer_id, 2)
    assert begun.outcome == "pending"
    with selling.transaction() as unit:
        assert list_available(unit, [offer_id]) == {offer_id: 1}
    pay(provider, begun)
    done = return_from_payment(guest_of(selling), begun.token)
    assert done.outcome == "placed"
    with selling.transaction() as unit:
        group = get_group(unit, done.group_id)
        level = list_levels(unit, [offer_id])[offer_id]
    assert (group.status, group.total_minor, group.number) == ("placed", 21500, 1001)
    assert (level.on_hand, level.reserved) == (1, 0)
    assert balance(selling, "provider:sandbox") == 21500


def test_completing_again_changes_nothing(selling: Scope, guest_of: GuestOf, provider: SandboxProvider) -> None:
    begun = started(selling, guest_of, make_offer(selling, stock=1))
    pay(provider, begun)
    first = complete_order(selling, begun.attempt_id)
    assert complete_order(selling, begun.attempt_id) == first
    assert balance(selling, "provider:sandbox") == 10100


def test_ten_who_complete_at_once_make_one_order(selling: Scope, guest_of: GuestOf, provider: SandboxProvider) -> None:
    begun = started(selling, guest_of, make_offer(selling, stock=5))
    pay(provider, begun)
    outcomes = race_calls(10, lambda index: complete_order(selling, begun.attempt_id))
    assert {outcome.value.outcome for outcome in outcomes} == {"placed"}
    with selling.transaction() as unit:
        assert unit.db.execute(text("SELECT count(*) FROM payments_payments")).scalar() == 1
        told = text("SELECT count(*) FROM event WHERE name = 'orders.order_placed'")
        assert unit.db.execute(told).scalar() == 1


def test_the_same_key_starts_one_checkout(selling: Scope, guest_of: GuestOf, provider: SandboxProvider) -> None:
    guest = guest_of(selling)
    token = fill_cart(guest, {make_offer(selling, stock=9): 1})
    given = checkout_of(guest, token)
    outcomes = race_calls(8, lambda index: start_payment(guest, token, given))
    assert len({outcome.value.attempt_id for outcome in outcomes}) == 1
    pay(provider, outcomes[0].value)
    complete_order(selling, outcomes[0].value.attempt_id)
    assert start_payment(guest, token, given).outcome == "placed"


def test_a_key_with_another_body_is_refused(selling: Scope, guest_of: GuestOf, provider: SandboxProvider) -> None:
    guest = guest_of(selling)
    token = fill_cart(guest, {make_offer(selling, stock=9): 1})
    start_payment(guest, token, checkout_of(guest, token))
    with pytest.raises(KeyReused):
        start_payment(guest, token, checkout_of(guest, token, email="other@example.com"))


def test_a_cart_is_ordered_once_however_many_windows(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider
) -> None:
    offer_id = make_offer(selling, stock=9)
    guest = guest_of(selling)
    token = fill_cart(guest, {offer_id: 1})
    begun = [start_payment(guest, token, checkout_of(guest, token, key=f"window-{n}")) for n in range(2)]
    for one in begun:
        pay(provider, one)
    outcomes = [complete_order(selling, one.attempt_id).outcome for one in begun]
    assert sorted(outcomes) == ["placed", "returned"]
    with selling.transaction() as unit:
        assert list_available(unit, [offer_id]) == {offer_id: 8}
    assert balance(selling, "suspense") == 0
    assert balance(selling, "provider:sandbox") == 10100


def test_a_declined_payment_frees_the_stock(selling: Scope, guest_of: GuestOf, provider: SandboxProvider) -> None:
    offer_id = make_offer(selling, stock=1)
    begun = started(selling, guest_of, offer_id)
    pay(provider, begun, "decline")
    assert complete_order(selling, begun.attempt_id).outcome == "declined"
    with selling.transaction() as unit:
        assert list_available(unit, [offer_id]) == {offer_id: 1}
    assert balance(selling, "provider:sandbox") == 0


def test_money_after_expiry_gets_its_goods_again(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider, clock: Any
) -> None:
    offer_id = make_offer(selling, stock=1)
    begun = started(selling, guest_of, offer_id)
    clock.at += timedelta(seconds=selling.settings.reservation_ttl_s + 1)
    with selling.transaction() as unit:
        assert expire_reservations(unit) == 1
    pay(provider, begun)
    assert complete_order(selling, begun.attempt_id).outcome == "placed"
    with selling.transaction() as unit:
        assert list_available(unit, [offer_id]) == {offer_id: 0}
    assert balance(selling, "suspense") == 0


def test_money_after_the_goods_are_gone_comes_back(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider, clock: Any
) -> None:
    offer_id = make_offer(selling, stock=1)
    late = started(selling, guest_of, offer_id)
    clock.at += timedelta(seconds=selling.settings.reservation_ttl_s + 1)
    with selling.transaction() as unit:
        expire_reservations(unit)
    quick = started(selling, guest_of, offer_id)
    pay(provider, quick)
    assert complete_order(selling, quick.attempt_id).outcome == "placed"
    pay(provider, late)
    assert complete_order(selling, late.attempt_id).outcome == "returned"
    assert balance(selling, "suspense") == 0
    assert balance(selling, "provider:sandbox") == 10100


def test_a_wrong_amount_is_parked_and_returned(selling: Scope, guest_of: GuestOf, provider: SandboxProvider) -> None:
    provider.rule({"name": "wrong_amount", "captured_minor": 10})
    begun = started(selling, guest_of, make_offer(selling, stock=1))
    pay(provider, begun)
    assert complete_order(selling, begun.attempt_id).outcome == "returned"
    assert balance(selling, "provider:sandbox") == 0


def test_an_abandoned_attempt_is_voided_and_its_stock_freed(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider, clock: Any
) -> None:
    offer_id = make_offer(selling, stock=1)
    begun = started(selling, guest_of, offer_id)
    clock.at += timedelta(seconds=selling.settings.attempt_ttl_s + 1)
    assert finish_attempt(selling, begun.attempt_id).outcome == "closed"
    with selling.transaction() as unit:
        assert list_available(unit, [offer_id]) == {offer_id: 1}


def test_cash_on_delivery_is_placed_at_once(selling: Scope, guest_of: GuestOf) -> None:
    offer_id = make_offer(selling, stock=2)
    assert started(selling, guest_of, offer_id, gateway="cod").outcome == "placed"
    with selling.transaction() as unit:
        assert list_available(unit, [offer_id]) == {offer_id: 1}
        assert unit.db.execute(text("SELECT count(*) FROM ledger_transactions")).scalar() == 0


def test_another_total_than_the_shopper_saw_is_refused(selling: Scope, guest_of: GuestOf) -> None:
    guest = guest_of(selling)
    offer_id = make_offer(selling, stock=2)
    token = fill_cart(guest, {offer_id: 1})
    given = checkout_of(guest, token)
    with selling.transaction() as unit:
        change_price(unit, offer_id, Money.parse("120", "THB"))
    with pytest.raises(CartChanged) as refused:
        start_payment(guest, token, given)
    assert refused.value.facts["total_minor"] == 12100
    with selling.transaction() as unit:
        assert list_available(unit, [offer_id]) == {offer_id: 2}
        assert unit.db.execute(text("SELECT count(*) FROM orders_groups")).scalar() == 0


def test_no_more_than_there_is_goes_into_a_cart(selling: Scope, guest_of: GuestOf) -> None:
    offer_id = make_offer(selling, stock=2)
    with pytest.raises(InsufficientStock), guest_of(selling).transaction() as unit:
        add_to_cart(unit, None, offer_id, 3)
    with selling.transaction() as unit:
        assert unit.db.execute(text("SELECT count(*) FROM orders_carts")).scalar() == 0


def test_a_cancelled_order_gives_stock_and_money_back_once(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider
) -> None:
    offer_id = make_offer(selling, stock=1)
    begun = started(selling, guest_of, offer_id)
    pay(provider, begun)
    complete_order(selling, begun.attempt_id)
    with selling.transaction() as unit:
        order = get_group(unit, begun.group_id).orders[0]
    outcomes = race_calls(8, lambda index: cancel_order(selling, order.id, "changed my mind"))
    done = [outcome.value for outcome in outcomes if outcome.error is None]
    assert [outcome.refund_status for outcome in done] == ["succeeded"]
    assert balance(selling, "provider:sandbox") == 0
    with selling.transaction() as unit:
        assert list_available(unit, [offer_id]) == {offer_id: 1}


def test_thirty_two_buyers_of_ten_pieces(selling: Scope, guest_of: GuestOf, provider: SandboxProvider) -> None:
    offer_id = make_offer(selling, stock=10)
    guest = guest_of(selling)
    tokens = [fill_cart(guest, {offer_id: 1}) for _ in range(32)]
    given = [checkout_of(guest, token, gateway="cod") for token in tokens]
    outcomes = race_calls(32, lambda index: start_payment(guest, tokens[index], given[index]))
    refused = [outcome.error for outcome in outcomes if outcome.error is not None]
    assert len(outcomes) - len(refused) == 10
    assert {type(error) for error in refused} <= {InsufficientStock, CartChanged}
    with selling.transaction() as unit:
        level = list_levels(unit, [offer_id])[offer_id]
    assert (level.on_hand, level.reserved) == (0, 0)
