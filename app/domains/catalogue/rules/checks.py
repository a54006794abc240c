"""Is this a product that can be sold, a category that can be shown? The same answer at every door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domains.catalogue.rules.slugs import is_slug
from app.domains.catalogue.types import Attribute, CategoryInput, Option, ProductInput, Text, VariantInput
from app.kit.i18n import N_

LONGEST_CODE = 200
LONGEST_TITLE = 300
LONGEST_TEXT = 100_000
MOST_VARIANTS = 500
MOST_PICTURES = 50
KINDS = ("text", "integer", "decimal", "boolean", "choice", "multi")
LARGEST_NUMBER = 10**15
LARGEST_COUNT = 2_000_000_000
"""A little less than what an integer column holds: stock and grams."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`field` is a path (`variants.0.price`); `reason` is English with `%(name)s` fields that `facts` fill."""

    field: str
    code: str
    reason: str
    facts: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return self.reason % dict(self.facts)


def faults(product: ProductInput) -> Iterator[Fault]:
    """All that is wrong with a product, in the order of its fields. None: it can be saved."""
    yield from _code("external_id", product.external_id)
    yield from _code("source", product.source)
    if not any(text.strip() for text in product.title.values()):
        yield Fault("title", "title_missing", N_("A product needs a title."))
    yield from _texts("title", product.title, LONGEST_TITLE)
    yield from _texts("summary", product.summary, LONGEST_TEXT)
    yield from _texts("description", product.description, LONGEST_TEXT)
    yield from _slugs(product.slug)
    yield from _line("brand", product.brand)
    if product.status not in ("draft", "active", "archived"):
        yield Fault("status", "status_unknown", N_("“%(value)s” is no status."), (("value", product.status),))
    for locale, words in product.keywords.items():
        for word in words:
            yield from _line(f"keywords.{locale}", word)
    for number, attribute in enumerate(product.attributes):
        yield from _code(f"attributes.{number}.code", attribute.code)
        yield from _texts(f"attributes.{number}.label", attribute.label, LONGEST_TITLE)
        yield from _texts(f"attributes.{number}.value", attribute.value, LONGEST_TEXT)
        yield from _typed(f"attributes.{number}", attribute)
    if len(product.pictures or ()) > MOST_PICTURES:
        yield Fault("pictures", "too_many", N_("At most %(limit)s are possible."), (("limit", MOST_PICTURES),))
    yield from _options(product.options)
    yield from _variants(product.variants, product.options)


def category_faults(category: CategoryInput) -> Iterator[Fault]:
    yield from _code("code", category.code)
    if not any(text.strip() for text in category.name.values()):
        yield Fault("name", "title_missing", N_("A category needs a name."))
    yield from _texts("name", category.name, LONGEST_TITLE)
    yield from _texts("description", category.description, LONGEST_TEXT)
    yield from _slugs(category.slug)


def _typed(field: str, attribute: Attribute) -> Iterator[Fault]:
    yield from _line(f"{field}.unit", attribute.unit)
    if attribute.kind and attribute.kind not in KINDS:
        facts = (("value", attribute.kind[:80]),)
        yield Fault(f"{field}.kind", "kind", N_("“%(value)s” is no kind of attribute."), facts)
    elif attribute.data is not None:
        is_truth, is_whole = isinstance(attribute.data, bool), isinstance(attribute.data, int)
        fits = {"boolean": is_truth, "integer": is_whole and not is_truth, "decimal": not is_truth}
        if not fits.get(attribute.kind, False):
            facts = (("kind", attribute.kind or "–"),)
            yield Fault(f"{field}.data", "data", N_("This is no value of an attribute of the kind “%(kind)s”."), facts)
        elif not is_truth and abs(attribute.data) >= LARGEST_NUMBER:
            yield Fault(f"{field}.data", "too_large", N_("This number is too large."))


def _code(field: str, value: str) -> Iterator[Fault]:
    if not value.strip():
        yield Fault(field, "missing", N_("This may not be empty."))
    yield from _line(field, value)


def _line(field: str, value: str) -> Iterator[Fault]:
    if len(value) > LONGEST_CODE:
        yield Fault(field, "too_long", N_("This has more than %(limit)s characters."), (("limit", LONGEST_CODE),))
    yield from _characters(field, value)


