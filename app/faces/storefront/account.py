"""A shopper's own pages: overview, orders, addresses."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domains.identity import queries
from app.domains.identity.actions import shoppers
from app.domains.media import queries as media
from app.domains.orders.actions import taking_over
from app.domains.orders.queries.own import count_claimable, get_own_order, list_own_orders
from app.domains.tenancy.queries.markets import get_market
from app.faces.storefront import checkout_form, forms, orders, shopper
from app.faces.storefront.checkout_form import CheckoutForm
from app.faces.storefront.forms import Form
from app.kit import addresses
from app.kit.errors import Problem
from app.kit.web import SAFE, PageNotFound, scope, settle, unit

blueprint = Blueprint("account", __name__)

LATEST = 3


@blueprint.before_request
def let_shoppers_pass() -> Response | None:
    """A page leads to the sign-in and back; a form is refused."""
    if shopper.is_signed_in() or request.method not in SAFE:
        shopper.session()
        return None
    wanted = request.full_path.rstrip("?")
    return redirect(url_for("entrance.show_sign_in", next=None if wanted == "/account" else wanted), 303)


@blueprint.after_request
def keep_out_of_caches(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/account")
def show() -> str:
    return _overview(Form())


@blueprint.post("/account/name")
def rename() -> Any:
    try:
        shoppers.rename(unit(), request.form.get("name", ""))
    except Problem as problem:
        settle(commit=False)
        return _overview(forms.refused(problem, "name")), problem.status
    return redirect(url_for(".show"), 303)


@blueprint.get("/account/orders")
def list_orders() -> str:
    rows = list_own_orders(unit())
    return render_template(
        "account/orders.html",
        orders=rows,
        pictures=_pictures(rows),
        claimable=count_claimable(unit(), shopper.session().email),
        words=orders.STATUS_WORDS,
    )


@blueprint.post("/account/orders/claims")
def claim_orders() -> Response:
    """Orders that were placed as a guest with the address that has been proven."""
    taking_over.claim_orders(unit(), shopper.session().email)
    return redirect(url_for(".list_orders"), 303)


@blueprint.get("/account/orders/<number>")
def show_order(number: str) -> Response:
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        raise PageNotFound()
    return orders.page(get_own_order(unit(), int(number)), is_own=True)


@blueprint.get("/account/addresses")
def list_addresses() -> str:
    return _addresses(None)


@blueprint.get("/account/addresses/new")
def show_new_address() -> str:
    return _address_page(checkout_form.filled(None, get_market(scope()), scope().locale), None)


@blueprint.post("/account/addresses")
def add_address() -> Any:
    return _keep(None)


@blueprint.get("/account/addresses/<address_id>")
def show_address(address_id: str) -> str:
    found = queries.get_address(unit(), address_id)
    pack = get_market(scope())
    phone = addresses.format_phone(found.phone, pack.phone_region, "en")
    form = checkout_form.retyped({**found.address, "phone": phone}, pack, scope().locale, is_new=True)
    return _address_page(form, found.id, is_default=found.is_default)


@blueprint.post("/account/addresses/<address_id>")
def change_address(address_id: str) -> Any:
    queries.get_address(unit(), address_id)
    return _keep(address_id)


@blueprint.post("/account/addresses/<address_id>/removal")
def remove_address(address_id: str) -> Response:
    shoppers.remove_address(unit(), address_id)
    return redirect(url_for(".list_addresses"), 303)


def _overview(form: Form) -> str:
    rows = list_own_orders(unit(), LATEST)
    kept = queries.list_addresses(unit())
    return render_template(
        "account/show.html",
        form=form,
        profile=queries.get_profile(unit()),
        orders=rows,
        pictures=_pictures(rows),
        address_lines=addresses.format_lines(kept[0].address, scope().locale) if kept else [],
        words=orders.STATUS_WORDS,
    )


def _addresses(problem: Problem | None) -> str:
    pack = get_market(scope())
    rows = [
        {
            "id": one.id,
            "lines": addresses.format_lines(one.address, scope().locale),
            "phone": addresses.format_phone(one.phone, pack.phone_region, scope().locale),
            "is_default": one.is_default,
        }
        for one in queries.list_addresses(unit())
    ]
    return render_template("account/addresses.html", rows=rows, problem=problem)


def _keep(address_id: str | None) -> Any:
    form, given = checkout_form.checked_place(request.form, get_market(scope()), scope().locale)
    is_default = "is_default" in request.form
    if given is None:
        settle(commit=False)
        return _address_page(form, address_id, is_default=is_default), 422
    address, phone = given
    shoppers.keep_address(unit(), address, phone, is_default=is_default, address_id=address_id)
    return redirect(url_for(".list_addresses"), 303)


def _address_page(form: CheckoutForm, address_id: str | None, *, is_default: bool = False) -> str:
    return render_template("account/address.html", form=form, address_id=address_id, is_default=is_default)


def _pictures(rows: Any) -> Any:
    return media.list_pictures(unit(), list(dict.fromkeys(one for row in rows for one in row.picture_ids[:4])))
