"""Writers of fulfilments. The order moves first, in the same unit: its row is locked, and its status decides."""

from __future__ import annotations

from sqlalchemy import insert, update

from app.domains.fulfilment.errors import CarrierNotValid, FulfilmentNotFound, TrackingCodeNotValid
from app.domains.fulfilment.models import FulfilmentRow
from app.domains.fulfilment.rules import LONGEST_CARRIER, LONGEST_CODE, tidy_carrier, tidy_tracking_code
from app.domains.orders.actions import moves
from app.kit import ids
from app.kit.scope import Scope, action


@action("orders.manage")
def pack_order(scope: Scope, order_id: str, if_version: int | None = None) -> str:
    """Everything of the order lies in its parcel; returns the fulfilment's id.

    :raises OrderNotFound, StatusNotPossible, StaleVersion: nothing has changed.
    """
    moves.mark_packed(scope, order_id, if_version)
    fulfilment_id = ids.new("ful")
    scope.db.execute(
        insert(FulfilmentRow).values(
            id=fulfilment_id,
            order_id=order_id,
            status="packed",
            packed_at=scope.now(),
            packed_by=scope.actor.name or scope.actor.kind,
        )
    )
    return fulfilment_id


@action("orders.manage")
def ship_order(
    scope: Scope, order_id: str, carrier: str, tracking_code: str = "", if_version: int | None = None
) -> str:
    """The parcel has been handed to a carrier; returns the fulfilment's id.

    :param tracking_code: may be empty: not every carrier gives one.
    :raises CarrierNotValid, TrackingCodeNotValid:
    :raises OrderNotFound, StatusNotPossible, StaleVersion: nothing has changed.
    """
    name, code = tidy_carrier(carrier), tidy_tracking_code(tracking_code)
    if name is None:
        raise CarrierNotValid(field="carrier", longest=LONGEST_CARRIER)
    if code is None:
        raise TrackingCodeNotValid(field="tracking_code", longest=LONGEST_CODE)
    moves.mark_shipped(scope, order_id, name, code, if_version)
    shipped = scope.db.execute(
        update(FulfilmentRow)
        .where(FulfilmentRow.order_id == order_id, FulfilmentRow.status == "packed")
        .values(
            status="shipped",
            shipped_at=scope.now(),
            shipped_by=scope.actor.name or scope.actor.kind,
            carrier=name,
            tracking_code=code,
            version=FulfilmentRow.version + 1,
        )
        .returning(FulfilmentRow.id)
    ).scalar_one_or_none()
    if shipped is None:
        raise FulfilmentNotFound()
    return str(shipped)
