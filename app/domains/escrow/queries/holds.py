"""Holds of orders."""

from __future__ import annotations

from sqlalchemy import inspect, select

from app.domains.escrow.errors import HoldNotFound
from app.domains.escrow.models import HoldRow
from app.domains.escrow.rules import hold_of
from app.domains.escrow.types import Hold
from app.kit.scope import Scope, query

_COLUMNS = tuple(inspect(HoldRow).columns)


@query("orders.view")
def list_holds(scope: Scope, order_id: str) -> list[Hold]:
    """What is held for an order: one hold per payment, oldest first."""
    statement = select(*_COLUMNS).where(HoldRow.order_id == order_id).order_by(HoldRow.held_at, HoldRow.id)
    return [hold_of(row) for row in scope.db.execute(statement)]


@query("orders.view")
def get_hold(scope: Scope, order_id: str) -> Hold:
    """The first hold of an order. Raises `HoldNotFound`."""
    holds = list_holds(scope, order_id)
    if not holds:
        raise HoldNotFound()
    return holds[0]
