"""A product's page in at most seven statements; prices and stock are read where they are kept, not from the index."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, Row, Text, cast, func, select
from sqlalchemy.dialects.postgresql import array

from app.domains.catalogue.errors import ProductNotFound
from app.domains.catalogue.models import (
    CategoryRow,
    OfferRow,
    ProductPictureRow,
    ProductRow,
    SlugRow,
    VariantRow,
)
from app.domains.inventory import queries as inventory
from app.domains.media import queries as media
from app.domains.media.models import AssetRow
from app.domains.media.types import Picture
from app.domains.pricing import queries as pricing
from app.domains.pricing.types import Price, QuoteLine
from app.domains.search.models import DocumentRow
from app.domains.search.queries.addresses import alternates, read_address, slugs_of, translate
from app.domains.search.queries.cards import listed
from app.domains.search.rules.normalise import clean
from app.domains.search.rules.values import words_of
from app.domains.search.types import CategoryView, MovedTo, OptionView, PictureView, ProductPage, VariantView
from app.domains.sellers.models import SellerRow
from app.kit.scope import Scope, query


@query("catalogue.browse")
def get_product_page(scope: Scope, slug: str) -> ProductPage | MovedTo:
    """The product of an address. Raises `ProductNotFound`, also for one that is not active."""
    asked = clean(slug)
    row = _find(scope, asked)
    if row is None:
        raise ProductNotFound(slug=asked)
    address = read_address(scope, asked, row.slug_locale, is_current=row.is_current, current=row.slugs)
    if address.moved_to is not None:
        return MovedTo(address.moved_to)
    if not address.is_page:
        raise ProductNotFound(slug=asked)
    offers = _offers(scope, row.id)
    offer_ids = [offer.offer_id for offer in offers]
    prices, available = pricing.list_prices(scope, offer_ids), inventory.list_available(scope, offer_ids)
    variants = _variants(scope, row, offers, prices, available)
    seller = offers[0] if offers else None
    return ProductPage(
        product_id=row.id,
        slug=asked,
        title=translate(scope, row.title),
        summary=translate(scope, row.summary),
        description=translate(scope, row.description),
        brand=row.brand,
        category=_category(scope, row),
        attributes=tuple(
            (translate(scope, entry["label"]) or entry["code"], _words(scope, entry)) for entry in row.attributes
        ),
        options=_options(scope, row.options, variants),
        variants=variants,
        pictures=_pictures(scope, row.id, translate(scope, row.title)),
        alternates=alternates(scope, row.slugs),
        seller_name=translate(scope, seller.name) if seller else "",
        seller_id=seller.seller_id if seller else "",
        tax_category=row.tax_category,
    )


def _words(scope: Scope, entry: Mapping[str, Any]) -> str:
    data = entry.get("data")
    bare = Decimal(data) if isinstance(data, str) else data
    locales = scope.storefront.locales if scope.storefront else ()
    return words_of(entry["value"], bare, entry.get("unit", ""), scope.locale, locales)


def _find(scope: Scope, slug: str) -> Row | None:
    count = (
        select(func.count())
        .where(*listed(scope), DocumentRow.category_codes.contains(cast(array([CategoryRow.code]), ARRAY(Text))))
        .correlate(CategoryRow)
        .scalar_subquery()
    )
    return scope.db.execute(
        select(
            ProductRow.id,
            ProductRow.title,
            ProductRow.summary,
            ProductRow.description,
            ProductRow.brand,
            ProductRow.attributes,
            ProductRow.options,
            ProductRow.tax_category,
            CategoryRow.code.label("category_code"),
            CategoryRow.name.label("category_name"),
            CategoryRow.description.label("category_description"),
            CategoryRow.is_active.label("category_is_active"),
            count.label("category_count"),
            slugs_of(scope, "product", ProductRow.id).label("slugs"),
            slugs_of(scope, "category", CategoryRow.id).label("category_slugs"),
            SlugRow.locale.label("slug_locale"),
            SlugRow.is_current,
        )
        .join(SlugRow, SlugRow.product_id == ProductRow.id)
        .outerjoin(CategoryRow, CategoryRow.id == ProductRow.category_id)
        .where(SlugRow.kind == "product", SlugRow.slug == slug, ProductRow.status == "active")
        .order_by((SlugRow.locale == scope.locale).desc(), SlugRow.is_current.desc(), SlugRow.locale)
        .limit(1)
    ).one_or_none()


def _category(scope: Scope, row: Row) -> CategoryView | None:
    if not row.category_is_active or not row.category_slugs:
        return None
    return CategoryView(
        code=row.category_code,
        slug=translate(scope, row.category_slugs),
        name=translate(scope, row.category_name),
        description=translate(scope, row.category_description),
        picture=None,
        product_count=row.category_count,
        alternates=alternates(scope, row.category_slugs),
    )


def _offers(scope: Scope, product_id: str) -> list[Row]:
    """The active offers of a product's variants, in the order of the variants."""
    return list(
        scope.db.execute(
            select(
                VariantRow.id.label("variant_id"),
                VariantRow.sku,
                VariantRow.option_values,
                OfferRow.id.label("offer_id"),
                SellerRow.id.label("seller_id"),
                SellerRow.name,
            )
            .join(OfferRow, OfferRow.variant_id == VariantRow.id)
            .join(SellerRow, SellerRow.id == OfferRow.seller_id)
            .where(VariantRow.product_id == product_id, VariantRow.archived_at.is_(None), OfferRow.status == "active")
            .order_by(VariantRow.position, VariantRow.id, OfferRow.id)
        )
    )


