"""A file of products, piece by piece: each product is written, read back by the reader of the same format, and what
does not come back as it was is counted. So the report of an export is what an import of the file would find."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from app.domains.catalogue.rules.cells import neutral
from app.domains.catalogue.rules.exports import google, shopify
from app.domains.catalogue.rules.exports.jsonl import document_of
from app.domains.catalogue.rules.imports.google import read_google
from app.domains.catalogue.rules.imports.jsonl import Load, read_jsonl
from app.domains.catalogue.rules.imports.shopify import read_shopify
from app.domains.catalogue.types import ExportFormat, ProductInput, RowProblem

FIELDS = (
    "external_id", "source", "title", "slug", "category_path", "brand", "summary", "description", "tax_category",
    "status", "attributes", "options", "pictures", "keywords",
)  # fmt: skip
VARIANT_FIELDS = ("sku", "options", "gtin", "price", "compare_at", "stock", "weight_g")
LEFT_OUT = "product"
"""Lost altogether: the format has no way to say it so that it could be read again."""
FILES = "picture_files"
"""Pictures are named by their address; the files themselves are no part of any format."""


@dataclass(slots=True)
class ExportWriter:
    """Writes products; `lost` is field → in how many products it was more than the format can carry.

    :param locale: the language of formats that have one.
    :param load: how a document of JSON Lines is read back.
    """

    format: ExportFormat
    locale: str
    currency: str
    origin: str
    title: str
    load: Load
    lost: dict[str, int] = field(default_factory=dict)
    written: int = 0

    def write(self, products: Iterable[ProductInput]) -> Iterator[str]:
        """The pieces of the file, in order."""
        yield self._head()
        for product in products:
            piece = self._piece(product)
            if self._compare(product, piece):
                self.written += 1
                yield piece
        yield google.FOOT if self.format == "google" else ""

    def _head(self) -> str:
        if self.format == "shopify":
            return _line(list(shopify.COLUMNS))
        if self.format == "google-tsv":
            return _line(list(google.COLUMNS), "\t")
        return google.head(self.title, self.origin) if self.format == "google" else ""

    def _piece(self, product: ProductInput) -> str:
        if self.format == "jsonl":
            return json.dumps(document_of(product), ensure_ascii=False, separators=(",", ":")) + "\n"
        if self.format == "shopify":
            rows = shopify.rows_of(product, self.locale)
            return "".join(_line([row.get(column, "") for column in shopify.COLUMNS]) for row in rows)
        items = google.items_of(product, self.locale, self.currency, self.origin)
        if self.format == "google":
            return "".join(google.xml_item(item) for item in items)
        return "".join(_line(google.table_row(item), "\t") for item in items)

    def _compare(self, product: ProductInput, piece: str) -> bool:
        """Count what is lost; false if nothing comes back and the product must be left out."""
        found = [item for item in self._read(piece, product) if isinstance(item, ProductInput)]
        is_whole = len(found) == 1 and {variant.sku for variant in found[0].variants} == {
            variant.sku for variant in product.variants
        }
        if not is_whole:
            self._count([LEFT_OUT])
            return False
        self._count(differing(product, found[0]))
        if product.pictures:
            self._count([FILES])
        return True

    def _read(self, piece: str, product: ProductInput) -> Iterator[ProductInput | RowProblem]:
        whole = self._head() + piece + (google.FOOT if self.format == "google" else "")
        stream = io.BytesIO(whole.encode("utf-8", "replace"))
        if self.format == "jsonl":
            return read_jsonl(stream, self.load)
        reader: Callable[..., Iterator[ProductInput | RowProblem]]
        reader = read_shopify if self.format == "shopify" else read_google
        return reader(stream, source=product.source, locale=self.locale, currency=self.currency)

    def _count(self, names: Iterable[str]) -> None:
        for name in names:
            self.lost[name] = self.lost.get(name, 0) + 1


def differing(wanted: ProductInput, found: ProductInput) -> list[str]:
    """The fields that did not come back as they were. A text that has lost its other languages only is told as such."""
    names = []
    for name in FIELDS:
        before, after = getattr(wanted, name), getattr(found, name)
        if (before or None) != (after or None):
            is_text = name in ("title", "slug", "summary", "description", "keywords")
            kept = is_text and after and all(before.get(locale) == text for locale, text in after.items())
            names.append(f"{name}.languages" if kept else name)
    ours = {variant.sku: variant for variant in wanted.variants}
    for name in VARIANT_FIELDS:
        if any(getattr(ours[variant.sku], name) != getattr(variant, name) for variant in found.variants):
            names.append(f"variants.{name}")
    return names


def _line(cells: list[str], delimiter: str = ",") -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="\n").writerow([neutral(cell) for cell in cells])
    return written.getvalue()
