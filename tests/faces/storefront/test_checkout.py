"""From the cart to an order that stands, by form alone. What is refused has changed nothing."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from app.domains.payments.models import AttemptRow
from tests.faces.storefront.conftest import House, Visitor, value_of
from tests.factories.orders import ADDRESSES
from tests.harness.provider import SandboxProvider

TABLES = ("orders_groups", "orders_orders", "payments_attempts", "inventory_reservations", "ledger_transactions")


def kept(visitor: Visitor) -> dict[str, int]:
    return {table: visitor.count(table) for table in TABLES}


def fill(visitor: Visitor, slug: str, quantity: int = 1) -> None:
    answer = visitor.post("/en/cart/lines", {"product": slug, "quantity": str(quantity)})
    assert answer.status_code == 303, answer.text


def form_of(visitor: Visitor, **changes: str) -> dict[str, str]:
    """The form of the page, filled in as a shopper would; the total is the one of the choices."""
    form = {
        "email": "shopper@example.com",
        "phone": "081 234 5678",
        "delivery": "standard",
        "gateway": "cod",
        **{name: value for name, value in ADDRESSES["th"].items() if name != "country_code"},
        **changes,
    }
    page = visitor.post("/en/checkout/summary", form)
    assert page.status_code == 200
    hidden = {name: value_of(page, name) for name in ("idempotency_key", "expected_total_minor")}
    return {**form, **hidden, **changes}


def test_an_order_that_is_paid_at_the_door(thai: Visitor, goods: str) -> None:
    fill(thai, goods, 2)
    page = thai.get("/en/checkout")
    for words in ("1,045.00", "VAT 7%", "Cash on delivery", "2 to 4 days", "Province"):
        assert words in page.text
    answer = thai.post("/en/checkout", form_of(thai))
    assert answer.status_code == 303
    order = thai.get(urlsplit(answer.headers["Location"]).path)
    for words in ("Thank you", "1,045.00", "shopper@example.com", "Ordered", "Cash on delivery", "10110"):
        assert words in order.text
    assert order.headers["Cache-Control"] == "no-store"
    assert "Your cart is empty" in thai.get("/en/cart").text


def test_the_same_form_twice_is_one_order(thai: Visitor, goods: str) -> None:
    fill(thai, goods)
    form = form_of(thai)
    token = thai.client.get_cookie("cart", domain=thai.host)
    assert token is not None
    first = thai.post("/en/checkout", form)
    before = kept(thai)
    thai.client.set_cookie("cart", token.value, domain=thai.host)
    second = thai.post("/en/checkout", form)
    assert (second.status_code, second.headers["Location"]) == (303, first.headers["Location"])
    assert kept(thai) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", ""),
        ("email", "nobody"),
        ("phone", "12"),
        ("name", " "),
        ("street_address", ""),
        ("city", ""),
        ("country_area", ""),
        ("country_area", "Atlantis"),
        ("postal_code", "99999"),
        ("delivery", ""),
        ("delivery", "teleport"),
        ("gateway", ""),
        ("gateway", "gold"),
    ],
)
def test_a_refused_form_keeps_the_words_and_changes_nothing(thai: Visitor, goods: str, field: str, value: str) -> None:
    fill(thai, goods)
    form = form_of(thai) | {field: value}
    before = kept(thai)
    page = thai.post("/en/checkout", form)
    assert page.status_code == 422
    assert f'href="#field-{field}"' in page.text
    assert "data-take-focus" in page.text
    assert f'id="error-{field}"' in page.text
    if field != "name":
        assert ADDRESSES["th"]["name"] in page.text
    assert value_of(page, "idempotency_key") != form["idempotency_key"]
    assert kept(thai) == before


def test_another_total_than_the_one_seen_is_asked_about(thai: Visitor, goods: str) -> None:
    fill(thai, goods)
    form = form_of(thai)
    before = kept(thai)
    page = thai.post("/en/checkout", form | {"delivery": "express"})
    assert page.status_code == 409
    assert "The total has changed" in page.text
    assert value_of(page, "expected_total_minor") == str(int(form["expected_total_minor"]) + 5000)
    assert kept(thai) == before
    for total in ("", "x", "-1", "9" * 30):
        assert thai.post("/en/checkout", form | {"expected_total_minor": total}).status_code == 409
    assert kept(thai) == before


def test_what_has_just_been_sold_sends_back_to_the_cart(thai: Visitor, goods: str, thai_house: House) -> None:
    fill(thai, goods, 3)
    form = form_of(thai)
    other = thai_house.visit()
    fill(other, goods, 4)
    assert other.post("/en/checkout", form_of(other)).status_code == 303
    before = kept(thai)
    answer = thai.post("/en/checkout", form)
    assert answer.headers["Location"] == "/en/cart"
    assert "Only 1 left" in thai.get("/en/cart").text
    assert kept(thai) == before


def test_a_form_of_another_site_orders_nothing(thai: Visitor, goods: str) -> None:
    fill(thai, goods)
    form = form_of(thai)
    before = kept(thai)
    assert thai.post("/en/checkout", form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert kept(thai) == before


def test_the_sum_alone_is_given_to_the_script(thai: Visitor, goods: str) -> None:
    fill(thai, goods)
    part = thai.post("/en/checkout/summary", {"delivery": "express"}, headers={"X-Fragment": "summary"})
    assert "595.00" in part.text
    assert "<html" not in part.text


def test_an_order_is_nobodys_in_another_tenant(thai: Visitor, goods: str, kuwaiti: Visitor) -> None:
    fill(thai, goods)
    address = urlsplit(thai.post("/en/checkout", form_of(thai)).headers["Location"]).path
    assert thai.get(address).status_code == 200
    assert kuwaiti.get(address).status_code == 404
    token = address.rpartition("/")[2]
    assert kuwaiti.get(f"/en/checkout/return/{token}").status_code == 404


def begin(visitor: Visitor, slug: str) -> tuple[str, str]:
    """Order with payment online: the provider's page, and the address that it leads back to."""
    fill(visitor, slug)
    answer = visitor.post("/en/checkout", form_of(visitor, gateway="sandbox"))
    assert answer.status_code == 303
    page = answer.headers["Location"]
    with visitor.scope.transaction() as unit:
        attempts = unit.db.execute(select(AttemptRow.redirect_url, AttemptRow.return_url)).all()
    back = next(attempt.return_url for attempt in attempts if attempt.redirect_url == page)
    return page, urlsplit(back).path


