"""Files to import, made by rule: as large as a test wants them, the same each time."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import text

from app.domains.provisioning.flows.imports import import_catalogue
from app.domains.provisioning.types import ImportReport, ImportRequest
from app.kit.scope import Scope
from tests.factories.search import open_trade


def document(number: int, **values: Any) -> dict[str, Any]:
    return {
        "external_id": f"p-{number}",
        "title": {"en": f"Cup number {number}", "th": f"ถ้วย {number}"},
        "category_path": [
            {"code": "home", "name": {"en": "Home"}},
            {"code": f"home/{number % 7}", "name": {"en": f"Shelf {number % 7}"}},
        ],
        "attributes": [
            {"code": "weight", "label": {"en": "Weight"}, "kind": "decimal", "data": f"{number}.5", "unit": "g"},
            {"code": "glaze", "label": {"en": "Glaze"}, "value": {"en": ("Celadon", "White", "Blue")[number % 3]}},
        ],
        "variants": [{"sku": f"CUP-{number}", "price": f"{100 + number % 900}.00", "stock": number % 50}],
        **values,
    }


def lines(documents: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(entry, ensure_ascii=False).encode() + b"\n" for entry in documents)


def cups(count: int, first: int = 0) -> bytes:
    return lines([document(number) for number in range(first, first + count)])


def bring(scope: Scope, content: bytes, format: Any = "jsonl", **values: Any) -> ImportReport:
    request = ImportRequest(io.BytesIO(content), format, values.pop("source", "tenant"), **values)
    return import_catalogue(scope, request)


def prepare(scope: Scope) -> Scope:
    with scope.transaction() as unit:
        open_trade(unit)
    return scope


STATE = {
    "products": "SELECT source, external_id, status, title, attributes, version FROM catalogue_products ORDER BY 1, 2",
    "variants": "SELECT sku, option_values, position, archived_at IS NULL, version FROM catalogue_variants ORDER BY 1",
    "slugs": "SELECT locale, slug, is_current FROM catalogue_slugs ORDER BY 1, 2",
    "categories": "SELECT code, name FROM catalogue_categories ORDER BY 1",
    "prices": "SELECT v.sku, p.amount_minor, p.compare_at_minor, p.version FROM pricing_prices p"
    " JOIN catalogue_offers o ON o.id = p.offer_id JOIN catalogue_variants v ON v.id = o.variant_id ORDER BY 1",
    "levels": "SELECT v.sku, l.on_hand, l.version FROM inventory_levels l"
    " JOIN catalogue_offers o ON o.id = l.offer_id JOIN catalogue_variants v ON v.id = o.variant_id ORDER BY 1",
    "moved": "SELECT v.sku, m.delta FROM inventory_movements m"
    " JOIN catalogue_offers o ON o.id = m.offer_id JOIN catalogue_variants v ON v.id = o.variant_id ORDER BY 1, 2",
    "audit": "SELECT noun, verb, count(*) FROM tenancy_audit_entries GROUP BY 1, 2 ORDER BY 1, 2",
    "documents": "SELECT title, locale, price_minor, is_available, facet_keys FROM search_documents ORDER BY 1, 2",
    "attributes": "SELECT code, kind, unit FROM catalogue_attributes ORDER BY 1",
    "rows": "SELECT position, line, source_key, status, outcome, code FROM catalogue_import_rows ORDER BY run_id, 1",
}


def state(scope: Scope, *but: str) -> dict[str, list[Any]]:
    """All that an import writes, without the ids and the times, which are others each time."""
    with scope.transaction() as unit:
        return {
            name: [tuple(row) for row in unit.db.execute(text(sql))] for name, sql in STATE.items() if name not in but
        }
