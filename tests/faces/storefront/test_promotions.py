"""Promotions as shoppers see them: struck prices, codes with clear refusals, discounts from the cart to the letter."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import text

from app.domains.orders.actions.letters import confirm_order
from app.kit.ids import from_uuid
from tests.faces.storefront.conftest import House, Visitor
from tests.faces.storefront.test_checkout import form_of
from tests.factories.promotions import fixed, percent, run_coupon, run_promotion
from tests.harness.statements import count_statements


@pytest.fixture
def house(open_house: Callable[[str], House]) -> House:
    """A Thai storefront of its own: its promotions are nobody else's."""
    return open_house("th")


@pytest.fixture
def visitor(house: House) -> Visitor:
    return house.visit()


def test_prices_are_struck_on_cards_and_products_for_one_statement_more(house: House, visitor: Visitor) -> None:
    counts = {}
    for path in ("/en/c/cloth", "/en/p/scarf", "/en/"):
        visitor.get(path)
        with count_statements() as before:
            visitor.get(path)
        counts[path] = before.count
    for code in ("one", "two"):
        run_promotion(house.scope, percent("0.1"), kind="catalogue", name={"en": f"Season {code}"}, code=code)
    for path, count in counts.items():
        with count_statements() as after:
            page = visitor.get(path).text
        assert after.count == count, "what runs is asked for once a page, whether anything runs or not"
        assert "Season one" in page
    page = visitor.get("/en/p/scarf").text
    assert re.search(r'price__now">[^<]*1,044\.90', page) and re.search(r"<s [^>]*><bdi>[^<]*1,290\.00", page)
    assert '<meta itemprop="price" content="1044.90">' in page


def test_a_code_is_refused_with_its_reason_and_the_cart_stays(house: House, visitor: Visitor) -> None:
    run_coupon(house.scope, "SOON", starts_local="2026-12-01T00:00")
    run_coupon(house.scope, "PAST", ends_local="2026-11-01T00:00")
    visitor.add_scarf()
    for code, sentence in (
        ("NEVER", "We do not know this code."),
        ("SOON", "This code is not valid yet."),
        ("PAST", "This code has expired."),
    ):
        page = visitor.post("/en/cart/coupon", {"coupon": code})
        assert page.status_code == 422 and sentence in page.text and f'value="{code}"' in page.text
        with house.scope.transaction() as unit:
            kept = unit.db.execute(text("SELECT count(*) FROM orders_carts WHERE coupon <> ''")).scalar_one()
        assert kept == 0


def test_a_code_from_the_cart_to_the_order_and_its_letter(house: House, visitor: Visitor) -> None:
    run_coupon(house.scope, "Big-Cart", fixed(20000), minimum_minor=200000, name={"en": "Big cart"})
    visitor.add_scarf()
    assert visitor.post("/en/cart/coupon", {"coupon": "big cart"}).status_code == 303
    waiting = visitor.get("/en/cart").text
    assert "Big-Cart" in waiting and "710.00 more to use this code" in waiting
    visitor.add_scarf()
    cart = visitor.get("/en/cart").text
    assert "Big cart" in cart and "200.00 off in this cart" in cart and "2,380.00" in cart
    checkout = visitor.get("/en/checkout").text
    assert "Big cart" in checkout and "With the code Big-Cart" in checkout
    placed = visitor.post("/en/checkout", form_of(visitor, gateway="cod"))
    assert placed.status_code == 303, placed.text
    order = visitor.get(placed.headers["Location"]).text
    assert "Big cart" in order and "-THB 200.00" in order.replace("\N{NO-BREAK SPACE}", " ")
    with house.scope.transaction() as unit:
        group_id = unit.db.execute(text("SELECT id FROM orders_groups WHERE placed_at IS NOT NULL")).scalar_one()
        confirm_order(unit, from_uuid("grp", group_id))
        letter = unit.db.execute(text("SELECT text FROM content_messages WHERE kind = 'order_placed'")).scalar_one()
    assert "Big cart" in letter


def test_a_code_is_taken_off_again(house: House, visitor: Visitor) -> None:
    run_coupon(house.scope, "OFF", fixed(1000))
    visitor.add_scarf()
    visitor.post("/en/cart/coupon", {"coupon": "OFF"})
    assert "10.00 off in this cart" in visitor.get("/en/cart").text
    assert visitor.post("/en/cart/coupon/removal", {}).status_code == 303
    assert "off in this cart" not in visitor.get("/en/cart").text


def test_what_is_missing_for_a_promotion_is_said(house: House, visitor: Visitor) -> None:
    run_promotion(house.scope, fixed(1000), minimum_minor=150000, name={"en": "Full basket"})
    visitor.add_scarf()
    assert "210.00 more, and you get: Full basket" in visitor.get("/en/cart").text
