"""Each invariant of ledger, payments and escrow finds its own break, and nothing else fires.

A break is made by the owner in SQL, past every guard, in a transaction that is rolled back after the look at it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Connection

from app.domains.escrow import actions as escrow
from app.domains.escrow import queries as escrow_queries
from app.domains.ledger import actions as ledger
from app.domains.ledger import queries as ledger_queries
from app.domains.ledger import rules
from app.domains.ledger.types import TransferInput
from app.domains.payments import actions as payments
from app.domains.payments import queries as payment_queries
from app.domains.payments.types import RefundResult, WebhookNotice
from app.kit.db import TenantSession
from app.kit.invariants import Invariant, check
from app.kit.money import Money
from app.kit.scope import Scope
from tests.factories.escrow import make_parked, make_sale
from tests.factories.payments import make_attempt

ALL = (*ledger_queries.INVARIANTS, *payment_queries.INVARIANTS, *escrow_queries.INVARIANTS)
Facts = dict[str, str]


def thb(amount_minor: int) -> Money:
    return Money(amount_minor, "THB")


def correct(unit: Scope, key: str, count: int = 1) -> None:
    ledger.post(unit, key, "correction", "", [TransferInput("bank", "platform", 7, "THB")] * count)


@pytest.fixture
def facts(system_scope: Scope) -> Facts:
    """A tenant with something of everything, sealed but for the tail; its invariants hold."""
    with system_scope.transaction() as unit:
        large, middle = make_sale(unit, 1000), make_sale(unit, 500)
        returned = escrow.refund(unit, large.order_id, thb(300), "returned")
        payments.record_refund_result(unit, returned.id, RefundResult("succeeded", "re_1"))
        refused = escrow.refund(unit, middle.order_id, thb(100), "refused")
        payments.record_refund_result(unit, refused.id, RefundResult("failed", "re_2"))
        escrow.take_back_refund(unit, refused.id)
        parked = make_parked(unit, 700)
        escrow.refund_parked(unit, parked.id, "parked", amount=thb(200))
        correct(unit, "sealed", rules.SNAPSHOT_AFTER)
        make_attempt(unit, thb(100))
        for object_id, is_applied in (("pay_1", True), ("pay_2", False)):
            notice = WebhookNotice("sandbox", object_id, "captured", "pat", {})
            payments.record_webhook(unit, notice)
            payments.settle_webhook(unit, notice, "captured" if is_applied else "not_ours", is_applied=is_applied)
    with system_scope.transaction() as unit:
        sealed = ledger.seal_blocks(unit)
        assert sealed.blocks == 1 and sealed.snapshots == 2
    with system_scope.transaction() as unit:
        small = make_sale(unit, 100)
        escrow.refund(unit, small.order_id, thb(50), "small")
        correct(unit, "tail")
    with system_scope.transaction(read_only=True) as unit:
        assert check(unit, ALL) == []
    return {"large": large.order_id, "middle": middle.order_id, "small": small.order_id}


def broken(scope: Scope, make_break: Callable[[Connection], None]) -> set[str]:
    """The names of the invariants that fire after a break, which is then undone."""
    with scope.database.owner.connect() as connection:
        connection.execute(text("SELECT set_config('search_path', :tenant, true)"), {"tenant": scope.tenant_id})
        make_break(connection)
        session = TenantSession(connection, scope.tenant_id, 60_000)
        found = check(dataclasses.replace(scope, session=session), ALL)
        for one in found:
            assert one.invariant.sentence in str(one) and set(one.row) == set(one.invariant.columns)
        session.close()
        connection.rollback()
    with scope.transaction(read_only=True) as unit:
        assert check(unit, ALL) == []
    return {one.name for one in found}


def post(connection: Connection, debit: str, credit: str, amount_minor: int = 5) -> None:
    """A correction that the ledger's own action would post too: only what it says is wrong."""
    for code in (debit, credit):
        connection.execute(
            text(
                "INSERT INTO ledger_accounts (id, code, currency, kind, may_go_negative) VALUES"
                " (gen_random_uuid(), :code, 'THB', :kind, :free) ON CONFLICT DO NOTHING"
            ),
            {"code": code, "kind": code.partition(":")[0], "free": rules.classify(code).may_go_negative},
        )
    connection.execute(
        text(
            "WITH fact AS ("
            " INSERT INTO ledger_transactions"
            "  (id, idempotency_key, content_hash, kind, reference, business_date, posted_at)"
            " SELECT gen_random_uuid(), 'break', '', 'correction', '', business_date, posted_at"
            " FROM ledger_transactions WHERE idempotency_key = 'tail' RETURNING id)"
            " INSERT INTO ledger_transfers"
            "  (transaction_id, debit_account_id, credit_account_id, currency, amount_minor)"
            " SELECT fact.id, d.id, c.id, 'THB', :amount FROM fact, ledger_accounts d, ledger_accounts c"
            " WHERE d.code = :debit AND c.code = :credit AND d.currency = 'THB' AND c.currency = 'THB'"
        ),
        {"debit": debit, "credit": credit, "amount": amount_minor},
    )


