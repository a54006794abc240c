"""A shopper's way through the account: in by code, by password, by link; own pages; out again."""

from __future__ import annotations

import json
import re

import pytest
from werkzeug.test import TestResponse

from app.domains.identity.types import Site
from app.kit import ids
from tests.faces.storefront.conftest import House, Visitor, value_of
from tests.factories.orders import ADDRESSES
from tests.factories.shoppers import PASSWORD, Authenticator, last_letter
from tests.harness.statements import count_statements

PLACE = {**ADDRESSES["th"], "phone": "081 234 5678"}


def mailbox() -> str:
    return f"{ids.new_code(8).lower()}@example.com"


def sign_up(visitor: Visitor, email: str, password: str = PASSWORD, **options: str) -> TestResponse:
    asked = visitor.post("/en/account/sign-up", {"email": email, "name": "Malee"})
    assert asked.status_code == 303, asked.text
    code = last_letter(visitor.scope, email).code
    return visitor.post("/en/account/sign-in/code", {"code": code, "new_password": password})


@pytest.fixture
def email() -> str:
    return mailbox()


@pytest.fixture
def shopper(thai: Visitor, email: str) -> Visitor:
    """A visitor who has just signed up."""
    assert sign_up(thai, email).status_code == 303
    return thai


def test_one_signs_up_out_and_in_again(thai: Visitor, email: str) -> None:
    answer = sign_up(thai, email)
    assert answer.headers["Location"] == "/en/account"
    (cookie,) = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("shopper=")]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert "Hello Malee" in thai.get("/en/account").text
    token = cookie.partition("=")[2].partition(";")[0]
    thai.post("/en/account/sign-out", {})
    assert thai.get("/en/account").headers["Location"] == "/en/account/sign-in"
    thai.client.set_cookie("shopper", token, domain=thai.host)
    assert thai.get("/en/account").status_code == 303
    answer = thai.post("/en/account/sign-in?next=/account/orders", {"email": email, "password": PASSWORD})
    assert answer.headers["Location"] == "/en/account/orders"
    assert thai.get("/en/account/orders").status_code == 200


def test_what_is_said_is_the_same_for_known_and_unknown(shopper: Visitor, thai_house: House, email: str) -> None:
    """AUT-01."""
    for path, form in (
        ("/en/account/sign-in", {"password": "wrong wrong wrong"}),
        ("/en/account/sign-in/codes", {}),
        ("/en/account/sign-up", {"name": "N"}),
        ("/en/account/new-password", {}),
    ):
        answers = []
        for wanted in (email, "n" + email[1:]):
            guest = thai_house.visit()
            answer = guest.post(path, {"email": wanted, **form})
            page = guest.get(answer.headers["Location"]) if answer.status_code == 303 else answer
            said = re.sub(r"req_\w+", "", page.text.replace(wanted, "(mail)"))
            names = sorted(one.partition("=")[0] for one in answer.headers.getlist("Set-Cookie"))
            answers.append((answer.status_code, answer.headers.get("Location"), names, said))
        assert answers[0] == answers[1], path


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "/account/sign-in"])
def test_the_way_on_stays_on_this_site(shopper: Visitor, email: str, wanted: str) -> None:
    shopper.post("/en/account/sign-out", {})
    answer = shopper.post("/en/account/sign-in", {"email": email, "password": PASSWORD}, query_string={"next": wanted})
    assert answer.headers["Location"] == "/en/account"


def test_a_session_of_one_house_is_nobody_at_another(shopper: Visitor, kuwaiti: Visitor) -> None:
    cookie = shopper.client.get_cookie("shopper", domain=shopper.host)
    assert cookie is not None
    kuwaiti.client.set_cookie("shopper", cookie.value, domain=kuwaiti.host)
    assert kuwaiti.get("/en/account").headers["Location"] == "/en/account/sign-in"


