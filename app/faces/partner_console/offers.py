"""Prices and stock: the table, and one row of it changed in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for

from app.domains.catalogue.queries import list_categories
from app.domains.inventory import actions as inventory
from app.domains.inventory.queries import count_offers, list_offers
from app.domains.inventory.types import OfferFilter, OfferRow
from app.domains.media.queries import list_pictures
from app.domains.pricing import actions as pricing
from app.faces.partner_console.frame import gettext, manner, tell
from app.faces.partner_console.words import SELLING_STATUSES, STOCK_STATUSES
from app.kit import ids
from app.kit.errors import NotFound, NotValid, Problem, StaleVersion
from app.kit.money import Money, parse_localised
from app.kit.scope import Scope
from app.kit.web import describe, scope, settle, unit

blueprint = Blueprint("offers", __name__)

PER_PAGE = 50
FILTERS = ("q", "category", "status", "stock", "cursor")


class OfferGone(NotFound):
    code = "partner_console.offer_gone"
    text = "There is no such offer."


class WholeNumberNeeded(NotValid):
    code = "partner_console.whole_number_needed"
    text = "“%(value)s” is not a whole number."


@dataclass(frozen=True, slots=True)
class RowFault:
    """A refused change of one row: what was entered, and what was wrong with which field."""

    offer_id: str
    field: str
    sentence: str
    entered: Mapping[str, str]


@blueprint.get("/offers")
def list_all() -> str:
    return _table(request.args)


@blueprint.post("/offers/<offer_id>")
def change(offer_id: str) -> Any:
    """Price, compare-at price and stock of one offer, as far as the form names them; all or nothing."""
    opened = unit()
    row = find_row(opened, offer_id)
    try:
        has_changed = change_price(opened, row) | change_stock(opened, row)
    except Problem as problem:
        return _refused(row, problem)
    tell(gettext("%(sku)s is saved.", sku=row.sku) if has_changed else gettext("Nothing was different."))
    kept = [(name, value) for name in FILTERS if (value := request.form.get(f"list_{name}"))]
    query = f"?{urlencode(kept)}" if kept else ""
    return redirect(f"{url_for('offers.list_all')}{query}#{offer_id}", 303)


def find_row(opened: Scope, offer_id: str) -> OfferRow:
    """Raises `OfferGone`."""
    rows = list_offers(opened, OfferFilter(offer_ids=(ids.check("off", offer_id),))).rows
    if not rows:
        raise OfferGone()
    return rows[0]


def change_price(opened: Scope, row: OfferRow) -> bool:
    if "price" not in request.form:
        return False
    entered = request.form["price"].strip()
    if not entered and row.price_minor is None:
        return False
    compare_at = request.form.get("compare_at", "").strip()
    return pricing.change_price(
        opened,
        row.offer_id,
        read_amount(entered, row.currency, manner(), "price"),
        compare_at=read_amount(compare_at, row.currency, manner(), "compare_at") if compare_at else None,
        if_version=version_of("price_version", row.price_version),
    )


def change_stock(opened: Scope, row: OfferRow) -> bool:
    if "stock" not in request.form:
        return False
    return inventory.set_stock(
        opened,
        row.offer_id,
        read_count(request.form["stock"]),
        reference=f"console:{opened.request_id}",
        if_version=version_of("stock_version", row.stock_version),
    )


def read_amount(text: str, currency: str, locale: str, name: str) -> Money:
    """An amount as people write it: plain with a point, or in the manner of their language.
    Raises `NotAnAmount`, `TooManyDigits` with the field's name."""
    try:
        return Money.parse(text.strip(), currency)
    except NotValid as plain:
        try:
            return parse_localised(text, currency, locale)
        except NotValid:
            raise type(plain)(**{**plain.facts, "field": name}) from None


def read_count(text: str) -> int:
    """A whole number in any digits. Raises `WholeNumberNeeded`."""
    plain = text.strip()
    if not plain.isdecimal() or len(plain) > 9:
        raise WholeNumberNeeded(field="stock", value=plain[:20])
    return int(plain)


def version_of(name: str, standing: int | None) -> int | None:
    """The version that the form's reader saw. Where there was nothing and now is, it is stale as well."""
    text = request.form.get(name, "")
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    if standing is not None:
        raise StaleVersion()
    return None


def read_filter(given: Mapping[str, str]) -> OfferFilter:
    """The filter of a list's query; what is not one of its choices is left out."""
    category = given.get("category", "")
    return OfferFilter(
        words=given.get("q", "")[:100],
        category_id=ids.check("cat", category) if category else None,
        status=next((code for code in SELLING_STATUSES if code == given.get("status")), None),
        stock=next((code for code in STOCK_STATUSES if code == given.get("stock")), None),
    )


def _table(given: Mapping[str, str], fault: RowFault | None = None) -> str:
    opened, wanted = unit(), read_filter(given)
    page = list_offers(opened, wanted, given.get("cursor"), PER_PAGE)
    return render_template(
        "offers/list.html",
        page=page,
        total=count_offers(opened, wanted),
        given={name: given.get(name, "") for name in FILTERS},
        categories=list_categories(opened, with_inactive=True),
        pictures=list_pictures(opened, {row.picture_id for row in page.rows if row.picture_id}),
        selling_statuses=SELLING_STATUSES,
        stock_statuses=STOCK_STATUSES,
        fault=fault,
    )


def _refused(row: OfferRow, problem: Problem) -> tuple[str, int]:
    """The list as it now stands, with what was entered and what was wrong with it; nothing of it is kept."""
    settle(commit=False)
    if problem.status in (401, 403, 404) or problem.status >= 500:
        raise problem
    entered = {name: request.form.get(name, "") for name in ("price", "compare_at", "stock")}
    is_stale = isinstance(problem, StaleVersion)
    fault = RowFault(
        row.offer_id,
        "" if is_stale else str(problem.facts.get("field", "")),
        describe(problem, scope().locale),
        {} if is_stale else entered,
    )
    given = {name: request.form.get(f"list_{name}", "") for name in FILTERS}
    return _table(given, fault), problem.status
