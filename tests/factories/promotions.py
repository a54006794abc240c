"""Promotions that run, made through the room's own actions."""

from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal

from app.domains.pricing.actions import activate_promotion, add_coupon, create_promotion
from app.domains.pricing.types import Benefit, Conditions, PromotionInput
from app.kit.scope import Scope

_numbers = itertools.count(1)


def percent(rate: str) -> Benefit:
    return Benefit("percent", rate=Decimal(rate))


def fixed(amount_minor: int) -> Benefit:
    return Benefit("fixed", amount_minor=amount_minor)


def promotion_input(benefit: Benefit | None = None, **values: object) -> PromotionInput:
    """A promotion of 10 % of the cart; `values` replace its fields and those of its conditions."""
    number = next(_numbers)
    asked = {name: values.pop(name) for name in list(values) if name in Conditions.__dataclass_fields__}
    made = PromotionInput(
        code=f"promotion-{number}",
        name={"en": f"Promotion {number}", "th": f"โปรโมชัน {number}"},
        kind="cart",
        benefit=benefit or percent("0.1"),
        conditions=Conditions(**asked),
    )
    return replace(made, **values)


def run_promotion(system: Scope, benefit: Benefit | None = None, **values: object) -> str:
    """A promotion that runs; returns its id."""
    with system.transaction() as unit:
        promotion_id = create_promotion(unit, promotion_input(benefit, **values))
        activate_promotion(unit, promotion_id)
    return promotion_id


def run_coupon(
    system: Scope, code: str, benefit: Benefit | None = None, limit: int | None = None, **values: object
) -> str:
    """A promotion that runs with one code; returns its id."""
    promotion_id = run_promotion(system, benefit, needs_coupon=True, **values)
    with system.transaction() as unit:
        add_coupon(unit, promotion_id, code, limit)
    return promotion_id
