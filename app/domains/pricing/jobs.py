"""What pricing does later: give back uses that were held too long, and make codes."""

from __future__ import annotations

from app.domains.pricing import flows
from app.kit.queue import job
from app.kit.scope import Scope


@job("pricing.expire_uses", every="* * * * * */20", retries=0, runs_flow=True)
def expire_uses(scope: Scope) -> None:
    flows.expire_uses(scope)


@job("pricing.make_codes", runs_flow=True)
def make_codes(scope: Scope, *, batch_id: str) -> None:
    flows.make_codes(scope, batch_id)
