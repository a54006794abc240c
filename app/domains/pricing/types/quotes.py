"""What pricing and its callers speak of. Amounts are minor units; rates are Decimal (0.07 = 7 %)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from app.domains.pricing.types.promotions import AppliedPromotion, CartFacts, Discount, Promotion, Step

RoundingLevel = Literal["line", "rate", "invoice"]


@dataclass(frozen=True, slots=True)
class Price:
    """An offer's price in its price list."""

    offer_id: str
    amount_minor: int
    compare_at_minor: int | None
    currency: str
    tax_included: bool
    version: int


@dataclass(frozen=True, slots=True)
class TaxComponent:
    """A part of a rate that is a tax of its own (CGST 9 % of GST 18 %)."""

    code: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class TaxRule:
    """The rate of a tax category on a day, with the name that stands on an invoice. `components` make the rate
    together; without any the rate is one tax."""

    category: str
    rate: Decimal
    code: str
    components: tuple[TaxComponent, ...] = ()


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """What is to be priced: an offer, a quantity, today's unit price; and what the conditions of promotions ask."""

    offer_id: str
    quantity: int
    unit_minor: int
    tax_category: str
    product_id: str = ""
    category: str = ""
    seller_id: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """Delivery, or a payment fee: an amount of its own with its own tax category."""

    kind: Literal["delivery", "payment_fee"]
    code: str
    amount_minor: int
    tax_category: str


@dataclass(frozen=True, slots=True)
class QuoteContext:
    """Everything else that a quote depends on. Nothing is read from anywhere but here. `seller_area` and `place` are
    why the taxes have the components that they have; empty where the market does not ask."""

    currency: str
    tax_included: bool
    rounding_mode: str
    rounding_level: RoundingLevel
    taxes: tuple[TaxRule, ...]
    charges: tuple[Charge, ...] = ()
    cash_step_minor: int = 0
    cash_rounding_mode: str = "half_up"
    seller_area: str = ""
    place: str = ""
    promotions: tuple[Promotion, ...] = ()
    facts: CartFacts = CartFacts()


@dataclass(frozen=True, slots=True)
class TaxShare:
    """What a component comes to. The shares of an entry make its tax, to the minor unit."""

    code: str
    rate: Decimal
    tax_minor: int


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """One line of the result. `net + tax = total`; with tax-included prices `gross - discount = total`.

    `list_unit_minor` is the price before catalogue promotions, `unit_minor` after them; `gross = unit × quantity`.
    `discount_minor` is what cart promotions take off; `discounts` are all, with who bears them.
    """

    offer_id: str
    quantity: int
    unit_minor: int
    gross_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    tax_rate: Decimal
    tax_code: str
    total_minor: int
    components: tuple[TaxShare, ...] = ()
    list_unit_minor: int = 0
    discounts: tuple[Discount, ...] = ()


@dataclass(frozen=True, slots=True)
class QuotedCharge:
    kind: str
    code: str
    net_minor: int
    tax_minor: int
    tax_rate: Decimal
    tax_code: str
    total_minor: int
    components: tuple[TaxShare, ...] = ()
    discount_minor: int = 0
    discounts: tuple[Discount, ...] = ()


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """One rate's share: the base without tax, and the tax."""

    code: str
    rate: Decimal
    net_minor: int
    tax_minor: int
    components: tuple[TaxShare, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """The priced cart. `total = Σ lines + Σ charges + rounding`, exactly. `discount_minor` is of the lines;
    `promotions` are all that applied, also those of the catalogue and of the delivery."""

    currency: str
    lines: tuple[QuotedLine, ...]
    charges: tuple[QuotedCharge, ...]
    taxes: tuple[TaxTotal, ...]
    items_minor: int
    discount_minor: int
    delivery_minor: int
    fee_minor: int
    tax_minor: int
    rounding_minor: int
    total_minor: int
    tax_included: bool
    steps: tuple[Step, ...]
    promotions: tuple[AppliedPromotion, ...] = ()


@dataclass(frozen=True, slots=True)
class PricedQuote:
    """A quote, its JSON document, the inputs that replay it, and its fingerprint."""

    quote: Quote
    document: dict[str, Any]
    inputs: dict[str, Any]
    fingerprint: str
