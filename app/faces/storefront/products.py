"""A product's page. Its choice of a variant works by address (`?size=m`) and, with script, at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domains.catalogue.errors import ProductNotFound
from app.domains.search import queries as search
from app.domains.search.types import MovedTo, ProductPage, VariantView
from app.domains.tenancy.queries.taxes import name_rate
from app.faces.storefront import presentation
from app.kit.i18n import N_, translator
from app.kit.money import Money
from app.kit.web import scope, unit

blueprint = Blueprint("products", __name__)

FEW = 5
"""From how many pieces on a page says how many are left."""
LARGEST_CHOICE = 20
RELATED = 4


@dataclass(frozen=True, slots=True)
class Choice:
    """The variant that a page shows, and what was chosen to get there (by option code)."""

    variant: VariantView | None
    values: Mapping[str, str]


@blueprint.get("/p/<slug>")
def show(slug: str) -> str | Response:
    found = search.get_product_page(unit(), slug)
    if isinstance(found, MovedTo):
        return redirect(url_for(".show", slug=found.slug), 301)
    return render(found, choose(found, request.args))


def render(product: ProductPage, choice: Choice, *, refusal: str = "", quantity: int = 1) -> str:
    """The page, also as the answer to a refused form."""
    g.alternates = product.alternates
    related = search.list_newest(unit(), RELATED + 1, product.category.code) if product.category else []
    return render_template(
        "products/show.html",
        product=product,
        choice=choice,
        values=_values(product, choice),
        stock=stock_words(choice.variant.available) if choice.variant else "",
        few=FEW,
        largest=min(choice.variant.available, LARGEST_CHOICE) if choice.variant else LARGEST_CHOICE,
        variants=json.dumps([_for_script(one) for one in product.variants], ensure_ascii=False),
        trust=_trust(),
        price=_plain(choice.variant),
        related=[card for card in related if card.product_id != product.product_id][:RELATED],
        refusal=refusal,
        quantity=quantity,
        tax=name_rate(scope(), product.tax_category, scope().locale),
    )


def choose(product: ProductPage, asked: Mapping[str, str]) -> Choice:
    """The variant for some option values; what is not said is taken from the first variant that can be bought.

    A combination that nobody sells has no variant: the page then says so.
    """
    known = {option.code: {code for code, _ in option.values} for option in product.options}
    said = {code: asked[code] for code in known if asked.get(code) in known[code]}
    fitting = [one for one in product.variants if said.items() <= one.option_values.items()]
    if fitting:
        best = next((one for one in fitting if one.available > 0), fitting[0])
        return Choice(best, best.option_values)
    return Choice(None, said)


def get_product(slug: str) -> ProductPage:
    """The product that a form of its page names. Raises `ProductNotFound` (also for a slug that has moved)."""
    found = search.get_product_page(unit(), slug)
    if isinstance(found, MovedTo):
        raise ProductNotFound()
    return found


def stock_words(available: int) -> str:
    if available <= 0:
        return presentation.gettext(N_("Sold out"))
    if available > FEW:
        return presentation.gettext(N_("In stock"))
    texts = translator(scope().locale)
    words = texts.ngettext("Only %(num)s left", "Only %(num)s left", available)
    return words % {"num": presentation.number(available)}


def _values(product: ProductPage, choice: Choice) -> dict[str, list[dict[str, Any]]]:
    """The values of each option, by its code: label, is it chosen, can it be bought with the other choices, and (where
    a product has one option only) its price."""
    shown: dict[str, list[dict[str, Any]]] = {}
    for option in product.options:
        rows = []
        for code, label in option.values:
            wanted = {**choice.values, option.code: code}
            fits = [one for one in product.variants if wanted.items() <= one.option_values.items()]
            rows.append(
                {
                    "code": code,
                    "label": label,
                    "is_chosen": choice.values.get(option.code) == code,
                    "is_available": any(one.available > 0 for one in fits),
                    "price_minor": fits[0].price_minor if fits and len(product.options) == 1 else None,
                }
            )
        shown[option.code] = rows
    return shown


def _for_script(variant: VariantView) -> dict[str, Any]:
    """What the page's script needs of a variant: all texts are made here, it only puts them in place."""
    compare = variant.compare_at_minor
    return {
        "values": dict(variant.option_values),
        "price": presentation.money(variant.price_minor, variant.currency),
        "compare": presentation.money(compare, variant.currency) if _is_reduced(variant) and compare else "",
        "stock": stock_words(variant.available),
        "left": max(0, min(variant.available, LARGEST_CHOICE)),
        "few": 0 < variant.available <= FEW,
        "sku": variant.sku,
    }


def _is_reduced(variant: VariantView) -> bool:
    return variant.compare_at_minor is not None and variant.compare_at_minor > variant.price_minor


def _plain(variant: VariantView | None) -> Decimal | None:
    """The price for machines: the amount in the currency's main unit."""
    return None if variant is None else Money(variant.price_minor, variant.currency).decimal


def _trust() -> list[Mapping[str, Any]]:
    """What the tenant promises on its front page is said again where one decides."""
    sections = presentation.section("home").get("sections", [])
    return [item for section in sections if section.get("kind") == "trust" for item in section.get("items", [])]
