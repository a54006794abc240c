from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Method:
    """A way of delivery, priced for a cart (minor units of `currency`; 0 where the cart has reached `free_from`)."""

    code: str
    name: dict[str, str]
    price_minor: int
    free_from_minor: int | None
    currency: str
    tax_category: str
    min_days: int
    max_days: int
