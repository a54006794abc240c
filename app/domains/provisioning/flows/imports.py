"""A file becomes products with prices and stock, a batch of them in each transaction.

The same flow serves the command line, the console's job and the documents of a tenant. The file is read twice: once
to count it and to learn what kinds its attributes are, then to save it. The book of the run moves with each batch, so
that a run that was killed is taken up behind the last one and ends as if nothing had been; a second import of the
same file changes nothing. A product that is refused takes no other down.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from sqlalchemy.exc import DataError, IntegrityError

from app.domains.catalogue import actions as catalogue
from app.domains.catalogue.errors import ImportRunOvertaken
from app.domains.catalogue.queries.imports import iter_products, list_import_rows, open_file, open_survey
from app.domains.catalogue.types import ImportRow, ImportRun, ProductInput, ProductSaved, RowProblem, RunSummary
from app.domains.inventory import actions as inventory
from app.domains.inventory.queries import list_levels
from app.domains.media import flows as media
from app.domains.pricing import actions as pricing
from app.domains.provisioning.errors import RowRefused
from app.domains.provisioning.types import ImportReport, ImportRequest
from app.domains.search import actions as search
from app.kit.errors import Problem
from app.kit.money import Money
from app.kit.scope import Scope, flow

BATCH = 100
MOST_PROBLEMS = 1_000
CHUNK = 1 << 20
WATCHED_EVERY = 500
Item = ProductInput | RowProblem
Watch = Callable[[int, int], None]
"""(items done, items in all); 0 in all: they are still being counted."""


class _Undone(Exception):
    """A dry run has seen what the batch would do."""


def _silent(done: int, total: int) -> None:
    """Nobody watches."""


@flow("import.run")
def import_catalogue(scope: Scope, request: ImportRequest, watch: Watch = _silent) -> ImportReport:
    """Import a file into the scope's tenant. A dry run does the same and undoes each batch: its report says what the
    file would do to what stands.

    Raises `MappingMissing`, `CurrencyRefused`, `ArchiveNotReadable` and its like before anything is written, and
    `ImportRunOvertaken` when another process goes on with the same file.
    """
    digest = _digest(request)
    found = _survey(scope, request, watch)
    with scope.transaction() as unit:
        run = catalogue.start_run(
            unit,
            source=request.source,
            format=request.format,
            sha256=digest,
            file_name=request.file_name,
            is_dry_run=request.dry_run,
            locale=request.locale,
        )
    return _take_all(scope, request, run, found, watch)


@flow("import.run")
def run_import(scope: Scope, request: ImportRequest, run: ImportRun, watch: Watch = _silent) -> ImportReport:
    """Go on with a run whose book is open, to its end. Raises as `import_catalogue` does."""
    return _take_all(scope, request, run, _survey(scope, request, watch), watch)


def _take_all(
    scope: Scope, request: ImportRequest, run: ImportRun, surveyed: tuple[int, bool], watch: Watch
) -> ImportReport:
    total, is_whole = surveyed
    with scope.transaction() as unit:
        begun = replace(catalogue.begin_run(unit, run.id, total), is_resumed=run.is_resumed)
    taking = _Taking(scope, request, begun)
    items = islice(_items(scope, request), begun.position, None)
    while batch := list(islice(items, BATCH)):
        taking.take(batch)
        watch(taking.position, total)
    with scope.transaction() as unit:
        catalogue.finish_run(unit, run.id, "finished" if is_whole else "failed")
        problems = tuple(list_import_rows(unit, run.id, limit=MOST_PROBLEMS))
    return ImportReport(run.id, taking.summary, problems, run.is_resumed)


def _digest(request: ImportRequest) -> str:
    """The file's fingerprint, and of how it is read: another mapping or language is another import."""
    found = hashlib.sha256(f"{request.mapping!r} {request.locale}".encode())
    while block := request.stream.read(CHUNK):
        found.update(block)
    request.stream.seek(0)
    return found.hexdigest()


def _items(scope: Scope, request: ImportRequest) -> Iterator[Item]:
    request.stream.seek(0)
    return iter_products(
        scope,
        request.format,
        open_file(scope, request.stream),
        request.mapping,
        source=request.source,
        default_locale=request.locale,
        currency=scope.currency,
    )


def _survey(scope: Scope, request: ImportRequest, watch: Watch) -> tuple[int, bool]:
    """Read the file through: how many items it has, whether it can be read to its end, and what kinds its
    attributes are; what is learnt is kept before the first product is saved, which is indexed by it."""
    survey = open_survey(scope)
    total, is_whole = 0, True
    for item in _items(scope, request):
        total += 1
        if isinstance(item, ProductInput):
            survey.add(item.attributes)
        elif item.is_fatal:
            is_whole = False
        if total % WATCHED_EVERY == 0:
            watch(total, 0)
    if survey.seen and not request.dry_run:
        with scope.transaction() as unit:
            catalogue.learn_attributes(unit, survey.definitions())
    return total, is_whole


