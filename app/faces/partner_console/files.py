"""What has no page: pictures, and the stylesheet with the brand's colour."""

from __future__ import annotations

from flask import Blueprint, Response

from app.domains.media import flows as media
from app.faces.partner_console.frame import theme_css
from app.kit.web import immutable, scope

blueprint = Blueprint("files", __name__)


@blueprint.get("/media/<path:path>")
def show_picture(path: str) -> Response:
    """A rendition. Its address names its content, so it never changes."""
    found = media.fetch_picture(scope(), path)
    answer = Response(found.content, content_type=found.content_type)
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer


@blueprint.get("/theme-<digest>.css")
def show_theme(digest: str) -> Response:
    """The present colour, whatever version is asked for; its address changes with it."""
    return immutable(Response(theme_css(scope()), content_type="text/css; charset=utf-8"))
