"""What payments do later."""

from __future__ import annotations

from contextlib import suppress

from app.domains.payments import actions, flows
from app.domains.payments.errors import GatewayAway
from app.domains.payments.queries import list_unfinished_refunds
from app.domains.payments.rules import ASK_REFUND_AFTER
from app.kit.queue import enqueue, job
from app.kit.scope import Scope


@job("payments.send_refund", runs_flow=True, retries=0)
def send_refund(scope: Scope, *, refund_id: str) -> None:
    """Send a refund whose flow died before it could, or learn what became of it.

    Where the provider is away there is nothing to repeat here: `settle_refunds` comes back to it.
    """
    with suppress(GatewayAway):
        flows.send_refund(scope.as_system(), refund_id)


@job("payments.settle_refunds", every="* * * * *", retries=0)
def settle_refunds(scope: Scope) -> None:
    """One job for each refund without an end, so that one that cannot be settled holds up no other."""
    waiting = [refund.id for refund in list_unfinished_refunds(scope, scope.now() - ASK_REFUND_AFTER)]
    actions.mark_refunds_asked(scope, waiting)
    for refund_id in waiting:
        enqueue(scope, "payments.send_refund", unique=refund_id, refund_id=refund_id)
