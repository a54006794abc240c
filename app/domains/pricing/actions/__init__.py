"""Writers of pricing."""

from app.domains.pricing.actions.coupons import add_coupon, make_codes, order_codes, set_coupon_active
from app.domains.pricing.actions.prices import change_price, change_prices, ensure_price_list
from app.domains.pricing.actions.promotions import (
    activate_promotion,
    apply_section,
    change_promotion,
    create_promotion,
    end_promotion,
)
from app.domains.pricing.actions.uses import (
    consume_uses,
    expire_uses,
    hold_uses,
    release_uses,
    reserve_uses,
    reserve_uses_again,
    return_uses,
)

__all__ = [
    "activate_promotion",
    "add_coupon",
    "apply_section",
    "change_price",
    "change_prices",
    "change_promotion",
    "consume_uses",
    "create_promotion",
    "end_promotion",
    "ensure_price_list",
    "expire_uses",
    "hold_uses",
    "make_codes",
    "order_codes",
    "release_uses",
    "reserve_uses",
    "reserve_uses_again",
    "return_uses",
    "set_coupon_active",
]
