"""What happened with payments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class RefundSucceeded:
    """The provider has given the money back. `reference`: what it was for, opaque."""

    name: ClassVar[str] = "payments.refund_succeeded"
    refund_id: str
    payment_id: str
    reference: str


@dataclass(frozen=True, slots=True)
class RefundFailed:
    """The provider refused for good: the money is still with it, and whoever took it from its place puts it back."""

    name: ClassVar[str] = "payments.refund_failed"
    refund_id: str
    payment_id: str
    reference: str
