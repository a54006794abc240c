"""Each invariant of stock finds its own break, and only that."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from app.domains.inventory import actions
from app.domains.inventory.queries.invariants import INVARIANTS
from app.kit.db import TenantSession
from app.kit.invariants import check
from app.kit.scope import Scope
from tests.conftest import NOON
from tests.domains.inventory.conftest import NewOffer

BREAKS = {
    "inventory.on_hand_is_moved": (
        "UPDATE inventory_levels SET on_hand = on_hand + 1",
        "UPDATE inventory_movements SET delta = delta + 1",
        "DELETE FROM inventory_movements WHERE reason = 'sold'",
        "INSERT INTO inventory_locations (id, code) VALUES (gen_random_uuid(), 'unknown');"
        " INSERT INTO inventory_movements (offer_id, location_id, delta, reason, reference, occurred_at)"
        " SELECT o.offer_id, l.id, 3, 'received', 'x', now() FROM inventory_levels AS o, inventory_locations AS l"
        " WHERE l.code = 'unknown' LIMIT 1",
    ),
    "inventory.reserved_is_held": (
        "UPDATE inventory_levels SET reserved = reserved - 1 WHERE reserved > 0",
        "UPDATE inventory_levels SET reserved = 0",
        "UPDATE inventory_reservations SET status = 'released'",
        "UPDATE inventory_reservations SET quantity = quantity + 1 WHERE status = 'live'",
        "UPDATE inventory_reservations SET status = 'live' WHERE status = 'claimed'",
    ),
    "inventory.reservations_expire": (
        "UPDATE inventory_reservations SET expires_at = '2026-11-22 04:54:59+00' WHERE status = 'live'",
    ),
}
EACH = [(name, statement) for name, statements in BREAKS.items() for statement in statements]


@pytest.fixture
def stocked(store: Scope, new_offer: NewOffer) -> Scope:
    """Something sold, something held, something that has come back."""
    sold, held = new_offer(5), new_offer(5)
    with store.transaction() as unit:
        actions.reserve(unit, f"sold-{sold}", {sold: 2}, NOON + timedelta(minutes=15))
        actions.claim(unit, f"sold-{sold}")
        actions.reserve(unit, f"held-{held}", {held: 2}, NOON + timedelta(minutes=15))
    with store.transaction(read_only=True) as unit:
        assert check(unit, INVARIANTS) == []
    return store


def test_every_invariant_has_its_break() -> None:
    assert set(BREAKS) == {one.name for one in INVARIANTS}


@pytest.mark.parametrize(("name", "statement"), EACH)
def test_a_break_is_found_by_its_own_invariant(stocked: Scope, name: str, statement: str) -> None:
    with stocked.database.owner.connect() as connection:
        connection.exec_driver_sql("SELECT set_config('search_path', %s, true)", (stocked.tenant_id,))
        connection.exec_driver_sql(statement)
        session = TenantSession(connection, stocked.tenant_id, 60_000)
        found = check(dataclasses.replace(stocked, session=session), INVARIANTS)
        session.close()
        connection.rollback()
    assert {one.name for one in found} == {name}
    for one in found:
        assert one.invariant.sentence in str(one) and set(one.row) == set(one.invariant.columns)


def test_a_promise_that_ended_less_than_five_minutes_ago_is_no_break(stocked: Scope) -> None:
    just_in_time = type(stocked.clock)(NOON + timedelta(minutes=20))
    with stocked.with_values(clock=just_in_time).transaction(read_only=True) as unit:
        assert check(unit, INVARIANTS) == []
    too_late = type(stocked.clock)(NOON + timedelta(minutes=20, seconds=1))
    with stocked.with_values(clock=too_late).transaction(read_only=True) as unit:
        assert {one.name for one in check(unit, INVARIANTS)} == {"inventory.reservations_expire"}
