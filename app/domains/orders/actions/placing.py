"""From draft to placed, and what becomes of a draft that is not.

Locks are taken in one order: cart, its group, the payment's attempt, stock by offer id, then the group's orders.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, update

from app.domains.escrow import actions as escrow
from app.domains.inventory import actions as inventory
from app.domains.inventory.errors import InsufficientStock
from app.domains.orders.actions.drafts import discard_orders, supersede_drafts
from app.domains.orders.events import OrderPlaced
from app.domains.orders.models import NUMBERS, CartRow, GroupRow, LineRow, OrderRow, UnitStatus
from app.domains.orders.queries.checkout import COD
from app.domains.orders.queries.groups import list_subsidies
from app.domains.orders.rules import order_number
from app.domains.pricing import actions as pricing
from app.domains.pricing.errors import PromotionUsedUp
from app.kit.events import announce
from app.kit.scope import SYSTEM_ONLY, Scope, action

CLOSED = ("cancelled", "superseded", "expired")


@dataclass(frozen=True, slots=True)
class LockedGroup:
    """A checkout whose row this unit holds."""

    id: str
    cart_id: str
    status: str
    gateway: str
    total_minor: int
    currency: str


@action(SYSTEM_ONLY)
def lock_group(scope: Scope, group_id: str) -> LockedGroup:
    """Lock a checkout and, before it, its cart, to the end of the unit."""
    cart_id = select(GroupRow.cart_id).where(GroupRow.id == group_id).scalar_subquery()
    scope.db.execute(select(CartRow.id).where(CartRow.id == cart_id).with_for_update())
    row = scope.db.execute(
        select(
            GroupRow.id,
            GroupRow.cart_id,
            GroupRow.status,
            GroupRow.gateway,
            GroupRow.total_minor,
            GroupRow.currency,
        )
        .where(GroupRow.id == group_id)
        .with_for_update()
    ).one()
    return LockedGroup(**row._mapping)


@action(SYSTEM_ONLY)
def is_held(scope: Scope, group_id: str) -> bool:
    """Are a draft's pieces and its uses of promotions still reserved? If so they stay so to the end of the unit."""
    return inventory.hold_on(scope, group_id) and pricing.hold_uses(scope, group_id)


@action(SYSTEM_ONLY)
def place_group(scope: Scope, group: LockedGroup) -> None:
    """The reserved stock is sold, number and orders stand, the cart is done; announced once.

    Only a drafted group, held by this unit, can be placed: the conditional UPDATE is the guard.
    """
    inventory.claim(scope, group.id)
    pricing.consume_uses(scope, group.id)
    if group.gateway != COD or group.total_minor == 0:
        # what is collected at the door is held when it is collected, and so will be what is added to it
        escrow.add_subsidies(scope, group.id, list_subsidies(scope, group.id))
    number = scope.db.execute(select(NUMBERS.next_value())).scalar_one()
    placed = scope.db.execute(
        update(GroupRow)
        .where(GroupRow.id == group.id, GroupRow.status == "drafted")
        .values(status="placed", number=number, placed_at=scope.now(), version=GroupRow.version + 1)
        .returning(GroupRow.total_minor, GroupRow.currency)
    ).one()
    order_ids = list(
        scope.db.scalars(
            select(OrderRow.id).where(OrderRow.group_id == group.id, OrderRow.status == "drafted").order_by(OrderRow.id)
        )
    )
    for index, order_id in enumerate(order_ids):
        scope.db.execute(
            update(OrderRow)
            .where(OrderRow.id == order_id)
            .values(
                status="placed",
                number=order_number(number, index, len(order_ids)),
                placed_at=scope.now(),
                version=OrderRow.version + 1,
            )
        )
    _move_units(scope, order_ids, "drafted", "placed")
    scope.db.execute(
        update(CartRow)
        .where(CartRow.id == group.cart_id, CartRow.status == "open")
        .values(status="placed", version=CartRow.version + 1)
    )
    announce(scope, OrderPlaced(group.id, number, placed.total_minor, placed.currency))


@action(SYSTEM_ONLY)
def close_group(scope: Scope, group: LockedGroup, status: str, reason: str) -> bool:
    """Give a drafted checkout up: its stock and its promotions are free again. False when it was closed or placed
    before."""
    closed = scope.db.execute(
        update(GroupRow)
        .where(GroupRow.id == group.id, GroupRow.status == "drafted")
        .values(status=status, closed_reason=reason, version=GroupRow.version + 1)
        .returning(GroupRow.id)
    ).one_or_none()
    if closed is None:
        return False
    pricing.release_uses(scope, group.id)
    inventory.release(scope, group.id)
    discard_orders(scope, group.id)
    return True


@action(SYSTEM_ONLY)
def revive_group(scope: Scope, group: LockedGroup) -> bool:
    """Money has come for a checkout that was given up: take it up again if its cart is not ordered otherwise and
    all its pieces and uses of promotions are still there. False leaves everything as it is."""
    if group.status not in (*CLOSED, "drafted"):
        return False
    cart_status = scope.db.execute(select(CartRow.status).where(CartRow.id == group.cart_id)).scalar_one()
    if cart_status != "open":
        return False
    wanted = scope.db.execute(
        select(LineRow.offer_id, LineRow.quantity)
        .join(OrderRow, OrderRow.id == LineRow.order_id)
        .where(OrderRow.group_id == group.id)
    )
    quantities = {row.offer_id: row.quantity for row in wanted}
    try:
        with scope.db.begin_nested():
            superseded = supersede_drafts(scope, group.cart_id) if group.status != "drafted" else []
            pricing.release_uses(scope, group.id)
            pricing.reserve_uses_again(scope, group.id)
            # what a draft still holds of its own is given back in the same pass
            inventory.reserve_again(scope, group.id, quantities, instead_of=[*superseded, group.id])
    except (InsufficientStock, PromotionUsedUp):
        return False
    if group.status != "drafted":
        _redraft(scope, group.id)
    return True


def _redraft(scope: Scope, group_id: str) -> None:
    scope.db.execute(
        update(GroupRow)
        .where(GroupRow.id == group_id)
        .values(status="drafted", closed_reason="", version=GroupRow.version + 1)
    )
    order_ids = scope.db.scalars(
        update(OrderRow)
        .where(OrderRow.group_id == group_id, OrderRow.status == "discarded")
        .values(status="drafted", version=OrderRow.version + 1)
        .returning(OrderRow.id)
    ).all()
    _move_units(scope, list(order_ids), "discarded", "drafted")


def _move_units(scope: Scope, order_ids: list[str], status: str, to: str) -> None:
    lines = select(LineRow.id).where(LineRow.order_id.in_(order_ids))
    scope.db.execute(
        update(UnitStatus)
        .where(UnitStatus.line_id.in_(lines), UnitStatus.status == status)
        .values(status=to, version=UnitStatus.version + 1, updated_at=func.now())
    )