def test_a_flipped_cookie_is_nobody(shopper: Visitor) -> None:
    """AUT-09."""
    cookie = shopper.client.get_cookie("shopper", domain=shopper.host)
    assert cookie is not None
    shopper.client.set_cookie(
        "shopper", cookie.value[:-1] + ("A" if cookie.value[-1] != "A" else "B"), domain=shopper.host
    )
    assert shopper.get("/en/account").status_code == 303


def test_an_account_s_forms_are_refused_from_elsewhere_and_without_a_session(thai: Visitor, shopper: Visitor) -> None:
    """AUT-10."""
    before = thai.count("identity_shopper_addresses"), thai.count("identity_shopper_sessions")
    answer = shopper.post("/en/account/addresses", PLACE, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    shopper.client.delete_cookie("shopper", domain=shopper.host)
    for path in ("/en/account/addresses", "/en/account/security/sessions/end", "/en/account/orders/claims"):
        assert shopper.post(path, PLACE).status_code == 401
    assert (thai.count("identity_shopper_addresses"), thai.count("identity_shopper_sessions")) == before


def test_a_guest_s_page_looks_nobody_up(thai: Visitor, shopper: Visitor) -> None:
    thai.get("/en/p/scarf")
    with count_statements() as with_cookie:
        thai.get("/en/p/scarf")
    shopper.client.delete_cookie("shopper", domain=shopper.host)
    with count_statements() as without:
        thai.get("/en/p/scarf")
    assert without.count == with_cookie.count - 1, "\n".join(with_cookie.asked)


def test_the_cart_comes_along_and_the_checkout_knows_the_address(thai: Visitor, email: str, goods: str) -> None:
    thai.post("/en/cart/lines", {"product": goods, "quantity": "2"})
    sign_up(thai, email)
    assert 'value="2"' in thai.get("/en/cart").text
    assert thai.post("/en/account/addresses", {**PLACE, "postal_code": "x"}).status_code == 422
    assert thai.post("/en/account/addresses", PLACE).headers["Location"] == "/en/account/addresses"
    page = thai.get("/en/checkout")
    assert value_of(page, "email") == email
    assert value_of(page, "postal_code") == "10110"
    form = {name: value_of(page, name) for name in ("idempotency_key", "expected_total_minor")}
    contact = {"email": email, "delivery": "standard", "gateway": "cod"}
    summary = thai.post("/en/checkout/summary", {**PLACE, **contact})
    form = {name: value_of(summary, name) for name in form}
    answer = thai.post("/en/checkout", {**PLACE, **contact, **form})
    assert "/orders/" in answer.headers["Location"], answer.text
    listed = thai.get("/en/account/orders").text
    number = re.search(r"/account/orders/(\d+)", listed)
    assert number is not None
    assert goods.upper() in thai.get(f"/en/account/orders/{number[1]}").text
    thai.post("/en/account/sign-out", {})
    other = mailbox()
    sign_up(thai, other)
    assert thai.get(f"/en/account/orders/{number[1]}").status_code == 404
    assert thai.get("/en/account/orders/x").status_code == 404


def test_addresses_are_kept_changed_and_removed(shopper: Visitor) -> None:
    shopper.post("/en/account/addresses", PLACE)
    page = shopper.get("/en/account/addresses").text
    found = re.search(r"/account/addresses/(adr_\w+)", page)
    assert found is not None
    way = f"/en/account/addresses/{found[1]}"
    assert value_of(shopper.get(way), "city") == PLACE["city"]
    assert shopper.post(way, {**PLACE, "city": "ปทุมวัน"}).status_code == 303
    assert "ปทุมวัน" in shopper.get("/en/account/addresses").text
    shopper.post(f"{way}/removal", {})
    assert found[1] not in shopper.get("/en/account/addresses").text


def test_a_password_is_changed_and_the_page_says_what_is_wrong(shopper: Visitor, email: str) -> None:
    way = "/en/account/security/password"
    refused = shopper.post(way, {"password": "wrong wrong", "new_password": "another quiet boat"})
    assert refused.status_code == 422 and "not your current password" in refused.text
    assert shopper.post(way, {"password": PASSWORD, "new_password": "short"}).status_code == 422
    assert shopper.post(way, {"password": PASSWORD, "new_password": "another quiet boat"}).status_code == 303
    shopper.post("/en/account/sign-out", {})
    assert shopper.post("/en/account/sign-in", {"email": email, "password": PASSWORD}).status_code == 422


def test_a_link_of_a_letter_changes_nothing_until_its_form_is_sent(thai: Visitor, shopper: Visitor, email: str) -> None:
    thai.post("/en/account/new-password", {"email": email})
    link = f"/en/account/new-password/{last_letter(thai.scope, email).link}"
    for _ in range(2):
        assert email in thai.get(link).text
    assert thai.post(link, {"new_password": "another quiet boat"}).status_code == 303
    assert thai.get(link).status_code == 409


def test_sessions_are_listed_and_ended(shopper: Visitor, thai_house: House, email: str) -> None:
    other = thai_house.visit()
    other.post("/en/account/sign-in", {"email": email, "password": PASSWORD})
    page = shopper.get("/en/account/security").text
    (ended,) = re.findall(r"/account/security/sessions/(shs_\w+)/end", page)
    assert shopper.post(f"/en/account/security/sessions/{ended}/end", {}).status_code == 303
    assert other.get("/en/account").status_code == 303
    shopper.post("/en/account/security/sessions/end", {})
    assert shopper.get("/en/account").status_code == 303


def test_an_address_of_a_mailbox_is_changed_with_its_code(shopper: Visitor) -> None:
    new = mailbox()
    shopper.post("/en/account/security/email", {"email": new})
    assert new in shopper.get("/en/account/security").text
    code = last_letter(shopper.scope, new).code
    assert shopper.post("/en/account/security/email/code", {"code": "x"}).status_code == 422
    assert shopper.post("/en/account/security/email/code", {"code": code}).status_code == 303
    assert new in shopper.get("/en/account").text


def test_a_passkey_is_added_and_signs_in(shopper: Visitor, thai_house: House) -> None:
    device = Authenticator(Site(shopper.host, f"http://{shopper.host}"))
    options = shopper.post("/en/account/security/passkeys/challenge", {}).text
    assert json.loads(options)["rp"]["id"] == shopper.host
    assert shopper.post("/en/account/security/passkeys", {"credential": device.create(options)}).status_code == 303
    other = thai_house.visit()
    options = other.post("/en/account/sign-in/passkeys/challenge", {}).text
    answer = other.post("/en/account/sign-in/passkeys", {"credential": device.get(options)})
    assert answer.headers["Location"] == "/en/account"
    assert "Hello Malee" in other.get("/en/account").text
    assert other.post("/en/account/sign-in/passkeys", {"credential": device.get(options)}).status_code == 422


def test_a_wish_is_kept_without_an_account_and_comes_along(thai: Visitor, email: str, goods: str) -> None:
    page = thai.get(f"/en/p/{goods}").text
    found = re.search(r'action="/en/wish-list/items".*?value="(prd_\w+)"', page, re.DOTALL)
    assert found is not None
    assert thai.post("/en/wish-list/items", {"product": ids.new("prd")}).status_code == 404
    assert thai.post("/en/wish-list/items", {"product": found[1]}).headers["Location"] == "/en/wish-list"
    assert f"/en/p/{goods}" in thai.get("/en/wish-list").text
    sign_up(thai, email)
    assert thai.get("/en/wish-list/items").json == [found[1]]
    answer = thai.post("/en/wish-list/items/removal", {"product": found[1]}, headers={"X-Fragment": "wish"})
    assert answer.status_code == 204
    assert thai.get("/en/wish-list/items").json == []
