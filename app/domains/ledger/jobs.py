"""What the ledger does later."""

from __future__ import annotations

from app.domains.ledger import actions
from app.kit.queue import job
from app.kit.scope import Scope


@job("ledger.seal_blocks", every="* * * * *")
def seal_blocks(scope: Scope) -> None:
    """Seal the tail once a minute."""
    actions.seal_blocks(scope.as_system())
