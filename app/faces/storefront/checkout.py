"""Checkout on one page, the way to the provider, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domains.delivery.errors import MethodNotOffered
from app.domains.delivery.queries import list_methods
from app.domains.identity.queries import list_addresses
from app.domains.inventory.errors import InsufficientStock
from app.domains.media import queries as media
from app.domains.orders.errors import (
    CartChanged,
    CartEmpty,
    CartNotFound,
    CartPlaced,
    CodLimitExceeded,
    GatewayNotOffered,
)
from app.domains.orders.flows import payment
from app.domains.orders.queries.checkout import find_last_checkout, list_ways_to_pay, price_cart
from app.domains.orders.queries.own import find_last_own
from app.domains.orders.types import Cart, LastCheckout, PaymentStart, PricedCart
from app.domains.payments.errors import GatewayAway
from app.domains.pricing.errors import PromotionUsedUp
from app.domains.tenancy.queries.markets import get_market
from app.domains.tenancy.types import MarketPack
from app.faces.storefront import carts, checkout_form, presentation, promotions, shopper
from app.faces.storefront.checkout_form import CheckoutForm
from app.kit.i18n import N_
from app.kit.idempotency import KeyReused
from app.kit.money import Money
from app.kit.web import scope, settle, unit

blueprint = Blueprint("checkout", __name__)

CHANGED = N_("The total has changed. Nothing was ordered yet: check the new total, then order.")
SOLD_OUT = N_("Something in your cart has just been sold. Nothing was ordered: look at your cart.")
AWAY = N_("The payment service cannot be reached right now. Nothing was charged. Try again in a moment.")
LIMIT = N_("This order is too large for this way to pay. Choose another one.")


@blueprint.get("/checkout")
def show() -> Response:
    """The form; after a payment that failed, or a way back, with what was typed before, else with what the account
    knows."""
    token = carts.read_token()
    last = find_last_checkout(unit(), token) if token or shopper.is_signed_in() else None
    if last is None and shopper.is_signed_in():
        last = _known()
    return _page(checkout_form.filled(last, _pack(), scope().locale))


@blueprint.post("/checkout/summary")
def show_summary() -> Response:
    """The form with the totals for another choice: the whole page, or for the page's script the sum alone."""
    form = checkout_form.retyped(request.form, _pack(), scope().locale, is_new=True)
    return _page(form, is_fragment=request.headers.get("X-Fragment") == "summary")


@blueprint.post("/checkout")
def order() -> Response:
    """Order and pay. Refused: the same form with what was typed, and the reasons beside the fields."""
    form = checkout_form.checked(request.form, _pack(), scope().locale)
    if form.given is None:
        return _page(form, status=422)
    try:
        started = payment.start_payment(scope(), carts.read_token() or "", form.given)
    except (CartNotFound, CartEmpty, CartPlaced):
        return redirect(url_for("carts.show"), 303)
    except CartChanged as problem:
        return _page(form.refused({}), notice=CHANGED, status=problem.status)
    except PromotionUsedUp as problem:
        return _page(form.refused({}), notice=problem.text, status=problem.status)
    except InsufficientStock as problem:
        return _page(form.refused({}), notice=SOLD_OUT, status=problem.status)
    except CodLimitExceeded as problem:
        return _page(form.refused({"gateway": LIMIT}), status=problem.status)
    except GatewayNotOffered as problem:
        return _page(form.refused({"gateway": checkout_form.CHOICE_TEXT}), status=problem.status)
    except MethodNotOffered as problem:
        return _page(form.refused({"delivery": checkout_form.CHOICE_TEXT}), status=problem.status)
    except KeyReused as problem:
        return _page(form.refused({}), notice=CHANGED, status=problem.status)
    except GatewayAway as problem:
        # The draft stands: the same key goes on where this try ended.
        return _page(form, notice=AWAY, status=problem.status)
    return _go_on(started)


@blueprint.get("/checkout/return/<token>")
def return_from_payment(token: str) -> Response:
    """The shopper is back from the provider. Until it is known how the payment stands, this page asks again."""
    found = payment.return_from_payment(scope(), token)
    if found.outcome == "placed":
        return _to_order(found)
    page = render_template("checkout/payment.html", payment=found)
    answer = Response(page, content_type="text/html; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _known() -> LastCheckout:
    """The shopper's usual address, and what was chosen at the last order."""
    before = find_last_own(unit())
    usual = next(iter(list_addresses(unit())), None)
    address = usual.address if usual else before.address if before else {}
    phone = usual.phone if usual else before.phone if before else ""
    return LastCheckout(
        shopper.session().email,
        phone,
        address or {"name": shopper.session().name},
        before.delivery_code if before else "",
        before.gateway if before else "",
    )


def _go_on(started: PaymentStart) -> Response:
    if started.outcome == "placed":
        return _to_order(started)
    if started.outcome == "pending" and started.redirect_url:
        return redirect(started.redirect_url, 303)
    return redirect(url_for(".return_from_payment", token=started.token), 303)


def _to_order(placed: PaymentStart) -> Response:
    answer = redirect(url_for("orders.show", token=placed.token), 303)
    if carts.find_open_cart() is None:
        carts.forget(answer)
    return answer


def _page(form: CheckoutForm, *, notice: str = "", status: int = 200, is_fragment: bool = False) -> Response:
    settle(commit=False)  # a flow that refused has left nothing open; a page is read afresh
    cart = carts.find_open_cart()
    if cart is None or not cart.lines or cart.has_problem:
        return redirect(url_for("carts.show"), 303)
    priced = _priced(cart, form)
    template = "checkout/summary.html" if is_fragment else "checkout/show.html"
    shown = media.list_pictures(unit(), [line.picture_id for line in cart.lines if line.picture_id])
    page = render_template(
        template,
        form=form,
        notice=notice,
        cart=cart,
        priced=priced,
        quote=priced.quote,
        marks={line.offer_id: presentation.tax_mark(line.tax_code) for line in priced.quote.lines},
        taken={line.offer_id: line.discount_minor for line in priced.quote.lines},
        discounts=promotions.discount_rows(priced.priced.document),
        free=promotions.delivery_names(priced.priced.document),
        methods=list_methods(unit(), cart.items_minor),
        ways=_ways(priced),
        pictures=shown,
    )
    answer = Response(page, status, content_type="text/html; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _priced(cart: Cart, form: CheckoutForm) -> PricedCart:
    """The cart for what is chosen, or for the first choice where that is not offered (any more)."""
    try:
        return price_cart(unit(), cart, form.delivery, form.gateway, place=form.place, email=form.email)
    except (MethodNotOffered, GatewayNotOffered):
        return price_cart(unit(), cart, None, None, place=form.place, email=form.email)


def _ways(priced: PricedCart) -> list[Mapping[str, Any]]:
    """The ways to pay with their names, and which of them this total is too large for."""
    names = {way.code: way.name for way in _pack().payment_ways}
    total = priced.quote.total_minor
    return [
        {
            "code": way.code,
            "name": names.get(way.code),
            "fee_minor": way.fee_minor,
            "limit": Money(way.limit_minor, scope().currency) if way.limit_minor is not None else None,
            "is_open": way.limit_minor is None or total <= way.limit_minor or way.code == priced.gateway,
        }
        for way in list_ways_to_pay(unit())
    ]


def _pack() -> MarketPack:
    return get_market(scope())
