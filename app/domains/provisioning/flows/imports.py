"""A file becomes products with prices and stock: one product is one transaction, and the rest is never taken down.

The same flow serves the command line, the console and the documents of a tenant. A run that was cut is taken up
after the last item in its book; a second import of the same file changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from app.domains.catalogue import actions as catalogue
from app.domains.catalogue.queries.imports import iter_products, list_import_rows, summarise_run
from app.domains.catalogue.types import ImportRow, ProductInput, ProductSaved, RowProblem, RunSummary
from app.domains.inventory import actions as inventory
from app.domains.inventory.queries import list_levels
from app.domains.media import flows as media
from app.domains.pricing import actions as pricing
from app.domains.provisioning.types import ImportReport, ImportRequest
from app.domains.search import actions as search
from app.kit.errors import Problem
from app.kit.money import Money
from app.kit.scope import Scope, flow

MOST_PROBLEMS = 1_000
CHUNK = 1 << 20
COUNTED = {"failed": "failed", "skipped": "skipped", "note": "notes"}
Advance = Callable[[int], None]


def _silent(count: int) -> None:
    """Nobody watches."""


@flow("import.run")
def import_catalogue(scope: Scope, request: ImportRequest, advance: Advance = _silent) -> ImportReport:
    """Import a file into the scope's tenant; `advance(1)` is called for each item of it.

    Raises `MappingMissing`, `CurrencyRefused` before anything is written.
    """
    digest = _digest(request)
    items = iter_products(
        scope, request.format, request.stream, request.mapping, source=request.source, currency=scope.currency
    )
    if request.dry_run:
        return _check(items, advance)
    with scope.transaction() as unit:
        run = catalogue.start_run(
            unit, source=request.source, format=request.format, sha256=digest, file_name=request.file_name
        )
    is_whole = True
    for position, item in enumerate(items, start=1):
        if position > run.position:
            _take(scope, request, run.id, position, item)
        is_whole = is_whole and not (isinstance(item, RowProblem) and item.is_fatal)
        advance(1)
    with scope.transaction() as unit:
        catalogue.finish_run(unit, run.id, "finished" if is_whole else "failed")
        summary = summarise_run(unit, run.id)
        problems = tuple(list_import_rows(unit, run.id, limit=MOST_PROBLEMS))
    return ImportReport(run.id, summary, problems, run.is_resumed)


def _digest(request: ImportRequest) -> str:
    """The file's fingerprint, and of the mapping it is read by: another mapping is another import."""
    found = hashlib.sha256(repr(request.mapping).encode())
    while block := request.stream.read(CHUNK):
        found.update(block)
    request.stream.seek(0)
    return found.hexdigest()


def _check(items: Iterable[ProductInput | RowProblem], advance: Advance) -> ImportReport:
    problems: list[ImportRow] = []
    counts = dict.fromkeys(("created", *COUNTED.values()), 0)
    for position, item in enumerate(items, start=1):
        if isinstance(item, RowProblem):
            counts[COUNTED[item.severity]] += 1
            if len(problems) < MOST_PROBLEMS:
                problems.append(_row_of(item, position))
        else:
            counts["created"] += 1
        advance(1)
    return ImportReport(None, RunSummary(**counts), tuple(problems))


def _take(scope: Scope, request: ImportRequest, run_id: str, position: int, item: ProductInput | RowProblem) -> None:
    """One item and its line in the book, in one transaction; a product that is refused gets a line of its own."""
    if isinstance(item, RowProblem):
        with scope.transaction() as unit:
            catalogue.record_row(unit, run_id, position, item)
        return
    try:
        product = _with_pictures(scope, request, item)
        with scope.transaction() as unit:
            saved = _save(unit, request, run_id, product)
            catalogue.record_row(unit, run_id, position, item, saved)
    except Problem as problem:
        if problem.status >= 500:
            raise
        with scope.transaction() as unit:
            catalogue.record_row(unit, run_id, position, item, failure=str(problem), code=problem.code)


def _with_pictures(scope: Scope, request: ImportRequest, product: ProductInput) -> ProductInput:
    if request.pictures is None:
        return product
    folder = request.pictures.resolve()
    assets = {}
    for name in product.picture_files():
        path = (folder / name).resolve()
        if path.is_relative_to(folder) and path.is_file():
            assets[name] = media.import_asset(scope, path.read_bytes(), trusted_vector=request.is_trusted)
    return product.with_assets(assets)


def _save(unit: Scope, request: ImportRequest, run_id: str, product: ProductInput) -> ProductSaved:
    """Product, prices and stock of one product. What the file does not speak of is left alone."""
    saved = catalogue.save_product(unit, product)
    has_changed = False
    counted = list_levels(unit, list(saved.offers.values())) if request.is_opening else {}
    for variant in product.variants:
        offer_id = saved.offers[variant.sku]
        if variant.price is not None:
            price = Money.parse(format(variant.price, "f"), unit.currency)
            compare_at = None
            if variant.compare_at is not None and variant.compare_at > variant.price:
                compare_at = Money.parse(format(variant.compare_at, "f"), unit.currency)
            has_changed |= pricing.change_price(unit, offer_id, price, compare_at=compare_at)
        if variant.stock is not None and offer_id not in counted:
            has_changed |= inventory.set_stock(unit, offer_id, variant.stock, reference=run_id)
    if saved.status == "unchanged" and not has_changed:
        return saved
    # what is imported is findable at once; the listeners find it so
    search.index_product(unit.as_system(), saved.product_id)
    return saved if saved.status == "created" else ProductSaved(saved.product_id, "changed", saved.offers)


def _row_of(problem: RowProblem, position: int) -> ImportRow:
    return ImportRow(
        position, problem.line, problem.source_key, problem.severity, "", problem.code, problem.column, str(problem)
    )
