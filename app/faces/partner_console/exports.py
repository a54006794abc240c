"""The catalogue as a file: asked for here, made by a job, fetched when it is there."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for

from app.domains.catalogue.queries import get_export
from app.domains.catalogue.types import ExportFormat
from app.domains.provisioning.flows.runs import CONTENT_TYPES, find_export_file, request_export
from app.domains.provisioning.flows.uploads import read_export
from app.faces.partner_console.words import EXPORT_FORMATS, IMPORT_STATUSES, LOST_FIELDS
from app.kit.errors import NotValid
from app.kit.i18n import language_name
from app.kit.web import scope, unit

blueprint = Blueprint("exports", __name__)

ENDINGS: dict[ExportFormat, str] = {"shopify": "csv", "google": "xml", "google-tsv": "tsv", "jsonl": "jsonl"}


class ExportNotValid(NotValid):
    code = "partner_console.export_not_valid"
    text = "Choose a format and one of your languages."


@blueprint.post("/exports")
def ask() -> Any:
    """Have the file made, and lead to the page that tells how far it is."""
    format_, locale = request.form.get("format", ""), request.form.get("language", "")
    found = scope().storefront
    known = next((one for one in ENDINGS if one == format_), None)
    if known is None or found is None or locale not in found.locales:
        raise ExportNotValid(field="format")
    run = request_export(scope(), format=known, locale=locale)
    return redirect(url_for("exports.show", run_id=run.id), 303)


@blueprint.get("/exports/<run_id>")
def show(run_id: str) -> str:
    run = get_export(unit(), run_id)
    most_first = sorted(run.lost.items(), key=lambda entry: -entry[1])
    lost = [(LOST_FIELDS.get(name, name), count) for name, count in most_first]
    return render_template(
        "exports/show.html",
        run=run,
        lost=lost,
        formats=EXPORT_FORMATS,
        statuses=IMPORT_STATUSES,
        language=language_name(run.locale) if run.locale else "",
    )


@blueprint.get("/exports/<run_id>/file")
def download(run_id: str) -> Response:
    """The file, piece by piece."""
    run = find_export_file(scope(), run_id)
    answer = Response(read_export(scope(), run.object_name), content_type=CONTENT_TYPES[run.format])
    answer.headers["Content-Length"] = str(run.size)
    answer.headers["Content-Disposition"] = f'attachment; filename="catalogue.{ENDINGS[run.format]}"'
    return answer
