from __future__ import annotations

from app.domains.inventory import actions
from app.kit.queue import job
from app.kit.scope import Scope


@job("inventory.expire_reservations", every="* * * * * */20", retries=0)
def expire_reservations(scope: Scope) -> None:
    actions.expire_reservations(scope)
