"""A reader of shop scenarios in plain words: their sentences become lines, promotions and expectations of a quote."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from app.domains.pricing import rules
from app.domains.pricing.types import (
    Benefit,
    CartFacts,
    Charge,
    Conditions,
    Promotion,
    Quote,
    QuoteContext,
    QuoteLine,
    TaxRule,
)

FREE = "untaxed"


class Unreadable(Exception):
    """A sentence that nothing here understands."""


@dataclass(slots=True)
class Product:
    name: str
    price: int
    tax: str = FREE
    taxons: tuple[str, ...] = ()
    parent: str = ""


@dataclass(slots=True)
class Shop:
    """What the sentences have said so far."""

    products: dict[str, Product] = field(default_factory=dict)
    rates: dict[str, Decimal] = field(default_factory=dict)
    promotions: dict[str, Promotion] = field(default_factory=dict)
    fees: dict[str, int] = field(default_factory=dict)
    basket: dict[str, int] = field(default_factory=dict)
    coupons: dict[str, str] = field(default_factory=dict)
    coupon_limit: int | None = None
    delivery: str = ""
    entered: str = ""
    tax_included: bool = True
    product: str = ""
    promotion: str = ""
    told: list[Callable[[Quote], None]] = field(default_factory=list)
    parent: str = ""

    def quote(self) -> Quote:
        lines = [self._line(name, count) for name, count in self.basket.items()]
        taxes = tuple(TaxRule(name, rate, name) for name, rate in {**self.rates, FREE: Decimal(0)}.items())
        charges = (Charge("delivery", self.delivery, self.fees[self.delivery], FREE),) if self.delivery else ()
        facts = CartFacts(moment="2026-11-22T05:00:00.000000Z", gateway="cod", delivery=self.delivery)
        context = QuoteContext(
            "USD", self.tax_included, "half_up", "line", taxes, charges, promotions=tuple(self._offered()), facts=facts
        )
        return rules.quote(lines, context)

    def _line(self, name: str, count: int) -> QuoteLine:
        product = self.products[name]
        return QuoteLine(f"off_{name}", count, product.price, product.tax, name, "|".join(product.taxons), "own")

    def _offered(self) -> list[Promotion]:
        found = []
        for name, promotion in self.promotions.items():
            code = self.coupons.get(name, "")
            if code and self.entered == code:
                promotion = replace(promotion, coupon=code, coupon_uses_left=self.coupon_limit)
            found.append(promotion)
        return found

    def change(self, **values: object) -> None:
        self.promotions[self.promotion] = replace(self.promotions[self.promotion], **values)

    def ask(self, **values: object) -> None:
        self.change(conditions=replace(self.promotions[self.promotion].conditions, **values))


def cents(amount: str) -> int:
    return int(Decimal(amount.replace(",", "")) * 100)


def rate(percent: str) -> Decimal:
    return Decimal(percent) / 100


def _add_product(shop: Shop, name: str, price: str) -> None:
    shop.products[name] = Product(name, cents(price))
    shop.product = name


def _add_variant(shop: Shop, name: str, price: str) -> None:
    shop.products[shop.parent] = replace(shop.products[shop.parent], price=cents(price))


def _add_parent(shop: Shop, name: str) -> None:
    shop.products[name] = Product(name, 0)
    shop.product = shop.parent = name


def _belongs(shop: Shop, taxon: str) -> None:
    shop.products[shop.product].taxons += (taxon,)


def _add_rate(shop: Shop, included: str, percent: str, category: str) -> None:
    shop.rates[category] = rate(percent)
    shop.tax_included = bool(included)


def _add_promotion(shop: Shop, exclusive: str, name: str, priority: str | None) -> None:
    shop.promotion = name
    shop.promotions[name] = Promotion(
        id=f"prm_{len(shop.promotions)}",
        code=f"{len(shop.promotions):03}",
        name={"en": name},
        kind="cart",
        benefit=Benefit("percent"),
        conditions=Conditions(),
        priority=int(priority or 0),
        is_exclusive=bool(exclusive),
    )


def _add_coupon(shop: Shop, name: str, code: str) -> None:
    _add_promotion(shop, "", name, None)
    shop.coupons[name] = code
    shop.change(needs_coupon=True)


def _gives_fixed(shop: Shop, amount: str, minimum: str | None) -> None:
    shop.change(benefit=Benefit("fixed", amount_minor=cents(amount)))
    shop.ask(minimum_minor=cents(minimum) if minimum else 0)


def _gives_if_contains(shop: Shop, amount: str, product: str) -> None:
    shop.change(benefit=Benefit("fixed", amount_minor=cents(amount)))
    shop.ask(products=(product,), whole_cart=True)


def _gives_on(shop: Shop, amount: str, product: str) -> None:
    shop.change(benefit=Benefit("fixed_each", amount_minor=cents(amount)))
    shop.ask(products=(product,))


def _add_catalogue(shop: Shop, name: str, priority: str, percent: str | None, fixed: str | None, where: str) -> None:
    _add_promotion(shop, "", name, priority)
    benefit = (
        Benefit("percent", rate=rate(percent)) if percent else Benefit("fixed_each", amount_minor=cents(fixed or ""))
    )
    shop.change(kind="catalogue", benefit=benefit)
    kind = where.rsplit(" ", 1)[-1]
    named = where.rsplit(" ", 1)[0].strip('"')
    shop.ask(**({"categories": (named,)} if kind == "taxon" else {"products": (shop.parent,)}))


def _buy(shop: Shop, count: str | None, name: str) -> None:
    shop.basket[name] = shop.basket.get(name, 0) + int(count or 1)


def _expect(what: str) -> Callable[[Shop, str], None]:
    return lambda shop, amount: shop.told.append(lambda quote: _equal(what, getattr(quote, what), cents(amount)))


def _equal(what: str, found: int, wanted: int) -> None:
    assert found == wanted, (what, found, wanted)


def _expect_price(shop: Shop, before: str, after: str) -> None:
    def check(quote: Quote) -> None:
        (line,) = quote.lines
        assert (line.list_unit_minor, line.unit_minor) == (cents(before), cents(after))

    shop.told.append(check)


SENTENCES: list[tuple[str, Callable[..., None]]] = [
    (r"the store operates on a single channel in .*|default tax zone is .*", lambda shop: None),
    (r"I am a logged in customer|I addressed it|the store classifies its products as .*", lambda shop: None),
    (r"the store ships everywhere for Free|the store allows paying .*", lambda shop: None),
    (r'the store has (included in price )?"[^"]*" tax rate of (\d+)% for "([^"]*)" within .*', _add_rate),
    (r'the store has a product "([^"]*)" priced at "\$([\d.,]+)"', _add_product),
    (r'the store has a "([^"]*)" configurable product', _add_parent),
    (r'this product has "([^"]*)" variant priced at "\$([\d.,]+)"', _add_variant),
    (r'this product belongs to "([^"]*)"', _belongs),
    (r'it belongs to "([^"]*)" tax category', lambda shop, name: setattr(shop.products[shop.product], "tax", name)),
    (r'the store has "([^"]*)" shipping method with "\$([\d.,]+)" fee',
     lambda shop, name, fee: shop.fees.update({name: cents(fee)})),
    (r'the store has promotion "([^"]*)" with coupon "([^"]*)"', _add_coupon),
    (r'there is an? (exclusive )?promotion "([^"]*)"(?: with priority (\d+))?', _add_promotion),
    (r'(?:it|the promotion|this promotion) gives "\$([\d.,]+)" discount to every order'
     r'(?: with items total at least "\$([\d.,]+)")?', _gives_fixed),
    (r'it gives "(\d+)%" discount to every order',
     lambda shop, percent: shop.change(benefit=Benefit("percent", rate=rate(percent)))),
    (r'the promotion gives "\$([\d.,]+)" off if order contains a "([^"]*)" product', _gives_if_contains),
    (r'the promotion gives "\$([\d.,]+)" off on a "([^"]*)" product', _gives_on),
    (r'there is a catalog promotion "([^"]*)" with priority (\d+) that reduces price by (?:"(\d+)%"|'
     r'fixed "\$([\d.,]+)" in the "[^"]*" channel) and applies on (.*)', _add_catalogue),
    (r"this coupon can be used (\d+) times", lambda shop, limit: setattr(shop, "coupon_limit", int(limit))),
    (r"this coupon has already reached its usage limit", lambda shop: setattr(shop, "coupon_limit", 0)),
    (r'I add (?:(\d+) products|product) "([^"]*)" to the cart', _buy),
    (r'I proceed with selecting "([^"]*)" shipping method', lambda shop, name: setattr(shop, "delivery", name)),
    (r'I use coupon with code "([^"]*)"', lambda shop, code: setattr(shop, "entered", code)),
    (r'my cart total should be "\$([\d.,]+)"', _expect("total_minor")),
    (r'my (?:cart|included in price) taxes should be "\$([\d.,]+)"', _expect("tax_minor")),
    (r'my discount should be "-\$([\d.,]+)"', _expect("discount_minor")),
    (r'my cart shipping total should be "\$([\d.,]+)"', _expect("delivery_minor")),
    (r"there should be no discount applied", lambda shop: _expect("discount_minor")(shop, "0")),
    (r"I should be notified that the coupon is invalid",
     lambda shop: shop.told.append(lambda quote: _equal("promotions", len(quote.promotions), 0))),
    (r'I view "([^"]*)" variant of the "([^"]*)" product', lambda shop, _, name: _buy(shop, None, name)),
    (r'I should see this variant is discounted from "\$([\d.,]+)" to "\$([\d.,]+)" with .*', _expect_price),
]  # fmt: skip
"""Each sentence, and what it does."""


def read(shop: Shop, sentence: str) -> None:
    """Do what a sentence says. Raises `Unreadable`."""
    plain = re.sub(r"^(?:Given|When|Then|And|But) ", "", sentence)
    for pattern, act in SENTENCES:
        if found := re.fullmatch(pattern, plain):
            act(shop, *found.groups())
            return
    raise Unreadable(sentence)
