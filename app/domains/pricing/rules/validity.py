"""Which promotions make sense."""

from __future__ import annotations

from collections.abc import Iterator

from app.domains.pricing.rules.schedules import read_wall_time
from app.domains.pricing.types import PromotionInput
from app.kit.money import LARGEST

CATALOGUE_BENEFITS = ("percent", "fixed_each")
MOST_PRIORITY = 1000
MOST_NAMED = 500


def faults_of(given: PromotionInput) -> dict[str, str]:
    """Field → reason code, for each field that is wrong; empty: it can be kept."""
    return dict(_faults(given))


def _faults(given: PromotionInput) -> Iterator[tuple[str, str]]:
    benefit, asked = given.benefit, given.conditions
    if not given.name or not all(text.strip() for text in given.name.values()):
        yield "name", "needed"
    if benefit.kind in ("percent", "buy_get") and not 0 < benefit.rate <= 1:
        yield "rate", "percent"
    if benefit.kind in ("fixed", "fixed_each") and not 0 < benefit.amount_minor <= LARGEST:
        yield "amount", "positive"
    if benefit.kind == "buy_get" and not (1 <= benefit.buy <= 100 and 1 <= benefit.get <= 100):
        yield "buy", "pieces"
    if abs(given.priority) > MOST_PRIORITY:
        yield "priority", "priority"
    if len(asked.products) > MOST_NAMED or len(asked.categories) > MOST_NAMED:
        yield "products", "too_many"
    if given.kind == "catalogue":
        if benefit.kind not in CATALOGUE_BENEFITS:
            yield "benefit", "catalogue_benefit"
        if given.needs_coupon:
            yield "needs_coupon", "catalogue_condition"
        asks = asked.minimum_minor or asked.minimum_quantity or asked.first_order or asked.gateways
        if asks or asked.delivery_methods or asked.whole_cart or given.shopper_limit is not None:
            yield "minimum", "catalogue_condition"
    if not 0 <= asked.minimum_minor <= LARGEST or not 0 <= asked.minimum_quantity <= 9999:
        yield "minimum", "positive"
    for name in ("usage_limit", "shopper_limit", "budget_minor"):
        value = getattr(given, name)
        if value is not None and not 1 <= value <= LARGEST:
            yield name.removesuffix("_minor"), "positive"
    yield from _schedule(given)


def _schedule(given: PromotionInput) -> Iterator[tuple[str, str]]:
    moments = {}
    for name in ("starts_local", "ends_local"):
        wall = getattr(given, name)
        try:
            moments[name] = read_wall_time(wall) if wall else None
        except ValueError:
            yield name, "wall_time"
    starts, ends = moments.get("starts_local"), moments.get("ends_local")
    if starts and ends and ends <= starts:
        yield "ends_local", "before_start"
