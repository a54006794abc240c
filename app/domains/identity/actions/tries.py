"""Counting tries. One conditional upsert asks and counts, so the count is exact however many come at once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.domains.identity.errors import TooManyTries
from app.domains.identity.models import ThrottleRow
from app.domains.identity.rules.limits import Limit, latest_start, seconds_to_wait
from app.kit.scope import SYSTEM_ONLY, Scope, action


@action(SYSTEM_ONLY)
def count_try(scope: Scope, key: str, limit: Limit) -> None:
    """Count one try of a bucket. Raises `TooManyTries` with the seconds to wait; such a try fills nothing."""
    now = scope.now()
    row = insert(ThrottleRow).values(key=key, empty_at=now + limit.every)
    counted = scope.db.execute(
        row.on_conflict_do_update(
            index_elements=[ThrottleRow.key],
            set_={
                "empty_at": func.greatest(ThrottleRow.empty_at, now) + limit.every,
                "version": ThrottleRow.version + 1,
                "updated_at": func.now(),
            },
            where=ThrottleRow.empty_at <= latest_start(limit, now),
        ).returning(ThrottleRow.empty_at)
    ).scalar_one_or_none()
    if counted is None:
        empty_at = scope.db.execute(select(ThrottleRow.empty_at).where(ThrottleRow.key == key)).scalar_one()
        raise TooManyTries(seconds=seconds_to_wait(limit, empty_at, now))


@action(SYSTEM_ONLY)
def forgive(scope: Scope, key: str) -> None:
    """Empty a bucket: who was right has not guessed."""
    scope.db.execute(delete(ThrottleRow).where(ThrottleRow.key == key))


@action(SYSTEM_ONLY)
def forget_tries(scope: Scope, older_than: timedelta) -> int:
    """Remove the buckets that have been empty for so long; returns how many."""
    gone = scope.db.execute(
        delete(ThrottleRow).where(ThrottleRow.empty_at < scope.now() - older_than).returning(ThrottleRow.key)
    )
    return len(gone.all())
