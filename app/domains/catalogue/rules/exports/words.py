"""What the writers of all formats say alike."""

from __future__ import annotations

from decimal import Decimal

from app.domains.catalogue.types import Attribute, Option, ProductInput


def price_of(price: Decimal | None) -> str:
    return "" if price is None else format(price, "f")


def path_of(product: ProductInput, locale: str) -> str:
    """`Kitchen > Coffee machines`."""
    return " > ".join(step.name.get(locale) or step.code for step in product.category_path)


def title_of(product: ProductInput, locale: str) -> str:
    """In another language rather than not at all: a product without a title is none to those who read the file."""
    return product.title.get(locale) or next((text for text in product.title.values() if text), "")


def value_in(option: Option, code: str, locale: str) -> str:
    """The words for a value of an option."""
    found = next((value for value in option.values if value.code == code), None)
    return (found.label.get(locale) or code) if found is not None else code


def words_of(attribute: Attribute, locale: str) -> str:
    """The words for a fact; a bare number with its unit, yes or no in English: formats have one language."""
    words = attribute.value.get(locale, "")
    if words or attribute.data is None:
        return words
    if isinstance(attribute.data, bool):
        return "yes" if attribute.data else "no"
    number = format(attribute.data, "f") if isinstance(attribute.data, Decimal) else str(attribute.data)
    return f"{number} {attribute.unit}".rstrip()
