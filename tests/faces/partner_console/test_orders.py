"""Orders at the console: found, shown, moved; what is refused changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faces.partner_console.conftest import House
from tests.factories.orders import make_offer
from tests.harness.provider import SandboxProvider

OrderOf = Callable[..., str]
MOST_STATEMENTS = 6
"""Of a list: opening the unit, the session, the list, the counts."""


def status_in(house: House, order_id: str) -> str:
    with house.scope.transaction() as unit:
        query = "SELECT status FROM orders_orders ORDER BY created_at DESC LIMIT 1"
        return str(unit.db.connection().exec_driver_sql(query).scalar_one())


def test_the_list_shows_orders_by_status(fresh_house: House, order_of: OrderOf) -> None:
    offer_id = make_offer(fresh_house.scope, stock=5)
    order_id = order_of(fresh_house, offer_id, gateway="cod")
    desk = fresh_house.sit_down("fulfilment")
    page = desk.get("/en/orders").text
    assert f'href="/en/orders/{order_id}"' in page and "#1001" in page and "สมหญิง ใจดี" in page
    assert "Cash on delivery" in page and "New" in page
    assert f"/orders/{order_id}" not in desk.get("/en/orders?status=packed").text
    assert "No order has this status" in desk.get("/en/orders?status=packed").text
    for words, is_found in (("1001", True), ("SHOPPER@", True), ("ใจดี", True), ("812345", True), ("100", False)) + (
        ("#1001", True),
        ("๑๐๐๑", True),
        ("081 234 5678", True),
        ("0812345678", True),
        ("081 234 5679", False),
    ):
        assert (f"/orders/{order_id}" in desk.get("/en/orders", query_string={"q": words}).text) is is_found
    assert "Nothing was found for “&lt;b&gt;”" in desk.get("/en/orders?q=<b>").text
    assert desk.get("/en/orders?cursor=nonsense").status_code == 404


def test_an_empty_list_says_what_will_be_here(fresh_house: House) -> None:
    assert "No order yet" in fresh_house.sit_down("owner").get("/en/orders").text


def test_the_list_costs_the_same_however_long_it_is(fresh_house: House, order_of: OrderOf) -> None:
    offer_id = make_offer(fresh_house.scope, stock=20)
    desk = fresh_house.sit_down("owner")
    counts = []
    for more in (1, 5):
        for _ in range(more):
            order_of(fresh_house, offer_id, gateway="cod")
        desk.get("/en/orders")
        with fresh_house.statements() as seen:
            assert desk.get("/en/orders").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= MOST_STATEMENTS


def test_an_order_is_packed_and_shipped(house: House, order_of: OrderOf) -> None:
    order_id = order_of(house, make_offer(house.scope, stock=5), 2)
    desk = house.sit_down("fulfilment")
    page = desk.get(f"/en/orders/{order_id}").text
    assert "Mark as packed" in page and "Held in escrow" in page and "Cancel the order" not in page
    assert "Payment captured" in page and "In the ledger" not in page and "shopper@example.com" in page
    packed = desk.post(f"/en/orders/{order_id}/packing", {"version": "2"})
    assert packed.headers["Location"] == f"/en/orders/{order_id}"
    assert status_in(house, order_id) == "packed"
    page = desk.get(f"/en/orders/{order_id}").text
    assert "Marked as packed" in page and "The fulfilment" in page
    way = f"/en/orders/{order_id}/shipping"
    refused = desk.post(way, {"version": "3", "carrier": "  ", "tracking_code": "EX1"})
    assert refused.status_code == 422 and 'id="carrier-error"' in refused.text and 'value="EX1"' in refused.text
    assert status_in(house, order_id) == "packed"
    assert desk.post(way, {"version": "3", "carrier": "Thailand Post", "tracking_code": "ex1"}).status_code == 303
    page = desk.get(f"/en/orders/{order_id}").text
    assert "Thailand Post" in page and "EX1" in page and "nothing is left to do" in page


def test_a_stale_page_moves_nothing(house: House, order_of: OrderOf) -> None:
    order_id = order_of(house, make_offer(house.scope, stock=5), gateway="cod")
    desk = house.sit_down("owner")
    for version in ("1", "3"):
        answer = desk.post(f"/en/orders/{order_id}/packing", {"version": version})
        assert answer.status_code == 409 and "Somebody else has changed this" in answer.text
        assert 'name="version" value="2"' in answer.text
    for version in ("", "x", "-2", "9" * 30):
        assert desk.post(f"/en/orders/{order_id}/packing", {"version": version}).status_code == 422
    assert status_in(house, order_id) == "placed"
    assert (
        desk.value(
            "SELECT count(*) FROM fulfilment_fulfilments f JOIN orders_orders o ON o.id = f.order_id"
            " WHERE o.status = 'placed'"
        )
        == 0
    )


def test_a_step_that_has_been_taken_is_explained(house: House, order_of: OrderOf) -> None:
    order_id = order_of(house, make_offer(house.scope, stock=5), gateway="cod")
    desk = house.sit_down("owner")
    assert desk.post(f"/en/orders/{order_id}/packing", {"version": "2"}).status_code == 303
    again = desk.post(f"/en/orders/{order_id}/packing", {"version": "3"})
    assert again.status_code == 409 and "not possible any more" in again.text


def test_cancelling_is_confirmed_with_the_amount_and_gives_it_back(
    house: House, order_of: OrderOf, provider: SandboxProvider
) -> None:
    offer_id = make_offer(house.scope, stock=5, price="107")
    order_id = order_of(house, offer_id, 2)
    desk = house.sit_down("support")
    asked = desk.get(f"/en/orders/{order_id}/cancellation").text
    assert "Cancel and refund THB\u00a0215.00" in asked and "Goes back into stock" in asked
    way = f"/en/orders/{order_id}/cancellation"
    for reason in ("", "   ", "x" * 301):
        refused = desk.post(way, {"version": "2", "reason": reason})
        assert refused.status_code == 422 and 'id="reason-error"' in refused.text
    stale = desk.post(way, {"version": "1", "reason": "asked for"})
    assert stale.status_code == 409 and "asked for" in stale.text
    assert status_in(house, order_id) == "placed"
    assert desk.value("SELECT count(*) FROM payments_refunds WHERE reason = 'asked for'") == 0
    done = desk.post(way, {"version": "2", "reason": "asked for"})
    assert done.headers["Location"] == f"/en/orders/{order_id}"
    page = desk.get(f"/en/orders/{order_id}").text
    assert "THB\u00a0215.00 were paid back" in page and "asked for" in page and "Refunded" in page
    assert desk.value("SELECT count(*) FROM payments_refunds WHERE reason = 'asked for'") == 1
    again = desk.post(way, {"version": "3", "reason": "asked for"})
    assert again.status_code == 409 and "cannot be cancelled any more" in again.text
    assert desk.value("SELECT count(*) FROM payments_refunds WHERE reason = 'asked for'") == 1


def test_cancelling_what_was_not_paid_says_so(house: House, order_of: OrderOf) -> None:
    order_id = order_of(house, make_offer(house.scope, stock=5), gateway="cod")
    desk = house.sit_down("owner")
    assert "nothing was paid yet" in desk.get(f"/en/orders/{order_id}/cancellation").text
    desk.post(f"/en/orders/{order_id}/cancellation", {"version": "2", "reason": "no answer"})
    assert "Nothing had been paid" in desk.get(f"/en/orders/{order_id}").text


def test_what_is_shown_follows_the_role(house: House, order_of: OrderOf) -> None:
    order_id = order_of(house, make_offer(house.scope, stock=5))
    shown = {
        role: house.sit_down(role).get(f"/en/orders/{order_id}").text
        for role in ("owner", "fulfilment", "support", "finance")
    }
    for text, roles in {
        "Mark as packed": {"owner", "fulfilment", "support"},
        "Cancel the order": {"owner", "support"},
        "In the ledger": {"owner", "finance"},
        'href="/en/offers"': {"owner", "fulfilment"},
        'href="/en/imports"': {"owner"},
        'href="/en/staff"': {"owner"},
    }.items():
        assert {role for role, page in shown.items() if text in page} == roles, text


@pytest.mark.parametrize(
    "order_id", ["ord_nothing", "x", "ord_00000000000000000000000000", "prd_00000000000000000000000000"]
)
def test_an_order_that_is_not_here_is_not_found(house: House, order_id: str) -> None:
    desk = house.sit_down("owner")
    assert desk.get(f"/en/orders/{order_id}").status_code == 404
    assert desk.post(f"/en/orders/{order_id}/packing", {"version": "2"}).status_code == 404
    assert desk.post(f"/en/orders/{order_id}/cancellation", {"version": "2", "reason": "x"}).status_code == 404


def test_an_order_costs_the_same_however_many_lines_it_has(house: House, order_of: OrderOf) -> None:
    order_id = order_of(house, make_offer(house.scope, stock=9))
    desk = house.sit_down("owner")
    desk.get(f"/en/orders/{order_id}")
    with house.statements() as seen:
        assert desk.get(f"/en/orders/{order_id}").status_code == 200
    assert len(seen) <= 14
