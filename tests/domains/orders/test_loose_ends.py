"""What is left behind is seen to: attempts that were given up, providers that are gone, orders that cost nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.domains.inventory.queries import list_available
from app.domains.orders import jobs
from app.domains.orders.errors import GatewayNotOffered
from app.domains.orders.flows.cancellation import cancel_order
from app.domains.orders.flows.payment import complete_order, finish_attempt, return_from_payment, start_payment
from app.domains.orders.queries.checkout import list_ways_to_pay
from app.domains.orders.queries.groups import get_group
from app.domains.orders.queries.unfinished import list_abandoned
from app.domains.orders.types import OrderGroup, PaymentStart
from app.domains.payments import actions as payments
from app.domains.payments.errors import GatewayAway
from app.domains.payments.queries import get_attempt
from app.domains.pricing.actions import change_price
from app.domains.provisioning.flows.audit import list_invariants
from app.kit import ids
from app.kit.invariants import check
from app.kit.money import Money
from app.kit.scope import Scope
from tests.domains.orders.test_payment import balance, pay
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


def group_of(scope: Scope, started: PaymentStart) -> OrderGroup:
    with scope.transaction() as unit:
        return get_group(unit, started.group_id)


def waiting(scope: Scope, name: str) -> list[dict[str, Any]]:
    query = text("SELECT args FROM queue.procrastinate_jobs WHERE task_name = :name AND args ->> 'tenant' = :tenant")
    with scope.database.owner.connect() as connection:
        return list(connection.execute(query, {"name": name, "tenant": scope.tenant_id}).scalars())


def away(scope: Scope) -> Scope:
    return replace(scope, settings=scope.settings.with_values(sandbox_provider_url="http://127.0.0.1:9"))


def in_production(scope: Scope) -> Scope:
    return replace(scope, settings=scope.settings.with_values(environment="production"))


def at_provider(provider: SandboxProvider, attempt_id: str) -> str:
    return provider.call("GET", f"/v1/payments?reference={attempt_id}").json()["payments"][0]["status"]


def sell_by_another(scope: Scope, offer_id: str) -> None:
    """A second seller has this offer."""
    seller, offer = ids.to_uuid("sel", ids.new("sel")), ids.to_uuid("off", offer_id)
    with scope.transaction() as unit:
        unit.db.execute(
            text(
                "INSERT INTO sellers_sellers (id, code, name, kind, status, legal_name)"
                " SELECT :seller, 'another', name, 'partner', status, legal_name FROM sellers_sellers"
            ),
            {"seller": seller},
        )
        unit.db.execute(
            text("UPDATE catalogue_offers SET seller_id = :seller WHERE id = :offer"),
            {"seller": seller, "offer": offer},
        )


# Attempts that were given up


def test_the_page_of_a_checkout_that_was_replaced_takes_no_money(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider
) -> None:
    guest = guest_of(selling)
    token = fill_cart(guest, {make_offer(selling, stock=2): 1})
    first = start_payment(guest, token, checkout_of(guest, token, key="first"))
    assert waiting(selling, "orders.void_attempt") == []
    second = start_payment(guest, token, checkout_of(guest, token, key="second"))
    assert [job["attempt_id"] for job in waiting(selling, "orders.void_attempt")] == [first.attempt_id]
    with pytest.raises(GatewayAway):
        jobs.void_attempt(away(selling), attempt_id=first.attempt_id)
    jobs.void_attempt(selling, attempt_id=first.attempt_id)
    assert at_provider(provider, first.attempt_id) == "voided"
    pay(provider, second)
    assert complete_order(selling, second.attempt_id).outcome == "placed"


def test_money_that_was_quicker_than_the_void_gets_its_home(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider
) -> None:
    guest = guest_of(selling)
    token = fill_cart(guest, {make_offer(selling, stock=1): 1})
    first = start_payment(guest, token, checkout_of(guest, token, key="first"))
    second = start_payment(guest, token, checkout_of(guest, token, key="second"))
    pay(provider, first)
    jobs.void_attempt(selling, attempt_id=first.attempt_id)
    assert (group_of(selling, first).status, group_of(selling, second).status) == ("placed", "superseded")
    assert balance(selling, "provider:sandbox") == 10100


# The completer


def test_a_provider_that_is_away_leaves_no_failed_job(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider
) -> None:
    guest = guest_of(selling)
    token = fill_cart(guest, {make_offer(selling, stock=1): 1})
    begun = start_payment(guest, token, checkout_of(guest, token))
    jobs.finish_attempt(away(selling), attempt_id=begun.attempt_id)
    assert group_of(selling, begun).status == "drafted"


def test_those_who_were_asked_after_longest_ago_come_first(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider, clock: Any
) -> None:
    guest = guest_of(selling)
    begun = []
    for _ in range(3):
        token = fill_cart(guest, {make_offer(selling, stock=1): 1})
        begun.append(start_payment(guest, token, checkout_of(guest, token)).attempt_id)
        clock.at += timedelta(seconds=1)
    clock.at += timedelta(minutes=1)
    turns = []
    for _ in range(3):
        with selling.transaction() as unit:
            turn = list_abandoned(unit, unit.now() - timedelta(seconds=30), limit=2)
            payments.mark_attempts_asked(unit, turn)
        turns.append(turn)
        clock.at += timedelta(seconds=20)
    assert turns == [begun[:2], [begun[2], begun[0]], [begun[1], begun[0]]]
    for attempt_id in begun:
        finish_attempt(selling.with_values(clock=clock), attempt_id)


def test_an_attempt_without_an_end_is_asked_after_more_and_more_seldom(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider, clock: Any
) -> None:
    guest = guest_of(selling)
    token = fill_cart(guest, {make_offer(selling, stock=1): 1})
    begun = start_payment(guest, token, checkout_of(guest, token))
    asked = []
    began, last = clock.at, clock.at + timedelta(hours=4)
    while clock.at < last:
        with selling.transaction() as unit:
            if list_abandoned(unit, unit.now() - timedelta(seconds=30)):
                payments.mark_attempts_asked(unit, [begun.attempt_id])
                asked.append((clock.at - began).total_seconds() / 60)
        clock.at += timedelta(minutes=1)
    alive = [minute for minute in asked if minute <= 30]
    assert alive == list(range(1, 31))  # while it may be paid, at each look
    later = [minute for minute in asked if minute > 30]
    gaps = [after - before for before, after in zip(later, later[1:], strict=False)]
    assert gaps == sorted(gaps) and 58 <= gaps[-1] <= 61 and len(later) < 12
    assert finish_attempt(selling, begun.attempt_id).outcome == "closed"


# Gateways that are not offered


def test_what_moves_no_real_money_is_not_offered_in_production(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider
) -> None:
    offer_id = make_offer(selling, stock=1)
    guest = in_production(guest_of(selling))
    token = fill_cart(guest, {offer_id: 1})
    with guest.transaction() as unit:
        assert [way.code for way in list_ways_to_pay(unit)] == ["cod"]
    given = checkout_of(guest_of(selling), token)
    with pytest.raises(GatewayNotOffered):
        start_payment(guest, token, given)
    with selling.transaction() as unit:
        assert list_available(unit, [offer_id]) == {offer_id: 1}
        for table in ("orders_groups", "payments_attempts", "inventory_reservations"):
            assert unit.db.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0


@pytest.mark.parametrize("was_sent", [False, True])
def test_an_attempt_whose_gateway_is_gone_lets_its_stock_go(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider, clock: Any, was_sent: bool
) -> None:
    offer_id = make_offer(selling, stock=1)
    guest = guest_of(selling)
    token = fill_cart(guest, {offer_id: 1})
    given = checkout_of(guest, token)
    if was_sent:
        start_payment(guest, token, given)
    else:
        with pytest.raises(GatewayAway):
            start_payment(away(guest), token, given)
    with selling.transaction() as unit:
        attempt_id = ids.from_uuid("pat", unit.db.execute(text("SELECT id FROM payments_attempts")).scalar_one())
    if was_sent:  # it may still be paid: while its time runs it is left alone
        assert finish_attempt(in_production(selling), attempt_id).outcome == "pending"
        clock.at += timedelta(seconds=selling.settings.attempt_ttl_s + 1)
    assert finish_attempt(in_production(selling), attempt_id).outcome == "closed"
    with selling.transaction() as unit:
        assert get_attempt(unit, attempt_id).status == "expired"
        assert list_available(unit, [offer_id]) == {offer_id: 1}


# Orders that cost nothing, in whole or in part


def test_an_order_that_costs_nothing_stands_at_once(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider
) -> None:
    offer_id = make_offer(selling, stock=2, price="0")
    with selling.transaction() as unit:
        unit.db.execute(text("UPDATE delivery_methods SET price_minor = 0"))
    guest = guest_of(selling)
    token = fill_cart(guest, {offer_id: 1})
    given = checkout_of(guest, token)
    assert given.expected_total_minor == 0
    outcomes = race_calls(4, lambda number: start_payment(guest, token, given))
    assert {outcome.value.outcome for outcome in outcomes} == {"placed"}
    begun = outcomes[0].value
    assert return_from_payment(guest, begun.token).outcome == "placed"
    with selling.transaction() as unit:
        jobs.letters.confirm_order(unit, begun.group_id)
        assert list_available(unit, [offer_id]) == {offer_id: 1}
        for table in ("payments_attempts", "ledger_transactions"):
            assert unit.db.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0
    order = group_of(selling, begun).orders[0]
    outcome = cancel_order(selling, order.id, "not wanted")
    assert (outcome.refunded_minor, outcome.refund_status) == (0, None)
    with selling.transaction() as unit:
        assert list_available(unit, [offer_id]) == {offer_id: 2}


def test_a_seller_s_part_that_costs_nothing_has_no_share_in_the_payment(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider
) -> None:
    paid, gift = make_offer(selling, stock=1), make_offer(selling, stock=1)
    sell_by_another(selling, gift)
    with selling.transaction() as unit:
        change_price(unit, gift, Money.parse("0", "THB"))
    guest = guest_of(selling)
    token = fill_cart(guest, {paid: 1, gift: 1})
    begun = start_payment(guest, token, checkout_of(guest, token))
    pay(provider, begun)
    assert complete_order(selling, begun.attempt_id).outcome == "placed"
    orders = {order.total_minor: order for order in group_of(selling, begun).orders}
    assert sorted(orders) == [0, 10100]
    assert cancel_order(selling, orders[0].id, "not wanted").refund_status is None
    assert cancel_order(selling, orders[10100].id, "not wanted").refund_status == "succeeded"
    assert balance(selling, "provider:sandbox") == 0


def test_cash_is_awaited_as_long_as_one_order_of_the_checkout_stands(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider
) -> None:
    first, second = make_offer(selling, stock=1), make_offer(selling, stock=1)
    sell_by_another(selling, second)
    guest = guest_of(selling)
    token = fill_cart(guest, {first: 1, second: 1})
    begun = start_payment(guest, token, checkout_of(guest, token, gateway="cod"))
    orders = group_of(selling, begun).orders
    assert len(orders) == 2

    def status() -> str:
        with selling.transaction() as unit:
            return get_attempt(unit, begun.attempt_id).status

    cancel_order(selling, orders[0].id, "not wanted")
    assert status() == "pending"
    cancel_order(selling, orders[1].id, "not wanted")
    assert status() == "cancelled"


def test_the_last_two_orders_of_a_checkout_called_off_at_once_end_its_attempt(
    selling: Scope, guest_of: GuestOf, provider: SandboxProvider
) -> None:
    first, second = make_offer(selling, stock=3), make_offer(selling, stock=3)
    sell_by_another(selling, second)
    guest = guest_of(selling)
    for turn in range(3):
        token = fill_cart(guest, {first: 1, second: 1})
        begun = start_payment(guest, token, checkout_of(guest, token, gateway="cod", key=f"turn-{turn}"))
        orders = group_of(selling, begun).orders
        outcomes = race_calls(2, lambda number, orders=orders: cancel_order(selling, orders[number].id, "not wanted"))
        assert [outcome.error for outcome in outcomes] == [None, None]
        with selling.transaction() as unit:
            assert get_attempt(unit, begun.attempt_id).status == "cancelled"
