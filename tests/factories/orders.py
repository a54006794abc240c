"""Things to buy, carts and checkouts, made through the rooms' own actions."""

from __future__ import annotations

import itertools
from decimal import Decimal

from app.domains.catalogue.actions import save_product
from app.domains.catalogue.types import ProductInput, VariantInput
from app.domains.delivery.actions import apply_section
from app.domains.inventory.actions import ensure_location, set_stock
from app.domains.orders.actions.carts import add_to_cart
from app.domains.orders.queries.carts import find_cart
from app.domains.orders.queries.checkout import price_cart
from app.domains.orders.types import CheckoutInput
from app.domains.pricing.actions import change_price, ensure_price_list
from app.domains.sellers.actions import ensure_own_seller
from app.domains.tenancy.queries.markets import get_market
from app.kit.money import Money
from app.kit.scope import Scope

_numbers = itertools.count(1)
ADDRESSES = {
    "th": {
        "country_code": "TH",
        "name": "สมหญิง ใจดี",
        "street_address": "99/1 ถนนสุขุมวิท",
        "city": "คลองเตย",
        "country_area": "กรุงเทพมหานคร",
        "postal_code": "10110",
    },
    "kw": {"country_code": "KW", "name": "نورة العلي", "street_address": "قطعة 3، شارع 12", "city": "السالمية"},
    "in": {
        "country_code": "IN",
        "name": "आशा वर्मा",
        "street_address": "12 एम जी रोड",
        "city": "बेंगलुरु",
        "country_area": "Karnataka",
        "postal_code": "560001",
    },
    "jp": {
        "country_code": "JP",
        "name": "山田 花子",
        "street_address": "千代田区丸の内1-9-1",
        "country_area": "東京都",
        "postal_code": "100-0005",
    },
}


def open_shop(system: Scope) -> None:
    """What a tenant needs before it sells: seller, price list, stock location, delivery."""
    market = get_market(system)
    with system.transaction() as unit:
        ensure_own_seller(unit, "own", {"en": "Own retail"}, "Own Retail Ltd.")
        ensure_price_list(unit, code="retail", currency=market.currency, tax_included=market.tax.prices_include_tax)
        ensure_location(unit)
        method = {"code": "standard", "name": {"en": "Standard"}, "price": "1", "min_days": 1, "max_days": 3}
        apply_section(unit, [method])


def make_offer(
    system: Scope, *, stock: int, price: str = "100", title: str = "A thing", tax_category: str = "standard"
) -> str:
    """An active product with one variant; returns its offer."""
    number = next(_numbers)
    sku = f"SKU-{number}"
    product = ProductInput(
        external_id=f"thing-{number}",
        source="test",
        title={system.locale: f"{title} {number}", "en": f"{title} {number}"},
        variants=(VariantInput(sku=sku, price=Decimal(price), stock=stock),),
        tax_category=tax_category,
    )
    with system.transaction() as unit:
        offer_id = save_product(unit, product).offers[sku]
        change_price(unit, offer_id, Money.parse(price, system.currency))
        set_stock(unit, offer_id, stock, reference=f"test-{number}")
    return offer_id


def fill_cart(guest: Scope, quantities: dict[str, int]) -> str:
    """A cart with these pieces; returns its token."""
    token = None
    for offer_id, quantity in quantities.items():
        with guest.transaction() as unit:
            token = add_to_cart(unit, token, offer_id, quantity)
    assert token is not None
    return token


def checkout_of(
    guest: Scope, token: str, gateway: str = "sandbox", key: str = "key-1", **changes: object
) -> CheckoutInput:
    """What a shopper who read the summary hands in."""
    with guest.transaction() as unit:
        cart = find_cart(unit, token)
        assert cart is not None
        place = ADDRESSES[guest.tenant.market].get("country_area", "") if guest.tenant else ""
        total = price_cart(unit, cart, "standard", gateway, place=place).quote.total_minor
    assert guest.tenant is not None
    values: dict[str, object] = {
        "email": "shopper@example.com",
        "phone": "+66812345678",
        "address": ADDRESSES[guest.tenant.market],
        "delivery_code": "standard",
        "gateway": gateway,
        "expected_total_minor": total,
        "idempotency_key": key,
    }
    return CheckoutInput(**{**values, **changes})
