"""The book of an import. A run that was cut is taken up where its book ends."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.catalogue.errors import ImportRunClosed, ImportRunOvertaken
from app.domains.catalogue.models import ImportRowRow, ImportRunRow
from app.domains.catalogue.queries import find_run, get_run
from app.domains.catalogue.types import ImportRow, ImportRun, RunSummary
from app.kit import ids
from app.kit.scope import SYSTEM_ONLY, Scope, action

LONGEST_TEXT = 2_000
LONGEST_FACT = 300


@action("import.run")
def start_run(
    scope: Scope,
    *,
    source: str,
    format: str,
    sha256: str,
    file_name: str = "",
    is_dry_run: bool = False,
    is_waiting: bool = False,
    upload: str = "",
    mapping: str = "",
    locale: str = "",
) -> ImportRun:
    """Open the book for a file, or take up the run of the same file (by its SHA-256) and source that has not ended.

    Go on after `run.position`. Two processes that start at the same moment get the same run, and only one of them
    can write a given position (`record_batch`).

    :param is_waiting: the run is begun later, by a job.
    """
    scope.db.execute(
        upsert(ImportRunRow)
        .values(
            id=ids.new("imp"),
            source=source,
            format=format,
            sha256=sha256,
            file_name=file_name[:200].replace("\x00", ""),
            status="waiting" if is_waiting else "running",
            started_at=scope.now(),
            started_by={"kind": scope.actor.kind, "id": scope.actor.id},
            is_dry_run=is_dry_run,
            counts={},
            upload=upload,
            mapping=mapping,
            locale=locale,
        )
        .on_conflict_do_nothing(
            index_elements=[ImportRunRow.source, ImportRunRow.sha256, ImportRunRow.is_dry_run],
            index_where=ImportRunRow.status.in_(("waiting", "running")),
        )
    )
    found = find_run(scope, source, sha256, is_dry_run=is_dry_run)
    if found is None:
        raise ImportRunClosed()
    return dataclasses.replace(found, is_resumed=found.position > 0)


@action("import.run")
def begin_run(scope: Scope, run_id: str, total: int) -> ImportRun:
    """The file has been read through and has `total` items; from now on they are taken. Raises `ImportRunClosed`."""
    begun = scope.db.execute(
        update(ImportRunRow)
        .where(ImportRunRow.id == run_id, ImportRunRow.status.in_(("waiting", "running")))
        .values(status="running", total=total, version=ImportRunRow.version + 1)
        .returning(ImportRunRow.id)
    ).one_or_none()
    if begun is None:
        raise ImportRunClosed()
    return get_run(scope, run_id)


@action("import.run")
def record_batch(
    scope: Scope, run_id: str, *, after: int, position: int, rows: Sequence[ImportRow], summary: RunSummary
) -> None:
    """Write what became of the items `after + 1 … position`, in the transaction in which they were saved.

    The row count of the UPDATE is the guard: only who stands at `after` may go on from there. Raises
    `ImportRunOvertaken`; the caller's transaction must not commit then, and nothing of the batch is saved twice.

    :param rows: lines of the book, at most one for each item; a dry run writes those alone that tell something.
    :param summary: of the run up to `position`.
    """
    moved = scope.db.execute(
        update(ImportRunRow)
        .where(ImportRunRow.id == run_id, ImportRunRow.status == "running", ImportRunRow.position == after)
        .values(position=position, counts=dataclasses.asdict(summary), version=ImportRunRow.version + 1)
        .returning(ImportRunRow.id)
    ).one_or_none()
    if moved is None:
        raise ImportRunOvertaken()
    if rows:
        written = insert(ImportRowRow.__table__).returning(ImportRowRow.position)
        scope.db.execute(written, [{"run_id": run_id, **_values(row)} for row in rows])


@action("import.run")
def finish_run(scope: Scope, run_id: str, status: Literal["finished", "failed"] = "finished") -> ImportRun:
    """Close the book. Closing it again is the same; `failed` says that the file could not be read to its end."""
    scope.db.execute(
        update(ImportRunRow)
        .where(ImportRunRow.id == run_id, ImportRunRow.status.in_(("waiting", "running")))
        .values(status=status, finished_at=scope.now(), version=ImportRunRow.version + 1)
    )
    return get_run(scope, run_id)


@action(SYSTEM_ONLY)
def drop_check(scope: Scope, run_id: str) -> None:
    """Forget a run that only checked a file, with its report."""
    is_check = select(ImportRunRow.id).where(ImportRunRow.id == run_id, ImportRunRow.is_dry_run)
    scope.db.execute(delete(ImportRowRow).where(ImportRowRow.run_id.in_(is_check)))
    scope.db.execute(delete(ImportRunRow).where(ImportRunRow.id == run_id, ImportRunRow.is_dry_run))


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
        "facts": {name: _fact(value) for name, value in row.facts.items()},
    }


def _fact(value: object) -> object:
    """A number stays one; what a file says is cut, and loses what no text may have."""
    if isinstance(value, bool | int):
        return value
    text = str(value)[:LONGEST_FACT].replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return text.encode("utf-8", "replace").decode("utf-8")
