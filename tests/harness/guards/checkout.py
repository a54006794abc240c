"""From the cart to the order, and how an order moves."""

from __future__ import annotations

from .guard import Guard

PAYING = "tests/domains/orders/test_payment.py"
AGAIN = "tests/domains/orders/test_second_tries.py"
ENDS = "tests/domains/orders/test_loose_ends.py"
ROWS = "tests/resilience/test_row_guards.py"

CHECKOUT: tuple[Guard, ...] = (
    Guard(
        name="a checkout is drafted once per key",
        file="app/domains/orders/flows/payment.py",
        snippet=("    before = drafts.find_draft(unit, cart, given)\n    if before is not None:\n"),
        replacement=("    before = drafts.find_draft(unit, cart, given)\n    if False:\n"),
        tests=(f"{PAYING}::test_the_same_key_starts_one_checkout",),
    ),
    Guard(
        name="a key that has its order finds it",
        file="app/domains/orders/flows/payment.py",
        snippet="        if placed is None:\n",
        replacement="        if True:\n",
        tests=(f"{PAYING}::test_the_same_key_starts_one_checkout",),
    ),
    Guard(
        name="a key with another body is refused",
        file="app/domains/orders/actions/drafts.py",
        snippet=(
            "    if kept != body_hash(checkout_body(given, cart.lines, cart.coupon)):\n        raise KeyReused()\n"
        ),
        replacement="    return\n",
        tests=(
            f"{PAYING}::test_a_key_with_another_body_is_refused",
            f"{AGAIN}::test_a_key_that_has_its_order_takes_no_other_body",
        ),
    ),
    Guard(
        name="a cart has one checkout per key in the database",
        file="app/domains/orders/models.py",
        snippet='        UniqueConstraint("cart_id", "idempotency_key"),\n',
        replacement="",
        tests=(f"{ROWS}::test_the_database_takes_one_order_per_cart_and_one_checkout_per_key",),
    ),
    Guard(
        name="a cart has one order in the database",
        file="app/domains/orders/models.py",
        snippet='        Index("orders_groups_placed_idx", "cart_id", unique=True,',
        replacement='        Index("orders_groups_placed_idx", "cart_id",',
        tests=(f"{ROWS}::test_the_database_takes_one_order_per_cart_and_one_checkout_per_key",),
    ),
    Guard(
        name="a cart has one open checkout in the database",
        file="app/domains/orders/models.py",
        snippet='        Index("orders_groups_drafted_idx", "cart_id", unique=True,',
        replacement='        Index("orders_groups_drafted_idx", "cart_id",',
        tests=(f"{ROWS}::test_the_database_takes_one_open_checkout_per_cart",),
    ),
    Guard(
        name="two windows order one cart one after the other",
        file="app/domains/orders/actions/drafts.py",
        snippet="select(CartRow.id, CartRow.status).where(CartRow.id == whose_cart(scope, token)).with_for_update()",
        replacement="select(CartRow.id, CartRow.status).where(CartRow.id == whose_cart(scope, token))",
        tests=(f"{ROWS}::test_two_windows_that_order_one_cart_at_once_leave_one_checkout_open",),
    ),
    Guard(
        name="a cart that was ordered takes no other checkout",
        file="app/domains/orders/flows/payment.py",
        snippet="    if not is_open:\n",
        replacement="    if False:\n",
        tests=(f"{ROWS}::test_a_cart_that_was_ordered_is_not_ordered_again",),
    ),
    Guard(
        name="a new checkout frees what the one before held",
        file="app/domains/inventory/actions.py",
        snippet="    for reference in sorted(references):\n        release(scope, reference)\n",
        replacement="",
        tests=(f"{PAYING}::test_a_cart_is_ordered_once_however_many_windows",),
    ),
    Guard(
        name="whoever changes what it holds takes the levels in one pass",
        file="app/domains/inventory/actions.py",
        snippet=("        .order_by(StockLevel.offer_id, StockLevel.location_id)\n        .with_for_update()\n"),
        replacement="        .order_by(StockLevel.offer_id, StockLevel.location_id)\n",
        tests=(f"{AGAIN}::test_second_tries_and_other_buyers_wait_for_each_other_in_one_order",),
    ),
    Guard(
        name="who calls off the last orders of a checkout sees the other",
        file="app/domains/orders/actions/moves.py",
        snippet="select(GroupRow.id).where(GroupRow.id == group_id).with_for_update()",
        replacement="select(GroupRow.id).where(GroupRow.id == group_id)",
        tests=(f"{ENDS}::test_the_last_two_orders_of_a_checkout_called_off_at_once_end_its_attempt",),
    ),
    Guard(
        name="the total is the one that the shopper saw",
        file="app/domains/orders/flows/payment.py",
        snippet="    if total != given.expected_total_minor:\n",
        replacement="    if False:\n",
        tests=(f"{PAYING}::test_another_total_than_the_shopper_saw_is_refused",),
    ),
    Guard(
        name="only an open checkout is placed",
        file="app/domains/orders/actions/placing.py",
        snippet=(
            '        .where(GroupRow.id == group.id, GroupRow.status == "drafted")\n        .values(status="placed"'
        ),
        replacement=('        .where(GroupRow.id == group.id)\n        .values(status="placed"'),
        tests=(f"{ROWS}::test_a_checkout_that_was_given_up_is_not_placed",),
    ),
    Guard(
        name="only an open checkout is given up",
        file="app/domains/orders/actions/placing.py",
        snippet=(
            '        .where(GroupRow.id == group.id, GroupRow.status == "drafted")\n        .values(status=status,'
        ),
        replacement=("        .where(GroupRow.id == group.id)\n        .values(status=status,"),
        tests=(f"{ROWS}::test_a_placed_checkout_is_not_given_up",),
    ),
    Guard(
        name="money for a cart that is ordered otherwise finds no second order",
        file="app/domains/orders/actions/placing.py",
        snippet=('    if cart_status != "open":\n        return False\n'),
        replacement="",
        tests=(f"{PAYING}::test_a_cart_is_ordered_once_however_many_windows",),
    ),
    Guard(
        name="an order moves only along its way",
        file="app/domains/orders/actions/moves.py",
        snippet=("    if not can_move(row.status, to):\n        raise StatusNotPossible(status=row.status)\n"),
        replacement="",
        tests=(f"{PAYING}::test_a_cancelled_order_gives_stock_and_money_back_once",),
    ),
    Guard(
        name="an order moves once at a time",
        file="app/domains/orders/actions/moves.py",
        snippet=('        .where(OrderRow.id == ids.check("ord", order_id))\n        .with_for_update()\n'),
        replacement='        .where(OrderRow.id == ids.check("ord", order_id))\n',
        tests=("tests/resilience/test_refund_races.py::test_an_order_that_eight_cancel_at_once_is_cancelled_once",),
    ),
    Guard(
        name="an order that somebody else has moved is not moved",
        file="app/domains/orders/actions/moves.py",
        snippet=("    if if_version is not None and row.version != if_version:\n        raise StaleVersion()\n"),
        replacement="",
        tests=(f"{ROWS}::test_an_order_that_somebody_else_has_moved_is_not_moved",),
    ),
)
