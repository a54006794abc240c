"""Imports and exports that staff ask for: the request notes them, a job does them, the page tells how far they are.

A job may run twice or be killed: an import goes on where its book ends, an export is made anew. What somebody may no
longer do when the job comes to it, is not done.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from app.domains.catalogue import actions as catalogue
from app.domains.catalogue import queries
from app.domains.catalogue.schemas import read_mapping
from app.domains.catalogue.types import ExportFormat, ExportRun, ImportFormat, ImportRow, ImportRun
from app.domains.identity.queries import find_staff_permissions
from app.domains.provisioning.errors import ExportGone
from app.domains.provisioning.flows.exports import export_to_file
from app.domains.provisioning.flows.imports import Watch, run_import
from app.domains.provisioning.flows.uploads import drop_upload, forget_object, keep_upload, read_upload, store_file
from app.domains.provisioning.types import ImportRequest
from app.kit.errors import Problem
from app.kit.queue import enqueue
from app.kit.scope import SYSTEM_ONLY, Actor, Permissions, Scope, flow

CHECKS_KEPT = timedelta(days=1)
EXPORTS_KEPT = timedelta(days=7)
CONTENT_TYPES = {
    "shopify": "text/csv; charset=utf-8",
    "google": "application/xml",
    "google-tsv": "text/tab-separated-values; charset=utf-8",
    "jsonl": "application/jsonl",
}


@flow("import.run")
def request_check(
    scope: Scope,
    content: bytes,
    *,
    format: ImportFormat,
    source: str,
    file_name: str,
    mapping: str = "",
    locale: str = "",
) -> ImportRun:
    """Keep a file and have it checked. Raises `StorageAway`."""
    digest = keep_upload(scope, content)
    with scope.transaction() as unit:
        run = catalogue.start_run(
            unit,
            source=source,
            format=format,
            # another format or mapping is another reading of the same file
            sha256=hashlib.sha256(f"{digest} {format} {locale} {mapping}".encode()).hexdigest(),
            file_name=file_name,
            is_dry_run=True,
            is_waiting=True,
            upload=digest,
            mapping=mapping,
            locale=locale,
        )
        enqueue(unit, "provisioning.run_import", unique=run.id, lock=run.id, run_id=run.id)
    return run


@flow("import.run")
def request_import(scope: Scope, check_id: str) -> ImportRun:
    """Have a file imported that was checked. Asked twice, it is one import. Raises `ImportRunNotFound`,
    `UploadGone`."""
    with scope.transaction() as unit:
        check = queries.get_run(unit, check_id)
    read_upload(scope, check.upload)
    with scope.transaction() as unit:
        run = catalogue.start_run(
            unit,
            source=check.source,
            format=check.format,
            sha256=check.sha256,
            file_name=check.file_name,
            is_waiting=True,
            upload=check.upload,
            mapping=check.mapping,
            locale=check.locale,
        )
        enqueue(unit, "provisioning.run_import", unique=run.id, lock=run.id, run_id=run.id)
    return run


@flow(SYSTEM_ONLY)
def run_waiting_import(scope: Scope, run_id: str) -> None:
    """Do what was asked for, in the name and with the rights of who asked. A run that has ended is left alone."""
    with scope.transaction() as unit:
        run = queries.get_run(unit, run_id)
    if not run.is_open:
        return
    try:
        acting = _acting(scope, run.started_by, "import.run")
        content = read_upload(scope, run.upload)
        request = ImportRequest(
            stream=io.BytesIO(content),
            format=run.format,
            source=run.source,
            file_name=run.file_name,
            mapping=read_mapping(run.mapping) if run.mapping else None,
            locale=run.locale,
            dry_run=run.is_dry_run,
        )
        run_import(acting, request, replace(run, is_resumed=run.position > 0))
    except Problem as problem:
        if problem.status >= 500:
            raise
        _give_up(scope, run, problem)
        return
    if not run.is_dry_run:
        _forget_upload(scope, run)


@flow("catalogue.export")
def request_export(scope: Scope, *, format: ExportFormat, source: str = "", locale: str = "") -> ExportRun:
    """Have the catalogue written into a file."""
    with scope.transaction() as unit:
        run = catalogue.start_export(unit, format=format, source=source, locale=locale)
        enqueue(unit, "provisioning.run_export", unique=run.id, lock=run.id, run_id=run.id)
    return run


@flow(SYSTEM_ONLY)
def run_waiting_export(scope: Scope, run_id: str) -> None:
    """Make the file that was asked for; one that is made already is left alone."""
    with scope.transaction() as unit:
        run = queries.get_export(unit, run_id)
    if not run.is_open:
        return
    try:
        acting = _acting(scope, run.started_by, "catalogue.export")
    except Problem:
        with scope.transaction() as unit:
            catalogue.finish_export(unit, run_id, "failed")
        return
    with tempfile.TemporaryDirectory(prefix="serai-export-") as folder:
        path = Path(folder) / "file"
        report = export_to_file(
            acting, path, run.format, source=run.source, locale=run.locale, watch=_telling(scope, run_id)
        )
        size = path.stat().st_size
        store_file(scope, "exports", run_id, path, CONTENT_TYPES[run.format])
    with scope.transaction() as unit:
        catalogue.finish_export(
            unit, run_id, "finished", object_name=run_id, size=size, done=report.written, lost=report.lost
        )


@flow(SYSTEM_ONLY)
def forget_old_files(scope: Scope) -> int:
    """Forget files that were checked and never imported, and exports that nobody will fetch; returns how many."""
    with scope.transaction() as unit:
        checks = queries.list_stale_checks(unit, scope.now() - CHECKS_KEPT)
        exports = queries.list_stale_exports(unit, scope.now() - EXPORTS_KEPT)
    for check in checks:
        with scope.transaction() as unit:
            catalogue.drop_check(unit, check.id)
        _forget_upload(scope, check)
    for export in exports:
        forget_object(scope, "exports", export.object_name)
        with scope.transaction() as unit:
            catalogue.drop_export(unit, export.id)
    return len(checks) + len(exports)


@flow("catalogue.export")
def find_export_file(scope: Scope, run_id: str) -> ExportRun:
    """An export whose file is there. Raises `ExportRunNotFound`, `ExportGone`."""
    with scope.transaction() as unit:
        run = queries.get_export(unit, run_id)
    if not run.object_name:
        raise ExportGone()
    return run


def _acting(scope: Scope, staff_id: str | None, permission: str) -> Scope:
    """The scope of who asked, with the rights that they have now. Raises `PermissionDenied`."""
    if staff_id is None:
        return scope
    with scope.transaction() as unit:
        names = find_staff_permissions(unit, staff_id)
    acting = scope.with_values(actor=Actor("staff", staff_id), permissions=Permissions(names))
    acting.require(permission)
    return acting


def _give_up(scope: Scope, run: ImportRun, problem: Problem) -> None:
    """The run ends with the reason in its book."""
    facts = {name: value for name, value in problem.facts.items() if isinstance(value, str | int)}
    with scope.transaction() as unit:
        standing = queries.get_run(unit, run.id)
        if not standing.is_open:
            return
        begun = catalogue.begin_run(unit, run.id, max(standing.total, standing.position + 1))
        row = ImportRow(
            begun.position + 1, 1, "", "failed", code=problem.code, text=problem.text, facts=facts
        )
        catalogue.record_batch(
            unit,
            run.id,
            after=begun.position,
            position=begun.position + 1,
            rows=[row],
            summary=begun.summary.with_rows([row]),
        )
        catalogue.finish_run(unit, run.id, "failed")
    if not run.is_dry_run:
        _forget_upload(scope, run)


def _forget_upload(scope: Scope, run: ImportRun) -> None:
    """The file is let go when no other run needs it."""
    with scope.transaction() as unit:
        is_needed = queries.has_run_of_upload(unit, run.upload)
    if run.upload and not is_needed:
        drop_upload(scope, run.upload)


def _telling(scope: Scope, run_id: str) -> Watch:
    """Told how far an export is, write it down: between two pages no transaction is open."""

    def watch(done: int, total: int) -> None:
        with scope.transaction() as unit:
            catalogue.step_export(unit, run_id, done=done, total=total)

    return watch
