"""Indexed products for tests: saved, priced, stocked and indexed as the jobs would do it."""

from __future__ import annotations

from decimal import Decimal

from app.domains.catalogue import actions as catalogue
from app.domains.catalogue.types import ProductInput, ProductSaved
from app.domains.inventory import actions as inventory
from app.domains.pricing import actions as pricing
from app.domains.search import actions as search
from app.kit.money import Money
from app.kit.scope import Scope
from tests.factories.catalogue import save_own_seller


def open_trade(unit: Scope) -> None:
    """Seller, price list and stock location of a tenant."""
    save_own_seller(unit)
    pricing.ensure_price_list(unit, code="default", currency=unit.currency, tax_included=True)
    inventory.ensure_location(unit)


def sell(scope: Scope, *products: ProductInput) -> list[ProductSaved]:
    """Save products with the prices and stock that their variants name, index them, count the words."""
    with scope.transaction() as unit:
        open_trade(unit)
        saved = [_sell(unit, product) for product in products]
        search.index_products(unit, [one.product_id for one in saved])
        search.count_terms(unit)
    return saved


def _sell(unit: Scope, product: ProductInput) -> ProductSaved:
    saved = catalogue.save_product(unit, product)
    for variant in product.variants:
        offer_id = saved.offers[variant.sku]
        if variant.price is not None:
            compare_at = variant.compare_at and _money(unit, variant.compare_at)
            pricing.change_price(unit, offer_id, _money(unit, variant.price), compare_at=compare_at)
        if variant.stock is not None:
            inventory.set_stock(unit, offer_id, variant.stock, reference=f"test-{offer_id}-{variant.stock}")
    return saved


def _money(unit: Scope, amount: Decimal) -> Money:
    return Money.parse(format(amount, "f"), unit.currency)


def price(amount: str) -> Decimal:
    """An amount in major units, as a document says it."""
    return Decimal(amount)
