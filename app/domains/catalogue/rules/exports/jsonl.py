"""Our own format: a product as the line that `read_product` takes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.domains.catalogue.rules.documents import product_columns
from app.domains.catalogue.rules.exports.words import price_of
from app.domains.catalogue.types import ProductInput


def document_of(product: ProductInput) -> dict[str, Any]:
    """What says nothing is left out."""
    columns = product_columns(product)
    found = {
        "external_id": product.external_id,
        "source": product.source,
        "status": product.status,
        "slug": dict(product.slug),
        "category_path": [{"code": step.code, "name": dict(step.name)} for step in product.category_path],
        **columns,
        "variants": [
            {
                "sku": variant.sku,
                "gtin": variant.gtin,
                "options": dict(variant.options),
                "price": price_of(variant.price) or None,
                "compare_at": price_of(variant.compare_at) or None,
                "stock": variant.stock,
                "weight_g": variant.weight_g,
            }
            for variant in product.variants
        ],
        "pictures": [
            {"url": picture.url, "alt": dict(picture.alt)} for picture in product.pictures or () if picture.url
        ],
    }
    return {name: _bare(value) for name, value in found.items() if value not in ("", None, [], {})}


def _bare(value: Any) -> Any:
    if isinstance(value, list):
        return [_bare(entry) for entry in value]
    if isinstance(value, dict):
        return {name: _bare(entry) for name, entry in value.items() if entry is not None}
    return format(value, "f") if isinstance(value, Decimal) else value
