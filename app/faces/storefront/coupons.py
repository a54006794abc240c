"""Codes on the cart."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from app.domains.orders.actions import carts as actions
from app.domains.orders.errors import CartNotFound, CartPlaced
from app.domains.pricing.errors import CouponExpired, CouponNotYet, CouponUnknown, CouponUsedUp
from app.faces.storefront import carts
from app.kit.web import describe, scope, settle, unit

blueprint = Blueprint("coupons", __name__)


@blueprint.post("/cart/coupon")
def enter() -> Response:
    """Put a code on the cart. Refused: the cart again, with the reason beside the field."""
    typed = request.form.get("coupon", "")[:60]
    try:
        actions.enter_coupon(unit(), carts.read_token() or "", typed)
    except (CouponUnknown, CouponNotYet, CouponExpired, CouponUsedUp) as problem:
        settle(commit=False)
        sentence = describe(problem, scope().locale)
        return carts.render(coupon_refusal=sentence, coupon_typed=typed, status=problem.status)
    except (CartNotFound, CartPlaced):
        settle(commit=False)
    return redirect(url_for("carts.show"), 303)


@blueprint.post("/cart/coupon/removal")
def drop() -> Response:
    try:
        actions.drop_coupon(unit(), carts.read_token() or "")
    except (CartNotFound, CartPlaced):
        settle(commit=False)
    return redirect(url_for("carts.show"), 303)
