"""What the index is made of, read from the rooms below; and which products are to be indexed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from app.domains.catalogue import queries as catalogue
from app.domains.catalogue.models import CategoryRow, OfferRow, ProductRow, VariantRow
from app.domains.catalogue.types import Category
from app.domains.inventory import queries as inventory
from app.domains.pricing import queries as pricing
from app.domains.search.models import DocumentRow
from app.domains.search.rules.documents import Source
from app.kit.scope import SYSTEM_ONLY, Scope, query


@query(SYSTEM_ONLY)
def list_sources(scope: Scope, product_ids: Sequence[str]) -> list[Source]:
    """Products of any status with what belongs to them, in nine statements however many they are."""
    products = catalogue.list_products(scope, product_ids)
    offers = [offer.id for product in products.values() for variant in product.variants for offer in variant.offers]
    prices, available = pricing.list_prices(scope, offers), inventory.list_available(scope, offers)
    categories = {category.id: category for category in catalogue.list_categories(scope, with_inactive=True)}
    return [
        Source(product, _path(categories, product.category_id), prices, available)
        for product in sorted(products.values(), key=lambda product: product.id)
    ]


@query(SYSTEM_ONLY)
def find_product_of_offer(scope: Scope, offer_id: str) -> str | None:
    """The product that an offer is of."""
    found = select(VariantRow.product_id).join(OfferRow, OfferRow.variant_id == VariantRow.id)
    return scope.db.execute(found.where(OfferRow.id == offer_id)).scalar_one_or_none()


@query(SYSTEM_ONLY)
def list_products_below(scope: Scope, category_id: str, *, after: str | None, limit: int) -> list[str]:
    """Products of a category and of those below it, in the order of their ids."""
    below = select(CategoryRow.id).where(CategoryRow.id == category_id).cte("below", recursive=True)
    below = below.union(select(CategoryRow.id).where(CategoryRow.parent_id == below.c.id))
    wanted = select(ProductRow.id).where(ProductRow.category_id.in_(select(below.c.id)))
    if after is not None:
        wanted = wanted.where(ProductRow.id > after)
    return list(scope.db.scalars(wanted.order_by(ProductRow.id).limit(limit)))


@query(SYSTEM_ONLY)
def list_unlisted(scope: Scope, limit: int) -> list[str]:
    """Products that are in the index and ought not to be: no longer active."""
    wanted = (
        select(DocumentRow.product_id)
        .distinct()
        .join(ProductRow, ProductRow.id == DocumentRow.product_id)
        .where(ProductRow.status != "active")
    )
    return list(scope.db.scalars(wanted.limit(limit)))


@query(SYSTEM_ONLY)
def count_documents(scope: Scope) -> int:
    return scope.db.execute(select(func.count()).select_from(DocumentRow)).scalar_one()


def _path(categories: Mapping[str, Category], category_id: str | None) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """The active categories from this one up; the catalogue allows no circle."""
    found: list[tuple[str, Mapping[str, str]]] = []
    while category_id is not None and category_id in categories:
        category = categories[category_id]
        if category.is_active:
            found.append((category.code, category.name))
        category_id = category.parent_id
    return tuple(found)
