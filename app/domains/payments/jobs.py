"""What payments do later."""

from __future__ import annotations

from app.domains.payments import flows
from app.kit.queue import job
from app.kit.scope import Scope


@job("payments.send_refund", runs_flow=True)
def send_refund(scope: Scope, *, refund_id: str) -> None:
    """Send a refund whose flow died before it could."""
    flows.send_refund(scope.as_system(), refund_id)


@job("payments.settle_refunds", runs_flow=True, every="* * * * *")
def settle_refunds(scope: Scope) -> None:
    """Learn what became of refunds without an end."""
    flows.settle_refunds(scope.as_system())
