"""What is kept, as queries return it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.domains.catalogue.types.attributes import TypedAttribute
from app.domains.catalogue.types.inputs import (
    Attribute,
    Option,
    PictureInput,
    ProductInput,
    ProductStatus,
    Text,
    VariantInput,
)

SaveStatus = Literal["created", "changed", "unchanged"]
SlugKind = Literal["category", "product"]


@dataclass(frozen=True, slots=True)
class ProductSaved:
    """`offers` is SKU → offer id, of the variants that the input names."""

    product_id: str
    status: SaveStatus
    offers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CategorySaved:
    category_id: str
    status: SaveStatus


@dataclass(frozen=True, slots=True)
class Category:
    id: str
    code: str
    parent_id: str | None
    name: Text
    description: Text
    slug: Text
    picture_id: str | None
    position: int
    is_active: bool
    version: int


@dataclass(frozen=True, slots=True)
class Offer:
    """One seller's offer of a variant. `archived`: its variant is no longer part of the product."""

    id: str
    seller_id: str
    status: Literal["active", "paused", "archived"]


@dataclass(frozen=True, slots=True)
class Variant:
    """`options` is option code → value code."""

    id: str
    sku: str
    gtin: str | None
    options: Mapping[str, str]
    position: int
    weight_g: int | None
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class ProductPicture:
    """A picture of a product by its asset; `media.queries.list_pictures` has its renditions."""

    asset_id: str
    alt: Text


@dataclass(frozen=True, slots=True)
class Product:
    """A product whole: its variants in order (those no longer offered are left out), pictures, current slugs.
    `typed` are its attributes, in the same order, read by their definitions."""

    id: str
    source: str
    external_id: str
    category_id: str | None
    category_code: str | None
    brand: str
    title: Text
    summary: Text
    description: Text
    slug: Text
    tax_category: str
    status: ProductStatus
    attributes: tuple[Attribute, ...]
    options: tuple[Option, ...]
    keywords: Mapping[str, tuple[str, ...]]
    variants: tuple[Variant, ...]
    pictures: tuple[ProductPicture, ...]
    version: int
    created_at: datetime
    updated_at: datetime
    typed: tuple[TypedAttribute, ...] = ()

    def as_input(self) -> ProductInput:
        """What `save_product` would take to change nothing: the start of an edit."""
        return ProductInput(
            external_id=self.external_id,
            source=self.source,
            title=self.title,
            slug=self.slug,
            category_code=self.category_code,
            brand=self.brand,
            summary=self.summary,
            description=self.description,
            tax_category=self.tax_category,
            status=self.status,
            attributes=self.attributes,
            options=self.options,
            keywords=self.keywords,
            pictures=tuple(PictureInput(asset_id=picture.asset_id, alt=picture.alt) for picture in self.pictures),
            variants=tuple(
                VariantInput(sku=variant.sku, options=variant.options, gtin=variant.gtin, weight_g=variant.weight_g)
                for variant in self.variants
            ),
        )


@dataclass(frozen=True, slots=True)
class ProductSummary:
    """A row of a staff list."""

    id: str
    source: str
    external_id: str
    title: Text
    brand: str
    category_id: str | None
    status: ProductStatus
    variant_count: int
    version: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """What a staff list is narrowed to. `text` is found in titles, brand, external id and SKUs."""

    status: ProductStatus | None = None
    category_id: str | None = None
    source: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class ProductSlice:
    """Newest first. `next_cursor` asks for the rows after these; None: there are no more."""

    rows: tuple[ProductSummary, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Resolved:
    """What an address names. `is_current` is false for a former slug, or one of another language: then the
    face sends the reader on to `slug` with 301. `slug` is None when there is no address in this language."""

    target_id: str
    slug: str | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """What a cart, a quote and an order line freeze of an offer. `is_sellable`: product, variant and offer are all
    active (whether there is stock is inventory's to say). `options` is option label → value label, per language."""

    offer_id: str
    seller_id: str
    variant_id: str
    product_id: str
    sku: str
    title: Text
    slug: Text
    options: tuple[tuple[Text, Text], ...]
    tax_category: str
    weight_g: int | None
    picture: ProductPicture | None
    is_sellable: bool
