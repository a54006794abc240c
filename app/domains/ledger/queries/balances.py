"""Balances are derived: the last snapshot of an account and the postings since."""

from __future__ import annotations

from sqlalchemy import select, text

from app.domains.ledger import rules
from app.domains.ledger.models import POSTINGS, Account, Transaction
from app.domains.ledger.types import Posting
from app.kit.money import Money
from app.kit.scope import Scope, query

_BALANCE = text(
    "SELECT coalesce(s.balance_minor, 0) + coalesce(("
    "  SELECT sum(p.amount_minor) FROM ledger_postings p"
    "  WHERE p.account_id = a.id AND p.transfer_id > coalesce(s.floor_transfer_id, 0)"
    "  AND NOT EXISTS (SELECT 1 FROM ledger_block_entries e"
    "   WHERE e.transaction_id = p.transaction_id AND e.block_number <= s.block_number)"
    " ), 0) AS balance_minor"
    " FROM ledger_accounts a"
    " LEFT JOIN LATERAL ("
    "  SELECT block_number, balance_minor, floor_transfer_id FROM ledger_snapshots"
    "  WHERE account_id = a.id ORDER BY block_number DESC LIMIT 1"
    " ) s ON true"
    " WHERE a.code = :code AND a.currency = :currency"
)


@query("ledger.view")
def get_balance(scope: Scope, code: str, currency: str) -> Money:
    """The balance of an account on its normal side: positive when money lies there. Zero if it was never used.

    `provider:…` and `bank` hold debits, `escrow:…`, `suspense`, `wallet:…` credits (`rules.ACCOUNT_KINDS`).
    """
    sign = 1 if rules.classify(code).side == "debit" else -1
    balance = scope.db.scalar(_BALANCE, {"code": code, "currency": currency})
    return Money(sign * int(balance or 0), currency)


@query("ledger.view")
def list_postings(
    scope: Scope, code: str, currency: str, *, before: int | None = None, limit: int = 50
) -> list[Posting]:
    """The postings of an account, newest first, positive on its normal side.

    `before`: only those of transfers with a lower number (`Posting.transfer_id` of the last one of a page).
    """
    sign = 1 if rules.classify(code).side == "debit" else -1
    statement = (
        select(
            POSTINGS.c.transfer_id,
            POSTINGS.c.transaction_id,
            POSTINGS.c.amount_minor,
            POSTINGS.c.currency,
            Transaction.kind,
            Transaction.reference,
            Transaction.posted_at,
        )
        .join_from(POSTINGS, Transaction, Transaction.id == POSTINGS.c.transaction_id)
        .join(Account, Account.id == POSTINGS.c.account_id)
        .where(Account.code == code, Account.currency == currency)
        .order_by(POSTINGS.c.transfer_id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(POSTINGS.c.transfer_id < before)
    return [
        Posting(
            transfer_id=row.transfer_id,
            transaction_id=row.transaction_id,
            kind=row.kind,
            reference=row.reference,
            posted_at=row.posted_at,
            amount_minor=sign * row.amount_minor,
            currency=row.currency,
        )
        for row in scope.db.execute(statement)
    ]
