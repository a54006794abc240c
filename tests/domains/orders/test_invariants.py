"""Each invariant of orders finds its own break, and only that.

A break is made by the owner in SQL, past every guard, in a transaction that is rolled back after the look at it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest

from app.domains.orders.flows.cancellation import cancel_order
from app.domains.orders.flows.payment import complete_order, start_payment
from app.domains.orders.queries.groups import get_group
from app.domains.orders.queries.invariants import INVARIANTS
from app.kit.clock import FixedClock
from app.kit.db import TenantSession
from app.kit.invariants import Break, check
from app.kit.scope import Scope
from tests.factories.orders import checkout_of, fill_cart, make_offer
from tests.harness.provider import SandboxProvider

GuestOf = Callable[[Scope], Scope]
PLACED = "(SELECT id FROM orders_orders WHERE status = 'placed')"
BREAKS: dict[str, tuple[str, ...]] = {
    "orders.units_are_whole": (
        "UPDATE orders_unit_statuses SET quantity = quantity - 1 WHERE status = 'drafted' AND quantity > 0",
        "DELETE FROM orders_unit_statuses WHERE status = 'drafted'",
        "UPDATE orders_lines SET quantity = quantity + 1 WHERE order_id IN"
        " (SELECT id FROM orders_orders WHERE status = 'drafted')",
    ),
    "orders.status_follows_units": (
        "UPDATE orders_orders SET status = 'packed' WHERE status = 'placed'",
        "UPDATE orders_orders SET status = 'discarded' WHERE status = 'drafted'",
        f"UPDATE orders_unit_statuses SET status = 'packed' WHERE line_id IN"
        f" (SELECT id FROM orders_lines WHERE order_id IN {PLACED}) AND quantity > 0",
    ),
    "orders.total_is_its_parts": (
        "UPDATE orders_groups SET total_minor = total_minor + 1, fee_minor = fee_minor + 1",
        "UPDATE orders_groups SET items_minor = items_minor + 1, delivery_minor = delivery_minor - 1",
        "UPDATE orders_lines SET total_minor = total_minor + 1, net_minor = net_minor + 1",
        "UPDATE orders_orders SET total_minor = total_minor + 1 WHERE status = 'drafted'",
        "WITH d AS (SELECT id FROM orders_orders WHERE status = 'drafted'), l AS (SELECT id FROM orders_lines WHERE"
        " order_id IN (SELECT id FROM d)), u AS (DELETE FROM orders_unit_statuses WHERE line_id IN (SELECT id FROM l)),"
        " n AS (DELETE FROM orders_lines WHERE order_id IN (SELECT id FROM d))"
        " DELETE FROM orders_orders WHERE status = 'drafted'",
        "WITH d AS (SELECT l.id FROM orders_lines AS l JOIN orders_orders AS o ON o.id = l.order_id WHERE"
        " o.status = 'drafted'), u AS (DELETE FROM orders_unit_statuses WHERE line_id IN (SELECT id FROM d))"
        " DELETE FROM orders_lines WHERE id IN (SELECT id FROM d)",
    ),
    "orders.placed_means_paid": (
        "UPDATE escrow_holds SET amount_minor = amount_minor - 1 WHERE status = 'held'",
        "UPDATE escrow_holds SET order_id = 'another' WHERE status = 'held'",
        "UPDATE orders_groups SET gateway = 'sandbox' WHERE gateway = 'cod'",
    ),
    "orders.cancelled_means_paid_back": (
        "WITH late AS (UPDATE orders_orders SET cancelled_at = '2026-11-21 04:59:59+00' WHERE status = 'cancelled')"
        " UPDATE escrow_holds SET refunded_minor = refunded_minor - 1, status = 'held' WHERE status = 'refunded'",
    ),
    "orders.quote_replays": (
        "UPDATE orders_groups SET quote_hash = repeat('0', 64) WHERE status = 'drafted'",
        "UPDATE orders_groups SET quote_inputs = jsonb_set(quote_inputs, '{lines,0,quantity}', '9')",
    ),
    "orders.drafts_come_to_an_end": (
        "UPDATE orders_groups SET created_at = '2026-11-22 02:59:59+00' WHERE status = 'drafted'",
    ),
    "orders.sold_is_what_was_ordered": (
        "UPDATE inventory_movements SET delta = delta - 1 WHERE reason = 'sold'",
        "DELETE FROM inventory_movements WHERE reason = 'cancelled'",
        "UPDATE inventory_movements SET reason = 'returned' WHERE reason = 'sold'",
    ),
}
EACH = [(name, statement) for name, statements in BREAKS.items() for statement in statements]


@pytest.fixture
def sold(selling: Scope, guest_of: GuestOf, provider: SandboxProvider) -> Scope:
    """One order that was paid, one payable on delivery, one cancelled, one still a draft."""
    guest = guest_of(selling)
    for number, (gateway, outcome) in enumerate(
        [("sandbox", "placed"), ("cod", "placed"), ("sandbox", "cancelled"), ("sandbox", "drafted")]
    ):
        token = fill_cart(guest, {make_offer(selling, stock=5): 2})
        started = start_payment(guest, token, checkout_of(guest, token, gateway=gateway, key=f"key-{number}"))
        if gateway == "cod" or outcome == "drafted":
            continue
        assert started.redirect_url is not None
        provider.press(started.redirect_url.rsplit("/", 1)[-1].split("?")[0])
        complete_order(selling, started.attempt_id)
        if outcome == "cancelled":
            with selling.transaction() as unit:
                order_id = get_group(unit, started.group_id).orders[0].id
            cancel_order(selling, order_id, "test")
    with selling.transaction(read_only=True) as unit:
        assert check(unit, INVARIANTS) == []
    return selling


def breaks_after(scope: Scope, statement: str) -> list[Break]:
    with scope.database.owner.connect() as connection:
        connection.exec_driver_sql("SELECT set_config('search_path', %s, true)", (scope.tenant_id,))
        connection.exec_driver_sql(statement)
        session = TenantSession(connection, scope.tenant_id, 60_000)
        found = check(dataclasses.replace(scope, session=session), INVARIANTS)
        session.close()
        connection.rollback()
    return found


def test_every_invariant_has_its_break() -> None:
    assert set(BREAKS) == {one.name for one in INVARIANTS}


def test_a_break_is_found_by_its_own_invariant(sold: Scope) -> None:
    """All breaks of one tenant, one after another: to make the sales takes longer than to break them."""
    wrong = {}
    for name, statement in EACH:
        found = breaks_after(sold, statement)
        for one in found:
            assert one.invariant.sentence in str(one) and set(one.row) == set(one.invariant.columns)
        if {one.name for one in found} != {name}:
            wrong[statement] = sorted({one.name for one in found})
    assert wrong == {}
    with sold.transaction(read_only=True) as unit:
        assert check(unit, INVARIANTS) == []


def test_a_draft_may_stand_for_two_hours(sold: Scope) -> None:
    with sold.transaction(read_only=True) as unit:
        assert check(unit.with_values(clock=FixedClock(unit.now() + timedelta(hours=1))), INVARIANTS) == []
        late = check(unit.with_values(clock=FixedClock(unit.now() + timedelta(days=400))), INVARIANTS)
    assert {one.name for one in late} == {"orders.drafts_come_to_an_end"}


def test_another_tenant_s_break_is_not_seen(sold: Scope, other_system_scope: Scope) -> None:
    statement = "UPDATE orders_groups SET quote_hash = repeat('0', 64)"
    assert breaks_after(other_system_scope, statement) == []
