"""Stock and prices: what is promised, sold and counted."""

from __future__ import annotations

from .guard import Guard

ROWS = "tests/resilience/test_row_guards.py"
PAYING = "tests/domains/orders/test_payment.py"

STOCK: tuple[Guard, ...] = (
    Guard(
        name="stock is promised only where there is enough",
        file="app/domains/inventory/actions.py",
        snippet="StockLevel.offer_id == offer_id, StockLevel.on_hand - StockLevel.reserved >= quantity)",
        replacement="StockLevel.offer_id == offer_id)",
        tests=(
            f"{ROWS}::test_pieces_are_held_again_only_where_they_are",
            f"{PAYING}::test_thirty_two_buyers_of_ten_pieces",
        ),
    ),
    Guard(
        name="a promise that found no row is refused",
        file="app/domains/inventory/actions.py",
        snippet=(
            "    if held is None:\n"
            "        raise InsufficientStock(offer_id=offer_id, available=_available(scope, offer_id))\n"
        ),
        replacement=(
            "    if held is None:\n        return str(scope.db.execute(select(StockLocation.id)).scalar_one())\n"
        ),
        tests=(
            f"{ROWS}::test_pieces_are_held_again_only_where_they_are",
            f"{PAYING}::test_thirty_two_buyers_of_ten_pieces",
        ),
    ),
    Guard(
        name="what is held or sold is not held again",
        file="app/domains/inventory/actions.py",
        snippet="        if held is None:\n            raise ReservationGone(reference=reference)\n",
        replacement="",
        tests=("tests/domains/inventory/test_stock.py::test_what_is_held_is_not_held_again",),
    ),
    Guard(
        name="the database promises no more than there is",
        file="app/domains/inventory/models.py",
        snippet='        CheckConstraint("reserved >= 0 AND reserved <= on_hand", name="reserved"),\n',
        replacement="",
        tests=(f"{ROWS}::test_the_database_promises_no_more_than_there_is",),
    ),
    Guard(
        name="a reference holds an offer once",
        file="app/domains/inventory/models.py",
        snippet='        UniqueConstraint("reference", "offer_id"),\n',
        replacement="",
        tests=(f"{ROWS}::test_the_database_holds_pieces_once_per_reference",),
    ),
    Guard(
        name="a reason moves an offer once per reference",
        file="app/domains/inventory/models.py",
        snippet='        UniqueConstraint("reason", "reference", "offer_id", "location_id"),\n',
        replacement="",
        tests=(f"{ROWS}::test_stock_is_put_back_once_per_reference",),
    ),
    Guard(
        name="movements stay as they were written",
        file="app/domains/inventory/models.py",
        snippet='AFTER_CREATE = ("REVOKE UPDATE, DELETE, TRUNCATE ON inventory_movements FROM tenant",)\n',
        replacement="AFTER_CREATE = ()\n",
        tests=(f"{ROWS}::test_the_database_keeps_movements_as_they_were_written",),
    ),
    Guard(
        name="a reservation ends once",
        file="app/domains/inventory/actions.py",
        snippet=(
            '        .where(Reservation.reference == reference, Reservation.status == "live")\n'
            "        .values(status=status,"
        ),
        replacement=("        .where(Reservation.reference == reference)\n        .values(status=status,"),
        tests=(f"{ROWS}::test_pieces_that_are_not_held_cannot_be_sold",),
    ),
    Guard(
        name="nothing is sold that is not held",
        file="app/domains/inventory/actions.py",
        snippet=("    if not lines:\n        raise ReservationGone(reference=reference)\n"),
        replacement="",
        tests=(f"{ROWS}::test_pieces_that_are_not_held_cannot_be_sold",),
    ),
    Guard(
        name="an expired hold is not counted on",
        file="app/domains/inventory/actions.py",
        snippet=(
            '        .where(Reservation.reference == reference, Reservation.status == "live")\n        .values(version='
        ),
        replacement=("        .where(Reservation.reference == reference)\n        .values(version="),
        tests=(f"{PAYING}::test_money_after_expiry_gets_its_goods_again",),
    ),
    Guard(
        name="a count that was taken before another is not stored",
        file="app/domains/inventory/actions.py",
        snippet=("    if if_version is not None and level.version != if_version:\n        raise StaleVersion()\n"),
        replacement="",
        tests=(f"{ROWS}::test_a_count_that_was_taken_before_another_is_not_stored",),
    ),
    Guard(
        name="a price that somebody else has changed is not overwritten",
        file="app/domains/pricing/actions/prices.py",
        snippet=(
            "    if if_version is not None and (standing is None or standing.version != if_version):\n"
            "        raise StaleVersion()\n"
        ),
        replacement="",
        tests=(f"{ROWS}::test_a_price_that_somebody_else_has_changed_is_not_overwritten",),
    ),
)
