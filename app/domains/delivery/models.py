"""Delivery methods of a tenant: a flat price, free from an amount on."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Changing, TenantModel


class DeliveryMethod(Changing, TenantModel):
    __tablename__ = "delivery_methods"
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    price_minor: Mapped[int] = mapped_column(BigInteger)
    free_from_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    tax_category: Mapped[str]
    min_days: Mapped[int]
    max_days: Mapped[int]
    position: Mapped[int]
    is_active: Mapped[bool] = mapped_column(server_default="true", default=True)
    __table_args__ = (
        CheckConstraint("price_minor >= 0", name="price"),
        CheckConstraint("0 <= min_days AND min_days <= max_days", name="days"),
    )
