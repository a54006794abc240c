"""What a promotion would make of the carts that lie open now."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from app.domains.delivery.queries import list_methods
from app.domains.orders.models import CartLineRow, CartRow
from app.domains.orders.queries.carts import get_cart
from app.domains.orders.queries.checkout import list_ways_to_pay
from app.domains.orders.types import Cart, CartPreview
from app.domains.pricing.queries import discount_lines, facts_of, get_for_preview
from app.domains.pricing.types import Charge, Discounts, Promotion
from app.kit.scope import Scope, query

MOST = 12


@query("promotions.edit")
def preview_promotion(scope: Scope, promotion_id: str, limit: int = MOST) -> list[CartPreview]:
    """The newest open carts without and with a promotion: as if it ran now, its code were entered, the buyer were new,
    the first way to pay and to deliver were chosen. Nothing is changed. Raises `PromotionNotFound`.

    Four statements a cart.
    """
    tried = get_for_preview(scope, promotion_id)
    system = scope.as_system()
    has_lines = select(CartLineRow.id).where(CartLineRow.cart_id == CartRow.id).exists()
    newest = select(CartRow.id, CartRow.updated_at).where(CartRow.status == "open", has_lines)
    rows = scope.db.execute(newest.order_by(CartRow.updated_at.desc()).limit(min(limit, MOST))).all()
    gateway = next(iter(list_ways_to_pay(system)), None)
    found = []
    for row in rows:
        cart = get_cart(system, row.id)
        others = [one for one in cart.promotions if one.id != tried.id]
        without = _discounts(system, cart, others, gateway.code if gateway else "")
        with_it = _discounts(system, cart, [*others, tried], gateway.code if gateway else "")
        reason = next((one for one in with_it.skipped if one.promotion_id == tried.id), None)
        found.append(
            CartPreview(
                cart.id,
                row.updated_at,
                replace(cart, discounts=None),
                sum((line.list_minor or 0) * line.quantity for line in cart.lines if not line.problem),
                _sum(without),
                _sum(with_it),
                reason,
            )
        )
    return found


def _discounts(scope: Scope, cart: Cart, promotions: list[Promotion], gateway: str) -> Discounts:
    lines = [line.to_quote for line in cart.lines if not line.problem]
    methods = list_methods(scope, cart.items_minor)
    charges = [Charge("delivery", one.code, one.price_minor, one.tax_category) for one in methods[:1]]
    facts = facts_of(scope, gateway=gateway, delivery=methods[0].code if methods else "")
    return discount_lines(scope, lines, promotions, facts, charges)


def _sum(found: Discounts) -> int:
    return sum(one.amount_minor for one in found.applied)
