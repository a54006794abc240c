"""Tables of the ledger. Append-only: no tenant's role may change or remove a row of any of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    String,
    UniqueConstraint,
    column,
    table,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from app.kit.db import Created, TenantModel
from app.kit.ids import Id


class TransactionNumber(UserDefinedType[str]):
    """PostgreSQL's 64-bit number of a database transaction (`xid8`); it is only ever compared in SQL."""

    cache_ok = True

    def get_col_spec(self, **options: Any) -> str:
        return "xid8"


class Account(Created, TenantModel):
    """An account of one currency. Its first use makes it."""

    __tablename__ = "ledger_accounts"
    id: Mapped[str] = mapped_column(Id("acc"), primary_key=True)
    code: Mapped[str]
    currency: Mapped[str] = mapped_column(String(3))
    kind: Mapped[str]
    may_go_negative: Mapped[bool]
    __table_args__ = (UniqueConstraint("code", "currency"), UniqueConstraint("id", "currency"))


class Transaction(Created, TenantModel):
    """A fact that moved money, once per key. `created_xid` says which database transaction wrote it, so that the
    seal can tell what may still be in flight."""

    __tablename__ = "ledger_transactions"
    id: Mapped[str] = mapped_column(Id("txn"), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    content_hash: Mapped[str]
    kind: Mapped[str]
    reference: Mapped[str] = mapped_column(index=True)
    business_date: Mapped[date] = mapped_column(Date)
    posted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    created_xid: Mapped[str] = mapped_column(TransactionNumber, server_default=text("pg_current_xact_id()"))
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)


class Transfer(Created, TenantModel):
    """Debit, credit, one amount: balanced by construction, with no trigger that could be missed."""

    __tablename__ = "ledger_transfers"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    transaction_id: Mapped[str] = mapped_column(Id("txn"), ForeignKey("ledger_transactions.id"), index=True)
    debit_account_id: Mapped[str] = mapped_column(Id("acc"))
    credit_account_id: Mapped[str] = mapped_column(Id("acc"))
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        ForeignKeyConstraint(["debit_account_id", "currency"], ["ledger_accounts.id", "ledger_accounts.currency"]),
        ForeignKeyConstraint(["credit_account_id", "currency"], ["ledger_accounts.id", "ledger_accounts.currency"]),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("debit_account_id <> credit_account_id", name="sides"),
        Index("ledger_transfers_debit_idx", "debit_account_id", "id"),
        Index("ledger_transfers_credit_idx", "credit_account_id", "id"),
    )


class Block(Created, TenantModel):
    """Sealed transactions, chained by hash.

    `snapshot_xmax` and `top_transfer_id` are what the seal's snapshot saw: the first database transaction that had
    not begun, and the last transfer. Once every transaction before `snapshot_xmax` has ended, no transfer up to
    `top_transfer_id` can still appear; the first block that knows this has it as its `floor_transfer_id`.
    """

    __tablename__ = "ledger_blocks"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    transaction_count: Mapped[int]
    first_sequence: Mapped[int] = mapped_column(BigInteger)
    last_sequence: Mapped[int] = mapped_column(BigInteger)
    previous_hash: Mapped[str] = mapped_column(unique=True)
    hash: Mapped[str]
    sealed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    snapshot_xmax: Mapped[str] = mapped_column(TransactionNumber)
    top_transfer_id: Mapped[int] = mapped_column(BigInteger)
    floor_transfer_id: Mapped[int] = mapped_column(BigInteger)


class BlockEntry(Created, TenantModel):
    """Which block seals a transaction, and where in it."""

    __tablename__ = "ledger_block_entries"
    transaction_id: Mapped[str] = mapped_column(Id("txn"), ForeignKey("ledger_transactions.id"), primary_key=True)
    block_number: Mapped[int] = mapped_column(ForeignKey("ledger_blocks.number"))
    position: Mapped[int]
    __table_args__ = (UniqueConstraint("block_number", "position"),)


class Snapshot(Created, TenantModel):
    """The balance of an account through a block: debits minus credits of all that is sealed up to it."""

    __tablename__ = "ledger_snapshots"
    account_id: Mapped[str] = mapped_column(Id("acc"), primary_key=True)
    block_number: Mapped[int] = mapped_column(ForeignKey("ledger_blocks.number"), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3))
    balance_minor: Mapped[int] = mapped_column(BigInteger)
    floor_transfer_id: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "currency"], ["ledger_accounts.id", "ledger_accounts.currency"]),
    )


POSTINGS = table(
    "ledger_postings",
    column("transfer_id", BigInteger),
    column("transaction_id", Id("txn")),
    column("account_id", Id("acc")),
    column("currency", String),
    column("amount_minor", BigInteger),
)
"""The view of both sides of every transfer: a debit is positive, a credit negative."""

AFTER_CREATE: tuple[str, ...] = (
    "CREATE VIEW ledger_postings WITH (security_invoker = true) AS"
    " SELECT id AS transfer_id, transaction_id, debit_account_id AS account_id, currency, amount_minor"
    " FROM ledger_transfers"
    " UNION ALL"
    " SELECT id, transaction_id, credit_account_id, currency, -amount_minor FROM ledger_transfers",
    "REVOKE UPDATE, DELETE, TRUNCATE ON ledger_accounts, ledger_transactions, ledger_transfers, ledger_blocks,"
    " ledger_block_entries, ledger_snapshots FROM tenant",
    "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ledger_postings FROM tenant",
)
"""What the blueprint runs after the tables, as their owner, in the tenant's schema."""
