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
