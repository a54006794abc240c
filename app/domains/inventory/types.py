"""What inventory speaks: an offer as the partner's staff see it, with price and stock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Text = Mapping[str, str]

SellingStatus = Literal["selling", "paused", "draft", "archived"]
StockStatus = Literal["in_stock", "low", "sold_out", "no_price"]

LOW = 5
"""So few available pieces are called low."""


@dataclass(frozen=True, slots=True)
class OfferFilter:
    """Which offers: `words` in SKU, GTIN, brand or title; a category's id; what is sold; how much there is.
    Without a status all but archived ones."""

    words: str = ""
    category_id: str | None = None
    status: SellingStatus | None = None
    stock: StockStatus | None = None
    offer_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One offer with its price and stock. `price_version` and `stock_version` are what an editor must name; None
    where there is no price or no level yet. `options` is (label, value) of the variant's choice."""

    offer_id: str
    product_id: str
    sku: str
    title: Text
    options: tuple[tuple[Text, Text], ...]
    picture_id: str | None
    picture_alt: Text
    status: SellingStatus
    currency: str
    price_minor: int | None
    compare_at_minor: int | None
    price_version: int | None
    on_hand: int
    reserved: int
    stock_version: int | None

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class OfferPage:
    rows: tuple[OfferRow, ...]
    next_cursor: str | None
