"""Writers of coupons: one by one, or many by a job."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.pricing.errors import (
    BatchNotValid,
    CouponCodeTaken,
    CouponNotFound,
    PromotionEnded,
    PromotionNotFound,
    PromotionNotValid,
)
from app.domains.pricing.models import CouponBatchRow, CouponRow, PromotionRow
from app.domains.pricing.rules.codes import BATCH_LENGTH, MOST_CODES, normalise_code, shown_code
from app.domains.tenancy.actions import record_change
from app.kit import ids
from app.kit.money import LARGEST
from app.kit.queue import enqueue
from app.kit.scope import SYSTEM_ONLY, Scope, action

AT_ONCE = 500
"""Codes of one unit of work of the job."""
SHORTEST = 3
_BATCH = tuple(getattr(CouponBatchRow, name) for name in ("promotion_id", "prefix", "wanted", "made", "usage_limit"))


@action("promotions.edit")
def add_coupon(scope: Scope, promotion_id: str, code: str, usage_limit: int | None = None) -> str:
    """A code of one's own for a promotion that asks for one; returns the coupon's id.

    :param usage_limit: 1: for one order; None: as often as the promotion allows.
    :raises PromotionNotFound, PromotionEnded, PromotionNotValid, CouponCodeTaken: nothing changes then.
    """
    _check_promotion(scope, promotion_id)
    plain = normalise_code(code)
    if len(plain) < SHORTEST:
        raise PromotionNotValid(fields={"code": "code"})
    if usage_limit is not None and not 1 <= usage_limit <= LARGEST:
        raise PromotionNotValid(fields={"coupon_limit": "positive"})
    made = _insert(scope, promotion_id, [(plain, code.strip())], usage_limit, None)
    if not made:
        raise CouponCodeTaken(field="code")
    facts = {"promotion_id": promotion_id, "usage_limit": usage_limit}
    record_change(scope, noun="coupon", noun_id=made[0], verb="create", before={}, after=facts)
    return made[0]


@action(SYSTEM_ONLY)
def ensure_coupon(scope: Scope, promotion_id: str, code: str, usage_limit: int | None) -> None:
    """A code of a tenant's document: made once, then kept."""
    _insert(scope, promotion_id, [(normalise_code(code), code)], usage_limit, None)


@action("promotions.edit")
def set_coupon_active(scope: Scope, coupon_id: str, is_active: bool) -> bool:
    """Take a code back, or give it out again; False when it stands so. What is reserved with it may be ordered."""
    changed = scope.db.execute(
        update(CouponRow)
        .where(CouponRow.id == ids.check("cpn", coupon_id), CouponRow.is_active.is_not(is_active))
        .values(is_active=is_active, version=CouponRow.version + 1, updated_at=func.now())
        .returning(CouponRow.id)
    ).one_or_none()
    if changed is None:
        if scope.db.execute(select(CouponRow.id).where(CouponRow.id == coupon_id)).first() is None:
            raise CouponNotFound()
        return False
    after = {"is_active": is_active}
    record_change(
        scope, noun="coupon", noun_id=coupon_id, verb="change", before={"is_active": not is_active}, after=after
    )
    return True


@action("promotions.edit")
def order_codes(scope: Scope, promotion_id: str, wanted: int, prefix: str = "", usage_limit: int | None = 1) -> str:
    """Let a job make unguessable codes; returns the batch, whose `made` says how far it is.

    :raises BatchNotValid: not between 1 and 10,000. :raises PromotionNotFound, PromotionEnded, PromotionNotValid:
    """
    _check_promotion(scope, promotion_id)
    if not 1 <= wanted <= MOST_CODES:
        raise BatchNotValid(field="wanted", most=MOST_CODES)
    if usage_limit is not None and not 1 <= usage_limit <= LARGEST:
        raise PromotionNotValid(fields={"coupon_limit": "positive"})
    batch_id = ids.new("cpb")
    plain = normalise_code(prefix)[:12]
    scope.db.execute(
        upsert(CouponBatchRow).values(
            id=batch_id, promotion_id=promotion_id, prefix=plain, wanted=wanted, usage_limit=usage_limit
        )
    )
    facts = {"promotion_id": promotion_id, "wanted": wanted, "prefix": plain, "usage_limit": usage_limit}
    record_change(scope, noun="coupon_batch", noun_id=batch_id, verb="create", before={}, after=facts)
    enqueue(scope, "pricing.make_codes", unique=batch_id, batch_id=batch_id)
    return batch_id


@action(SYSTEM_ONLY)
def make_codes(scope: Scope, batch_id: str) -> bool:
    """Make some of a batch's codes; True while more are wanted. A repetition goes on where the last one ended: the
    batch's row is locked, and its count moves with the codes."""
    batch = scope.db.execute(select(*_BATCH).where(CouponBatchRow.id == batch_id).with_for_update()).one()
    missing = min(batch.wanted - batch.made, AT_ONCE)
    codes = [shown_code(batch.prefix, ids.new_code(BATCH_LENGTH)) for _ in range(missing)]
    rows = [(normalise_code(code), code) for code in codes]
    made = _insert(scope, batch.promotion_id, rows, batch.usage_limit, batch_id) if rows else []
    scope.db.execute(
        update(CouponBatchRow)
        .where(CouponBatchRow.id == batch_id)
        .values(made=CouponBatchRow.made + len(made), version=CouponBatchRow.version + 1)
    )
    return batch.made + len(made) < batch.wanted


def _insert(
    scope: Scope, promotion_id: str, codes: list[tuple[str, str]], usage_limit: int | None, batch_id: str | None
) -> list[str]:
    """The ids of the coupons that were made; a code that exists is left out (the unique key decides)."""
    rows = [
        {
            "id": ids.new("cpn"),
            "promotion_id": promotion_id,
            "batch_id": batch_id,
            "code": plain,
            "shown": shown,
            "usage_limit": usage_limit,
        }
        for plain, shown in codes
    ]
    statement = upsert(CouponRow).values(rows).on_conflict_do_nothing(index_elements=[CouponRow.code])
    return list(scope.db.scalars(statement.returning(CouponRow.id)))


def _check_promotion(scope: Scope, promotion_id: str) -> None:
    row = scope.db.execute(
        select(PromotionRow.status, PromotionRow.needs_coupon).where(PromotionRow.id == ids.check("prm", promotion_id))
    ).one_or_none()
    if row is None:
        raise PromotionNotFound()
    if row.status == "ended":
        raise PromotionEnded()
    if not row.needs_coupon:
        raise PromotionNotValid(fields={"needs_coupon": "needs_coupon"})