TAIL = "(SELECT id FROM ledger_transactions WHERE idempotency_key = 'tail')"

STATEMENTS: dict[str, tuple[str, ...]] = {
    "ledger.transaction_has_transfers": (
        "INSERT INTO ledger_transactions"
        " (id, idempotency_key, content_hash, kind, reference, business_date, posted_at)"
        " SELECT gen_random_uuid(), 'empty', '', 'correction', '', business_date, posted_at"
        " FROM ledger_transactions WHERE idempotency_key = 'tail'",
    ),
    "ledger.postings_sum_to_zero": (
        "CREATE OR REPLACE VIEW ledger_postings AS"
        " SELECT id AS transfer_id, transaction_id, debit_account_id AS account_id, currency, amount_minor"
        " FROM ledger_transfers UNION ALL"
        " SELECT id, transaction_id, credit_account_id, currency, -amount_minor FROM ledger_transfers"
        f" WHERE transaction_id <> {TAIL}",
    ),
    "ledger.transfer_moves_money": (
        "ALTER TABLE ledger_transfers DROP CONSTRAINT ledger_transfers_amount_check",
        f"UPDATE ledger_transfers SET amount_minor = 0 WHERE transaction_id = {TAIL}",
    ),
    "ledger.transfer_in_currency_of_accounts": (
        "ALTER TABLE ledger_transfers DROP CONSTRAINT ledger_transfers_debit_account_id_currency_fkey",
        "ALTER TABLE ledger_transfers DROP CONSTRAINT ledger_transfers_credit_account_id_currency_fkey",
        f"UPDATE ledger_transfers SET currency = 'KWD' WHERE transaction_id = {TAIL}",
    ),
    "ledger.snapshot_is_sum_of_postings": ("UPDATE ledger_snapshots SET balance_minor = balance_minor + 1",),
    "ledger.chain_is_whole": (
        "UPDATE ledger_transactions SET reference = 'elsewhere' WHERE idempotency_key = 'sealed'",
    ),
    "ledger.tail_is_sealed_within_an_hour": (
        "UPDATE ledger_transactions SET posted_at = posted_at - interval '61 minutes' WHERE idempotency_key = 'tail'",
    ),
    "payments.capture_is_posted_once": (
        "UPDATE ledger_transactions SET idempotency_key = 'capture:nobody' WHERE kind = 'payment_captured'"
        " AND NOT EXISTS (SELECT 1 FROM ledger_block_entries e WHERE e.transaction_id = ledger_transactions.id)",
    ),
    "payments.refund_is_posted_once": (
        "UPDATE ledger_transactions SET idempotency_key = 'refund:nobody' WHERE kind = 'payment_refunded'"
        " AND NOT EXISTS (SELECT 1 FROM ledger_block_entries e WHERE e.transaction_id = ledger_transactions.id)",
    ),
    "payments.refunds_within_captured": (
        "UPDATE payments_refunds SET payment_id ="
        " (SELECT id FROM payments_payments WHERE captured_minor = 100) WHERE idempotency_key = 'returned'",
    ),
    "payments.nothing_unknown_for_a_day": (
        "UPDATE payments_attempts SET status = 'unknown', status_at = status_at - interval '25 hours'"
        " WHERE status = 'created'",
    ),
    "payments.failed_refund_is_taken_back": (
        "UPDATE payments_refunds SET status = 'failed', status_at = status_at - interval '61 minutes'"
        " WHERE idempotency_key = 'returned'",
    ),
    "payments.webhook_is_applied": (
        "UPDATE payments_webhook_events SET applied_at = NULL, outcome = '',"
        " verified_at = verified_at - interval '61 minutes' WHERE object_id = 'pay_1'",
    ),
    "escrow.captured_has_its_home": (
        "UPDATE escrow_holds SET payment_id = (SELECT id FROM payments_payments WHERE captured_minor = 1000)"
        " WHERE amount_minor = 500",
    ),
    "escrow.refunded_is_sum_of_refunds": (
        "UPDATE payments_refunds SET reference = (SELECT order_id FROM escrow_holds WHERE amount_minor = 500)"
        " WHERE idempotency_key = 'returned'",
    ),
    "escrow.nothing_stays_parked": (
        "UPDATE payments_payments SET captured_at = captured_at - interval '25 hours' WHERE home = 'suspense'",
    ),
    "escrow.hold_status_is_true": ("UPDATE escrow_holds SET status = 'refunded' WHERE amount_minor = 500",),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_an_invariant_finds_its_own_break_and_only_it_fires(system_scope: Scope, facts: Facts, name: str) -> None:
    def make_break(connection: Connection) -> None:
        for statement in STATEMENTS[name]:
            changed = connection.execute(text(statement)).rowcount
            assert changed != 0, statement

    assert broken(system_scope, make_break) == {name}


POSTS: dict[str, Callable[[Facts], tuple[str, str]]] = {
    "ledger.account_not_below_zero": lambda facts: ("wallet:someone", "bank"),
    "payments.provider_account_is_payments_less_refunds": lambda facts: ("provider:sandbox", "bank"),
    "escrow.hold_is_balance_of_its_account": lambda facts: (f"escrow:{facts['large']}", f"escrow:{facts['middle']}"),
    "escrow.suspense_is_parked_payments": lambda facts: ("bank", "suspense"),
    "escrow.subsidies_are_borne": lambda facts: ("promotion:partner", "bank"),
}


@pytest.mark.parametrize("name", POSTS)
def test_a_transaction_that_nothing_accounts_for_is_found(system_scope: Scope, facts: Facts, name: str) -> None:
    assert broken(system_scope, lambda connection: post(connection, *POSTS[name](facts))) == {name}


def test_every_invariant_has_its_break() -> None:
    assert {invariant.name for invariant in ALL} == STATEMENTS.keys() | POSTS.keys()
    assert len({invariant.name for invariant in ALL}) == len(ALL)


CHAIN_BREAKS = {
    "a sum was changed": "UPDATE ledger_transfers SET amount_minor = amount_minor + 1 WHERE transaction_id ="
    " (SELECT id FROM ledger_transactions WHERE idempotency_key = 'sealed')",
    "a key was changed": "UPDATE ledger_transactions SET idempotency_key = 'other' WHERE idempotency_key = 'sealed'",
    "a time was changed": "UPDATE ledger_transactions SET posted_at = posted_at - interval '1 microsecond'"
    " WHERE idempotency_key = 'sealed'",
    "a hash was changed": "UPDATE ledger_blocks SET hash = repeat('0', 64)",
    "a predecessor was changed": "UPDATE ledger_blocks SET previous_hash = repeat('1', 64)",
    "an order was changed": "UPDATE ledger_block_entries SET position = -position WHERE position <= 2",
    "an entry was removed": "DELETE FROM ledger_block_entries WHERE position = 1",
    "a count was changed": "UPDATE ledger_blocks SET transaction_count = transaction_count + 1",
    "a block was renumbered": "ALTER TABLE ledger_block_entries DROP CONSTRAINT ledger_block_entries_block_number_fkey;"
    " ALTER TABLE ledger_snapshots DROP CONSTRAINT ledger_snapshots_block_number_fkey;"
    " UPDATE ledger_blocks SET number = 2",
}


@pytest.mark.parametrize("name", CHAIN_BREAKS)
def test_the_chain_notices_every_change_of_what_was_sealed(system_scope: Scope, facts: Facts, name: str) -> None:
    def make_break(connection: Connection) -> None:
        connection.exec_driver_sql(CHAIN_BREAKS[name])

    assert "ledger.chain_is_whole" in broken(system_scope, make_break)


def test_an_untouched_break_of_another_tenant_is_not_seen(system_scope: Scope, other_system_scope: Scope) -> None:
    with other_system_scope.transaction() as unit:
        sale = make_sale(unit, 1000, "KWD")
        payments.request_refund(unit, sale.payment.id, Money(10, "KWD"), "", "key", sale.order_id)  # never posted
    with other_system_scope.transaction(read_only=True) as unit:
        assert {one.name for one in check(unit, ALL)} == {
            "payments.refund_is_posted_once",
            "payments.provider_account_is_payments_less_refunds",
            "escrow.refunded_is_sum_of_refunds",
        }
    with system_scope.transaction(read_only=True) as unit:
        assert check(unit, ALL) == []


def test_a_break_names_ids_as_people_know_them(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        sale = make_sale(unit, 1000)
        refund = payments.request_refund(unit, sale.payment.id, thb(10), "", "key", sale.order_id).refund
        (found,) = [one for one in check(unit, ALL) if one.name == "payments.refund_is_posted_once"]
    assert found.row == {"refund_id": refund.id, "status": "requested", "posted": 0, "reversals": 0}


def test_no_more_than_a_hundred_rows_of_one_invariant_are_told(system_scope: Scope) -> None:
    many = Invariant("ledger.many", "There are none.", ("n",), sql="SELECT n FROM generate_series(1, 500) AS n")
    with system_scope.transaction(read_only=True) as unit:
        assert len(check(unit, [many])) == 100


def test_an_invariant_asks_in_exactly_one_way() -> None:
    for sql, find in ((None, None), ("SELECT 1 AS n", lambda scope: [])):
        with pytest.raises(ValueError, match=r"ledger\.one"):
            Invariant("ledger.one", "It holds.", ("n",), sql=sql, find=find)


def test_time_is_the_scope_s(system_scope: Scope, facts: Facts) -> None:
    later = system_scope.with_values(clock=type(system_scope.clock)(system_scope.now() + timedelta(minutes=61)))
    with later.transaction(read_only=True) as unit:
        assert {one.name for one in check(unit, ALL)} == {"ledger.tail_is_sealed_within_an_hour"}
