"""Shopify's CSV: every shape that an export has, and every one that a broken file has."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domains.catalogue.rules.imports.rows import LONGEST_LINE
from app.domains.catalogue.rules.imports.shopify import read_shopify
from app.domains.catalogue.rules.slugs import slugify
from app.domains.catalogue.types import ProductInput, RowProblem

FILE = Path(__file__).parent / "files" / "shopify-thai.csv"
HEAD = ["Handle", "Title", "Option1 Name", "Option1 Value", "Variant SKU", "Variant Price"]


def read(content: bytes, currency: str = "THB") -> tuple[list[ProductInput], list[RowProblem]]:
    items = list(read_shopify(io.BytesIO(content), source="shopify", locale="th", currency=currency))
    products = [item for item in items if isinstance(item, ProductInput)]
    return products, [item for item in items if isinstance(item, RowProblem)]


def table(*rows: list[str], head: list[str] = HEAD, line_end: str = "\n") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=line_end).writerows([head, *rows])
    return text.getvalue().encode()


def simple(handle: str, price: str = "10.00") -> list[str]:
    return [handle, handle, "Title", "Default Title", f"SKU-{handle}", price]


def test_an_export_in_thai_and_english_becomes_products() -> None:
    products, problems = read(FILE.read_bytes())
    scarf, jam, tea = products
    assert [product.external_id for product in products] == ["silk-scarf", "mango-jam", "ชาใบเตย"]
    assert scarf.title == {"th": "ผ้าพันคอไหม “บัวหลวง”"}
    assert scarf.description == {"th": "ทอมือจากไหมไทยแท้\nย้อมสีธรรมชาติ\n\n• ซักด้วยมือ\n• รีดไฟอ่อน"}
    assert [step.code for step in scarf.category_path] == [
        "apparel-accessories",
        "apparel-accessories/clothing-accessories",
        "apparel-accessories/clothing-accessories/scarves",
    ]
    assert scarf.keywords == {"th": ("ผ้าไหม", "Silk", "ของขวัญ")}
    assert [(option.code, [value.code for value in option.values]) for option in scarf.options] == [
        ("สี", ["คราม", "ขาว"]),
        ("size", ["m", "l"]),
    ]
    medium, large, white = scarf.variants
    assert (medium.sku, medium.price, medium.compare_at) == ("SILK-INDIGO-M", Decimal("1290.00"), Decimal("1590.00"))
    assert (medium.gtin, medium.stock, medium.weight_g) == ("4006381333931", 7, 120)
    assert (large.price, large.compare_at, large.stock, large.weight_g) == (Decimal("1490.00"), None, 0, 150)
    assert white.options == {"สี": "ขาว", "size": "m"}
    assert white.stock is None, "without a tracker nobody counts it"
    assert [(str(picture.url)[-5:], picture.alt.get("th")) for picture in scarf.pictures or ()] == [
        ("1.jpg", None),
        ("2.jpg", "ผ้าพันคอสีคราม"),
        ("3.jpg", None),
    ]
    assert (scarf.line, scarf.last_line) == (2, 6)
    assert jam.title == {"th": 'Mango jam, "Nam Dok Mai"'}
    assert jam.description == {"th": "Small batches.\n\nNo colour added, 180 g"}
    assert (jam.status, tea.status) == ("draft", "draft"), "unpublished is hidden, and so is a draft"
    assert jam.options == () and jam.variants[0].options == {}
    assert (jam.variants[0].sku, jam.variants[0].gtin, jam.variants[0].weight_g) == ("JAM-1", None, None)
    assert tea.slug == {"th": "ชาใบเตย"}
    told = [(found.code, found.line, found.severity, found.source_key) for found in problems]
    assert told == [
        ("not_fetched", 2, "note", "silk-scarf"),
        ("not_fetched", 4, "note", "silk-scarf"),
        ("not_fetched", 6, "note", "silk-scarf"),
        ("gtin", 7, "note", "mango-jam"),
        ("price", 10, "failed", "broken-price"),
    ]
    assert str(problems[-1]) == "“1.290,00” is not a price in THB. Write it like 1290.00."
    assert problems[-1].column == "Variant Price"


def test_the_headings_of_the_newer_template_are_read_too() -> None:
    head = ["Title", "URL handle", "SKU", "Price", "Compare-at price", "Weight value (grams)", "Inventory quantity"]
    products, problems = read(table(["Tea", "tea", "T-1", "10", "12", "90", "4"], head=head))
    assert problems == []
    tea = products[0].variants[0]
    assert (tea.sku, tea.price, tea.compare_at, tea.weight_g, tea.stock) == (
        "T-1", Decimal("10.00"), Decimal("12.00"), 90, 4,
    )  # fmt: skip


def test_a_handle_that_comes_back_after_others_is_refused_row_by_row() -> None:
    products, problems = read(table(simple("a"), simple("b"), simple("a"), simple("a"), simple("c")))
    assert [product.external_id for product in products] == ["a", "b", "c"]
    assert [(found.code, found.line) for found in problems] == [("split_group", 4), ("split_group", 5)]
    assert "must stand together" in str(problems[0])


def test_one_wrong_row_keeps_its_product_out_and_no_other() -> None:
    wrong = ["b", "", "", "Large", "SKU-b2", "-1"]
    products, problems = read(table(simple("a"), ["b", "B", "Size", "Small", "SKU-b1", "1"], wrong, simple("c")))
    assert [product.external_id for product in products] == ["a", "c"]
    assert [(found.code, found.line) for found in problems] == [("price", 4)]


def test_a_row_with_too_many_columns_keeps_its_product_out() -> None:
    products, problems = read(
        table(simple("a"), [*simple("b"), "left", "over"], ["b", "", "", "x", "S", "1"], simple("c"))
    )
    assert [product.external_id for product in products] == ["a", "c"]
    assert [(found.code, found.line, found.source_key) for found in problems if found.code == "columns"] == [
        ("columns", 3, "b")
    ]
    assert all(found.severity == "failed" and found.source_key == "b" for found in problems)


def test_prices_have_the_digits_of_the_currency() -> None:
    assert read(table(simple("a", "1290.00")), "JPY")[0][0].variants[0].price == Decimal("1290")
    assert read(table(simple("a", "18.750")), "KWD")[0][0].variants[0].price == Decimal("18.750")
    for price, currency in (("1290.50", "JPY"), ("1.005", "THB"), ("18.7505", "KWD")):
        products, problems = read(table(simple("a", price)), currency)
        assert products == [] and [found.code for found in problems] == ["price_digits"]
    for price in ("1,290.00", "1e3", "NaN", "฿10", "--1", "1.2.3", "9" * 40):
        products, problems = read(table(simple("a", price)))
        assert products == [] and [found.code for found in problems] == ["price"], price


def test_a_sku_is_made_up_the_same_way_on_every_reading() -> None:
    rows = [["a", "A", "Size", "Small", "", "1"], ["a", "", "", "Large", "", "2"]]
    first, problems = read(table(*rows))
    again, _ = read(table(*rows))
    assert [variant.sku for variant in first[0].variants] == ["a-small", "a-large"]
    assert first == again and [found.code for found in problems] == ["sku_made", "sku_made"]


def test_files_that_cannot_be_read_say_so_and_end() -> None:
    cases = {
        b"": "empty",
        b"\xef\xbb\xbf\n\n": "empty",
        b"Title,Vendor\nA,B\n": "header_missing",
        b"Handle,Title,Title\n": "header_twice",
        b"Handle;Title\na;b\n": "header_missing",
        b"\xff\xfeH\x00a\x00": "encoding",
        b"Handle,Title\n" + b"x" * (LONGEST_LINE + 1): "line_too_long",
        table(simple("a")) + b'b,"open quote\n' + b"more\n" * 100_000: "csv",
        table(simple("a")) + b'b,"closed" and not\n': "csv",
    }
    for content, code in cases.items():
        products, problems = read(content)
        assert [found.code for found in problems] == [code], content[:40]
        assert problems[0].is_fatal and str(problems[0])
        assert products == []


def test_what_stands_before_the_break_is_read() -> None:
    products, problems = read(table(simple("a"), simple("b")) + b'c,"open\n')
    assert [product.external_id for product in products] == ["a"], "b may go on behind the break"
    assert [(found.code, found.is_fatal) for found in problems] == [("csv", True)]


def test_bytes_that_are_no_text_keep_only_their_product_out() -> None:
    latin = ",".join(["b", "Caf\xe9", "Title", "Default Title", "S-b", "1"]).encode("latin-1")
    products, problems = read(table(simple("a")) + latin + b"\n" + ",".join(simple("c")).encode() + b"\n")
    assert [product.external_id for product in products] == ["a", "c"]
    assert [(found.code, found.line, found.source_key) for found in problems] == [("encoding", 3, "b")]


def test_a_key_that_is_no_text_spoils_the_product_it_stands_in() -> None:
    lost = b"\xff,,,Large,S-x,1\n"
    products, problems = read(table(["a", "A", "Size", "Small", "S-a", "1"]) + lost + ",".join(simple("c")).encode())
    assert [product.external_id for product in products] == ["c"]
    assert [(found.code, found.line, found.source_key) for found in problems] == [("encoding", 3, "a")]


def endless(count: int) -> Iterator[bytes]:
    yield ",".join(HEAD).encode() + b"\r\n"
    for number in range(count):
        yield ",".join(simple(f"handle-{number}")).encode() + b"\r\n"


class Endless(io.BytesIO):
    """A file that is made while it is read."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.lines = endless(count)

    def readline(self, size: int | None = -1) -> bytes:
        return next(self.lines, b"")


