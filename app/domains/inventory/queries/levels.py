"""Readers of stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.domains.inventory.models import Reservation, StockLevel
from app.kit.scope import Scope, query


@dataclass(frozen=True, slots=True)
class Level:
    """An offer's stock at the main location, with the version that an editor must name."""

    offer_id: str
    on_hand: int
    reserved: int
    version: int


@query("catalogue.browse")
def list_available(scope: Scope, offer_ids: Sequence[str], held_for: str | None = None) -> dict[str, int]:
    """How many pieces of each offer can be bought now: by the holder of a reference also what it holds itself.

    One statement, two with `held_for`.
    """
    found = scope.db.execute(
        select(StockLevel.offer_id, func.sum(StockLevel.on_hand - StockLevel.reserved).label("available"))
        .where(StockLevel.offer_id.in_(offer_ids))
        .group_by(StockLevel.offer_id)
    )
    known = {row.offer_id: int(row.available) for row in found}
    if held_for is not None:
        own = select(Reservation.offer_id, Reservation.quantity).where(
            Reservation.reference == held_for, Reservation.status == "live", Reservation.offer_id.in_(offer_ids)
        )
        for row in scope.db.execute(own):
            known[row.offer_id] = known.get(row.offer_id, 0) + row.quantity
    return {offer_id: known.get(offer_id, 0) for offer_id in offer_ids}


@query("inventory.edit")
def list_levels(scope: Scope, offer_ids: Sequence[str]) -> dict[str, Level]:
    """The stock levels of some offers, for an editor."""
    columns = (StockLevel.offer_id, StockLevel.on_hand, StockLevel.reserved, StockLevel.version)
    found = scope.db.execute(select(*columns).where(StockLevel.offer_id.in_(offer_ids)))
    return {row.offer_id: Level(row.offer_id, row.on_hand, row.reserved, row.version) for row in found}
