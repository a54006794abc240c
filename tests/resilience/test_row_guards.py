"""Guards that stand behind other guards: each is asked alone, as if the one before it had been forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, NoResultFound, ProgrammingError

from app.domains.content.models import MessageRow
from app.domains.inventory import actions as inventory
from app.domains.inventory.errors import InsufficientStock, ReservationGone
from app.domains.inventory.models import Reservation, StockLevel
from app.domains.orders.actions import letters, moves, placing
from app.domains.orders.errors import CartPlaced
from app.domains.orders.flows.payment import return_from_payment, start_payment
from app.domains.orders.models import GroupRow, OrderRow
from app.domains.orders.queries.groups import get_group
from app.domains.payments import actions as payments
from app.domains.payments.models import AttemptRow
from app.domains.pricing.actions import change_price
from app.kit import ids
from app.kit.errors import StaleVersion, TransactionOpen
from app.kit.events import EventRow, fan_out
from app.kit.http import Client
from app.kit.money import Money
from app.kit.scope import PUBLIC, Scope, flow
from tests.factories.orders import checkout_of, make_offer
from tests.harness.provider import SandboxProvider
from tests.harness.race import race_calls

from . import shop


def placed(scope: Scope, gateway: str = "cod") -> tuple[shop.Errand, str]:
    """A placed order payable on delivery: the errand and its group."""
    errand = shop.errand(scope, gateway)
    done = start_payment(errand.guest, errand.cart_token, errand.given)
    assert done.outcome == "placed"
    return errand, done.group_id


def level(scope: Scope, offer_id: str) -> tuple[int, int]:
    with scope.transaction() as unit:
        row = unit.db.execute(
            select(StockLevel.on_hand, StockLevel.reserved).where(StockLevel.offer_id == offer_id)
        ).one()
    return row.on_hand, row.reserved


def status(scope: Scope, group_id: str) -> str:
    with scope.transaction() as unit:
        return unit.db.execute(select(GroupRow.status).where(GroupRow.id == group_id)).scalar_one()


# What the database itself refuses


def test_the_database_promises_no_more_than_there_is(selling: Scope) -> None:
    offer_id = make_offer(selling, stock=2)
    for values in ({"reserved": 3}, {"reserved": -1}, {"on_hand": -1}):
        with pytest.raises(IntegrityError), selling.transaction() as unit:
            unit.db.execute(update(StockLevel).where(StockLevel.offer_id == offer_id).values(**values))
    assert level(selling, offer_id) == (2, 0)


def test_the_database_holds_pieces_once_per_reference(selling: Scope) -> None:
    offer_id = make_offer(selling, stock=5)
    with selling.transaction() as unit:
        inventory.reserve(unit, "group-1", {offer_id: 1}, unit.now())
    with pytest.raises(IntegrityError), selling.transaction() as unit:
        inventory.reserve(unit, "group-1", {offer_id: 1}, unit.now())
    assert level(selling, offer_id) == (5, 1)


def test_stock_is_put_back_once_per_reference(selling: Scope) -> None:
    offer_id = make_offer(selling, stock=5)
    with selling.transaction() as unit:
        assert inventory.restock(unit, "order-1", {offer_id: 2})
    with selling.transaction() as unit:
        assert not inventory.restock(unit, "order-1", {offer_id: 2})
    assert level(selling, offer_id) == (7, 0)


def test_the_database_keeps_movements_as_they_were_written(selling: Scope) -> None:
    make_offer(selling, stock=5)
    for statement in ("UPDATE inventory_movements SET delta = 1", "DELETE FROM inventory_movements"):
        with pytest.raises(ProgrammingError, match="permission denied"), selling.transaction() as unit:
            unit.db.execute(text(statement))


def copy_of(scope: Scope, group_id: str, **changes: object) -> None:
    """Write a second row like a checkout's, with other values in some columns."""
    with scope.transaction() as unit:
        row = unit.db.execute(select(*GroupRow.__table__.columns).where(GroupRow.id == group_id)).one()._mapping
        own = {"id": ids.new("grp"), "token_hash": ids.new_token(), "number": None}
        unit.db.execute(insert(GroupRow).values(**{**row, **own, **changes}))


@pytest.mark.parametrize(
    "changes",
    [
        {"idempotency_key": "another", "number": 999},
        {"status": "expired", "placed_at": None},
    ],
    ids=["a second placed one", "a second one of the same key"],
)
def test_the_database_takes_one_order_per_cart_and_one_checkout_per_key(
    selling: Scope, changes: dict[str, object]
) -> None:
    _, group_id = placed(selling)
    with pytest.raises(IntegrityError):
        copy_of(selling, group_id, **changes)
    assert shop.count(selling, "SELECT count(*) FROM orders_groups") == 1


