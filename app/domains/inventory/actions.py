"""Writers of stock. Each guard is the WHERE of an UPDATE and its row count; rows are taken in the order of their id."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.inventory.errors import InsufficientStock, ReservationGone, StockNotValid
from app.domains.inventory.events import AvailabilityChanged
from app.domains.inventory.models import Reservation, StockLevel, StockLocation, StockMovement
from app.domains.tenancy.actions import record_change, record_changes
from app.kit import ids
from app.kit.errors import StaleVersion
from app.kit.events import announce
from app.kit.scope import SYSTEM_ONLY, Scope, action

MAIN = "main"
LARGEST = 1_000_000


@action(SYSTEM_ONLY)
def ensure_location(scope: Scope, code: str = MAIN) -> str:
    """A stock location by its code: made once, then kept."""
    scope.db.execute(upsert(StockLocation).values(id=ids.new("loc"), code=code).on_conflict_do_nothing())
    return scope.db.execute(select(StockLocation.id).where(StockLocation.code == code)).scalar_one()


@action("inventory.edit")
def set_stock(scope: Scope, offer_id: str, on_hand: int, *, reference: str, if_version: int | None = None) -> bool:
    """Count an offer's stock at the main location; the difference is written as a movement. False if none.

    :param reference: what counted it (an import run, an edit): one adjustment per reference.
    :raises StockNotValid: below what is reserved, negative, or beyond 1,000,000.
    :raises StaleVersion: somebody else has changed the level since `if_version`.
    """
    location_id = scope.db.execute(select(StockLocation.id).where(StockLocation.code == MAIN)).scalar_one()
    scope.db.execute(upsert(StockLevel).values(offer_id=offer_id, location_id=location_id).on_conflict_do_nothing())
    level = scope.db.execute(
        select(StockLevel.on_hand, StockLevel.reserved, StockLevel.version)
        .where(StockLevel.offer_id == offer_id, StockLevel.location_id == location_id)
        .with_for_update()
    ).one()
    if if_version is not None and level.version != if_version:
        raise StaleVersion()
    if not level.reserved <= on_hand <= LARGEST:
        raise StockNotValid(field="stock", reserved=level.reserved)
    delta = on_hand - level.on_hand
    if delta == 0:
        return False
    scope.db.execute(
        update(StockLevel)
        .where(StockLevel.offer_id == offer_id, StockLevel.location_id == location_id)
        .values(on_hand=on_hand, version=StockLevel.version + 1)
    )
    _move(scope, offer_id, location_id, delta, "adjusted", reference)
    record_change(
        scope,
        noun="stock",
        noun_id=offer_id,
        verb="count",
        before={"on_hand": level.on_hand},
        after={"on_hand": on_hand},
    )
    _announce_flip(scope, offer_id, level.on_hand - level.reserved, on_hand - level.reserved)
    return True


@action("inventory.edit")
def set_stocks(scope: Scope, counts: Mapping[str, int], *, reference: str) -> set[str]:
    """Count the stock of many offers at the main location; returns the offers whose level was another. In six
    statements, however many; each difference is a movement and has its audit row.

    Nobody is told of each: the caller announces all that it did at once (`catalogue.ProductsImported`).

    :param reference: what counted it: one adjustment per offer and reference.
    :raises StockNotValid: of one of them: below what is reserved, negative, or beyond 1,000,000; none is set then.
    """
    if not counts:
        return set()
    location_id = scope.db.execute(select(StockLocation.id).where(StockLocation.code == MAIN)).scalar_one()
    offers = sorted(counts)
    missing = upsert(StockLevel.__table__).on_conflict_do_nothing().returning(StockLevel.offer_id)
    scope.db.execute(missing, [{"offer_id": offer_id, "location_id": location_id} for offer_id in offers]).all()
    levels = scope.db.execute(
        select(StockLevel.offer_id, StockLevel.on_hand, StockLevel.reserved)
        .where(StockLevel.offer_id.in_(offers), StockLevel.location_id == location_id)
        .order_by(StockLevel.offer_id)
        .with_for_update()
    ).all()
    changes = {}
    moved = []
    for level in levels:
        on_hand = counts[level.offer_id]
        if not level.reserved <= on_hand <= LARGEST:
            raise StockNotValid(field="stock", reserved=level.reserved)
        if on_hand != level.on_hand:
            changes[level.offer_id] = ({"on_hand": level.on_hand}, {"on_hand": on_hand})
            moved.append((level.offer_id, on_hand, on_hand - level.on_hand))
    if not moved:
        return set()
    scope.db.connection().execute(
        update(StockLevel.__table__)
        .where(StockLevel.offer_id == bindparam("of"), StockLevel.location_id == location_id)
        .values(on_hand=bindparam("counted"), version=StockLevel.version + 1),
        [{"of": offer_id, "counted": on_hand} for offer_id, on_hand, _ in moved],
    )
    scope.db.execute(
        insert(StockMovement.__table__).returning(StockMovement.id),
        [
            {
                "offer_id": offer_id,
                "location_id": location_id,
                "delta": delta,
                "reason": "adjusted",
                "reference": reference,
                "occurred_at": scope.now(),
            }
            for offer_id, _, delta in moved
        ],
    )
    record_changes(scope, noun="stock", verb="count", changes=changes)
    return set(changes)


@action(SYSTEM_ONLY)
def reserve(
    scope: Scope,
    reference: str,
    quantities: Mapping[str, int],
    expires_at: datetime,
    instead_of: Collection[str] = (),
) -> None:
    """Hold pieces for a reference, all or none.

    The guard is the UPDATE's own WHERE: two buyers of the last piece cannot both pass it.
    :param instead_of: references whose pieces are given back first, in the same pass over the levels.
    :raises InsufficientStock: with `offer_id` and what is `available`; the caller's transaction must not commit.
    """
    _give_back_for(scope, quantities, instead_of)
    for offer_id in sorted(quantities):
        quantity = quantities[offer_id]
        location_id = _hold(scope, offer_id, quantity)
        scope.db.execute(
            insert(Reservation).values(
                id=ids.new("rsv"),
                reference=reference,
                offer_id=offer_id,
                location_id=location_id,
                quantity=quantity,
                status="live",
                expires_at=expires_at,
            )
        )


@action(SYSTEM_ONLY)
def reserve_again(
    scope: Scope, reference: str, quantities: Mapping[str, int], instead_of: Collection[str] = ()
) -> None:
    """Hold pieces once more for a reference whose reservations have ended, to be claimed in the same unit.

    They may lie at another location than before. `instead_of` as in `reserve`.
    :raises InsufficientStock: the caller rolls its savepoint back.
    :raises ReservationGone: an offer was never held for the reference, or is held or sold.
    """
    _give_back_for(scope, quantities, instead_of)
    for offer_id in sorted(quantities):
        location_id = _hold(scope, offer_id, quantities[offer_id])
        held = scope.db.execute(
            update(Reservation)
            .where(
                Reservation.reference == reference,
                Reservation.offer_id == offer_id,
                Reservation.quantity == quantities[offer_id],
                Reservation.status.in_(("released", "expired")),
            )
            .values(
                status="live", location_id=location_id, expires_at=scope.now(), version=Reservation.version + 1
            )
            .returning(Reservation.id)
        ).one_or_none()
        if held is None:
            raise ReservationGone(reference=reference)


@action(SYSTEM_ONLY)
def hold_on(scope: Scope, reference: str) -> bool:
    """Are pieces still held for a reference? If so they stay held to the end of the unit: its rows are locked."""
    held = scope.db.execute(
        update(Reservation)
        .where(Reservation.reference == reference, Reservation.status == "live")
        .values(version=Reservation.version + 1)
        .returning(Reservation.id)
    )
    return bool(held.all())


@action(SYSTEM_ONLY)
def claim(scope: Scope, reference: str) -> None:
    """What was held is sold: on hand and reserved go down together.

    :raises ReservationGone: nothing live is held for the reference (it has expired, or was claimed before).
    """
    lines = _end(scope, reference, "claimed")
    if not lines:
        raise ReservationGone(reference=reference)
    for offer_id, location_id, quantity in lines:
        scope.db.execute(
            update(StockLevel)
            .where(StockLevel.offer_id == offer_id, StockLevel.location_id == location_id)
            .values(
                on_hand=StockLevel.on_hand - quantity,
                reserved=StockLevel.reserved - quantity,
                version=StockLevel.version + 1,
            )
        )
        _move(scope, offer_id, location_id, -quantity, "sold", reference)


@action(SYSTEM_ONLY)
def release(scope: Scope, reference: str, status: str = "released") -> int:
    """Give back what is held for a reference; returns the number of offers (0: nothing was live)."""
    lines = _end(scope, reference, status)
    for offer_id, location_id, quantity in lines:
        freed = scope.db.execute(
            update(StockLevel)
            .where(StockLevel.offer_id == offer_id, StockLevel.location_id == location_id)
            .values(reserved=StockLevel.reserved - quantity, version=StockLevel.version + 1)
            .returning(StockLevel.on_hand, StockLevel.reserved)
        ).one()
        left = freed.on_hand - freed.reserved
        _announce_flip(scope, offer_id, left - quantity, left)
    return len(lines)


@action(SYSTEM_ONLY)
def restock(
    scope: Scope, reference: str, quantities: Mapping[str, int], reason: str = "cancelled", sold_as: str = ""
) -> bool:
    """Put sold pieces back, once per reference; False when they were put back before.

    :param sold_as: the reference under which they were sold: they go back to where they lay. Pieces of which no sale
        is known come to the main location.
    """
    main = scope.db.execute(select(StockLocation.id).where(StockLocation.code == MAIN)).scalar_one()
    lay = scope.db.execute(
        select(StockMovement.offer_id, StockMovement.location_id).where(
            StockMovement.reason == "sold", StockMovement.reference == (sold_as or reference)
        )
    )
    locations = {row.offer_id: row.location_id for row in lay}
    for offer_id in sorted(quantities):
        location_id = locations.get(offer_id, main)
        moved = scope.db.execute(
            upsert(StockMovement)
            .values(
                offer_id=offer_id,
                location_id=location_id,
                delta=quantities[offer_id],
                reason=reason,
                reference=reference,
                occurred_at=scope.now(),
            )
            .on_conflict_do_nothing()
            .returning(StockMovement.id)
        ).one_or_none()
        if moved is None:
            return False
        level = scope.db.execute(
            update(StockLevel)
            .where(StockLevel.offer_id == offer_id, StockLevel.location_id == location_id)
            .values(on_hand=StockLevel.on_hand + quantities[offer_id], version=StockLevel.version + 1)
            .returning(StockLevel.on_hand, StockLevel.reserved)
        ).one()
        left = level.on_hand - level.reserved
        _announce_flip(scope, offer_id, left - quantities[offer_id], left)
    return True


@action(SYSTEM_ONLY)
def expire_reservations(scope: Scope, limit: int = 200) -> int:
    """Give back what was held too long; returns the number of references."""
    due = (
        select(Reservation.reference)
        .where(Reservation.status == "live", Reservation.expires_at < scope.now())
        .distinct()
        .limit(limit)
    )
    references = sorted(scope.db.scalars(due))
    return sum(1 for reference in references if release(scope, reference, "expired"))


def _give_back_for(scope: Scope, wanted: Collection[str], references: Collection[str]) -> None:
    """Give back what is held for some references, by one that goes on to hold other pieces.

    The reservations are locked first, then all levels that the unit will touch, old and new, in one order: two
    passes over the levels, each in order, would meet another unit's half way.
    """
    if not references:
        return
    held = scope.db.scalars(
        select(Reservation.offer_id)
        .where(Reservation.reference.in_(references), Reservation.status == "live")
        .order_by(Reservation.reference, Reservation.offer_id)
        .with_for_update()
    )
    scope.db.execute(
        select(StockLevel.offer_id)
        .where(StockLevel.offer_id.in_({*wanted, *held}))
        .order_by(StockLevel.offer_id, StockLevel.location_id)
        .with_for_update()
    )
    for reference in sorted(references):
        release(scope, reference)


def _hold(scope: Scope, offer_id: str, quantity: int) -> str:
    """Promise pieces at one location that has them all; returns it. The row count of the UPDATE decides."""
    place = (
        select(StockLevel.location_id)
        .where(StockLevel.offer_id == offer_id, StockLevel.on_hand - StockLevel.reserved >= quantity)
        .order_by(StockLevel.location_id)
        .limit(1)
        .with_for_update()
        .scalar_subquery()
    )
    held = scope.db.execute(
        update(StockLevel)
        .where(StockLevel.offer_id == offer_id, StockLevel.location_id == place)
        .values(reserved=StockLevel.reserved + quantity, version=StockLevel.version + 1)
        .returning(StockLevel.location_id, StockLevel.on_hand, StockLevel.reserved)
    ).one_or_none()
    if held is None:
        raise InsufficientStock(offer_id=offer_id, available=_available(scope, offer_id))
    left = held.on_hand - held.reserved
    _announce_flip(scope, offer_id, left + quantity, left)
    return str(held.location_id)


def _end(scope: Scope, reference: str, status: str) -> list[tuple[str, str, int]]:
    """End the live reservations of a reference: the row count decides who may."""
    ended = scope.db.execute(
        update(Reservation)
        .where(Reservation.reference == reference, Reservation.status == "live")
        .values(status=status, version=Reservation.version + 1)
        .returning(Reservation.offer_id, Reservation.location_id, Reservation.quantity)
    )
    return sorted((row.offer_id, row.location_id, row.quantity) for row in ended)


def _move(scope: Scope, offer_id: str, location_id: str, delta: int, reason: str, reference: str) -> None:
    scope.db.execute(
        insert(StockMovement).values(
            offer_id=offer_id,
            location_id=location_id,
            delta=delta,
            reason=reason,
            reference=reference,
            occurred_at=scope.now(),
        )
    )


def _available(scope: Scope, offer_id: str) -> int:
    found = select(func.coalesce(func.sum(StockLevel.on_hand - StockLevel.reserved), 0))
    return int(scope.db.execute(found.where(StockLevel.offer_id == offer_id)).scalar_one())


def _announce_flip(scope: Scope, offer_id: str, before: int, after: int) -> None:
    if (before > 0) != (after > 0):
        announce(scope, AvailabilityChanged(offer_id, after > 0))
