"""Shopify's product CSV as `rules/imports/shopify.py` reads it: the rows of one product together."""

from __future__ import annotations

import html
from collections.abc import Iterator

from app.domains.catalogue.rules.exports.words import path_of, price_of, title_of, value_in
from app.domains.catalogue.types import Option, ProductInput, VariantInput

COLUMNS = (
    "Handle", "Title", "Body (HTML)", "Vendor", "Product Category", "Type", "Tags", "Published", "Option1 Name",
    "Option1 Value", "Option2 Name", "Option2 Value", "Option3 Name", "Option3 Value", "Variant SKU", "Variant Grams",
    "Variant Inventory Tracker", "Variant Inventory Qty", "Variant Inventory Policy", "Variant Fulfillment Service",
    "Variant Price", "Variant Compare At Price", "Variant Requires Shipping", "Variant Taxable", "Variant Barcode",
    "Image Src", "Image Position", "Image Alt Text", "SEO Description", "Status",
)  # fmt: skip


def rows_of(product: ProductInput, locale: str) -> Iterator[dict[str, str]]:
    """One row for each variant; further ones for further pictures."""
    pictures = list(product.pictures or ())
    handle = product.slug.get(locale) or product.external_id
    rows = [_variant(variant, product.options, locale) for variant in product.variants]
    rows += [{} for _ in range(len(pictures) - len(rows))]
    rows[0].update(_head(product, locale))
    for number, picture in enumerate(pictures):
        rows[number]["Image Src"] = picture.url or ""
        rows[number]["Image Position"] = str(number + 1)
        rows[number]["Image Alt Text"] = picture.alt.get(locale, "")
    for row in rows:
        yield {"Handle": handle, **row}


def _head(product: ProductInput, locale: str) -> dict[str, str]:
    names = [option.label.get(locale) or option.code for option in product.options[:3]] or ["Title"]
    kind = next((entry.value.get(locale, "") for entry in product.attributes if entry.code == "type"), "")
    return {
        "Title": title_of(product, locale),
        "Body (HTML)": _body(product.description.get(locale, "")),
        "Vendor": product.brand,
        "Product Category": path_of(product, locale),
        "Type": kind,
        "Tags": ", ".join(product.keywords.get(locale, ())),
        "Published": "TRUE" if product.status == "active" else "FALSE",
        **{f"Option{number} Name": name for number, name in enumerate(names, start=1)},
        "SEO Description": product.summary.get(locale, ""),
        "Status": product.status,
    }


def _variant(variant: VariantInput, options: tuple[Option, ...], locale: str) -> dict[str, str]:
    values = [value_in(option, variant.options.get(option.code, ""), locale) for option in options[:3]]
    return {
        **{f"Option{number} Value": value for number, value in enumerate(values or ["Default Title"], start=1)},
        "Variant SKU": variant.sku,
        "Variant Grams": "" if variant.weight_g is None else str(variant.weight_g),
        "Variant Inventory Tracker": "" if variant.stock is None else "shopify",
        "Variant Inventory Qty": "" if variant.stock is None else str(variant.stock),
        "Variant Inventory Policy": "deny",
        "Variant Fulfillment Service": "manual",
        "Variant Price": price_of(variant.price),
        "Variant Compare At Price": price_of(variant.compare_at),
        "Variant Requires Shipping": "TRUE",
        "Variant Taxable": "TRUE",
        "Variant Barcode": variant.gtin or "",
    }


def _body(description: str) -> str:
    """Paragraphs, and lines within them, as HTML."""
    if not description:
        return ""
    paragraphs = description.split("\n\n")
    return "".join(f"<p>{html.escape(part, quote=False).replace(chr(10), '<br>')}</p>" for part in paragraphs)