def _variants(
    scope: Scope, product: Row, offers: list[Row], prices: Mapping[str, Price], available: Mapping[str, int]
) -> tuple[VariantView, ...]:
    """One per variant: of its offers with a price the cheapest that can be bought, else the cheapest; with the
    promotions of the catalogue that run."""
    best: dict[str, VariantView] = {}
    priced = [(offer, prices[offer.offer_id]) for offer in offers if offer.offer_id in prices]
    lines = [
        QuoteLine(offer.offer_id, 1, price.amount_minor, "", product.id, product.category_code or "", offer.seller_id)
        for offer, price in priced
    ]
    for (offer, price), shown in zip(priced, pricing.show_prices(scope, lines), strict=True):
        view = VariantView(
            variant_id=offer.variant_id,
            offer_id=offer.offer_id,
            sku=offer.sku,
            option_values=offer.option_values,
            price_minor=shown.unit_minor,
            compare_at_minor=shown.prior_minor or price.compare_at_minor,
            currency=price.currency,
            available=max(available.get(offer.offer_id, 0), 0),
            promotion=translate(scope, shown.names[0]) if shown.names else "",
        )
        standing = best.get(offer.variant_id)
        if standing is None or (not view.available, view.price_minor) < (not standing.available, standing.price_minor):
            best[offer.variant_id] = view
    return tuple(best.values())


def _options(scope: Scope, stored: list[dict[str, Any]], variants: tuple[VariantView, ...]) -> tuple[OptionView, ...]:
    """The options with those of their values that a variant has."""
    found = []
    for option in stored:
        used = {variant.option_values.get(option["code"]) for variant in variants}
        values = tuple(
            (value["code"], translate(scope, value["label"]) or value["code"])
            for value in option["values"]
            if value["code"] in used
        )
        if values:
            found.append(OptionView(option["code"], translate(scope, option["label"]) or option["code"], values))
    return tuple(found)


def _pictures(scope: Scope, product_id: str, title: str) -> tuple[PictureView, ...]:
    rows = scope.db.execute(
        select(ProductPictureRow.asset_id, ProductPictureRow.alt, AssetRow.width, AssetRow.height)
        .join(AssetRow, AssetRow.id == ProductPictureRow.asset_id)
        .where(ProductPictureRow.product_id == product_id)
        .order_by(ProductPictureRow.position)
    ).all()
    renditions = media.list_renditions(scope, {row.asset_id for row in rows}) if rows else {}
    return tuple(
        PictureView(
            Picture(row.asset_id, row.width, row.height, tuple(renditions.get(row.asset_id, ()))),
            translate(scope, row.alt) or title,
        )
        for row in rows
    )
