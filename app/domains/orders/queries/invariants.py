"""What must hold of orders and of the stock that they took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from app.domains.escrow.models import HoldRow
from app.domains.orders.models import GroupRow, OrderRow
from app.domains.pricing.queries import replay_quote
from app.kit.invariants import Invariant
from app.kit.scope import Scope

COD = "cod"
REPLAYED_AT_ONCE = 500
PAID_BACK_WITHIN = timedelta(hours=24)


def _quotes_that_do_not_replay(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """The latest checkouts whose stored inputs lead to another quote than the one that was charged."""
    columns = (GroupRow.id, GroupRow.quote_inputs, GroupRow.quote_hash)
    latest = select(*columns).order_by(GroupRow.created_at.desc()).limit(REPLAYED_AT_ONCE)
    for row in scope.db.execute(latest):
        if replay_quote(scope, row.quote_inputs) != row.quote_hash:
            yield {"group_id": row.id}


def _placed_orders_that_are_not_held(scope: Scope) -> Iterator[Mapping[str, Any]]:
    sums = select(HoldRow.order_id, func.sum(HoldRow.amount_minor).label("held")).group_by(HoldRow.order_id)
    held = {row.order_id: row.held for row in scope.db.execute(sums)}
    placed = (
        select(OrderRow.id, OrderRow.total_minor)
        .join(GroupRow, GroupRow.id == OrderRow.group_id)
        .where(OrderRow.placed_at.is_not(None), GroupRow.gateway != COD)
    )
    for row in scope.db.execute(placed):
        if int(held.get(row.id, 0)) != row.total_minor:
            yield {"order_id": row.id, "total_minor": row.total_minor, "held_minor": int(held.get(row.id, 0))}


def _cancelled_orders_that_are_still_held(scope: Scope) -> Iterator[Mapping[str, Any]]:
    left = func.sum(HoldRow.amount_minor - HoldRow.refunded_minor - HoldRow.released_minor)
    sums = select(HoldRow.order_id, left.label("left")).where(HoldRow.status.in_(("held", "frozen")))
    held = {row.order_id: int(row.left) for row in scope.db.execute(sums.group_by(HoldRow.order_id))}
    cancelled = select(OrderRow.id, OrderRow.cancelled_at).where(OrderRow.cancelled_at < scope.now() - PAID_BACK_WITHIN)
    for row in scope.db.execute(cancelled):
        if held.get(row.id):
            yield {"order_id": row.id, "cancelled_at": row.cancelled_at, "left_minor": held[row.id]}


INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="orders.units_are_whole",
        sentence="each unit of an order line is in exactly one status",
        columns=("line_id", "quantity", "counted"),
        ids={"line_id": "lin"},
        sql="""
            SELECT l.id AS line_id, l.quantity, coalesce(sum(u.quantity), 0) AS counted
            FROM orders_lines AS l LEFT JOIN orders_unit_statuses AS u ON u.line_id = l.id
            GROUP BY l.id, l.quantity HAVING coalesce(sum(u.quantity), 0) <> l.quantity
        """,
    ),
    Invariant(
        name="orders.status_follows_units",
        sentence="an order's units all stand where the order stands",
        columns=("order_id", "status", "unit_status"),
        ids={"order_id": "ord"},
        sql="""
            SELECT o.id AS order_id, o.status, u.status AS unit_status
            FROM orders_orders AS o
            JOIN orders_lines AS l ON l.order_id = o.id
            JOIN orders_unit_statuses AS u ON u.line_id = l.id AND u.quantity > 0
            WHERE u.status <> o.status
        """,
    ),
    Invariant(
        name="orders.total_is_its_parts",
        sentence="a checkout's total is the sum of its orders, and its items are the sum of their lines",
        columns=("group_id", "total_minor", "orders_minor"),
        ids={"group_id": "grp"},
        sql="""
            SELECT g.id AS group_id, g.total_minor, coalesce(o.total, 0) AS orders_minor
            FROM orders_groups AS g
            LEFT JOIN (SELECT group_id, sum(total_minor) AS total FROM orders_orders GROUP BY group_id) AS o
              ON o.group_id = g.id
            LEFT JOIN (SELECT r.group_id, sum(l.total_minor) AS items FROM orders_lines AS l
                       JOIN orders_orders AS r ON r.id = l.order_id GROUP BY r.group_id) AS i ON i.group_id = g.id
            WHERE coalesce(o.total, 0) <> g.total_minor OR coalesce(i.items, 0) <> g.items_minor
        """,
    ),
    Invariant(
        name="orders.placed_means_paid",
        sentence="a placed order that is not payable on delivery is held in escrow for exactly its total",
        columns=("order_id", "total_minor", "held_minor"),
        find=_placed_orders_that_are_not_held,
    ),
    Invariant(
        name="orders.cancelled_means_paid_back",
        sentence="24 hours after an order was cancelled nothing is held for it: the money is back, or on its way",
        columns=("order_id", "cancelled_at", "left_minor"),
        find=_cancelled_orders_that_are_still_held,
    ),
    Invariant(
        name="orders.quote_replays",
        sentence="a stored quote replays from its stored inputs to the same bytes",
        columns=("group_id",),
        find=_quotes_that_do_not_replay,
    ),
    Invariant(
        name="orders.drafts_come_to_an_end",
        sentence="no checkout stays a draft for more than two hours",
        columns=("group_id", "created_at"),
        ids={"group_id": "grp"},
        sql="""
            SELECT id AS group_id, created_at FROM orders_groups
            WHERE status = 'drafted' AND created_at < :now - interval '2 hours'
        """,
    ),
    Invariant(
        name="orders.sold_is_what_was_ordered",
        sentence="the pieces that stock movements call sold are the pieces of the placed orders",
        columns=("offer_id", "sold", "ordered"),
        ids={"offer_id": "off"},
        sql="""
            SELECT coalesce(m.offer_id, l.offer_id) AS offer_id, coalesce(m.sold, 0) AS sold,
                   coalesce(l.ordered, 0) AS ordered
            FROM (SELECT offer_id, -sum(delta) AS sold FROM inventory_movements
                  WHERE reason IN ('sold', 'cancelled') GROUP BY offer_id) AS m
            FULL JOIN (SELECT l.offer_id, sum(u.quantity) AS ordered FROM orders_lines AS l
                       JOIN orders_unit_statuses AS u ON u.line_id = l.id
                       WHERE u.status IN ('placed', 'packed', 'shipped') GROUP BY l.offer_id) AS l
              ON l.offer_id = m.offer_id
            WHERE coalesce(m.sold, 0) <> coalesce(l.ordered, 0)
        """,
    ),
)
