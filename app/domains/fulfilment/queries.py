"""Readers of fulfilments."""

from __future__ import annotations

from sqlalchemy import select

from app.domains.fulfilment.models import FulfilmentRow
from app.domains.fulfilment.types import Fulfilment
from app.kit.scope import Scope, query

_COLUMNS = tuple(getattr(FulfilmentRow, name) for name in Fulfilment.__dataclass_fields__)


@query("orders.view")
def find_fulfilment(scope: Scope, order_id: str) -> Fulfilment | None:
    """The parcel of an order, or None while it has not been packed."""
    row = scope.db.execute(select(*_COLUMNS).where(FulfilmentRow.order_id == order_id)).one_or_none()
    return None if row is None else Fulfilment(*row)
