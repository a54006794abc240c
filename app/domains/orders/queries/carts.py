"""Readers of carts: one statement for all that a line shows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, select

from app.domains.catalogue.models import CategoryRow, OfferRow, ProductPictureRow, ProductRow, SlugRow, VariantRow
from app.domains.inventory.models import Reservation, StockLevel
from app.domains.orders.models import CartLineRow, CartRow, GroupRow
from app.domains.orders.rules import line_problem, option_labels, with_discounts
from app.domains.orders.types import Cart, CartLine
from app.domains.pricing.models import PriceList, PriceRow
from app.domains.pricing.queries import discount_lines, facts_of, list_for_cart
from app.kit.scope import Scope, query
from app.kit.secrets import token_hash


def _offers(draft_id: str | None) -> Select[Any]:
    """An offer with what is described, its price in the default list, and what is available.

    What a cart's own checkout holds is available to that cart: whoever comes back from the provider without having
    paid buys the pieces that are kept for her.
    """
    available: ColumnElement[int] = (
        select(func.coalesce(func.sum(StockLevel.on_hand - StockLevel.reserved), 0))
        .where(StockLevel.offer_id == OfferRow.id)
        .scalar_subquery()
    )
    if draft_id is not None:
        own = select(func.coalesce(func.sum(Reservation.quantity), 0)).where(
            Reservation.reference == draft_id, Reservation.status == "live", Reservation.offer_id == OfferRow.id
        )
        available = available + own.scalar_subquery()
    picture = (
        select(ProductPictureRow.asset_id)
        .where(ProductPictureRow.product_id == ProductRow.id)
        .order_by(ProductPictureRow.position)
        .limit(1)
        .scalar_subquery()
    )
    slugs = (
        select(func.coalesce(func.jsonb_object_agg(SlugRow.locale, SlugRow.slug), func.jsonb_build_object()))
        .where(SlugRow.product_id == ProductRow.id, SlugRow.is_current)
        .scalar_subquery()
    )
    return (
        select(
            OfferRow.id.label("offer_id"),
            OfferRow.seller_id,
            ((OfferRow.status == "active") & (ProductRow.status == "active")).label("is_sold"),
            ProductRow.id.label("product_id"),
            ProductRow.title,
            ProductRow.options,
            ProductRow.tax_category,
            CategoryRow.code.label("category"),
            VariantRow.sku,
            VariantRow.option_values,
            PriceRow.amount_minor,
            PriceRow.compare_at_minor,
            PriceList.currency,
            available.label("available"),
            picture.label("picture_id"),
            slugs.label("slug"),
        )
        .select_from(OfferRow)
        .join(VariantRow, VariantRow.id == OfferRow.variant_id)
        .join(ProductRow, ProductRow.id == VariantRow.product_id)
        .outerjoin(CategoryRow, CategoryRow.id == ProductRow.category_id)
        .join(PriceList, PriceList.is_default.is_(True), isouter=True)
        .join(PriceRow, and_(PriceRow.offer_id == OfferRow.id, PriceRow.price_list_id == PriceList.id), isouter=True)
    )


_CARTS = select(CartRow.id, CartRow.status, CartRow.coupon, GroupRow.id.label("draft_id")).outerjoin(
    GroupRow, and_(GroupRow.cart_id == CartRow.id, GroupRow.status == "drafted")
)
"""A cart with its open checkout: there is at most one."""


@query("cart.edit")
def find_cart(scope: Scope, token: str | None) -> Cart | None:
    """The cart of a token, or of the shopper who acts, with today's prices, promotions and stock, or
    None. Three statements."""
    if not token and scope.actor.kind != "shopper":
        return None
    found = scope.db.execute(_CARTS.where(CartRow.id == whose_cart(scope, token))).one_or_none()
    return None if found is None else _cart(scope, found)


@query("cart.edit")
def whose_cart(scope: Scope, token: str | None) -> ScalarSelect[Any]:
    """The id of the cart that is meant: of a shopper the open one, else the last; of a guest that of the token, which
    opens no shopper's cart (somebody may sit at the same machine later)."""
    carts = select(CartRow.id)
    if scope.actor.kind == "shopper":
        mine = carts.where(CartRow.shopper_id == scope.actor.id, CartRow.status != "merged")
        return mine.order_by((CartRow.status == "open").desc(), CartRow.id.desc()).limit(1).scalar_subquery()
    guests = carts.where(CartRow.token_hash == token_hash(token or ""), CartRow.shopper_id.is_(None))
    return guests.scalar_subquery()


@query("cart.edit")
def get_cart(scope: Scope, cart_id: str) -> Cart:
    """A cart by its id (inside a checkout, which holds its lock)."""
    return _cart(scope, scope.db.execute(_CARTS.where(CartRow.id == cart_id)).one())


@query("cart.edit")
def find_draft_id(scope: Scope, cart_id: str) -> str | None:
    """The checkout of a cart that is open at the moment, under whose id its pieces are held."""
    drafts = select(GroupRow.id).where(GroupRow.cart_id == cart_id, GroupRow.status == "drafted")
    return scope.db.execute(drafts).scalar_one_or_none()


@query("cart.edit")
def count_items(scope: Scope, token: str | None) -> int:
    """How many pieces lie in the open cart of a token, or of the shopper who acts. One statement."""
    if not token and scope.actor.kind != "shopper":
        return 0
    counted = (
        select(func.coalesce(func.sum(CartLineRow.quantity), 0))
        .join(CartRow, CartRow.id == CartLineRow.cart_id)
        .where(CartRow.id == whose_cart(scope, token), CartRow.status == "open")
    )
    return int(scope.db.execute(counted).scalar_one())


@query("cart.edit")
def find_available(scope: Scope, offer_id: str, held_for: str | None = None) -> int | None:
    """How many pieces of an offer can be bought; None when it is not sold or has no price.

    :param held_for: the open checkout of the cart that asks: what it holds counts as available.
    """
    row = scope.db.execute(_offers(held_for).where(OfferRow.id == offer_id)).one_or_none()
    return None if row is None or not row.is_sold or row.amount_minor is None else int(row.available)


def _cart(scope: Scope, found: Any) -> Cart:
    rows = scope.db.execute(
        _offers(found.draft_id)
        .add_columns(CartLineRow.id, CartLineRow.quantity)
        .join(CartLineRow, CartLineRow.offer_id == OfferRow.id)
        .where(CartLineRow.cart_id == found.id)
        .order_by(CartLineRow.id)
    ).all()
    promotions = list_for_cart(scope, found.coupon, held_for=found.draft_id) if rows else ()
    lines = tuple(_line(row) for row in rows)
    cart = Cart(found.id, found.status, lines, scope.currency, found.draft_id, found.coupon, promotions)
    buyable = [line for line in lines if not line.problem]
    taken = discount_lines(scope, [line.to_quote for line in buyable], promotions, facts_of(scope))
    return with_discounts(cart, taken)


def _line(row: Any) -> CartLine:
    return CartLine(
        id=row.id,
        offer_id=row.offer_id,
        product_id=row.product_id,
        seller_id=row.seller_id,
        sku=row.sku,
        title=row.title,
        slug=row.slug,
        options=option_labels(row.options, row.option_values),
        picture_id=row.picture_id,
        tax_category=row.tax_category,
        quantity=row.quantity,
        unit_minor=row.amount_minor,
        compare_at_minor=row.compare_at_minor,
        category=row.category or "",
        list_minor=row.amount_minor,
        available=int(row.available),
        problem=line_problem(
            is_sold=row.is_sold, unit_minor=row.amount_minor, available=int(row.available), quantity=row.quantity
        ),
    )
