"""Sellers of a tenant: its own retail, and later those of its open market."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Changing, TenantModel
from app.kit.ids import Id


class SellerRow(Changing, TenantModel):
    """A seller. A tenant has at most one of kind `own`: itself."""

    __tablename__ = "sellers_sellers"
    id: Mapped[str] = mapped_column(Id("sel"), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="active", default="active")
    legal_name: Mapped[str]
    __table_args__ = (
        CheckConstraint("kind IN ('own', 'partner')", name="kind"),
        CheckConstraint("status IN ('active', 'suspended')", name="status"),
        Index("sellers_sellers_own_idx", "kind", unique=True, postgresql_where="kind = 'own'"),
    )
