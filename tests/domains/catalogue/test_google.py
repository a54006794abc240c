"""Google Merchant's product data, as XML and as a table; and XML that means harm."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest

from app.domains.catalogue.rules.imports.google import read_google
from app.domains.catalogue.rules.imports.opening import open_stream
from app.domains.catalogue.types import ProductInput, RowProblem

HEAD = b'<?xml version="1.0"?>\n<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">\n<channel>\n'
FOOT = b"</channel>\n</rss>\n"
SHIRT = b"""<item>
<g:id>SHIRT-%(size)s</g:id>
<g:item_group_id>shirt</g:item_group_id>
<title>Shirt</title>
<g:description>One.

Two.</g:description>
<link>https://shop.example/p/linen-shirt?x=1</link>
<g:image_link>https://shop.example/a.jpg</g:image_link>
<g:additional_image_link>https://shop.example/b.jpg</g:additional_image_link>
<g:availability>in_stock</g:availability>
<g:price>%(price)s</g:price>
<g:sale_price>900.00 THB</g:sale_price>
<g:brand>Khwan</g:brand>
<g:gtin>4006381333931</g:gtin>
<g:product_type>Clothes &gt; Shirts</g:product_type>
<g:size>%(size)s</g:size>
<g:color>White</g:color>
<g:shipping_weight>0.25 kg</g:shipping_weight>
<g:product_detail><g:section_name>Care</g:section_name><g:attribute_name>Wash</g:attribute_name>\
<g:attribute_value>Cold, by hand</g:attribute_value></g:product_detail>
</item>
"""


def shirt(size: bytes, price: bytes = b"1290.00 THB") -> bytes:
    return SHIRT % {b"size": size, b"price": price}


def read(content: bytes) -> tuple[list[ProductInput], list[RowProblem]]:
    items = list(read_google(open_stream(io.BytesIO(content)), source="google", locale="en", currency="THB"))
    return (
        [item for item in items if isinstance(item, ProductInput)],
        [item for item in items if isinstance(item, RowProblem)],
    )


def test_items_of_a_group_are_one_product() -> None:
    products, problems = read(HEAD + shirt(b"M") + shirt(b"L") + FOOT)
    assert {found.code for found in problems} == {"not_fetched"}
    (product,) = products
    assert (product.external_id, product.title, product.brand) == ("shirt", {"en": "Shirt"}, "Khwan")
    assert product.slug == {"en": "linen-shirt"} and product.description == {"en": "One.\n\nTwo."}
    assert [step.code for step in product.category_path] == ["clothes", "clothes/shirts"]
    assert [option.code for option in product.options] == ["color", "size"]
    assert [(one.sku, one.options["size"], one.weight_g) for one in product.variants] == [
        ("SHIRT-M", "m", 250),
        ("SHIRT-L", "l", 250),
    ]
    first = product.variants[0]
    assert (first.price, first.compare_at, first.stock) == (Decimal("900.00"), Decimal("1290.00"), None)
    assert first.gtin == "4006381333931"
    assert [(one.code, one.value) for one in product.attributes] == [("wash", {"en": "Cold, by hand"})]
    assert [picture.url for picture in product.pictures or ()] == [
        "https://shop.example/a.jpg",
        "https://shop.example/b.jpg",
    ]


def test_a_wrong_item_takes_its_product_down_and_no_other() -> None:
    other = shirt(b"S").replace(b"shirt</g:item_group_id>", b"other</g:item_group_id>").replace(b"SHIRT-S", b"OTHER")
    products, problems = read(HEAD + shirt(b"M") + shirt(b"L", b"12.00 USD") + other + FOOT)
    assert [product.external_id for product in products] == ["other"]
    wrong = [found for found in problems if found.severity == "failed"]
    assert [(found.code, found.column, found.line) for found in wrong] == [("price_currency", "price", 25)]
    assert "THB" in str(wrong[0])


def test_atom_and_items_without_a_group_are_read() -> None:
    atom = (
        b'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><entry><g:id>A-1</g:id>'
        b'<title>Cup</title><summary>Clay.</summary><link href="https://x.example/p/cup"/><g:price>5 THB</g:price>'
        b"<g:availability>out of stock</g:availability></entry></feed>"
    )
    products, problems = read(atom)
    assert problems == []
    assert (products[0].external_id, products[0].slug, products[0].description) == (
        "A-1",
        {"en": "cup"},
        {"en": "Clay."},
    )
    assert products[0].variants[0].stock == 0


def test_the_table_says_the_same() -> None:
    table = (
        "id\titem group id\ttitle\tprice\tsale_price\tsize\tproduct_type\tproduct_detail\n"
        "SHIRT-M\tshirt\tShirt\t1290.00 THB\t900.00 THB\tM\tClothes > Shirts\tCare:Wash:Cold\n"
        "SHIRT-L\tshirt\tShirt\tx THB\t\tL\t\t\n"
        "CUP\t\tCup\t5.00 THB\t\t\t\t\n"
    )
    products, problems = read(table.encode("utf-16"))
    assert [product.external_id for product in products] == ["CUP"]
    assert [(found.code, found.line, found.column) for found in problems] == [("price", 3, "price")]
    products, problems = read(table.replace("x THB", "1290.00 THB").encode())
    assert problems == [] and len(products[0].variants) == 2
    assert products[0].attributes[0].value == {"en": "Cold"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<!DOCTYPE rss [<!ENTITY a "x">]>' + HEAD[22:] + shirt(b"M") + FOOT, "xml_forbidden"),
        (b'<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/x.dtd">' + HEAD[22:] + FOOT, "xml_forbidden"),
        (b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r><item>&x;</item></r>', "xml_forbidden"),
        (b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><r>&b;</r>', "xml_forbidden"),
        (HEAD + b"<item><title>&undefined;</title></item>", "xml"),
        (HEAD + b"<item><title>never closed", "xml"),
        (HEAD + FOOT, "no_products"),
        (b'<?xml version="1.0" encoding="klingon"?><rss/>', "xml"),
        (HEAD + b"<item><title>" + b"x" * (5 << 20) + b"</title></item>" + FOOT, "line_too_long"),
        (b"", "empty"),
    ],
)
def test_xml_that_means_harm_or_is_none_is_refused(content: bytes, code: str) -> None:
    """UPL-12: no entity is expanded, nothing is opened; what came before the fault is not made up for."""
    products, problems = read(content)
    assert products == [] and [found.code for found in problems if found.is_fatal] == [code]


def test_an_inclusion_is_only_an_element() -> None:
    inside = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
    products, _ = read(HEAD + shirt(b"M").replace(b"<title>Shirt", b"<title>Shirt" + inside) + FOOT)
    assert products[0].title == {"en": "Shirt"}
