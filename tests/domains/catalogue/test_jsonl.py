"""Our own format, line by line, and the catalogues that are shipped in it."""

from __future__ import annotations

import functools
import io
import json
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domains.catalogue.errors import CategoryNotValid
from app.domains.catalogue.rules.imports.jsonl import read_jsonl
from app.domains.catalogue.schemas import read_category, read_product
from app.domains.catalogue.types import ProductInput, RowProblem

TENANTS = Path(__file__).parents[3] / "tenants"
SCARF = {
    "external_id": "tex-001",
    "slug": {"th": "ผ้าไหม", "en": "silk"},
    "category": "textiles",
    "brand": "Khwan",
    "title": {"th": "ผ้าไหม", "en": "Silk"},
    "attributes": [{"code": "material", "label": {"en": "Material"}, "value": {"en": "Silk"}}],
    "options": [{"code": "size", "label": {"en": "Size"}, "values": [{"code": "m", "label": {"en": "M"}}]}],
    "variants": [
        {"sku": "TEX-001-M", "gtin": None, "options": {"size": "m"}, "price": "1290.00", "stock": 14, "weight_g": 320}
    ],
    "pictures": [{"file": "pictures/tex-001.svg", "alt": {"en": "A scarf"}}],
    "keywords": {"en": ["silk"]},
}


def read(content: bytes, currency: str = "THB") -> list[ProductInput | RowProblem]:
    def load(currency: str, document: Any, line: int) -> Any:
        return read_product(document, source="tenant", currency=currency, line=line)

    return list(read_jsonl(io.BytesIO(content), functools.partial(load, currency)))


def lines(*documents: Any) -> bytes:
    return "\n".join(json.dumps(document, ensure_ascii=False) for document in documents).encode()


def test_a_line_becomes_a_product() -> None:
    (scarf,) = read(b"\xef\xbb\xbf\n" + lines(SCARF))
    assert isinstance(scarf, ProductInput)
    assert (scarf.external_id, scarf.category_code, scarf.line) == ("tex-001", "textiles", 2)
    assert scarf.variants[0].price == Decimal("1290.00") and scarf.variants[0].stock == 14
    assert scarf.picture_files() == ("pictures/tex-001.svg",)
    with_assets = scarf.with_assets({"pictures/tex-001.svg": "med_1"})
    assert [picture.asset_id for picture in with_assets.pictures or ()] == ["med_1"]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"title": {}}, "title"),
        ({"title": {"not a tag": "x"}}, "title.not a tag"),
        ({"colour": "red"}, "colour"),
        ({"variants": []}, "variants"),
        ({"variants": [{"sku": "A", "options": {"size": "xl"}}]}, "variants.0.options.size"),
        ({"variants": [{"sku": "A", "options": {}}]}, "variants.0.options"),
        ({"variants": [{"sku": "A", "options": {"size": "m"}, "price": 12.5}]}, "variants.0.price"),
        ({"variants": [{"sku": "A", "options": {"size": "m"}, "price": "12.505"}]}, "variants.0.price"),
        ({"variants": [{"sku": "A", "options": {"size": "m"}, "stock": 1.5}]}, "variants.0.stock"),
        ({"variants": [{"sku": "A", "options": {"size": "m"}, "stock": -1}]}, "variants.0.stock"),
        (
            {"variants": [{"sku": "A", "options": {"size": "m"}, "price": "5", "compare_at": "5"}]},
            "variants.0.compare_at",
        ),
        ({"pictures": [{"file": "../../etc/passwd"}]}, "pictures.0.file"),
        ({"pictures": [{"file": "/etc/passwd"}]}, "pictures.0.file"),
        ({"slug": {"en": "Silk Scarf"}}, "slug.en"),
        ({"brand": "a\x00b"}, "brand"),
        ({"brand": "\ud800"}, "brand"),
    ],
)
def test_a_wrong_line_names_the_field_and_takes_no_other_down(change: dict, column: str) -> None:
    content = json.dumps({**SCARF, **change}).encode() + b"\n" + lines({**SCARF, "external_id": "tex-002"})
    wrong, right = read(content)
    assert isinstance(wrong, RowProblem) and isinstance(right, ProductInput)
    assert (wrong.column, wrong.line, wrong.severity, wrong.source_key) == (column, 1, "failed", "tex-001")


def test_lines_that_are_no_objects_are_told() -> None:
    told = read(b"[]\n{\n\xff\n\n" + lines(SCARF, SCARF))
    assert [(item.code, item.line) for item in told if isinstance(item, RowProblem)] == [
        ("json", 1),
        ("json", 2),
        ("encoding", 3),
        ("twice", 6),
    ]
    assert [item.code for item in read(b"\n") if isinstance(item, RowProblem)] == ["empty"]
    deep = read(b"[" * 100_000 + b"\n" + lines(SCARF))
    assert isinstance(deep[0], RowProblem) and isinstance(deep[1], ProductInput)


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*SCARF, "sku", "options"]) | st.text(max_size=3), inner, max_size=4),
        max_leaves=20,
    )
)
def test_no_document_whatever_breaks_the_reader(document: Any) -> None:
    items = read(json.dumps(document).encode())
    assert items and all(isinstance(item, ProductInput) or str(item) for item in items)


@pytest.mark.parametrize("path", sorted(TENANTS.glob("*/catalogue/products.jsonl")), ids=lambda path: path.parts[-3])
def test_every_shipped_catalogue_is_valid(path: Path) -> None:
    folder = path.parents[1]
    tenant = tomllib.loads((folder / "tenant.toml").read_text(encoding="utf-8"))
    currency = {"th": "THB", "kw": "KWD", "in": "INR", "jp": "JPY"}[tenant["tenant"]["market"]]
    items = read(path.read_bytes(), currency)
    assert [str(item) for item in items if isinstance(item, RowProblem)] == []
    document = tomllib.loads((path.parent / "categories.toml").read_text(encoding="utf-8"))
    codes = set()
    for entry in document["category"]:
        category, picture = read_category(entry)
        codes.add(category.code)
        assert picture is None or (folder / picture).is_file()
    for item in items:
        assert isinstance(item, ProductInput)
        assert item.category_code in codes
        assert all((folder / file).is_file() for file in item.picture_files())


def test_a_wrong_category_names_the_field() -> None:
    for entry, field in (
        ({"name": {"en": "A"}}, "code"),
        ({"code": "a", "name": {}}, "name"),
        ({"code": "a", "name": {"en": "A"}, "slug": {"en": "A b"}}, "slug.en"),
        ({"code": "a", "name": {"en": "A"}, "position": "1"}, "position"),
    ):
        with pytest.raises(CategoryNotValid) as wrong:
            read_category(entry)
        assert wrong.value.facts["field"] == field
