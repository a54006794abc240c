from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class AvailabilityChanged:
    """An offer can be bought again, or cannot any more."""

    name: ClassVar[str] = "inventory.availability_changed"
    offer_id: str
    is_available: bool
