"""What a checkout shows: the ways to pay, and the cart priced for a way of delivery and of paying."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import select

from app.domains.delivery.queries import get_method, list_methods
from app.domains.orders.errors import CartEmpty, GatewayNotOffered
from app.domains.orders.models import CartRow, GroupRow
from app.domains.orders.queries.carts import whose_cart
from app.domains.orders.queries.groups import is_first_order
from app.domains.orders.types import Cart, LastCheckout, PricedCart
from app.domains.payments.queries import list_offered_gateways
from app.domains.pricing import types as pricing
from app.domains.pricing.queries import facts_of, list_for_cart, quote_lines
from app.domains.tenancy.queries.markets import get_market
from app.kit.scope import Scope, query

COD = "cod"


@dataclass(frozen=True, slots=True)
class WayToPay:
    """A gateway of the tenant; `fee_minor` is what the shopper pays for using it, `limit_minor` the largest total."""

    code: str
    fee_minor: int
    limit_minor: int | None


@query("checkout.place")
def list_ways_to_pay(scope: Scope) -> list[WayToPay]:
    """The ways to pay that the tenant offers, the market allows and this installation has, in the tenant's order."""
    cod = get_market(scope).cod
    offered = scope.storefront.document.get("payment", {}).get("gateways", []) if scope.storefront else []
    known = list_offered_gateways(scope)
    ways = []
    for code in offered:
        if code not in known:
            continue
        if code != COD:
            ways.append(WayToPay(code, 0, None))
        elif cod.is_allowed:
            ways.append(WayToPay(code, cod.fee.amount_minor, cod.limit.amount_minor if cod.limit else None))
    return ways


@query("checkout.place")
def price_cart(
    scope: Scope, cart: Cart, delivery_code: str | None, gateway: str | None, *, place: str = "", email: str = ""
) -> PricedCart:
    """The cart's buyable lines with delivery and fee, quoted for a delivery to `place` (a country area, empty
    while it is not known). `email`: who buys, for promotions that ask it.

    Without a choice the first method and the first way are taken. Raises `CartEmpty`, `MethodNotOffered`,
    `GatewayNotOffered`.
    """
    buyable = [line for line in cart.lines if not line.problem]
    if not buyable:
        raise CartEmpty()
    if delivery_code is None:
        delivery_code = list_methods(scope, cart.items_minor)[0].code
    method = get_method(scope, delivery_code, cart.items_minor)
    ways = {way.code: way for way in list_ways_to_pay(scope)}
    gateway = gateway or next(iter(ways), "")
    if gateway not in ways:
        raise GatewayNotOffered(field="gateway")
    charges = [pricing.Charge("delivery", method.code, method.price_minor, method.tax_category)]
    if ways[gateway].fee_minor:
        charges.append(pricing.Charge("payment_fee", gateway, ways[gateway].fee_minor, method.tax_category))
    promotions = cart.promotions
    is_first = None
    if email and any(one.conditions.first_order or one.counts_shoppers for one in promotions):
        promotions = list_for_cart(scope, cart.coupon, email, cart.draft_id)
        is_first = is_first_order(scope, email)
    priced = quote_lines(
        scope,
        [line.to_quote for line in buyable],
        charges,
        in_cash=gateway == COD,
        place=place,
        promotions=promotions,
        facts=facts_of(scope, gateway=gateway, delivery=method.code, is_first_order=is_first),
    )
    return PricedCart(cart, priced, asdict(method), gateway)


@query("checkout.place")
def find_last_checkout(scope: Scope, token: str | None) -> LastCheckout | None:
    """What was typed at the newest checkout of the cart of a token, or of the shopper who acts, or None. One
    statement."""
    found = scope.db.execute(
        select(GroupRow.email, GroupRow.phone, GroupRow.address, GroupRow.delivery, GroupRow.gateway)
        .join(CartRow, CartRow.id == GroupRow.cart_id)
        .where(CartRow.id == whose_cart(scope, token))
        .order_by(GroupRow.id.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    return LastCheckout(found.email, found.phone, found.address, str(found.delivery.get("code", "")), found.gateway)
