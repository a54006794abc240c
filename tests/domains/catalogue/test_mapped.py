"""Mapping files: somebody else's columns become our fields."""

from __future__ import annotations

import io
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from app.domains.catalogue.errors import CurrencyRefused, MappingNotValid
from app.domains.catalogue.rules.imports.mapped import read_mapped
from app.domains.catalogue.schemas import read_mapping
from app.domains.catalogue.types import ImportMapping, ProductInput, RowProblem

SHIPPED = Path(__file__).parents[3] / "docs" / "mappings"
SMALL = """
name = "Books"
source = "books"
category_separator = ">"
currency = { from = "EUR", to = "THB", rate = "38.2005", note = "Bank of Thailand, 2026-11-20" }

[file]
delimiter = ";"
locale = "en"

[product]
external_id = { column = "isbn" }
title = { column = "title", language_suffix = "[{locale}]" }
brand = { column = "author", split = "|", part = 0 }
category = { column = "subject", prefix = "Books > " }
tax_category = { column = "vat", map = { low = "reduced" }, default = "standard" }
description = { column = "text", languages = { th = "thai text" } }
status = { constant = "draft" }

[variant]
sku = { column = "isbn", prefix = "B-" }
gtin = { column = "isbn" }
price = { column = "price" }
compare_at = { column = "was" }
stock = { column = "left" }
weight_g = { column = "kilos", scale = 1000 }

[[attributes]]
column = "x.*"

[[options]]
name = "Binding"
value_column = "binding"
"""
HEAD = "isbn;title;title[de];title[fr];author;subject;vat;text;thai text;price;was;left;kilos;x.page_count;binding\n"


def read(text: str, mapping: str = SMALL, currency: str = "THB") -> tuple[list[ProductInput], list[RowProblem]]:
    items = list(
        read_mapped(io.BytesIO(text.encode()), read_mapping(mapping), source="books", locale="th", currency=currency)
    )
    products = [item for item in items if isinstance(item, ProductInput)]
    return products, [item for item in items if isinstance(item, RowProblem)]


def test_every_transform_does_what_the_mapping_says() -> None:
    row = "9780471782667;Intrusion;Einbruch;;Kevin | Bill;Hacking;low;About;เกี่ยวกับ;9.99;12;3.0;0.4125;288;Paper\n"
    products, problems = read(HEAD + row)
    assert problems == []
    book = products[0]
    assert (book.external_id, book.source, book.status) == ("9780471782667", "books", "draft")
    assert book.title == {"en": "Intrusion", "de": "Einbruch"}
    assert book.description == {"en": "About", "th": "เกี่ยวกับ"}
    assert (book.brand, book.tax_category) == ("Kevin", "reduced")
    assert [step.name for step in book.category_path] == [{"en": "Books"}, {"en": "Hacking"}]
    assert [(found.code, found.label, found.value) for found in book.attributes] == [
        ("page_count", {"en": "Page count"}, {"en": "288"})
    ]
    assert [(option.code, [value.label for value in option.values]) for option in book.options] == [
        ("binding", [{"en": "Paper"}])
    ]
    variant = book.variants[0]
    assert (variant.sku, variant.gtin, variant.stock) == ("B-9780471782667", "9780471782667", 3)
    assert variant.weight_g == 413, "0.4125 kg, half up"
    assert variant.price == Decimal("381.62"), "9.99 × 38.2005 = 381.622995"
    assert variant.compare_at == Decimal("458.41"), "12 × 38.2005 = 458.406"


def test_prices_in_the_tenants_own_currency_are_taken_as_they_are() -> None:
    products, _ = read(HEAD + "1;A;;;;;;;;9.99;;;;;Paper\n", currency="EUR")
    assert products[0].variants[0].price == Decimal("9.99")


def test_a_currency_without_a_stated_rate_is_refused_in_one_clear_sentence() -> None:
    with pytest.raises(CurrencyRefused) as refused:
        read(HEAD, currency="KWD")
    assert str(refused.value) == (
        "The prices of this file are in EUR and the price list is in KWD. State a fixed conversion in the mapping"
        " file, or bring a file with prices in KWD."
    )


def test_a_row_in_another_currency_than_the_file_says_fails_alone() -> None:
    mapping = SMALL.replace('from = "EUR",', 'from = "EUR", column = "vat",')
    products, problems = read(HEAD + "1;A;;;;;EUR;;;1;;;;;P\n2;B;;;;;USD;;;1;;;;;P\n", mapping)
    assert [product.external_id for product in products] == ["1"]
    failed = [found for found in problems if found.severity == "failed"]
    assert [(found.code, found.line, found.source_key) for found in failed] == [("currency", 3, "2")]


def test_rows_without_a_key_or_with_a_wrong_number_fail_alone() -> None:
    rows = ";A;;;;;;;;1;;;;;P\n2;B;;;;;;;;1;;many;;;P\n3;C;;;;;;;;1;;-4;;;P\n"
    products, problems = read(HEAD + rows)
    assert [(product.external_id, product.variants[0].stock) for product in products] == [("3", 0)]
    assert [(found.code, found.line, found.column) for found in problems if found.severity == "failed"] == [
        ("key_missing", 2, "isbn"),
        ("number", 3, "left"),
    ]


