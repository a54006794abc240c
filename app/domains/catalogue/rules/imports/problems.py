"""What an import can say of a row: a stable code, and a text that tells a person what to do."""

from __future__ import annotations

from typing import Any, Literal

from app.domains.catalogue.rules.checks import Fault
from app.domains.catalogue.types import RowProblem
from app.kit.i18n import N_

TEXTS = {
    "empty": N_("The file is empty."),
    "header_missing": N_("The first line must name the columns; missing: %(columns)s."),
    "header_twice": N_("The column “%(name)s” stands twice in the first line."),
    "encoding": N_("This line is not UTF-8 text (Windows-1252?). Save the file as UTF-8 and import it again."),
    "xml": N_("The file cannot be read any further as XML: %(reason)s."),
    "xml_forbidden": N_("The XML declares a document type or entities; that is refused. Leave the DOCTYPE out."),
    "no_products": N_("The file holds no product: no <item> and no <entry>."),
    "element_missing": N_("The product lacks “%(name)s”."),
    "line_too_long": N_("This line is longer than %(limit)s bytes; the file cannot be read any further."),
    "csv": N_("The file cannot be read any further: %(reason)s."),
    "columns": N_("The row has %(found)s columns, the first line has %(wanted)s."),
    "twice": N_("“%(key)s” stood in line %(first)s already."),
    "json": N_("This line is not a JSON object: %(reason)s."),
    "split_group": N_(
        "“%(key)s” stood further up already. The rows of one product must stand together; these are not"
        " imported."
    ),
    "key_missing": N_("The column that names the product is empty."),
    "no_product_row": N_("No row of “%(key)s” speaks for the product (“%(column)s” is empty in all)."),
    "price": N_("“%(value)s” is not a price in %(currency)s. Write it like 1290.00."),
    "price_digits": N_("“%(value)s” has more decimal places than %(currency)s has (%(digits)s)."),
    "currency": N_("The row's price is in “%(value)s”, the mapping file says %(currency)s."),
    "price_currency": N_(
        "The price is “%(value)s”, this catalogue is priced in %(currency)s. Write it like 1290.00 %(currency)s."
    ),
    "number": N_("“%(value)s” is not a number."),
    "truth": N_("“%(value)s” is neither yes nor no."),
    "stock_negative": N_("The stock is below zero (%(value)s); 0 was taken."),
    "compare_at": N_("The former price %(value)s is not above the price; it was left out."),
    "gtin": N_("“%(value)s” is not a valid article number (GTIN); it was left out."),
    "sku_made": N_("The SKU is empty; “%(value)s” was made up."),
    "not_fetched": N_("The picture was not fetched: %(value)s"),
    "status": N_("“%(value)s” is not a status: active, draft or archived."),
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


def problem_of(fault: Fault, line: int, column: str = "", *, key: str = "") -> RowProblem:
    """What is wrong with a product, as a problem of its row. `column`: the heading; else the path of the field."""
    return RowProblem(line, column or fault.field, fault.code, fault.reason, fault.facts, "failed", key)
