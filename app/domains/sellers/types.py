"""Who sells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

SellerKind = Literal["own", "partner"]
SellerStatus = Literal["active", "suspended"]


@dataclass(frozen=True, slots=True)
class Seller:
    """A seller as orders and faces need it. `name` is what shoppers read, per language; `legal_name` contracts."""

    id: str
    code: str
    name: Mapping[str, str]
    kind: SellerKind
    status: SellerStatus
    legal_name: str
