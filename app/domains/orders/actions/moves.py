"""How an order moves after it was placed. Each move is a conditional UPDATE; its row count decides."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.inventory import actions as inventory
from app.domains.orders.errors import OrderNotFound, StatusNotPossible
from app.domains.orders.events import OrderCancelled, OrderPacked, OrderShipped
from app.domains.orders.models import GroupRow, LineRow, OrderRow, UnitStatus
from app.domains.orders.rules import can_move
from app.domains.pricing import actions as pricing
from app.domains.tenancy.actions import record_change
from app.kit import ids
from app.kit.errors import StaleVersion
from app.kit.events import announce
from app.kit.scope import Scope, action

STANDING = ("placed", "packed", "shipped")


@dataclass(frozen=True, slots=True)
class Cancelled:
    """An order that was called off; `is_last`: no order of its checkout stands any more."""

    group_id: str
    gateway: str
    total_minor: int
    currency: str
    is_last: bool


@action("orders.manage")
def mark_packed(scope: Scope, order_id: str, if_version: int | None = None) -> str:
    """Everything of the order is in its parcel; returns the group. Raises `StatusNotPossible`, `StaleVersion`."""
    group_id = _move(scope, order_id, "packed", if_version, packed_at=scope.now())
    announce(scope, OrderPacked(order_id, group_id))
    return group_id


@action("orders.manage")
def mark_shipped(scope: Scope, order_id: str, carrier: str, tracking_code: str, if_version: int | None = None) -> str:
    """The parcel has left; returns the group. Raises `StatusNotPossible`, `StaleVersion`."""
    group_id = _move(scope, order_id, "shipped", if_version, shipped_at=scope.now())
    announce(scope, OrderShipped(order_id, group_id, carrier, tracking_code))
    return group_id


@action("orders.refund")
def cancel(scope: Scope, order_id: str, reason: str, if_version: int | None = None) -> Cancelled:
    """Call an order off and put its pieces back; the money is the caller's part of the same unit."""
    group_id = _move(
        scope,
        order_id,
        "cancelled",
        if_version,
        cancelled_at=scope.now(),
        cancelled_by=scope.actor.name or scope.actor.kind,
        cancelled_reason=reason,
    )
    lines = scope.db.execute(select(LineRow.offer_id, LineRow.quantity).where(LineRow.order_id == order_id))
    # two who cancel the last two orders of a checkout at once: one of them must see the other's
    scope.db.execute(select(GroupRow.id).where(GroupRow.id == group_id).with_for_update())
    standing = select(func.count()).where(OrderRow.group_id == group_id, OrderRow.status.in_(STANDING))
    is_last = scope.db.execute(standing).scalar_one() == 0
    if is_last:
        pricing.return_uses(scope.as_system(), group_id)
    quantities = {row.offer_id: row.quantity for row in lines}
    inventory.restock(scope.as_system(), order_id, quantities, sold_as=group_id)
    order = scope.db.execute(
        select(OrderRow.total_minor, OrderRow.currency, GroupRow.gateway)
        .join(GroupRow, GroupRow.id == OrderRow.group_id)
        .where(OrderRow.id == order_id)
    ).one()
    record_change(
        scope, noun="order", noun_id=order_id, verb="cancel", before={}, after={"reason": reason, "status": "cancelled"}
    )
    announce(scope, OrderCancelled(order_id, group_id, order.total_minor, order.currency))
    return Cancelled(group_id, order.gateway, order.total_minor, order.currency, is_last)


def _move(scope: Scope, order_id: str, to: str, if_version: int | None, **facts: object) -> str:
    row = scope.db.execute(
        select(OrderRow.status, OrderRow.version, OrderRow.group_id)
        .where(OrderRow.id == ids.check("ord", order_id))
        .with_for_update()
    ).one_or_none()
    if row is None or row.status in ("drafted", "discarded"):
        raise OrderNotFound()
    if if_version is not None and row.version != if_version:
        raise StaleVersion()
    if not can_move(row.status, to):
        raise StatusNotPossible(status=row.status)
    moved = scope.db.execute(
        update(OrderRow)
        .where(OrderRow.id == order_id, OrderRow.status == row.status)
        .values(status=to, version=OrderRow.version + 1, **facts)
        .returning(OrderRow.id)
    ).one_or_none()
    if moved is None:
        raise StatusNotPossible(status=row.status)
    _move_units(scope, order_id, row.status, to)
    return str(row.group_id)


def _move_units(scope: Scope, order_id: str, status: str, to: str) -> None:
    """All units of the order from one status to the next; each line keeps its sum."""
    lines = select(LineRow.id).where(LineRow.order_id == order_id)
    moved = scope.db.execute(
        update(UnitStatus)
        .where(UnitStatus.line_id.in_(lines), UnitStatus.status == status, UnitStatus.quantity > 0)
        .values(quantity=0, version=UnitStatus.version + 1)
        .returning(UnitStatus.line_id)
    )
    line_ids = sorted(row.line_id for row in moved)
    quantities = scope.db.execute(select(LineRow.id, LineRow.quantity).where(LineRow.id.in_(line_ids)))
    rows = [{"line_id": row.id, "status": to, "quantity": row.quantity} for row in quantities]
    statement = upsert(UnitStatus)
    scope.db.execute(
        statement.on_conflict_do_update(
            index_elements=[UnitStatus.line_id, UnitStatus.status],
            set_={"quantity": statement.excluded.quantity, "version": UnitStatus.version + 1},
        ),
        rows,
    )
