"""Lists of products: a category, a search, and the suggestions while one types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, g, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.domains.search import actions as index
from app.domains.search import queries as search
from app.domains.search.types import CategoryView, MovedTo, SearchPage, SearchRequest, Sort, Suggestion
from app.faces.storefront.presentation import gettext, manner
from app.kit.i18n import N_, format_money
from app.kit.money import AmountTooLarge, Money, NotAnAmount, TooManyDigits, parse_localised
from app.kit.web import scope, unit

blueprint = Blueprint("listings", __name__)

SORTS: dict[Sort, str] = {
    "relevance": N_("Best match"),
    "newest": N_("Newest first"),
    "price": N_("Price: low to high"),
    "-price": N_("Price: high to low"),
}
PREFIX = "f."
"""Facets stand in the query string as `f.material=silk`, so that no facet's code meets a name of ours."""
LONGEST_TEXT = 200
LAST_PAGE = 500
PER_PAGE = 24
AROUND = 2


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is set; `address` is the list without it."""

    label: str
    address: str


@blueprint.get("/c/<slug>")
def show_category(slug: str) -> str | AnyResponse:
    found = search.get_category(unit(), slug)
    if isinstance(found, MovedTo):
        return redirect(url_for(".show_category", slug=found.slug), 301)
    g.alternates = found.alternates
    asked = _asked(category=found, sort="newest")
    page = search.search(unit(), asked)
    sorts = {code: gettext(label) for code, label in SORTS.items() if code != "relevance"}
    return render_template(
        "categories/show.html", category=found, asked=asked, page=page, sorts=sorts, **_around(asked, page)
    )


@blueprint.get("/search")
def show_search() -> str:
    asked = _asked(category=None, sort="relevance")
    if not asked.text and not asked.filters:
        newest = search.list_newest(unit(), 8)
        return render_template("search/begin.html", asked=asked, newest=newest)
    page = search.search(unit(), asked)
    if page.total == 0 and not asked.filters:
        index.record_miss(unit(), asked.text)
    newest = [] if page.total else search.list_newest(unit(), 8)
    sorts = {code: gettext(label) for code, label in SORTS.items()}
    return render_template(
        "search/show.html", asked=asked, page=page, sorts=sorts, newest=newest, **_around(asked, page)
    )


@blueprint.get("/search/suggestions")
def suggest() -> Response:
    """What the words typed so far may become: `[{"text", "kind", "note", "address"}]`."""
    prefix = request.args.get("q", "").strip()[:LONGEST_TEXT]
    found = search.suggest(unit(), prefix) if prefix else []
    notes = {"category": gettext(N_("Category")), "product": gettext(N_("Item"))}
    answer = jsonify(
        [
            {"text": one.text, "kind": one.kind, "note": notes.get(one.kind, ""), "address": _address(one)}
            for one in found
        ]
    )
    answer.headers["Cache-Control"] = "public, max-age=60"
    return answer


def _address(suggestion: Suggestion) -> str:
    if suggestion.kind == "product":
        return url_for("products.show", slug=suggestion.slug)
    if suggestion.kind == "category":
        return url_for(".show_category", slug=suggestion.slug)
    return url_for(".show_search", q=suggestion.text)


def _asked(*, category: CategoryView | None, sort: Sort) -> SearchRequest:
    """What the query string asks for. What it does not understand it leaves out: a link may be old or cut."""
    args = request.args
    chosen = args.get("sort", sort)
    page = args.get("page", "1")
    return SearchRequest(
        text=args.get("q", "").strip()[:LONGEST_TEXT],
        category_code=category.code if category else None,
        filters={
            name.removeprefix(PREFIX): tuple(value for value in args.getlist(name) if value)
            for name in args
            if name.startswith(PREFIX) and any(args.getlist(name))
        },
        price_from_minor=_amount(args.get("price_from", "")),
        price_to_minor=_amount(args.get("price_to", "")),
        only_available=args.get("available") == "1",
        sort=_sort(chosen, sort),
        page=min(int(page), LAST_PAGE) if page.isascii() and page.isdigit() and int(page) else 1,
        per_page=PER_PAGE,
    )


def _sort(asked: str, otherwise: Sort) -> Sort:
    known: dict[str, Sort] = {code: code for code in SORTS}
    return known.get(asked, otherwise)


def _amount(text: str) -> int | None:
    if not text.strip():
        return None
    try:
        found = parse_localised(text, scope().currency, manner())
    except (AmountTooLarge, NotAnAmount, TooManyDigits):
        return None
    return max(found.amount_minor, 0)


def _around(asked: SearchRequest, page: SearchPage) -> dict[str, Any]:
    """What stands around the cards: the filters that are set, the numbers of the pages, the price fields."""
    first, last = max(1, page.page - AROUND), min(page.page_count, page.page + AROUND)
    return {
        "prefix": PREFIX,
        "chips": _chips(asked, page),
        "numbers": range(first, last + 1),
        "price_from": _plain(asked.price_from_minor),
        "price_to": _plain(asked.price_to_minor),
    }


def _plain(amount_minor: int | None) -> str:
    return "" if amount_minor is None else Money(amount_minor, scope().currency).plain


def _chips(asked: SearchRequest, page: SearchPage) -> list[Chip]:
    chips = []
    for facet in page.facets:
        for value in facet.values:
            if value.is_selected:
                chips.append(Chip(f"{facet.label}: {value.label}", _without(PREFIX + facet.code, value.value)))
    bounds = (
        ("price_from", N_("From %(value)s"), asked.price_from_minor),
        ("price_to", N_("Up to %(value)s"), asked.price_to_minor),
    )
    for name, label, amount_minor in bounds:
        if amount_minor is not None:
            value = format_money(Money(amount_minor, scope().currency), manner())
            chips.append(Chip(gettext(label, value=value), _without(name, request.args[name])))
    if request.args.get("available") == "1":
        chips.append(Chip(gettext(N_("In stock")), _without("available", "1")))
    return chips


def _without(name: str, value: str) -> str:
    """This list without one parameter, from its first page."""
    left: dict[str, list[str]] = {}
    for key, entry in request.args.items(multi=True):
        if (key, entry) != (name, value) and key != "page" and entry:
            left.setdefault(key, []).append(entry)
    return url_for(request.endpoint or "", **{**(request.view_args or {}), **left})
