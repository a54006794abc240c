"""Each tax is named with its rate, from the price of a product to the page of its order, in India and Japan."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from app.domains.catalogue.types import VariantInput
from tests.faces.storefront.conftest import House, Visitor, value_of
from tests.factories.catalogue import product
from tests.factories.orders import ADDRESSES
from tests.factories.search import sell

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def indian_house(open_house: Callable[[str], House]) -> House:
    return open_house("in")


@pytest.fixture(scope="module")
def japanese_house(open_house: Callable[[str], House]) -> House:
    return open_house("jp")


def stock(house: House, price: str, tax_category: str) -> str:
    """A product with five pieces; its slug."""
    slug = f"taxed-{next(_numbers)}"
    sold = VariantInput(slug.upper(), {}, price=Decimal(price), stock=5)
    wanted = product(external_id=slug, slug={"en": slug}, options=(), variants=(sold,), tax_category=tax_category)
    sell(house.scope, wanted)
    return slug


def fill(visitor: Visitor, slug: str) -> None:
    assert visitor.post("/en/cart/lines", {"product": slug, "quantity": "1"}).status_code == 303


def checkout(visitor: Visitor, market: str, prefix: str = "/en", **changes: str) -> dict[str, str]:
    """The filled form; the summary has been shown for it."""
    form = {
        "email": "shopper@example.com",
        "phone": {"in": "098765 43210", "jp": "090-1234-5678"}[market],
        "delivery": "standard",
        "gateway": "cod",
        **{name: value for name, value in ADDRESSES[market].items() if name != "country_code"},
        **changes,
    }
    page = visitor.post(f"{prefix}/checkout/summary", form)
    return {**form, **{name: value_of(page, name) for name in ("idempotency_key", "expected_total_minor")}}


@pytest.mark.parametrize(
    ("market", "category", "prefix", "said"),
    [
        ("in", "standard", "/en", "incl. GST 18%"),
        ("in", "reduced", "/en", "incl. GST 5%"),
        ("in", "precious", "/en", "incl. GST 3%"),
        ("jp", "standard", "/en", "incl. Consumption tax 10%"),
        ("jp", "reduced", "/en", "incl. ※ Consumption tax 8% (reduced rate)"),
        ("jp", "reduced", "", "※ 消費税8%（軽減税率）"),
        ("in", "standard", "", "जीएसटी 18%"),
    ],
)
def test_the_page_of_a_product_names_its_tax_with_the_rate(
    request: pytest.FixtureRequest, market: str, category: str, prefix: str, said: str
) -> None:
    house: House = request.getfixturevalue({"in": "indian_house", "jp": "japanese_house"}[market])
    page = house.visit().get(f"{prefix}/p/{stock(house, '1180', category)}", follow_redirects=True)
    assert page.status_code == 200 and said in page.text


def test_a_category_that_the_pack_does_not_know_shows_a_price_without_its_tax(indian_house: House) -> None:
    page = indian_house.visit().get(f"/en/p/{stock(indian_house, '1180', 'unheard_of')}")
    assert page.status_code == 200 and "₹1,180.00" in page.text and "buy__tax" not in page.text


def test_the_state_that_is_chosen_names_the_taxes_of_the_summary(indian_house: House) -> None:
    visitor = indian_house.visit()
    fill(visitor, stock(indian_house, "118000", "standard"))
    page = visitor.get("/en/checkout")
    assert "incl. GST 18%" in page.text and "CGST" not in page.text
    assert re.search(r'<select[^>]* name="country_area"[^>]* data-changes-total', page.text), "the script asks again"
    assert "₹1,18,000.00" in page.text and "PIN code" in page.text and ">Karnataka<" in page.text
    own = visitor.post("/en/checkout/summary", {"country_area": "Karnataka"}, headers={"X-Fragment": "summary"})
    assert "incl. CGST 9%" in own.text and "incl. SGST 9%" in own.text and "GST 18%" not in own.text
    other = visitor.post("/en/checkout/summary", {"country_area": "Kerala"}, headers={"X-Fragment": "summary"})
    assert "incl. IGST 18%" in other.text and "CGST" not in other.text
    unknown = visitor.post("/en/checkout/summary", {"country_area": "Gondor"}, headers={"X-Fragment": "summary"})
    assert "incl. GST 18%" in unknown.text


def test_an_indian_order_is_placed_from_the_form_and_names_its_taxes(indian_house: House) -> None:
    visitor = indian_house.visit()
    fill(visitor, stock(indian_house, "1180", "standard"))
    wrong = visitor.post("/en/checkout", checkout(visitor, "in") | {"postal_code": "110001"})
    assert wrong.status_code == 422 and 'id="error-postal_code"' in wrong.text
    answer = visitor.post("/en/checkout", checkout(visitor, "in"))
    assert answer.status_code == 303, answer.text
    page = visitor.get(urlsplit(answer.headers["Location"]).path)
    for words in ("incl. CGST 9%", "incl. SGST 9%", "₹1,225.00", "098765 43210", "22 November 2026"):
        assert words in page.text


def test_a_japanese_order_writes_its_address_from_the_large_to_the_small(japanese_house: House) -> None:
    visitor = japanese_house.visit()
    fill(visitor, stock(japanese_house, "1080", "reduced"))
    form = visitor.get("/checkout")
    assert form.text.index('name="postal_code"') < form.text.index('name="country_area"')
    assert form.text.index('name="country_area"') < form.text.index('name="street_address"')
    answer = visitor.post("/checkout", checkout(visitor, "jp", "", postal_code="1000005"))
    assert answer.status_code == 303, answer.text
    page = visitor.get(urlsplit(answer.headers["Location"]).path)
    address = page.text[page.text.index("<address>") :]
    assert address.index("〒100-0005") < address.index("東京都") < address.index("丸の内") < address.index("山田 花子")
    assert "※ 消費税8%（軽減税率）" in page.text and "消費税10%" in page.text
    assert "2026年11月22日" in page.text and "090-1234-5678" in page.text
    assert '<span class="tax-mark">※</span>' in page.text
