"""The caps of promotions and coupons. Each guard is the WHERE of an UPDATE and its row count.

A use is reserved in the unit that drafts a checkout, ends with the draft or is consumed when the checkout is placed;
its row says which. Locks are taken use → promotion → coupon → shopper, promotions by their ids, and all of them before
stock: who waits for a promotion holds no stock that others want.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.pricing.errors import PromotionUsedUp
from app.domains.pricing.models import CouponRow, PromotionRow, PromotionUseRow, ShopperUseRow
from app.domains.pricing.rules.codes import identity_of
from app.domains.pricing.types import AppliedPromotion
from app.kit import ids
from app.kit.scope import SYSTEM_ONLY, Scope, action

_USE = (PromotionUseRow.promotion_id, PromotionUseRow.coupon_id, PromotionUseRow.shopper, PromotionUseRow.amount_minor)


@action(SYSTEM_ONLY)
def reserve_uses(
    scope: Scope, reference: str, applied: Sequence[AppliedPromotion], email: str, expires_at: datetime
) -> None:
    """Take a checkout's uses of its promotions out of their caps, all or none.

    :raises PromotionUsedUp: a limit or a budget is reached, or the promotion was ended; the caller's unit must not
        commit.
    """
    shopper = identity_of(email)
    for one in sorted(applied, key=lambda one: one.promotion_id):
        scope.db.execute(
            upsert(PromotionUseRow).values(
                id=ids.new("pru"),
                promotion_id=one.promotion_id,
                coupon_id=one.coupon_id or None,
                reference=reference,
                shopper=shopper,
                amount_minor=one.amount_minor,
                status="live",
                expires_at=expires_at,
            )
        )
        _count(scope, one.promotion_id, one.coupon_id or None, shopper, one.amount_minor)


@action(SYSTEM_ONLY)
def reserve_uses_again(scope: Scope, reference: str) -> None:
    """Take the uses of a checkout that was given up once more, to be consumed in the same unit: money has come for it.

    :raises PromotionUsedUp: the caller rolls its savepoint back.
    """
    again = scope.db.execute(
        update(PromotionUseRow)
        .where(PromotionUseRow.reference == reference, PromotionUseRow.status == "released")
        .values(status="live", expires_at=scope.now(), version=PromotionUseRow.version + 1)
        .returning(*_USE)
    ).all()
    for use in sorted(again, key=lambda use: use.promotion_id):
        _count(scope, use.promotion_id, use.coupon_id, use.shopper, use.amount_minor, with_ended=True)


@action(SYSTEM_ONLY)
def hold_uses(scope: Scope, reference: str) -> bool:
    """Are all uses of a checkout still reserved? If so they stay so to the end of the unit: their rows are locked."""
    rows = scope.db.execute(
        select(PromotionUseRow.status)
        .where(PromotionUseRow.reference == reference)
        .order_by(PromotionUseRow.promotion_id)
        .with_for_update()
    )
    return all(row.status == "live" for row in rows)


@action(SYSTEM_ONLY)
def consume_uses(scope: Scope, reference: str) -> None:
    """The checkout is placed: what was reserved is used."""
    scope.db.execute(
        update(PromotionUseRow)
        .where(PromotionUseRow.reference == reference, PromotionUseRow.status == "live")
        .values(status="consumed", version=PromotionUseRow.version + 1, updated_at=func.now())
    )


@action(SYSTEM_ONLY)
def release_uses(scope: Scope, reference: str) -> int:
    """Give back what is reserved for a checkout; returns the number of uses (0: nothing was)."""
    return _give_back(scope, reference, "live", "released")


@action(SYSTEM_ONLY)
def return_uses(scope: Scope, reference: str) -> int:
    """A placed checkout was called off as a whole: its uses are free again where the promotion says so."""
    return _give_back(scope, reference, "consumed", "returned")


@action(SYSTEM_ONLY)
def expire_uses(scope: Scope, limit: int = 200) -> int:
    """Give back what was reserved too long; returns the number of checkouts."""
    due = (
        select(PromotionUseRow.reference)
        .where(PromotionUseRow.status == "live", PromotionUseRow.expires_at < scope.now())
        .distinct()
        .limit(limit)
    )
    return sum(1 for reference in sorted(scope.db.scalars(due)) if release_uses(scope, reference))


def _count(
    scope: Scope,
    promotion_id: str,
    coupon_id: str | None,
    shopper: str,
    amount_minor: int,
    *,
    with_ended: bool = False,
) -> None:
    statuses = ("active", "ended") if with_ended else ("active",)
    counted = scope.db.execute(
        update(PromotionRow)
        .where(
            PromotionRow.id == promotion_id,
            PromotionRow.status.in_(statuses),
            or_(PromotionRow.usage_limit.is_(None), PromotionRow.used_count < PromotionRow.usage_limit),
            or_(
                PromotionRow.budget_minor.is_(None),
                PromotionRow.spent_minor + amount_minor <= PromotionRow.budget_minor,
            ),
        )
        .values(used_count=PromotionRow.used_count + 1, spent_minor=PromotionRow.spent_minor + amount_minor)
        .returning(PromotionRow.shopper_limit)
    ).one_or_none()
    if counted is None:
        raise PromotionUsedUp(promotion_id=promotion_id)
    if coupon_id is not None:
        used = scope.db.execute(
            update(CouponRow)
            .where(
                CouponRow.id == coupon_id,
                or_(CouponRow.is_active, literal(with_ended)),
                or_(CouponRow.usage_limit.is_(None), CouponRow.used_count < CouponRow.usage_limit),
            )
            .values(used_count=CouponRow.used_count + 1)
            .returning(CouponRow.id)
        ).one_or_none()
        if used is None:
            raise PromotionUsedUp(promotion_id=promotion_id)
    if counted.shopper_limit is not None:
        _count_shopper(scope, promotion_id, shopper, counted.shopper_limit)


def _count_shopper(scope: Scope, promotion_id: str, shopper: str, limit: int) -> None:
    row = upsert(ShopperUseRow).values(promotion_id=promotion_id, shopper=shopper, used_count=1)
    counted = scope.db.execute(
        row.on_conflict_do_update(
            index_elements=[ShopperUseRow.promotion_id, ShopperUseRow.shopper],
            set_={"used_count": ShopperUseRow.used_count + 1, "version": ShopperUseRow.version + 1},
            where=ShopperUseRow.used_count < limit,
        ).returning(ShopperUseRow.used_count)
    ).one_or_none()
    if counted is None:
        raise PromotionUsedUp(promotion_id=promotion_id)


def _give_back(scope: Scope, reference: str, status: str, to: str) -> int:
    """End the uses of a checkout: the row count decides who may."""
    wanted = [PromotionUseRow.reference == reference, PromotionUseRow.status == status]
    if to == "returned":
        returning = select(PromotionRow.id).where(PromotionRow.returns_on_cancel)
        wanted.append(PromotionUseRow.promotion_id.in_(returning))
    ended = scope.db.execute(
        update(PromotionUseRow)
        .where(*wanted)
        .values(status=to, version=PromotionUseRow.version + 1, updated_at=func.now())
        .returning(*_USE)
    ).all()
    for use in sorted(ended, key=lambda use: use.promotion_id):
        _uncount(scope, use)
    return len(ended)


def _uncount(scope: Scope, use: Any) -> None:
    limit = scope.db.execute(
        update(PromotionRow)
        .where(PromotionRow.id == use.promotion_id)
        .values(used_count=PromotionRow.used_count - 1, spent_minor=PromotionRow.spent_minor - use.amount_minor)
        .returning(PromotionRow.shopper_limit)
    ).scalar_one()
    if use.coupon_id is not None:
        scope.db.execute(
            update(CouponRow).where(CouponRow.id == use.coupon_id).values(used_count=CouponRow.used_count - 1)
        )
    if limit is not None:
        scope.db.execute(
            update(ShopperUseRow)
            .where(ShopperUseRow.promotion_id == use.promotion_id, ShopperUseRow.shopper == use.shopper)
            .values(used_count=ShopperUseRow.used_count - 1, version=ShopperUseRow.version + 1)
        )
