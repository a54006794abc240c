"""What was abandoned between two units of work."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from app.domains.orders.models import GroupRow
from app.domains.payments.models import AttemptRow
from app.kit.scope import SYSTEM_ONLY, Scope, query

COD = "cod"
LONGEST_GAP = timedelta(hours=1)
OPEN = ("created", "pending", "unknown")


@query(SYSTEM_ONLY)
def list_abandoned(scope: Scope, before: datetime, limit: int = 200) -> list[str]:
    """Attempts of checkouts that have not moved since a moment and may still be paid: who was asked after longest
    ago comes first. While its time runs an attempt is due at each look; beyond it the gap grows, up to an hour.

    An order that is payable on delivery waits for its carrier, not for us: it is listed only while still a draft.
    """
    asked, end = AttemptRow.asked_at, AttemptRow.expires_at
    still_drafts = scope.db.scalars(
        select(GroupRow.id).where(GroupRow.status == "drafted", GroupRow.gateway == COD, GroupRow.created_at < before)
    ).all()
    statement = (
        select(AttemptRow.id)
        .where(
            AttemptRow.purpose == "order",
            AttemptRow.status.in_(OPEN),
            AttemptRow.status_at < before,
            or_(asked.is_(None), asked < end, asked + func.least(asked - end, LONGEST_GAP) < scope.now()),
            or_(AttemptRow.gateway != COD, AttemptRow.reference.in_(still_drafts)),
        )
        .order_by(asked.nulls_first(), AttemptRow.status_at, AttemptRow.id)
        .limit(limit)
    )
    return list(scope.db.scalars(statement))
