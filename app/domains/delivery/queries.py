"""Readers of delivery methods."""

from __future__ import annotations

from sqlalchemy import select

from app.domains.delivery.errors import MethodNotOffered
from app.domains.delivery.models import DeliveryMethod
from app.domains.delivery.types import Method
from app.kit.scope import Scope, query


@query("catalogue.browse")
def list_methods(scope: Scope, items_minor: int) -> list[Method]:
    """The methods that are offered for a cart of this amount, in the tenant's order."""
    columns = (
        DeliveryMethod.code,
        DeliveryMethod.name,
        DeliveryMethod.price_minor,
        DeliveryMethod.free_from_minor,
        DeliveryMethod.currency,
        DeliveryMethod.tax_category,
        DeliveryMethod.min_days,
        DeliveryMethod.max_days,
    )
    found = scope.db.execute(select(*columns).where(DeliveryMethod.is_active).order_by(DeliveryMethod.position))
    methods = []
    for row in found:
        is_free = row.free_from_minor is not None and items_minor >= row.free_from_minor
        methods.append(Method(**{**row._mapping, "price_minor": 0 if is_free else row.price_minor}))
    return methods


@query("catalogue.browse")
def get_method(scope: Scope, code: str, items_minor: int) -> Method:
    """One method that is offered. Raises `MethodNotOffered`."""
    for method in list_methods(scope, items_minor):
        if method.code == code:
            return method
    raise MethodNotOffered(field="delivery", method=code[:40])
