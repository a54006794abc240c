"""Posting: once per key, balanced, never changed."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from app.domains.ledger import queries
from app.domains.ledger.actions import post, reverse, seal_blocks
from app.domains.ledger.errors import KeyHasOtherContent, NothingToReverse, UnknownKind
from app.domains.ledger.models import Account, Transaction
from app.domains.ledger.types import TransferInput
from app.kit.errors import PermissionDenied
from app.kit.invariants import check
from app.kit.money import Money
from app.kit.scope import Scope
from tests.harness.race import race_calls

TABLES = (
    "ledger_accounts",
    "ledger_transactions",
    "ledger_transfers",
    "ledger_blocks",
    "ledger_block_entries",
    "ledger_snapshots",
)
IN = TransferInput("bank", "platform", 12900, "THB")


def test_a_post_moves_the_balances_of_both_accounts(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        posted = post(unit, "one", "correction", "ref_1", [IN, TransferInput("bank", "commission", 100, "THB")])
        assert queries.get_balance(unit, "bank", "THB") == Money(13000, "THB")
        assert queries.get_balance(unit, "platform", "THB") == Money(12900, "THB")
        assert queries.get_balance(unit, "commission", "THB") == Money(100, "THB")
        assert queries.get_balance(unit, "bank", "KWD") == Money(0, "KWD")
        (found,) = queries.list_transactions(unit, "ref_1")
    assert found.id == posted and found.business_date.isoformat() == "2026-11-22" and found.block is None
    assert [(one.debit, one.credit, one.amount_minor) for one in found.transfers] == [
        ("bank", "platform", 12900),
        ("bank", "commission", 100),
    ]


def test_the_same_post_again_returns_the_first(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        first = post(unit, "one", "correction", "ref_1", [IN])
    with system_scope.transaction() as unit:
        assert post(unit, "one", "correction", "ref_1", [IN]) == first
        assert queries.get_balance(unit, "bank", "THB") == Money(12900, "THB")


def test_a_key_with_other_content_is_refused(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        post(unit, "one", "correction", "ref_1", [IN])
    for reference, transfers in (("ref_2", [IN]), ("ref_1", [TransferInput("bank", "platform", 12901, "THB")])):
        with pytest.raises(KeyHasOtherContent), system_scope.transaction() as unit:
            post(unit, "one", "correction", reference, transfers)
    with system_scope.transaction() as unit:
        assert queries.get_balance(unit, "bank", "THB") == Money(12900, "THB")


def test_an_unknown_kind_writes_nothing(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        with pytest.raises(UnknownKind):
            post(unit, "one", "gift", "ref_1", [IN])
        assert unit.db.scalar(select(func.count(Transaction.id))) == 0


def test_race_of_one_key_posts_once(system_scope: Scope) -> None:
    def run(number: int) -> str:
        with system_scope.transaction() as unit:
            return post(unit, "one", "correction", "ref_1", [IN])

    outcomes = race_calls(8, run)
    assert [outcome.error for outcome in outcomes] == [None] * 8
    assert len({outcome.value for outcome in outcomes}) == 1
    with system_scope.transaction() as unit:
        assert queries.get_balance(unit, "platform", "THB") == Money(12900, "THB")


def test_race_for_new_accounts_makes_each_once(system_scope: Scope) -> None:
    def run(number: int) -> str:
        sides = ("bank", "platform") if number % 2 else ("platform", "bank")
        with system_scope.transaction() as unit:
            return post(unit, f"key-{number}", "correction", "ref_1", [TransferInput(*sides, 5, "THB")])

    outcomes = race_calls(8, run)
    assert [outcome.error for outcome in outcomes] == [None] * 8
    with system_scope.transaction() as unit:
        assert unit.db.scalar(select(func.count(Account.id))) == 2
        assert queries.get_balance(unit, "bank", "THB") == Money(0, "THB")


def test_a_reversal_mirrors_its_original_once(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        post(unit, "one", "payment_refunded", "ref_1", [TransferInput("suspense", "provider:sandbox", 70, "THB")])
        first = reverse(unit, "back", "one", "refund_reversed")
        assert reverse(unit, "back", "one", "refund_reversed") == first
        assert queries.get_balance(unit, "provider:sandbox", "THB") == Money(0, "THB")
        with pytest.raises(NothingToReverse):
            reverse(unit, "other", "never", "refund_reversed")


def test_postings_of_an_account_are_seen_from_its_normal_side(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        post(unit, "in", "payment_captured", "pay_1", [TransferInput("provider:sandbox", "escrow:ord_1", 70, "THB")])
        post(unit, "out", "payment_refunded", "pay_1", [TransferInput("escrow:ord_1", "provider:sandbox", 30, "THB")])
        held = queries.list_postings(unit, "escrow:ord_1", "THB")
        assert [(one.kind, one.amount_minor) for one in held] == [("payment_refunded", -30), ("payment_captured", 70)]
        older = queries.list_postings(unit, "escrow:ord_1", "THB", before=held[0].transfer_id)
        assert [one.amount_minor for one in older] == [70]
        at_provider = queries.list_postings(unit, "provider:sandbox", "THB", limit=1)
        assert [one.amount_minor for one in at_provider] == [-30]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
def test_history_cannot_be_changed_by_the_tenant(system_scope: Scope, table: str, verb: str) -> None:
    with system_scope.transaction() as unit:
        post(unit, "one", "correction", "ref_1", [IN])
    with system_scope.transaction() as unit:
        seal_blocks(unit)
    statements = {
        "UPDATE": f"UPDATE {table} SET created_at = now()",
        "DELETE": f"DELETE FROM {table}",
        "TRUNCATE": f"TRUNCATE {table} CASCADE",
    }
    with pytest.raises(ProgrammingError, match="permission denied"), system_scope.transaction() as unit:
        unit.db.execute(text(statements[verb]))
    with system_scope.transaction() as unit:
        assert queries.get_balance(unit, "bank", "THB") == Money(12900, "THB")


@pytest.mark.parametrize(
    ("debit", "credit", "currency", "amount", "fault"),
    [
        ("bank", "platform", "THB", 0, "ledger_transfers_amount_check"),
        ("bank", "platform", "THB", -5, "ledger_transfers_amount_check"),
        ("bank", "bank", "THB", 5, "ledger_transfers_sides_check"),
        ("bank", "platform", "KWD", 5, "currency_fkey"),
    ],
)
def test_the_database_itself_refuses_what_is_not_balanced(
    system_scope: Scope, debit: str, credit: str, currency: str, amount: int, fault: str
) -> None:
    with system_scope.transaction() as unit:
        post(unit, "one", "correction", "ref_1", [IN])
    with pytest.raises(Exception, match=fault), system_scope.transaction() as unit:
        unit.db.execute(
            text(
                "INSERT INTO ledger_transfers"
                " (transaction_id, debit_account_id, credit_account_id, currency, amount_minor)"
                " SELECT t.id, d.id, c.id, :currency, :amount FROM ledger_transactions t, ledger_accounts d,"
                " ledger_accounts c WHERE d.code = :debit AND c.code = :credit"
            ),
            {"debit": debit, "credit": credit, "currency": currency, "amount": amount},
        )
    with system_scope.transaction(read_only=True) as unit:
        assert check(unit, queries.INVARIANTS) == []


def test_posting_is_the_software_s_own_and_reading_needs_a_permission(scope: Scope, staff_scope: Scope) -> None:
    for asker in (scope, staff_scope):
        with asker.transaction() as unit, pytest.raises(PermissionDenied):
            post(unit, "one", "correction", "ref_1", [IN])
    with scope.transaction() as unit, pytest.raises(PermissionDenied):
        queries.get_balance(unit, "bank", "THB")
    with staff_scope.transaction() as unit:
        assert queries.get_balance(unit, "bank", "THB") == Money(0, "THB")


def test_another_tenant_sees_none_of_it(system_scope: Scope, other_system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        post(unit, "one", "correction", "ref_1", [IN])
    with other_system_scope.transaction() as unit:
        assert queries.find_by_key(unit, "one") is None
        assert queries.get_balance(unit, "bank", "THB") == Money(0, "THB")
