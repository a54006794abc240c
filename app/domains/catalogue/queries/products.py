"""Reads of whole products: six statements, however many products."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Row, select

from app.domains.catalogue.errors import ProductNotFound
from app.domains.catalogue.models import (
    CategoryRow,
    OfferRow,
    ProductPictureRow,
    ProductRow,
    SlugRow,
    VariantRow,
)
from app.domains.catalogue.queries.attributes import list_attributes
from app.domains.catalogue.rules.attributes import typed
from app.domains.catalogue.rules.documents import attributes_of, keywords_of, options_of
from app.domains.catalogue.types import AttributeDefinition, Offer, Product, ProductPicture, ProductStatus, Variant
from app.kit.scope import Scope, query


@query("catalogue.browse")
def get_product(scope: Scope, product_id: str) -> Product:
    """A product of any status: who shows it to shoppers asks for `status == "active"`. Raises `ProductNotFound`."""
    found = list_products(scope, [product_id])
    if product_id not in found:
        raise ProductNotFound(id=product_id)
    return found[product_id]


@query("catalogue.browse")
def list_ids_by_source(scope: Scope, source: str, external_ids: Sequence[str]) -> dict[str, str]:
    """The products of a source by their ids there; one that does not stand is left out. One statement."""
    found = scope.db.execute(
        select(ProductRow.external_id, ProductRow.id).where(
            ProductRow.source == source, ProductRow.external_id.in_(external_ids)
        )
    )
    return {row.external_id: row.id for row in found}


@query("catalogue.browse")
def list_product_ids(
    scope: Scope,
    *,
    category_id: str | None = None,
    status: ProductStatus | None = "active",
    after: str | None = None,
    limit: int = 500,
) -> list[str]:
    """Ids in the order in which the products came; `after` is the last id of the page before."""
    wanted = select(ProductRow.id).order_by(ProductRow.id).limit(limit)
    if category_id is not None:
        wanted = wanted.where(ProductRow.category_id == category_id)
    if status is not None:
        wanted = wanted.where(ProductRow.status == status)
    if after is not None:
        wanted = wanted.where(ProductRow.id > after)
    return list(scope.db.scalars(wanted))


@query("catalogue.browse")
def list_products(scope: Scope, product_ids: Collection[str]) -> dict[str, Product]:
    """Products by id, of any status; ids that name none are left out."""
    wanted = set(product_ids)
    if not wanted:
        return {}
    rows = scope.db.execute(
        select(
            ProductRow.id,
            ProductRow.source,
            ProductRow.external_id,
            ProductRow.category_id,
            CategoryRow.code.label("category_code"),
            ProductRow.brand,
            ProductRow.title,
            ProductRow.summary,
            ProductRow.description,
            ProductRow.tax_category,
            ProductRow.status,
            ProductRow.attributes,
            ProductRow.options,
            ProductRow.keywords,
            ProductRow.version,
            ProductRow.created_at,
            ProductRow.updated_at,
        )
        .outerjoin(CategoryRow, CategoryRow.id == ProductRow.category_id)
        .where(ProductRow.id.in_(wanted))
    ).all()
    codes = {entry["code"] for row in rows for entry in row.attributes}
    definitions = list_attributes(scope, codes)
    slugs, variants, pictures = _slugs(scope, wanted), _variants(scope, wanted), _pictures(scope, wanted)
    return {
        row.id: _product(
            row, slugs.get(row.id, {}), variants.get(row.id, ()), pictures.get(row.id, ()), definitions
        )
        for row in rows
    }


def _product(
    row: Row,
    slugs: dict[str, str],
    variants: Collection[Variant],
    pictures: Collection[ProductPicture],
    definitions: Mapping[str, AttributeDefinition],
) -> Product:
    attributes = attributes_of(row.attributes)
    return Product(
        id=row.id,
        source=row.source,
        external_id=row.external_id,
        category_id=row.category_id,
        category_code=row.category_code,
        brand=row.brand,
        title=row.title,
        summary=row.summary,
        description=row.description,
        slug=slugs,
        tax_category=row.tax_category,
        status=row.status,
        attributes=attributes,
        typed=tuple(typed(attribute, definitions.get(attribute.code)) for attribute in attributes),
        options=options_of(row.options),
        keywords=keywords_of(row.keywords),
        variants=tuple(variants),
        pictures=tuple(pictures),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _slugs(scope: Scope, product_ids: set[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in scope.db.execute(
        select(SlugRow.product_id, SlugRow.locale, SlugRow.slug).where(
            SlugRow.product_id.in_(product_ids), SlugRow.is_current
        )
    ):
        found.setdefault(str(row.product_id), {})[row.locale] = row.slug
    return found


def _variants(scope: Scope, product_ids: set[str]) -> dict[str, list[Variant]]:
    offers: dict[str, list[Offer]] = {}
    for row in scope.db.execute(
        select(OfferRow.variant_id, OfferRow.id, OfferRow.seller_id, OfferRow.status)
        .join(VariantRow, VariantRow.id == OfferRow.variant_id)
        .where(VariantRow.product_id.in_(product_ids))
        .order_by(OfferRow.id)
    ):
        offer = Offer(id=row.id, seller_id=row.seller_id, status=row.status)
        offers.setdefault(row.variant_id, []).append(offer)
    found: dict[str, list[Variant]] = {}
    for row in scope.db.execute(
        select(
            VariantRow.product_id,
            VariantRow.id,
            VariantRow.sku,
            VariantRow.gtin,
            VariantRow.option_values,
            VariantRow.position,
            VariantRow.weight_g,
        )
        .where(VariantRow.product_id.in_(product_ids), VariantRow.archived_at.is_(None))
        .order_by(VariantRow.product_id, VariantRow.position, VariantRow.id)
    ):
        found.setdefault(row.product_id, []).append(
            Variant(
                id=row.id,
                sku=row.sku,
                gtin=row.gtin,
                options=row.option_values,
                position=row.position,
                weight_g=row.weight_g,
                offers=tuple(offers.get(row.id, ())),
            )
        )
    return found


def _pictures(scope: Scope, product_ids: set[str]) -> dict[str, list[ProductPicture]]:
    found: dict[str, list[ProductPicture]] = {}
    for product_id, asset_id, alt in scope.db.execute(
        select(ProductPictureRow.product_id, ProductPictureRow.asset_id, ProductPictureRow.alt)
        .where(ProductPictureRow.product_id.in_(product_ids))
        .order_by(ProductPictureRow.product_id, ProductPictureRow.position)
    ):
        found.setdefault(product_id, []).append(ProductPicture(asset_id, alt))
    return found
