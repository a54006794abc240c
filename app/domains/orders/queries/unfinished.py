"""What was abandoned between two units of work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select

from app.domains.orders.models import GroupRow
from app.domains.payments.models import AttemptRow
from app.kit.scope import SYSTEM_ONLY, Scope, query

COD = "cod"
OPEN = ("created", "pending", "unknown")


@query(SYSTEM_ONLY)
def list_abandoned(scope: Scope, before: datetime, limit: int = 200) -> list[str]:
    """Attempts of checkouts that have not moved since a moment and may still be paid, oldest first.

    An order that is payable on delivery waits for its carrier, not for us: it is listed only while still a draft.
    """
    still_drafts = scope.db.scalars(
        select(GroupRow.id).where(GroupRow.status == "drafted", GroupRow.gateway == COD, GroupRow.created_at < before)
    ).all()
    statement = (
        select(AttemptRow.id)
        .where(
            AttemptRow.purpose == "order",
            AttemptRow.status.in_(OPEN),
            AttemptRow.status_at < before,
            or_(AttemptRow.gateway != COD, AttemptRow.reference.in_(still_drafts)),
        )
        .order_by(AttemptRow.status_at)
        .limit(limit)
    )
    return list(scope.db.scalars(statement))
