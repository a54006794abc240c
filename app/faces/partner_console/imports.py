"""Bringing a catalogue in: choose a file, see what it would do, run it, read the report row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for

from app.domains.catalogue.queries import get_run, list_import_rows, list_runs, summarise_run
from app.domains.catalogue.schemas import read_mapping
from app.domains.catalogue.types import ImportMapping, ImportRow
from app.domains.provisioning.flows.imports import import_catalogue
from app.domains.provisioning.flows.uploads import drop_upload, keep_upload, read_upload
from app.domains.provisioning.types import ImportRequest
from app.faces.partner_console.frame import gettext, tell
from app.faces.partner_console.words import IMPORT_STATUSES, ROW_STATUSES
from app.kit.errors import NotValid, Problem
from app.kit.i18n import N_
from app.kit.scope import Scope
from app.kit.settings import ROOT
from app.kit.web import describe, scope, settle, unit

blueprint = Blueprint("imports", __name__)

MAPPINGS = ROOT / "docs" / "mappings"
BUILT_IN = {"shopify": N_("Shopify product CSV"), "jsonl": N_("Serai JSON Lines")}
SOURCES = {"shopify": "shopify", "jsonl": "tenant"}
ROWS_PER_PAGE = 100
ROWS_PER_READ = 1000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class FileMissing(NotValid):
    code = "partner_console.file_missing"
    text = "Choose a file that is not empty."


class FormatNotValid(NotValid):
    code = "partner_console.format_not_valid"
    text = "Choose the format of the file."


@lru_cache(maxsize=1)
def mappings() -> dict[str, ImportMapping]:
    """The mapping files that are shipped, by name; they change with a release only."""
    return {path.stem: read_mapping(path.read_text(encoding="utf-8")) for path in sorted(MAPPINGS.glob("*.toml"))}


@blueprint.get("/imports")
def show() -> str:
    return _page()


@blueprint.post("/imports")
def upload() -> Any:
    """Keep the file and lead to its dry run."""
    given = request.files.get("file")
    content = given.read() if given is not None else b""
    try:
        chosen = _format(request.form.get("format", ""))
        if not content:
            raise FileMissing(field="file")
        digest = keep_upload(scope(), content)
    except Problem as problem:
        return _refused(problem)
    name = (given.filename or "").replace("\\", "/").rpartition("/")[2][:100] if given is not None else ""
    return redirect(url_for("imports.preview", digest=digest, format=chosen, name=name), 303)


@blueprint.get("/imports/files/<digest>")
def preview(digest: str) -> Any:
    """What the file would do: everything is read and checked, nothing is written."""
    try:
        report = import_catalogue(scope(), _request(scope(), digest, dry_run=True))
    except NotValid as problem:
        return _refused(problem)
    return render_template(
        "imports/preview.html", report=report, digest=digest, row_statuses=ROW_STATUSES, formats=_formats()
    )


@blueprint.get("/imports/files/<digest>/problems.csv")
def download_preview(digest: str) -> Response:
    report = import_catalogue(scope(), _request(scope(), digest, dry_run=True))
    return _csv(report.problems)


@blueprint.post("/imports/files/<digest>/run")
def run(digest: str) -> Any:
    """Import the file: one product is one transaction. A run that is cut goes on when it is started again."""
    try:
        report = import_catalogue(scope(), _request(scope(), digest, dry_run=False))
    except NotValid as problem:
        return _refused(problem)
    drop_upload(scope(), digest)
    if report.has_failures:
        tell(gettext("Some rows were not imported."), "warning")
    else:
        tell(gettext("The import has ended."))
    return redirect(url_for("imports.show_run", run_id=report.run_id), 303)


@blueprint.get("/imports/<run_id>")
def show_run(run_id: str) -> str:
    opened = unit()
    after = request.args.get("after", "0")
    position = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    rows = list_import_rows(
        opened, run_id, after=position, limit=ROWS_PER_PAGE + 1, with_ok=request.args.get("all") == "1"
    )
    return render_template(
        "imports/run.html",
        run=get_run(opened, run_id),
        summary=summarise_run(opened, run_id),
        rows=rows[:ROWS_PER_PAGE],
        next_after=rows[ROWS_PER_PAGE - 1].position if len(rows) > ROWS_PER_PAGE else None,
        statuses=IMPORT_STATUSES,
        row_statuses=ROW_STATUSES,
    )


@blueprint.get("/imports/<run_id>/problems.csv")
def download_problems(run_id: str) -> Response:
    opened = unit()
    get_run(opened, run_id)
    return _csv(_all_rows(opened, run_id))


def neutral(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection): an apostrophe before its first sign."""
    text = str(cell)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _all_rows(opened: Scope, run_id: str) -> Iterator[ImportRow]:
    position = 0
    while rows := list_import_rows(opened, run_id, after=position, limit=ROWS_PER_READ):
        yield from rows
        position = rows[-1].position


def _csv(rows: Iterable[ImportRow]) -> Response:
    written = io.StringIO()
    # spreadsheets take a file for UTF-8 only by its byte order mark
    written.write("\ufeff")
    writer = csv.writer(written)
    writer.writerow(["line", "product", "status", "column", "problem", "code"])
    for row in rows:
        values = (row.line, row.source_key, row.status, row.column, row.text, row.code)
        writer.writerow([neutral(value) for value in values])
    answer = Response(written.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="problems.csv"'
    return answer


def _format(text: str) -> str:
    """The name of a built-in format or of a mapping. Raises `FormatNotValid`."""
    if text not in BUILT_IN and text not in mappings():
        raise FormatNotValid(field="format")
    return text


def _formats() -> dict[str, str]:
    """All formats with what they are called: ours are translated, a mapping has its own name."""
    return {**BUILT_IN, **{stem: mapping.name for stem, mapping in mappings().items()}}


def _request(of: Scope, digest: str, *, dry_run: bool) -> ImportRequest:
    content = read_upload(of, digest)
    chosen, name = _format(request.values.get("format", "")), request.values.get("name", "")[:100]
    mapping = mappings().get(chosen)
    return ImportRequest(
        stream=io.BytesIO(content),
        format="mapped" if mapping is not None else "jsonl" if chosen == "jsonl" else "shopify",
        source=mapping.source if mapping is not None else SOURCES[chosen],
        file_name=name,
        mapping=mapping,
        dry_run=dry_run,
    )


def _page(problem: Problem | None = None) -> str:
    return render_template(
        "imports/show.html",
        runs=list_runs(unit()),
        formats=_formats(),
        statuses=IMPORT_STATUSES,
        chosen=request.values.get("format", "shopify"),
        field=str(problem.facts.get("field", "")) if problem else "",
        sentence=describe(problem, scope().locale) if problem else "",
    )


def _refused(problem: Problem) -> Any:
    settle(commit=False)
    if problem.status != 422:
        raise problem
    return _page(problem), problem.status
