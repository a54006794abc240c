"""Reading files for an import, and the book of its runs."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy import Row, Select, func, select

from app.domains.catalogue.errors import ImportRunNotFound, MappingMissing
from app.domains.catalogue.models import ImportRowRow, ImportRunRow
from app.domains.catalogue.rules.attributes import AttributeSurvey
from app.domains.catalogue.rules.checks import Fault
from app.domains.catalogue.rules.imports.google import read_google
from app.domains.catalogue.rules.imports.jsonl import read_jsonl
from app.domains.catalogue.rules.imports.mapped import read_mapped
from app.domains.catalogue.rules.imports.opening import open_stream
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
from app.kit.scope import SYSTEM_ONLY, Scope, document_query, query


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

    :param format: `shopify`, `google` (XML or table), `jsonl`, or `mapped` (any CSV, with `mapping`).
    :param stream: bytes of `open_file`; UTF-8, with or without byte order mark.
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
    if format == "google":
        return read_google(stream, source=source or "google", locale=locale, currency=wanted)
    if format == "jsonl":
        return read_jsonl(stream, functools.partial(_load, source or "tenant", wanted))
    if mapping is None:
        raise MappingMissing()
    return read_mapped(stream, mapping, source=source or mapping.source, locale=locale, currency=wanted)


@document_query("import.run")
def open_file(scope: Scope, stream: BinaryIO) -> BinaryIO:
    """What is to be read of a file: the one file of a ZIP archive, UTF-16 as UTF-8, anything else as it is. Raises
    `ArchiveNotReadable`, `ArchiveOfMany`, `ArchiveTooLarge`, `ArchiveProtected`."""
    return open_stream(stream)


@document_query("import.run")
def open_survey(scope: Scope) -> AttributeSurvey:
    """Looks at the attributes of products, one product after another; `learn_attributes` takes what it found."""
    return AttributeSurvey()


def _load(source: str, currency: str, document: Mapping[str, Any], line: int) -> ProductInput | list[Fault]:
    return read_product(document, source=source, currency=currency, line=line)


@query("import.run")
def find_run(scope: Scope, source: str, sha256: str, *, is_dry_run: bool = False) -> ImportRun | None:
    """The run of this very file that has not ended: the one to take up again."""
    row = scope.db.execute(
        _runs().where(
            ImportRunRow.source == source,
            ImportRunRow.sha256 == sha256,
            ImportRunRow.is_dry_run == is_dry_run,
            ImportRunRow.status.in_(("waiting", "running")),
        )
    ).one_or_none()
    return None if row is None else _run(row)


@query("import.run")
def get_run(scope: Scope, run_id: str) -> ImportRun:
    """Raises `ImportRunNotFound`."""
    row = scope.db.execute(_runs().where(ImportRunRow.id == run_id)).one_or_none()
    if row is None:
        raise ImportRunNotFound(id=run_id)
    return _run(row)


@query("import.run")
def list_runs(scope: Scope, limit: int = 20) -> list[ImportRun]:
    """Newest first, without those that only checked a file."""
    wanted = _runs().where(~ImportRunRow.is_dry_run).order_by(ImportRunRow.id.desc()).limit(limit)
    return [_run(row) for row in scope.db.execute(wanted)]


@query(SYSTEM_ONLY)
def list_stale_checks(scope: Scope, before: datetime, limit: int = 100) -> list[ImportRun]:
    """Files that somebody has only checked, and not since this moment."""
    wanted = _runs().where(ImportRunRow.is_dry_run, ImportRunRow.started_at < before)
    return [_run(row) for row in scope.db.execute(wanted.order_by(ImportRunRow.id).limit(limit))]


@query(SYSTEM_ONLY)
def has_run_of_upload(scope: Scope, upload: str) -> bool:
    """Is a run open that reads this file?"""
    wanted = select(ImportRunRow.id).where(
        ImportRunRow.upload == upload, ImportRunRow.status.in_(("waiting", "running"))
    )
    return bool(scope.db.scalar(select(wanted.exists())))


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
            ImportRowRow.facts,
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
    """The items of a run, counted by what became of them, in its book: what `ImportRun.summary` must say as well."""
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
    return select(
        ImportRunRow.id,
        ImportRunRow.source,
        ImportRunRow.format,
        ImportRunRow.file_name,
        ImportRunRow.sha256,
        ImportRunRow.status,
        ImportRunRow.position,
        ImportRunRow.started_at,
        ImportRunRow.finished_at,
        ImportRunRow.is_dry_run,
        ImportRunRow.total,
        ImportRunRow.counts,
        ImportRunRow.upload,
        ImportRunRow.mapping,
        ImportRunRow.locale,
        ImportRunRow.started_by,
    )


def _run(row: Row) -> ImportRun:
    values = row._asdict()
    started_by, counts = values.pop("started_by"), values.pop("counts")
    return ImportRun(
        **values,
        summary=RunSummary(**counts),
        started_by=started_by.get("id") if started_by.get("kind") == "staff" else None,
    )
