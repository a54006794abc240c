"""Pure rules of escrow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from app.domains.escrow.errors import HoldDiffers
from app.domains.escrow.types import Hold, HoldShare
from app.kit.money import Money

SUSPENSE = "suspense"
"""The ledger account of money without a home."""


def escrow_account(order_id: str) -> str:
    return f"escrow:{order_id}"


def provider_account(gateway: str) -> str:
    return f"provider:{gateway}"


def promotion_account(payer: str) -> str:
    return f"promotion:{payer}"


def check_shares(shares: Sequence[HoldShare], captured: Money) -> None:
    """Raises `HoldDiffers` unless the shares, each above zero and each of another order, are the payment exactly."""
    currencies = {share.amount.currency for share in shares}
    total = sum(share.amount.amount_minor for share in shares)
    fits = currencies == {captured.currency} and total == captured.amount_minor
    orders = {share.order_id for share in shares}
    if not fits or len(orders) != len(shares) or any(share.amount.amount_minor <= 0 for share in shares):
        raise HoldDiffers(shares=_listed(shares), captured=str(captured))


def hold_of(row: Any) -> Hold:
    """A hold from a row with the columns of its table."""
    return Hold(
        id=row.id,
        order_id=row.order_id,
        payment_id=row.payment_id,
        amount=Money(row.amount_minor, row.currency),
        refunded=Money(row.refunded_minor, row.currency),
        released=Money(row.released_minor, row.currency),
        split=row.split,
        status=row.status,
        held_at=row.held_at,
        version=row.version,
    )


def _listed(shares: Iterable[HoldShare]) -> str:
    return " + ".join(str(share.amount) for share in shares) or "nothing"
