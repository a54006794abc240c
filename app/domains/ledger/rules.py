"""Pure rules of the ledger: its kinds, its accounts, the hashes that seal it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence

from app.domains.ledger.errors import TransferNotBalanced, UnknownAccountCode, UnknownKind
from app.domains.ledger.types import AccountKind, TransferInput
from app.kit.money import LARGEST, digits

KINDS = {
    "payment_captured": "A provider captured a shopper's money for orders: it lies in their escrow accounts.",
    "payment_parked": "A provider captured money that has no home (late, twice, wrong amount): it lies in suspense.",
    "parked_held": "Parked money found its order after all: it moves from suspense to escrow.",
    "payment_refunded": "Money goes back to the shopper: it leaves escrow or suspense through the provider.",
    "refund_reversed": "The provider refused a refund for good: the money is back where it was taken from.",
    "discount_borne": "A discount is borne by the partner or the platform: they add it to the order's escrow.",
    "discount_returned": "The order was called off: what was added for its discounts goes back to who bore them.",
    "correction": "An operator puts a mistake right by a new entry, because nothing here is ever changed.",
}
"""Each kind of transaction, in one sentence. An unknown kind is refused."""

ACCOUNT_KINDS = {
    kind.name: kind
    for kind in (
        AccountKind("provider", "debit", True),
        AccountKind("bank", "debit", True),
        AccountKind("carrier", "debit", True),
        AccountKind("fees", "debit", True),
        AccountKind("promotion", "debit", True),
        AccountKind("rounding", "debit", True),
        AccountKind("escrow", "credit", False),
        AccountKind("suspense", "credit", False),
        AccountKind("wallet", "credit", False),
        AccountKind("seller", "credit", True),
        AccountKind("commission", "credit", True),
        AccountKind("tax", "credit", True),
        AccountKind("payout", "credit", True),
        AccountKind("ads", "credit", True),
        AccountKind("partner", "credit", True),
        AccountKind("platform", "credit", True),
    )
}
"""By the first word of an account's code. Where `may_go_negative` is False, the row that owns the account's money
(an escrow hold, a payment) guards it by a conditional update; a locked balance row here would queue every sale
behind the one before."""

FIRST_HASH = "0" * 64
BLOCK_LIMIT = 5000
"""Transactions of one block at most, so that sealing a backlog needs bounded memory."""
SNAPSHOT_AFTER = 100
"""Postings of an account since its last snapshot that make a new one worth its row."""

_CODE = re.compile(r"[a-z]+(:[A-Za-z0-9_-]{1,60}){0,2}")


def classify(code: str) -> AccountKind:
    """The kind of an account by its code (`provider:sandbox`, `escrow:ord_…`, `seller:sel_…:payable`)."""
    kind = ACCOUNT_KINDS.get(code.partition(":")[0])
    if kind is None or not _CODE.fullmatch(code):
        raise UnknownAccountCode(account=code[:80])
    return kind


def check_transfers(kind: str, transfers: Sequence[TransferInput]) -> None:
    """Raises `UnknownKind`, `UnknownAccountCode`, `UnknownCurrency`, `TransferNotBalanced`."""
    if kind not in KINDS:
        raise UnknownKind(kind=kind)
    if not transfers:
        raise TransferNotBalanced(reason="a transaction has at least one transfer")
    for transfer in transfers:
        classify(transfer.debit)
        classify(transfer.credit)
        digits(transfer.currency)
        if transfer.debit == transfer.credit:
            raise TransferNotBalanced(reason=f"{transfer.debit} on both sides")
        amount = transfer.amount_minor
        if isinstance(amount, bool) or not isinstance(amount, int) or not 0 < amount <= LARGEST:
            raise TransferNotBalanced(reason="an amount is a positive whole number of minor units")


def content_hash(kind: str, reference: str, transfers: Iterable[TransferInput]) -> str:
    """What makes two posts with one key the same: kind, reference and transfers in their order (SHA-256, hex)."""
    rows = [[one.debit, one.credit, one.amount_minor, one.currency] for one in transfers]
    return hashlib.sha256(json.dumps([kind, reference, rows]).encode()).hexdigest()


def block_hash(number: int, previous: str, lines: Sequence[str]) -> str:
    """The hash that chains a block to the one before: SHA-256 (hex) over number, predecessor, and its lines."""
    head = f"{number}\n{previous}\n{len(lines)}\n"
    return hashlib.sha256((head + "\n".join(lines)).encode()).hexdigest()
