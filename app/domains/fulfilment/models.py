"""Fulfilments."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Changing, TenantModel
from app.kit.ids import Id


class FulfilmentRow(Changing, TenantModel):
    """The parcel of an order; today one per order."""

    __tablename__ = "fulfilment_fulfilments"
    id: Mapped[str] = mapped_column(Id("ful"), primary_key=True)
    order_id: Mapped[str] = mapped_column(Id("ord"), ForeignKey("orders_orders.id"), unique=True)
    status: Mapped[str]
    packed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    packed_by: Mapped[str]
    shipped_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    shipped_by: Mapped[str] = mapped_column(server_default="", default="")
    carrier: Mapped[str] = mapped_column(server_default="", default="")
    tracking_code: Mapped[str] = mapped_column(server_default="", default="")
    __table_args__ = (
        CheckConstraint("status IN ('packed', 'shipped')", name="status"),
        CheckConstraint("(status = 'shipped') = (shipped_at IS NOT NULL)", name="shipped_at"),
        CheckConstraint("status = 'packed' OR carrier <> ''", name="carrier"),
    )
