"""What a tax is called to a reader. Pure: the pack is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.domains.tenancy.types import MarketPack, NamedTax
from app.kit.i18n import format_percent, in_country, text


def tax_label(pack: MarketPack, code: str, rate: Decimal, locale: str) -> str:
    """A tax with its rate: `VAT 7%`, `CGST 9%`, `※ Consumption tax 8% (reduced rate)`. A rate that the pack has no
    name for (any more) gets the name of the country's tax."""
    named = next((one for one in pack.tax.rates if one.code == code and one.rate == rate), None)
    if named is not None:
        return f"{named.mark} {text(named.name, locale)}".strip()
    part = next((one for split in pack.tax.splits for one in split.parts if one.code == code), None)
    name = part.name if part is not None else pack.tax.name
    return f"{text(name, locale)} {format_percent(rate, in_country(locale, pack.country))}"


def tax_mark(pack: MarketPack, code: str) -> str:
    """The sign that stands beside goods of this rate, mostly none."""
    return next((one.mark for one in pack.tax.rates if one.code == code), "")


def name_taxes(pack: MarketPack, taxes: Sequence[Mapping[str, Any]], locale: str) -> list[NamedTax]:
    """The taxes of a stored quote (`quote["taxes"]`), each of its components apart; what comes to nothing is left out.
    A component's base is its rate's."""
    return [
        NamedTax(tax_label(pack, code, Decimal(rate), locale), net_minor, tax_minor)
        for code, rate, net_minor, tax_minor in _each(taxes)
        if tax_minor
    ]


def _each(taxes: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, int, int]]:
    for tax in taxes:
        for part in tax.get("components") or (tax,):
            yield part["code"], part["rate"], tax["net_minor"], part["tax_minor"]
