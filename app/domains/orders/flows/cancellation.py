"""An order is called off before it has left: stock back, money back, and the provider is told outside any unit."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from app.domains.escrow import actions as escrow
from app.domains.orders.actions import moves
from app.domains.orders.actions.drafts import close_attempts
from app.domains.orders.queries.checkout import COD
from app.domains.payments import flows as payment_flows
from app.domains.payments.errors import GatewayAway
from app.kit.money import Money
from app.kit.scope import Scope, flow


@dataclass(frozen=True, slots=True)
class CancelOutcome:
    """`refund_status` is None where nothing was paid; else `succeeded`, or `requested`/`unknown`/`failed`."""

    order_id: str
    refunded_minor: int
    currency: str
    refund_status: str | None


@flow("orders.refund")
def cancel_order(scope: Scope, order_id: str, reason: str, if_version: int | None = None) -> CancelOutcome:
    """Cancel one order and give its money back. A second call finds it cancelled: `StatusNotPossible`, no money moves.

    :raises OrderNotFound, StatusNotPossible, StaleVersion: nothing has changed.
    """
    with scope.transaction() as unit:
        cancelled = moves.cancel(unit, order_id, reason, if_version)
        escrow.return_subsidies(unit.as_system(), order_id)
        if cancelled.gateway == COD or cancelled.total_minor == 0:
            if cancelled.is_last:
                close_attempts(unit.as_system(), cancelled.group_id)
            return CancelOutcome(order_id, 0, cancelled.currency, None)
        amount = Money(cancelled.total_minor, cancelled.currency)
        refund = escrow.refund(unit, order_id, amount, f"cancel:{order_id}", reason)
    with suppress(GatewayAway):  # the job that was enqueued with the refund sends it later
        refund = payment_flows.send_refund(scope.as_system(), refund.id)
    return CancelOutcome(order_id, amount.amount_minor, amount.currency, refund.status)
