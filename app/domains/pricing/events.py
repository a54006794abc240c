from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class PriceChanged:
    name: ClassVar[str] = "pricing.price_changed"
    offer_id: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class PromotionActivated:
    name: ClassVar[str] = "pricing.promotion_activated"
    promotion_id: str
    code: str


@dataclass(frozen=True, slots=True)
class PromotionStopped:
    """A promotion was ended by hand, before its time or after it."""

    name: ClassVar[str] = "pricing.promotion_stopped"
    promotion_id: str
    code: str
