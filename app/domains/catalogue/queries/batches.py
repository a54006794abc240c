"""What stands around a batch of products, read in a fixed number of statements, however many products."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import or_, select, tuple_

from app.domains.catalogue.models import (
    CategoryRow,
    OfferRow,
    ProductPictureRow,
    ProductRow,
    SlugRow,
    VariantRow,
)
from app.domains.catalogue.rules.slugs import numbered, slugify
from app.domains.catalogue.rules.surroundings import Surroundings, speaks_of_pictures
from app.domains.catalogue.types import ProductInput
from app.domains.media.models import AssetRow
from app.kit import ids
from app.kit.errors import MalformedId
from app.kit.scope import PUBLIC, Scope, query

MOST_NUMBERS = 1_000
"""Of addresses that differ by a number only, so many are looked at; beyond them a product goes the long way."""


@query(PUBLIC)
def read_surroundings(scope: Scope, products: Sequence[ProductInput], seller_id: str) -> Surroundings:
    """Called by the action that saves the batch. Rows are locked in the order of their ids: two batches that share
    products wait for each other instead of both failing."""
    found = Surroundings()
    if not products:
        return found
    _read_products(scope, products, found)
    stored = [row.id for row in found.products.values()]
    _read_categories(scope, products, found)
    _read_variants(scope, products, stored, seller_id, found)
    _read_slugs(scope, products, stored, found)
    _read_pictures(scope, products, stored, found)
    return found


def _read_products(scope: Scope, products: Sequence[ProductInput], found: Surroundings) -> None:
    names = [(product.source, product.external_id) for product in products]
    rows = scope.db.execute(
        select(
            ProductRow.id,
            ProductRow.source,
            ProductRow.external_id,
            ProductRow.category_id,
            ProductRow.brand,
            ProductRow.title,
            ProductRow.summary,
            ProductRow.description,
            ProductRow.tax_category,
            ProductRow.attributes,
            ProductRow.options,
            ProductRow.keywords,
            ProductRow.status,
        )
        .where(tuple_(ProductRow.source, ProductRow.external_id).in_(names))
        .order_by(ProductRow.id)
        .with_for_update()
    )
    found.products = {(row.source, row.external_id): row for row in rows}


def _read_categories(scope: Scope, products: Sequence[ProductInput], found: Surroundings) -> None:
    codes = {step.code for product in products for step in product.category_path}
    codes |= {product.category_code for product in products if product.category_code is not None}
    if codes:
        rows = scope.db.execute(select(CategoryRow.code, CategoryRow.id).where(CategoryRow.code.in_(sorted(codes))))
        found.categories = {row.code: row.id for row in rows}


def _read_variants(
    scope: Scope, products: Sequence[ProductInput], stored: list[str], seller_id: str, found: Surroundings
) -> None:
    skus = {variant.sku for product in products for variant in product.variants}
    rows = scope.db.execute(
        select(
            VariantRow.id,
            VariantRow.product_id,
            VariantRow.sku,
            VariantRow.gtin,
            VariantRow.option_values,
            VariantRow.position,
            VariantRow.weight_g,
            VariantRow.archived_at,
        )
        .where(or_(VariantRow.sku.in_(sorted(skus)), VariantRow.product_id.in_(stored)))
        .order_by(VariantRow.id)
        .with_for_update()
    ).all()
    for row in rows:
        found.variants[row.sku] = row
        if row.archived_at is None:
            found.skus.setdefault(row.product_id, set()).add(row.sku)
    if rows:
        offers = scope.db.execute(
            select(OfferRow.id, OfferRow.variant_id).where(
                OfferRow.variant_id.in_([row.id for row in rows]), OfferRow.seller_id == seller_id
            )
        )
        found.offers = {row.variant_id: row for row in offers}


def _read_slugs(scope: Scope, products: Sequence[ProductInput], stored: list[str], found: Surroundings) -> None:
    stems: dict[str, set[str]] = {}
    for product in products:
        if (product.source, product.external_id) in found.products:
            continue
        for locale in product.slug.keys() | {locale for locale, title in product.title.items() if title}:
            slug = product.slug.get(locale) or slugify(product.title[locale]) or slugify(product.external_id) or "p"
            stems.setdefault(locale, set()).add(slug)
    if stored:
        rows = scope.db.execute(
            select(SlugRow.product_id, SlugRow.locale, SlugRow.slug).where(
                SlugRow.product_id.in_(stored), SlugRow.is_current
            )
        )
        for row in rows:
            found.slugs.setdefault(row.product_id, {})[row.locale] = row.slug
    crowded: dict[str, set[str]] = {}
    for locale, slugs in sorted(stems.items()):
        for slug in scope.db.scalars(
            select(SlugRow.slug).where(
                SlugRow.kind == "product", SlugRow.locale == locale, SlugRow.slug.in_(sorted(slugs))
            )
        ):
            found.taken.add((locale, slug))
            crowded.setdefault(locale, set()).add(slug)
    for locale, slugs in crowded.items():
        wanted = [numbered(slug, number) for slug in slugs for number in range(2, MOST_NUMBERS // len(slugs) + 3)]
        taken = scope.db.scalars(
            select(SlugRow.slug).where(
                SlugRow.kind == "product", SlugRow.locale == locale, SlugRow.slug.in_(wanted)
            )
        )
        known = set(taken)
        found.taken |= {(locale, slug) for slug in known}
        found.crowded |= {
            (locale, slug) for slug in slugs if numbered(slug, MOST_NUMBERS // len(slugs) + 2) in known
        }


def _read_pictures(scope: Scope, products: Sequence[ProductInput], stored: list[str], found: Surroundings) -> None:
    named = {picture.asset_id or "" for product in products for picture in product.pictures or ()} - {""}
    if named:
        found.assets = list_known_assets(scope, named)
    if stored and any(speaks_of_pictures(product) for product in products):
        rows = scope.db.execute(
            select(ProductPictureRow.product_id, ProductPictureRow.asset_id, ProductPictureRow.alt)
            .where(ProductPictureRow.product_id.in_(stored))
            .order_by(ProductPictureRow.product_id, ProductPictureRow.position)
        )
        for product_id, asset_id, alt in rows:
            found.pictures.setdefault(product_id, []).append((asset_id, alt))


@query(PUBLIC)
def list_known_assets(scope: Scope, asset_ids: Collection[str]) -> set[str]:
    """Those of some ids that are pictures of this tenant. Called by the actions that save products."""
    asked = [asset_id for asset_id in sorted(asset_ids) if _is_id(asset_id)]
    return set(scope.db.scalars(select(AssetRow.id).where(AssetRow.id.in_(asked)))) if asked else set()


def _is_id(text: str) -> bool:
    try:
        ids.check("med", text)
    except MalformedId:
        return False
    return True
