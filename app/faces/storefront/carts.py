"""The cart: a token in a cookie that script cannot read, and beside it the number of pieces, which it may show."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domains.inventory.errors import InsufficientStock
from app.domains.media import queries as media
from app.domains.orders.actions import carts
from app.domains.orders.errors import CartNotFound, CartPlaced, LineNotFound, OfferNotSold, QuantityNotValid
from app.domains.orders.queries.carts import count_items, find_cart
from app.domains.orders.types import Cart
from app.faces.storefront import presentation, products, promotions
from app.kit.errors import MalformedId, Problem
from app.kit.i18n import N_
from app.kit.web import describe, scope, settle, unit

blueprint = Blueprint("carts", __name__)

COOKIE_AGE_S = 60 * 60 * 24 * 30
COUNT = "cart_count"
"""The number of pieces, for the page's script only: cached pages are the same for everyone. Nothing trusts it."""

PROBLEMS = {
    "not_sold": N_("This item is not sold any more. Remove it to go on."),
    "no_price": N_("This item has no price at the moment. Remove it to go on."),
    "sold_out": N_("This item is sold out. Remove it to go on."),
    "insufficient": N_("Only %(available)s left. Change the quantity to go on."),
}


@blueprint.get("/cart")
def show() -> Response:
    return render()


@blueprint.post("/cart/lines")
def add() -> Response:
    """Put the chosen variant into the cart. Refused: the product's page again, with the reason."""
    product = products.get_product(request.form.get("product", ""))
    choice = products.choose(product, request.form)
    quantity = _quantity(request.form.get("quantity", "1"))
    try:
        if choice.variant is None:
            raise OfferNotSold()
        token = carts.add_to_cart(unit(), read_token(), choice.variant.offer_id, quantity)
    except (OfferNotSold, InsufficientStock, QuantityNotValid) as problem:
        settle(commit=False)
        page = products.render(product, choice, refusal=_sentence(problem), quantity=max(quantity, 1))
        return Response(page, problem.status, content_type="text/html; charset=utf-8")
    answer = redirect(url_for(".show", added=product.slug), 303)
    if token:
        keep_token(answer, token)
    keep_count(answer, count_items(unit(), token))
    return answer


@blueprint.post("/cart/lines/<line_id>")
def change(line_id: str) -> Response:
    """Set a line's quantity; 0 removes it. Refused: the cart again, with the reason beside the line."""
    try:
        carts.change_quantity(unit(), read_token() or "", line_id, _quantity(request.form.get("quantity", "")))
    except (InsufficientStock, QuantityNotValid) as problem:
        settle(commit=False)
        return render(refused_line=line_id, refusal=_sentence(problem), status=problem.status)
    except (CartNotFound, CartPlaced, LineNotFound, MalformedId):
        settle(commit=False)
    return _changed()


@blueprint.post("/cart/lines/<line_id>/removal")
def remove(line_id: str) -> Response:
    """Take a line out; one that is gone already is no error."""
    try:
        carts.remove_line(unit(), read_token() or "", line_id)
    except (CartNotFound, CartPlaced, LineNotFound, MalformedId):
        settle(commit=False)
    return _changed()


def cookie_name() -> str:
    return "__Host-cart" if current_app.config["SESSION_COOKIE_SECURE"] else "cart"


def read_token() -> str | None:
    return request.cookies.get(cookie_name())


def find_open_cart() -> Cart | None:
    """The shopper's cart while it can still be changed or paid."""
    found = find_cart(unit(), read_token())
    return found if found is not None and found.status == "open" else None


def keep_token(answer: Response, token: str) -> None:
    answer.set_cookie(
        cookie_name(),
        token,
        max_age=COOKIE_AGE_S,
        path="/",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def keep_count(answer: Response, count: int) -> None:
    """Tell the script how many pieces there are; none takes the number away."""
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    if count:
        answer.set_cookie(COUNT, str(count), max_age=COOKIE_AGE_S, path="/", secure=secure, samesite="Lax")
    else:
        answer.delete_cookie(COUNT, path="/", secure=secure, samesite="Lax")


def forget(answer: Response) -> None:
    """The cart has become an order."""
    answer.delete_cookie(
        cookie_name(), path="/", secure=current_app.config["SESSION_COOKIE_SECURE"], httponly=True, samesite="Lax"
    )
    keep_count(answer, 0)


def render(
    *,
    refused_line: str = "",
    refusal: str = "",
    coupon_refusal: str = "",
    coupon_typed: str = "",
    status: int = 200,
) -> Response:
    """The cart's page, also as the answer to a refused form."""
    cart = find_open_cart()
    shown = media.list_pictures(unit(), [line.picture_id for line in cart.lines if line.picture_id]) if cart else {}
    page = render_template(
        "cart/show.html",
        cart=cart,
        pictures=shown,
        problems=PROBLEMS,
        refused_line=refused_line,
        refusal=refusal,
        coupon_refusal=coupon_refusal,
        coupon_typed=coupon_typed,
        **promotions.describe_promotions(cart),
        was_added=bool(request.args.get("added")) and cart is not None,
    )
    answer = Response(page, status, content_type="text/html; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    keep_count(answer, cart.count if cart else 0)
    return answer


def _changed() -> Response:
    answer = redirect(url_for(".show"), 303)
    keep_count(answer, count_items(unit(), read_token()))
    return answer


def _quantity(text: str) -> int:
    """A whole number in any digits; -1, which no action takes, for what is none."""
    text = text.strip()
    return int(text) if text.isdecimal() and len(text) <= 6 else -1


def _sentence(problem: Problem) -> str:
    if isinstance(problem, InsufficientStock):
        available = problem.facts.get("available", 0)
        if available <= 0:
            return presentation.gettext(N_("This item is sold out."))
        return presentation.gettext(N_("Only %(available)s left."), available=presentation.number(available))
    return describe(problem, scope().locale)
