"""The tables of escrow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Changing, TenantModel
from app.kit.ids import Id


class HoldRow(Changing, TenantModel):
    """What is held for one order of one payment. The row guards its money: every taking is a conditional update."""

    __tablename__ = "escrow_holds"
    id: Mapped[str] = mapped_column(Id("esc"), primary_key=True)
    order_id: Mapped[str]
    payment_id: Mapped[str] = mapped_column(Id("pay"), ForeignKey("payments_payments.id"), index=True)
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    refunded_minor: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    released_minor: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    split: Mapped[dict[str, Any]] = mapped_column(JSONB)
    status: Mapped[str]
    held_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    __table_args__ = (
        UniqueConstraint("order_id", "payment_id"),
        CheckConstraint("amount_minor > 0 AND refunded_minor >= 0 AND released_minor >= 0", name="amounts"),
        CheckConstraint("refunded_minor + released_minor <= amount_minor", name="within_amount"),
        CheckConstraint("status IN ('held','frozen','released','refunded')", name="status"),
    )


class SubsidyRow(Changing, TenantModel):
    """What somebody other than the seller adds to an order, because a discount of it is theirs to bear. It lies in the
    order's escrow account beside what the shopper paid."""

    __tablename__ = "escrow_subsidies"
    order_id: Mapped[str] = mapped_column(primary_key=True)
    payer: Mapped[str] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    returned_minor: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    __table_args__ = (
        CheckConstraint("payer IN ('partner', 'platform')", name="payer"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("returned_minor IN (0, amount_minor)", name="returned"),
    )
