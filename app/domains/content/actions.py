"""Writers of messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.domains.content import rules
from app.domains.content.models import MessageRow, Suppression
from app.domains.content.types import Letter, Message
from app.kit import ids
from app.kit.queue import enqueue
from app.kit.scope import SYSTEM_ONLY, Scope, action

CLAIM_LIMIT = timedelta(minutes=5)


@action(SYSTEM_ONLY)
def queue_message(
    scope: Scope,
    *,
    effect_key: str,
    kind: str,
    recipient: str,
    letter: Letter,
    brand: str,
    tokens: Mapping[str, Any],
) -> str | None:
    """Queue a letter in a brand's dress; None when this effect was told before.

    A suppressed address is noted and not written to.
    """
    is_suppressed = scope.db.execute(
        select(Suppression.recipient).where(Suppression.recipient == recipient.lower())
    ).one_or_none()
    message_id = scope.db.execute(
        insert(MessageRow)
        .values(
            id=ids.new("msg"),
            effect_key=effect_key,
            kind=kind,
            recipient=recipient,
            locale=letter.locale,
            subject=letter.subject,
            html=rules.to_html(letter, rules.dress_of(brand, tokens)),
            text=rules.to_text(letter),
            status="suppressed" if is_suppressed else "queued",
        )
        .on_conflict_do_nothing(index_elements=[MessageRow.effect_key])
        .returning(MessageRow.id)
    ).scalar_one_or_none()
    if message_id is not None and not is_suppressed:
        enqueue(scope, "content.send_message", message_id=message_id)
    return message_id


@action(SYSTEM_ONLY)
def claim_message(scope: Scope, message_id: str) -> Message | None:
    """Take a message for sending; None when it was sent, or another worker took it less than five minutes ago."""
    stale = scope.now() - CLAIM_LIMIT
    row = scope.db.execute(
        update(MessageRow)
        .where(
            MessageRow.id == message_id,
            or_(MessageRow.status == "queued", (MessageRow.status == "sending") & (MessageRow.claimed_at < stale)),
        )
        .values(
            status="sending",
            claimed_at=scope.now(),
            attempts=MessageRow.attempts + 1,
            version=MessageRow.version + 1,
        )
        .returning(
            MessageRow.id,
            MessageRow.kind,
            MessageRow.recipient,
            MessageRow.locale,
            MessageRow.subject,
            MessageRow.html,
            MessageRow.text,
            MessageRow.status,
        )
    ).one_or_none()
    return None if row is None else Message(**row._mapping)


@action(SYSTEM_ONLY)
def record_sent(scope: Scope, message_id: str) -> None:
    scope.db.execute(
        update(MessageRow)
        .where(MessageRow.id == message_id, MessageRow.status == "sending")
        .values(status="sent", sent_at=scope.now(), version=MessageRow.version + 1)
    )


@action(SYSTEM_ONLY)
def return_message(scope: Scope, message_id: str) -> None:
    """The server was away: the message waits again."""
    scope.db.execute(
        update(MessageRow)
        .where(MessageRow.id == message_id, MessageRow.status == "sending")
        .values(status="queued", claimed_at=None, version=MessageRow.version + 1)
    )
