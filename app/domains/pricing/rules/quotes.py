"""The quote: one pure function from lines and context to totals, with every step and its reason.

Price → promotions → delivery and fees → tax → rounding → total. Everything that it depends on is in its arguments, so
a stored quote can be replayed to the same bytes long after prices, taxes and the clock have changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Any

from app.domains.pricing.errors import QuoteNotValid
from app.domains.pricing.rules.promotions import apply_promotions
from app.domains.pricing.types import (
    Benefit,
    CartFacts,
    Charge,
    Conditions,
    Discount,
    Promotion,
    Quote,
    QuoteContext,
    QuotedCharge,
    QuotedLine,
    QuoteLine,
    Step,
    TaxComponent,
    TaxRule,
    TaxShare,
    TaxTotal,
)
from app.kit.money import Money, Rounding, allocate, cash_round, divide

LARGEST_QUANTITY = 9999
FORMAT = 3
READABLE = (1, 2, 3)
"""1: a rate was one tax. 2: a rate may have components. 3: promotions. What was stored in an older format replays to
its own bytes."""
_NEW_IN_3 = {
    "lines": ("list_unit_minor", "discounts"),
    "charges": ("discount_minor", "discounts"),
}


def quote(lines: Sequence[QuoteLine], context: QuoteContext) -> Quote:
    """Price some lines.

    :raises QuoteNotValid: no lines, a quantity outside 1–9999, a negative price, an unknown tax category.
    """
    _check(lines, context)
    rules = {rule.category: rule for rule in context.taxes}
    mode = Rounding(context.rounding_mode)
    found = apply_promotions(lines, context.charges, context.promotions, context.facts, mode)
    gross = [unit * line.quantity for unit, line in zip(found.units_minor, lines, strict=True)]
    stated = [amount - found.of_line(index) for index, amount in enumerate(gross)]
    stated += [charge.amount_minor - found.of_charge(index) for index, charge in enumerate(context.charges)]
    applied = [rules[entry.tax_category] for entry in (*lines, *context.charges)]
    shares = _taxes(stated, applied, context)
    taxes = [sum(share.tax_minor for share in entry) for entry in shares]
    components = [tuple(entry) if rule.components else () for entry, rule in zip(shares, applied, strict=True)]
    steps = [_step("price", offer=line.offer_id, quantity=line.quantity, unit=line.unit_minor) for line in lines]
    steps += [_step(charge.kind, code=charge.code, amount=charge.amount_minor) for charge in context.charges]
    steps += found.steps
    if context.place:
        steps.append(_step("place", seller=context.seller_area, delivery=context.place))

    split = [_split(amount, tax, context.tax_included) for amount, tax in zip(stated, taxes, strict=True)]
    quoted = tuple(
        QuotedLine(
            offer_id=line.offer_id,
            quantity=line.quantity,
            unit_minor=found.units_minor[index],
            gross_minor=gross[index],
            discount_minor=found.of_line(index),
            net_minor=split[index][0],
            tax_minor=taxes[index],
            tax_rate=applied[index].rate,
            tax_code=applied[index].code,
            total_minor=split[index][1],
            components=components[index],
            list_unit_minor=line.unit_minor,
            discounts=found.lines[index],
        )
        for index, line in enumerate(lines)
    )
    charges = tuple(
        _quoted_charge(charge, split[index], taxes[index], applied[index], components[index], taken)
        for index, (charge, taken) in enumerate(zip(context.charges, found.charges, strict=True), start=len(lines))
    )
    totals = _tax_totals((*quoted, *charges))
    for tax in totals:
        steps.append(_step("tax", code=tax.code, rate=str(tax.rate), net=tax.net_minor, tax=tax.tax_minor))
        steps += [_step("tax_part", code=one.code, rate=str(one.rate), tax=one.tax_minor) for one in tax.components]

    before = sum(entry.total_minor for entry in (*quoted, *charges))
    rounding = _cash_rounding(before, context)
    if rounding:
        steps.append(_step("cash_rounding", step=context.cash_step_minor, before=before, rounding=rounding))
    steps.append(_step("total", total=before + rounding, currency=context.currency))
    return Quote(
        currency=context.currency,
        lines=quoted,
        charges=charges,
        taxes=totals,
        items_minor=sum(line.total_minor for line in quoted),
        discount_minor=sum(line.discount_minor for line in quoted),
        delivery_minor=sum(charge.total_minor for charge in charges if charge.kind == "delivery"),
        fee_minor=sum(charge.total_minor for charge in charges if charge.kind == "payment_fee"),
        tax_minor=sum(tax.tax_minor for tax in totals),
        rounding_minor=rounding,
        total_minor=before + rounding,
        tax_included=context.tax_included,
        steps=tuple(steps),
        promotions=found.applied,
    )


def _check(lines: Sequence[QuoteLine], context: QuoteContext) -> None:
    if not lines:
        raise QuoteNotValid(reason="there is nothing in it")
    known = {rule.category for rule in context.taxes}
    for line in lines:
        if not 1 <= line.quantity <= LARGEST_QUANTITY:
            raise QuoteNotValid(reason=f"a quantity of {line.quantity}")
        if line.unit_minor < 0:
            raise QuoteNotValid(reason="a negative price")
    for entry in (*lines, *context.charges):
        if entry.tax_category not in known:
            raise QuoteNotValid(reason=f"no tax rule for {entry.tax_category}")
    if any(charge.amount_minor < 0 for charge in context.charges):
        raise QuoteNotValid(reason="a negative charge")


def _taxes(stated: Sequence[int], applied: Sequence[TaxRule], context: QuoteContext) -> list[list[TaxShare]]:
    """The taxes of each entry, each rounded at the level of the market pack and allocated back without loss.

    A rate without components is its own one component. Components of equal rates come out equal on every entry, because
    nothing but the rate and the entries decides: a line's CGST is its SGST.
    """
    shares: list[list[TaxShare]] = [[] for _ in stated]
    groups: dict[object, list[tuple[int, TaxComponent, Fraction]]] = {}
    for index, (amount, rule) in enumerate(zip(stated, applied, strict=True)):
        for part in rule.components or (TaxComponent(rule.code, rule.rate),):
            key = _rounded_together(context.rounding_level, index, rule, part if rule.components else None)
            exact = _exact_tax(amount, part.rate, rule.rate, context.tax_included)
            groups.setdefault(key, []).append((index, part, exact))
    for members in groups.values():
        amounts = _rounded([exact for _, _, exact in members], Rounding(context.rounding_mode))
        for (index, part, _), tax_minor in zip(members, amounts, strict=True):
            shares[index].append(TaxShare(part.code, part.rate, tax_minor))
    return shares


def _rounded_together(level: str, index: int, rule: TaxRule, part: TaxComponent | None) -> object:
    """What entries share whose tax is rounded as one sum."""
    name = part.code if part else ""
    if level == "line":
        return index, name
    return (rule.rate, name) if level == "rate" else name


def _rounded(exact: Sequence[Fraction], mode: Rounding) -> list[int]:
    """The rounded sum of some amounts, allocated to them in their ratio (largest remainder, ties by their order)."""
    if len(exact) == 1:
        return [divide(exact[0].numerator, exact[0].denominator, mode)]
    whole = sum(exact, Fraction(0))
    scale = lcm(*(amount.denominator for amount in exact))
    return allocate(divide(whole.numerator, whole.denominator, mode), [int(amount * scale) for amount in exact])


def _exact_tax(amount_minor: int, rate: Decimal, whole_rate: Decimal, tax_included: bool) -> Fraction:
    """What `rate`, a part of `whole_rate`, comes to."""
    over, under = rate.as_integer_ratio()
    if not tax_included:
        return Fraction(amount_minor * over, under)
    whole_over, whole_under = whole_rate.as_integer_ratio()
    return Fraction(amount_minor * over * whole_under, under * (whole_under + whole_over))


def _split(amount: int, tax: int, tax_included: bool) -> tuple[int, int]:
    """Net and total of a stated amount."""
    return (amount - tax, amount) if tax_included else (amount, amount + tax)


def _quoted_charge(
    charge: Charge,
    split: tuple[int, int],
    tax: int,
    rule: TaxRule,
    components: tuple[TaxShare, ...],
    discounts: tuple[Discount, ...],
) -> QuotedCharge:
    named = charge.kind, charge.code, split[0], tax, rule.rate, rule.code, split[1], components
    return QuotedCharge(*named, discount_minor=sum(one.amount_minor for one in discounts), discounts=discounts)


def _tax_totals(entries: Sequence[QuotedLine | QuotedCharge]) -> tuple[TaxTotal, ...]:
    of_rate: dict[tuple[str, Decimal], list[QuotedLine | QuotedCharge]] = {}
    for entry in entries:
        of_rate.setdefault((entry.tax_code, entry.tax_rate), []).append(entry)
    return tuple(
        TaxTotal(
            code,
            rate,
            sum(member.net_minor for member in members),
            sum(member.tax_minor for member in members),
            _component_totals(members),
        )
        for (code, rate), members in of_rate.items()
    )


def _component_totals(members: Sequence[QuotedLine | QuotedCharge]) -> tuple[TaxShare, ...]:
    sums: dict[tuple[str, Decimal], int] = {}
    for share in (share for member in members for share in member.components):
        sums[share.code, share.rate] = sums.get((share.code, share.rate), 0) + share.tax_minor
    return tuple(TaxShare(code, rate, tax_minor) for (code, rate), tax_minor in sums.items())


def _cash_rounding(total: int, context: QuoteContext) -> int:
    if context.cash_step_minor <= 1:
        return 0
    rounded = cash_round(Money(total, context.currency), context.cash_step_minor, Rounding(context.cash_rounding_mode))
    return rounded.amount_minor - total


def _step(kind: str, **facts: Any) -> Step:
    return Step(kind, facts)


def to_document(value: Quote | QuoteContext | QuoteLine, format_: int = FORMAT) -> dict[str, Any]:
    """As JSON keeps it: Decimals as text. In an older format without what came later."""
    found: dict[str, Any] = json.loads(json.dumps(asdict(value), default=str))
    if format_ == 1:
        for part in ("lines", "charges", "taxes"):
            for entry in found.get(part, ()):
                entry.pop("components", None)
    if format_ < 3:
        found.pop("promotions", None)
        for part, names in _NEW_IN_3.items():
            for entry in found.get(part, ()):
                for name in names:
                    entry.pop(name, None)
    return found


def inputs_document(lines: Sequence[QuoteLine], context: QuoteContext) -> dict[str, Any]:
    """The inputs of a quote, stored beside it for the replay."""
    return {"format": FORMAT, "lines": [to_document(line) for line in lines], "context": to_document(context)}


def replay(inputs: Mapping[str, Any]) -> Quote:
    """The quote of stored inputs: nothing else is read."""
    if inputs.get("format") not in READABLE:
        raise QuoteNotValid(reason=f"format {inputs.get('format')}")
    given = inputs["context"]
    context = QuoteContext(
        **{
            **given,
            "taxes": tuple(_tax_rule(rule) for rule in given["taxes"]),
            "charges": tuple(Charge(**charge) for charge in given["charges"]),
            "promotions": tuple(read_promotion(one) for one in given.get("promotions", ())),
            "facts": CartFacts(**given.get("facts", {})),
        }
    )
    return quote([QuoteLine(**line) for line in inputs["lines"]], context)


def read_promotion(given: Mapping[str, Any]) -> Promotion:
    """A promotion from its JSON document."""
    benefit, conditions = read_benefit(given["benefit"]), read_conditions(given["conditions"])
    return Promotion(**{**given, "benefit": benefit, "conditions": conditions})


def read_benefit(given: Mapping[str, Any]) -> Benefit:
    return Benefit(**{**given, "rate": Decimal(given.get("rate", "0"))})


def read_conditions(given: Mapping[str, Any]) -> Conditions:
    lists = {name: tuple(value) for name, value in given.items() if isinstance(value, list | tuple)}
    return Conditions(**{**given, **lists})


def _tax_rule(given: Mapping[str, Any]) -> TaxRule:
    components = tuple(TaxComponent(one["code"], Decimal(one["rate"])) for one in given.get("components", ()))
    return TaxRule(given["category"], Decimal(given["rate"]), given["code"], components)


def fingerprint(result: Quote, format_: int = FORMAT) -> str:
    """SHA-256 over the canonical JSON of a quote: equal bytes, equal fingerprint."""
    text = json.dumps(to_document(result, format_), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
