"""A file is brought, looked at, run; its report is kept row by row."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from app.faces.partner_console.imports import neutral
from app.kit import ids
from tests.faces.partner_console.conftest import Desk, House

SHOPIFY = """Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty
cup,Clay cup,Title,Default Title,CUP-1,120.00,7
=1+1|cmd,Bad cup,Title,Default Title,CUP-2,abc,3
bowl,Clay bowl,Title,Default Title,BOWL-1,250.00,2
"""


def bring(desk: Desk, content: bytes, chosen: str = "shopify", name: str = "cups.csv") -> Any:
    return desk.post("/en/imports", {"format": chosen, "file": (io.BytesIO(content), name)})


def products(desk: Desk) -> int:
    return int(desk.value("SELECT count(*) FROM catalogue_products"))


def test_a_file_is_checked_before_it_is_imported(fresh_house: House) -> None:
    desk = fresh_house.sit_down("merchandiser")
    brought = bring(desk, SHOPIFY.encode())
    assert brought.status_code == 303
    way = brought.headers["Location"]
    assert way.startswith("/en/imports/files/") and "format=shopify" in way and "name=cups.csv" in way
    page = desk.get(way).text
    assert "Import 2 products" in page and "Variant Price" in page and products(desk) == 0
    assert desk.value("SELECT count(*) FROM catalogue_import_runs") == 0
    ran = desk.post(way.replace("?", "/run?", 1))
    assert ran.status_code == 303
    report = desk.get(ran.headers["Location"]).text
    assert "Finished" in report and "Variant Price" in report and "Some rows were not imported" in report
    assert products(desk) == 2
    assert desk.value("SELECT sum(on_hand) FROM inventory_levels") == 9
    assert desk.value("SELECT sum(amount_minor) FROM pricing_prices") == 37000
    assert "CUP-1" in desk.get("/en/offers").text
    assert "cups.csv" in desk.get("/en/imports").text
    assert desk.get(way).status_code == 404


def test_the_same_file_again_changes_nothing(fresh_house: House) -> None:
    desk = fresh_house.sit_down("owner")
    seen = []
    for _ in range(2):
        way = bring(desk, SHOPIFY.encode()).headers["Location"]
        desk.get(desk.post(way.replace("?", "/run?", 1)).headers["Location"])
        seen.append(desk.value("SELECT sum(version) FROM pricing_prices"))
    assert seen[0] == seen[1]
    assert products(desk) == 2


def test_problems_come_as_a_file_without_formulas(fresh_house: House) -> None:
    desk = fresh_house.sit_down("owner")
    way = bring(desk, SHOPIFY.encode()).headers["Location"]
    ran = desk.post(way.replace("?", "/run?", 1)).headers["Location"]
    brought = bring(desk, SHOPIFY.encode()).headers["Location"]
    for path in (f"{ran}/problems.csv", brought.replace("?", "/problems.csv?", 1)):
        answer = desk.get(path)
        assert answer.content_type == "text/csv; charset=utf-8"
        assert "attachment" in answer.headers["Content-Disposition"]
        assert answer.data.startswith(b"\xef\xbb\xbf")
        rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
        wrong = next(row for row in rows if row["status"] == "failed")
        assert wrong["product"] == "'=1+1|cmd" and wrong["line"] == "3" and wrong["column"] == "Variant Price"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "  ="])
def test_no_cell_is_a_formula(start: str) -> None:
    assert neutral(f"{start}HYPERLINK(1)") == f"'{start}HYPERLINK(1)"
    assert neutral(f"a{start}b") == f"a{start}b"


def test_json_lines_of_our_own_are_taken(fresh_house: House) -> None:
    desk = fresh_house.sit_down("owner")
    product = {
        "external_id": "tex-1",
        "title": {"th": "ผ้า", "en": "Cloth"},
        "options": [],
        "variants": [{"sku": "TEX-1", "options": {}, "price": "90.00", "compare_at": None, "stock": 4}],
    }
    way = bring(desk, json.dumps(product).encode() + b"\n", "jsonl", "tex.jsonl").headers["Location"]
    page = desk.get(way).text
    assert "Import 1 product<" in page
    desk.post(way.replace("?", "/run?", 1))
    assert products(desk) == 1


@pytest.mark.parametrize(
    ("content", "chosen", "field"), [(b"", "shopify", "file"), (b"x", "exe", "format"), (b"x", "", "format")]
)
def test_what_cannot_be_read_is_refused_beside_its_field(house: House, content: bytes, chosen: str, field: str) -> None:
    answer = bring(house.sit_down("owner"), content, chosen)
    assert answer.status_code == 422 and f'id="{field}-error"' in answer.text


@pytest.mark.parametrize("content", [b"\x00\x01\x02", b"\xff\xfe\x00", b"a,b\n1,2\n", b'"unclosed'])
def test_a_file_of_another_kind_imports_nothing(house: House, content: bytes) -> None:
    desk = house.sit_down("owner")
    before = products(desk)
    way = bring(desk, content).headers["Location"]
    page = desk.get(way)
    assert page.status_code in (200, 422)
    assert "Import 0" not in page.text and products(desk) == before


def test_names_of_files_are_names_only(house: House) -> None:
    desk = house.sit_down("owner")
    way = bring(desk, SHOPIFY.encode(), name="../../etc/<b>passwd").headers["Location"]
    assert "etc" not in way
    assert "<b>passwd" not in desk.get(way).text


@pytest.mark.parametrize("digest", ["0" * 64, "x", "..%2f..%2fsecret", "A" * 64])
def test_only_a_file_that_is_kept_is_read(house: House, digest: str) -> None:
    desk = house.sit_down("owner")
    for path in (f"/en/imports/files/{digest}?format=shopify", f"/en/imports/{ids.new('imp')}", "/en/imports/imp_x"):
        assert desk.get(path).status_code == 404
    assert desk.post(f"/en/imports/files/{digest}/run", {"format": "shopify"}).status_code == 404


def test_a_file_of_another_tenant_is_not_found(house: House, fresh_house: House) -> None:
    way = bring(house.sit_down("owner"), SHOPIFY.encode()).headers["Location"]
    assert fresh_house.sit_down("owner").get(way).status_code == 404