def _texts(field: str, texts: Text, limit: int) -> Iterator[Fault]:
    for locale, text in texts.items():
        if len(text) > limit:
            reason = N_("This has more than %(limit)s characters.")
            yield Fault(f"{field}.{locale}", "too_long", reason, (("limit", limit),))
        yield from _characters(f"{field}.{locale}", text)


def _characters(field: str, text: str) -> Iterator[Fault]:
    # PostgreSQL holds no NUL, and no encoding holds half of a pair
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        yield Fault(field, "character", N_("This holds a character that no text may have."))


def _slugs(slugs: Text) -> Iterator[Fault]:
    for locale, slug in slugs.items():
        if not is_slug(slug):
            facts = (("value", slug[:80]),)
            reason = N_("“%(value)s” is no address: lower-case letters and digits of any script, and single hyphens.")
            yield Fault(f"slug.{locale}", "slug", reason, facts)


def _options(options: tuple[Option, ...]) -> Iterator[Fault]:
    codes = [option.code for option in options]
    if len(set(codes)) != len(codes):
        yield Fault("options", "option_twice", N_("An option is named twice."))
    for number, option in enumerate(options):
        field = f"options.{number}"
        yield from _code(f"{field}.code", option.code)
        yield from _texts(f"{field}.label", option.label, LONGEST_TITLE)
        values = [value.code for value in option.values]
        if len(set(values)) != len(values):
            yield Fault(f"{field}.values", "value_twice", N_("A value is named twice."))
        for index, value in enumerate(option.values):
            yield from _code(f"{field}.values.{index}.code", value.code)
            yield from _texts(f"{field}.values.{index}.label", value.label, LONGEST_TITLE)


def _variants(variants: tuple[VariantInput, ...], options: tuple[Option, ...]) -> Iterator[Fault]:
    if not variants:
        yield Fault("variants", "no_variant", N_("A product needs at least one variant."))
    if len(variants) > MOST_VARIANTS:
        yield Fault("variants", "too_many", N_("At most %(limit)s are possible."), (("limit", MOST_VARIANTS),))
    known = {option.code: {value.code for value in option.values} for option in options}
    skus: set[str] = set()
    combinations: set[tuple[tuple[str, str], ...]] = set()
    for number, variant in enumerate(variants):
        field = f"variants.{number}"
        yield from _code(f"{field}.sku", variant.sku)
        if variant.sku in skus:
            facts = (("sku", variant.sku),)
            yield Fault(f"{field}.sku", "sku_twice", N_("The SKU “%(sku)s” stands twice in this product."), facts)
        skus.add(variant.sku)
        yield from _choice(field, variant.options, known)
        combination = tuple(sorted(variant.options.items()))
        if combination in combinations:
            yield Fault(f"{field}.options", "variant_twice", N_("Another variant has the same options."))
        combinations.add(combination)
        yield from _amounts(field, variant)


def _choice(field: str, chosen: Mapping[str, str], known: Mapping[str, set[str]]) -> Iterator[Fault]:
    if chosen.keys() != known.keys():
        reason = N_("A variant has a value of every option and of no other: %(options)s.")
        yield Fault(f"{field}.options", "options", reason, (("options", ", ".join(sorted(known)) or "–"),))
        return
    for code, value in chosen.items():
        if value not in known[code]:
            reason = N_("“%(value)s” is no value of the option “%(option)s”.")
            yield Fault(f"{field}.options.{code}", "option_value", reason, (("value", value), ("option", code)))


def _amounts(field: str, variant: VariantInput) -> Iterator[Fault]:
    for name, price in (("price", variant.price), ("compare_at", variant.compare_at)):
        if price is not None and not (price.is_finite() and price >= 0):
            yield Fault(f"{field}.{name}", "negative", N_("This may not be below zero."))
    if variant.price is not None and variant.compare_at is not None and variant.compare_at <= variant.price:
        yield Fault(f"{field}.compare_at", "compare_at", N_("The former price must be above the price."))
    for name, count in (("stock", variant.stock), ("weight_g", variant.weight_g)):
        if count is not None and count < 0:
            yield Fault(f"{field}.{name}", "negative", N_("This may not be below zero."))
        elif count is not None and count > LARGEST_COUNT:
            yield Fault(f"{field}.{name}", "too_large", N_("This number is too large."))
    if variant.gtin is not None:
        yield from _line(f"{field}.gtin", variant.gtin)
