"""Every page answers, in its language, within its number of statements; what is not there is 404."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from tests.faces.storefront.conftest import SLUGS, Visitor
from tests.harness.statements import count_statements

BOUNDS = {
    "/en/": 4,
    "/en/c/cloth": 6,
    "/en/p/scarf": 9,
    "/en/search?q=silk": 5,
    "/en/about": 2,
    "/en/cart": 5,
    "/en/checkout": 9,
}
"""Statements; where goods have pictures, those of a list are one more."""


@pytest.mark.parametrize("path", BOUNDS)
def test_a_page_costs_no_more_statements_than_it_may(thai: Visitor, path: str) -> None:
    thai.add_scarf()
    thai.get(path)
    with count_statements() as statements:
        page = thai.get(path)
    assert page.status_code == 200
    assert statements.count <= BOUNDS[path], "\n".join(statements.asked)


def test_a_page_of_many_products_costs_as_much_as_one_of_few(thai: Visitor) -> None:
    thai.get("/en/c/cloth")
    with count_statements() as few:
        thai.get("/en/c/cloth?size=x&f.size=l")
    with count_statements() as many:
        thai.get("/en/c/cloth")
    assert many.count == few.count


def test_the_front_page_shows_the_sections_of_the_document(thai: Visitor) -> None:
    page = thai.get("/en/")
    for words in ("Welcome home", "On the table", "Where it began", "Ground on Thursdays", "Held safely", "Silk scarf"):
        assert words in page.text
    assert 'href="/en/c/cloth"' in page.text
    assert "evil.example" not in page.text


def test_a_page_keeps_its_place_in_another_language(thai: Visitor) -> None:
    page = thai.get("/en/p/scarf?size=l")
    thai_path = f"/p/{quote(SLUGS['th'])}"
    assert f'href="{thai_path}?size=l"' in page.text
    assert f'hreflang="th" href="http://{thai.host}' in page.text
    assert '<html lang="en" dir="ltr"' in page.text
    assert thai.get(thai_path).status_code == 200
    search = thai.get("/en/search?q=silk")
    assert 'href="/search?q=silk"' in search.text


def test_arabic_is_written_from_the_right(kuwaiti: Visitor) -> None:
    page = kuwaiti.get("/")
    assert '<html lang="ar" dir="rtl" data-shape="arch"' in page.text


def test_a_product_says_price_tax_and_stock(thai: Visitor) -> None:
    page = thai.get("/en/p/scarf")
    assert "1,290.00" in page.text
    assert "incl. VAT" in page.text
    assert "Only 5 left" in page.text
    assert '<meta itemprop="price" content="1290.00">' in page.text
    assert 'itemprop="priceCurrency" content="THB"' in page.text
    chosen = thai.get("/en/p/scarf?size=l")
    assert "Only 2 left" in chosen.text
    assert '<meta itemprop="price" content="1490.00">' in chosen.text


def test_a_category_can_be_narrowed_without_script(thai: Visitor) -> None:
    everything = thai.get("/en/c/cloth")
    assert ">2 items</p>" in everything.text
    narrowed = thai.get("/en/c/cloth?price_from=1000")
    assert ">1 item</p>" in narrowed.text
    nothing = thai.get("/en/c/cloth?price_from=99999")
    assert "Nothing here fits these filters" in nothing.text
    assert nothing.status_code == 200


BROKEN = ["price_from=abc", "price_from=" + "9" * 40, "price_to=1.2345", "page=0", "page=-1", "page=x", "page=99999999"]
BROKEN += ["sort=drop", "f.=x", "f.none=", "available=perhaps"]


@pytest.mark.parametrize("query", BROKEN)
def test_a_broken_query_shows_the_page_anyway(thai: Visitor, query: str) -> None:
    page = thai.get(f"/en/c/cloth?{query}")
    assert page.status_code == 200
    assert ">2 items</p>" in page.text


def test_a_search_without_results_helps(thai: Visitor) -> None:
    page = thai.get("/en/search?q=zzzzqqqq")
    assert page.status_code == 200
    assert "We found nothing for “zzzzqqqq”" in page.text
    assert 'href="/en/c/cloth"' in page.text
    assert "Silk scarf" in page.text


def test_suggestions_lead_somewhere(thai: Visitor) -> None:
    found = thai.get("/en/search/suggestions?q=sil").get_json()
    assert found
    for one in found:
        assert thai.get(one["address"]).status_code == 200
    assert thai.get("/en/search/suggestions?q=").get_json() == []


def test_what_was_typed_is_never_markup(thai: Visitor) -> None:
    page = thai.get("/en/search?q=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in page.text


def test_a_page_of_the_document_is_shown_and_no_other(thai: Visitor) -> None:
    assert "เรื่องของเรา" in thai.get("/about").text
    assert thai.get("/en/about").text.count("<p>One</p>") == 1
    assert thai.get("/nothing-here").status_code == 404


@pytest.mark.parametrize("path", ["/p/none", "/c/none", "/orders/none", "/checkout/return/none", "/x/y"])
def test_what_is_not_there_is_404_with_a_way_on(thai: Visitor, path: str) -> None:
    page = thai.get(f"/en{path}")
    assert page.status_code == 404
    assert "To the front page" in page.text
    assert 'name="q"' in page.text


def test_a_host_that_is_nobodys_is_a_plain_404(thai: Visitor) -> None:
    answer = thai.client.get("/", base_url="http://nobody.localhost")
    assert answer.status_code == 404
    assert answer.content_type.startswith("text/plain")


def test_the_sitemap_names_every_page_in_every_language(thai: Visitor) -> None:
    sitemap = thai.get("/sitemap.xml").text
    locations = re.findall(r"<loc>(.*?)</loc>", sitemap)
    origin = f"http://{thai.host}:{thai.scope.settings.port}"
    assert f"{origin}/en/p/scarf" in locations
    assert f"{origin}/p/{quote(SLUGS['th'])}" in locations
    for location in locations:
        assert thai.get(location.removeprefix(origin)).status_code == 200
    robots = thai.get("/robots.txt").text
    assert "Disallow: /en/checkout" in robots and f"Sitemap: {origin}/sitemap.xml" in robots


def test_pages_that_can_be_kept_are_the_same_for_everyone(thai: Visitor) -> None:
    thai.add_scarf()
    for path in ("/en/", "/en/c/cloth", "/en/p/scarf", "/en/search?q=silk"):
        page = thai.get(path)
        assert "Set-Cookie" not in page.headers
    assert thai.get("/en/cart").headers["Cache-Control"] == "no-store"
