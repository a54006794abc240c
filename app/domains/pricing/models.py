"""Price lists and prices."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
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