def test_memory_does_not_grow_with_the_file() -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        seen = sum(1 for _ in read_shopify(Endless(count), source="s", locale="th", currency="THB"))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert seen == count
        return most

    small, large = peak(500), peak(10_000)
    # known handles cost a fingerprint each, and nothing else is kept
    assert large - small < 9_500 * 120


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).map(str.strip).filter(bool)
HANDLES = WORDS.map(slugify).filter(bool)


@st.composite
def shops(draw: st.DrawFn) -> dict[str, dict]:
    """Handle → title, description, and variants by the value of one option."""
    found = {}
    for handle in draw(st.lists(HANDLES, min_size=1, max_size=4, unique=True)):
        values = draw(st.lists(WORDS, min_size=1, max_size=4, unique_by=lambda word: slugify(word) or word))
        text = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00<&\r"), max_size=40)
        found[handle] = {
            "title": draw(WORDS),
            "body": draw(text),
            "variants": {
                value: Decimal(draw(st.integers(0, 10**9))).scaleb(-2) for value in values if value != "Default Title"
            },
        }
    return {handle: entry for handle, entry in found.items() if entry["variants"]}


@settings(max_examples=150, deadline=None)
@given(shops(), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_any_shop_that_csv_can_hold_comes_back(shop: dict[str, dict], line_end: str, with_mark: bool) -> None:
    head = ["Handle", "Title", "Body (HTML)", "Option1 Name", "Option1 Value", "Variant SKU", "Variant Price"]
    rows = []
    for handle, entry in shop.items():
        for number, (value, price) in enumerate(entry["variants"].items()):
            top = [entry["title"], entry["body"], "Size"] if number == 0 else ["", "", ""]
            rows.append([handle, *top, value, f"{handle}/{number}", str(price)])
    content = table(*rows, head=head, line_end=line_end)
    products, problems = read((b"\xef\xbb\xbf" if with_mark else b"") + content)
    assert problems == []
    assert [product.external_id for product in products] == list(shop)
    for product in products:
        entry = shop[product.external_id]
        assert product.title == {"th": entry["title"]}
        assert [variant.price for variant in product.variants] == list(entry["variants"].values())
        labels = [value.label["th"] for value in product.options[0].values]
        assert labels == list(entry["variants"])


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_no_bytes_whatever_break_the_reader(content: bytes, with_heading: bool) -> None:
    head = b"Handle,Title,Variant SKU,Variant Price,Variant Inventory Qty,Image Src\n" if with_heading else b""
    items = list(read_shopify(io.BytesIO(head + content), source="s", locale="th", currency="THB"))
    for item in items:
        if isinstance(item, RowProblem):
            assert str(item) and item.line >= 1
        else:
            assert item.external_id and item.variants
