"""What must hold of stock at any moment."""

from __future__ import annotations

from app.kit.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="inventory.on_hand_is_moved",
        sentence="what lies at a location is the sum of the movements there",
        columns=("offer_id", "location_id", "on_hand", "moved"),
        ids={"offer_id": "off", "location_id": "loc"},
        sql="""
            SELECT coalesce(l.offer_id, m.offer_id) AS offer_id, coalesce(l.location_id, m.location_id) AS location_id,
                   coalesce(l.on_hand, 0) AS on_hand, coalesce(m.moved, 0) AS moved
            FROM inventory_levels AS l
            FULL JOIN (SELECT offer_id, location_id, sum(delta) AS moved FROM inventory_movements
                       GROUP BY offer_id, location_id) AS m
              ON m.offer_id = l.offer_id AND m.location_id = l.location_id
            WHERE coalesce(l.on_hand, 0) <> coalesce(m.moved, 0)
        """,
    ),
    Invariant(
        name="inventory.reserved_is_held",
        sentence="what is promised at a location is the sum of the live reservations there",
        columns=("offer_id", "location_id", "reserved", "held"),
        ids={"offer_id": "off", "location_id": "loc"},
        sql="""
            SELECT coalesce(l.offer_id, r.offer_id) AS offer_id, coalesce(l.location_id, r.location_id) AS location_id,
                   coalesce(l.reserved, 0) AS reserved, coalesce(r.held, 0) AS held
            FROM inventory_levels AS l
            FULL JOIN (SELECT offer_id, location_id, sum(quantity) AS held FROM inventory_reservations
                       WHERE status = 'live' GROUP BY offer_id, location_id) AS r
              ON r.offer_id = l.offer_id AND r.location_id = l.location_id
            WHERE coalesce(l.reserved, 0) <> coalesce(r.held, 0)
        """,
    ),
    Invariant(
        name="inventory.reservations_expire",
        sentence="no reservation is live for more than five minutes past its end",
        columns=("reservation_id", "reference", "expires_at"),
        ids={"reservation_id": "rsv"},
        sql="""
            SELECT id AS reservation_id, reference, expires_at FROM inventory_reservations
            WHERE status = 'live' AND expires_at < :now - interval '5 minutes'
        """,
    ),
)
