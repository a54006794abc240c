"""A product's fields as they are stored: one shape to write, and to compare with what stands."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.domains.catalogue.types import (
    Attribute,
    CategoryInput,
    Option,
    OptionValue,
    ProductInput,
    Text,
    VariantInput,
)


def product_columns(product: ProductInput) -> dict[str, Any]:
    """Column → value, without identity, category and status."""
    return {
        "brand": product.brand,
        "title": _text(product.title),
        "summary": _text(product.summary),
        "description": _text(product.description),
        "tax_category": product.tax_category,
        "attributes": [_attribute(entry) for entry in product.attributes],
        "options": [
            {
                "code": option.code,
                "label": _text(option.label),
                "values": [{"code": value.code, "label": _text(value.label)} for value in option.values],
            }
            for option in product.options
        ],
        "keywords": {locale: list(words) for locale, words in product.keywords.items() if words},
    }


def variant_columns(variant: VariantInput, position: int) -> dict[str, Any]:
    return {
        "sku": variant.sku,
        "gtin": variant.gtin,
        "option_values": dict(variant.options),
        "position": position,
        "weight_g": variant.weight_g,
    }


def category_columns(category: CategoryInput) -> dict[str, Any]:
    return {
        "name": _text(category.name),
        "description": _text(category.description),
        "picture_id": category.picture_id,
        "position": category.position,
        "is_active": category.is_active,
    }


def attributes_of(stored: list[dict[str, Any]]) -> tuple[Attribute, ...]:
    return tuple(
        Attribute(
            entry["code"],
            entry["label"],
            entry["value"],
            entry.get("kind", ""),
            Decimal(entry["data"]) if isinstance(entry.get("data"), str) else entry.get("data"),
            entry.get("unit", ""),
        )
        for entry in stored
    )


def options_of(stored: list[dict[str, Any]]) -> tuple[Option, ...]:
    return tuple(
        Option(
            option["code"],
            option["label"],
            tuple(OptionValue(value["code"], value["label"]) for value in option["values"]),
        )
        for option in stored
    )


def keywords_of(stored: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {locale: tuple(words) for locale, words in stored.items()}


def chosen_labels(options: tuple[Option, ...], chosen: Mapping[str, str]) -> tuple[tuple[Text, Text], ...]:
    """The words of a variant's choice, in the order of the options: (label of the option, label of the value)."""
    found = []
    for option in options:
        value = next((value for value in option.values if value.code == chosen.get(option.code)), None)
        if value is not None:
            found.append((option.label, value.label))
    return tuple(found)


def changed(stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of `wanted` that differ from what is stored."""
    return {name: value for name, value in wanted.items() if stored[name] != value}


def _attribute(entry: Attribute) -> dict[str, Any]:
    """What a source does not say is no key. A decimal is a text: JSON numbers are not exact everywhere."""
    found: dict[str, Any] = {"code": entry.code, "label": _text(entry.label), "value": _text(entry.value)}
    if entry.kind:
        found["kind"] = entry.kind
    if entry.data is not None:
        found["data"] = format(entry.data, "f") if isinstance(entry.data, Decimal) else entry.data
    if entry.unit:
        found["unit"] = entry.unit
    return found


def _text(text: Text) -> dict[str, str]:
    """An empty text is none: the fallback of the language shall be shown then."""
    return {locale: words for locale, words in text.items() if words}
