"""What an import can say of a row: a stable code, and a text that tells a person what to do."""

from __future__ import annotations

from typing import Any, Literal

from app.domains.catalogue.types import RowProblem

TEXTS = {
    "empty": "The file is empty.",
    "header_missing": "The first line must name the columns; missing: %(columns)s.",
    "header_twice": "The column “%(name)s” stands twice in the first line.",
    "encoding": "This line is not UTF-8 text. Save the file as UTF-8 and import it again.",
    "line_too_long": "This line is longer than %(limit)s bytes; the file cannot be read any further.",
    "csv": "The file cannot be read any further: %(reason)s.",
    "columns": "The row has %(found)s columns, the first line has %(wanted)s.",
    "twice": "“%(key)s” stood in line %(first)s already.",
    "json": "This line is not a JSON object: %(reason)s.",
    "field": "%(reason)s",
    "split_group": "“%(key)s” stood further up already. The rows of one product must stand together; these are not"
    " imported.",
    "key_missing": "The column that names the product is empty.",
    "no_product_row": "No row of “%(key)s” speaks for the product (“%(column)s” is empty in all).",
    "price": "“%(value)s” is not a price in %(currency)s. Write it like 1290.00.",
    "price_digits": "“%(value)s” has more decimal places than %(currency)s has (%(digits)s).",
    "currency": "The row's price is in “%(value)s”, the mapping file says %(currency)s.",
    "number": "“%(value)s” is not a number.",
    "stock_negative": "The stock is below zero (%(value)s); 0 was taken.",
    "compare_at": "The former price %(value)s is not above the price; it was left out.",
    "gtin": "“%(value)s” is not a valid article number (GTIN); it was left out.",
    "sku_made": "The SKU is empty; “%(value)s” was made up.",
    "not_fetched": "The picture was not fetched: %(value)s",
    "status": "“%(value)s” is not a status: active, draft or archived.",
    "filtered": "%(note)s",
}


def problem(
    code: str,
    line: int,
    column: str = "",
    *,
    severity: Literal["failed", "skipped", "note"] = "failed",
    key: str = "",
    is_fatal: bool = False,
    **facts: Any,
) -> RowProblem:
    """A problem of the list above. `key` is the product's own name in its source."""
    if key and "%(key)s" in TEXTS[code]:
        facts["key"] = key
    return RowProblem(line, column, code, TEXTS[code], tuple(facts.items()), severity, key, is_fatal)
