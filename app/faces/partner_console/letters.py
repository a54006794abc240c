"""The letters to shoppers, as they would be sent: by kind, in each language of the storefront."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from app.domains.content.queries import preview_letter
from app.domains.content.types import ACCOUNT_LETTERS
from app.faces.partner_console import frame
from app.kit import i18n
from app.kit.web import PageNotFound, scope

blueprint = Blueprint("letters", __name__)

POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; sandbox"
"""A letter is a document of its own: its styles are inline, as mail programs want them, and nothing in it runs."""


@blueprint.get("/letters")
def list_all() -> str:
    rows = [(kind, preview_letter(scope(), kind, scope().locale)) for kind in ACCOUNT_LETTERS]
    locales = [(code, i18n.language_name(code)) for code in frame.storefront().locales]
    return render_template("letters/list.html", rows=rows, locales=locales)


@blueprint.get("/letters/<kind>")
def show(kind: str) -> Response:
    """One letter (`?language=th`, `?as=text`)."""
    language = request.args.get("language", scope().locale)
    found = preview_letter(scope(), kind, language) if language in frame.storefront().locales else None
    if found is None:
        raise PageNotFound()
    if request.args.get("as") == "text":
        return Response(found.text, content_type="text/plain; charset=utf-8")
    return Response(found.html, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY})
