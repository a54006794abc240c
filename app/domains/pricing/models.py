"""Price lists and prices; promotions, coupons and their uses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Changing, TenantModel
from app.kit.ids import Id


class PriceList(Changing, TenantModel):
    """Prices of one currency, all with tax or all without."""

    __tablename__ = "pricing_price_lists"
    id: Mapped[str] = mapped_column(Id("prl"), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[str] = mapped_column(String(3))
    tax_included: Mapped[bool]
    is_default: Mapped[bool]
    __table_args__ = (
        Index("pricing_price_lists_default_idx", "is_default", unique=True, postgresql_where="is_default"),
    )


class PriceRow(Changing, TenantModel):
    """An offer's price in a price list, in minor units of the list's currency."""

    __tablename__ = "pricing_prices"
    price_list_id: Mapped[str] = mapped_column(Id("prl"), ForeignKey("pricing_price_lists.id"), primary_key=True)
    offer_id: Mapped[str] = mapped_column(Id("off"), ForeignKey("catalogue_offers.id"), primary_key=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    compare_at_minor: Mapped[int | None] = mapped_column(BigInteger)
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("compare_at_minor > amount_minor", name="compare_at"),
        Index("pricing_prices_offer_idx", "offer_id"),
    )


class PromotionRow(Changing, TenantModel):
    """A promotion: condition and benefit as documents, and the counts that its caps guard.

    `starts_local` and `ends_local` are wall times of the storefront, not moments: midnight is midnight wherever the
    clock of the country stands that day, so they have no zone. `used_count` and `spent_minor` are of uses that are
    reserved or ordered; every change of them is a conditional UPDATE.
    """

    __tablename__ = "pricing_promotions"
    id: Mapped[str] = mapped_column(Id("prm"), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    kind: Mapped[str]
    benefit: Mapped[dict[str, Any]] = mapped_column(JSONB)
    conditions: Mapped[dict[str, Any]] = mapped_column(JSONB)
    priority: Mapped[int] = mapped_column(server_default="0", default=0)
    is_exclusive: Mapped[bool] = mapped_column(server_default="false", default=False)
    exclusion_group: Mapped[str] = mapped_column(server_default="", default="")
    payer: Mapped[str]
    starts_local: Mapped[str] = mapped_column(server_default="", default="")
    ends_local: Mapped[str] = mapped_column(server_default="", default="")
    needs_coupon: Mapped[bool] = mapped_column(server_default="false", default=False)
    usage_limit: Mapped[int | None]
    shopper_limit: Mapped[int | None]
    budget_minor: Mapped[int | None] = mapped_column(BigInteger)
    used_count: Mapped[int] = mapped_column(server_default="0", default=0)
    spent_minor: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    returns_on_cancel: Mapped[bool] = mapped_column(server_default="true", default=True)
    status: Mapped[str] = mapped_column(server_default="draft", default="draft")
    activated_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    __table_args__ = (
        CheckConstraint("kind IN ('catalogue', 'cart')", name="kind"),
        CheckConstraint("payer IN ('seller', 'partner', 'platform')", name="payer"),
        CheckConstraint("status IN ('draft', 'active', 'ended')", name="status"),
        CheckConstraint("used_count >= 0 AND used_count <= usage_limit", name="used"),
        CheckConstraint("spent_minor >= 0 AND spent_minor <= budget_minor", name="spent"),
        Index("pricing_promotions_active_idx", "kind", postgresql_where="status = 'active'"),
    )


class CouponBatchRow(Changing, TenantModel):
    """Codes that a job makes: `made` of `wanted` stand."""

    __tablename__ = "pricing_coupon_batches"
    id: Mapped[str] = mapped_column(Id("cpb"), primary_key=True)
    promotion_id: Mapped[str] = mapped_column(Id("prm"), ForeignKey("pricing_promotions.id"), index=True)
    prefix: Mapped[str]
    wanted: Mapped[int]
    made: Mapped[int] = mapped_column(server_default="0", default=0)
    usage_limit: Mapped[int | None]
    __table_args__ = (CheckConstraint("made >= 0 AND made <= wanted", name="made"),)


class CouponRow(Changing, TenantModel):
    """A code of a promotion. `code` is the form in which it is looked up, `shown` the one that is given out."""

    __tablename__ = "pricing_coupons"
    id: Mapped[str] = mapped_column(Id("cpn"), primary_key=True)
    promotion_id: Mapped[str] = mapped_column(Id("prm"), ForeignKey("pricing_promotions.id"), index=True)
    batch_id: Mapped[str | None] = mapped_column(Id("cpb"), ForeignKey("pricing_coupon_batches.id"), index=True)
    code: Mapped[str] = mapped_column(unique=True)
    shown: Mapped[str]
    usage_limit: Mapped[int | None]
    used_count: Mapped[int] = mapped_column(server_default="0", default=0)
    is_active: Mapped[bool] = mapped_column(server_default="true", default=True)
    __table_args__ = (CheckConstraint("used_count >= 0 AND used_count <= usage_limit", name="used"),)


class PromotionUseRow(Changing, TenantModel):
    """One checkout's use of a promotion: reserved with its draft (`live`), `consumed` when it is placed, `released`
    with the draft, `returned` by a cancellation. Only the first two count."""

    __tablename__ = "pricing_promotion_uses"
    id: Mapped[str] = mapped_column(Id("pru"), primary_key=True)
    promotion_id: Mapped[str] = mapped_column(Id("prm"), ForeignKey("pricing_promotions.id"))
    coupon_id: Mapped[str | None] = mapped_column(Id("cpn"), ForeignKey("pricing_coupons.id"), index=True)
    reference: Mapped[str]
    shopper: Mapped[str] = mapped_column(info={"personal": "pseudonym"})
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    __table_args__ = (
        UniqueConstraint("reference", "promotion_id"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("status IN ('live', 'consumed', 'released', 'returned')", name="status"),
        Index("pricing_promotion_uses_promotion_idx", "promotion_id", "status"),
        Index("pricing_promotion_uses_live_idx", "expires_at", postgresql_where="status = 'live'"),
    )


class ShopperUseRow(Changing, TenantModel):
    """How often a shopper uses a promotion that limits it per shopper: the row that the limit guards."""

    __tablename__ = "pricing_shopper_uses"
    promotion_id: Mapped[str] = mapped_column(Id("prm"), ForeignKey("pricing_promotions.id"), primary_key=True)
    shopper: Mapped[str] = mapped_column(primary_key=True, info={"personal": "pseudonym"})
    used_count: Mapped[int]
    __table_args__ = (CheckConstraint("used_count >= 0", name="used"),)
