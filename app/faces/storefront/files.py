"""What has no page: pictures, the theme's stylesheet, the brand's mark."""

from __future__ import annotations

from flask import Blueprint, Response, redirect
from werkzeug.wrappers import Response as AnyResponse

from app.domains.media import flows as media
from app.faces.storefront import pictures, presentation
from app.faces.storefront.theme import theme_of
from app.kit.web import PageNotFound, immutable, scope, unit

blueprint = Blueprint("files", __name__)

MARK_WIDTH = 320


@blueprint.get("/media/<path:path>")
def show_picture(path: str) -> Response:
    """A rendition, or a font of the house. The address names the content, so it never changes. Anything else is 404,
    originals among them."""
    found = media.fetch_font(scope(), path) if path.startswith("fonts/") else media.fetch_picture(scope(), path)
    return immutable(Response(found.content, content_type=found.content_type))


@blueprint.get("/theme-<digest>.css")
def show_theme(digest: str) -> Response:
    """The tenant's tokens. The address of another version gives the present one, kept by nobody: a page that was
    made a moment before a change must not lose its look."""
    theme = theme_of(scope())
    answer = Response(theme.css, content_type="text/css; charset=utf-8")
    if digest == theme.digest:
        return immutable(answer)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/favicon.ico")
def show_favicon() -> AnyResponse:
    """The brand's mark in a small size."""
    mark = pictures.find(unit(), presentation.section("brand").get("mark"))
    rendition = mark.fallback(MARK_WIDTH) if mark is not None else None
    if rendition is None:
        raise PageNotFound()
    answer = redirect(pictures.address(rendition.path), 302)
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer
