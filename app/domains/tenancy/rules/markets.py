"""Market packs proved by their facts: what `serai markets check` runs. Pure; the day comes with each fact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from app.domains.tenancy.types import Fact, FactBreak, MarketPack, TaxRate
from app.kit.addresses import format_phone, parse_phone
from app.kit.errors import Problem
from app.kit.i18n import format_date, format_money, in_country, week_of, year_in
from app.kit.money import Money, cash_round, portion, portion_within

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Found = Mapping[str, Any]


def check_facts(pack: MarketPack, facts: Iterable[Fact]) -> list[FactBreak]:
    """Every expectation that the pack does not meet. A fact that names something the pack cannot answer (a category
    without a rate, an amount with too many digits, an unknown expectation) is a break too, never a pass."""
    breaks = []
    for fact in facts:
        try:
            found = _ANSWERS[fact.about](pack, fact)
        except (Problem, LookupError, ValueError, TypeError) as error:
            breaks += [FactBreak(fact, key, expected, f"{error}") for key, expected in fact.expect.items()]
            continue
        for key, expected in fact.expect.items():
            answer = found.get(key, "(the pack has no answer of this name)")
            if answer != expected or type(answer) is not type(expected):
                breaks.append(FactBreak(fact, key, expected, answer))
    return breaks


def list_unconfirmed(pack: MarketPack, on: date) -> list[TaxRate]:
    """The rates that a shop would charge on this day although their source ended before: each needs a new source."""
    return [
        rate
        for rate in pack.tax.rates
        if rate.is_valid_on(on) and rate.confirmed_until is not None and rate.confirmed_until < on
    ]


def _tax(pack: MarketPack, fact: Fact) -> Found:
    amount = Money.parse(fact.given["amount"], pack.currency)
    rate = pack.tax_rate(fact.given.get("tax_category", "standard"), fact.on)
    includes = fact.given.get("includes_tax", pack.tax.prices_include_tax)
    if rate is None:
        tax = Money.zero(pack.currency)
    elif includes:
        tax = Money(portion_within(amount.amount_minor, rate.rate, pack.tax.rounding), pack.currency)
    else:
        tax = Money(portion(amount.amount_minor, rate.rate, pack.tax.rounding), pack.currency)
    net = amount - tax if includes else amount
    parts = pack.tax_parts(fact.given.get("seller_area", ""), fact.given.get("place", ""))
    return {
        "is_taxed": rate is not None,
        "rate": str(rate.rate) if rate else "",
        "tax": tax.plain,
        "net": net.plain,
        "gross": (net + tax).plain,
        "parts": {part.code: str(rate.rate * part.share) for part in parts} if rate else {},
    }


def _withdrawal(pack: MarketPack, fact: Fact) -> Found:
    received = fact.given["received_on"]
    purchased = fact.given.get("purchased_on", received)
    found: dict[str, Any] = {"ends_on": pack.withdrawal.ends_on(purchased_on=purchased, received_on=received)}
    if "notice_on" in fact.given:
        found["refund_by"] = pack.withdrawal.refund_by(fact.given["notice_on"])
    return found


def _escrow(pack: MarketPack, fact: Fact) -> Found:
    delivered = fact.given["delivered_on"]
    return {
        "mode": pack.escrow.mode,
        "release_on": pack.escrow.release_on(delivered),
        "extended_release_on": pack.escrow.release_on(delivered, is_extended=True),
    }


def _cod(pack: MarketPack, fact: Fact) -> Found:
    total = Money.parse(fact.given["total"], pack.currency)
    payable = cash_round(total, pack.cod.cash_step_minor, pack.cod.cash_rounding)
    return {"is_allowed": pack.cod.is_allowed_for(total), "payable": payable.plain}


def _money(pack: MarketPack, fact: Fact) -> Found:
    amount = Money.parse(fact.given["amount"], pack.currency)
    locale = in_country(fact.given.get("locale", pack.default_locale), pack.country)
    return {"amount_minor": amount.amount_minor, "shown": format_money(amount, locale)}


def _calendar(pack: MarketPack, fact: Fact) -> Found:
    locale = in_country(fact.given.get("locale", pack.default_locale), pack.country)
    return {
        "year": year_in(pack.calendar, fact.on.year),
        "shown": format_date(fact.on, locale, fact.given.get("style", "long"), pack.calendar),
    }


def _week(pack: MarketPack, fact: Fact) -> Found:
    week = week_of(pack.country)
    return {
        "first_day": WEEKDAYS[week.first_day],
        "weekend": [WEEKDAYS[day] for day in week.weekend],
        "is_weekend": fact.on.weekday() in week.weekend,
    }


def _phone(pack: MarketPack, fact: Fact) -> Found:
    number = parse_phone(fact.given["number"], pack.phone_region)
    return {"e164": number, "shown": format_phone(number, pack.phone_region, "en")}


def _delivery(pack: MarketPack, fact: Fact) -> Found:
    return {"zone": pack.zone_of(fact.given).code}


_ANSWERS: Mapping[str, Callable[[MarketPack, Fact], Found]] = {
    "tax": _tax,
    "withdrawal": _withdrawal,
    "escrow": _escrow,
    "cod": _cod,
    "money": _money,
    "calendar": _calendar,
    "week": _week,
    "phone": _phone,
    "delivery": _delivery,
}
