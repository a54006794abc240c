"""Writers of promotions. What has been activated keeps its benefit and its payer: orders refer to it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.pricing.actions.coupons import ensure_coupon
from app.domains.pricing.errors import (
    CapTooLow,
    PromotionCodeTaken,
    PromotionEnded,
    PromotionNotFound,
    PromotionNotValid,
    PromotionRunning,
)
from app.domains.pricing.events import PromotionActivated, PromotionStopped
from app.domains.pricing.models import PromotionRow
from app.domains.pricing.queries.coupons import find_products
from app.domains.pricing.queries.promotions import MEMO, read_input
from app.domains.pricing.rules.validity import faults_of
from app.domains.pricing.types import PromotionInput
from app.domains.tenancy.actions import record_change
from app.kit import ids
from app.kit.errors import StaleVersion
from app.kit.events import announce
from app.kit.scope import SYSTEM_ONLY, Scope, action

FROZEN = ("kind", "benefit", "payer", "needs_coupon", "shopper_limit")
"""What cannot change once it has been activated. (A limit per shopper counts from the first use on.)"""
_GIVEN = [name for name in PromotionInput.__dataclass_fields__ if name != "group"]
_STANDING = ("exclusion_group", "status", "version", "used_count", "spent_minor", "activated_at")
_ROW = tuple(getattr(PromotionRow, name) for name in (*_GIVEN, *_STANDING))


@action("promotions.edit")
def create_promotion(scope: Scope, given: PromotionInput) -> str:
    """A new promotion, as a draft; returns its id. Raises `PromotionNotValid` (`fields`), `PromotionCodeTaken`."""
    given = _checked(given)
    promotion_id = scope.db.execute(
        upsert(PromotionRow)
        .values(id=ids.new("prm"), status="draft", **_columns(given))
        .on_conflict_do_nothing(index_elements=[PromotionRow.code])
        .returning(PromotionRow.id)
    ).scalar_one_or_none()
    if promotion_id is None:
        raise PromotionCodeTaken(field="code")
    _record(scope, promotion_id, "create", {}, _document(given))
    return str(promotion_id)


@action("promotions.edit")
def change_promotion(scope: Scope, promotion_id: str, given: PromotionInput, if_version: int | None = None) -> bool:
    """Change a promotion; False when nothing differs. Uses that are reserved or ordered keep what they were given.

    :raises PromotionNotFound, PromotionEnded, StaleVersion, PromotionNotValid, PromotionCodeTaken:
    :raises PromotionRunning: it has been activated, and its kind, benefit or payer would change.
    :raises CapTooLow: a cap below what has been used.
    """
    given = _checked(given)
    row = _lock(scope, promotion_id)
    if if_version is not None and row.version != if_version:
        raise StaleVersion()
    if row.status == "ended":
        raise PromotionEnded()
    before = read_input(scope.as_system(), row)
    if before == given:
        return False
    if row.activated_at is not None and any(getattr(before, name) != getattr(given, name) for name in FROZEN):
        raise PromotionRunning()
    if given.usage_limit is not None and given.usage_limit < row.used_count:
        raise CapTooLow(field="usage_limit")
    if given.budget_minor is not None and given.budget_minor < row.spent_minor:
        raise CapTooLow(field="budget")
    taken = select(PromotionRow.id).where(PromotionRow.code == given.code, PromotionRow.id != promotion_id)
    if scope.db.execute(taken).first() is not None:
        raise PromotionCodeTaken(field="code")
    scope.db.execute(
        update(PromotionRow)
        .where(PromotionRow.id == promotion_id)
        .values(version=PromotionRow.version + 1, updated_at=func.now(), **_columns(given))
    )
    _record(scope, promotion_id, "change", _document(before), _document(given))
    return True


@action("promotions.edit")
def activate_promotion(scope: Scope, promotion_id: str, if_version: int | None = None) -> bool:
    """Let it run as its schedule says. False when it does already. Raises `PromotionEnded`, `StaleVersion`."""
    row = _lock(scope, promotion_id)
    if if_version is not None and row.version != if_version:
        raise StaleVersion()
    if row.status == "ended":
        raise PromotionEnded()
    if row.status == "active":
        return False
    scope.db.execute(
        update(PromotionRow)
        .where(PromotionRow.id == promotion_id, PromotionRow.status == "draft")
        .values(status="active", activated_at=scope.now(), version=PromotionRow.version + 1)
    )
    _record(scope, promotion_id, "activate", {"status": row.status}, {"status": "active"})
    announce(scope, PromotionActivated(promotion_id, row.code))
    return True


@action("promotions.edit")
def end_promotion(scope: Scope, promotion_id: str, if_version: int | None = None) -> bool:
    """End it for good; what is reserved may still be ordered. False when it has ended. Raises `StaleVersion`."""
    row = _lock(scope, promotion_id)
    if if_version is not None and row.version != if_version:
        raise StaleVersion()
    if row.status == "ended":
        return False
    scope.db.execute(
        update(PromotionRow)
        .where(PromotionRow.id == promotion_id, PromotionRow.status != "ended")
        .values(status="ended", ended_at=scope.now(), version=PromotionRow.version + 1)
    )
    _record(scope, promotion_id, "end", {"status": row.status}, {"status": "ended"})
    announce(scope, PromotionStopped(promotion_id, row.code))
    return True


@action(SYSTEM_ONLY)
def apply_section(
    scope: Scope, entries: Sequence[tuple[PromotionInput, Mapping[str, int | None]]], source: str
) -> None:
    """The promotions of a tenant's document, each with its codes and how often each may be used: made and activated
    when they are new. One that exists is left as it stands: the console is where it is changed and ended.

    :param source: of the products that conditions name by their external ids.
    """
    for given, codes in entries:
        standing = select(PromotionRow.id).where(PromotionRow.code == given.code)
        if scope.db.execute(standing).first() is not None:
            continue
        promotion_id = create_promotion(scope, _with_product_ids(scope, given, source))
        for code, limit in codes.items():
            ensure_coupon(scope, promotion_id, code, limit)
        activate_promotion(scope, promotion_id)


def _with_product_ids(scope: Scope, given: PromotionInput, source: str) -> PromotionInput:
    wanted = given.conditions.products
    if not wanted:
        return given
    found = find_products(scope, wanted, source)
    if missing := [name for name in wanted if name not in found]:
        raise PromotionNotValid(fields={"products": "unknown"}, missing=missing)
    return replace(given, conditions=replace(given.conditions, products=tuple(found[name] for name in wanted)))


def _checked(given: PromotionInput) -> PromotionInput:
    """As it is kept. A first order is one order: two at once by one shopper are stopped by her limit."""
    wrong = faults_of(given)
    if wrong:
        raise PromotionNotValid(fields=wrong)
    if given.conditions.first_order and given.shopper_limit is None:
        return replace(given, shopper_limit=1)
    return given


def _lock(scope: Scope, promotion_id: str) -> Any:
    scope.db.info.pop(MEMO, None)
    row = scope.db.execute(
        select(*_ROW).where(PromotionRow.id == ids.check("prm", promotion_id)).with_for_update()
    ).one_or_none()
    if row is None:
        raise PromotionNotFound()
    return row


def _columns(given: PromotionInput) -> dict[str, Any]:
    document = _document(given)
    group = document.pop("group")
    return {**document, "exclusion_group": group}


def _document(given: PromotionInput) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(asdict(given), default=str))
    return found


def _record(scope: Scope, promotion_id: str, verb: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    scope.db.info.pop(MEMO, None)
    record_change(scope, noun="promotion", noun_id=promotion_id, verb=verb, before=before, after=after)