def test_the_database_takes_one_open_checkout_per_cart(selling: Scope, provider: SandboxProvider) -> None:
    errand = shop.errand(selling, "sandbox")
    begun = start_payment(errand.guest, errand.cart_token, errand.given)
    with pytest.raises(IntegrityError):
        copy_of(selling, begun.group_id, idempotency_key="another")
    assert shop.count(selling, "SELECT count(*) FROM orders_groups") == 1


# What a conditional update refuses


def test_a_checkout_that_was_given_up_is_not_placed(selling: Scope, provider: SandboxProvider) -> None:
    errand = shop.errand(selling, "sandbox")
    begun = start_payment(errand.guest, errand.cart_token, errand.given)
    with selling.transaction() as unit:
        assert placing.close_group(unit, placing.lock_group(unit, begun.group_id), "cancelled", "test")
    with pytest.raises(NoResultFound), selling.transaction() as unit:
        inventory.reserve_again(unit, begun.group_id, {errand.offer_id: 1})
        placing.place_group(unit, placing.lock_group(unit, begun.group_id))
    assert status(selling, begun.group_id) == "cancelled"
    assert shop.available(selling, errand.offer_id) == errand.stock


def test_a_placed_checkout_is_not_given_up(selling: Scope) -> None:
    errand, group_id = placed(selling)
    with selling.transaction() as unit:
        assert not placing.close_group(unit, placing.lock_group(unit, group_id), "expired", "test")
    assert status(selling, group_id) == "placed"
    assert level(selling, errand.offer_id) == (errand.stock - 1, 0)


def test_a_cart_that_was_ordered_is_not_ordered_again(selling: Scope) -> None:
    errand, _ = placed(selling)
    with pytest.raises(CartPlaced):
        start_payment(errand.guest, errand.cart_token, replace(errand.given, idempotency_key="another"))
    assert shop.count(selling, "SELECT count(*) FROM orders_groups") == 1
    assert level(selling, errand.offer_id) == (errand.stock - 1, 0)


def test_pieces_that_are_not_held_cannot_be_sold(selling: Scope) -> None:
    errand, group_id = placed(selling)
    with pytest.raises(ReservationGone), selling.transaction() as unit:
        inventory.claim(unit, group_id)
    with selling.transaction() as unit:
        assert inventory.release(unit, group_id) == 0
    assert level(selling, errand.offer_id) == (errand.stock - 1, 0)


def test_pieces_are_held_again_only_where_they_are(selling: Scope) -> None:
    offer_id = make_offer(selling, stock=1)
    with selling.transaction() as unit:
        inventory.reserve(unit, "first", {offer_id: 1}, unit.now())
    with pytest.raises(InsufficientStock) as refused, selling.transaction() as unit:
        inventory.reserve(unit, "second", {offer_id: 1}, unit.now())
    assert refused.value.facts["available"] == 0
    with selling.transaction() as unit:
        held = unit.db.execute(select(Reservation.reference).where(Reservation.status == "live")).scalars().all()
    assert held == ["first"]


def test_an_attempt_that_was_paid_is_not_closed(selling: Scope, provider: SandboxProvider) -> None:
    errand = shop.errand(selling, "sandbox")
    begun = start_payment(errand.guest, errand.cart_token, errand.given)
    shop.pay(provider, begun)
    return_from_payment(errand.guest, begun.token)
    with selling.transaction() as unit:
        assert not payments.close_attempt(unit, begun.attempt_id, "expired")
        found = unit.db.execute(select(AttemptRow.status).where(AttemptRow.id == begun.attempt_id)).scalar_one()
    assert found == "captured"


def test_an_event_is_fanned_out_once(selling: Scope) -> None:
    placed(selling)
    waiting = "SELECT count(*) FROM queue.procrastinate_jobs WHERE task_name = 'orders.confirm_order'"
    with selling.transaction() as unit:
        event_id = unit.db.execute(select(EventRow.id).where(EventRow.name == "orders.order_placed")).scalar_one()
    with selling.database.owner.connect() as owner:
        before = owner.execute(text(waiting)).scalar_one()
        for _ in range(2):
            with selling.transaction() as unit:
                fan_out(unit, event_id=event_id)
        assert owner.execute(text(waiting)).scalar_one() == before + 1


