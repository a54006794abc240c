"""Promotions and coupons: no more uses than their caps, each given back once."""

from __future__ import annotations

from .guard import Guard

USES = "app/domains/pricing/actions/uses.py"
RACES = "tests/resilience/test_coupon_races.py"
COUPONS = "tests/domains/orders/test_coupons.py"
ALONE = f"{RACES}::test_each_guard_alone_lets_exactly_its_uses_through"

PROMOTIONS: tuple[Guard, ...] = (
    Guard(
        name="a promotion is used no more often than its limit",
        file=USES,
        snippet=(
            "            or_(PromotionRow.usage_limit.is_(None), PromotionRow.used_count < PromotionRow.usage_limit),\n"
        ),
        replacement="",
        tests=(ALONE,),
    ),
    Guard(
        name="a promotion spends no more than its budget",
        file=USES,
        snippet="PromotionRow.spent_minor + amount_minor <= PromotionRow.budget_minor,\n",
        replacement="PromotionRow.spent_minor >= 0,\n",
        tests=(ALONE, f"{RACES}::test_a_budget_is_never_overspent"),
    ),
    Guard(
        name="a coupon is used no more often than its limit",
        file=USES,
        snippet="                or_(CouponRow.usage_limit.is_(None), CouponRow.used_count < CouponRow.usage_limit),\n",
        replacement="",
        tests=(ALONE, f"{RACES}::test_of_many_buyers_with_one_coupon_exactly_its_uses_order_with_it"),
    ),
    Guard(
        name="a shopper uses a promotion no more often than she may",
        file=USES,
        snippet="            where=ShopperUseRow.used_count < limit,\n",
        replacement="",
        tests=(ALONE,),
    ),
    Guard(
        name="a use is given back once",
        file=USES,
        snippet="wanted = [PromotionUseRow.reference == reference, PromotionUseRow.status == status]",
        replacement="wanted = [PromotionUseRow.reference == reference]",
        tests=(f"{RACES}::test_two_who_give_the_same_use_back_give_it_back_once",),
    ),
    Guard(
        name="a paid order whose promotion is gone is not placed",
        file="app/domains/orders/actions/placing.py",
        snippet="inventory.hold_on(scope, group_id) and pricing.hold_uses(scope, group_id)",
        replacement="inventory.hold_on(scope, group_id)",
        tests=(f"{COUPONS}::test_money_that_comes_when_the_use_is_gone_is_given_back",),
    ),
    Guard(
        name="what is added for a discount goes back once",
        file="app/domains/escrow/actions.py",
        snippet=".where(SubsidyRow.order_id == order_id, SubsidyRow.returned_minor == 0)",
        replacement=".where(SubsidyRow.order_id == order_id, SubsidyRow.returned_minor < 0)",
        tests=(f"{COUPONS}::test_who_bears_a_discount_adds_it_to_the_escrow",),
    ),
)
