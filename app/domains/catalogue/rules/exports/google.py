"""Google Merchant's product data as `rules/imports/google.py` reads it: an item for each variant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

from app.domains.catalogue.rules.exports.words import path_of, price_of, title_of, value_in, words_of
from app.domains.catalogue.rules.imports.google import NAMESPACE, OPTION_SECTION, OPTIONS
from app.domains.catalogue.types import ProductInput, VariantInput

COLUMNS = (
    "id", "item_group_id", "title", "description", "link", "image_link", "additional_image_link", "availability",
    "price", "sale_price", "brand", "gtin", "product_type", "condition", *OPTIONS, "shipping_weight", "product_detail",
)  # fmt: skip
DETAILS_SECTION = "Details"
Detail = tuple[str, str, str]
Item = dict[str, str | list[str] | list[Detail]]
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Signs that XML 1.0 cannot hold (2.2)."""


def items_of(product: ProductInput, locale: str, currency: str, origin: str) -> Iterator[Item]:
    """Columns as the table names them; pictures and details as lists."""
    pictures = [picture.url for picture in product.pictures or () if picture.url]
    slug = product.slug.get(locale, "")
    details = [
        (DETAILS_SECTION, entry.label.get(locale) or entry.code, words_of(entry, locale))
        for entry in product.attributes
    ]
    for variant in product.variants:
        chosen, others = _choice(product, variant, locale)
        is_reduced = variant.compare_at is not None
        yield {
            "id": variant.sku,
            "item_group_id": product.external_id,
            "title": title_of(product, locale),
            "description": product.description.get(locale, ""),
            "link": f"{origin}/p/{slug}" if slug else origin,
            "image_link": pictures[0] if pictures else "",
            "additional_image_link": [*pictures[1:]],
            "availability": "out_of_stock" if variant.stock == 0 else "in_stock",
            "price": _amount(price_of(variant.compare_at if is_reduced else variant.price), currency),
            "sale_price": _amount(price_of(variant.price), currency) if is_reduced else "",
            "brand": product.brand,
            "gtin": variant.gtin or "",
            "product_type": path_of(product, locale),
            "condition": "new",
            **chosen,
            "shipping_weight": "" if variant.weight_g is None else f"{variant.weight_g} g",
            "product_detail": [*details, *others],
        }


def _choice(product: ProductInput, variant: VariantInput, locale: str) -> tuple[dict[str, str], list[Detail]]:
    """Options that Google knows by their names, and the others as details."""
    chosen: dict[str, str] = {}
    others: list[Detail] = []
    for option in product.options:
        words = value_in(option, variant.options.get(option.code, ""), locale)
        label = option.label.get(locale) or option.code
        if option.code in OPTIONS and label == option.code.capitalize():
            chosen[option.code] = words
        else:
            others.append((OPTION_SECTION, label, words))
    return chosen, others


def _amount(price: str, currency: str) -> str:
    return f"{price} {currency}" if price else ""


def table_row(item: Item) -> list[str]:
    """An item as the cells of a line; tabs and line ends within a text are blanks there."""
    cells = []
    for column in COLUMNS:
        value = item.get(column, "")
        if isinstance(value, list):
            value = ",".join(":".join(entry) if isinstance(entry, tuple) else entry for entry in value)
        cells.append(value.replace("\t", " "))
    return cells


HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:g="%s">\n<channel>\n<title>%s</title>\n'
    "<link>%s</link>\n<description>%s</description>\n"
)
FOOT = "</channel>\n</rss>\n"


def head(title: str, origin: str) -> str:
    return HEAD % (NAMESPACE, _safe(title), _safe(origin), _safe(title))


def xml_item(item: Item) -> str:
    parts = ["<item>\n"]
    for column in COLUMNS:
        value = item.get(column, "")
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, tuple):
                names = ("section_name", "attribute_name", "attribute_value")
                inner = "".join(f"<g:{name}>{_safe(text)}</g:{name}>" for name, text in zip(names, entry, strict=True))
                parts.append(f"<g:{column}>{inner}</g:{column}>\n")
            elif entry:
                parts.append(f"<g:{column}>{_safe(entry)}</g:{column}>\n")
    parts.append("</item>\n")
    return "".join(parts)


def _safe(text: str) -> str:
    # a bare CR would be read as a line feed
    return escape(_NO_XML.sub("", text), {"\r": "&#13;"})