def test_a_letter_is_written_once(selling: Scope) -> None:
    _, group_id = placed(selling)
    for _ in range(2):
        with selling.transaction() as unit:
            letters.confirm_order(unit, group_id)
    with selling.transaction() as unit:
        keys = unit.db.execute(select(MessageRow.effect_key)).scalars().all()
    assert keys == [f"order_placed:{group_id}"]


# What an editor may not overwrite


def test_a_price_that_somebody_else_has_changed_is_not_overwritten(selling: Scope) -> None:
    offer_id = make_offer(selling, stock=1)
    with selling.transaction() as unit:
        change_price(unit, offer_id, Money.parse("120", "THB"), if_version=1)
    with pytest.raises(StaleVersion), selling.transaction() as unit:
        change_price(unit, offer_id, Money.parse("130", "THB"), if_version=1)
    assert shop.count(selling, "SELECT amount_minor FROM pricing_prices") == 12000


def test_a_count_that_was_taken_before_another_is_not_stored(selling: Scope) -> None:
    offer_id = make_offer(selling, stock=5)
    with selling.transaction() as unit:
        seen = unit.db.execute(select(StockLevel.version).where(StockLevel.offer_id == offer_id)).scalar_one()
        inventory.set_stock(unit, offer_id, 7, reference="first", if_version=seen)
    with pytest.raises(StaleVersion), selling.transaction() as unit:
        inventory.set_stock(unit, offer_id, 9, reference="second", if_version=seen)
    assert level(selling, offer_id) == (7, 0)


def test_an_order_that_somebody_else_has_moved_is_not_moved(selling: Scope) -> None:
    _, group_id = placed(selling)
    with selling.transaction() as unit:
        order_id = get_group(unit, group_id).orders[0].id
        seen = unit.db.execute(select(OrderRow.version).where(OrderRow.id == order_id)).scalar_one()
        moves.mark_packed(unit, order_id, seen)
    with pytest.raises(StaleVersion), selling.transaction() as unit:
        moves.mark_shipped(unit, order_id, "Post", "", seen)
    with selling.transaction() as unit:
        assert get_group(unit, group_id).orders[0].status == "packed"


# What may not be done with a transaction open


def test_nothing_is_said_to_the_outside_while_rows_are_locked(selling: Scope) -> None:
    client = Client(selling.settings, selling.settings.sandbox_provider_url, {})
    with selling.transaction(), pytest.raises(TransactionOpen):
        client.call("GET", "/v1/payments?reference=x")


def test_a_flow_is_not_entered_with_a_transaction_open(selling: Scope) -> None:
    """Not even one whose first step is outside: it would hold the caller's locks while it waits."""
    entered: list[Scope] = []
    outside = flow(PUBLIC)(entered.append)
    with selling.transaction() as unit:
        for scope in (selling, unit):
            with pytest.raises(TransactionOpen):
                outside(scope)
    assert entered == []
    outside(selling)
    assert entered == [selling]


# Whose rights a transaction has


def test_a_transaction_has_the_rights_of_its_tenant_alone(system_scope: Scope, other_system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        assert unit.db.execute(text("SELECT current_user::text")).scalar_one() == system_scope.tenant_id
    for table in ("orders_groups", "inventory_levels", "ledger_transfers"):
        statement = text(f"SELECT count(*) FROM {system_scope.tenant_id}.{table}")
        with pytest.raises(DBAPIError, match="permission denied"), other_system_scope.transaction() as unit:
            unit.db.execute(statement)


def test_a_connection_of_the_pool_belongs_to_nobody(selling: Scope) -> None:
    with selling.transaction() as unit:
        unit.db.execute(text("SELECT 1"))
    with selling.database.engine.connect() as raw:
        assert raw.execute(text("SELECT current_user::text")).scalar_one() == selling.settings.app_login
        with pytest.raises(DBAPIError, match="permission denied"):
            raw.execute(text(f"SELECT count(*) FROM {selling.tenant_id}.orders_groups"))


def test_two_windows_that_order_one_cart_at_once_leave_one_checkout_open(
    selling: Scope, provider: SandboxProvider
) -> None:
    errand = shop.errand(selling, "sandbox", stock=9)
    given = [checkout_of(errand.guest, errand.cart_token, key=f"window-{number}") for number in range(6)]
    outcomes = race_calls(6, lambda number: start_payment(errand.guest, errand.cart_token, given[number]))
    assert [one.error for one in outcomes if one.error is not None] == []
    assert shop.count(selling, "SELECT count(*) FROM orders_groups WHERE status = 'drafted'") == 1
    assert level(selling, errand.offer_id) == (9, 1)
    assert shop.breaks(selling) == []
