"""Messages to people: what was sent to whom, once per effect, and who must not be written to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Changing, Created, TenantModel
from app.kit.ids import Id


class MessageRow(Changing, TenantModel):
    """A message. `effect_key` names what it tells of, so that nothing is told twice."""

    __tablename__ = "content_messages"
    id: Mapped[str] = mapped_column(Id("msg"), primary_key=True)
    effect_key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    recipient: Mapped[str] = mapped_column(info={"personal": "contact"})
    locale: Mapped[str]
    subject: Mapped[str]
    html: Mapped[str] = mapped_column(info={"personal": "message"})
    text: Mapped[str] = mapped_column(info={"personal": "message"})
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(server_default="0", default=0)
    claimed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    __table_args__ = (
        CheckConstraint("status IN ('queued', 'sending', 'sent', 'suppressed')", name="status"),
        Index("content_messages_waiting_idx", "created_at", postgresql_where="status IN ('queued', 'sending')"),
    )


class Suppression(Created, TenantModel):
    """An address that is not written to (it bounced, or its owner said so)."""

    __tablename__ = "content_suppressions"
    recipient: Mapped[str] = mapped_column(primary_key=True, info={"personal": "contact"})
    reason: Mapped[str]
