from __future__ import annotations

from app.domains.inventory import flows
from app.kit.queue import job
from app.kit.scope import Scope


@job("inventory.expire_reservations", every="* * * * * */20", retries=0, runs_flow=True)
def expire_reservations(scope: Scope) -> None:
    flows.expire_reservations(scope)
