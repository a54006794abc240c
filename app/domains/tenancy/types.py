"""The market pack: the dated rules of a country, as every room reads them. Made from `config/markets/<code>.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from app.kit.i18n import Calendar
from app.kit.money import Money, Rounding

Words = Mapping[str, str]
"""A translated text: `{bcp47: text}`."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule was read: an address as text, the day it was read, and what it says in our words."""

    url: str
    read_on: date
    says: str = ""


@dataclass(frozen=True, slots=True)
class TaxRate:
    """The rate of a tax category from `valid_from` to `valid_to`, both days included; None is open.

    `confirmed_until` is the last day that the source proves. After it the rate goes on, because a shop must charge
    something, but `serai markets check` asks for a new source. `mark` stands beside goods of this rate on papers
    and pages (Japan's ※ for the reduced rate).
    """

    tax_category: str
    code: str
    name: Words
    rate: Decimal
    valid_from: date
    valid_to: date | None
    confirmed_until: date | None
    source: Source
    mark: str = ""

    def is_valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class TaxPart:
    """A part of a rate that goes to a treasury of its own: `share` of the rate (0.5: 9 of 18 per cent)."""

    code: str
    name: Words
    share: Decimal


@dataclass(frozen=True, slots=True)
class TaxSplit:
    """Into which parts a rate falls where the seller's area and the place of supply are the same, or are not.

    `country_areas` are those that a split of the same area is for; the one without areas is for all others.
    """

    where: Literal["same_area", "other_area"]
    country_areas: tuple[str, ...]
    parts: tuple[TaxPart, ...]