@dataclass(slots=True)
class _Taking:
    """A run under way: what is in its book."""

    scope: Scope
    request: ImportRequest
    run: ImportRun
    position: int = 0
    summary: RunSummary = RunSummary()

    def __post_init__(self) -> None:
        self.position, self.summary = self.run.position, self.run.summary

    def take(self, batch: Sequence[Item]) -> None:
        """A batch and its lines in the book, in one transaction; if one of it cannot be, each in its own."""
        ready = [self._with_pictures(item) for item in batch]
        try:
            self._together(ready)
        except (Problem, IntegrityError, DataError) as error:
            _must_be_a_refusal(error)
            for item in ready:
                try:
                    self._together([item])
                except (Problem, IntegrityError, DataError) as refused:
                    _must_be_a_refusal(refused)
                    self._refuse(item, refused)

    def _together(self, items: Sequence[Item]) -> None:
        summary = self.summary
        try:
            with self.scope.transaction() as unit:
                rows = self._save(unit, items)
                summary = summary.with_rows(rows)
                if self.request.dry_run:
                    raise _Undone
                self._record(unit, rows, summary)
        except _Undone:
            with self.scope.transaction() as unit:
                self._record(unit, [row for row in rows if row.status != "ok"], summary, len(items))
        self.position += len(items)
        self.summary = summary

    def _refuse(self, item: Item, error: Exception) -> None:
        row = _row(self.position + 1, item, _refusal(error))
        summary = self.summary.with_rows([row])
        with self.scope.transaction() as unit:
            self._record(unit, [row], summary)
        self.position += 1
        self.summary = summary

    def _record(self, unit: Scope, rows: Sequence[ImportRow], summary: RunSummary, count: int | None = None) -> None:
        to = self.position + (len(rows) if count is None else count)
        catalogue.record_batch(unit, self.run.id, after=self.position, position=to, rows=rows, summary=summary)

    def _save(self, unit: Scope, items: Sequence[Item]) -> list[ImportRow]:
        """Products, prices, stock and index of some items; one line of the book for each."""
        products = [item for item in items if isinstance(item, ProductInput)]
        outcomes = catalogue.save_products(unit, products, are_checked=True)
        changed = self._price_and_count(unit, products, outcomes)
        by_line = iter(zip(products, outcomes, strict=True))
        rows, touched = [], []
        for position, item in enumerate(items, start=self.position + 1):
            if isinstance(item, RowProblem):
                rows.append(_row(position, item))
                continue
            product, outcome = next(by_line)
            if isinstance(outcome, ProductSaved):
                if outcome.status == "unchanged" and changed & set(outcome.offers.values()):
                    outcome = ProductSaved(outcome.product_id, "changed", outcome.offers)
                if outcome.status != "unchanged":
                    touched.append(outcome.product_id)
            rows.append(_row(position, product, outcome))
        if touched and not self.request.dry_run:
            # what is imported is findable at once
            search.index_products(unit.as_system(), touched)
            catalogue.announce_import(unit, self.run.id, touched)
        return rows

    def _price_and_count(
        self, unit: Scope, products: Sequence[ProductInput], outcomes: Sequence[ProductSaved | Problem]
    ) -> set[str]:
        """Prices and stock of what was saved; returns the offers of which one was another. What the file does not
        speak of is left alone."""
        prices: dict[str, tuple[Money, Money | None]] = {}
        counts: dict[str, int] = {}
        for product, outcome in zip(products, outcomes, strict=True):
            if isinstance(outcome, Problem):
                continue
            for variant in product.variants:
                offer_id = outcome.offers[variant.sku]
                if variant.price is not None:
                    price = Money.parse(format(variant.price, "f"), unit.currency)
                    former = None
                    if variant.compare_at is not None and variant.compare_at > variant.price:
                        former = Money.parse(format(variant.compare_at, "f"), unit.currency)
                    prices[offer_id] = (price, former)
                if variant.stock is not None:
                    counts[offer_id] = variant.stock
        if self.request.is_opening:
            counted = list_levels(unit, list(counts))
            counts = {offer_id: count for offer_id, count in counts.items() if offer_id not in counted}
        # one that is refused ends the unit: each product is taken alone then
        changed = pricing.change_prices(unit, prices)
        return changed | inventory.set_stocks(unit, counts, reference=self.run.id)

    def _with_pictures(self, item: Item) -> Item:
        if self.request.pictures is None or self.request.dry_run or isinstance(item, RowProblem):
            return item
        folder = self.request.pictures.resolve()
        assets = {}
        try:
            for name in item.picture_files():
                path = (folder / name).resolve()
                if path.is_relative_to(folder) and path.is_file():
                    trusted = self.request.is_trusted
                    assets[name] = media.import_asset(self.scope, path.read_bytes(), trusted_vector=trusted)
        except Problem as problem:
            if problem.status >= 500:
                raise
            facts = tuple(problem.facts.items())
            return RowProblem(item.line, "pictures", problem.code, problem.text, facts, source_key=item.external_id)
        return item.with_assets(assets)


def _row(position: int, item: Item, outcome: ProductSaved | Problem | None = None) -> ImportRow:
    if isinstance(item, RowProblem):
        return ImportRow(
            position=position,
            line=item.line,
            source_key=item.source_key,
            status=item.severity,
            code=item.code,
            column=item.column,
            text=item.text,
            facts=dict(item.facts),
        )
    if isinstance(outcome, ProductSaved):
        return ImportRow(position, item.line, item.external_id, "ok", outcome.status)
    assert outcome is not None
    facts = dict(outcome.facts)
    column = str(facts.pop("field", ""))
    return ImportRow(
        position=position,
        line=item.line,
        source_key=item.external_id,
        status="failed",
        code=outcome.code,
        column=column,
        text=outcome.text,
        facts={**facts, "field": column} if "%(field)s" in outcome.text else facts,
    )


def _must_be_a_refusal(error: Exception) -> None:
    """Raise again what is no matter of one product: a fault of ours, or another process that is ahead."""
    if isinstance(error, ImportRunOvertaken) or (isinstance(error, Problem) and error.status >= 500):
        raise error


def _refusal(error: Exception) -> Problem:
    """A product that the database itself refuses is one more that is told of."""
    return error if isinstance(error, Problem) else RowRefused()
