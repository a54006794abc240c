"""What shoppers see of their own: orders and wishes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.domains.catalogue.models import ProductRow
from app.domains.orders.errors import OrderNotFound
from app.domains.orders.models import GroupRow, LineRow, OrderRow, WishRow
from app.domains.orders.queries.groups import get_group
from app.domains.orders.types import LastCheckout, OrderGroup
from app.kit import ids
from app.kit.scope import Scope, query
from app.kit.secrets import token_hash


@dataclass(frozen=True, slots=True)
class OwnOrder:
    """One row of a shopper's list: a checkout. `statuses` are those of its orders; `titles` of its first lines."""

    number: int
    placed_at: datetime
    total_minor: int
    currency: str
    item_count: int
    statuses: tuple[str, ...]
    titles: tuple[dict[str, str], ...]
    picture_ids: tuple[str, ...]


@query("shopper.manage_own")
def list_own_orders(scope: Scope, limit: int = 50) -> list[OwnOrder]:
    """The shopper's placed orders, the newest first. Two statements."""
    groups = scope.db.execute(
        select(GroupRow.id, GroupRow.number, GroupRow.placed_at, GroupRow.total_minor, GroupRow.currency)
        .where(GroupRow.shopper_id == scope.actor.id, GroupRow.placed_at.is_not(None))
        .order_by(GroupRow.placed_at.desc(), GroupRow.id.desc())
        .limit(limit)
    ).all()
    lines: dict[str, list[Any]] = {}
    for row in scope.db.execute(
        select(OrderRow.group_id, OrderRow.status, LineRow.title, LineRow.picture_id, LineRow.quantity)
        .join(LineRow, LineRow.order_id == OrderRow.id)
        .where(OrderRow.group_id.in_([group.id for group in groups]))
        .order_by(OrderRow.id, LineRow.position)
    ):
        lines.setdefault(row.group_id, []).append(row)
    return [
        OwnOrder(
            number=group.number,
            placed_at=group.placed_at,
            total_minor=group.total_minor,
            currency=group.currency,
            item_count=sum(line.quantity for line in lines.get(group.id, [])),
            statuses=tuple(dict.fromkeys(line.status for line in lines.get(group.id, []))),
            titles=tuple(line.title for line in lines.get(group.id, [])),
            picture_ids=tuple(line.picture_id for line in lines.get(group.id, []) if line.picture_id),
        )
        for group in groups
    ]


@query("shopper.manage_own")
def get_own_order(scope: Scope, number: int) -> OrderGroup:
    """One of the shopper's own checkouts by its number. Raises `OrderNotFound` for any other."""
    group_id = scope.db.execute(
        select(GroupRow.id).where(
            GroupRow.number == number, GroupRow.shopper_id == scope.actor.id, GroupRow.placed_at.is_not(None)
        )
    ).scalar_one_or_none()
    if group_id is None:
        raise OrderNotFound()
    return get_group(scope.as_system(), group_id)


@query("shopper.manage_own")
def count_claimable(scope: Scope, email: str) -> int:
    """How many orders were placed as a guest with this address, which is the session's. One statement."""
    counted = select(func.count()).where(
        func.lower(GroupRow.email) == email, GroupRow.shopper_id.is_(None), GroupRow.placed_at.is_not(None)
    )
    return int(scope.db.execute(counted).scalar_one())


@query("shopper.manage_own")
def find_last_own(scope: Scope) -> LastCheckout | None:
    """What the shopper chose at the last order, or None. One statement."""
    found = scope.db.execute(
        select(GroupRow.email, GroupRow.phone, GroupRow.address, GroupRow.delivery, GroupRow.gateway)
        .where(GroupRow.shopper_id == scope.actor.id, GroupRow.placed_at.is_not(None))
        .order_by(GroupRow.placed_at.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    return LastCheckout(found.email, found.phone, found.address, str(found.delivery.get("code", "")), found.gateway)


@query("cart.edit")
def is_product(scope: Scope, product_id: str) -> bool:
    """Is this a product that is sold here? One statement. Raises `MalformedId`."""
    wanted = select(ProductRow.id).where(ProductRow.id == ids.check("prd", product_id), ProductRow.status == "active")
    return scope.db.execute(wanted).one_or_none() is not None


@query("cart.edit")
def list_wishes(scope: Scope, token: str | None) -> list[str]:
    """The products on the list of the shopper who acts, or of a guest's token, the newest first. One statement."""
    if scope.actor.kind == "shopper":
        owned = WishRow.shopper_id == scope.actor.id
    elif token:
        owned = WishRow.token_hash == token_hash(token)
    else:
        return []
    return list(scope.db.scalars(select(WishRow.product_id).where(owned).order_by(WishRow.id.desc())))
