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
from app.kit.errors import NotReady
from app.kit.scope import Scope
from app.kit.web import PageNotFound, unit

blueprint = Blueprint("home", __name__)
blueprint.record(lambda state: presentation.install(state.app))

SECTIONS = ("hero", "collection", "story", "banner", "trust")
MOST_CARDS = 12
SOURCE = "tenant"
"""Who names the products of a tenant's own document."""
_product_ids: LRUCache[tuple[str, str], str] = LRUCache(maxsize=20_000)
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
    return [section for section in found if section.get("kind") in SECTIONS] or [{"kind": "collection"}]


def _cards(section: Mapping[str, Any]) -> list[Card]:
    """The products of a collection: those it names, those of its category, or else the newest."""
    limit = min(int(section.get("limit", MOST_CARDS)), MOST_CARDS)
    names = section.get("products")
    if names:
        return search.list_cards(unit(), [found for name in names[:limit] if (found := _product_id(unit(), name))])
    return search.list_newest(unit(), limit, section.get("category"))


def _product_id(scope: Scope, name: str) -> str | None:
    """The product that the document names by its id at its source. What it is never changes, so it is asked once."""
    asked = (scope.tenant_id, name)
    with _lock:
        if asked in _product_ids:
            return _product_ids[asked]
    found = catalogue.find_product_by_source(scope, SOURCE, name)
    if found is None:
        return None
    with _lock:
        _product_ids[asked] = found.id
    return found.id
