"""Readers of order groups and orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, union_all

from app.domains.escrow.types import HoldShare, Subsidy
from app.domains.orders.errors import OrderNotFound
from app.domains.orders.models import GroupRow, LineRow, OrderRow, UnitStatus
from app.domains.orders.types import Order, OrderGroup, OrderLine, OrderSummary
from app.domains.tenancy.queries.markets import get_market
from app.kit import ids
from app.kit.addresses import PhoneRefused, ascii_digits, parse_phone
from app.kit.errors import MalformedId
from app.kit.money import Money
from app.kit.scope import SYSTEM_ONLY, Scope, query
from app.kit.secrets import token_hash

_GROUP = tuple(getattr(GroupRow, name) for name in OrderGroup.__dataclass_fields__ if name != "orders")
_ORDER = tuple(getattr(OrderRow, name) for name in Order.__dataclass_fields__ if name != "lines")
_LINE = tuple(getattr(LineRow, name) for name in OrderLine.__dataclass_fields__ if name != "units")
VISIBLE = ("placed", "packed", "shipped", "cancelled")


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What the partner's list shows: a status, words (number, e-mail, name), and where the page begins."""

    status: str | None = None
    words: str = ""
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class OrderPage:
    rows: tuple[OrderSummary, ...]
    next_cursor: str | None


@query("orders.view_own")
def get_group_by_token(scope: Scope, token: str) -> OrderGroup:
    """A checkout by the unguessable token of its page. Raises `OrderNotFound`."""
    row = scope.db.execute(select(*_GROUP).where(GroupRow.token_hash == token_hash(token))).one_or_none()
    if row is None:
        raise OrderNotFound()
    return _group(scope, row)


@query(SYSTEM_ONLY)
def get_group(scope: Scope, group_id: str) -> OrderGroup:
    """A checkout by its id. Raises `OrderNotFound`."""
    row = scope.db.execute(select(*_GROUP).where(GroupRow.id == group_id)).one_or_none()
    if row is None:
        raise OrderNotFound()
    return _group(scope, row)


@query(SYSTEM_ONLY)
def list_shares(scope: Scope, group_id: str) -> list[HoldShare]:
    """What of a payment is held for each order of a checkout, with its split frozen: goods, tax, seller.

    An order that costs nothing has no share in it."""
    columns = (OrderRow.id, OrderRow.seller_id, OrderRow.total_minor, OrderRow.tax_minor, OrderRow.currency)
    costing = select(*columns).where(OrderRow.group_id == group_id, OrderRow.total_minor > 0)
    rows = scope.db.execute(costing.order_by(OrderRow.id))
    return [
        HoldShare(
            row.id,
            Money(row.total_minor, row.currency),
            {"seller": row.seller_id, "total_minor": row.total_minor, "tax_minor": row.tax_minor},
        )
        for row in rows
    ]


@query(SYSTEM_ONLY)
def list_subsidies(scope: Scope, group_id: str) -> list[Subsidy]:
    """What others than the sellers add to the orders of a checkout, for the discounts that they bear. One statement."""
    of_orders = select(OrderRow.id, OrderRow.currency, OrderRow.discounts).where(OrderRow.group_id == group_id)
    of_lines = (
        select(OrderRow.id, OrderRow.currency, LineRow.discounts)
        .join(OrderRow, OrderRow.id == LineRow.order_id)
        .where(OrderRow.group_id == group_id)
    )
    sums: dict[tuple[str, str, str], int] = {}
    for row in scope.db.execute(union_all(of_orders, of_lines)):
        for one in row.discounts:
            if one["payer"] != "seller":
                key = row.id, one["payer"], row.currency
                sums[key] = sums.get(key, 0) + one["amount_minor"]
    return [Subsidy(order_id, payer, Money(minor, code)) for (order_id, payer, code), minor in sorted(sums.items())]


@query("orders.view_own")
def is_first_order(scope: Scope, email: str) -> bool | None:
    """Has nobody with this address ordered before? None while there is no address. One statement."""
    if not email.strip():
        return None
    placed = select(GroupRow.id).where(
        func.lower(GroupRow.email) == email.strip().lower(), GroupRow.placed_at.is_not(None)
    )
    return scope.db.execute(placed.limit(1)).first() is None


@query("orders.view")
def get_order(scope: Scope, order_id: str) -> tuple[Order, OrderGroup]:
    """One order and its checkout, for the partner's staff. Raises `OrderNotFound` (also for a draft)."""
    try:
        group_id = scope.db.execute(
            select(OrderRow.group_id).where(OrderRow.id == ids.check("ord", order_id), OrderRow.status.in_(VISIBLE))
        ).scalar_one_or_none()
    except MalformedId:
        group_id = None
    if group_id is None:
        raise OrderNotFound()
    group = get_group(scope.as_system(), group_id)
    return next(order for order in group.orders if order.id == order_id), group


