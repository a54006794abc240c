"""What promotions make of a cart: pure, so that a stored quote replays when they have long ended.

**Order.** Catalogue promotions first, on the unit price; then cart promotions, each on what the ones before have left;
delivery is a charge of its own. Within each kind: the higher priority first, equal ones by their code.
**Exclusion.** Of the promotions that apply, an exclusive one stands alone, the first of them if there are several,
whatever its priority against others; of one group the first applies. In the catalogue this is decided line by line.
**Caps.** A promotion whose budget does not cover what it would give by itself does not apply at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domains.pricing.types import (
    AppliedPromotion,
    CartFacts,
    Charge,
    Discount,
    Discounts,
    Promotion,
    QuoteLine,
    ShownPrice,
    SkippedPromotion,
    Step,
)
from app.kit.money import Rounding, allocate, portion

NOTHING_LEFT = "nothing_left"
EXCLUDED = "excluded"
USED_UP = "used_up"


@dataclass(slots=True)
class _Sums:
    """What the promotions have left of each line and charge, and what they took."""

    lines: list[int]
    charges: list[int]
    of_lines: list[list[Discount]]
    of_charges: list[list[Discount]]
    applied: list[AppliedPromotion] = field(default_factory=list)
    skipped: list[SkippedPromotion] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def in_order(promotions: Iterable[Promotion]) -> list[Promotion]:
    """The order in which promotions are applied."""
    return sorted(promotions, key=lambda one: (-one.priority, one.code, one.id))


def apply_promotions(
    lines: Sequence[QuoteLine],
    charges: Sequence[Charge],
    promotions: Sequence[Promotion],
    facts: CartFacts,
    rounding: Rounding,
) -> Discounts:
    """All promotions on some lines and charges, with every step and its reason."""
    sums = _Sums([], [charge.amount_minor for charge in charges], [[] for _ in lines], [[] for _ in charges])
    units = _catalogue(lines, in_order(one for one in promotions if one.kind == "catalogue"), facts, rounding, sums)
    sums.lines = [unit * line.quantity for unit, line in zip(units, lines, strict=True)]
    _cart(lines, charges, in_order(one for one in promotions if one.kind == "cart"), facts, rounding, sums)
    return Discounts(
        tuple(units),
        tuple(tuple(found) for found in sums.of_lines),
        tuple(tuple(found) for found in sums.of_charges),
        tuple(sums.applied),
        tuple(sums.skipped),
        tuple(sums.steps),
    )


def show_price(
    unit_minor: int, line: QuoteLine, promotions: Sequence[Promotion], facts: CartFacts, rounding: Rounding
) -> ShownPrice:
    """The price of one piece as it is shown before there is a cart."""
    usable = [one for one in promotions if one.kind == "catalogue" and not why_not_now(one, facts)]
    price, taken = _unit_price(unit_minor, line, in_order(usable), rounding)
    names = tuple(promotion.name for promotion, _ in taken)
    return ShownPrice(price, unit_minor if price < unit_minor else None, names)


def why_not_now(promotion: Promotion, facts: CartFacts) -> str:
    """The reason that lies in schedule, place or caps and not in the cart; empty if there is none."""
    if promotion.starts_at and facts.moment < promotion.starts_at:
        return "not_yet"
    if promotion.ends_at and facts.moment >= promotion.ends_at:
        return "ended"
    if promotion.needs_coupon and not promotion.coupon:
        return "needs_coupon"
    caps = (promotion.uses_left, promotion.coupon_uses_left, promotion.budget_left_minor)
    if any(left is not None and left <= 0 for left in caps):
        return USED_UP
    if promotion.shopper_uses_left is not None and promotion.shopper_uses_left <= 0:
        return "used_by_shopper"
    if promotion.conditions.storefronts and facts.storefront not in promotion.conditions.storefronts:
        return "other_storefront"
    return ""


def matches(promotion: Promotion, line: QuoteLine) -> bool:
    """Is the line one of those that the promotion asks for?"""
    asked = promotion.conditions
    return (
        (not asked.products or line.product_id in asked.products)
        and (not asked.categories or line.category in asked.categories)
        and (not asked.sellers or line.seller_id in asked.sellers)
    )


def _catalogue(
    lines: Sequence[QuoteLine], promotions: list[Promotion], facts: CartFacts, rounding: Rounding, sums: _Sums
) -> list[int]:
    """The unit prices after catalogue promotions. One whose budget is too small for all its lines is left out, and
    the others are worked out again without it."""
    usable = []
    for promotion in promotions:
        reason = why_not_now(promotion, facts)
        if reason:
            _skip(sums, promotion, reason)
        else:
            usable.append(promotion)
    while True:
        priced = [_unit_price(line.unit_minor, line, usable, rounding) for line in lines]
        total: dict[str, int] = {}
        for line, (_, taken) in zip(lines, priced, strict=True):
            for promotion, each in taken:
                total[promotion.id] = total.get(promotion.id, 0) + each * line.quantity
        over = next((one for one in usable if not _is_covered(one, total.get(one.id, 0))), None)
        if over is None:
            break
        _skip(sums, over, USED_UP)
        usable.remove(over)
    for promotion in usable:
        amounts = [
            sum(each for taken_by, each in taken if taken_by.id == promotion.id) * line.quantity
            for line, (_, taken) in zip(lines, priced, strict=True)
        ]
        if any(amounts):
            _take(sums, promotion, amounts, [])
    return [price for price, _ in priced]


def _unit_price(
    unit_minor: int, line: QuoteLine, promotions: Sequence[Promotion], rounding: Rounding
) -> tuple[int, list[tuple[Promotion, int]]]:
    """The price of one piece after the catalogue promotions that match its line, in their order, and what each took."""
    matching = [one for one in promotions if matches(one, line)]
    price, taken = unit_minor, []
    for promotion in _chosen(matching, lambda one: _off_unit(one, unit_minor, rounding)):
        amount = _off_unit(promotion, price, rounding)
        if amount:
            price -= amount
            taken.append((promotion, amount))
    return price, taken


def _off_unit(promotion: Promotion, price: int, rounding: Rounding) -> int:
    benefit = promotion.benefit
    amount = portion(price, benefit.rate, rounding) if benefit.kind == "percent" else benefit.amount_minor
    return min(max(amount, 0), price)


def _chosen(promotions: Sequence[Promotion], alone: Callable[[Promotion], int]) -> list[Promotion]:
    """Those that exclusion leaves, of some that match and are in order. `alone`: what one would give by itself."""
    giving = [one for one in promotions if alone(one) > 0]
    exclusive = [one for one in giving if one.is_exclusive]
    if exclusive:
        return exclusive[:1]
    groups: set[str] = set()
    found = []
    for one in giving:
        if one.group and one.group in groups:
            continue
        groups.add(one.group)
        found.append(one)
    return found


def _cart(
    lines: Sequence[QuoteLine],
    charges: Sequence[Charge],
    promotions: list[Promotion],
    facts: CartFacts,
    rounding: Rounding,
    sums: _Sums,
) -> None:
    fresh, fresh_charges = list(sums.lines), list(sums.charges)
    usable, alone = [], {}
    for promotion in promotions:
        reason, figures = _why_not(promotion, lines, fresh, facts)
        if not reason:
            of_lines, of_charges = _amounts(promotion, lines, charges, fresh, fresh_charges, rounding)
            alone[promotion.id] = sum(of_lines) + sum(of_charges)
            if not alone[promotion.id]:
                reason = NOTHING_LEFT
            elif not _is_covered(promotion, alone[promotion.id]):
                reason = USED_UP
        if reason:
            _skip(sums, promotion, reason, figures)
        else:
            usable.append(promotion)
    chosen = _chosen(usable, lambda one: alone[one.id])
    for promotion in usable:
        if promotion not in chosen:
            winner = next((one.code for one in chosen if one.is_exclusive or one.group == promotion.group), "")
            _skip(sums, promotion, EXCLUDED, {"by": winner})
            continue
        of_lines, of_charges = _amounts(promotion, lines, charges, sums.lines, sums.charges, rounding)
        if not any(of_lines) and not any(of_charges):
            _skip(sums, promotion, NOTHING_LEFT)
            continue
        sums.lines = [left - amount for left, amount in zip(sums.lines, of_lines, strict=True)]
        sums.charges = [left - amount for left, amount in zip(sums.charges, of_charges, strict=True)]
        _take(sums, promotion, of_lines, of_charges)


def _why_not(
    promotion: Promotion, lines: Sequence[QuoteLine], amounts: Sequence[int], facts: CartFacts
) -> tuple[str, dict[str, Any]]:
    reason = why_not_now(promotion, facts)
    if reason:
        return reason, {}
    asked = promotion.conditions
    matching = [index for index, line in enumerate(lines) if matches(promotion, line)]
    if not matching:
        return "no_such_item", {}
    subtotal = sum(amounts[index] for index in matching)
    pieces = sum(lines[index].quantity for index in matching)
    if subtotal < asked.minimum_minor:
        return "minimum", {"minimum": asked.minimum_minor, "missing": asked.minimum_minor - subtotal}
    if pieces < asked.minimum_quantity:
        return "quantity", {"minimum": asked.minimum_quantity, "missing": asked.minimum_quantity - pieces}
    if asked.first_order and facts.is_first_order is False:
        return "not_first_order", {}
    if asked.gateways and facts.gateway not in asked.gateways:
        return "gateway", {"needed": list(asked.gateways)}
    if asked.delivery_methods and facts.delivery not in asked.delivery_methods:
        return "delivery", {"needed": list(asked.delivery_methods)}
    return "", {}


def _amounts(
    promotion: Promotion,
    lines: Sequence[QuoteLine],
    charges: Sequence[Charge],
    left: Sequence[int],
    left_charges: Sequence[int],
    rounding: Rounding,
) -> tuple[list[int], list[int]]:
    """What a promotion takes off each line and each charge, of what is left of them."""
    benefit = promotion.benefit
    of_charges = [0] * len(charges)
    if benefit.kind == "free_delivery":
        for index, charge in enumerate(charges):
            of_charges[index] = left_charges[index] if charge.kind == "delivery" else 0
        return [0] * len(lines), of_charges
    is_meant = [promotion.conditions.whole_cart or matches(promotion, line) for line in lines]
    weights = [amount if meant else 0 for amount, meant in zip(left, is_meant, strict=True)]
    if benefit.kind == "fixed_each":
        each = [benefit.amount_minor * line.quantity for line in lines]
        return [min(weight, amount) for weight, amount in zip(weights, each, strict=True)], of_charges
    if benefit.kind == "buy_get":
        return _bought_and_given(promotion, lines, weights, rounding), of_charges
    whole = sum(weights)
    amount = portion(whole, benefit.rate, rounding) if benefit.kind == "percent" else benefit.amount_minor
    amount = min(max(amount, 0), whole)
    return (allocate(amount, weights) if whole else [0] * len(lines)), of_charges


def _bought_and_given(
    promotion: Promotion, lines: Sequence[QuoteLine], weights: Sequence[int], rounding: Rounding
) -> list[int]:
    """The pieces by what is left of their price, dearest first (equal ones by line), in groups of buy + get: of each
    whole group the last ones are given."""
    benefit = promotion.benefit
    pieces = [
        (amount, index)
        for index, line in enumerate(lines)
        if weights[index]
        for amount in allocate(weights[index], [1] * line.quantity)
    ]
    pieces.sort(key=lambda piece: (-piece[0], piece[1]))
    size = benefit.buy + benefit.get
    found = [0] * len(lines)
    for number in range(len(pieces) // size * size):
        if number % size >= benefit.buy:
            amount, index = pieces[number]
            found[index] += min(portion(amount, benefit.rate, rounding), amount)
    return found


def _is_covered(promotion: Promotion, amount: int) -> bool:
    return promotion.budget_left_minor is None or amount <= promotion.budget_left_minor


def _take(sums: _Sums, promotion: Promotion, of_lines: Sequence[int], of_charges: Sequence[int]) -> None:
    def discount(amount: int) -> Discount:
        named = promotion.id, promotion.code, promotion.name, promotion.kind, promotion.payer
        return Discount(*named, amount)

    for index, amount in enumerate(of_lines):
        if amount:
            sums.of_lines[index].append(discount(amount))
    for index, amount in enumerate(of_charges):
        if amount:
            sums.of_charges[index].append(discount(amount))
    whole = sum(of_lines) + sum(of_charges)
    sums.applied.append(
        AppliedPromotion(
            promotion.id,
            promotion.code,
            promotion.name,
            promotion.kind,
            promotion.payer,
            promotion.coupon,
            promotion.coupon_id,
            whole,
        )
    )
    facts: dict[str, Any] = {"code": promotion.code, "priority": promotion.priority, "payer": promotion.payer}
    facts |= {"amount": whole, "lines": list(of_lines), "charges": list(of_charges)}
    if promotion.coupon:
        facts["coupon"] = promotion.coupon
    sums.steps.append(Step("promotion", facts))


def _skip(sums: _Sums, promotion: Promotion, reason: str, figures: dict[str, Any] | None = None) -> None:
    figures = figures or {}
    skipped = SkippedPromotion(promotion.id, promotion.code, promotion.name, promotion.coupon, reason, figures)
    sums.skipped.append(skipped)
    sums.steps.append(Step("promotion_skipped", {"code": promotion.code, "reason": reason, **figures}))
