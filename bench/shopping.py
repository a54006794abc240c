"""What a shopper does over HTTP, for benchmarks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from werkzeug.test import Client, TestResponse

from bench.stage import Stage, hidden

CAPITAL = "กรุงเทพ"
"""The province that the postal code belongs to."""
ADDRESS = {
    "name": "Somying Jaidee",
    "street_address": "99/1 Sukhumvit Road",
    "city": "Khlong Toei",
    "postal_code": "10110",
}


def first_link(page: TestResponse, beginning: str) -> str:
    """The first address on a page that begins so."""
    found = re.search(rf'href="({re.escape(beginning)}[^"?#]+)"', page.get_data(as_text=True))
    if found is None:
        raise LookupError(f"no link to {beginning}")
    return found[1]


def add_something(stage: Stage, client: Client) -> TestResponse:
    """Put the first product that can be had into the cart, in its first choice of each option."""
    for data in choices(stage, client):
        answer = stage.post(client, "/en/cart/lines", data)
        if answer.status_code == 303:
            return answer
    raise LookupError("nothing can be put into the cart")


def choices(stage: Stage, client: Client) -> Iterator[dict[str, str]]:
    """The filled form of each product's page."""
    listing = stage.get(client, "/en/search").get_data(as_text=True)
    for address in dict.fromkeys(re.findall(r'href="(/en/p/[^"?#]+)"', listing)):
        page = stage.get(client, address).get_data(as_text=True)
        data = {"product": address.rsplit("/", 1)[-1], "quantity": "1"}
        for name, value in re.findall(r'class="option__input" type="radio" name="([^"]+)" value="([^"]+)"', page):
            data.setdefault(name, value)
        yield data


def checkout_data(page: TestResponse) -> dict[str, str]:
    """A filled form for cash on delivery."""
    text = page.get_data(as_text=True)
    data = {name: hidden(page, name) for name in ("idempotency_key", "expected_total_minor")}
    areas = re.search(r'<select[^>]*name="country_area".*?</select>', text, re.DOTALL)
    data |= {**ADDRESS, "email": "shopper@example.com", "phone": "0812345678", "gateway": "cod"}
    if areas:
        data["country_area"] = re.findall(rf'<option value="([^"]*{CAPITAL}[^"]*)"', areas[0])[0]
    delivery = re.search(r'name="delivery" value="([^"]+)"', text)
    data["delivery"] = delivery[1] if delivery else "standard"
    return data
