from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class PriceChanged:
    name: ClassVar[str] = "pricing.price_changed"
    offer_id: str
    amount_minor: int
    currency: str
