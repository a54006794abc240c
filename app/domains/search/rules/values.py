"""The words for a fact of a product in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from app.domains.catalogue.types import AttributeData, TypedAttribute
from app.kit.i18n import N_, format_number, text, translator

YES, NO = N_("Yes"), N_("No")


def words_of(
    value: Mapping[str, str], data: AttributeData | None, unit: str, locale: str, locales: Sequence[str]
) -> str:
    """The words of the source; where it brought a bare number, yes or no, that in the reader's language."""
    if data is None or any(value.values()):
        return text(value, locale, locales)
    if isinstance(data, bool):
        return translator(locale).gettext(YES if data else NO)
    number = format_number(Decimal(data), locale)
    return f"{number} {unit}" if unit else number


def words_of_typed(attribute: TypedAttribute, locale: str, locales: Sequence[str]) -> str:
    return words_of(attribute.value, attribute.data, attribute.definition.unit, locale, locales)


def value_codes(attribute: TypedAttribute, locale: str, locales: Sequence[str]) -> list[tuple[str, str]]:
    """What a list can be narrowed down to by this fact: (words that name it in every language alike, words to show).

    A number or a yes is named by itself, words by those in the storefront's first language.
    """
    if not attribute.definition.is_filterable:
        return []
    data = attribute.data
    if isinstance(data, bool):
        return [("yes" if data else "no", translator(locale).gettext(YES if data else NO))]
    if data is not None:
        unit = attribute.definition.unit
        # 17 and 17.0 are one number
        named = format(Decimal(data).normalize(), "f")
        return [(named, f"{format_number(Decimal(data), locale)} {unit}".rstrip())]
    if attribute.choices:
        return [(text(words, locales[0], locales), text(words, locale, locales)) for words in attribute.choices]
    return [(text(attribute.value, locales[0], locales), text(attribute.value, locale, locales))]
