"""Idempotency keys (docs.stripe.com/api/idempotent_requests): claimed in a flow's first unit, answered in its last.

Scope of a key: tenant (its schema), principal, route, key. The same body replays the stored answer, another body
is refused (422), a key in flight is refused (409).
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Text, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import TenantModel
from app.kit.errors import NotPossible, NotValid
from app.kit.queue import dump
from app.kit.scope import Scope


class IdempotencyKey(TenantModel):
    __tablename__ = "idempotency_keys"
    principal: Mapped[str] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    body_hash: Mapped[str] = mapped_column(Text)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class KeyReused(NotValid):
    code = "kit.idempotency_key_reused"
    text = "This idempotency key was used for another request."


class KeyInFlight(NotPossible):
    code = "kit.idempotency_key_in_flight"
    text = "The same request is being worked on. Ask again in a moment."


def body_hash(body: Any) -> str:
    return hashlib.sha256(dump(body).encode()).hexdigest()


def claim(scope: Scope, *, principal: str, route: str, key: str, body: Any) -> dict[str, Any] | None:
    """Claim a key in the open transaction: None if it is ours now, else the stored answer.

    Raises `KeyReused` (another body) and `KeyInFlight` (claimed, not yet answered).
    """
    claimed = scope.db.execute(
        insert(IdempotencyKey)
        .values(principal=principal, route=route, key=key, body_hash=body_hash(body))
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    ).one_or_none()
    if claimed is not None:
        return None
    found = scope.db.execute(
        select(IdempotencyKey.body_hash, IdempotencyKey.answer).where(
            IdempotencyKey.principal == principal, IdempotencyKey.route == route, IdempotencyKey.key == key
        )
    ).one()
    if found.body_hash != body_hash(body):
        raise KeyReused()
    if found.answer is None:
        raise KeyInFlight()
    return found.answer


def answer(scope: Scope, *, principal: str, route: str, key: str, body: dict[str, Any]) -> None:
    """Store the answer of a claimed key, in the last unit of its flow."""
    scope.db.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.principal == principal, IdempotencyKey.route == route, IdempotencyKey.key == key)
        .values(answer=body, answered_at=scope.now())
    )
