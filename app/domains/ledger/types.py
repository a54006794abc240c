"""What the ledger speaks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Side = Literal["debit", "credit"]


@dataclass(frozen=True, slots=True)
class TransferInput:
    """One amount on two accounts: codes of the debited and the credited one, minor units above zero, currency."""

    debit: str
    credit: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class AccountKind:
    """What the first word of an account's code says: its normal side, and whether its balance may fall below zero."""

    name: str
    side: Side
    may_go_negative: bool


@dataclass(frozen=True, slots=True)
class Transfer:
    debit: str
    credit: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class PostedTransaction:
    """A transaction as it stands. `block` is the number of the block that seals it, None in the tail."""

    id: str
    key: str
    kind: str
    reference: str
    business_date: date
    posted_at: datetime
    block: int | None
    transfers: tuple[Transfer, ...]


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of a transfer as its account sees it: positive on the account's normal side."""

    transfer_id: int
    transaction_id: str
    kind: str
    reference: str
    posted_at: datetime
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one run of the seal did: blocks made, transactions in them, accounts that got a snapshot."""

    blocks: int
    transactions: int
    snapshots: int
