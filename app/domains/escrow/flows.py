"""Money that did not get back to the shopper is sent on its way once more."""

from __future__ import annotations

from contextlib import suppress

from app.domains.escrow import actions
from app.domains.payments import flows as payment_flows
from app.domains.payments.errors import GatewayAway
from app.domains.payments.queries import find_refund, get_refund
from app.domains.payments.types import Refund
from app.kit.scope import Scope, flow


@flow("orders.refund")
def pay_back_again(scope: Scope, refund_id: str) -> Refund:
    """Ask for a refund once more that the provider refused for good; returns the new one.

    The key of the new refund names the failed one, so that a second call finds what the first one made; one that
    fails too is repeated by its own id.
    :raises RefundNotFound, RefundNotRepeatable: nothing has changed.
    :raises HoldTooSmall, PaymentIsNotParked: the money has gone another way in the meantime.
    """
    with scope.transaction() as unit:
        failed = get_refund(unit.as_system(), refund_id)
        refund = find_refund(unit, failed.repetition_key) or actions.repeat_refund(unit, failed)
    with suppress(GatewayAway):  # the job that was enqueued with the refund sends it later
        refund = payment_flows.send_refund(scope.as_system(), refund.id)
    return refund
