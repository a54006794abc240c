"""The book of an import. A run that was cut is taken up where its book ends."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.catalogue.errors import ImportRunClosed
from app.domains.catalogue.models import ImportRowRow, ImportRunRow
from app.domains.catalogue.queries import find_run, get_run
from app.domains.catalogue.types import ImportRow, ImportRun, ProductInput, ProductSaved, RowProblem
from app.kit import ids
from app.kit.scope import Scope, action

LONGEST_TEXT = 2_000


@action("import.run")
def start_run(scope: Scope, *, source: str, format: str, sha256: str, file_name: str = "") -> ImportRun:
    """Open the book for a file, or take up the run of the same file (by its SHA-256) and source that has not ended.

    Go on after `run.position`. Two processes that start at the same moment get the same run; saving is
    idempotent, so that they can do no harm, but only one of them can write a given position.
    """
    scope.db.execute(
        upsert(ImportRunRow)
        .values(
            id=ids.new("imp"),
            source=source,
            format=format,
            sha256=sha256,
            file_name=file_name[:200],
            status="running",
            started_at=scope.now(),
            started_by={"kind": scope.actor.kind, "id": scope.actor.id},
        )
        .on_conflict_do_nothing(
            index_elements=[ImportRunRow.source, ImportRunRow.sha256],
            index_where=ImportRunRow.status == "running",
        )
    )
    found = find_run(scope, source, sha256)
    if found is None:
        raise ImportRunClosed()
    return ImportRun(
        found.id,
        found.source,
        found.format,
        found.file_name,
        found.sha256,
        found.status,
        found.position,
        found.started_at,
        found.finished_at,
        is_resumed=found.position > 0,
    )


@action("import.run")
def record_row(
    scope: Scope,
    run_id: str,
    position: int,
    item: ProductInput | RowProblem,
    saved: ProductSaved | None = None,
    failure: str = "",
    code: str = "",
) -> None:
    """Write what became of the item at a position of the file, in the transaction in which it was saved.

    :param saved: of a product that was saved; else `failure` (a sentence) and `code` say why it was not.

    A position that is in the book already is left alone.
    """
    scope.db.execute(
        upsert(ImportRowRow)
        .values(run_id=run_id, **_values(_row(position, item, saved, failure, code)))
        .on_conflict_do_nothing()
    )


@action("import.run")
def finish_run(scope: Scope, run_id: str, status: Literal["finished", "failed"] = "finished") -> ImportRun:
    """Close the book. Closing it again is the same; `failed` says that the file could not be read to its end."""
    scope.db.execute(
        update(ImportRunRow)
        .where(ImportRunRow.id == run_id, ImportRunRow.status == "running")
        .values(status=status, finished_at=scope.now(), version=ImportRunRow.version + 1)
    )
    return get_run(scope, run_id)


def _row(
    position: int, item: ProductInput | RowProblem, saved: ProductSaved | None, failure: str, code: str
) -> ImportRow:
    if isinstance(item, RowProblem):
        return ImportRow(
            position=position,
            line=item.line,
            source_key=item.source_key,
            status=item.severity,
            code=item.code,
            column=item.column,
            text=str(item),
        )
    if saved is None:
        return ImportRow(
            position=position, line=item.line, source_key=item.external_id, status="failed", code=code, text=failure
        )
    return ImportRow(
        position=position, line=item.line, source_key=item.external_id, status="ok", outcome=saved.status
    )


def _values(row: ImportRow) -> dict[str, object]:
    return {
        "position": row.position,
        "line": row.line,
        "source_key": row.source_key[:200].replace("\x00", ""),
        "status": row.status,
        "outcome": row.outcome,
        "code": row.code,
        "column": row.column[:200].replace("\x00", ""),
        "text": row.text[:LONGEST_TEXT].replace("\x00", ""),
    }
