"""Facet counts beside a recount over the source file that knows nothing of the index.

On each commit over a file of our own; with `SERAI_LONG` over a real catalogue, 20 queries by 20 attributes.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.domains.catalogue.queries import list_attributes, list_ids_by_source
from app.domains.provisioning.flows.imports import import_catalogue
from app.domains.provisioning.types import ImportRequest
from app.domains.search import queries
from app.domains.search.models import DocumentRow
from app.domains.search.queries.cards import listed
from app.domains.search.queries.matching import match_text
from app.domains.search.rules.facets import LONGEST_VALUE
from app.domains.search.rules.normalise import normalise
from app.domains.search.types import SearchRequest
from app.kit.scope import Scope
from bench.sources import icecat
from tests.factories.search import open_trade

IS_LONG = bool(os.environ.get("SERAI_LONG"))
COLOURS = ("Red", "Blue", "Dark green")


def own_file(count: int) -> list[dict[str, Any]]:
    """Lamps, cups and cloths in three colours and four weights, the cups and cloths washable or not."""
    kinds = ("Table lamp", "Tea cup", "Table cloth")
    found = []
    for number in range(count):
        facts: list[dict[str, Any]] = [
            {"code": "colour", "label": {"en": "Colour"}, "value": {"en": COLOURS[number // 3 % 3]}},
            {"code": "weight", "label": {"en": "Weight"}, "kind": "decimal", "data": str(number % 4 - 2) + ".5"},
        ]
        if number % 3:
            facts.append({"code": "washable", "label": {"en": "Washable"}, "kind": "boolean", "data": number % 2 == 0})
        variants = [{"sku": f"F-{number}", "price": "5.00", "stock": 1}]
        title = {"en": f"{kinds[number % 3]} {number}"}
        found.append({"external_id": f"f-{number}", "title": title, "attributes": facts, "variants": variants})
    return found


def named(fact: Mapping[str, Any], kind: str) -> set[str]:
    """What names the values of a fact in an address, by the source file and the kind of the attribute alone."""
    words = str(fact["data"] if "data" in fact else fact["value"]["en"]).strip()
    if kind == "boolean":
        return {"yes" if words.lower() in ("true", "yes", "y") else "no"}
    number = re.match(r"[+-]?[0-9]+([.][0-9]+)?", words)
    if kind in ("integer", "decimal") and number:
        words = format(Decimal(number[0]).normalize(), "f").replace("-", "minus ")
    parts = re.split(r"\s*[;|]\s*|,\s+", words) if kind == "multi" else [words]
    return {normalise(part).replace(" ", "-") for part in parts if len(part.strip()) <= LONGEST_VALUE} - {""}


def bring(scope: Scope, documents: Sequence[Mapping[str, Any]]) -> Scope:
    assert scope.storefront is not None
    english = scope.with_values(storefront=replace(scope.storefront, locales=("en",)), locale="en")
    with english.transaction() as unit:
        open_trade(unit)
    lines = "".join(json.dumps(document, default=str) + "\n" for document in documents).encode()
    import_catalogue(english, ImportRequest(io.BytesIO(lines), "jsonl", "facets", file_name="facets.jsonl"))
    return english


def found_by(unit: Scope, words: str) -> set[str]:
    """All that a text finds, in one statement."""
    match = match_text(unit, words)
    assert match is not None
    return set(unit.db.scalars(select(DocumentRow.product_id).where(*listed(unit), match.finds)))


def compare(scope: Scope, documents: Sequence[Mapping[str, Any]], texts: Sequence[str], most: int) -> int:
    """Look at the `most` commonest attributes of what each text finds; returns how many counts were compared."""
    compared = 0
    with scope.transaction() as unit:
        ids = list_ids_by_source(unit, "facets", [document["external_id"] for document in documents])
        by_id = {ids[document["external_id"]]: document for document in documents if document["external_id"] in ids}
        kinds = {code: one.kind for code, one in list_attributes(unit).items() if one.is_filterable}
        for words in texts:
            products = [by_id[product_id] for product_id in found_by(unit, words)]
            recount: dict[str, Counter[str]] = {}
            for entry in products:
                for fact in entry["attributes"]:
                    if fact["code"] in kinds and (values := named(fact, kinds[fact["code"]])):
                        recount.setdefault(fact["code"], Counter()).update(values)
            common = sorted(recount, key=lambda code: (-sum(recount[code].values()), code))[:most]
            for code in common:
                chosen = {code: (next(iter(recount[code])),)}
                asked = SearchRequest(words, filters=chosen, sort="newest", per_page=1)
                page = queries.search(unit, asked)
                (facet,) = (facet for facet in page.facets if facet.code == code)
                shown = {value.value: value.count for value in facet.values}
                assert shown == {value: recount[code][value] for value in shown}, (words, code)
                # the most frequent ones, and the chosen one where it is not among them
                assert len(recount[code]) == len(shown) or 60 <= len(shown) <= 61, (words, code)
                assert page.total == recount[code][chosen[code][0]]
                compared += len(shown)
    return compared


def test_facet_counts_equal_a_recount_over_the_file(system_scope: Scope) -> None:
    documents = own_file(60)
    scope = bring(system_scope, documents)
    assert compare(scope, documents, ("table", "tea cup", "lamp"), 3) == 9 + 9 + 7


@pytest.mark.parametrize("queries_by_attributes", [20] if IS_LONG else [2])
def test_counts_over_a_real_catalogue(data: Path, queries_by_attributes: int, system_scope: Scope) -> None:
    """With `SERAI_LONG` all of it, 20 queries by 20 attributes; else the beginning of it."""
    documents = list(islice(icecat(data / "catalogue-icecat-electronics"), None if IS_LONG else 60))
    scope = bring(system_scope, documents)
    words = Counter(word for document in documents for word in set(normalise(document["title"]["en"]).split()))
    texts = [word for word, _ in words.most_common(200) if word.isalpha() and len(word) > 3][:queries_by_attributes]
    compared = compare(scope, documents, texts, queries_by_attributes)
    print(f"\n{compared} counts are those of the file: {', '.join(texts)}")
    assert compared > queries_by_attributes**2
