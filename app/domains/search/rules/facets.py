"""What a product can be narrowed down by: keys that are the same in every language, with their words in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from app.domains.catalogue.types import Product
from app.domains.search.rules.normalise import normalise
from app.domains.search.rules.values import value_codes
from app.kit.i18n import text

BRAND, CATEGORY = "brand", "category"
OWN = (BRAND, CATEGORY)
"""Facets that every product has by what it is; an attribute or option of the same code is not a second one."""

SEPARATOR = "\u001f"
LONGEST_VALUE = 80
"""An attribute with a longer value is a sentence, not something to choose."""
MOST_KEYS = 60


def key(code: str, value: str = "") -> str:
    """`colour US red`, or `colour US` for the facet itself."""
    return f"{code}{SEPARATOR}{value}"


def split(stored: str) -> tuple[str, str]:
    code, _, value = stored.partition(SEPARATOR)
    return code, value


def value_of(words: str) -> str:
    """What names a value that has no code of its own: `Pure Silk` is `pure-silk`."""
    return normalise(words).replace(" ", "-")


def facets_of(
    product: Product, category: tuple[str, Mapping[str, str]] | None, locale: str, locales: Sequence[str]
) -> dict[str, str]:
    """Key → label of everything that a product can be narrowed down by.

    :param category: code and name of the product's own category.
    :param locales: of the storefront; the value of an attribute is named by its words in the first one.
    """
    found: dict[str, str] = {}
    for code, label, value, words in _entries(product, category, locale, locales):
        if value and words and len(words) <= LONGEST_VALUE and SEPARATOR not in code and SEPARATOR not in value:
            if len(found) + 2 > MOST_KEYS:
                break
            found.setdefault(key(code), label or code)
            found.setdefault(key(code, value), words)
    return found


def _entries(
    product: Product, category: tuple[str, Mapping[str, str]] | None, locale: str, locales: Sequence[str]
) -> Iterator[tuple[str, str, str, str]]:
    """(facet, its label, value, its label)."""
    yield BRAND, "", value_of(product.brand), product.brand
    if category is not None:
        yield CATEGORY, "", category[0], text(category[1], locale, locales)
    used = {(code, value) for variant in product.variants for code, value in variant.options.items()}
    for option in product.options:
        for choice in option.values:
            if option.code not in OWN and (option.code, choice.code) in used:
                label = text(choice.label, locale, locales) or choice.code
                yield option.code, text(option.label, locale, locales), choice.code, label
    options = {option.code for option in product.options}
    for attribute in product.typed:
        code = attribute.definition.code
        if code not in OWN and code not in options:
            label = text(attribute.definition.label, locale, locales)
            for named, shown in value_codes(attribute, locale, locales):
                yield code, label, value_of(named), shown
