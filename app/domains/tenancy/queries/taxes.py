"""What the taxes of the market are called on pages and in letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.domains.tenancy.queries.markets import get_market
from app.domains.tenancy.rules import taxes as rules
from app.domains.tenancy.types import NamedTax
from app.kit.scope import PUBLIC, Scope, document_query


@document_query(PUBLIC)
def name_taxes(scope: Scope, taxes: Sequence[Mapping[str, Any]], locale: str) -> list[NamedTax]:
    """The taxes of a stored quote (`quote["taxes"]`) for a reader of `locale`, each component apart."""
    return rules.name_taxes(get_market(scope), taxes, locale)


@document_query(PUBLIC)
def name_rate(scope: Scope, tax_category: str, locale: str) -> str:
    """The tax that a price of this category holds or gets today, with its rate. Empty where nothing is taxed, and for a
    category that the pack does not know: the quote refuses that one, a page that shows a price need not."""
    pack = get_market(scope)
    try:
        rate = pack.tax_rate(tax_category, scope.today())
    except LookupError:
        return ""
    return rules.tax_label(pack, rate.code, rate.rate, locale) if rate else ""


@document_query(PUBLIC)
def get_tax_mark(scope: Scope, code: str) -> str:
    """The sign that stands beside goods of this rate, mostly none."""
    return rules.tax_mark(get_market(scope), code)
