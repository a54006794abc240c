"""A checkout before it is paid: everything frozen, drafted in the unit that reserves the stock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import insert, select, update

from app.domains.orders.errors import CartNotFound
from app.domains.orders.models import CartRow, GroupRow, LineRow, OrderRow, UnitStatus
from app.domains.orders.queries.carts import get_cart, whose_cart
from app.domains.orders.queries.checkout import COD
from app.domains.orders.rules import checkout_body, split_by_seller
from app.domains.orders.types import Cart, CartLine, CheckoutInput, PricedCart
from app.domains.payments import actions as payments
from app.domains.payments.queries.attempts import list_attempts_of
from app.domains.pricing import actions as pricing
from app.domains.pricing.types import Discount, QuotedLine
from app.kit import ids
from app.kit.idempotency import KeyReused, body_hash
from app.kit.queue import enqueue
from app.kit.scope import SYSTEM_ONLY, Scope, action
from app.kit.secrets import token_hash

VOID_LATER_S = 15
"""Longer than a call that starts a payment can last (`gateway_connect_timeout_s` and `gateway_read_timeout_s`)."""


@action("checkout.place")
def lock_cart(scope: Scope, token: str) -> tuple[str, bool]:
    """The id of the cart of a token, or of the shopper who acts, locked to the end of the unit, and whether it is open.

    Raises `CartNotFound`.
    """
    row = scope.db.execute(
        select(CartRow.id, CartRow.status).where(CartRow.id == whose_cart(scope, token)).with_for_update()
    ).one_or_none()
    if row is None:
        raise CartNotFound()
    return str(row.id), row.status == "open"


@action("checkout.place")
def find_placed(scope: Scope, cart_id: str, given: CheckoutInput) -> str | None:
    """The placed checkout of this cart and key: a repetition after the end finds the end.

    Raises `KeyReused` for another body.
    """
    row = scope.db.execute(
        select(GroupRow.id, GroupRow.body_hash).where(
            GroupRow.cart_id == cart_id,
            GroupRow.idempotency_key == given.idempotency_key,
            GroupRow.status == "placed",
        )
    ).one_or_none()
    if row is None:
        return None
    _check_body(row.body_hash, given, get_cart(scope, cart_id))  # nobody edits a cart that was ordered
    return str(row.id)


@action("checkout.place")
def find_draft(scope: Scope, cart: Cart, given: CheckoutInput) -> str | None:
    """The checkout that this idempotency key made before, or None. Raises `KeyReused` for another body."""
    row = scope.db.execute(
        select(GroupRow.id, GroupRow.body_hash).where(
            GroupRow.cart_id == cart.id, GroupRow.idempotency_key == given.idempotency_key
        )
    ).one_or_none()
    if row is None:
        return None
    _check_body(row.body_hash, given, cart)
    return str(row.id)


@action("checkout.place")
def supersede_drafts(scope: Scope, cart_id: str) -> list[str]:
    """A new checkout of a cart replaces the one before: its promotions are free again, its attempts are given up, here
    and at the provider.

    Returns the ids of what was replaced. Their stock is still held: it is given back in the pass in which the
    caller holds its own (`inventory.actions.reserve`, `instead_of`). Money that still comes is parked, then held or
    returned.
    """
    system = scope.as_system()
    superseded = scope.db.scalars(
        update(GroupRow)
        .where(GroupRow.cart_id == cart_id, GroupRow.status == "drafted")
        .values(status="superseded", closed_reason="superseded", version=GroupRow.version + 1)
        .returning(GroupRow.id)
    ).all()
    for group_id in sorted(superseded):
        close_attempts(system, group_id)
        pricing.release_uses(system, group_id)
        discard_orders(system, group_id)
    return sorted(superseded)


@action(SYSTEM_ONLY)
def close_attempts(scope: Scope, group_id: str) -> None:
    """Give up on all open attempts of a checkout; a job tells the provider, so that its page takes no money more.

    The job comes late enough for a start that is on its way to have arrived.
    """
    for attempt in list_attempts_of(scope, group_id):
        if payments.close_attempt(scope, attempt.id, "cancelled") and attempt.gateway != COD:
            enqueue(scope, "orders.void_attempt", unique=attempt.id, delay_s=VOID_LATER_S, attempt_id=attempt.id)


@action(SYSTEM_ONLY)
def discard_orders(scope: Scope, group_id: str) -> None:
    """The drafted orders of a checkout that came to nothing."""
    order_ids = scope.db.scalars(
        update(OrderRow)
        .where(OrderRow.group_id == group_id, OrderRow.status == "drafted")
        .values(status="discarded", version=OrderRow.version + 1)
        .returning(OrderRow.id)
    ).all()
    lines = select(LineRow.id).where(LineRow.order_id.in_(order_ids))
    scope.db.execute(
        update(UnitStatus)
        .where(UnitStatus.line_id.in_(lines), UnitStatus.status == "drafted")
        .values(status="discarded", version=UnitStatus.version + 1)
    )


@action("checkout.place")
def draft_group(scope: Scope, cart_id: str, given: CheckoutInput, priced: PricedCart) -> tuple[str, str]:
    """Freeze a priced cart as a checkout with one order per seller; returns its id and the token of its page."""
    group_id, token = ids.new("grp"), ids.new_token()
    quote = priced.quote
    scope.db.execute(
        insert(GroupRow).values(
            id=group_id,
            cart_id=cart_id,
            idempotency_key=given.idempotency_key,
            body_hash=body_hash(checkout_body(given, priced.cart.lines, priced.cart.coupon)),
            token_hash=token_hash(token),
            token=token,
            status="drafted",
            email=given.email,
            phone=given.phone,
            address=given.address,
            locale=scope.locale,
            shopper_id=scope.actor.id if scope.actor.kind == "shopper" else None,
            delivery=priced.delivery,
            gateway=given.gateway,
            quote=priced.priced.document,
            quote_inputs=priced.priced.inputs,
            quote_hash=priced.priced.fingerprint,
            currency=quote.currency,
            items_minor=quote.items_minor,
            delivery_minor=quote.delivery_minor,
            fee_minor=quote.fee_minor,
            tax_minor=quote.tax_minor,
            rounding_minor=quote.rounding_minor,
            total_minor=quote.total_minor,
        )
    )
    _draft_orders(scope, group_id, priced)
    return group_id, token


def _check_body(kept: str, given: CheckoutInput, cart: Cart) -> None:
    if kept != body_hash(checkout_body(given, cart.lines, cart.coupon)):
        raise KeyReused()


def _draft_orders(scope: Scope, group_id: str, priced: PricedCart) -> None:
    by_offer = {line.offer_id: line for line in priced.cart.lines}
    sellers = {line.offer_id: line.seller_id for line in priced.cart.lines}
    lines: list[dict[str, object]] = []
    units: list[dict[str, object]] = []
    for part in split_by_seller(priced.quote, sellers):
        order_id = ids.new("ord")
        scope.db.execute(
            insert(OrderRow).values(
                id=order_id,
                group_id=group_id,
                seller_id=part.seller_id,
                merchant_of_record_id=part.seller_id,
                status="drafted",
                currency=priced.quote.currency,
                total_minor=part.total_minor,
                tax_minor=part.tax_minor,
                discounts=_discounts(one for charge in part.charges for one in charge.discounts),
            )
        )
        for position, quoted in enumerate(part.lines):
            line_id = ids.new("lin")
            lines.append(_line(line_id, order_id, position, quoted, by_offer[quoted.offer_id]))
            units.append({"line_id": line_id, "status": "drafted", "quantity": quoted.quantity})
    scope.db.execute(insert(LineRow), lines)
    scope.db.execute(insert(UnitStatus), units)


def _line(line_id: str, order_id: str, position: int, quoted: QuotedLine, line: CartLine) -> dict[str, object]:
    return {
        "id": line_id,
        "order_id": order_id,
        "offer_id": quoted.offer_id,
        "position": position,
        "sku": line.sku,
        "title": line.title,
        "options": line.options,
        "picture_id": line.picture_id,
        "quantity": quoted.quantity,
        "unit_minor": quoted.unit_minor,
        "discount_minor": quoted.discount_minor,
        "net_minor": quoted.net_minor,
        "tax_minor": quoted.tax_minor,
        "tax_rate": quoted.tax_rate,
        "tax_code": quoted.tax_code,
        "total_minor": quoted.total_minor,
        "discounts": _discounts(quoted.discounts),
    }


def _discounts(discounts: Iterable[Discount]) -> list[dict[str, object]]:
    return [asdict(one) for one in discounts]
