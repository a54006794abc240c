"""What must hold of the index once the jobs that follow a change have run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ARRAY, Text, cast, func, literal, select, true

from app.domains.catalogue.models import OfferRow, ProductRow, SlugRow, VariantRow
from app.domains.inventory.models import StockLevel
from app.domains.pricing.models import PriceList, PriceRow
from app.domains.search.models import DocumentRow
from app.kit.invariants import Invariant
from app.kit.scope import SYSTEM_ONLY, Scope, query


@query(SYSTEM_ONLY)
def find_stale_documents(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """Active products with an address that lack a document in a language of the storefront, or whose document was
    made of another version."""
    locales = list(scope.storefront.locales) if scope.storefront else []
    language = func.unnest(cast(literal(locales, ARRAY(Text)), ARRAY(Text)))
    locale = language.table_valued("locale", name="language").render_derived()
    has_address = select(SlugRow.slug).where(SlugRow.product_id == ProductRow.id, SlugRow.is_current).exists()
    yield from (
        scope.db.execute(
            select(
                ProductRow.id.label("product_id"),
                locale.c.locale,
                ProductRow.version,
                DocumentRow.product_version.label("indexed_version"),
            )
            .select_from(ProductRow)
            .join(locale, true())
            .outerjoin(
                DocumentRow,
                (DocumentRow.product_id == ProductRow.id) & (DocumentRow.locale == locale.c.locale),
            )
            .where(
                ProductRow.status == "active",
                has_address,
                DocumentRow.product_version.is_distinct_from(ProductRow.version),
            )
            .order_by(ProductRow.id, locale.c.locale)
        ).mappings()
    )


@query(SYSTEM_ONLY)
def find_wrong_prices(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """Documents whose lowest or highest price is not that of the product's active offers."""
    offers = _offers().where(PriceList.is_default).subquery("offers")
    sums = (
        select(
            offers.c.product_id,
            func.min(offers.c.amount_minor).label("lowest"),
            func.max(offers.c.amount_minor).label("highest"),
            func.min(offers.c.currency).label("currency"),
        )
        .group_by(offers.c.product_id)
        .subquery("sums")
    )
    yield from (
        scope.db.execute(
            select(
                DocumentRow.product_id,
                DocumentRow.locale,
                DocumentRow.price_minor.label("indexed_minor"),
                sums.c.lowest.label("price_minor"),
                DocumentRow.highest_price_minor.label("indexed_highest_minor"),
                sums.c.highest.label("highest_price_minor"),
            )
            .outerjoin(sums, sums.c.product_id == DocumentRow.product_id)
            .where(
                DocumentRow.price_minor.is_distinct_from(sums.c.lowest)
                | DocumentRow.highest_price_minor.is_distinct_from(sums.c.highest)
                | DocumentRow.currency.is_distinct_from(sums.c.currency)
            )
            .order_by(DocumentRow.product_id, DocumentRow.locale)
        ).mappings()
    )


@query(SYSTEM_ONLY)
def find_wrong_availability(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """Documents that promise what cannot be bought, or hide what can."""
    stocked = (
        _offers()
        .join(StockLevel, StockLevel.offer_id == OfferRow.id)
        .where(PriceList.is_default, VariantRow.product_id == DocumentRow.product_id)
        .group_by(OfferRow.id, VariantRow.product_id, PriceRow.amount_minor, PriceList.currency)
        .having(func.sum(StockLevel.on_hand - StockLevel.reserved) > 0)
        .correlate(DocumentRow)
        .exists()
    )
    yield from (
        scope.db.execute(
            select(DocumentRow.product_id, DocumentRow.locale, DocumentRow.is_available)
            .where(DocumentRow.is_available != stocked)
            .order_by(DocumentRow.product_id, DocumentRow.locale)
        ).mappings()
    )


def _offers() -> Any:
    """The active offers with their prices."""
    return (
        select(VariantRow.product_id, PriceRow.amount_minor, PriceList.currency)
        .select_from(OfferRow)
        .join(VariantRow, VariantRow.id == OfferRow.variant_id)
        .join(PriceRow, PriceRow.offer_id == OfferRow.id)
        .join(PriceList, PriceList.id == PriceRow.price_list_id)
        .where(OfferRow.status == "active", VariantRow.archived_at.is_(None))
    )


INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="search.active_products_are_indexed",
        sentence="Each active product with an address has a document of its version in each language.",
        columns=("product_id", "locale", "version", "indexed_version"),
        find=find_stale_documents,
    ),
    Invariant(
        name="search.only_active_products_are_indexed",
        sentence="No product that is not active, or has no address, has a document.",
        columns=("product_id", "locale", "status"),
        ids={"product_id": "prd"},
        sql="SELECT d.product_id, d.locale, p.status FROM search_documents d"
        " JOIN catalogue_products p ON p.id = d.product_id"
        " WHERE p.status <> 'active' OR NOT EXISTS"
        " (SELECT 1 FROM catalogue_slugs s WHERE s.product_id = p.id AND s.is_current)"
        " ORDER BY d.product_id, d.locale",
    ),
    Invariant(
        name="search.prices_are_those_of_pricing",
        sentence="The lowest and the highest price of a document are those of the product's active offers.",
        columns=(
            "product_id",
            "locale",
            "indexed_minor",
            "price_minor",
            "indexed_highest_minor",
            "highest_price_minor",
        ),
        find=find_wrong_prices,
    ),
    Invariant(
        name="search.availability_is_that_of_inventory",
        sentence="A document is available exactly if a piece of a priced, active offer can be bought.",
        columns=("product_id", "locale", "is_available"),
        find=find_wrong_availability,
    ),
)
