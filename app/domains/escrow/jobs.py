"""What escrow does when payments tell something."""

from __future__ import annotations

from app.domains.escrow import actions
from app.domains.payments.events import RefundFailed
from app.kit.events import listens
from app.kit.scope import Scope


@listens(RefundFailed)
def take_back_failed_refund(scope: Scope, event: RefundFailed) -> None:
    """The provider keeps the money: so do we."""
    actions.take_back_refund(scope.as_system(), event.refund_id)
