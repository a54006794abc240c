"""Writers of delivery methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert

from app.domains.delivery.models import DeliveryMethod
from app.kit.money import Money
from app.kit.scope import SYSTEM_ONLY, Scope, action


@action(SYSTEM_ONLY)
def apply_section(scope: Scope, methods: Sequence[dict[str, Any]]) -> None:
    """Make the methods of a tenant's document the ones that are offered; others are kept but not offered."""
    for position, method in enumerate(methods):
        free_from = method.get("free_from")
        values = {
            "name": method["name"],
            "price_minor": Money.parse(method["price"], scope.currency).amount_minor,
            "free_from_minor": Money.parse(free_from, scope.currency).amount_minor if free_from else None,
            "currency": scope.currency,
            "tax_category": method.get("tax_category", "standard"),
            "min_days": method["min_days"],
            "max_days": method["max_days"],
            "position": position,
            "is_active": True,
        }
        row = insert(DeliveryMethod).values(code=method["code"], **values)
        scope.db.execute(
            row.on_conflict_do_update(
                index_elements=[DeliveryMethod.code],
                set_={**values, "version": DeliveryMethod.version + 1, "updated_at": func.now()},
            )
        )
    named = [method["code"] for method in methods]
    scope.db.execute(
        update(DeliveryMethod)
        .where(DeliveryMethod.code.not_in(named), DeliveryMethod.is_active)
        .values(is_active=False, version=DeliveryMethod.version + 1)
    )
