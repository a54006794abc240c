from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """A checkout is paid (or payable on delivery), its stock is taken, its orders stand."""

    name: ClassVar[str] = "orders.order_placed"
    group_id: str
    number: int
    total_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    name: ClassVar[str] = "orders.order_cancelled"
    order_id: str
    group_id: str
    refund_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class OrderPacked:
    name: ClassVar[str] = "orders.order_packed"
    order_id: str
    group_id: str


@dataclass(frozen=True, slots=True)
class OrderShipped:
    name: ClassVar[str] = "orders.order_shipped"
    order_id: str
    group_id: str
    carrier: str
    tracking_code: str


@dataclass(frozen=True, slots=True)
class PaymentReturned:
    """Money that could not become an order is on its way back to the shopper."""

    name: ClassVar[str] = "orders.payment_returned"
    group_id: str
    amount_minor: int
    currency: str
    payment_id: str
