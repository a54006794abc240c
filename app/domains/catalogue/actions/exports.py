"""The book of files of the catalogue that somebody asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sqlalchemy import insert, update

from app.domains.catalogue.models import ExportRunRow
from app.domains.catalogue.queries.exports import get_export
from app.domains.catalogue.types import ExportFormat, ExportRun
from app.kit import ids
from app.kit.scope import SYSTEM_ONLY, Scope, action


@action("catalogue.export")
def start_export(scope: Scope, *, format: ExportFormat, source: str, locale: str) -> ExportRun:
    """Note that a file is wanted; a job makes it."""
    run_id = ids.new("exp")
    scope.db.execute(
        insert(ExportRunRow).values(
            id=run_id,
            format=format,
            source=source,
            locale=locale,
            status="waiting",
            started_at=scope.now(),
            started_by={"kind": scope.actor.kind, "id": scope.actor.id},
            lost={},
        )
    )
    return get_export(scope, run_id)


@action("catalogue.export")
def step_export(scope: Scope, run_id: str, *, done: int, total: int) -> bool:
    """Say how far the file is; false if it is finished already."""
    moved = scope.db.execute(
        update(ExportRunRow)
        .where(ExportRunRow.id == run_id, ExportRunRow.status.in_(("waiting", "running")))
        .values(status="running", done=done, total=total, version=ExportRunRow.version + 1)
        .returning(ExportRunRow.id)
    )
    return moved.one_or_none() is not None


@action("catalogue.export")
def finish_export(
    scope: Scope,
    run_id: str,
    status: Literal["finished", "failed"],
    *,
    object_name: str = "",
    size: int = 0,
    done: int = 0,
    lost: Mapping[str, int] | None = None,
) -> None:
    """Close the book; closing it again changes nothing."""
    scope.db.execute(
        update(ExportRunRow)
        .where(ExportRunRow.id == run_id, ExportRunRow.status.in_(("waiting", "running")))
        .values(
            status=status,
            finished_at=scope.now(),
            object_name=object_name,
            size=size,
            done=done,
            lost=dict(lost or {}),
            version=ExportRunRow.version + 1,
        )
    )


@action(SYSTEM_ONLY)
def drop_export(scope: Scope, run_id: str) -> None:
    """The file is not kept any more; what was lost in it stays known."""
    scope.db.execute(
        update(ExportRunRow)
        .where(ExportRunRow.id == run_id)
        .values(object_name="", version=ExportRunRow.version + 1)
    )
