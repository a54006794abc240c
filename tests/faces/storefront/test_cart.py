"""A cart through the browser's eyes: what is refused changes nothing."""

from __future__ import annotations

import re

import pytest

from tests.faces.storefront.conftest import House, Visitor, value_of

FOREIGN = [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil.example"}]


def line_of(visitor: Visitor) -> str:
    found = re.search(r'action="/en/cart/lines/(cln_[0-9a-z]+)"', visitor.get("/en/cart").text)
    assert found is not None
    return found[1]


def quantity_of(visitor: Visitor) -> str:
    return value_of(visitor.get("/en/cart"), "quantity")


def test_what_is_added_is_in_the_cart(thai: Visitor) -> None:
    answer = thai.add_scarf("l", 2)
    assert answer.status_code == 303
    cart = thai.get(answer.headers["Location"])
    assert "It is in your cart" in cart.text
    assert "2,980.00" in cart.text
    assert "Large" in cart.text


def test_the_cart_is_known_by_a_cookie_that_script_cannot_read(thai: Visitor) -> None:
    cookies = thai.add_scarf().headers.getlist("Set-Cookie")
    token = next(cookie for cookie in cookies if cookie.startswith("cart="))
    assert "HttpOnly" in token and "SameSite=Lax" in token and "Path=/" in token and "Domain" not in token
    assert any(cookie.startswith("cart_count=1;") for cookie in cookies)


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_form_of_another_site_is_refused(thai: Visitor, headers: dict[str, str]) -> None:
    before = thai.count("orders_carts")
    assert thai.add_scarf(headers=headers).status_code == 403
    assert thai.count("orders_carts") == before


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"quantity": "6"}, 409),
        ({"quantity": "0"}, 422),
        ({"quantity": "-1"}, 422),
        ({"quantity": "x"}, 422),
        ({"quantity": "1.5"}, 422),
        ({"quantity": "99999999999999999999"}, 422),
        ({"product": "plain", "size": "l"}, 409),
    ],
)
def test_a_refused_addition_changes_nothing(thai: Visitor, values: dict[str, str], status: int) -> None:
    before = (thai.count("orders_carts"), thai.count("orders_cart_lines"))
    answer = thai.post("/en/cart/lines", {"product": "scarf", "size": "m", "quantity": "1", **values})
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert (thai.count("orders_carts"), thai.count("orders_cart_lines")) == before


def test_a_product_that_does_not_exist_is_404(thai: Visitor) -> None:
    before = thai.count("orders_carts")
    assert thai.post("/en/cart/lines", {"product": "none", "quantity": "1"}).status_code == 404
    assert thai.count("orders_carts") == before


def test_a_quantity_is_changed_and_a_line_removed(thai: Visitor) -> None:
    thai.add_scarf("m", 1)
    line = line_of(thai)
    assert thai.post(f"/en/cart/lines/{line}", {"quantity": "3"}).status_code == 303
    assert quantity_of(thai) == "3"
    assert thai.post(f"/en/cart/lines/{line}/removal", {}).status_code == 303
    assert "Your cart is empty" in thai.get("/en/cart").text
    assert thai.post(f"/en/cart/lines/{line}/removal", {}).status_code == 303


@pytest.mark.parametrize(("quantity", "status"), [("6", 409), ("x", 422), ("-3", 422), ("", 422)])
def test_a_refused_change_leaves_the_line_as_it_was(thai: Visitor, quantity: str, status: int) -> None:
    thai.add_scarf("m", 2)
    answer = thai.post(f"/en/cart/lines/{line_of(thai)}", {"quantity": quantity})
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert quantity_of(thai) == "2"


def test_a_line_of_another_cart_cannot_be_touched(thai: Visitor, thai_house: House, kuwaiti: Visitor) -> None:
    thai.add_scarf("m", 2)
    line = line_of(thai)
    for stranger in (thai_house.visit(), kuwaiti):
        stranger.add_scarf("m", 1)
        for path in (f"/en/cart/lines/{line}", f"/en/cart/lines/{line}/removal"):
            assert stranger.post(path, {"quantity": "1"}).status_code == 303
        assert quantity_of(stranger) == "1"
    assert quantity_of(thai) == "2"


def test_a_cookie_that_names_no_cart_is_an_empty_cart(thai: Visitor) -> None:
    thai.client.set_cookie("cart", "made-up", domain=thai.host)
    assert "Your cart is empty" in thai.get("/en/cart").text
    assert thai.get("/en/checkout").headers["Location"] == "/en/cart"
