"""What happened: one append-only table per tenant, and listeners of rooms above, told by a job each.

An event is a frozen dataclass with a class attribute `name` (`orders.order_placed`) and JSON-able fields; the
first field is the id of its aggregate. `announce` writes it in the transaction of the fact; one deferred job fans
it out to its listeners, one job each, so that a listener that fails is retried alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, ClassVar, Protocol

from sqlalchemy import BigInteger, DateTime, Identity, Index, UniqueConstraint, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import TenantModel
from app.kit.ids import Id, new
from app.kit.queue import enqueue, job
from app.kit.scope import Scope


class Event(Protocol):
    name: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]


class EventRow(TenantModel):
    """The event log. `sequence` orders what one room tells of one aggregate, without gap.

    The room holds the aggregate's row lock when it announces, so its sequence cannot be taken twice.
    """

    __tablename__ = "event"
    id: Mapped[str] = mapped_column(Id("evt"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    room: Mapped[str]
    aggregate_id: Mapped[str]
    sequence: Mapped[int]
    name: Mapped[str]
    event_version: Mapped[int] = mapped_column(default=1)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    actor: Mapped[dict[str, Any]] = mapped_column(JSONB)
    request_id: Mapped[str]
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    __table_args__ = (
        UniqueConstraint("room", "aggregate_id", "sequence"),
        Index("event_unpublished_idx", "created_at", postgresql_where="published_at IS NULL"),
    )


AFTER_CREATE = (
    "REVOKE UPDATE, DELETE, TRUNCATE ON event FROM tenant",
    "GRANT UPDATE (published_at) ON event TO tenant",
)
"""What happened is not rewritten: a tenant's role may only note that a row was told to its listeners."""


_listeners: dict[str, list[tuple[str, type]]] = {}


def listens(
    event_type: type[Event], *, runs_flow: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a listener `(scope, event)` in a `jobs.py`; it becomes a job named after room and function."""

    def register(run: Callable[..., None]) -> Callable[..., None]:
        room = run.__module__.split(".")[2]
        name = f"{room}.{run.__name__}"

        def told(scope: Scope, *, event: dict[str, Any]) -> None:
            known = {field.name for field in fields(event_type)}
            run(scope, event_type(**{key: value for key, value in event.items() if key in known}))

        told.__module__ = run.__module__
        job(name, runs_flow=runs_flow)(told)
        _listeners.setdefault(event_type.name, []).append((name, event_type))
        return run

    return register


def announce(scope: Scope, event: Event) -> None:
    """Write the event and enqueue its fan-out, in the open transaction."""
    payload = asdict(event)
    aggregate_id = str(next(iter(payload.values())))
    event_id = new("evt")
    room = event.name.partition(".")[0]
    following = select(func.coalesce(func.max(EventRow.sequence), 0) + 1).where(
        EventRow.room == room, EventRow.aggregate_id == aggregate_id
    )
    scope.db.execute(
        insert(EventRow).values(
            id=event_id,
            room=room,
            aggregate_id=aggregate_id,
            sequence=following.scalar_subquery(),
            name=event.name,
            payload=payload,
            actor={"kind": scope.actor.kind, "id": scope.actor.id},
            request_id=scope.request_id,
            occurred_at=scope.now(),
        )
    )
    enqueue(scope, "kit.fan_out", event_id=event_id)


@job("kit.fan_out")
def fan_out(scope: Scope, *, event_id: str) -> None:
    """Enqueue one job per listener; a second run finds the event published and does nothing."""
    found = scope.db.execute(
        EventRow.__table__.update()
        .where(EventRow.id == event_id, EventRow.published_at.is_(None))
        .values(published_at=scope.now())
        .returning(EventRow.name, EventRow.payload)
    ).one_or_none()
    if found is None:
        return
    for name, _ in _listeners.get(found.name, ()):
        enqueue(scope, name, event=found.payload)
