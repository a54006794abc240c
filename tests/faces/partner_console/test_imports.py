"""A file is brought, checked by a job, looked at, imported by a job; its report is kept row by row."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.domains.identity import actions as identity
from app.domains.provisioning import jobs
from app.domains.provisioning.flows.runs import forget_old_files
from app.kit import ids
from app.kit.clock import FixedClock
from tests.faces.partner_console.conftest import Desk, House

SHOPIFY = """Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty
cup,Clay cup,Title,Default Title,CUP-1,120.00,7
=1+1|cmd,Bad cup,Title,Default Title,CUP-2,abc,3
bowl,Clay bowl,Title,Default Title,BOWL-1,250.00,2
"""


def bring(desk: Desk, content: bytes, chosen: str = "shopify", name: str = "cups.csv") -> Any:
    return desk.post("/en/imports", {"format": chosen, "file": (io.BytesIO(content), name)})


def work(desk: Desk, way: str) -> str:
    """Do what waits at this page, as the worker would; returns the page then."""
    run_id = way.rpartition("/")[2]
    (jobs.run_export if run_id.startswith("exp_") else jobs.run_import)(desk.scope, run_id=run_id)
    return desk.get(way).text


def checked(desk: Desk, content: bytes, chosen: str = "shopify", name: str = "cups.csv") -> str:
    """Bring a file and have it checked; returns the way to its page."""
    way = str(bring(desk, content, chosen, name).headers["Location"])
    work(desk, way)
    return way


def imported(desk: Desk, way: str) -> str:
    """Start what was checked, and do it; returns the way to the report."""
    started = str(desk.post(f"{way}/start").headers["Location"])
    work(desk, started)
    return started


def products(desk: Desk) -> int:
    return int(desk.value("SELECT count(*) FROM catalogue_products"))


def test_a_file_is_checked_and_imported_by_jobs(fresh_house: House) -> None:
    desk = fresh_house.sit_down("merchandiser")
    brought = bring(desk, SHOPIFY.encode())
    assert brought.status_code == 303
    way = brought.headers["Location"]
    waiting = desk.get(way)
    assert waiting.status_code == 200 and "data-progress" in waiting.text and products(desk) == 0
    page = work(desk, way)
    assert "data-progress" not in page and "cups.csv" in page
    assert "Import 2 products" in page and "Variant Price" in page and products(desk) == 0
    started = desk.post(f"{way}/start")
    assert started.status_code == 303 and products(desk) == 0
    report = work(desk, started.headers["Location"])
    assert "Finished" in report and "Variant Price" in report
    assert products(desk) == 2
    assert desk.value("SELECT sum(on_hand) FROM inventory_levels") == 9
    assert desk.value("SELECT sum(amount_minor) FROM pricing_prices") == 37000
    assert "CUP-1" in desk.get("/en/offers").text
    assert "cups.csv" in desk.get("/en/imports").text
    # the file is let go: it is in the book
    assert desk.post(f"{way}/start").status_code == 404
    who = desk.value("SELECT count(*) FROM tenancy_audit_entries WHERE noun = 'price' AND actor ->> 'kind' = 'staff'")
    assert who == 2


def test_started_twice_it_is_one_import(fresh_house: House) -> None:
    desk = fresh_house.sit_down("owner")
    way = checked(desk, SHOPIFY.encode())
    first, second = (desk.post(f"{way}/start").headers["Location"] for _ in range(2))
    assert first == second
    work(desk, first)
    work(desk, first)
    assert products(desk) == 2
    assert desk.value("SELECT count(*) FROM catalogue_import_runs WHERE NOT is_dry_run") == 1


def test_the_same_file_again_changes_nothing(fresh_house: House) -> None:
    desk = fresh_house.sit_down("owner")
    imported(desk, checked(desk, SHOPIFY.encode()))
    before = desk.value("SELECT sum(version) FROM pricing_prices")
    way = checked(desk, SHOPIFY.encode())
    assert "there is nothing to import" in desk.get(way).text
    imported(desk, way)
    assert desk.value("SELECT sum(version) FROM pricing_prices") == before and products(desk) == 2


def test_problems_come_in_the_readers_language_and_without_formulas(fresh_house: House) -> None:
    desk = fresh_house.sit_down("owner")
    way = checked(desk, SHOPIFY.encode())
    for path in (way, imported(desk, way)):
        answer = desk.get(f"{path}/problems.csv")
        assert answer.content_type == "text/csv; charset=utf-8"
        assert "attachment" in answer.headers["Content-Disposition"]
        assert answer.data.startswith(b"\xef\xbb\xbf")
        rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
        wrong = next(row for row in rows if row["Outcome"] == "failed")
        assert wrong["Product"] == "'=1+1|cmd" and wrong["Line"] == "3" and wrong["Column"] == "Variant Price"
        assert "is not a price in THB" in wrong["Problem"] and wrong["Code"] == "price"
        thai = desk.get(f"{path.removeprefix('/en')}/problems.csv").data.decode("utf-8-sig")
        assert "is not a price" not in thai and "THB" in thai and "abc" in thai
        assert "is not a price" not in desk.get(path.removeprefix("/en")).text


def test_json_lines_of_our_own_are_taken(fresh_house: House) -> None:
    desk = fresh_house.sit_down("owner")
    product = {
        "external_id": "tex-1",
        "title": {"th": "ผ้า", "en": "Cloth"},
        "options": [],
        "variants": [{"sku": "TEX-1", "options": {}, "price": "90.00", "compare_at": None, "stock": 4}],
    }
    way = checked(desk, json.dumps(product).encode() + b"\n", "jsonl", "tex.jsonl")
    assert "Import 1 product<" in desk.get(way).text
    imported(desk, way)
    assert products(desk) == 1


@pytest.mark.parametrize(
    ("content", "chosen", "field"), [(b"", "shopify", "file"), (b"x", "exe", "format"), (b"x", "", "format")]
)
def test_what_cannot_be_read_is_refused_beside_its_field(house: House, content: bytes, chosen: str, field: str) -> None:
    answer = bring(house.sit_down("owner"), content, chosen)
    assert answer.status_code == 422 and f'id="{field}-error"' in answer.text


@pytest.mark.parametrize(
    "content", [b"\x00\x01\x02", b"\xff\xfe\x00", b"a,b\n1,2\n", b'"unclosed', b"PK\x03\x04 nothing"]
)
def test_a_file_of_another_kind_imports_nothing(house: House, content: bytes) -> None:
    desk = house.sit_down("owner")
    before = products(desk)
    page = desk.get(checked(desk, content))
    assert page.status_code == 200 and "data-progress" not in page.text
    assert "Import 0" not in page.text and "could be imported" in page.text and products(desk) == before


def test_who_has_lost_the_right_meanwhile_imports_nothing(fresh_house: House) -> None:
    """ACC-09: the job asks again what its person may do."""
    desk = fresh_house.sit_down("merchandiser")
    way = checked(desk, SHOPIFY.encode())
    started = desk.post(f"{way}/start").headers["Location"]
    asked = desk.post("/en/exports", {"format": "jsonl", "language": "en"}).headers["Location"]
    with fresh_house.scope.transaction() as unit:
        identity.ensure_staff(unit, "merchandiser@khwan.example", "The merchandiser", "finance")
        unit.db.execute(text("UPDATE identity_staff SET role = 'finance'"))
    for one in (started, asked):
        run_id = one.rpartition("/")[2]
        (jobs.run_export if run_id.startswith("exp_") else jobs.run_import)(desk.scope, run_id=run_id)
    assert products(desk) == 0
    assert desk.value("SELECT status FROM catalogue_import_runs WHERE NOT is_dry_run") == "failed"
    assert desk.value("SELECT status || object_name FROM catalogue_export_runs") == "failed"


def test_a_file_that_was_only_checked_is_forgotten(fresh_house: House, house_clock: FixedClock) -> None:
    desk = fresh_house.sit_down("owner")
    way = checked(desk, SHOPIFY.encode())
    asked = desk.post("/en/exports", {"format": "jsonl", "language": "en"}).headers["Location"]
    work(desk, asked)
    later = fresh_house.scope.with_values(clock=FixedClock(house_clock.now() + timedelta(days=8)))
    assert forget_old_files(fresh_house.scope) == 0
    assert forget_old_files(later) == 2
    assert desk.get(way).status_code == 404
    assert desk.get(asked).status_code == 200 and desk.get(f"{asked}/file").status_code == 404
    assert forget_old_files(later) == 0


def test_the_catalogue_is_exported_by_a_job_and_fetched(fresh_house: House) -> None:
    desk = fresh_house.sit_down("merchandiser")
    imported(desk, checked(desk, SHOPIFY.encode()))
    for format_, kind in (("shopify", "text/csv"), ("google", "application/xml"), ("jsonl", "application/jsonl")):
        asked = desk.post("/en/exports", {"format": format_, "language": "en"})
        assert asked.status_code == 303
        way = asked.headers["Location"]
        assert "data-progress" in desk.get(way).text and desk.get(f"{way}/file").status_code == 404
        page = work(desk, way)
        assert "Download the file" in page
        answer = desk.get(f"{way}/file")
        assert answer.content_type.startswith(kind) and b"CUP-1" in answer.data
        assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert "brings everything back" in page
    assert "Serai JSON Lines" in desk.get("/en/imports").text


@pytest.mark.parametrize("form", [{"format": "exe", "language": "en"}, {"format": "jsonl", "language": "xx"}, {}])
def test_only_known_formats_and_languages_are_exported(house: House, form: dict[str, str]) -> None:
    desk = house.sit_down("owner")
    before = desk.value("SELECT count(*) FROM catalogue_export_runs")
    assert desk.post("/en/exports", form).status_code == 422
    assert desk.value("SELECT count(*) FROM catalogue_export_runs") == before


def test_names_of_files_are_names_only(house: House) -> None:
    desk = house.sit_down("owner")
    way = bring(desk, SHOPIFY.encode(), name="../../etc/<b>passwd").headers["Location"]
    page = desk.get(way).text
    assert "etc/" not in page and "<b>passwd" not in page and "passwd" in page


def test_only_a_run_that_exists_is_shown(house: House) -> None:
    desk = house.sit_down("owner")
    for path in (f"/en/imports/{ids.new('imp')}", "/en/imports/imp_x", f"/en/exports/{ids.new('exp')}"):
        assert desk.get(path).status_code == 404
    assert desk.post(f"/en/imports/{ids.new('imp')}/start").status_code == 404


def test_runs_of_another_tenant_are_not_found(house: House, fresh_house: House) -> None:
    desk, other = house.sit_down("owner"), fresh_house.sit_down("owner")
    way = checked(desk, SHOPIFY.encode())
    asked = desk.post("/en/exports", {"format": "jsonl", "language": "en"}).headers["Location"]
    work(desk, asked)
    for path in (way, f"{way}/problems.csv", asked, f"{asked}/file"):
        assert other.get(path).status_code == 404
    assert other.post(f"{way}/start").status_code == 404 and products(other) == 0
