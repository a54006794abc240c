"""Decisions of orders, without database or clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.domains.orders.types import Cart, CartLine, CheckoutInput, SellerPart
from app.domains.pricing.types import Discounts, Quote, QuotedLine

LARGEST_QUANTITY = 9999
MOST_WISHES = 200
MOVES: dict[str, tuple[str, ...]] = {
    "placed": ("packed", "cancelled"),
    "packed": ("shipped", "cancelled"),
    "shipped": (),
    "cancelled": (),
}
"""From a status of an order to those that may follow. A parcel that has left is returned, not cancelled."""


def line_problem(*, is_sold: bool, unit_minor: int | None, available: int, quantity: int) -> str:
    """Why a line cannot be bought now; empty when it can."""
    if not is_sold:
        return "not_sold"
    if unit_minor is None:
        return "no_price"
    if available <= 0:
        return "sold_out"
    return "insufficient" if available < quantity else ""


def option_labels(options: Sequence[Mapping[str, Any]], chosen: Mapping[str, str]) -> list[dict[str, Any]]:
    """The chosen option values with their translated labels: `[{"label": {…}, "value": {…}}]`, in option order."""
    labels = []
    for option in options:
        code = chosen.get(option["code"])
        value = next((found["label"] for found in option["values"] if found["code"] == code), None)
        if value is not None:
            labels.append({"label": option["label"], "value": value})
    return labels


def with_discounts(cart: Cart, taken: Discounts) -> Cart:
    """The cart with what promotions make of its buyable lines, in their order."""
    numbers = iter(range(len(taken.units_minor)))
    lines = []
    for line in cart.lines:
        if not line.problem:
            index = next(numbers)
            line = replace(line, unit_minor=taken.units_minor[index], discount_minor=taken.of_line(index))
        lines.append(line)
    return replace(cart, lines=tuple(lines), discounts=taken)


def checkout_body(given: CheckoutInput, lines: Sequence[CartLine], coupon: str) -> dict[str, Any]:
    """What an idempotency key stands for: the same key with another body is refused."""
    return {
        "email": given.email,
        "phone": given.phone,
        "address": given.address,
        "delivery": given.delivery_code,
        "gateway": given.gateway,
        "total": given.expected_total_minor,
        "lines": sorted((line.offer_id, line.quantity) for line in lines),
        **({"coupon": coupon} if coupon else {}),
    }


def split_by_seller(quote: Quote, sellers: Mapping[str, str]) -> list[SellerPart]:
    """One part per seller, in the order of the lines; charges and rounding go with the first.

    Σ of the parts' totals is the quote's total, to the minor unit.
    """
    parts: dict[str, list[QuotedLine]] = {}
    for line in quote.lines:
        parts.setdefault(sellers[line.offer_id], []).append(line)
    extra = quote.total_minor - quote.items_minor
    extra_tax = quote.tax_minor - sum(line.tax_minor for line in quote.lines)
    return [
        SellerPart(
            seller_id=seller_id,
            lines=tuple(lines),
            total_minor=sum(line.total_minor for line in lines) + (extra if index == 0 else 0),
            tax_minor=sum(line.tax_minor for line in lines) + (extra_tax if index == 0 else 0),
            charges=quote.charges if index == 0 else (),
        )
        for index, (seller_id, lines) in enumerate(parts.items())
    ]


def order_number(group_number: int, index: int, count: int) -> str:
    """`1042` for a checkout of one seller, `1042-1`, `1042-2` … for several."""
    return str(group_number) if count == 1 else f"{group_number}-{index + 1}"


def can_move(status: str, to: str) -> bool:
    return to in MOVES.get(status, ())


def merged_quantity(kept: int, added: int, available: int) -> int:
    """How many of two carts' pieces one cart holds: both together, as far as there are any; never fewer than the
    larger of the two, so that what cannot be had is said where it stands."""
    together = min(kept + added, LARGEST_QUANTITY)
    return max(min(together, available), kept, added)
