"""Payments, refunds, escrow, the ledger, and what is told of them once."""

from __future__ import annotations

from .guard import Guard

RESULTS = "tests/domains/payments/test_results.py"
PAYING = "tests/domains/orders/test_payment.py"
ROWS = "tests/resilience/test_row_guards.py"
REFUNDS = "tests/domains/payments/test_refunds.py"
HOLDS = "tests/domains/escrow/test_holds.py"
POSTING = "tests/domains/ledger/test_posting.py"
MESSAGES = "tests/domains/payments/test_webhooks.py"

MONEY: tuple[Guard, ...] = (
    Guard(
        name="a capture is one payment, whoever tells of it",
        file="app/domains/payments/models.py",
        snippet='        UniqueConstraint("gateway", "provider_reference"),\n',
        replacement="",
        tests=(f"{RESULTS}::test_race_of_one_capture_records_one_payment",),
    ),
    Guard(
        name="results of one attempt are recorded one after the other",
        file="app/domains/payments/actions.py",
        snippet="select(*_ATTEMPT).where(AttemptRow.id == attempt_id).with_for_update()",
        replacement="select(*_ATTEMPT).where(AttemptRow.id == attempt_id)",
        tests=(
            f"{RESULTS}::test_race_of_two_captures_gives_one_a_home_and_parks_the_other",
            f"{PAYING}::test_ten_who_complete_at_once_make_one_order",
        ),
    ),
    Guard(
        name="an attempt that was paid is not closed",
        file="app/domains/payments/actions.py",
        snippet='AttemptRow.id == attempt_id, AttemptRow.status.in_(("created", "pending", "unknown")))',
        replacement="AttemptRow.id == attempt_id)",
        tests=(f"{ROWS}::test_an_attempt_that_was_paid_is_not_closed",),
    ),
    Guard(
        name="money that is not what was asked makes no order",
        file="app/domains/orders/flows/payment.py",
        snippet='    if payment.home == "order" and is_held:\n',
        replacement="    if is_held:\n",
        tests=(f"{PAYING}::test_a_wrong_amount_is_parked_and_returned",),
    ),
    Guard(
        name="an attempt is drafted once per key",
        file="app/domains/payments/models.py",
        snippet=(
            "    idempotency_key: Mapped[str] = mapped_column(unique=True)\n"
            '    failure: Mapped[str] = mapped_column(server_default="", default="")\n'
            "    expires_at"
        ),
        replacement=(
            "    idempotency_key: Mapped[str]\n"
            '    failure: Mapped[str] = mapped_column(server_default="", default="")\n'
            "    expires_at"
        ),
        tests=(f"{RESULTS}::test_a_draft_is_made_once_per_key",),
    ),
    Guard(
        name="refunds of one payment are asked for one after the other",
        file="app/domains/payments/actions.py",
        snippet='select(*_PAYMENT).where(PaymentRow.id == ids.check("pay", payment_id)).with_for_update()',
        replacement='select(*_PAYMENT).where(PaymentRow.id == ids.check("pay", payment_id))',
        tests=(f"{REFUNDS}::test_race_of_the_bare_guard_gives_back_no_more_than_was_captured",),
    ),
    Guard(
        name="no more is refunded than was captured",
        file="app/domains/payments/actions.py",
        snippet=("    if amount > left:\n        raise RefundTooLarge(left=str(left), asked=str(amount))\n"),
        replacement="",
        tests=(f"{REFUNDS}::test_race_of_the_bare_guard_gives_back_no_more_than_was_captured",),
    ),
    Guard(
        name="a refund is asked for once per key",
        file="app/domains/payments/actions.py",
        snippet=("    if before := find_refund(scope, key):\n        if (before.payment_id,"),
        replacement=("    if (before := find_refund(scope, key)) and False:\n        if (before.payment_id,"),
        tests=(f"{REFUNDS}::test_race_of_one_button_gives_back_once",),
    ),
    Guard(
        name="escrow gives back no more than it holds",
        file="app/domains/escrow/actions.py",
        snippet="        .where(HoldRow.id == found.id, _left() >= amount.amount_minor)\n",
        replacement="        .where(HoldRow.id == found.id)\n",
        tests=(f"{HOLDS}::test_what_was_released_is_not_refunded_from_escrow",),
    ),
    Guard(
        name="an order holds a payment once",
        file="app/domains/escrow/models.py",
        snippet='        UniqueConstraint("order_id", "payment_id"),\n',
        replacement="",
        tests=(f"{HOLDS}::test_a_hold_is_the_payment_in_the_escrow_of_its_order",),
    ),
    Guard(
        name="a failed refund is taken back once",
        file="app/domains/payments/actions.py",
        snippet='RefundRow.status == "failed", RefundRow.reversed_at.is_(None))',
        replacement='RefundRow.status == "failed")',
        tests=(f"{HOLDS}::test_a_failed_refund_puts_the_money_back_where_it_was",),
    ),
    Guard(
        name="only a failed refund is taken back",
        file="app/domains/payments/actions.py",
        snippet=('RefundRow.status == "failed", RefundRow.reversed_at.is_(None))\n        .values(reversed_at'),
        replacement=("RefundRow.reversed_at.is_(None))\n        .values(reversed_at"),
        tests=(f"{REFUNDS}::test_a_refund_that_stands_is_not_taken_back",),
    ),
    Guard(
        name="only a refund that failed is asked for again",
        file="app/domains/escrow/actions.py",
        snippet=("    if not failed.is_repeatable:\n        raise RefundNotRepeatable(status=failed.status)\n"),
        replacement="",
        tests=(f"{HOLDS}::test_only_what_failed_is_asked_for_again",),
    ),
    Guard(
        name="the ledger posts a key once",
        file="app/domains/ledger/models.py",
        snippet="    idempotency_key: Mapped[str] = mapped_column(unique=True)\n",
        replacement="    idempotency_key: Mapped[str]\n",
        tests=(f"{POSTING}::test_race_of_one_key_posts_once",),
    ),
    Guard(
        name="a ledger key with other content is refused",
        file="app/domains/ledger/actions.py",
        snippet=("    if found.content_hash != content_hash:\n        raise KeyHasOtherContent(key=key)\n"),
        replacement="",
        tests=(f"{POSTING}::test_a_key_with_other_content_is_refused",),
    ),
    Guard(
        name="a message that the provider did not sign is refused",
        file="app/domains/payments/gateways/sandbox.py",
        snippet="                payload = Webhook(secret).verify(body, dict(headers))\n",
        replacement='                payload = __import__("json").loads(body)\n',
        tests=(f"{MESSAGES}::test_what_the_provider_did_not_sign_is_refused_and_leaves_nothing",),
    ),
    Guard(
        name="a message is applied once",
        file="app/domains/payments/actions.py",
        snippet="    return applied_at is None\n",
        replacement="    return True\n",
        tests=(f"{MESSAGES}::test_a_signed_capture_is_applied_once",),
    ),
    Guard(
        name="an event is fanned out once",
        file="app/kit/events.py",
        snippet="        .where(EventRow.id == event_id, EventRow.published_at.is_(None))\n",
        replacement="        .where(EventRow.id == event_id)\n",
        tests=(f"{ROWS}::test_an_event_is_fanned_out_once",),
    ),
    Guard(
        name="a letter is written once",
        file="app/domains/content/actions.py",
        snippet="        .on_conflict_do_nothing(index_elements=[MessageRow.effect_key])\n",
        replacement="",
        tests=(f"{ROWS}::test_a_letter_is_written_once",),
    ),
)
