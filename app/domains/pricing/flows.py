"""What pricing does in several units: each small, so that none holds the rows of many checkouts."""

from __future__ import annotations

from app.domains.pricing.actions import coupons, uses
from app.kit.scope import SYSTEM_ONLY, Scope, flow

MOST = 500


@flow(SYSTEM_ONLY)
def expire_uses(scope: Scope) -> int:
    """Give back all uses of promotions that were reserved too long; returns of how many checkouts."""
    for done in range(MOST):
        with scope.transaction() as unit:
            if uses.expire_uses(unit, limit=1) == 0:
                return done
    return MOST


@flow(SYSTEM_ONLY)
def make_codes(scope: Scope, batch_id: str) -> None:
    """Make all codes of a batch, some in each unit: a job that was killed is taken up where it ended."""
    while True:
        with scope.transaction() as unit:
            if not coupons.make_codes(unit, batch_id):
                return
