"""Readers of promotions: those that run, those that a cart may have, and how they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, literal_column, null, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from app.domains.pricing import rules
from app.domains.pricing.errors import PromotionNotFound
from app.domains.pricing.models import CouponRow, PromotionRow, PromotionUseRow, ShopperUseRow
from app.domains.pricing.rules.codes import identity_of, normalise_code
from app.domains.pricing.rules.promotions import apply_promotions, in_order, show_price, why_not_now
from app.domains.pricing.rules.schedules import end_of, moment_text, start_of
from app.domains.pricing.types import (
    CartFacts,
    Charge,
    Discounts,
    Promotion,
    PromotionInput,
    QuoteLine,
    ShownPrice,
    StoredPromotion,
)
from app.domains.tenancy.queries.markets import get_market
from app.kit import ids
from app.kit.errors import MalformedId
from app.kit.money import Rounding
from app.kit.scope import PUBLIC, SYSTEM_ONLY, Scope, document_query, query

MEMO = "pricing.running"

# The categories that a promotion names, with all below them, so that a line need know no more than its own category.
_CATEGORIES: ColumnElement[Any] = literal_column(
    "(WITH RECURSIVE below AS ("
    " SELECT c.id, c.code FROM catalogue_categories AS c"
    " WHERE c.code IN (SELECT jsonb_array_elements_text(pricing_promotions.conditions -> 'categories'))"
    " UNION SELECT c.id, c.code FROM catalogue_categories AS c JOIN below ON c.parent_id = below.id"
    ") SELECT jsonb_agg(below.code ORDER BY below.code) FROM below)",
    JSONB,
).label("below")
_PROMOTION = (
    PromotionRow.id,
    PromotionRow.code,
    PromotionRow.name,
    PromotionRow.kind,
    PromotionRow.benefit,
    PromotionRow.conditions,
    PromotionRow.priority,
    PromotionRow.is_exclusive,
    PromotionRow.exclusion_group,
    PromotionRow.payer,
    PromotionRow.starts_local,
    PromotionRow.ends_local,
    PromotionRow.needs_coupon,
    PromotionRow.usage_limit,
    PromotionRow.shopper_limit,
    PromotionRow.budget_minor,
    PromotionRow.used_count,
    PromotionRow.spent_minor,
    PromotionRow.status,
)


@dataclass(frozen=True, slots=True)
class CouponStanding:
    """A coupon as it was entered: what it is of, and why it cannot be used by anyone (`draft`, `not_yet`, `ended`,
    `used_up`), if it cannot."""

    promotion: Promotion
    shown: str
    problem: str


@query("catalogue.browse")
def list_running(scope: Scope) -> tuple[Promotion, ...]:
    """The promotions that change the prices of the catalogue at this moment. One statement a unit of work, however
    many lists of products ask."""
    memo: dict[str, tuple[Promotion, ...]] = scope.db.info
    if MEMO not in memo:
        wanted = select(*_PROMOTION, _CATEGORIES).where(
            PromotionRow.status == "active", PromotionRow.kind == "catalogue"
        )
        found = [_promotion(scope, row) for row in scope.db.execute(wanted)]
        facts = facts_of(scope)
        memo[MEMO] = tuple(in_order(one for one in found if not why_not_now(one, facts)))
    return memo[MEMO]


@query("catalogue.browse")
def list_for_cart(
    scope: Scope, coupon: str = "", email: str = "", held_for: str | None = None
) -> tuple[Promotion, ...]:
    """The promotions that a cart may have, with what is left of their caps for it. One statement.

    :param coupon: the code on the cart; its promotion is among them also when it does not run.
    :param held_for: the cart's own open checkout: what it has reserved is left for it.
    """
    shopper = identity_of(email)
    code = normalise_code(coupon)
    own = and_(
        PromotionUseRow.promotion_id == PromotionRow.id,
        PromotionUseRow.reference == (held_for or ""),
        PromotionUseRow.status == "live",
    )
    by_shopper = (
        select(ShopperUseRow.used_count)
        .where(ShopperUseRow.promotion_id == PromotionRow.id, ShopperUseRow.shopper == shopper)
        .scalar_subquery()
    )
    statement = (
        select(
            *_PROMOTION,
            _CATEGORIES,
            CouponRow.id.label("coupon_id"),
            CouponRow.shown,
            CouponRow.usage_limit.label("coupon_limit"),
            CouponRow.used_count.label("coupon_used"),
            CouponRow.is_active,
            by_shopper.label("by_shopper"),
            PromotionUseRow.amount_minor.label("own_minor"),
            PromotionUseRow.coupon_id.label("own_coupon"),
        )
        .outerjoin(CouponRow, and_(CouponRow.promotion_id == PromotionRow.id, CouponRow.code == code))
        .outerjoin(PromotionUseRow, own)
        .where(
            or_(
                and_(PromotionRow.status == "active", PromotionRow.needs_coupon.is_(False)),
                CouponRow.id.is_not(None),
            )
        )
    )
    facts = facts_of(scope)
    found = []
    for row in scope.db.execute(statement):
        promotion = _with_coupon(_promotion(scope, row), row, is_known=bool(shopper))
        if row.status == "active" and (row.coupon_id or not why_not_now(replace(promotion, needs_coupon=False), facts)):
            found.append(promotion)
    return tuple(in_order(found))


@query("catalogue.browse")
def find_coupon(scope: Scope, entered: str, held_for: str | None = None) -> CouponStanding | None:
    """A coupon by what was typed, or None. One statement."""
    code = normalise_code(entered)
    if not code:
        return None
    row = scope.db.execute(
        select(
            *_PROMOTION,
            null().label("below"),
            CouponRow.id.label("coupon_id"),
            CouponRow.shown,
            CouponRow.usage_limit.label("coupon_limit"),
            CouponRow.used_count.label("coupon_used"),
            CouponRow.is_active,
            null().label("by_shopper"),
            PromotionUseRow.amount_minor.label("own_minor"),
            PromotionUseRow.coupon_id.label("own_coupon"),
        )
        .join(CouponRow, CouponRow.promotion_id == PromotionRow.id)
        .outerjoin(
            PromotionUseRow,
            and_(
                PromotionUseRow.promotion_id == PromotionRow.id,
                PromotionUseRow.reference == (held_for or ""),
                PromotionUseRow.status == "live",
            ),
        )
        .where(CouponRow.code == code, CouponRow.is_active)
    ).one_or_none()
    if row is None:
        return None
    promotion = _with_coupon(_promotion(scope, row), row, is_known=False)
    problem = row.status if row.status == "draft" else why_not_now(promotion, facts_of(scope))
    return CouponStanding(promotion, row.shown, "ended" if row.status == "ended" else problem)


@query("catalogue.browse")
def show_prices(scope: Scope, lines: Sequence[QuoteLine]) -> list[ShownPrice]:
    """Prices as lists and product pages show them, in the order of the lines. At most one statement a unit of work."""
    running = list_running(scope) if lines else ()
    rounding, facts = Rounding(str(get_market(scope).tax.rounding)), facts_of(scope)
    return [show_price(line.unit_minor, line, running, facts, rounding) for line in lines]


@document_query(PUBLIC)
def facts_of(scope: Scope, *, gateway: str = "", delivery: str = "", is_first_order: bool | None = None) -> CartFacts:
    """What conditions ask besides the lines, at this moment and on this storefront."""
    storefront = scope.storefront.code if scope.storefront else ""
    return CartFacts(moment_text(scope.now()), storefront, gateway, delivery, is_first_order)


@document_query(PUBLIC)
def discount_lines(
    scope: Scope,
    lines: Sequence[QuoteLine],
    promotions: Sequence[Promotion],
    facts: CartFacts,
    charges: Sequence[Charge] = (),
) -> Discounts:
    """What promotions make of some lines (and charges) outside a quote."""
    return apply_promotions(lines, charges, promotions, facts, Rounding(str(get_market(scope).tax.rounding)))


@query("promotions.edit")
def get_promotion(scope: Scope, promotion_id: str) -> StoredPromotion:
    """Raises `PromotionNotFound`."""
    try:
        wanted = _stored().where(PromotionRow.id == ids.check("prm", promotion_id))
    except MalformedId:
        raise PromotionNotFound() from None
    row = scope.db.execute(wanted).one_or_none()
    if row is None:
        raise PromotionNotFound()
    return _read_stored(scope, row)


@query("promotions.edit")
def list_promotions(scope: Scope, status: str | None = None, words: str = "") -> list[StoredPromotion]:
    """All promotions, the newest first, those that run at this moment before the others. One statement."""
    wanted = _stored().order_by(PromotionRow.id.desc()).limit(500)
    if status:
        wanted = wanted.where(PromotionRow.status == status)
    if words := words.strip():
        names = func.jsonb_each_text(PromotionRow.name).table_valued("key", "value")
        found = select(names.c.key).where(names.c.value.icontains(words, autoescape=True)).exists()
        wanted = wanted.where(or_(PromotionRow.code.icontains(words, autoescape=True), found))
    rows = [_read_stored(scope, row) for row in scope.db.execute(wanted)]
    return sorted(rows, key=lambda one: not one.is_running)


@query(SYSTEM_ONLY)
def read_input(scope: Scope, row: Any) -> PromotionInput:
    """A promotion as it was given, from a row with the columns of its table."""
    return PromotionInput(
        code=row.code,
        name=row.name,
        kind=row.kind,
        benefit=rules.read_benefit(row.benefit),
        conditions=rules.read_conditions(row.conditions),
        priority=row.priority,
        is_exclusive=row.is_exclusive,
        group=row.exclusion_group,
        payer=row.payer,
        starts_local=row.starts_local,
        ends_local=row.ends_local,
        needs_coupon=row.needs_coupon,
        usage_limit=row.usage_limit,
        shopper_limit=row.shopper_limit,
        budget_minor=row.budget_minor,
        returns_on_cancel=row.returns_on_cancel,
    )


@query("promotions.edit")
def get_for_preview(scope: Scope, promotion_id: str) -> Promotion:
    """A promotion as a preview tries it: running now, its caps untouched, its coupon entered. Raises
    `PromotionNotFound`."""
    row = scope.db.execute(select(*_PROMOTION, _CATEGORIES).where(PromotionRow.id == promotion_id)).one_or_none()
    if row is None:
        raise PromotionNotFound()
    caps: dict[str, Any] = {"uses_left": None, "budget_left_minor": None}
    return replace(
        _promotion(scope, row), starts_at="", ends_at="", coupon=row.code if row.needs_coupon else "", **caps
    )


def _stored() -> Any:
    coupons = (
        select(func.count()).where(CouponRow.promotion_id == PromotionRow.id).correlate(PromotionRow).scalar_subquery()
    )
    return select(
        *_PROMOTION,
        PromotionRow.returns_on_cancel,
        PromotionRow.version,
        PromotionRow.created_at,
        PromotionRow.activated_at,
        PromotionRow.ended_at,
        coupons.label("coupon_count"),
        null().label("below"),
    )


def _read_stored(scope: Scope, row: Any) -> StoredPromotion:
    running = row.status == "active" and not why_not_now(
        replace(_promotion(scope, row), needs_coupon=False), facts_of(scope)
    )
    return StoredPromotion(
        id=row.id,
        given=read_input(scope.as_system(), row),
        status=row.status,
        used_count=row.used_count,
        spent_minor=row.spent_minor,
        coupon_count=row.coupon_count,
        version=row.version,
        created_at=row.created_at,
        activated_at=row.activated_at,
        ended_at=row.ended_at,
        is_running=running,
    )


def _promotion(scope: Scope, row: Row) -> Promotion:
    conditions = rules.read_conditions(row.conditions)
    if conditions.categories and row.below is not None:
        conditions = replace(conditions, categories=tuple(row.below))
    return Promotion(
        id=row.id,
        code=row.code,
        name=row.name,
        kind=row.kind,
        benefit=rules.read_benefit(row.benefit),
        conditions=conditions,
        priority=row.priority,
        is_exclusive=row.is_exclusive,
        group=row.exclusion_group,
        payer=row.payer,
        starts_at=start_of(row.starts_local, scope.time_zone),
        ends_at=end_of(row.ends_local, scope.time_zone),
        needs_coupon=row.needs_coupon,
        uses_left=None if row.usage_limit is None else row.usage_limit - row.used_count,
        budget_left_minor=None if row.budget_minor is None else row.budget_minor - row.spent_minor,
        counts_shoppers=row.shopper_limit is not None,
    )


def _with_coupon(promotion: Promotion, row: Any, *, is_known: bool) -> Promotion:
    """What is left for the cart that asks: its own open checkout does not count against it."""
    own = 1 if row.own_minor else 0
    is_usable = row.coupon_id is not None and row.is_active
    coupon_left = None
    if is_usable and row.coupon_limit is not None:
        coupon_left = row.coupon_limit - row.coupon_used + (1 if row.own_coupon == row.coupon_id else 0)
    limit = row.shopper_limit
    budget = promotion.budget_left_minor
    return replace(
        promotion,
        coupon=row.shown if is_usable else "",
        coupon_id=row.coupon_id if is_usable else "",
        uses_left=None if promotion.uses_left is None else promotion.uses_left + own,
        budget_left_minor=None if budget is None else budget + (row.own_minor or 0),
        coupon_uses_left=coupon_left,
        shopper_uses_left=limit - (row.by_shopper or 0) + own if limit is not None and is_known else None,
    )
