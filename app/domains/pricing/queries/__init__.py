"""Readers of pricing."""

from app.domains.pricing.queries.coupons import (
    count_uses,
    find_products,
    get_promotion_of,
    list_batches,
    list_coupons,
    list_uses,
    name_products,
)
from app.domains.pricing.queries.prices import list_prices, quote_lines, replay_quote
from app.domains.pricing.queries.promotions import (
    CouponStanding,
    discount_lines,
    facts_of,
    find_coupon,
    get_for_preview,
    get_promotion,
    list_for_cart,
    list_promotions,
    list_running,
    show_prices,
)

__all__ = [
    "CouponStanding",
    "count_uses",
    "discount_lines",
    "facts_of",
    "find_coupon",
    "find_products",
    "get_for_preview",
    "get_promotion",
    "get_promotion_of",
    "list_batches",
    "list_coupons",
    "list_for_cart",
    "list_prices",
    "list_promotions",
    "list_running",
    "list_uses",
    "name_products",
    "quote_lines",
    "replay_quote",
    "show_prices",
]
