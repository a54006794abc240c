from __future__ import annotations

from app.domains.identity import actions
from app.domains.identity.actions.proofs import forget_old_proofs
from app.kit.queue import job
from app.kit.scope import Scope


@job("identity.forget_old", every="17 3 * * *")
def forget_old(scope: Scope) -> None:
    actions.forget_old(scope)
    forget_old_proofs(scope)
