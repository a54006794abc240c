"""The front page, made of the sections of the tenant's document, and the tenant's own short pages."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from cachetools import LRUCache
from flask import Blueprint, render_template, request

from app.domains.catalogue import queries as catalogue
from app.domains.search import queries as search
from app.domains.search.types import Card
from app.faces.storefront import pictures, presentation
from app.faces.storefront.theme import theme_of
from app.kit.errors import NotReady
from app.kit.scope import Scope
from app.kit.web import PageNotFound, scope, unit

blueprint = Blueprint("home", __name__)
blueprint.record(lambda state: presentation.install(state.app))

LAYOUTS = {
    "hero": ("split", "full", "poster", "stack"),
    "collection": ("grid", "rail", "mosaic", "list", "index"),
    "story": ("side", "letter", "wide"),
    "banner": ("inset", "strip", "card"),
    "trust": ("row", "cards", "list"),
    "categories": ("tiles", "circles", "index"),
}
"""The kinds of sections, and how each may be laid out; the first is the usual way."""
USUAL_HERO = {"soft": "full"}
"""The first picture of a silhouette, where the document chooses none."""
MOST_CARDS = 12
SOURCE = "tenant"
"""Who names the products of a tenant's own document."""
_known_ids: LRUCache[tuple[str, str], str] = LRUCache(maxsize=20_000)
_lock = threading.Lock()
OPEN_WHILE_SUSPENDED = ("/assets/", "/theme-", "/media/", "/callbacks/", "/favicon", "/mark")
"""What a suspended storefront still serves: the look of its notice, and the word of a provider that money came."""


class StorefrontSuspended(NotReady):
    code = "storefront.suspended"
    text = "This storefront is closed for the moment. Please come back later."


@blueprint.before_app_request
def refuse_while_suspended() -> None:
    if request.environ.get("serai.status") == "suspended" and not request.path.startswith(OPEN_WHILE_SUSPENDED):
        raise StorefrontSuspended()


@blueprint.get("/")
def show() -> str:
    sections = _sections()
    scope = unit()
    shown = pictures.find_all(scope, [section.get("picture") for section in sections])
    return render_template(
        "home/show.html",
        sections=sections,
        layouts=[_layout(section) for section in sections],
        cards=[_cards(section) if section["kind"] == "collection" else [] for section in sections],
        pictures=[shown.get(pictures.asset_id(section.get("picture")) or "") for section in sections],
    )


@blueprint.get("/<page>")
def show_page(page: str) -> str:
    """A short text of the tenant's own: about, delivery and returns, privacy."""
    found = presentation.section("pages").get(page.replace("-", "_"))
    if found is None or "_" in page:
        raise PageNotFound()
    return render_template("pages/show.html", page=found)


def _sections() -> list[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = presentation.section("home").get("sections", [])
    return [section for section in found if section.get("kind") in LAYOUTS] or [{"kind": "collection"}]


def _layout(section: Mapping[str, Any]) -> str:
    kind = section["kind"]
    usual = USUAL_HERO.get(theme_of(scope()).shape, LAYOUTS[kind][0]) if kind == "hero" else LAYOUTS[kind][0]
    chosen = section.get("layout")
    return chosen if chosen in LAYOUTS[kind] else usual


def _cards(section: Mapping[str, Any]) -> list[Card]:
    """The products of a collection: those it names, those of its category, or else the newest."""
    limit = min(int(section.get("limit", MOST_CARDS)), MOST_CARDS)
    names = section.get("products")
    if names:
        known = _product_ids(unit(), names[:limit])
        return search.list_cards(unit(), [known[name] for name in names[:limit] if name in known])
    return search.list_newest(unit(), limit, section.get("category"))


def _product_ids(scope: Scope, names: Sequence[str]) -> Mapping[str, str]:
    """The products that the document names by their id at its source. What they are never changes: asked once."""
    with _lock:
        known = {name: _known_ids[scope.tenant_id, name] for name in names if (scope.tenant_id, name) in _known_ids}
    missing = [name for name in names if name not in known]
    asked = catalogue.list_ids_by_source(scope, SOURCE, missing) if missing else {}
    with _lock:
        _known_ids.update({(scope.tenant_id, name): product_id for name, product_id in asked.items()})
    return {**known, **asked}
