"""Payments: captured money."""

from __future__ import annotations

from sqlalchemy import inspect, select

from app.domains.payments.errors import PaymentNotFound
from app.domains.payments.models import AttemptRow, PaymentRow
from app.domains.payments.rules import payment_of
from app.domains.payments.types import Payment
from app.kit import ids
from app.kit.scope import Scope, query

_COLUMNS = tuple(inspect(PaymentRow).columns)


@query("orders.view")
def get_payment(scope: Scope, payment_id: str) -> Payment:
    """Raises `PaymentNotFound`."""
    row = scope.db.execute(select(*_COLUMNS).where(PaymentRow.id == ids.check("pay", payment_id))).one_or_none()
    if row is None:
        raise PaymentNotFound()
    return payment_of(row)


@query("orders.view")
def list_payments(scope: Scope, reference: str) -> list[Payment]:
    """All payments of the attempts with this reference, parked ones too, in the order in which they came in."""
    statement = (
        select(*_COLUMNS)
        .join(AttemptRow, AttemptRow.id == PaymentRow.attempt_id)
        .where(AttemptRow.reference == reference)
        .order_by(PaymentRow.captured_at, PaymentRow.id)
    )
    return [payment_of(row) for row in scope.db.execute(statement)]


@query("orders.view")
def find_payment(scope: Scope, reference: str) -> Payment | None:
    """The payment that pays for this reference: the first one that is not parked."""
    return next((payment for payment in list_payments(scope, reference) if payment.home == "order"), None)
