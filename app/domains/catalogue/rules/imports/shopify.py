"""Shopify's product CSV: one row per variant, further rows for further pictures; the rows of one handle together.

Reads the long-standing headings ("Handle", "Variant Price") and those of the newer template ("URL handle",
"Price"). https://help.shopify.com/en/manual/products/import-export/using-csv

The first row of a handle speaks for the product. A row is a variant if it has a price, a SKU or a value of the
first option; else it only brings a picture. A product with one wrong row is not imported, because the missing
variant would be taken as withdrawn. Rows of a handle that comes back later are refused (see `group_rows`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from app.domains.catalogue.rules.imports.draft import Draft, keywords
from app.domains.catalogue.rules.imports.rows import Group, Row, group_rows, read_rows
from app.domains.catalogue.rules.imports.texts import plain_text
from app.domains.catalogue.rules.slugs import slugify
from app.domains.catalogue.types import (
    Attribute,
    PictureInput,
    ProductInput,
    ProductStatus,
    RowProblem,
    VariantInput,
)

ALIASES = {
    "handle": "Handle",
    "url handle": "Handle",
    "title": "Title",
    "body (html)": "Body (HTML)",
    "description": "Body (HTML)",
    "vendor": "Vendor",
    "product category": "Product Category",
    "type": "Type",
    "tags": "Tags",
    "published": "Published",
    "published on online store": "Published",
    "status": "Status",
    "option1 name": "Option1 Name",
    "option1 value": "Option1 Value",
    "option2 name": "Option2 Name",
    "option2 value": "Option2 Value",
    "option3 name": "Option3 Name",
    "option3 value": "Option3 Value",
    "variant sku": "Variant SKU",
    "sku": "Variant SKU",
    "variant grams": "Variant Grams",
    "weight value (grams)": "Variant Grams",
    "variant inventory tracker": "Variant Inventory Tracker",
    "inventory tracker": "Variant Inventory Tracker",
    "variant inventory qty": "Variant Inventory Qty",
    "inventory quantity": "Variant Inventory Qty",
    "variant price": "Variant Price",
    "price": "Variant Price",
    "variant compare at price": "Variant Compare At Price",
    "compare-at price": "Variant Compare At Price",
    "variant barcode": "Variant Barcode",
    "barcode": "Variant Barcode",
    "image src": "Image Src",
    "product image url": "Image Src",
    "image position": "Image Position",
    "image alt text": "Image Alt Text",
    "seo description": "SEO Description",
}
COLUMNS = {"title": "Title", "slug": "Handle", "external_id": "Handle", "brand": "Vendor", "description": "Body (HTML)"}
_STATUSES: dict[str, ProductStatus] = {"": "active", "active": "active", "draft": "draft", "archived": "archived"}
_NO = {"false", "no", "0"}
_ONLY_VALUE = "Default Title"
"""What Shopify writes as the one value of the one option of a product that has no options."""


def read_shopify(stream: BinaryIO, *, source: str, locale: str, currency: str) -> Iterator[ProductInput | RowProblem]:
    """Products and problems in the order of the file. Texts are in `locale`, prices in `currency`."""
    for group in group_rows(read_rows(stream, ("Handle", "Title"), aliases=ALIASES), "Handle"):
        if isinstance(group, RowProblem):
            yield group
        else:
            draft = Draft(group.key, source, locale, currency)
            draft.problems.extend(group.problems)
            yield from draft.finish(_product(draft, group), COLUMNS)


def _product(draft: Draft, group: Group) -> ProductInput | None:
    if not group.rows:
        return None
    first = group.rows[0]
    names = [first.get(f"Option{number} Name") for number in (1, 2, 3)]
    variants = tuple(_variant(draft, row, names) for row in group.rows if _is_variant(row) or len(group.rows) == 1)
    path = draft.category(first.get("Product Category") or first.get("Type"), ">")
    kind = first.get("Type")
    attributes = (Attribute("type", {"en": "Type"}, draft.text(kind)),) if kind else ()
    title = first.get("Title")
    slug = slugify(draft.key)
    words = keywords(first.get("Tags"))
    return ProductInput(
        external_id=draft.key,
        source=draft.source,
        title=draft.text(title),
        slug=draft.text(slug),
        category_code=path[-1].code if path else None,
        category_path=path,
        brand=first.get("Vendor"),
        summary=draft.text(first.get("SEO Description")),
        description=draft.text(plain_text(first.get("Body (HTML)"))),
        status=_status(draft, first),
        attributes=attributes,
        options=draft.options,
        variants=variants,
        pictures=_pictures(draft, group.rows),
        keywords={draft.locale: words} if words else {},
        line=group.line,
        last_line=group.last_line,
    )


def _is_variant(row: Row) -> bool:
    return any(row.get(column) for column in ("Variant Price", "Variant SKU", "Option1 Value"))


def _variant(draft: Draft, row: Row, names: list[str]) -> VariantInput:
    chosen: dict[str, str] = {}
    for number, name in enumerate(names, start=1):
        value = row.get(f"Option{number} Value")
        if not name or not value or (number == 1 and value == _ONLY_VALUE):
            continue
        code, value_code = draft.choose(name, value)
        chosen[code] = value_code
    line = row.line
    price = draft.price(row.get("Variant Price"), line, "Variant Price")
    # without a tracker the quantity is not kept there, and 0 would say sold out
    is_counted = bool(row.get("Variant Inventory Tracker")) or "Variant Inventory Tracker" not in row.values
    return VariantInput(
        sku=draft.sku(row.get("Variant SKU").lstrip("'"), chosen, line, "Variant SKU"),
        options=chosen,
        gtin=draft.gtin(row.get("Variant Barcode"), line, "Variant Barcode"),
        price=price,
        compare_at=draft.compare_at(row.get("Variant Compare At Price"), price, line, "Variant Compare At Price"),
        stock=draft.stock(row.get("Variant Inventory Qty"), line, "Variant Inventory Qty") if is_counted else None,
        weight_g=draft.grams(row.get("Variant Grams"), line, "Variant Grams"),
    )


def _status(draft: Draft, row: Row) -> ProductStatus:
    """Active only if the file calls it active and published; what is hidden there stays hidden here."""
    status = _STATUSES.get(row.get("Status").lower())
    if status is None:
        draft.fail("status", row.line, "Status", value=row.get("Status"))
        return "draft"
    if status == "active" and row.get("Published").lower() in _NO:
        return "draft"
    return status


def _pictures(draft: Draft, rows: tuple[Row, ...]) -> tuple[PictureInput, ...] | None:
    """Addresses in the order of their positions; none is fetched. Without any, the file says nothing of pictures
    (None), and the product keeps those that it was given here."""
    found: dict[str, tuple[int, PictureInput]] = {}
    for number, row in enumerate(rows, start=1):
        address = row.get("Image Src")
        if not address or address in found:
            continue
        position = row.get("Image Position")
        place = int(position) if position.isdecimal() and len(position) < 6 else number
        found[address] = (place, PictureInput(url=address, alt=draft.text(row.get("Image Alt Text"))))
        draft.note("not_fetched", row.line, "Image Src", value=address)
    return tuple(picture for _, picture in sorted(found.values(), key=lambda entry: entry[0])) or None
