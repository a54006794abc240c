"""After a sign-in: what the guest had in this browser becomes the shopper's. Repeatable."""

from __future__ import annotations

from app.domains.orders.actions import taking_over
from app.domains.orders.queries.carts import count_items
from app.kit.scope import Actor, Scope, flow


@flow("cart.edit")
def take_over(scope: Scope, shopper_id: str, cart_token: str | None, wish_token: str | None) -> int:
    """Cart and wish list of a guest's tokens go to the shopper who has just signed in; returns how many pieces the
    shopper's cart holds."""
    system = scope.as_system()
    with system.transaction() as unit:
        if cart_token:
            taking_over.take_over_cart(unit, shopper_id, cart_token)
        if wish_token:
            taking_over.take_over_wishes(unit, shopper_id, wish_token)
        return count_items(unit.with_values(actor=Actor("shopper", shopper_id)), None)
