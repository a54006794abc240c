"""The index made anew, in steps that can be taken up again: each batch is a transaction of its own."""

from __future__ import annotations

from app.domains.catalogue import queries as catalogue
from app.domains.search import actions
from app.domains.search.queries import sources
from app.kit.scope import SYSTEM_ONLY, Scope, flow

BATCH = 100
DOCUMENTS_A_PART = 5_000
"""The words of so many documents are written in one transaction."""


@flow(SYSTEM_ONLY)
def rebuild(scope: Scope) -> int:
    """Bring every document up to date, remove those of products that are not listed, count the words; returns the
    number of documents that changed. Shoppers go on searching meanwhile; a second run changes nothing."""
    changed, after = 0, None
    while True:
        with scope.transaction() as unit:
            batch = catalogue.list_product_ids(unit, after=after, limit=BATCH)
            changed += actions.index_products(unit, batch) if batch else 0
        if len(batch) < BATCH:
            break
        after = batch[-1]
    while True:
        with scope.transaction() as unit:
            gone = sources.list_unlisted(unit, BATCH)
            changed += actions.index_products(unit, gone) if gone else 0
        if len(gone) < BATCH:
            break
    _count_terms(scope)
    return changed


@flow(SYSTEM_ONLY)
def count_terms(scope: Scope) -> int:
    """Count the words of all documents anew, so many at a time that no statement takes long; returns how many rows
    changed."""
    return _count_terms(scope)


@flow(SYSTEM_ONLY)
def index_category(scope: Scope, category_id: str) -> int:
    """Bring the documents of all products in and below a category up to date; returns how many changed."""
    changed, after = 0, None
    while True:
        with scope.transaction() as unit:
            batch = sources.list_products_below(unit, category_id, after=after, limit=BATCH)
            changed += actions.index_products(unit, batch) if batch else 0
        if len(batch) < BATCH:
            return changed
        after = batch[-1]


def _count_terms(scope: Scope) -> int:
    with scope.transaction() as unit:
        parts = 1 + sources.count_documents(unit) // DOCUMENTS_A_PART
    changed = 0
    for part in range(parts):
        with scope.transaction() as unit:
            changed += actions.count_terms(unit, part, parts)
    return changed