@query("orders.view")
def list_orders(scope: Scope, wanted: OrderFilter, limit: int = 50) -> OrderPage:
    """Placed orders, newest first, a page at a time. One statement."""
    counted = (
        select(func.coalesce(func.sum(LineRow.quantity), 0)).where(LineRow.order_id == OrderRow.id).scalar_subquery()
    )
    statement = (
        select(
            OrderRow.id,
            OrderRow.number,
            OrderRow.status,
            OrderRow.placed_at,
            OrderRow.total_minor,
            OrderRow.currency,
            OrderRow.version,
            GroupRow.address,
            GroupRow.email,
            GroupRow.gateway,
            counted.label("item_count"),
        )
        .join(GroupRow, GroupRow.id == OrderRow.group_id)
        .where(OrderRow.status.in_((wanted.status,) if wanted.status in VISIBLE else VISIBLE))
        .order_by(OrderRow.placed_at.desc(), OrderRow.id.desc())
        .limit(limit + 1)
    )
    if words := ascii_digits(wanted.words.strip().removeprefix("#").strip()):
        like = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        name = GroupRow.address["name"].astext
        statement = statement.where(
            or_(
                OrderRow.number == words,
                GroupRow.email.ilike(like),
                name.ilike(like),
                GroupRow.phone.ilike(like),
                GroupRow.phone == _phone(scope, words),
            )
        )
    if wanted.cursor:
        moment, last = _read_cursor(wanted.cursor)
        statement = statement.where(
            or_(OrderRow.placed_at < moment, and_(OrderRow.placed_at == moment, OrderRow.id < last))
        )
    rows = scope.db.execute(statement).all()
    shown = tuple(_summary(row) for row in rows[:limit])
    return OrderPage(shown, f"{shown[-1].placed_at.isoformat()}~{shown[-1].id}" if len(rows) > limit else None)


def _phone(scope: Scope, words: str) -> str | None:
    """A number as the console shows it, in the form it is stored in; None when the words are no number."""
    try:
        return parse_phone(words, get_market(scope).phone_region)
    except PhoneRefused:
        return None


@query("orders.view")
def count_by_status(scope: Scope) -> dict[str, int]:
    """How many orders have each status. One statement."""
    counted = select(OrderRow.status, func.count()).where(OrderRow.status.in_(VISIBLE)).group_by(OrderRow.status)
    found = {status: int(number) for status, number in scope.db.execute(counted)}
    return {status: found.get(status, 0) for status in VISIBLE}


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    moment, _, order_id = cursor.partition("~")
    try:
        return datetime.fromisoformat(moment), ids.check("ord", order_id)
    except ValueError:
        raise OrderNotFound() from None


def _summary(row: Any) -> OrderSummary:
    return OrderSummary(
        id=row.id,
        number=row.number,
        status=row.status,
        placed_at=row.placed_at,
        customer=row.address.get("name", ""),
        email=row.email,
        item_count=int(row.item_count),
        total_minor=row.total_minor,
        currency=row.currency,
        gateway=row.gateway,
        version=row.version,
    )


def _group(scope: Scope, row: Any) -> OrderGroup:
    orders = scope.db.execute(select(*_ORDER).where(OrderRow.group_id == row.id).order_by(OrderRow.id)).all()
    lines = _lines(scope, [order.id for order in orders])
    return OrderGroup(
        **row._mapping, orders=tuple(Order(**order._mapping, lines=lines.get(order.id, ())) for order in orders)
    )


def _lines(scope: Scope, order_ids: Sequence[str]) -> dict[str, tuple[OrderLine, ...]]:
    units = (
        select(func.jsonb_object_agg(UnitStatus.status, UnitStatus.quantity))
        .where(UnitStatus.line_id == LineRow.id, UnitStatus.quantity > 0)
        .scalar_subquery()
    )
    found = scope.db.execute(
        select(*_LINE, units.label("units")).where(LineRow.order_id.in_(order_ids)).order_by(LineRow.position)
    )
    by_order: dict[str, list[OrderLine]] = {}
    for row in found:
        values = {**row._mapping, "units": row.units or {}}
        by_order.setdefault(row.order_id, []).append(OrderLine(**values))
    return {order_id: tuple(entries) for order_id, entries in by_order.items()}
