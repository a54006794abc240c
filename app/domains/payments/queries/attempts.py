"""Payment attempts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import inspect, select

from app.domains.payments.errors import AttemptNotFound
from app.domains.payments.models import AttemptRow
from app.domains.payments.rules import attempt_of
from app.domains.payments.types import Attempt
from app.kit import ids
from app.kit.errors import MalformedId
from app.kit.scope import SYSTEM_ONLY, Scope, query

_COLUMNS = tuple(inspect(AttemptRow).columns)


@query("checkout.place")
def get_attempt(scope: Scope, attempt_id: str) -> Attempt:
    """Raises `AttemptNotFound`."""
    row = scope.db.execute(select(*_COLUMNS).where(AttemptRow.id == ids.check("pat", attempt_id))).one_or_none()
    if row is None:
        raise AttemptNotFound()
    return attempt_of(row)


@query(SYSTEM_ONLY)
def find_attempt(scope: Scope, gateway: str, our_reference: str, provider_reference: str | None) -> Attempt | None:
    """The attempt that a provider speaks of: by the id we gave it, else by its own. Both must be of this gateway."""
    try:
        by_ours = select(*_COLUMNS).where(AttemptRow.id == ids.check("pat", our_reference))
    except MalformedId:
        return None
    row = scope.db.execute(by_ours.where(AttemptRow.gateway == gateway)).one_or_none()
    if row is None:
        return None
    known = row.provider_reference
    return attempt_of(row) if provider_reference is None or known in (None, provider_reference) else None


@query(SYSTEM_ONLY)
def list_unfinished_attempts(scope: Scope, before: datetime, limit: int = 100) -> list[Attempt]:
    """Attempts that may still be paid and have not moved since this moment, oldest first (the completer's work)."""
    statement = (
        select(*_COLUMNS)
        .where(AttemptRow.status.in_(("created", "pending", "unknown")), AttemptRow.status_at < before)
        .order_by(AttemptRow.status_at, AttemptRow.id)
        .limit(limit)
    )
    return [attempt_of(row) for row in scope.db.execute(statement)]


@query(SYSTEM_ONLY)
def list_attempts_of(scope: Scope, reference: str) -> list[Attempt]:
    """The attempts of one reference, oldest first."""
    statement = select(*_COLUMNS).where(AttemptRow.reference == reference).order_by(AttemptRow.id)
    return [attempt_of(row) for row in scope.db.execute(statement)]
