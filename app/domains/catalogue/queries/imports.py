"""Reading files for an import, and the book of its runs."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from sqlalchemy import Select, func, select

from app.domains.catalogue.errors import ImportRunNotFound, MappingMissing
from app.domains.catalogue.models import ImportRowRow, ImportRunRow
from app.domains.catalogue.rules.checks import Fault
from app.domains.catalogue.rules.imports.jsonl import read_jsonl
from app.domains.catalogue.rules.imports.mapped import read_mapped
from app.domains.catalogue.rules.imports.shopify import read_shopify
from app.domains.catalogue.schemas import read_product
from app.domains.catalogue.types import (
    ImportFormat,
    ImportMapping,
    ImportRow,
    ImportRun,
    ProductInput,
    RowProblem,
    RunSummary,
)
from app.kit.scope import Scope, document_query, query


@document_query("import.run")
def iter_products(
    scope: Scope,
    format: ImportFormat,
    stream: BinaryIO,
    mapping: ImportMapping | None = None,
    *,
    source: str = "",
    default_locale: str = "",
    currency: str = "",
) -> Iterator[ProductInput | RowProblem]:
    """The products of a file and what is to be told of its rows, in the order of the file, in constant memory.

    :param format: `shopify`, `jsonl`, or `mapped` (any CSV, with `mapping`).
    :param stream: bytes; UTF-8, with or without byte order mark.
    :param source: who names the products; else the mapping's source, or the format's name.
    :param default_locale: language of texts that do not say theirs; else the scope's.
    :param currency: of the tenant's prices; else the scope's.

    A product comes before the notes on its rows; a product with a failed row does not come at all. Nothing is
    fetched and nothing is written. Raises `MappingMissing` and `CurrencyRefused` at once, nothing while reading.
    """
    locale = default_locale or scope.locale
    wanted = currency or scope.currency
    if format == "shopify":
        return read_shopify(stream, source=source or "shopify", locale=locale, currency=wanted)
    if format == "jsonl":
        return read_jsonl(stream, functools.partial(_load, source or "tenant", wanted))
    if mapping is None:
        raise MappingMissing()
    return read_mapped(stream, mapping, source=source or mapping.source, locale=locale, currency=wanted)


def _load(source: str, currency: str, document: Mapping[str, Any], line: int) -> ProductInput | list[Fault]:
    return read_product(document, source=source, currency=currency, line=line)


@query("import.run")
def find_run(scope: Scope, source: str, sha256: str) -> ImportRun | None:
    """The run of this very file that has not ended: the one to take up again."""
    row = scope.db.execute(
        _runs().where(
            ImportRunRow.source == source, ImportRunRow.sha256 == sha256, ImportRunRow.status == "running"
        )
    ).one_or_none()
    return None if row is None else ImportRun(*row, is_resumed=True)


@query("import.run")
def get_run(scope: Scope, run_id: str) -> ImportRun:
    """Raises `ImportRunNotFound`."""
    row = scope.db.execute(_runs().where(ImportRunRow.id == run_id)).one_or_none()
    if row is None:
        raise ImportRunNotFound(id=run_id)
    return ImportRun(*row)


@query("import.run")
def list_runs(scope: Scope, limit: int = 20) -> list[ImportRun]:
    """Newest first."""
    return [ImportRun(*row) for row in scope.db.execute(_runs().order_by(ImportRunRow.id.desc()).limit(limit))]


@query("import.run")
def list_import_rows(
    scope: Scope, run_id: str, *, after: int = 0, limit: int = 100, with_ok: bool = False
) -> list[ImportRow]:
    """The book of a run from one position on; without `with_ok` only what there is to tell."""
    wanted = (
        select(
            ImportRowRow.position,
            ImportRowRow.line,
            ImportRowRow.source_key,
            ImportRowRow.status,
            ImportRowRow.outcome,
            ImportRowRow.code,
            ImportRowRow.column,
            ImportRowRow.text,
        )
        .where(ImportRowRow.run_id == run_id, ImportRowRow.position > after)
        .order_by(ImportRowRow.position)
        .limit(limit)
    )
    if not with_ok:
        wanted = wanted.where(ImportRowRow.status != "ok")
    return [ImportRow(*row) for row in scope.db.execute(wanted)]


@query("import.run")
def summarise_run(scope: Scope, run_id: str) -> RunSummary:
    """The items of a run, counted by what became of them."""
    counts: dict[str, int] = {}
    for status, outcome, number in scope.db.execute(
        select(ImportRowRow.status, ImportRowRow.outcome, func.count())
        .where(ImportRowRow.run_id == run_id)
        .group_by(ImportRowRow.status, ImportRowRow.outcome)
    ):
        counts[outcome or status] = counts.get(outcome or status, 0) + number
    return RunSummary(
        created=counts.get("created", 0),
        changed=counts.get("changed", 0),
        unchanged=counts.get("unchanged", 0),
        failed=counts.get("failed", 0),
        skipped=counts.get("skipped", 0),
        notes=counts.get("note", 0),
    )


def _runs() -> Select:
    last = (
        select(func.coalesce(func.max(ImportRowRow.position), 0))
        .where(ImportRowRow.run_id == ImportRunRow.id)
        .scalar_subquery()
    )
    return select(
        ImportRunRow.id,
        ImportRunRow.source,
        ImportRunRow.format,
        ImportRunRow.file_name,
        ImportRunRow.sha256,
        ImportRunRow.status,
        last,
        ImportRunRow.started_at,
        ImportRunRow.finished_at,
    )
