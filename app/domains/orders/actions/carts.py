"""Writers of carts. A cart is known by an unguessable token, stored hashed."""

from __future__ import annotations

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.inventory.errors import InsufficientStock
from app.domains.inventory.queries import list_available
from app.domains.orders.errors import CartNotFound, CartPlaced, LineNotFound, OfferNotSold, QuantityNotValid
from app.domains.orders.models import CartLineRow, CartRow
from app.domains.orders.queries.carts import find_available, find_draft_id, whose_cart
from app.domains.orders.rules import LARGEST_QUANTITY
from app.domains.pricing.errors import CouponExpired, CouponNotYet, CouponUnknown, CouponUsedUp
from app.domains.pricing.queries import find_coupon
from app.kit import ids
from app.kit.scope import Scope, action
from app.kit.secrets import token_hash

COUPON_PROBLEMS = {
    "draft": CouponUnknown,
    "other_storefront": CouponUnknown,
    "not_yet": CouponNotYet,
    "ended": CouponExpired,
    "used_up": CouponUsedUp,
}
"""Why a code cannot be used by anyone → the error that says so. A draft's codes are nobody's business yet."""


@action("cart.edit")
def open_cart(scope: Scope) -> str:
    """A new, empty cart; returns its token. A shopper has one that is open: the one that is there stays."""
    token = ids.new_token()
    shopper_id = scope.actor.id if scope.actor.kind == "shopper" else None
    scope.db.execute(
        upsert(CartRow)
        .values(id=ids.new("crt"), token_hash=token_hash(token), shopper_id=shopper_id)
        .on_conflict_do_nothing(index_elements=[CartRow.shopper_id], index_where=CartRow.status == "open")
    )
    return token


@action("cart.edit")
def add_to_cart(scope: Scope, token: str | None, offer_id: str, quantity: int) -> str:
    """Put pieces of an offer into the cart, a new one where there is none open; returns the cart's token (a shopper
    needs none: what was given comes back).

    :raises OfferNotSold: the offer does not exist, is not active, or has no price.
    :raises InsufficientStock: fewer pieces are available than the cart would hold. Nothing changes then.
    :raises QuantityNotValid: not 1 to 9,999.
    """
    _check(quantity)
    cart_id = _find_open(scope, token)
    available = find_available(scope, offer_id, find_draft_id(scope, cart_id) if cart_id else None)
    if available is None:
        raise OfferNotSold(offer_id=offer_id)
    if cart_id is None:
        token = open_cart(scope)
        cart_id = _find_open(scope, token)
    row = upsert(CartLineRow).values(id=ids.new("cln"), cart_id=cart_id, offer_id=offer_id, quantity=quantity)
    held = scope.db.execute(
        row.on_conflict_do_update(
            index_elements=[CartLineRow.cart_id, CartLineRow.offer_id],
            set_={
                "quantity": func.least(CartLineRow.quantity + quantity, LARGEST_QUANTITY),
                "version": CartLineRow.version + 1,
                "updated_at": func.now(),
            },
        ).returning(CartLineRow.quantity)
    ).scalar_one()
    if held > available:
        raise InsufficientStock(offer_id=offer_id, available=available)
    _touch(scope, cart_id)
    return token or ""


@action("cart.edit")
def change_quantity(scope: Scope, token: str, line_id: str, quantity: int) -> None:
    """Set a line's quantity; 0 removes it.

    :raises CartNotFound, CartPlaced, LineNotFound, InsufficientStock, QuantityNotValid: nothing changes then.
    """
    cart_id = _get_open(scope, token)
    if quantity == 0:
        remove_line(scope, token, line_id)
        return
    _check(quantity)
    changed = scope.db.execute(
        update(CartLineRow)
        .where(CartLineRow.id == line_id, CartLineRow.cart_id == cart_id)
        .values(quantity=quantity, version=CartLineRow.version + 1)
        .returning(CartLineRow.offer_id)
    ).scalar_one_or_none()
    if changed is None:
        raise LineNotFound()
    available = list_available(scope, [changed], find_draft_id(scope, cart_id))[changed]
    if quantity > available:
        raise InsufficientStock(offer_id=changed, available=available)
    _touch(scope, cart_id)


@action("cart.edit")
def remove_line(scope: Scope, token: str, line_id: str) -> None:
    """Take a line out; one that is gone already is no error."""
    cart_id = _get_open(scope, token)
    scope.db.execute(delete(CartLineRow).where(CartLineRow.id == line_id, CartLineRow.cart_id == cart_id))
    _touch(scope, cart_id)


@action("cart.edit")
def enter_coupon(scope: Scope, token: str, entered: str) -> str:
    """Put a code on the cart, in place of the one before; returns it as it is given out. What the cart lacks for it
    is said by its discounts.

    :raises CartNotFound, CartPlaced, CouponUnknown, CouponNotYet, CouponExpired, CouponUsedUp: nothing changes then.
    """
    cart_id = _get_open(scope, token)
    found = find_coupon(scope, entered, find_draft_id(scope, cart_id))
    if found is None:
        raise CouponUnknown(field="coupon")
    if found.problem:
        raise COUPON_PROBLEMS[found.problem](field="coupon")
    scope.db.execute(
        update(CartRow).where(CartRow.id == cart_id).values(coupon=found.shown, version=CartRow.version + 1)
    )
    return found.shown


@action("cart.edit")
def drop_coupon(scope: Scope, token: str) -> None:
    """Take the code off the cart; one without a code stays as it is."""
    cart_id = _get_open(scope, token)
    scope.db.execute(
        update(CartRow)
        .where(CartRow.id == cart_id, CartRow.coupon != "")
        .values(coupon="", version=CartRow.version + 1)
    )


def _check(quantity: int) -> None:
    if not 1 <= quantity <= LARGEST_QUANTITY:
        raise QuantityNotValid(field="quantity")


def _find_open(scope: Scope, token: str | None) -> str | None:
    if not token and scope.actor.kind != "shopper":
        return None
    open_carts = select(CartRow.id).where(CartRow.id == whose_cart(scope, token), CartRow.status == "open")
    return scope.db.execute(open_carts.with_for_update()).scalar_one_or_none()


def _get_open(scope: Scope, token: str) -> str:
    found = scope.db.execute(
        select(CartRow.id, CartRow.status).where(CartRow.id == whose_cart(scope, token)).with_for_update()
    ).one_or_none()
    if found is None:
        raise CartNotFound()
    if found.status != "open":
        raise CartPlaced()
    return str(found.id)


def _touch(scope: Scope, cart_id: str | None) -> None:
    scope.db.execute(update(CartRow).where(CartRow.id == cart_id).values(version=CartRow.version + 1))
