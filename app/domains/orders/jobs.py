"""What orders do later: finish what was abandoned, and tell the shopper what happened."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from app.domains.orders.actions import letters
from app.domains.orders.events import OrderCancelled, OrderPlaced, OrderShipped, PaymentReturned
from app.domains.orders.flows import payment
from app.domains.orders.queries.unfinished import list_abandoned
from app.domains.payments import actions as payments
from app.domains.payments.errors import GatewayAway
from app.domains.payments.events import RefundSucceeded
from app.kit.events import listens
from app.kit.queue import enqueue, job
from app.kit.scope import Scope


@job("orders.complete_attempts", every="* * * * * */20", retries=0)
def complete_attempts(scope: Scope) -> None:
    """One job for each abandoned attempt, so that one that cannot be finished holds up no other."""
    before = scope.now() - timedelta(seconds=scope.settings.unknown_after_s)
    abandoned = list_abandoned(scope, before)
    payments.mark_attempts_asked(scope, abandoned)
    for attempt_id in abandoned:
        enqueue(scope, "orders.finish_attempt", unique=attempt_id, attempt_id=attempt_id)


@job("orders.finish_attempt", runs_flow=True, retries=0)
def finish_attempt(scope: Scope, *, attempt_id: str) -> None:
    """Where the provider is away there is nothing to repeat here: the completer comes back to it."""
    with suppress(GatewayAway):
        payment.finish_attempt(scope, attempt_id)


@job("orders.void_attempt", runs_flow=True)
def void_attempt(scope: Scope, *, attempt_id: str) -> None:
    payment.void_given_up(scope.as_system(), attempt_id)


@listens(OrderPlaced)
def confirm_order(scope: Scope, event: OrderPlaced) -> None:
    letters.confirm_order(scope, event.group_id)


@listens(OrderShipped)
def tell_shipped(scope: Scope, event: OrderShipped) -> None:
    letters.tell_shipped(scope, event.group_id, event.order_id, event.carrier, event.tracking_code)


@listens(OrderCancelled)
def tell_cancelled(scope: Scope, event: OrderCancelled) -> None:
    letters.tell_cancelled(scope, event.group_id, event.order_id)


@listens(RefundSucceeded)
def tell_refunded(scope: Scope, event: RefundSucceeded) -> None:
    """Parked money has no order: its shopper was told by `PaymentReturned`."""
    if event.reference:
        letters.tell_refunded(scope, event.reference, event.refund_id)


@listens(PaymentReturned)
def tell_returned(scope: Scope, event: PaymentReturned) -> None:
    letters.tell_returned(scope, event.group_id, event.payment_id)
