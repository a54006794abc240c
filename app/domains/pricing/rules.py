"""The quote: one pure function from lines and context to totals, with every step and its reason.

Price → delivery and fees → tax → rounding → total. Everything that it depends on is in its arguments, so a stored
quote can be replayed to the same bytes long after prices, taxes and the clock have changed.
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
from app.domains.pricing.types import (
    Charge,
    Quote,
    QuoteContext,
    QuotedCharge,
    QuotedLine,
    QuoteLine,
    Step,
    TaxRule,
    TaxTotal,
)
from app.kit.money import Money, Rounding, allocate, cash_round, divide

LARGEST_QUANTITY = 9999
FORMAT = 1


def quote(lines: Sequence[QuoteLine], context: QuoteContext) -> Quote:
    """Price some lines.

    :raises QuoteNotValid: no lines, a quantity outside 1–9999, a negative price, an unknown tax category.
    """
    _check(lines, context)
    rules = {rule.category: rule for rule in context.taxes}
    stated = [line.unit_minor * line.quantity for line in lines] + [charge.amount_minor for charge in context.charges]
    applied = [rules[entry.tax_category] for entry in (*lines, *context.charges)]
    taxes = _taxes(stated, applied, context)
    steps = [_step("price", offer=line.offer_id, quantity=line.quantity, unit=line.unit_minor) for line in lines]
    steps += [_step(charge.kind, code=charge.code, amount=charge.amount_minor) for charge in context.charges]

    split = [_split(amount, tax, context.tax_included) for amount, tax in zip(stated, taxes, strict=True)]
    quoted = tuple(
        QuotedLine(
            offer_id=line.offer_id,
            quantity=line.quantity,
            unit_minor=line.unit_minor,
            gross_minor=stated[index],
            discount_minor=0,
            net_minor=split[index][0],
            tax_minor=taxes[index],
            tax_rate=applied[index].rate,
            tax_code=applied[index].code,
            total_minor=split[index][1],
        )
        for index, line in enumerate(lines)
    )
    charges = tuple(
        _quoted_charge(charge, split[index], taxes[index], applied[index])
        for index, charge in enumerate(context.charges, start=len(lines))
    )
    totals = _tax_totals((*quoted, *charges))
    steps += [_step("tax", code=tax.code, rate=str(tax.rate), net=tax.net_minor, tax=tax.tax_minor) for tax in totals]

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
        discount_minor=0,
        delivery_minor=sum(charge.total_minor for charge in charges if charge.kind == "delivery"),
        fee_minor=sum(charge.total_minor for charge in charges if charge.kind == "payment_fee"),
        tax_minor=sum(tax.tax_minor for tax in totals),
        rounding_minor=rounding,
        total_minor=before + rounding,
        tax_included=context.tax_included,
        steps=tuple(steps),
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


def _taxes(stated: Sequence[int], applied: Sequence[TaxRule], context: QuoteContext) -> list[int]:
    """The tax of each entry, rounded at the level of the market pack and allocated back without loss."""
    mode = Rounding(context.rounding_mode)
    exact = [_exact_tax(amount, rule.rate, context.tax_included) for amount, rule in zip(stated, applied, strict=True)]
    if context.rounding_level == "line":
        return [divide(tax.numerator, tax.denominator, mode) for tax in exact]
    keys = [rule.rate if context.rounding_level == "rate" else None for rule in applied]
    taxes = [0] * len(exact)
    for key in dict.fromkeys(keys):
        members = [index for index, found in enumerate(keys) if found == key]
        whole = sum((exact[index] for index in members), Fraction(0))
        rounded = divide(whole.numerator, whole.denominator, mode)
        scale = lcm(*(exact[index].denominator for index in members))
        shares = allocate(rounded, [int(exact[index] * scale) for index in members])
        for index, share in zip(members, shares, strict=True):
            taxes[index] = share
    return taxes


def _exact_tax(amount_minor: int, rate: Decimal, tax_included: bool) -> Fraction:
    numerator, denominator = rate.as_integer_ratio()
    return Fraction(amount_minor * numerator, denominator + numerator if tax_included else denominator)


def _split(amount: int, tax: int, tax_included: bool) -> tuple[int, int]:
    """Net and total of a stated amount."""
    return (amount - tax, amount) if tax_included else (amount, amount + tax)


def _quoted_charge(charge: Charge, split: tuple[int, int], tax: int, rule: TaxRule) -> QuotedCharge:
    return QuotedCharge(charge.kind, charge.code, split[0], tax, rule.rate, rule.code, split[1])


def _tax_totals(entries: Sequence[QuotedLine | QuotedCharge]) -> tuple[TaxTotal, ...]:
    totals: dict[tuple[str, Decimal], list[int]] = {}
    for entry in entries:
        sums = totals.setdefault((entry.tax_code, entry.tax_rate), [0, 0])
        sums[0] += entry.net_minor
        sums[1] += entry.tax_minor
    return tuple(TaxTotal(code, rate, net, tax) for (code, rate), (net, tax) in totals.items())


def _cash_rounding(total: int, context: QuoteContext) -> int:
    if context.cash_step_minor <= 1:
        return 0
    rounded = cash_round(Money(total, context.currency), context.cash_step_minor, Rounding(context.cash_rounding_mode))
    return rounded.amount_minor - total


def _step(kind: str, **facts: Any) -> Step:
    return Step(kind, facts)


def to_document(value: Quote | QuoteContext | QuoteLine) -> dict[str, Any]:
    """As JSON keeps it: Decimals as text."""
    found: dict[str, Any] = json.loads(json.dumps(asdict(value), default=str))
    return found


def inputs_document(lines: Sequence[QuoteLine], context: QuoteContext) -> dict[str, Any]:
    """The inputs of a quote, stored beside it for the replay."""
    return {"format": FORMAT, "lines": [to_document(line) for line in lines], "context": to_document(context)}


def replay(inputs: Mapping[str, Any]) -> Quote:
    """The quote of stored inputs: nothing else is read."""
    if inputs.get("format") != FORMAT:
        raise QuoteNotValid(reason=f"format {inputs.get('format')}")
    given = inputs["context"]
    context = QuoteContext(
        **{
            **given,
            "taxes": tuple(TaxRule(**{**rule, "rate": Decimal(rule["rate"])}) for rule in given["taxes"]),
            "charges": tuple(Charge(**charge) for charge in given["charges"]),
        }
    )
    return quote([QuoteLine(**line) for line in inputs["lines"]], context)


def fingerprint(result: Quote) -> str:
    """SHA-256 over the canonical JSON of a quote: equal bytes, equal fingerprint."""
    text = json.dumps(to_document(result), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