@dataclass(frozen=True, slots=True)
class Tax:
    """`kind` is `none` where a country has no such tax: then there are no rates, and no line speaks of tax.

    `rounding_level` says what is rounded once: each line, the sum of each rate, or the sum of the invoice. `splits` are
    empty where a rate is one tax wherever the goods go.
    """

    kind: Literal["vat", "none"]
    name: Words
    prices_include_tax: bool
    rounding: Rounding
    rounding_level: Literal["line", "rate", "invoice"]
    rates: tuple[TaxRate, ...]
    splits: tuple[TaxSplit, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedTax:
    """A tax of an order as a page or a letter names it, with its rate; `net_minor` is what it was taken on."""

    name: str
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Escrow:
    """`hold`: the tenant's money is held here; `instruct_only`: a licensed provider holds it, the ledger mirrors it.

    `hold_days` run from delivery; a shopper may extend once by `extension_days`.
    """

    mode: Literal["hold", "instruct_only"]
    hold_days: int
    extension_days: int

    def release_on(self, delivered_on: date, *, is_extended: bool = False) -> date:
        """The day on which the money goes to the seller if nothing is said against it."""
        return delivered_on + timedelta(days=self.hold_days + (self.extension_days if is_extended else 0))


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The legal right to send goods back without a reason: days from `runs_from`; money back within `refund_days` of
    the notice (None where the law names no term)."""

    days: int
    runs_from: Literal["receipt", "purchase"]
    refund_days: int | None

    def ends_on(self, *, purchased_on: date, received_on: date) -> date:
        """The last day of the right; the day it runs from is not counted."""
        return (received_on if self.runs_from == "receipt" else purchased_on) + timedelta(days=self.days)

    def refund_by(self, notice_on: date) -> date | None:
        return None if self.refund_days is None else notice_on + timedelta(days=self.refund_days)


@dataclass(frozen=True, slots=True)
class PaymentWay:
    """A way to pay that people of the country know; `later` ones are not yet served by any gateway."""

    code: str
    name: Words
    status: Literal["now", "later"]


@dataclass(frozen=True, slots=True)
class CashOnDelivery:
    """`limit` None: no limit. `cash_step_minor`: the smallest coin in daily use, in minor units."""

    is_allowed: bool
    limit: Money | None
    fee: Money
    cash_step_minor: int
    cash_rounding: Rounding

    def is_allowed_for(self, total: Money) -> bool:
        return self.is_allowed and (self.limit is None or total <= self.limit)


@dataclass(frozen=True, slots=True)
class DeliveryZone:
    """A part of the country: `country_areas` are keys of the address rules (for Thailand provinces in Thai). The one
    zone without areas is the rest of the country."""

    code: str
    name: Words
    country_areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InvoiceForm:
    """`locale` is the language that the law requires; `particulars` name what must stand on the paper."""

    form: str
    title: Words
    credit_note_title: Words
    locale: str
    wording: tuple[Words, ...]
    particulars: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BusinessNumber:
    """The number a firm is known by; `module` is the checker of python-stdnum, None where no checksum is public, for
    what follows the `prefix` (the T of a Japanese invoice issuer)."""

    name: Words
    module: str | None
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class LegalNote:
    about: str
    source: Source


@dataclass(frozen=True, slots=True)
class MarketPack:
    """`address_required` names the fields an address must have here beyond what the country's form itself requires
    (pass it to `kit.addresses.fields` and `normalise`). `area_codes` are the numbers that the law gives the country's
    areas, by their key; a firm's business number begins with its own."""

    code: str
    name: Words
    country: str
    currency: str
    locales: tuple[str, ...]
    default_locale: str
    time_zone: str
    calendar: Calendar
    phone_region: str
    address_required: tuple[str, ...]
    tax: Tax
    escrow: Escrow
    withdrawal: Withdrawal
    payment_ways: tuple[PaymentWay, ...]
    cod: CashOnDelivery
    zones: tuple[DeliveryZone, ...]
    invoice: InvoiceForm
    business_number: BusinessNumber
    notes: tuple[LegalNote, ...]
    area_codes: Mapping[str, str] = field(default_factory=dict)

    def tax_parts(self, seller_area: str, place: str) -> tuple[TaxPart, ...]:
        """The parts of every rate for a seller in one area and goods delivered to another. Empty where a rate is one
        tax, and where an area is not known (yet)."""
        if not seller_area or not place:
            return ()
        where = "same_area" if seller_area == place else "other_area"
        fitting = [split for split in self.tax.splits if split.where == where]
        named = [split for split in fitting if place in split.country_areas]
        rest = [split for split in fitting if not split.country_areas]
        return next((split.parts for split in (*named, *rest)), ())

    def tax_rate(self, tax_category: str, on: date) -> TaxRate | None:
        """The rate of a category on a day of the market's calendar; None only where the country has no such tax.

        Raises LookupError for a category or a day that the pack does not know: nothing is ever untaxed by a gap.
        """
        if self.tax.kind == "none":
            return None
        for rate in self.tax.rates:
            if rate.tax_category == tax_category and rate.is_valid_on(on):
                return rate
        raise LookupError(f"Market pack {self.code}: no rate of tax for {tax_category!r} on {on.isoformat()}.")

    def zone_of(self, address: Mapping[str, Any]) -> DeliveryZone:
        """The delivery zone of a normalised address of this country."""
        area = address.get("country_area") or ""
        rest = next(zone for zone in self.zones if not zone.country_areas)
        return next((zone for zone in self.zones if area in zone.country_areas), rest)


@dataclass(frozen=True, slots=True)
class Fact:
    """An assertion about a pack with its source: given these values on this day, the pack leads to those."""

    on: date
    about: str
    given: Mapping[str, Any]
    expect: Mapping[str, Any]
    source: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class FactBreak:
    """A fact that does not hold: `key` of its expectation, what was expected and what the pack gives."""

    fact: Fact
    key: str
    expected: Any
    found: Any

    def __str__(self) -> str:
        return f"{self.fact.place}: {self.fact.about}.{self.key}: expected {self.expected!r}, found {self.found!r}"


@dataclass(frozen=True, slots=True)
class Brand:
    """How a tenant looks and is called. `logo` and `mark` are media asset ids; tokens are theme values by name."""

    name: Words
    tagline: Words
    tokens: Mapping[str, Any]
    logo: str
    mark: str
    legal_name: str
