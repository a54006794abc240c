"""The book of an import: what is in it, and how a run that was cut goes on."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.domains.catalogue import actions, queries
from app.domains.catalogue.errors import CurrencyRefused, ImportRunNotFound, MappingMissing
from app.domains.catalogue.schemas import read_mapping
from app.domains.catalogue.types import ImportRow, ImportRun, ProductInput, RowProblem, RunSummary
from app.kit.errors import PermissionDenied, Problem
from app.kit.scope import Scope
from tests.factories import catalogue

FILE = Path(__file__).parent / "files" / "shopify-thai.csv"
MAPPING = Path(__file__).parents[3] / "docs" / "mappings" / "spree-products.toml"


class Cut(Exception):
    """The process dies here."""


def open_run(scope: Scope, sha256: str) -> ImportRun:
    with scope.transaction() as unit:
        return actions.start_run(unit, source="shopify", format="shopify", sha256=sha256, file_name="a.csv")


def row_of(position: int, item: ProductInput | RowProblem, outcome: Any) -> ImportRow:
    if isinstance(item, RowProblem):
        return ImportRow(
            position, item.line, item.source_key, item.severity, "", item.code, item.column, item.text, dict(item.facts)
        )
    if isinstance(outcome, Problem):
        return ImportRow(
            position, item.line, item.external_id, "failed", "", outcome.code, "", outcome.text, outcome.facts
        )
    return ImportRow(position, item.line, item.external_id, "ok", outcome.status)


def go_on(scope: Scope, run: ImportRun, content: bytes, *, die_at: int | None = None) -> None:
    """What the flow above does with a file, one product per batch."""
    summary = run.summary
    for position, item in enumerate(queries.iter_products(scope, "shopify", io.BytesIO(content)), start=1):
        if position <= run.position:
            continue
        with scope.transaction() as unit:
            outcome = actions.save_products(unit, [item])[0] if isinstance(item, ProductInput) else None
            row = row_of(position, item, outcome)
            summary = summary.with_rows([row])
            actions.record_batch(
                unit, run.id, after=position - 1, position=position, rows=[row], summary=summary
            )
            if position == die_at:
                raise Cut


def test_a_run_that_was_cut_goes_on_where_its_book_ends(system_scope: Scope) -> None:
    content = FILE.read_bytes()
    with system_scope.transaction() as unit:
        catalogue.save_own_seller(unit)
    run = open_run(system_scope, "a" * 64)
    assert not run.is_resumed and run.position == 0
    with pytest.raises(Cut):
        go_on(system_scope, run, content, die_at=4)
    again = open_run(system_scope, "a" * 64)
    assert again.id == run.id and again.is_resumed and again.position == 3
    go_on(system_scope, again, content)
    with system_scope.transaction() as unit:
        done = actions.finish_run(unit, run.id)
        summary = queries.summarise_run(unit, run.id)
        told = queries.list_import_rows(unit, run.id)
        count = unit.db.execute(text("SELECT count(*) FROM catalogue_products")).scalar_one()
        assert queries.find_run(unit, "shopify", "a" * 64) is None
        assert [found.id for found in queries.list_runs(unit)] == [run.id]
        assert actions.finish_run(unit, run.id) == done
    assert done.status == "finished" and done.finished_at is not None
    assert summary.created == count == 3
    assert {row.code for row in told} == {"not_fetched", "gtin", "price"}
    # the second reading of a file that is done is a run of its own, and changes nothing
    second = open_run(system_scope, "a" * 64)
    assert second.id != run.id
    go_on(system_scope, second, content)
    with system_scope.transaction() as unit:
        repeated = queries.summarise_run(unit, second.id)
    assert repeated == RunSummary(unchanged=3, failed=summary.failed, notes=summary.notes)


def test_a_product_that_cannot_be_saved_is_written_down_and_takes_no_other_down(system_scope: Scope) -> None:
    content = FILE.read_bytes()
    catalogue.save(system_scope, catalogue.product(slug={"th": "silk-scarf"}))
    run = open_run(system_scope, "b" * 64)
    go_on(system_scope, run, content)
    with system_scope.transaction() as unit:
        summary = queries.summarise_run(unit, run.id)
        rows = queries.list_import_rows(unit, run.id)
    assert summary.created == 2
    failed = next(row for row in rows if row.source_key == "silk-scarf" and row.status == "failed")
    assert failed.code == "catalogue.slug_taken" and "silk-scarf" in failed.sentence() and failed.line == 2


def test_guests_may_not_import(scope: Scope) -> None:
    with pytest.raises(PermissionDenied):
        queries.iter_products(scope, "jsonl", io.BytesIO())
    with scope.transaction() as unit, pytest.raises(PermissionDenied):
        actions.start_run(unit, source="x", format="jsonl", sha256="d" * 64)


def test_a_run_of_another_tenant_is_not_found(system_scope: Scope, other_system_scope: Scope) -> None:
    run = open_run(system_scope, "e" * 64)
    with other_system_scope.transaction() as unit:
        assert queries.find_run(unit, "shopify", "e" * 64) is None
        with pytest.raises(ImportRunNotFound):
            queries.get_run(unit, run.id)


def test_a_foreign_currency_is_refused_before_the_first_row(system_scope: Scope) -> None:
    mapping = read_mapping(MAPPING.read_text(encoding="utf-8"))
    with pytest.raises(CurrencyRefused) as refused:
        queries.iter_products(system_scope, "mapped", io.BytesIO(b"x"), mapping, currency="JPY")
    assert "USD" in str(refused.value) and "JPY" in str(refused.value)
    with pytest.raises(MappingMissing):
        queries.iter_products(system_scope, "mapped", io.BytesIO(b"x"))


def test_a_spree_export_is_saved_product_by_product(system_scope: Scope, data: Path) -> None:
    mapping = read_mapping(MAPPING.read_text(encoding="utf-8"))
    path = data / "catalogue-shop-exports" / "spree-products.csv"
    saved = []
    with system_scope.transaction() as unit:
        catalogue.save_own_seller(unit)
        for _ in range(2):
            with path.open("rb") as stream:
                for item in queries.iter_products(unit, "mapped", stream, mapping):
                    if isinstance(item, ProductInput):
                        saved.append(actions.save_product(unit, item))
        tree = queries.list_categories(unit)
    assert [entry.status for entry in saved] == ["created"] * 37 + ["unchanged"] * 37
    assert sum(len(entry.offers) for entry in saved[:37]) == 87
    assert len([category for category in tree if category.parent_id]) == 19
