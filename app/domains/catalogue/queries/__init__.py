"""Reads of the catalogue."""

from app.domains.catalogue.queries.attributes import list_attributes
from app.domains.catalogue.queries.categories import find_category_by_code, get_category, list_categories
from app.domains.catalogue.queries.exports import (
    count_exported,
    get_export,
    list_exported_ids,
    list_exports,
    list_stale_exports,
    open_writer,
    write_report,
)
from app.domains.catalogue.queries.imports import (
    find_run,
    get_run,
    has_run_of_upload,
    iter_products,
    list_import_rows,
    list_runs,
    list_stale_checks,
    summarise_run,
)
from app.domains.catalogue.queries.offers import get_offer, list_offers
from app.domains.catalogue.queries.products import (
    get_product,
    list_ids_by_source,
    list_product_ids,
    list_products,
)
from app.domains.catalogue.queries.slugs import find_page
from app.domains.catalogue.queries.staff import count_products_for_staff, list_products_for_staff

__all__ = [
    "count_exported",
    "count_products_for_staff",
    "find_category_by_code",
    "find_page",
    "find_run",
    "get_category",
    "get_export",
    "get_offer",
    "get_product",
    "get_run",
    "has_run_of_upload",
    "iter_products",
    "list_attributes",
    "list_categories",
    "list_exported_ids",
    "list_exports",
    "list_ids_by_source",
    "list_import_rows",
    "list_offers",
    "list_product_ids",
    "list_products",
    "list_products_for_staff",
    "list_runs",
    "list_stale_checks",
    "list_stale_exports",
    "open_writer",
    "summarise_run",
    "write_report",
]
