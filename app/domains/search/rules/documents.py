"""A product in one language, as the index keeps it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domains.catalogue.types import Offer, Product
from app.domains.pricing.types import Price
from app.domains.search.rules.cut import LONGEST_WORD, index_words, words
from app.domains.search.rules.facets import facets_of
from app.domains.search.rules.lexemes import vector
from app.domains.search.rules.normalise import normalise
from app.domains.search.rules.values import words_of_typed
from app.kit.i18n import text

MOST_DESCRIBED = 20_000
"""Of a description this many characters are searched."""
LONGEST_PHRASE = 60
MOST_WORDS = 60
LONGEST_TEXT = 4_000

_HYPHENATED = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)+")
_JOINT = re.compile(r"[-'’]")
_TAG = re.compile(r"<[^<>]{0,200}>")


@dataclass(frozen=True, slots=True)
class Source:
    """All that a document is made of. `path`: code and name of the product's category, then of those above it, as
    far as they are active. `prices` and `available` are by offer."""

    product: Product
    path: tuple[tuple[str, Mapping[str, str]], ...]
    prices: Mapping[str, Price]
    available: Mapping[str, int]

    def offers(self) -> list[Offer]:
        """What can be sold of it: the active offers of its variants."""
        return [offer for variant in self.product.variants for offer in variant.offers if offer.status == "active"]

    @property
    def is_listed(self) -> bool:
        """Has it a page that shoppers may see?"""
        return self.product.status == "active" and bool(self.product.slug)

    @property
    def is_available(self) -> bool:
        return any(offer.id in self.prices and self.available.get(offer.id, 0) > 0 for offer in self.offers())


@dataclass(frozen=True, slots=True)
class Document:
    """`values` are columns of the index, except for `stemmed`: (weight, text) for the stemmer of the language."""

    values: Mapping[str, Any]
    stemmed: tuple[tuple[str, str], ...]


def document_of(source: Source, locale: str, locales: Sequence[str]) -> Document:
    """What the index keeps of a listed product in one of the storefront's languages."""
    product = source.product
    title = text(product.title, locale, locales)
    picture = product.pictures[0] if product.pictures else None
    facets = facets_of(product, source.path[0] if source.path else None, locale, locales)
    names = [text(name, locale, locales) for _, name in source.path]
    suggested = _suggested([title, product.brand, *names, *product.keywords.get(locale, ())], locale)
    strong, middle, weak = _fields(source, title, locale, locales)
    texts = {"A": normalise(title), "B": strong, "C": middle, "D": weak}
    return Document(
        values={
            "product_id": product.id,
            "locale": locale,
            "product_version": product.version,
            "slug": text(product.slug, locale, locales),
            "title": title,
            "brand": product.brand,
            "category_code": product.category_code,
            "category_codes": [code for code, _ in source.path],
            "picture_id": picture.asset_id if picture else None,
            "picture_alt": (text(picture.alt, locale, locales) if picture else "") or title,
            "heading": texts["A"],
            "text": f" {texts['A']} {strong} {middle}"[:LONGEST_TEXT],
            "terms": vector((weight, index_words(texts[weight], locale)) for weight in ("A", "B", "C", "D")),
            "facet_keys": list(facets),
            "facet_labels": list(facets.values()),
            "words": list(suggested),
            "word_labels": list(suggested.values()),
            **_price(source),
            "is_available": source.is_available,
        },
        stemmed=tuple(texts.items()),
    )


def _price(source: Source) -> dict[str, Any]:
    prices = [source.prices[offer.id] for offer in source.offers() if offer.id in source.prices]
    if not prices:
        return dict.fromkeys(("price_minor", "highest_price_minor", "compare_at_minor", "currency"))
    lowest = min(prices, key=lambda price: (price.amount_minor, -(price.compare_at_minor or 0)))
    return {
        "price_minor": lowest.amount_minor,
        "highest_price_minor": max(price.amount_minor for price in prices),
        "compare_at_minor": lowest.compare_at_minor,
        "currency": lowest.currency,
    }


def _fields(source: Source, title: str, locale: str, locales: Sequence[str]) -> tuple[str, str, str]:
    """The normalised texts of the weights B, C and D."""
    product = source.product
    strong = [product.brand, *(text(name, locale, locales) for _, name in source.path)]
    middle = [word for tag in (locale, *locales) for word in product.keywords.get(tag, ())]
    middle += [words_of_typed(attribute, locale, locales) for attribute in product.typed]
    middle += [text(label, locale, locales) for label in _chosen(product)]
    middle += [_JOINT.sub("", found) for found in _HYPHENATED.findall(title)]
    middle += [name for variant in product.variants for name in (variant.sku, variant.gtin) if name]
    # who reads one language of the storefront often types a name as it is written in another
    middle += [product.title[tag] for tag in locales if tag != locale and product.title.get(tag, title) != title]
    weak = [text(product.summary, locale, locales), text(product.description, locale, locales)]
    described = _TAG.sub(" ", " ".join(weak)[:MOST_DESCRIBED])
    return normalise(" ".join(strong)), normalise(" ".join(dict.fromkeys(middle))), normalise(described)


def _chosen(product: Product) -> Iterator[Mapping[str, str]]:
    """The words of the option values that a variant has."""
    used = {(code, value) for variant in product.variants for code, value in variant.options.items()}
    for option in product.options:
        for value in option.values:
            if (option.code, value.code) in used:
                yield value.label or {"": value.code}


def _suggested(phrases: Iterable[str], locale: str) -> dict[str, str]:
    """What is completed and corrected from a product's phrases: normalised → as it is written."""
    found: dict[str, str] = {}
    for phrase in phrases:
        written = phrase.split()
        if phrase and len(phrase) <= LONGEST_PHRASE:
            found.setdefault(normalise(phrase), " ".join(written))
        for word in written:
            alike = normalise(word)
            if " " not in alike:
                found.setdefault(alike, word.strip(".,;:!?()[]{}\"'“”‘’«»،؛؟"))
        for word in words(normalise(phrase), locale):
            found.setdefault(word, word)
    kept = {
        term: label
        for term, label in found.items()
        if 2 <= len(term) <= max(LONGEST_PHRASE, LONGEST_WORD) and not term.isdigit() and label
    }
    return dict(list(kept.items())[:MOST_WORDS])
