"""Readers of coupons and of what promotions were used for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from app.domains.catalogue.models import ProductRow
from app.domains.pricing.errors import CouponNotFound
from app.domains.pricing.models import CouponBatchRow, CouponRow, PromotionUseRow
from app.domains.pricing.rules.codes import normalise_code
from app.domains.pricing.types import Coupon, CouponBatch, PromotionUse
from app.kit import ids
from app.kit.scope import SYSTEM_ONLY, Scope, query

MOST_EXPORTED = 100_000


@query("promotions.edit")
def list_coupons(
    scope: Scope, promotion_id: str, *, batch_id: str | None = None, code: str = "", limit: int = 100
) -> list[Coupon]:
    """The codes of a promotion, the newest first. One statement."""
    wanted = (
        select(
            CouponRow.id,
            CouponRow.promotion_id,
            CouponRow.shown.label("code"),
            CouponRow.usage_limit,
            CouponRow.used_count,
            CouponRow.is_active,
            CouponRow.batch_id,
        )
        .where(CouponRow.promotion_id == ids.check("prm", promotion_id))
        .order_by(CouponRow.id.desc())
        .limit(min(limit, MOST_EXPORTED))
    )
    if batch_id is not None:
        wanted = wanted.where(CouponRow.batch_id == ids.check("cpb", batch_id))
    if plain := normalise_code(code):
        wanted = wanted.where(CouponRow.code.startswith(plain, autoescape=True))
    return [Coupon(**row._mapping) for row in scope.db.execute(wanted)]


@query("promotions.edit")
def get_promotion_of(scope: Scope, coupon_id: str) -> str:
    """The promotion of a coupon. Raises `CouponNotFound`."""
    wanted = select(CouponRow.promotion_id).where(CouponRow.id == ids.check("cpn", coupon_id))
    found = scope.db.execute(wanted).scalar_one_or_none()
    if found is None:
        raise CouponNotFound()
    return found


@query("promotions.edit")
def list_batches(scope: Scope, promotion_id: str) -> list[CouponBatch]:
    """The batches of codes of a promotion, the newest first. One statement."""
    names = tuple(getattr(CouponBatchRow, name) for name in CouponBatch.__dataclass_fields__)
    wanted = select(*names).where(CouponBatchRow.promotion_id == ids.check("prm", promotion_id))
    return [CouponBatch(**row._mapping) for row in scope.db.execute(wanted.order_by(CouponBatchRow.id.desc()))]


@query(SYSTEM_ONLY)
def list_uses(scope: Scope, reference: str) -> list[PromotionUse]:
    """A checkout's uses of promotions, by promotion. One statement."""
    names = tuple(getattr(PromotionUseRow, name) for name in PromotionUse.__dataclass_fields__)
    wanted = select(*names).where(PromotionUseRow.reference == reference).order_by(PromotionUseRow.promotion_id)
    return [PromotionUse(**row._mapping) for row in scope.db.execute(wanted)]


@query("promotions.edit")
def count_uses(scope: Scope, promotion_id: str) -> Mapping[str, tuple[int, int]]:
    """Status of its uses → how many and how much. One statement."""
    counted = (
        select(PromotionUseRow.status, func.count(), func.sum(PromotionUseRow.amount_minor))
        .where(PromotionUseRow.promotion_id == ids.check("prm", promotion_id))
        .group_by(PromotionUseRow.status)
    )
    return {status: (int(number), int(amount)) for status, number, amount in scope.db.execute(counted)}


@query("promotions.edit")
def name_products(scope: Scope, product_ids: Sequence[str]) -> dict[str, tuple[str, dict[str, str]]]:
    """Product id → its external id and its title. One statement."""
    wanted = select(ProductRow.id, ProductRow.external_id, ProductRow.title).where(ProductRow.id.in_(product_ids))
    return {row.id: (row.external_id, row.title) for row in scope.db.execute(wanted)}


@query("promotions.edit")
def find_products(scope: Scope, external_ids: Sequence[str], source: str | None = None) -> dict[str, str]:
    """External id → product id, of those that exist. One statement."""
    wanted: Any = select(ProductRow.external_id, ProductRow.id).where(ProductRow.external_id.in_(external_ids))
    if source is not None:
        wanted = wanted.where(ProductRow.source == source)
    return {row.external_id: row.id for row in scope.db.execute(wanted.order_by(ProductRow.id))}
