"""Writing files of the catalogue, and the book of those that were asked for."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select

from app.domains.catalogue.errors import ExportRunNotFound
from app.domains.catalogue.models import ExportRunRow, ProductRow
from app.domains.catalogue.rules.cells import neutral
from app.domains.catalogue.rules.exports.writing import ExportWriter
from app.domains.catalogue.schemas import read_product
from app.domains.catalogue.types import ExportFormat, ExportRun, ImportRow
from app.kit.scope import SYSTEM_ONLY, Scope, document_query, query


@document_query("catalogue.export")
def open_writer(scope: Scope, format: ExportFormat, locale: str, title: str) -> ExportWriter:
    """A writer of products in the scope's currency; `title` names the file where the format has a place for it."""

    def load(document: Mapping[str, Any], line: int) -> Any:
        return read_product(document, source="", currency=scope.currency, line=line)

    origin = scope.storefront.origin if scope.storefront else ""
    return ExportWriter(format, locale, scope.currency, origin, title, load)


@query("catalogue.export")
def list_exported_ids(scope: Scope, source: str, after: str | None, limit: int) -> list[str]:
    """Products of every status but archived, of one source or (empty) of all, in the order in which they came."""
    wanted = select(ProductRow.id).where(ProductRow.status != "archived").order_by(ProductRow.id).limit(limit)
    if source:
        wanted = wanted.where(ProductRow.source == source)
    if after is not None:
        wanted = wanted.where(ProductRow.id > after)
    return list(scope.db.scalars(wanted))


@query("catalogue.export")
def count_exported(scope: Scope, source: str) -> int:
    wanted = select(func.count()).select_from(ProductRow).where(ProductRow.status != "archived")
    return scope.db.execute(wanted.where(ProductRow.source == source) if source else wanted).scalar_one()


@query("catalogue.export")
def get_export(scope: Scope, run_id: str) -> ExportRun:
    """Raises `ExportRunNotFound`."""
    row = scope.db.execute(_runs().where(ExportRunRow.id == run_id)).one_or_none()
    if row is None:
        raise ExportRunNotFound(id=run_id)
    return _run(row)


@query("catalogue.export")
def list_exports(scope: Scope, limit: int = 20) -> list[ExportRun]:
    """Newest first."""
    return [_run(row) for row in scope.db.execute(_runs().order_by(ExportRunRow.id.desc()).limit(limit))]


@query(SYSTEM_ONLY)
def list_stale_exports(scope: Scope, before: datetime, limit: int = 100) -> list[ExportRun]:
    """Files that were made before this moment and are still kept."""
    wanted = _runs().where(ExportRunRow.finished_at < before, ExportRunRow.object_name != "")
    return [_run(row) for row in scope.db.execute(wanted.order_by(ExportRunRow.id).limit(limit))]


@document_query("import.run")
def write_report(
    scope: Scope, rows: Iterable[ImportRow], headings: tuple[str, ...], translate: Callable[[str], str]
) -> Iterator[str]:
    """The lines of a book as CSV in the language of `translate`, without formulas: line, product, status, column,
    problem, code. Spreadsheets take a file for UTF-8 only by its byte order mark."""
    yield "\ufeff" + _line(headings)
    for row in rows:
        yield _line((row.line, row.source_key, row.status, row.column, row.sentence(translate), row.code))


def _line(cells: Iterable[Any]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([neutral(str(cell)) for cell in cells])
    return written.getvalue()


def _runs() -> Select:
    return select(
        ExportRunRow.id,
        ExportRunRow.format,
        ExportRunRow.source,
        ExportRunRow.locale,
        ExportRunRow.status,
        ExportRunRow.started_at,
        ExportRunRow.finished_at,
        ExportRunRow.object_name,
        ExportRunRow.size,
        ExportRunRow.done,
        ExportRunRow.total,
        ExportRunRow.lost,
        ExportRunRow.started_by,
    )


def _run(row: Row) -> ExportRun:
    values = row._asdict()
    started_by = values.pop("started_by")
    return ExportRun(**values, started_by=started_by.get("id") if started_by.get("kind") == "staff" else None)