def press(provider: SandboxProvider, page: str, choice: str) -> None:
    provider.press(page.rsplit("/", 1)[-1].split("?")[0], choice)


def test_a_payment_online_goes_there_and_back(thai: Visitor, goods: str, provider: SandboxProvider) -> None:
    page, back = begin(thai, goods)
    assert page.startswith(provider.url)
    waiting = thai.get(back)
    assert waiting.status_code == 200
    assert "Your payment is being checked" in waiting.text
    assert '<noscript><meta http-equiv="refresh"' in waiting.text
    press(provider, page, "pay")
    answer = thai.get(back)
    assert answer.status_code == 303
    order = thai.get(urlsplit(answer.headers["Location"]).path)
    assert "Your money is held safely" in order.text
    assert "Your cart is empty" in thai.get("/en/cart").text


def test_whoever_goes_back_without_paying_orders_the_last_pieces_again(
    thai: Visitor, goods: str, thai_house: House, provider: SandboxProvider
) -> None:
    fill(thai, goods, 4)
    begin(thai, goods)  # five: all that there are
    assert thai.get("/en/checkout").status_code == 200
    assert "Sold out" not in thai.get("/en/cart").text
    again = thai.post("/en/checkout", form_of(thai, gateway="sandbox"))
    assert again.status_code == 303 and again.headers["Location"].startswith(provider.url)
    other = thai_house.visit()
    assert other.post("/en/cart/lines", {"product": goods, "quantity": "1"}).status_code != 303


def test_a_declined_payment_keeps_the_cart(thai: Visitor, goods: str, provider: SandboxProvider) -> None:
    page, back = begin(thai, goods)
    press(provider, page, "decline")
    told = thai.get(back)
    assert told.status_code == 200
    assert "Nothing was charged" in told.text
    again = thai.get("/en/checkout")
    typed = {name: value for name, value in form_of(thai).items() if name in ("email", "name", "postal_code", "city")}
    assert len(typed) == 4 and all(f'value="{value}"' in again.text for value in typed.values())


def test_the_page_of_an_order_that_is_not_paid_leads_to_its_payment(
    thai: Visitor, goods: str, provider: SandboxProvider
) -> None:
    _, back = begin(thai, goods)
    answer = thai.get(back.replace("/checkout/return/", "/orders/"))
    assert (answer.status_code, answer.headers["Location"]) == (303, back)


def message(visitor: Visitor, page: str, provider: SandboxProvider) -> bytes:
    """What the provider would send about the payment of a page."""
    payment_id = page.rsplit("/", 1)[-1].split("?")[0]
    document: dict[str, Any] = provider.call("GET", f"/v1/payments/{payment_id}").json()
    return json.dumps({"id": "evt_1", "type": "payment.captured", "sequence": 1, "data": document}).encode()


def send(visitor: Visitor, body: bytes, secret: str) -> int:
    moment = datetime.now(UTC)
    headers = {
        "Webhook-Id": "evt_1",
        "Webhook-Timestamp": str(int(moment.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("evt_1", moment, body.decode()),
        "Sec-Fetch-Site": "cross-site",
        "Content-Type": "application/json",
    }
    address = "/callbacks/payments/sandbox"
    return visitor.client.post(address, data=body, headers=headers, base_url=f"http://{visitor.host}").status_code


def test_a_signed_message_places_the_order_and_a_second_one_is_answered_too(
    thai: Visitor, goods: str, provider: SandboxProvider
) -> None:
    page, back = begin(thai, goods)
    press(provider, page, "pay")
    body = message(thai, page, provider)
    secret = thai.scope.settings.sandbox_webhook_secret
    assert send(thai, body, secret) == 204
    after = kept(thai)
    assert thai.get(back.replace("/checkout/return/", "/orders/")).status_code == 200
    assert send(thai, body, secret) == 204
    assert kept(thai) == after


def test_a_message_that_is_not_signed_by_the_provider_changes_nothing(
    thai: Visitor, goods: str, provider: SandboxProvider
) -> None:
    page, _ = begin(thai, goods)
    press(provider, page, "pay")
    before = kept(thai) | {"payments_webhook_events": thai.count("payments_webhook_events")}
    body = message(thai, page, provider)
    assert send(thai, body, "whsec_YW5vdGhlci1vZi10aGVzZS10ZXN0cy0x") == 401
    unsigned = thai.post("/callbacks/payments/sandbox", {"id": "evt_1"})
    assert unsigned.status_code == 401
    assert re.search(r"problem\+json", unsigned.content_type)
    assert thai.post("/callbacks/payments/nobody", {}).status_code in (404, 422)
    assert kept(thai) | {"payments_webhook_events": thai.count("payments_webhook_events")} == before
