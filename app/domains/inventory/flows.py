"""What was held too long, given back one reference at a time."""

from __future__ import annotations

from app.domains.inventory import actions
from app.kit.scope import SYSTEM_ONLY, Scope, flow

MOST = 500


@flow(SYSTEM_ONLY)
def expire_reservations(scope: Scope) -> int:
    """Give back everything that is due; returns how many references.

    Each is a unit of its own: a unit that held the rows of several could wait for a sale that waits for it.
    """
    for done in range(MOST):
        with scope.transaction() as unit:
            if actions.expire_reservations(unit, limit=1) == 0:
                return done
    return MOST
