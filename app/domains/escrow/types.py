"""What escrow speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from app.kit.money import Money

HoldStatus = Literal["held", "frozen", "released", "refunded"]


@dataclass(frozen=True, slots=True)
class HoldShare:
    """The part of a payment that pays for one order. `split` is frozen with it: who gets what when it is released
    (minor units by beneficiary and part, as JSON)."""

    order_id: str
    amount: Money
    split: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subsidy:
    """What `payer` (`partner`, `platform`) adds to an order for the discounts that it bears."""

    order_id: str
    payer: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Hold:
    """Money held for an order. `left` = amount − refunded − released is what lies in the ledger for it."""

    id: str
    order_id: str
    payment_id: str
    amount: Money
    refunded: Money
    released: Money
    split: Mapping[str, Any]
    status: HoldStatus
    held_at: datetime
    version: int

    @property
    def left(self) -> Money:
        return self.amount - self.refunded - self.released
