"""Refunds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, inspect, select

from app.domains.payments.errors import RefundNotFound
from app.domains.payments.models import PaymentRow, RefundRow
from app.domains.payments.rules import refund_of
from app.domains.payments.types import Refund
from app.kit import ids
from app.kit.scope import SYSTEM_ONLY, Scope, query

_COLUMNS = (*inspect(RefundRow).columns, PaymentRow.gateway)


@query("orders.view")
def get_refund(scope: Scope, refund_id: str) -> Refund:
    """Raises `RefundNotFound`."""
    found = _load(scope, RefundRow.id == ids.check("ref", refund_id))
    if not found:
        raise RefundNotFound()
    return found[0]


@query("orders.refund")
def find_refund(scope: Scope, key: str) -> Refund | None:
    """The refund that was requested under this key."""
    found = _load(scope, RefundRow.idempotency_key == key)
    return found[0] if found else None


@query("orders.view")
def list_refunds(scope: Scope, reference: str) -> list[Refund]:
    """The refunds for this reference (an order's id), oldest first."""
    return _load(scope, RefundRow.reference == reference)


@query("orders.view")
def list_payment_refunds(scope: Scope, payment_id: str) -> list[Refund]:
    """The refunds of a payment, oldest first."""
    return _load(scope, RefundRow.payment_id == ids.check("pay", payment_id))


@query(SYSTEM_ONLY)
def list_unfinished_refunds(scope: Scope, before: datetime, limit: int = 100) -> list[Refund]:
    """Refunds of which no end is known and that have not moved since this moment, oldest first."""
    is_open = RefundRow.status.in_(("requested", "unknown"))
    return _load(scope, is_open & (RefundRow.status_at < before), limit)


def _load(scope: Scope, which: ColumnElement[bool], limit: int | None = None) -> list[Refund]:
    statement = (
        select(*_COLUMNS)
        .join(PaymentRow, PaymentRow.id == RefundRow.payment_id)
        .where(which)
        .order_by(RefundRow.created_at, RefundRow.id)
        .limit(limit)
    )
    return [refund_of(row) for row in scope.db.execute(statement)]
