"""What pages say of promotions: discounts by name, and what is missing for one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.domains.orders.types import Cart
from app.domains.pricing.types import Discount, SkippedPromotion
from app.faces.storefront import presentation
from app.kit.i18n import N_

REASONS = {
    "minimum": N_("Add items for %(missing)s more to use this code."),
    "quantity": N_("Add %(missing)s more items to use this code."),
    "no_such_item": N_("This code is for other items than those in your cart."),
    "not_yet": N_("This code is not valid yet."),
    "ended": N_("This code has expired."),
    "used_up": N_("This code has been used up."),
    "used_by_shopper": N_("You have used this code already."),
    "not_first_order": N_("This code is for a first order."),
    "gateway": N_("This code needs another way to pay: choose it at the checkout."),
    "delivery": N_("This code needs another way of delivery: choose it at the checkout."),
    "excluded": N_("This code cannot be combined with another promotion in your cart."),
    "nothing_left": N_("There is nothing in your cart that this code could reduce."),
}
HINTS = {
    "minimum": N_("%(missing)s more, and you get: %(name)s"),
    "quantity": N_("%(missing)s more items, and you get: %(name)s"),
}
MOST_HINTS = 2


def discount_rows(quote: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The cart promotions of a stored quote with what each takes off the items: name, amount_minor."""
    given = (one for line in quote["lines"] for one in line.get("discounts", ()))
    return _by_name(Discount(**one) for one in given if one["kind"] == "cart")


def delivery_names(quote: Mapping[str, Any]) -> list[str]:
    """The promotions that took something off the delivery."""
    return [presentation.words(one["name"]) for charge in quote["charges"] for one in charge.get("discounts", ())]


def describe_promotions(cart: Cart | None) -> dict[str, Any]:
    """What the cart's page says of its promotions: the discounts by name, why the code gives nothing yet, and what is
    missing for promotions that need no code."""
    found = cart.discounts if cart else None
    if cart is None or found is None:
        return {"discounts": [], "coupon_note": "", "hints": []}
    waiting = cart.coupon_skipped
    note = _sentence(REASONS, waiting, cart.currency) if waiting else ""
    if cart.coupon and not waiting and not any(one.coupon for one in found.applied):
        note = presentation.gettext(REASONS["ended"])
    hints = [
        _sentence(HINTS, one, cart.currency)
        for one in found.skipped
        if not one.coupon and one.reason in HINTS and cart.lines
    ]
    rows = _by_name(one for line in found.lines for one in line if one.kind == "cart")
    return {"discounts": rows, "coupon_note": note, "hints": hints[:MOST_HINTS]}


def _sentence(texts: dict[str, str], skipped: SkippedPromotion, currency: str) -> str:
    values: dict[str, Any] = {"name": presentation.words(skipped.name)}
    if "missing" in skipped.facts:
        missing = skipped.facts["missing"]
        is_money = skipped.reason == "minimum"
        values["missing"] = presentation.money(missing, currency) if is_money else presentation.number(missing)
    return presentation.gettext(texts.get(skipped.reason, REASONS["nothing_left"]), **values)


def _by_name(discounts: Iterable[Discount]) -> list[dict[str, Any]]:
    sums: dict[str, dict[str, Any]] = {}
    for one in discounts:
        row = sums.setdefault(one.promotion_id, {"name": presentation.words(one.name), "amount_minor": 0})
        row["amount_minor"] += one.amount_minor
    return list(sums.values())
