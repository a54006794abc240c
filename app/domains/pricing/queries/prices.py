"""Readers of prices and of the market's tax rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.domains.pricing import rules
from app.domains.pricing.errors import NoTaxRule
from app.domains.pricing.models import PriceList, PriceRow
from app.domains.pricing.types import (
    CartFacts,
    Charge,
    Price,
    PricedQuote,
    Promotion,
    QuoteContext,
    QuoteLine,
    TaxComponent,
    TaxRule,
)
from app.domains.tenancy.queries.brands import get_home_area
from app.domains.tenancy.queries.markets import get_market
from app.domains.tenancy.types import TaxPart
from app.kit.scope import SYSTEM_ONLY, Scope, query


@query("catalogue.browse")
def list_prices(scope: Scope, offer_ids: Sequence[str]) -> dict[str, Price]:
    """The prices of some offers in the default list; an offer without one is left out. One statement."""
    found = scope.db.execute(
        select(
            PriceRow.offer_id,
            PriceRow.amount_minor,
            PriceRow.compare_at_minor,
            PriceRow.version,
            PriceList.currency,
            PriceList.tax_included,
        )
        .join(PriceList, PriceList.id == PriceRow.price_list_id)
        .where(PriceList.is_default, PriceRow.offer_id.in_(offer_ids))
    )
    return {
        row.offer_id: Price(
            row.offer_id, row.amount_minor, row.compare_at_minor, row.currency, row.tax_included, row.version
        )
        for row in found
    }


@query("catalogue.browse")
def quote_lines(
    scope: Scope,
    lines: Sequence[QuoteLine],
    charges: Sequence[Charge] = (),
    *,
    in_cash: bool = False,
    place: str = "",
    promotions: Sequence[Promotion] = (),
    facts: CartFacts | None = None,
) -> PricedQuote:
    """Quote some lines by today's tax rules of the market; what is paid in cash is rounded to its coins.

    :param place: the country area of the delivery address, empty while it is not known; it decides into which taxes a
        rate falls where the market asks for it.
    :param promotions: those that the cart may have (`list_for_cart`), to be decided by `facts`.

    Raises `NoTaxRule`, `QuoteNotValid`.
    """
    listed = scope.db.execute(select(PriceList.currency, PriceList.tax_included).where(PriceList.is_default)).one()
    market = get_market(scope)
    tax, seller_area = market.tax, get_home_area(scope)
    parts = market.tax_parts(seller_area, place)
    categories = sorted({entry.tax_category for entry in (*lines, *charges)})
    context = QuoteContext(
        currency=listed.currency,
        tax_included=listed.tax_included,
        rounding_mode=str(tax.rounding),
        rounding_level=tax.rounding_level,
        taxes=tuple(_tax_rule(scope, category, parts) for category in categories),
        charges=tuple(charges),
        cash_step_minor=market.cod.cash_step_minor if in_cash else 0,
        cash_rounding_mode=str(market.cod.cash_rounding),
        seller_area=seller_area if parts else "",
        place=place if parts else "",
        promotions=tuple(promotions),
        facts=facts or CartFacts(),
    )
    quoted = rules.quote(lines, context)
    inputs = rules.inputs_document(lines, context)
    return PricedQuote(quoted, rules.to_document(quoted), inputs, rules.fingerprint(quoted))


@query(SYSTEM_ONLY)
def replay_quote(scope: Scope, inputs: Mapping[str, Any]) -> str:
    """The fingerprint of the quote that stored inputs lead to; nothing of today is read."""
    return rules.fingerprint(rules.replay(inputs), inputs["format"])


def _tax_rule(scope: Scope, category: str, parts: Sequence[TaxPart]) -> TaxRule:
    try:
        rate = get_market(scope).tax_rate(category, scope.today())
    except LookupError as error:
        raise NoTaxRule(category=category, on=scope.today().isoformat()) from error
    if rate is None:
        return TaxRule(category, Decimal(0), "")
    components = tuple(TaxComponent(part.code, rate.rate * part.share) for part in parts) if rate.rate else ()
    return TaxRule(category, rate.rate, rate.code, components)
