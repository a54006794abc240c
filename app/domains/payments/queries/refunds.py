"""Refunds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Text, cast, exists, func, inspect, or_, select
from sqlalchemy.orm import aliased

from app.domains.payments.errors import RefundNotFound
from app.domains.payments.models import PaymentRow, RefundRow
from app.domains.payments.rules import LONGEST_GAP, refund_of
from app.domains.payments.types import Refund
from app.kit import ids
from app.kit.scope import SYSTEM_ONLY, Scope, query

_COLUMNS = (*inspect(RefundRow).columns, PaymentRow.gateway)
_REFUNDS = select(*_COLUMNS).join(PaymentRow, PaymentRow.id == RefundRow.payment_id)


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


@query("orders.refund")
def list_stranded_refunds(scope: Scope, limit: int = 100) -> list[Refund]:
    """Refunds that failed for good and were not asked for again, oldest first: somebody has to see to them."""
    again = aliased(RefundRow)
    is_repeated = exists().where(again.idempotency_key == func.concat("again:", cast(RefundRow.id, Text)))
    statement = (
        _REFUNDS.where(RefundRow.reversed_at.is_not(None), ~is_repeated)
        .order_by(RefundRow.reversed_at, RefundRow.id)
        .limit(limit)
    )
    return [refund_of(row) for row in scope.db.execute(statement)]


@query(SYSTEM_ONLY)
def list_unfinished_refunds(scope: Scope, before: datetime, limit: int = 100) -> list[Refund]:
    """Refunds of which no end is known, that have not moved since this moment and are due to be asked after: who
    was asked longest ago comes first. The gap grows with the refund's age, up to an hour.
    """
    asked = RefundRow.asked_at
    statement = (
        _REFUNDS.where(
            RefundRow.status.in_(("requested", "unknown")),
            RefundRow.status_at < before,
            or_(asked.is_(None), asked + func.least(asked - RefundRow.status_at, LONGEST_GAP) < scope.now()),
        )
        .order_by(asked.nulls_first(), RefundRow.status_at, RefundRow.id)
        .limit(limit)
    )
    return [refund_of(row) for row in scope.db.execute(statement)]


def _load(scope: Scope, which: ColumnElement[bool]) -> list[Refund]:
    statement = _REFUNDS.where(which).order_by(RefundRow.created_at, RefundRow.id)
    return [refund_of(row) for row in scope.db.execute(statement)]
