"""Transactions with their transfers."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from app.domains.ledger.models import Account, BlockEntry, Transaction, Transfer
from app.domains.ledger.types import PostedTransaction
from app.domains.ledger.types import Transfer as TransferFact
from app.kit.scope import Scope, query


@query("ledger.view")
def list_transactions(scope: Scope, reference: str) -> list[PostedTransaction]:
    """The transactions of a reference (for payments: the payment's id), in the order in which they were posted."""
    return _load(scope, Transaction.reference == reference)


@query("ledger.view")
def find_by_key(scope: Scope, key: str) -> PostedTransaction | None:
    """The transaction that was posted under this key."""
    found = _load(scope, Transaction.idempotency_key == key)
    return found[0] if found else None


def _load(scope: Scope, which: ColumnElement[bool]) -> list[PostedTransaction]:
    debit, credit = aliased(Account), aliased(Account)
    transfers: dict[str, list[TransferFact]] = {}
    moved = (
        select(
            Transfer.transaction_id,
            debit.code.label("debit"),
            credit.code.label("credit"),
            Transfer.amount_minor,
            Transfer.currency,
        )
        .join_from(Transfer, Transaction, Transaction.id == Transfer.transaction_id)
        .join(debit, debit.id == Transfer.debit_account_id)
        .join(credit, credit.id == Transfer.credit_account_id)
        .where(which)
        .order_by(Transfer.id)
    )
    for row in scope.db.execute(moved):
        fact = TransferFact(row.debit, row.credit, row.amount_minor, row.currency)
        transfers.setdefault(row.transaction_id, []).append(fact)
    heads = (
        select(
            Transaction.id,
            Transaction.idempotency_key,
            Transaction.kind,
            Transaction.reference,
            Transaction.business_date,
            Transaction.posted_at,
            BlockEntry.block_number,
        )
        .outerjoin(BlockEntry, BlockEntry.transaction_id == Transaction.id)
        .where(which)
        .order_by(Transaction.sequence)
    )
    return [
        PostedTransaction(
            id=row.id,
            key=row.idempotency_key,
            kind=row.kind,
            reference=row.reference,
            business_date=row.business_date,
            posted_at=row.posted_at,
            block=row.block_number,
            transfers=tuple(transfers.get(row.id, ())),
        )
        for row in scope.db.execute(heads)
    ]
