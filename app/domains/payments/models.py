"""Tables of payments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Changing, TenantModel
from app.kit.ids import Id
from app.kit.secrets import EncryptedText


class AttemptRow(Changing, TenantModel):
    """One try to pay. `status_at`: since when it has its status; `asked_at`: when the completer last saw to it."""

    __tablename__ = "payments_attempts"
    id: Mapped[str] = mapped_column(Id("pat"), primary_key=True)
    reference: Mapped[str] = mapped_column(index=True)
    purpose: Mapped[str]
    gateway: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str]
    status_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    provider_reference: Mapped[str | None]
    redirect_url: Mapped[str | None]
    return_url: Mapped[str] = mapped_column(EncryptedText)  # whoever made the attempt may put a token into it
    webhook_url: Mapped[str]
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    failure: Mapped[str] = mapped_column(server_default="", default="")
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    asked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint(
            "status IN ('created','pending','unknown','captured','declined','cancelled','expired')", name="status"
        ),
        Index(
            "payments_attempts_provider_idx",
            "gateway",
            "provider_reference",
            unique=True,
            postgresql_where=text("provider_reference IS NOT NULL"),
        ),
        Index(
            "payments_attempts_unfinished_idx",
            "status_at",
            postgresql_where=text("status IN ('created', 'pending', 'unknown')"),
        ),
    )


class PaymentRow(Changing, TenantModel):
    """Money that a provider captured: once per provider's reference, whoever tells of it and how often."""

    __tablename__ = "payments_payments"
    id: Mapped[str] = mapped_column(Id("pay"), primary_key=True)
    attempt_id: Mapped[str] = mapped_column(Id("pat"), ForeignKey("payments_attempts.id"), index=True)
    gateway: Mapped[str]
    provider_reference: Mapped[str]
    captured_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    captured_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    home: Mapped[str]
    problem: Mapped[str] = mapped_column(server_default="", default="")
    __table_args__ = (
        UniqueConstraint("gateway", "provider_reference"),
        CheckConstraint("captured_minor > 0", name="captured"),
        CheckConstraint("home IN ('order','suspense')", name="home"),
    )


class RefundRow(Changing, TenantModel):
    """Money on its way back. `asked_at`: when it was last asked after."""

    __tablename__ = "payments_refunds"
    id: Mapped[str] = mapped_column(Id("ref"), primary_key=True)
    payment_id: Mapped[str] = mapped_column(Id("pay"), ForeignKey("payments_payments.id"), index=True)
    reference: Mapped[str] = mapped_column(index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str]
    status_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    reason: Mapped[str]
    failure: Mapped[str] = mapped_column(server_default="", default="")
    provider_reference: Mapped[str | None]
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    requested_by: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reversed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    asked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("status IN ('requested','unknown','succeeded','failed')", name="status"),
        CheckConstraint("reversed_at IS NULL OR status = 'failed'", name="reversed"),
        Index(
            "payments_refunds_unfinished_idx", "status_at", postgresql_where=text("status IN ('requested', 'unknown')")
        ),
    )


class WebhookEventRow(Changing, TenantModel):
    """A verified message of a provider, once per object and transition, however often and in whatever order it came.

    `outcome` says what came of it; empty until it was applied.
    """

    __tablename__ = "payments_webhook_events"
    gateway: Mapped[str] = mapped_column(primary_key=True)
    object_id: Mapped[str] = mapped_column(primary_key=True)
    transition: Mapped[str] = mapped_column(primary_key=True)
    our_reference: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    verified_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    applied_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    outcome: Mapped[str] = mapped_column(server_default="", default="")
    __table_args__ = (
        Index("payments_webhook_events_unapplied_idx", "verified_at", postgresql_where=text("applied_at IS NULL")),
    )
