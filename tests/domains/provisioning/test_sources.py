"""Catalogues that others wrote: a slice of each in every run, all of them in the long one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.domains.catalogue.queries import list_attributes
from app.domains.catalogue.schemas import read_mapping
from app.domains.catalogue.types import RunSummary
from app.domains.provisioning.flows.audit import list_invariants
from app.kit.invariants import check
from app.kit.scope import Scope
from app.kit.settings import ROOT
from bench.sources import adventureworks, icecat, olist
from tests.domains.provisioning.goods import bring, lines, prepare, state

IS_LONG = bool(os.environ.get("SERAI_LONG"))
EXPORTS = "catalogue-shop-exports"


def written(documents: Iterator[dict[str, Any]], most: int) -> bytes:
    wanted = documents if IS_LONG else islice(documents, most)
    return lines([json.loads(json.dumps(entry, default=str)) for entry in wanted])


@pytest.mark.parametrize(
    ("source", "folder", "most", "whole"),
    [
        (icecat, "catalogue-icecat-electronics", 120, 19_406),
        (olist, "catalogue-olist-brazil", 150, 16_000),
        (adventureworks, "catalogue-adventureworks", 119, 119),
    ],
)
def test_a_joined_catalogue_is_imported_and_changes_nothing_again(
    system_scope: Scope,
    data: Path,
    source: Callable[[Path], Iterator[dict[str, Any]]],
    folder: str,
    most: int,
    whole: int,
) -> None:
    content = written(source(data / folder), most)
    report = bring(prepare(system_scope), content, locale="en", source="bench")
    assert report.summary == RunSummary(created=whole if IS_LONG else most), report.problems[:5]
    before = state(system_scope, "rows")
    again = bring(system_scope, content, locale="en", source="bench")
    assert again.summary == RunSummary(unchanged=whole if IS_LONG else most)
    assert state(system_scope, "rows") == before
    with system_scope.transaction(read_only=True) as unit:
        assert check(unit, list_invariants()) == []


def test_kinds_of_attributes_are_those_of_the_source(system_scope: Scope, data: Path) -> None:
    content = written(icecat(data / "catalogue-icecat-electronics"), 120)
    bring(prepare(system_scope), content, locale="en", source="bench")
    stated: dict[str, set[str]] = {}
    for line in content.splitlines():
        for fact in json.loads(line)["attributes"]:
            stated.setdefault(fact["code"], set()).add(fact.get("kind", "words"))
    with system_scope.transaction() as unit:
        found = {code: one.kind for code, one in list_attributes(unit).items()}
    assert found.keys() == stated.keys()
    for code, kinds in stated.items():
        if kinds == {"decimal"} or kinds == {"boolean"}:
            assert {found[code]} == kinds
        else:
            assert found[code] in ("choice", "multi", "text", "integer", "decimal", "boolean")


def test_six_languages_stand_beside_each_other(system_scope: Scope, data: Path) -> None:
    content = written(adventureworks(data / "catalogue-adventureworks"), 119)
    bring(prepare(system_scope), content, locale="en", source="bench")
    with system_scope.transaction() as unit:
        count = text(
            "SELECT count(*) FROM catalogue_products"
            " WHERE description ?& ARRAY['en', 'ar', 'fr', 'th', 'he', 'zh-Hans']"
        )
        assert unit.db.scalar(count) == sum(len(json.loads(line)["description"]) == 6 for line in content.splitlines())


@pytest.mark.parametrize(
    ("file", "mapping", "products", "skipped"),
    [
        ("bagisto-products.csv", "bagisto-products", 8, 18),
        ("oscar-books.essential.csv", "oscar-books", None, 0),
        ("oscar-books.hacking.csv", "oscar-books", None, 0),
        ("spree-products.csv", "spree-products", 37, None),
    ],
)
def test_files_of_other_shop_systems_are_taken_by_their_mappings(
    system_scope: Scope, data: Path, file: str, mapping: str, products: int | None, skipped: int | None
) -> None:
    known = read_mapping((ROOT / "docs" / "mappings" / f"{mapping}.toml").read_text(encoding="utf-8"))
    content = (data / EXPORTS / file).read_bytes()
    report = bring(prepare(system_scope), content, "mapped", source=known.source, mapping=known)
    assert report.summary.failed == 0, [row.sentence() for row in report.problems][:3]
    assert report.summary.created == (products or len(content.decode().strip().splitlines()))
    assert skipped is None or report.summary.skipped == skipped
    again = bring(system_scope, content, "mapped", source=known.source, mapping=known)
    assert (again.summary.created, again.summary.changed) == (0, 0)