def test_a_file_that_is_not_meant_is_refused_by_its_heading() -> None:
    _, problems = read("isbn;name\n1;A\n")
    assert [(found.code, found.is_fatal) for found in problems] == [("header_missing", True)]
    assert "price, title" in str(problems[0])


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ('name = "Books"', 'name = "Books', "toml"),
        ('source = "books"', 'source = "Books & more"', "source"),
        ("part = 0", 'part = "0"', "product.brand.part"),
        (", part = 0", "", "product.brand"),
        ('external_id = { column = "isbn" }', "", "product.external_id"),
        ('price = { column = "price" }', "", "variant.price"),
        ('status = { constant = "draft" }', 'status = { column = "a", constant = "b" }', "product.status"),
        ('status = { constant = "draft" }', 'colour = { column = "a" }', "product.colour.key"),
        ('rate = "38.2005"', 'rate = "-1"', "currency.0.rate"),
        ('rate = "38.2005"', 'rate = "NaN"', "currency.0.rate"),
        ('to = "THB"', 'to = "XQX"', "currency.0.to"),
        (', note = "Bank of Thailand, 2026-11-20"', "", "currency.0"),
        ('"[{locale}]"', '"[locale]"', "product.title.language_suffix"),
        ("scale = 1000", "scale = 1000, speed = 1", "variant.weight_g.speed"),
        ('price = { column = "price" }', 'price = { column = "price", scale = 100 }', "variant.price"),
        ('name = "Binding"', "", "options.0"),
        ('column = "x.*"', 'column = "x.*.*"', "attributes.0.column"),
        ('delimiter = ";"', 'delimiter = ";;"', "file.delimiter"),
    ],
)
def test_a_wrong_mapping_file_names_the_entry(before: str, after: str, field: str) -> None:
    assert SMALL.count(before) == 1
    with pytest.raises(MappingNotValid) as wrong:
        read_mapping(SMALL.replace(before, after))
    assert wrong.value.facts["field"] == field
    assert wrong.value.facts["reason"]


def test_every_shipped_mapping_file_is_valid() -> None:
    shipped = sorted(SHIPPED.glob("*.toml"))
    assert shipped
    for path in shipped:
        mapping = read_mapping(path.read_text(encoding="utf-8"))
        assert mapping.source and mapping.fields["title"].column


@pytest.fixture(scope="module")
def spree() -> ImportMapping:
    return read_mapping((SHIPPED / "spree-products.toml").read_text(encoding="utf-8"))


def test_a_small_export_of_spree_keeps_master_rows_and_other_currencies_apart(spree: ImportMapping) -> None:
    text = (
        "slug,sku,name,price,compare_at_price,currency,status,option1_name,option1_value,inventory_count,weight,"
        "weight_unit,custom_field.custom.noise_level\n"
        "fan,FAN,Fan,0,0,USD,active,,,,,,30dB\n"
        "fan,FAN-W,,10.00,12.00,USD,,Color,White,5,2,lb,\n"
        "fan,FAN-B,,11.00,0,USD,,Color,Black,,,,\n"
        "mug,MUG,Mug,3.50,,USD,active,,,8,,,\n"
        "lost,LOST,,3.50,,USD,,,,8,,,\n"
        "fan,FAN-W,,9.00,,EUR,,,,,,,\n"
    )
    stream = io.BytesIO(text.encode())
    items = list(read_mapped(stream, spree, source="spree", locale="th", currency="THB"))
    fan, mug = (item for item in items if isinstance(item, ProductInput))
    white, black = fan.variants
    assert (white.price, white.compare_at, white.stock, white.weight_g) == (
        Decimal("350.00"), Decimal("420.00"), 5, 907,
    )  # fmt: skip
    assert (black.price, black.compare_at, black.stock) == (Decimal("385.00"), None, None)
    assert [found.code for found in fan.attributes] == ["noise_level"]
    assert fan.pictures is None, "the file says nothing of pictures"
    assert [variant.sku for variant in mug.variants] == ["MUG"] and mug.variants[0].price == Decimal("122.50")
    told = [(item.code, item.severity, item.line) for item in items if isinstance(item, RowProblem)]
    assert told == [("filtered", "skipped", 7), ("no_product_row", "failed", 6)]


def test_the_export_of_spree_is_read_whole(spree: ImportMapping, data: Path) -> None:
    with (data / "catalogue-shop-exports" / "spree-products.csv").open("rb") as stream:
        items = list(read_mapped(stream, spree, source="spree", locale="th", currency="THB"))
    products = [item for item in items if isinstance(item, ProductInput)]
    problems = [item for item in items if isinstance(item, RowProblem)]
    assert len(products) == 37
    assert sum(len(product.variants) for product in products) == 87
    assert Counter((found.code, found.severity) for found in problems) == {
        ("not_fetched", "note"): 124,
        ("filtered", "skipped"): 87,
    }
    for product in products:
        assert len(product.category_path) == 2 and product.status == "active"
        assert all(variant.price and variant.stock == 5000 and variant.weight_g for variant in product.variants)
        assert {found.code for found in product.attributes} >= {"type", "warranty"}
    with (data / "catalogue-shop-exports" / "spree-products.csv").open("rb") as stream:
        dinars = list(read_mapped(stream, spree, source="spree", locale="ar", currency="KWD"))
    first = next(item for item in dinars if isinstance(item, ProductInput))
    assert first.variants[0].price == Decimal("270.157"), "879.99 × 0.307 = 270.15693"


def test_translations_of_spree_are_read_by_the_suffix_of_the_language(spree: ImportMapping) -> None:
    text = "slug,sku,name,name_de,price,currency\nfan,FAN,Fan,Ventilator,1,USD\n"
    items = list(read_mapped(io.BytesIO(text.encode()), spree, source="spree", locale="th", currency="USD"))
    assert [item.title for item in items if isinstance(item, ProductInput)] == [{"en": "Fan", "de": "Ventilator"}]
