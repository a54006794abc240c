"""A promotion as a form: what was typed, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from app.domains.pricing.queries import find_products, name_products
from app.domains.pricing.types import Benefit, BenefitKind, Conditions, Payer, PromotionInput, StoredPromotion
from app.faces.partner_console.frame import amount, storefront
from app.faces.partner_console.offers import read_amount
from app.kit.errors import NotValid
from app.kit.i18n import N_
from app.kit.scope import Scope

KINDS = {"cart": N_("In the cart"), "catalogue": N_("On the price of products")}
BENEFITS = {
    "percent": N_("Percent off"),
    "fixed": N_("An amount off all together"),
    "fixed_each": N_("An amount off each piece"),
    "buy_get": N_("Buy some, get some"),
    "free_delivery": N_("Free delivery"),
}
PAYERS = {"seller": N_("The seller"), "partner": N_("The partner"), "platform": N_("The platform")}
STATUSES = {"draft": N_("Draft"), "active": N_("Active"), "ended": N_("Ended")}
FAULTS = {
    "needed": N_("This is needed."),
    "percent": N_("More than 0 and at most 100 percent."),
    "positive": N_("More than zero is needed."),
    "pieces": N_("Between 1 and 100 pieces."),
    "priority": N_("Between −1000 and 1000."),
    "too_many": N_("At most 500."),
    "catalogue_benefit": N_("The price of a product is reduced by percent or by an amount off each piece."),
    "catalogue_condition": N_(
        "Prices of products are the same for everyone: no minimum, no code, no condition of a cart."
    ),
    "wall_time": N_("A date and a time are needed."),
    "before_start": N_("The end must lie after the beginning."),
    "unknown": N_("There is no product with this number."),
    "code": N_("At least three letters or figures."),
    "needs_coupon": N_("This promotion needs no code. Change that first."),
}
REASONS = {
    "minimum": N_("The minimum is not reached."),
    "quantity": N_("Too few pieces."),
    "no_such_item": N_("None of its items is in the cart."),
    "used_up": N_("Its cap would be exceeded."),
    "gateway": N_("Another way to pay is needed."),
    "delivery": N_("Another way of delivery is needed."),
    "excluded": N_("Another promotion excludes it."),
    "nothing_left": N_("There is nothing left to reduce."),
    "other_storefront": N_("It is for another storefront."),
}
KNOWN_BENEFITS: dict[str, BenefitKind] = {
    "percent": "percent",
    "fixed": "fixed",
    "fixed_each": "fixed_each",
    "buy_get": "buy_get",
    "free_delivery": "free_delivery",
}
KNOWN_PAYERS: dict[str, Payer] = {"seller": "seller", "partner": "partner", "platform": "platform"}
WHOLE = ("minimum_quantity", "priority", "buy", "get", "usage_limit", "shopper_limit")
FLAGS = ("is_exclusive", "needs_coupon", "whole_cart", "first_order", "returns_on_cancel")


class FieldsWrong(NotValid):
    code = "partner_console.fields_wrong"
    text = "Check the fields that are marked."


def typed(form: Mapping[str, str]) -> dict[str, str]:
    """What a form holds, for showing it again."""
    return {name: value[:4000] for name, value in form.items() if name != "csrf_token"}


def shown(opened: Scope, promotion: StoredPromotion | None) -> dict[str, str]:
    """The values of the form for a promotion, or for a new one."""
    if promotion is None:
        return {"kind": "cart", "benefit": "percent", "payer": "seller", "returns_on_cancel": "1", "get_percent": "100"}
    given = promotion.given
    benefit, asked = given.benefit, given.conditions
    named = name_products(opened, asked.products)
    values = {
        "code": given.code,
        "kind": given.kind,
        "benefit": benefit.kind,
        "rate": _percent(benefit.rate) if benefit.kind == "percent" else "",
        "get_percent": _percent(benefit.rate) if benefit.kind == "buy_get" else "100",
        "amount": amount(benefit.amount_minor or None),
        "buy": str(benefit.buy or ""),
        "get": str(benefit.get or ""),
        "minimum": amount(asked.minimum_minor or None),
        "minimum_quantity": str(asked.minimum_quantity or ""),
        "products": ", ".join(named[one][0] for one in asked.products if one in named),
        "categories": ", ".join(asked.categories),
        "gateways": ", ".join(asked.gateways),
        "delivery_methods": ", ".join(asked.delivery_methods),
        "priority": str(given.priority),
        "group": given.group,
        "payer": given.payer,
        "starts_local": given.starts_local,
        "ends_local": given.ends_local,
        "usage_limit": str(given.usage_limit or ""),
        "shopper_limit": str(given.shopper_limit or ""),
        "budget": amount(given.budget_minor),
    }
    values |= {f"name_{locale}": text for locale, text in given.name.items()}
    flags = {name: getattr(given, name, False) or getattr(asked, name, False) for name in FLAGS}
    return values | {name: "1" for name, is_set in flags.items() if is_set}


def read(opened: Scope, form: Mapping[str, str]) -> PromotionInput:
    """What a form means. Raises `FieldsWrong` (`fields`: name → code of `FAULTS`)."""
    wrong: dict[str, str] = {}
    numbers = {name: _whole(form, name, wrong) for name in WHOLE}
    sums = {name: _sum(opened, form, name, wrong) for name in ("amount", "minimum", "budget")}
    kind = form.get("benefit", "")
    rate = (
        _rate(form, "rate" if kind == "percent" else "get_percent", wrong)
        if kind in ("percent", "buy_get")
        else Decimal(0)
    )
    names = {locale: form.get(f"name_{locale}", "").strip() for locale in storefront().locales}
    products = _listed(form, "products")
    known = find_products(opened, products) if products else {}
    if any(name not in known for name in products):
        wrong["products"] = "unknown"
    if not (code := form.get("code", "").strip()):
        wrong["code"] = "needed"
    if kind not in BENEFITS or form.get("kind") not in KINDS or form.get("payer") not in PAYERS:
        wrong["benefit"] = "needed"
    if wrong:
        raise FieldsWrong(fields=wrong)
    flag = {name: bool(form.get(name)) for name in FLAGS}
    of_pieces = kind == "buy_get"
    of_amount = kind in ("fixed", "fixed_each")
    return PromotionInput(
        code=code[:60],
        name={locale: text for locale, text in names.items() if text},
        kind="catalogue" if form["kind"] == "catalogue" else "cart",
        benefit=Benefit(
            KNOWN_BENEFITS[kind],
            rate=rate,
            amount_minor=(sums["amount"] or 0) if of_amount else 0,
            buy=(numbers["buy"] or 0) if of_pieces else 0,
            get=(numbers["get"] or 0) if of_pieces else 0,
        ),
        conditions=Conditions(
            minimum_minor=sums["minimum"] or 0,
            minimum_quantity=numbers["minimum_quantity"] or 0,
            products=tuple(known[name] for name in products),
            categories=tuple(_listed(form, "categories")),
            whole_cart=flag["whole_cart"],
            first_order=flag["first_order"],
            gateways=tuple(_listed(form, "gateways")),
            delivery_methods=tuple(_listed(form, "delivery_methods")),
        ),
        priority=numbers["priority"] or 0,
        is_exclusive=flag["is_exclusive"],
        group=form.get("group", "").strip()[:60],
        payer=KNOWN_PAYERS[form["payer"]],
        starts_local=form.get("starts_local", "").strip()[:16],
        ends_local=form.get("ends_local", "").strip()[:16],
        needs_coupon=flag["needs_coupon"],
        usage_limit=numbers["usage_limit"],
        shopper_limit=numbers["shopper_limit"],
        budget_minor=sums["budget"],
        returns_on_cancel=flag["returns_on_cancel"],
    )


def _whole(form: Mapping[str, str], name: str, wrong: dict[str, str]) -> int | None:
    text = form.get(name, "").strip().replace("−", "-")
    if not text:
        return None
    if text.lstrip("-").isdecimal() and len(text) <= 10:
        return int(text)
    wrong[name] = "positive"
    return None


def _sum(opened: Scope, form: Mapping[str, str], name: str, wrong: dict[str, str]) -> int | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    try:
        return read_amount(text, opened.currency, opened.locale, name).amount_minor
    except NotValid:
        wrong[name] = "positive"
        return None


def _rate(form: Mapping[str, str], name: str, wrong: dict[str, str]) -> Decimal:
    try:
        return Decimal(form.get(name, "").strip()) * Decimal("0.01")
    except InvalidOperation:
        wrong[name] = "percent"
        return Decimal(0)


def _listed(form: Mapping[str, str], name: str) -> list[str]:
    parts = form.get(name, "").replace("\n", ",").replace("،", ",").split(",")
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))[:500]


def _percent(rate: Decimal) -> str:
    text = format((rate * 100).normalize(), "f")
    return text


def fault_texts(problem: NotValid) -> dict[str, str]:
    """Field → its sentence (a source text), of a refused form."""
    given: Any = problem.facts.get("fields", {})
    return {str(name): FAULTS.get(reason, FAULTS["needed"]) for name, reason in given.items()}
