"""Stock: levels that the database itself keeps possible, the movements behind them, and timed reservations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Changing, TenantModel
from app.kit.ids import Id


class StockLocation(Changing, TenantModel):
    __tablename__ = "inventory_locations"
    id: Mapped[str] = mapped_column(Id("loc"), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)


class StockLevel(Changing, TenantModel):
    """What lies at a location: `on_hand` pieces, `reserved` of them promised; available = on hand − reserved."""

    __tablename__ = "inventory_levels"
    offer_id: Mapped[str] = mapped_column(Id("off"), ForeignKey("catalogue_offers.id"), primary_key=True)
    location_id: Mapped[str] = mapped_column(Id("loc"), ForeignKey("inventory_locations.id"), primary_key=True)
    on_hand: Mapped[int] = mapped_column(server_default="0", default=0)
    reserved: Mapped[int] = mapped_column(server_default="0", default=0)
    __table_args__ = (
        CheckConstraint("on_hand >= 0", name="on_hand"),
        CheckConstraint("reserved >= 0 AND reserved <= on_hand", name="reserved"),
    )


class StockMovement(TenantModel):
    """Why `on_hand` changed. Append-only; one movement per reason, reference, offer and location."""

    __tablename__ = "inventory_movements"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    offer_id: Mapped[str] = mapped_column(Id("off"), ForeignKey("catalogue_offers.id"))
    location_id: Mapped[str] = mapped_column(Id("loc"), ForeignKey("inventory_locations.id"))
    delta: Mapped[int]
    reason: Mapped[str]
    reference: Mapped[str]
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    __table_args__ = (
        UniqueConstraint("reason", "reference", "offer_id", "location_id"),
        CheckConstraint("reason IN ('received', 'sold', 'returned', 'cancelled', 'adjusted')", name="reason"),
        CheckConstraint("delta <> 0", name="delta"),
        Index("inventory_movements_offer_idx", "offer_id", "location_id"),
    )


class Reservation(Changing, TenantModel):
    """Pieces that are held for a reference (a payment attempt) until a moment."""

    __tablename__ = "inventory_reservations"
    id: Mapped[str] = mapped_column(Id("rsv"), primary_key=True)
    reference: Mapped[str]
    offer_id: Mapped[str] = mapped_column(Id("off"), ForeignKey("catalogue_offers.id"))
    location_id: Mapped[str] = mapped_column(Id("loc"), ForeignKey("inventory_locations.id"))
    quantity: Mapped[int]
    status: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    __table_args__ = (
        UniqueConstraint("reference", "offer_id"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("status IN ('live', 'claimed', 'released', 'expired')", name="status"),
        Index("inventory_reservations_live_idx", "expires_at", postgresql_where="status = 'live'"),
        Index("inventory_reservations_offer_idx", "offer_id", "location_id", postgresql_where="status = 'live'"),
    )


AFTER_CREATE = ("REVOKE UPDATE, DELETE, TRUNCATE ON inventory_movements FROM tenant",)
