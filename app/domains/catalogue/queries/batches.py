"""What stands around a batch of products, read in a fixed number of statements, however many products."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Row, or_, select, tuple_

from app.domains.catalogue.models import (
    CategoryRow,
    OfferRow,
    ProductPictureRow,
    ProductRow,
    SlugRow,
    VariantRow,
)
from app.domains.catalogue.rules.documents import changed, variant_columns
from app.domains.catalogue.rules.slugs import numbered, slugify
from app.domains.catalogue.types import ProductInput
from app.domains.media.models import AssetRow
from app.kit import ids
from app.kit.errors import MalformedId
from app.kit.scope import PUBLIC, Scope, query

MOST_NUMBERS = 1_000
"""Of addresses that differ by a number only, so many are looked at; beyond them a product goes the long way."""


@dataclass(slots=True)
class Surroundings:
    """Rows that the batch names, locked where they may be changed.

    :ivar variants: by SKU; also those of stored products that the batch no longer names.
    :ivar taken: (language, address) that other pages have or had, also those that this batch has taken.
    """

    products: dict[tuple[str, str], Row] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    variants: dict[str, Row] = field(default_factory=dict)
    skus: dict[str, set[str]] = field(default_factory=dict)
    offers: dict[str, Row] = field(default_factory=dict)
    slugs: dict[str, dict[str, str]] = field(default_factory=dict)
    taken: set[tuple[str, str]] = field(default_factory=set)
    crowded: set[tuple[str, str]] = field(default_factory=set)
    pictures: dict[str, list[tuple[str, Mapping[str, str]]]] = field(default_factory=dict)
    assets: set[str] = field(default_factory=set)

    def category(self, product: ProductInput) -> tuple[bool, str | None]:
        """(is it clear, the id): a category that does not exist, or whose path is to be made, is not."""
        code = product.category_path[-1].code if product.category_path else product.category_code
        if code is None:
            return True, None
        return code in self.categories, self.categories.get(code)

    def has_sku_of_another(self, product: ProductInput) -> bool:
        return any(variant.sku in self.variants for variant in product.variants)

    def has_pictures(self, product: ProductInput) -> bool:
        """Is each asset that it names one of ours?"""
        return all(picture.asset_id is None or picture.asset_id in self.assets for picture in product.pictures or ())

    def stands(self, product: ProductInput, product_id: str, titles: Mapping[str, str]) -> bool:
        """Are addresses, variants, offers and pictures those that it shall have?"""
        slugs = self.slugs.get(product_id, {})
        if any(locale not in slugs for locale in titles) or any(
            slugs.get(locale) != slug for locale, slug in product.slug.items()
        ):
            return False
        if self.skus.get(product_id, set()) != {variant.sku for variant in product.variants}:
            return False
        for position, variant in enumerate(product.variants):
            row = self.variants[variant.sku]
            if row.archived_at is not None or row.id not in self.offers:
                return False
            if changed(row._asdict(), variant_columns(variant, position)):
                return False
        return self._shows(product, product_id)

    def offers_of(self, product: ProductInput) -> dict[str, str]:
        return {variant.sku: self.offers[self.variants[variant.sku].id].id for variant in product.variants}

    def free_slugs(self, product: ProductInput, titles: Mapping[str, str]) -> dict[str, str] | None:
        """Addresses for a new product, taken from now on; None where one that it wants is not free."""
        found = {}
        for locale in product.slug.keys() | titles.keys():
            wanted = product.slug.get(locale)
            if wanted is None:
                wanted = slugify(titles[locale]) or slugify(product.external_id) or "p"
                stem = wanted
                number = 1
                while (locale, wanted) in self.taken:
                    number += 1
                    wanted = numbered(stem, number)
                if number > 1 and (locale, stem) in self.crowded:
                    return None
            elif (locale, wanted) in self.taken:
                return None
            found[locale] = wanted
        self.taken |= set(found.items())
        return found

    def _shows(self, product: ProductInput, product_id: str) -> bool:
        if not _speaks_of_pictures(product):
            return True
        wanted: dict[str, Mapping[str, str]] = {}
        for picture in product.pictures or ():
            if picture.asset_id is not None:
                wanted.setdefault(picture.asset_id, {locale: text for locale, text in picture.alt.items() if text})
        return self.pictures.get(product_id, []) == list(wanted.items())


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
            select(SlugRow.slug).where(SlugRow.kind == "product", SlugRow.locale == locale, SlugRow.slug.in_(wanted))
        )
        known = set(taken)
        found.taken |= {(locale, slug) for slug in known}
        found.crowded |= {(locale, slug) for slug in slugs if numbered(slug, MOST_NUMBERS // len(slugs) + 2) in known}


def _read_pictures(scope: Scope, products: Sequence[ProductInput], stored: list[str], found: Surroundings) -> None:
    named = {picture.asset_id or "" for product in products for picture in product.pictures or ()} - {""}
    if named:
        found.assets = list_known_assets(scope, named)
    if stored and any(_speaks_of_pictures(product) for product in products):
        rows = scope.db.execute(
            select(ProductPictureRow.product_id, ProductPictureRow.asset_id, ProductPictureRow.alt)
            .where(ProductPictureRow.product_id.in_(stored))
            .order_by(ProductPictureRow.product_id, ProductPictureRow.position)
        )
        for product_id, asset_id, alt in rows:
            found.pictures.setdefault(product_id, []).append((asset_id, alt))


def _speaks_of_pictures(product: ProductInput) -> bool:
    """Pictures of which not one is stored (addresses that nobody fetched) leave what is shown as it is."""
    pictures = product.pictures
    return pictures is not None and (not pictures or any(picture.asset_id for picture in pictures))


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
