"""What fulfilment speaks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """The parcel of an order. `packed_by` and `shipped_by` are names of people; empty while it has not happened."""

    id: str
    order_id: str
    status: Literal["packed", "shipped"]
    packed_at: datetime
    packed_by: str
    shipped_at: datetime | None
    shipped_by: str
    carrier: str
    tracking_code: str
    version: int
