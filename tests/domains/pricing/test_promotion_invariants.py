"""Each invariant of promotions finds its own break, made behind the application's back, and no other fires."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.domains.pricing.actions import reserve_uses
from app.domains.pricing.queries import list_for_cart
from app.domains.pricing.queries.invariants import INVARIANTS
from app.domains.pricing.types import AppliedPromotion
from app.domains.provisioning.flows.audit import list_invariants
from app.kit.invariants import check
from app.kit.scope import Scope
from tests.conftest import NOON
from tests.factories.orders import open_shop
from tests.factories.promotions import fixed, run_coupon

BREAKS = {
    "pricing.promotion_counts_its_uses": "UPDATE pricing_promotions SET used_count = used_count + 1",
    "pricing.budget_spent_is_sum_of_uses": "UPDATE pricing_promotions SET spent_minor = spent_minor - 1",
    "pricing.coupon_uses_within_limit": "UPDATE pricing_coupons SET used_count = 0",
    "pricing.shopper_uses_within_limit": "UPDATE pricing_shopper_uses SET used_count = 0",
}


@pytest.fixture
def used(system_scope: Scope) -> Scope:
    open_shop(system_scope)
    promotion_id = run_coupon(
        system_scope, "ONE", fixed(1000), limit=3, usage_limit=5, shopper_limit=2, budget_minor=5000
    )
    with system_scope.transaction() as unit:
        (promotion,) = list_for_cart(unit, "one")
        named = promotion.id, promotion.code, promotion.name, promotion.kind, promotion.payer
        applied = AppliedPromotion(*named, promotion.coupon, promotion.coupon_id, 1000)
        assert promotion.id == promotion_id
        reserve_uses(unit, "grp_test", [applied], "a@example.com", NOON + timedelta(minutes=10))
    return system_scope


def broken(scope: Scope, sql: str | None = None) -> set[str]:
    if sql is not None:
        with scope.database.owner.begin() as owner:
            owner.execute(text("SELECT set_config('search_path', :schema, true)"), {"schema": scope.tenant_id})
            owner.execute(text(sql))
    with scope.transaction(read_only=True) as unit:
        return {found.name for found in check(unit, [one for one in list_invariants() if one.room != "search"])}


def test_a_use_breaks_nothing(used: Scope) -> None:
    assert broken(used) == set()


@pytest.mark.parametrize("name", BREAKS)
def test_each_invariant_finds_its_break_alone(used: Scope, name: str) -> None:
    assert broken(used, BREAKS[name]) == {name}


def test_every_invariant_has_a_break() -> None:
    assert {one.name for one in INVARIANTS} == set(BREAKS)
