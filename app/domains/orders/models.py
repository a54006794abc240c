"""Carts, order groups (one checkout), orders (one seller each), lines, and where each unit of a line is."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Numeric,
    Sequence,
    String,
    UniqueConstraint,
    column,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Changing, Created, TenantModel, tenant_metadata
from app.kit.ids import Id
from app.kit.secrets import EncryptedText

NUMBERS = Sequence("orders_numbers", start=1001, metadata=tenant_metadata)


class CartRow(Changing, TenantModel):
    """A guest's cart is known by its token, a shopper's by its owner, who has one that is open."""

    __tablename__ = "orders_carts"
    id: Mapped[str] = mapped_column(Id("crt"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(server_default="open", default="open")
    coupon: Mapped[str] = mapped_column(server_default="", default="")
    shopper_id: Mapped[str | None] = mapped_column(Id("shp"), ForeignKey("identity_shoppers.id"))
    __table_args__ = (
        CheckConstraint("status IN ('open', 'placed', 'merged')", name="status"),
        Index("orders_carts_shopper_idx", "shopper_id", unique=True, postgresql_where="status = 'open'"),
        Index("orders_carts_shopper_all_idx", "shopper_id", postgresql_where="shopper_id IS NOT NULL"),
    )


class CartLineRow(Changing, TenantModel):
    __tablename__ = "orders_cart_lines"
    id: Mapped[str] = mapped_column(Id("cln"), primary_key=True)
    cart_id: Mapped[str] = mapped_column(Id("crt"), ForeignKey("orders_carts.id", ondelete="CASCADE"))
    offer_id: Mapped[str] = mapped_column(Id("off"), ForeignKey("catalogue_offers.id"))
    quantity: Mapped[int]
    __table_args__ = (
        UniqueConstraint("cart_id", "offer_id"),
        CheckConstraint("quantity BETWEEN 1 AND 9999", name="quantity"),
    )


class GroupRow(Changing, TenantModel):
    """One checkout. Drafted before the shopper pays, with everything frozen; placed when the money is there.

    A later checkout of the same cart supersedes a drafted one. `quote_inputs` replays to `quote_hash`.
    """

    __tablename__ = "orders_groups"
    id: Mapped[str] = mapped_column(Id("grp"), primary_key=True)
    cart_id: Mapped[str] = mapped_column(Id("crt"), ForeignKey("orders_carts.id"))
    idempotency_key: Mapped[str]
    body_hash: Mapped[str]
    number: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    token: Mapped[str] = mapped_column(EncryptedText)
    status: Mapped[str]
    closed_reason: Mapped[str] = mapped_column(server_default="", default="")
    email: Mapped[str] = mapped_column(info={"personal": "contact"})
    phone: Mapped[str] = mapped_column(info={"personal": "contact"})
    address: Mapped[dict[str, Any]] = mapped_column(JSONB, info={"personal": "address"})
    locale: Mapped[str]
    shopper_id: Mapped[str | None] = mapped_column(Id("shp"), ForeignKey("identity_shoppers.id"))
    delivery: Mapped[dict[str, Any]] = mapped_column(JSONB)
    gateway: Mapped[str]
    quote: Mapped[dict[str, Any]] = mapped_column(JSONB)
    quote_inputs: Mapped[dict[str, Any]] = mapped_column(JSONB)
    quote_hash: Mapped[str]
    currency: Mapped[str] = mapped_column(String(3))
    items_minor: Mapped[int] = mapped_column(BigInteger)
    delivery_minor: Mapped[int] = mapped_column(BigInteger)
    fee_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger)
    rounding_minor: Mapped[int] = mapped_column(BigInteger)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    placed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    __table_args__ = (
        UniqueConstraint("cart_id", "idempotency_key"),
        CheckConstraint("status IN ('drafted', 'placed', 'cancelled', 'superseded', 'expired')", name="status"),
        CheckConstraint(
            "total_minor = items_minor + delivery_minor + fee_minor + rounding_minor AND total_minor >= 0",
            name="total",
        ),
        CheckConstraint("(status <> 'placed') OR (number IS NOT NULL AND placed_at IS NOT NULL)", name="placed"),
        Index("orders_groups_placed_idx", "cart_id", unique=True, postgresql_where="placed_at IS NOT NULL"),
        Index("orders_groups_drafted_idx", "cart_id", unique=True, postgresql_where="status = 'drafted'"),
        Index("orders_groups_created_idx", "created_at"),
        Index("orders_groups_shopper_idx", "shopper_id", "placed_at", postgresql_where="shopper_id IS NOT NULL"),
        Index("orders_groups_unclaimed_idx", func.lower(column("email")), postgresql_where="shopper_id IS NULL"),
    )


class OrderRow(Changing, TenantModel):
    """One seller's part of a checkout. Its status is the furthest thing that happened to it. `discounts`: those of
    its delivery; those of the goods stand on the lines."""

    __tablename__ = "orders_orders"
    id: Mapped[str] = mapped_column(Id("ord"), primary_key=True)
    group_id: Mapped[str] = mapped_column(Id("grp"), ForeignKey("orders_groups.id"), index=True)
    seller_id: Mapped[str] = mapped_column(Id("sel"), ForeignKey("sellers_sellers.id"))
    merchant_of_record_id: Mapped[str] = mapped_column(Id("sel"), ForeignKey("sellers_sellers.id"))
    number: Mapped[str | None] = mapped_column(unique=True)
    status: Mapped[str]
    currency: Mapped[str] = mapped_column(String(3))
    total_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger)
    placed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    packed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    shipped_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancelled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancelled_by: Mapped[str] = mapped_column(server_default="", default="")
    cancelled_reason: Mapped[str] = mapped_column(server_default="", default="")
    discounts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]", default=list)
    __table_args__ = (
        CheckConstraint(
            "status IN ('drafted', 'placed', 'packed', 'shipped', 'cancelled', 'discarded')", name="status"
        ),
        Index("orders_orders_placed_idx", "placed_at", postgresql_where="placed_at IS NOT NULL"),
        Index("orders_orders_status_idx", "status", "placed_at"),
    )


class LineRow(Changing, TenantModel):
    """A line, frozen at sale: nothing of it is computed from today's settings again. `discounts`: what each promotion
    took off it, and who bears that."""

    __tablename__ = "orders_lines"
    id: Mapped[str] = mapped_column(Id("lin"), primary_key=True)
    order_id: Mapped[str] = mapped_column(Id("ord"), ForeignKey("orders_orders.id"), index=True)
    offer_id: Mapped[str] = mapped_column(Id("off"), ForeignKey("catalogue_offers.id"))
    position: Mapped[int]
    sku: Mapped[str]
    title: Mapped[dict[str, str]] = mapped_column(JSONB)
    options: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    picture_id: Mapped[str | None] = mapped_column(Id("med"), ForeignKey("media_assets.id"))
    quantity: Mapped[int]
    unit_minor: Mapped[int] = mapped_column(BigInteger)
    discount_minor: Mapped[int] = mapped_column(BigInteger)
    net_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger)
    tax_rate: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    tax_code: Mapped[str]
    total_minor: Mapped[int] = mapped_column(BigInteger)
    discounts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]", default=list)
    __table_args__ = (
        UniqueConstraint("order_id", "offer_id"),
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("net_minor + tax_minor = total_minor", name="total"),
    )


class UnitStatus(Changing, TenantModel):
    """How many units of a line are where: each unit in exactly one status."""

    __tablename__ = "orders_unit_statuses"
    line_id: Mapped[str] = mapped_column(Id("lin"), ForeignKey("orders_lines.id"), primary_key=True)
    status: Mapped[str] = mapped_column(primary_key=True)
    quantity: Mapped[int]
    __table_args__ = (
        CheckConstraint(
            "status IN ('drafted', 'placed', 'packed', 'shipped', 'cancelled', 'discarded')", name="status"
        ),
        CheckConstraint("quantity >= 0", name="quantity"),
    )


class WishRow(Created, TenantModel):
    """A product that somebody keeps in mind: a shopper, or a guest's browser by its token."""

    __tablename__ = "orders_wishes"
    id: Mapped[str] = mapped_column(Id("wsh"), primary_key=True)
    shopper_id: Mapped[str | None] = mapped_column(Id("shp"), ForeignKey("identity_shoppers.id"))
    token_hash: Mapped[str | None]
    product_id: Mapped[str] = mapped_column(Id("prd"), ForeignKey("catalogue_products.id"))
    __table_args__ = (
        UniqueConstraint("shopper_id", "product_id"),
        UniqueConstraint("token_hash", "product_id"),
        CheckConstraint("num_nonnulls(shopper_id, token_hash) = 1", name="owner"),
    )
