"""What must hold of promotions and coupons."""

from __future__ import annotations

from app.kit.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="pricing.promotion_counts_its_uses",
        sentence="A promotion counts its uses that are reserved or ordered, and no more of them than its limit.",
        columns=("promotion_id", "used_count", "uses", "usage_limit"),
        ids={"promotion_id": "prm"},
        sql="SELECT p.id AS promotion_id, p.used_count, count(u.id) AS uses, p.usage_limit"
        " FROM pricing_promotions p LEFT JOIN pricing_promotion_uses u"
        " ON u.promotion_id = p.id AND u.status IN ('live', 'consumed')"
        " GROUP BY p.id, p.used_count, p.usage_limit"
        " HAVING p.used_count <> count(u.id) OR count(u.id) > p.usage_limit",
    ),
    Invariant(
        name="pricing.budget_spent_is_sum_of_uses",
        sentence="What a promotion has spent is the sum of its uses, and no more than its budget.",
        columns=("promotion_id", "spent_minor", "uses_minor", "budget_minor"),
        ids={"promotion_id": "prm"},
        sql="SELECT p.id AS promotion_id, p.spent_minor, coalesce(sum(u.amount_minor), 0) AS uses_minor,"
        " p.budget_minor FROM pricing_promotions p LEFT JOIN pricing_promotion_uses u"
        " ON u.promotion_id = p.id AND u.status IN ('live', 'consumed')"
        " GROUP BY p.id, p.spent_minor, p.budget_minor"
        " HAVING p.spent_minor <> coalesce(sum(u.amount_minor), 0)"
        " OR coalesce(sum(u.amount_minor), 0) > p.budget_minor",
    ),
    Invariant(
        name="pricing.coupon_uses_within_limit",
        sentence="A coupon counts its uses that are reserved or ordered, and no more of them than its limit.",
        columns=("coupon_id", "used_count", "uses", "usage_limit"),
        ids={"coupon_id": "cpn"},
        sql="SELECT c.id AS coupon_id, c.used_count, count(u.id) AS uses, c.usage_limit"
        " FROM pricing_coupons c LEFT JOIN pricing_promotion_uses u"
        " ON u.coupon_id = c.id AND u.status IN ('live', 'consumed')"
        " GROUP BY c.id, c.used_count, c.usage_limit"
        " HAVING c.used_count <> count(u.id) OR count(u.id) > c.usage_limit",
    ),
    Invariant(
        name="pricing.shopper_uses_within_limit",
        sentence="A shopper's uses of a promotion that limits them are counted, and no more of them than its limit.",
        columns=("promotion_id", "used_count", "uses", "shopper_limit"),
        ids={"promotion_id": "prm"},
        sql="WITH counted AS ("
        "  SELECT u.promotion_id, u.shopper, count(*) AS uses FROM pricing_promotion_uses u"
        "  WHERE u.status IN ('live', 'consumed') GROUP BY u.promotion_id, u.shopper"
        " ) SELECT p.id AS promotion_id, coalesce(s.used_count, 0) AS used_count, coalesce(c.uses, 0) AS uses,"
        " p.shopper_limit FROM pricing_promotions p"
        " JOIN (SELECT promotion_id, shopper FROM counted"
        "       UNION SELECT promotion_id, shopper FROM pricing_shopper_uses) b ON b.promotion_id = p.id"
        " LEFT JOIN counted c ON c.promotion_id = b.promotion_id AND c.shopper = b.shopper"
        " LEFT JOIN pricing_shopper_uses s ON s.promotion_id = b.promotion_id AND s.shopper = b.shopper"
        " WHERE p.shopper_limit IS NOT NULL"
        " AND (coalesce(s.used_count, 0) <> coalesce(c.uses, 0) OR coalesce(c.uses, 0) > p.shopper_limit)",
    ),
)
"""Asked by `serai audit`, and after every test that orders something with a promotion."""
