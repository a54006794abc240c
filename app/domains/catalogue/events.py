"""What happened in the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True)
class ProductChanged:
    """Anything a shopper can read of a product changed: texts, variants, pictures, status, addresses."""

    name: ClassVar[str] = "catalogue.product_changed"
    product_id: str
    change: Literal["created", "changed", "archived", "published"]


@dataclass(frozen=True, slots=True)
class CategoryChanged:
    name: ClassVar[str] = "catalogue.category_changed"
    category_id: str
    change: Literal["created", "changed"]


@dataclass(frozen=True, slots=True)
class AttributesChanged:
    """Attributes became facts of another kind: what was made of their values is to be made anew."""

    name: ClassVar[str] = "catalogue.attributes_changed"
    tenant_id: str
    codes: list[str]


@dataclass(frozen=True, slots=True)
class ProductsImported:
    """These products were made or changed by a batch of an import: what they say, what they cost, whether they can
    be had. It stands for their `ProductChanged`, `PriceChanged` and `AvailabilityChanged`, so that a file of many
    products is not as many jobs."""

    name: ClassVar[str] = "catalogue.products_imported"
    run_id: str
    product_ids: list[str]
