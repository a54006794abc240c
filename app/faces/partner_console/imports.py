"""Bringing a catalogue in: choose a file, see what it would do, run it, read the report row by row.

A file is checked and imported by a job; the page of a run tells how far it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for

from app.domains.catalogue.queries import (
    get_run,
    list_exports,
    list_import_rows,
    list_runs,
    write_report,
)
from app.domains.catalogue.schemas import read_mapping
from app.domains.catalogue.types import ImportFormat, ImportRow, ImportRun
from app.domains.provisioning.flows.runs import request_check, request_import
from app.faces.partner_console.frame import gettext
from app.faces.partner_console.words import EXPORT_FORMATS, IMPORT_STATUSES, ROW_STATUSES
from app.kit.errors import NotValid, Problem
from app.kit.i18n import N_, language_name, translator
from app.kit.scope import Scope
from app.kit.settings import ROOT
from app.kit.web import describe, scope, settle, unit

blueprint = Blueprint("imports", __name__)

MAPPINGS = ROOT / "docs" / "mappings"
BUILT_IN: dict[ImportFormat, str] = {
    "shopify": N_("Shopify product CSV"),
    "google": N_("Google Merchant (XML or tab-separated)"),
    "jsonl": N_("Serai JSON Lines"),
}
SOURCES: dict[ImportFormat, str] = {"shopify": "shopify", "google": "google", "jsonl": "tenant"}
ROWS_PER_PAGE = 100
ROWS_PER_READ = 1000
HEADINGS = (N_("Line"), N_("Product"), N_("Outcome"), N_("Column"), N_("Problem"), N_("Code"))


class FileMissing(NotValid):
    code = "partner_console.file_missing"
    text = "Choose a file that is not empty."


class FormatNotValid(NotValid):
    code = "partner_console.format_not_valid"
    text = "Choose the format of the file."


@lru_cache(maxsize=1)
def mappings() -> dict[str, tuple[str, str, str]]:
    """The mapping files that are shipped, by name: what they are called, their source, their text. They change with
    a release only."""
    found = {}
    for path in sorted(MAPPINGS.glob("*.toml")):
        written = path.read_text(encoding="utf-8")
        mapping = read_mapping(written)
        found[path.stem] = (mapping.name, mapping.source, written)
    return found


@blueprint.get("/imports")
def show() -> str:
    return _page()


@blueprint.post("/imports")
def upload() -> Any:
    """Keep the file, have it checked, and lead to its dry run."""
    given = request.files.get("file")
    content = given.read() if given is not None else b""
    name = (given.filename or "").replace("\\", "/").rpartition("/")[2][:100] if given is not None else ""
    try:
        format_, source, mapping = _format(request.form.get("format", ""))
        if not content:
            raise FileMissing(field="file")
        run = request_check(
            scope(), content, format=format_, source=source, file_name=name, mapping=mapping, locale=_locale()
        )
    except Problem as problem:
        return _refused(problem)
    return redirect(url_for("imports.show_run", run_id=run.id), 303)


@blueprint.post("/imports/<run_id>/start")
def start(run_id: str) -> Any:
    """Import a file that was checked. A run that is cut goes on by itself."""
    run = request_import(scope(), run_id)
    return redirect(url_for("imports.show_run", run_id=run.id), 303)


@blueprint.get("/imports/<run_id>")
def show_run(run_id: str) -> str:
    opened = unit()
    after = request.args.get("after", "0")
    position = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    run = get_run(opened, run_id)
    rows = list_import_rows(
        opened, run_id, after=position, limit=ROWS_PER_PAGE + 1, with_ok=request.args.get("all") == "1"
    )
    return render_template(
        "imports/check.html" if run.is_dry_run else "imports/run.html",
        run=run,
        summary=run.summary,
        format_name=_format_name(run),
        rows=rows[:ROWS_PER_PAGE],
        next_after=rows[ROWS_PER_PAGE - 1].position if len(rows) > ROWS_PER_PAGE else None,
        statuses=IMPORT_STATUSES,
        row_statuses=ROW_STATUSES,
        translate=translator(opened.locale).gettext,
    )


@blueprint.get("/imports/<run_id>/problems.csv")
def download_problems(run_id: str) -> Response:
    opened = unit()
    get_run(opened, run_id)
    headings = tuple(gettext(heading) for heading in HEADINGS)
    translate = translator(opened.locale).gettext
    written = "".join(write_report(opened, _all_rows(opened, run_id), headings, translate))
    answer = Response(written, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="problems.csv"'
    return answer


def _all_rows(opened: Scope, run_id: str) -> Iterator[ImportRow]:
    position = 0
    while rows := list_import_rows(opened, run_id, after=position, limit=ROWS_PER_READ):
        yield from rows
        position = rows[-1].position


def _format(text: str) -> tuple[ImportFormat, str, str]:
    """A built-in format or a mapping: (format, source, text of the mapping). Raises `FormatNotValid`."""
    for known, source in SOURCES.items():
        if text == known:
            return known, source, ""
    if text not in mappings():
        raise FormatNotValid(field="format")
    _, source, written = mappings()[text]
    return "mapped", source, written


def _locale() -> str:
    """The language of texts that do not say theirs: one of the storefront's."""
    found, asked = scope().storefront, request.form.get("language", "")
    return asked if found is not None and asked in found.locales else ""


def _formats() -> dict[str, str]:
    """All formats with what they are called: ours are translated, a mapping has its own name."""
    return {**BUILT_IN, **{stem: name for stem, (name, _, _) in mappings().items()}}


def _format_name(run: ImportRun) -> str:
    if run.format != "mapped":
        return gettext(BUILT_IN[run.format])
    return next((name for name, source, _ in mappings().values() if source == run.source), run.source)


def _page(problem: Problem | None = None) -> str:
    opened = unit()
    locales = opened.storefront.locales if opened.storefront else ()
    may_export = opened.permissions.allows("catalogue.export")
    return render_template(
        "imports/show.html",
        runs=list_runs(opened),
        formats=_formats(),
        statuses=IMPORT_STATUSES,
        chosen=request.values.get("format", "shopify"),
        field=str(problem.facts.get("field", "")) if problem else "",
        sentence=describe(problem, scope().locale) if problem else "",
        exports=list_exports(opened) if may_export else None,
        export_formats=EXPORT_FORMATS,
        languages={locale: language_name(locale) for locale in locales},
    )


def _refused(problem: Problem) -> Any:
    settle(commit=False)
    if problem.status != 422:
        raise problem
    return _page(problem), problem.status
