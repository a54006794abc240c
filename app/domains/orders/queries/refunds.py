"""Refunds that failed for good, with whom they are owed to."""

from __future__ import annotations

from sqlalchemy import select

from app.domains.orders.models import GroupRow, OrderRow
from app.domains.orders.types import StrandedRefund
from app.domains.payments.models import AttemptRow, PaymentRow
from app.domains.payments.queries import list_stranded_refunds
from app.kit.scope import Scope, query


@query("orders.refund")
def list_stranded(scope: Scope) -> list[StrandedRefund]:
    """Refunds that failed and were not asked for again, oldest first: of orders, and of money that became none.

    Four statements, however many there are.
    """
    refunds = list_stranded_refunds(scope)
    order_ids = [one.reference for one in refunds if one.reference]
    found = scope.db.execute(select(OrderRow.id, OrderRow.number).where(OrderRow.id.in_(order_ids)))
    numbers = {row.id: row.number for row in found}
    of_payments = select(PaymentRow.id, AttemptRow.reference).join(AttemptRow, AttemptRow.id == PaymentRow.attempt_id)
    parked = scope.db.execute(of_payments.where(PaymentRow.id.in_([one.payment_id for one in refunds])))
    group_ids = {row.id: row.reference for row in parked}
    emails = select(GroupRow.id, GroupRow.email).where(GroupRow.id.in_(group_ids.values()))
    by_group = {row.id: row.email for row in scope.db.execute(emails)}
    return [
        StrandedRefund(
            refund=one,
            order_id=one.reference or None,
            number=numbers.get(one.reference),
            email=by_group.get(group_ids[one.payment_id], ""),
        )
        for one in refunds
    ]
