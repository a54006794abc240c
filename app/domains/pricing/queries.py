"""Readers of prices and of the market's tax rules."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.domains.pricing.models import PriceList, PriceRow
from app.domains.pricing.types import Price
from app.kit.scope import Scope, query


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
