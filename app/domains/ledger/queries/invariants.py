"""What always holds in the ledger."""

from __future__ import annotations

from app.domains.ledger.queries.chain import find_chain_breaks
from app.kit.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="ledger.transaction_has_transfers",
        sentence="Each transaction has at least one transfer.",
        columns=("transaction_id", "kind", "reference"),
        ids={"transaction_id": "txn"},
        sql="SELECT t.id AS transaction_id, t.kind, t.reference FROM ledger_transactions t"
        " WHERE NOT EXISTS (SELECT 1 FROM ledger_transfers f WHERE f.transaction_id = t.id)",
    ),
    Invariant(
        name="ledger.postings_sum_to_zero",
        sentence="The postings of each transaction sum to zero in each currency.",
        columns=("transaction_id", "currency", "sum_minor"),
        ids={"transaction_id": "txn"},
        sql="SELECT p.transaction_id, p.currency, sum(p.amount_minor) AS sum_minor FROM ledger_postings p"
        " GROUP BY p.transaction_id, p.currency HAVING sum(p.amount_minor) <> 0",
    ),
    Invariant(
        name="ledger.transfer_moves_money",
        sentence="Each transfer moves a positive amount between two accounts.",
        columns=("transaction_id", "transfer_id", "amount_minor"),
        ids={"transaction_id": "txn"},
        sql="SELECT f.transaction_id, f.id AS transfer_id, f.amount_minor FROM ledger_transfers f"
        " WHERE f.amount_minor <= 0 OR f.debit_account_id = f.credit_account_id",
    ),
    Invariant(
        name="ledger.transfer_in_currency_of_accounts",
        sentence="Each transfer is in the currency of both of its accounts.",
        columns=("transaction_id", "transfer_id", "currency", "debit_currency", "credit_currency"),
        ids={"transaction_id": "txn"},
        sql="SELECT f.transaction_id, f.id AS transfer_id, f.currency, d.currency AS debit_currency,"
        " c.currency AS credit_currency FROM ledger_transfers f"
        " LEFT JOIN ledger_accounts d ON d.id = f.debit_account_id"
        " LEFT JOIN ledger_accounts c ON c.id = f.credit_account_id"
        " WHERE f.currency IS DISTINCT FROM d.currency OR f.currency IS DISTINCT FROM c.currency",
    ),
    Invariant(
        name="ledger.account_not_below_zero",
        sentence="No account lies below zero on its normal side unless it may.",
        columns=("code", "currency", "balance_minor"),
        # The accounts that may not fall below zero are of kinds whose normal side is the credit.
        sql="SELECT a.code, a.currency, -sum(p.amount_minor) AS balance_minor FROM ledger_accounts a"
        " JOIN ledger_postings p ON p.account_id = a.id WHERE NOT a.may_go_negative"
        " GROUP BY a.id, a.code, a.currency HAVING sum(p.amount_minor) > 0",
    ),
    Invariant(
        name="ledger.snapshot_is_sum_of_postings",
        sentence="Each stored snapshot is the sum of the sealed postings through its block.",
        columns=("code", "block_number", "balance_minor", "sum_minor"),
        sql="SELECT a.code, s.block_number, s.balance_minor, coalesce(x.sum_minor, 0) AS sum_minor"
        " FROM ledger_snapshots s JOIN ledger_accounts a ON a.id = s.account_id"
        " LEFT JOIN LATERAL (SELECT sum(p.amount_minor) AS sum_minor FROM ledger_postings p"
        "  JOIN ledger_block_entries e ON e.transaction_id = p.transaction_id AND e.block_number <= s.block_number"
        "  WHERE p.account_id = s.account_id) x ON true"
        " WHERE s.balance_minor <> coalesce(x.sum_minor, 0)",
    ),
    Invariant(
        name="ledger.chain_is_whole",
        sentence="Each block follows the one before, and its transactions are those that were sealed.",
        columns=("block", "fault"),
        find=find_chain_breaks,
    ),
    Invariant(
        name="ledger.tail_is_sealed_within_an_hour",
        sentence="No transaction stays unsealed for more than one hour.",
        columns=("transaction_id", "posted_at"),
        ids={"transaction_id": "txn"},
        sql="SELECT t.id AS transaction_id, t.posted_at FROM ledger_transactions t"
        " WHERE t.posted_at < CAST(:now AS timestamptz) - interval '1 hour'"
        " AND NOT EXISTS (SELECT 1 FROM ledger_block_entries e WHERE e.transaction_id = t.id)",
    ),
)
"""Asked by `serai audit`, after every test that moves money, and by the simulation."""
