"""Promotions, coupons, discounts. Amounts are minor units; rates are Decimal (0.20 = 20 %)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

PromotionKind = Literal["catalogue", "cart"]
PromotionStatus = Literal["draft", "active", "ended"]
BenefitKind = Literal["percent", "fixed", "fixed_each", "buy_get", "free_delivery"]
Payer = Literal["seller", "partner", "platform"]


@dataclass(frozen=True, slots=True)
class Step:
    """One reason: what was done (`kind`), and the figures that it was done with."""

    kind: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Benefit:
    """What a promotion gives.

    `percent`: `rate` off what is left of its lines. `fixed`: `amount_minor` off them together. `fixed_each`: off each
    piece. `buy_get`: of each `buy + get` pieces, dearest first, `rate` off the last `get`. `free_delivery`.
    """

    kind: BenefitKind
    rate: Decimal = Decimal(0)
    amount_minor: int = 0
    buy: int = 0
    get: int = 0


@dataclass(frozen=True, slots=True)
class Conditions:
    """When a promotion applies; what is empty does not ask.

    `products`, `categories` (codes, with all below them once they are read) and `sellers` say which lines match; the
    minimums are of the matching lines, after catalogue promotions and before cart promotions. With `whole_cart` the
    benefit falls on all lines as soon as one matches, else on those that match.
    """

    minimum_minor: int = 0
    minimum_quantity: int = 0
    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    sellers: tuple[str, ...] = ()
    whole_cart: bool = False
    first_order: bool = False
    gateways: tuple[str, ...] = ()
    delivery_methods: tuple[str, ...] = ()
    storefronts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Promotion:
    """A promotion as a quote reads it, with what is left of its caps for this cart (None: no cap).

    `starts_at` and `ends_at` are moments in UTC (ISO 8601, empty: open); `coupon` is the code that was entered.
    `counts_shoppers`: it is limited per shopper, so it matters who buys.
    """

    id: str
    code: str
    name: dict[str, str]
    kind: PromotionKind
    benefit: Benefit
    conditions: Conditions
    priority: int = 0
    is_exclusive: bool = False
    group: str = ""
    payer: Payer = "seller"
    starts_at: str = ""
    ends_at: str = ""
    needs_coupon: bool = False
    coupon: str = ""
    coupon_id: str = ""
    uses_left: int | None = None
    coupon_uses_left: int | None = None
    shopper_uses_left: int | None = None
    budget_left_minor: int | None = None
    counts_shoppers: bool = False


@dataclass(frozen=True, slots=True)
class CartFacts:
    """What conditions ask of a cart besides its lines. `moment` in UTC; `is_first_order` None: it is not known yet who
    buys, and the promotion is shown as if it were."""

    moment: str = ""
    storefront: str = ""
    gateway: str = ""
    delivery: str = ""
    is_first_order: bool | None = None


@dataclass(frozen=True, slots=True)
class Discount:
    """What a promotion takes off a line or a charge, and who bears it."""

    promotion_id: str
    code: str
    name: dict[str, str]
    kind: PromotionKind
    payer: Payer
    amount_minor: int


@dataclass(frozen=True, slots=True)
class AppliedPromotion:
    """What a promotion took off a whole cart; it is what its caps count."""

    promotion_id: str
    code: str
    name: dict[str, str]
    kind: PromotionKind
    payer: Payer
    coupon: str
    coupon_id: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class SkippedPromotion:
    """Why a promotion did not apply: `reason`, and the figures of it (`minimum`, `missing`)."""

    promotion_id: str
    code: str
    name: dict[str, str]
    coupon: str
    reason: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Discounts:
    """What all promotions make of a cart. By line: the unit price after catalogue promotions, and the discounts."""

    units_minor: tuple[int, ...]
    lines: tuple[tuple[Discount, ...], ...]
    charges: tuple[tuple[Discount, ...], ...]
    applied: tuple[AppliedPromotion, ...]
    skipped: tuple[SkippedPromotion, ...]
    steps: tuple[Step, ...]

    def of_line(self, index: int) -> int:
        """What cart promotions take off a line."""
        return sum(one.amount_minor for one in self.lines[index] if one.kind == "cart")

    def of_charge(self, index: int) -> int:
        return sum(one.amount_minor for one in self.charges[index])


@dataclass(frozen=True, slots=True)
class ShownPrice:
    """A price as cards and product pages show it: `prior_minor` and the promotions' names where it is reduced."""

    unit_minor: int
    prior_minor: int | None
    names: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PromotionInput:
    """A promotion as staff or a tenant's document state it. `starts_local` and `ends_local` are wall times of the
    storefront (`2026-12-01T00:00`, empty: open); whether it runs is a status of its own."""

    code: str
    name: dict[str, str]
    kind: PromotionKind
    benefit: Benefit
    conditions: Conditions = Conditions()
    priority: int = 0
    is_exclusive: bool = False
    group: str = ""
    payer: Payer = "seller"
    starts_local: str = ""
    ends_local: str = ""
    needs_coupon: bool = False
    usage_limit: int | None = None
    shopper_limit: int | None = None
    budget_minor: int | None = None
    returns_on_cancel: bool = True


@dataclass(frozen=True, slots=True)
class StoredPromotion:
    """A promotion with its counts. `spent_minor` and `used_count` count what is reserved and what was ordered."""

    id: str
    given: PromotionInput
    status: PromotionStatus
    used_count: int
    spent_minor: int
    coupon_count: int
    version: int
    created_at: datetime
    activated_at: datetime | None
    ended_at: datetime | None
    is_running: bool = False


@dataclass(frozen=True, slots=True)
class Coupon:
    """A code of a promotion. `usage_limit` None: as often as the promotion allows."""

    id: str
    promotion_id: str
    code: str
    usage_limit: int | None
    used_count: int
    is_active: bool
    batch_id: str | None


@dataclass(frozen=True, slots=True)
class CouponBatch:
    """Codes that are made by a job: `made` of `wanted` stand."""

    id: str
    promotion_id: str
    prefix: str
    wanted: int
    made: int
    usage_limit: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PromotionUse:
    """One checkout's use of a promotion."""

    id: str
    promotion_id: str
    coupon_id: str | None
    reference: str
    amount_minor: int
    status: str
