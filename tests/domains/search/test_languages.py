"""Search in real languages: a name of Unicode's annotations finds its own item first."""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from app.domains.catalogue.types import Attribute, VariantInput
from app.domains.search import queries
from app.domains.search.rules.normalise import normalise
from app.domains.search.types import SearchRequest
from app.kit.scope import Scope
from tests.factories.catalogue import product
from tests.factories.search import price, sell

EVERY = 1 if os.environ.get("SERAI_LONG") else 30
ENOUGH = 0.98
LANGUAGES = ("th", "ar", "hi", "vi", "id", "ja", "en")


def annotations(data: Path, language: str) -> dict[str, dict[str, list[str]]]:
    with gzip.open(data / "i18n-search-cldr" / f"annotations.{language}.json.gz", "rt", encoding="utf-8") as file:
        return json.load(file)["annotations"]["annotations"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_finds_its_own_item_first(data: Path, language: str, system_scope: Scope) -> None:
    """With `SERAI_LONG` and `-s` all names are asked, and the shares are printed."""
    assert system_scope.storefront is not None
    storefront = replace(system_scope.storefront, locales=(language,))
    system = system_scope.with_values(storefront=storefront, locale=language)
    entries = {
        sign: entry
        for sign, entry in list(annotations(data, language).items())[::EVERY]
        if entry.get("tts") and normalise(entry["tts"][0])
    }
    assert len(entries) >= 1800 / EVERY, "the data set has changed its shape"
    sell(
        system,
        *(
            product(
                external_id=f"sign-{number}",
                title={language: entry["tts"][0]},
                summary={},
                description={},
                brand="",
                options=(),
                variants=(VariantInput(f"S-{number}", price=price("1"), stock=number % 2),),
                keywords={language: tuple(entry.get("default", ()))},
                attributes=(Attribute("sign", {"en": "Sign"}, {"en": sign}),),
            )
            for number, (sign, entry) in enumerate(entries.items())
        ),
    )
    first = found = 0
    with system.with_values(locale=language).transaction() as unit:
        for entry in entries.values():
            name = entry["tts"][0]
            cards = queries.search(unit, SearchRequest(name)).cards
            first += bool(cards) and cards[0].title == name
            found += any(card.title == name for card in cards)
    share = first / len(entries)
    print(f"\n{language}: own item first {share:.1%}, on the first page {found / len(entries):.1%} of {len(entries)}")
    assert share >= ENOUGH
