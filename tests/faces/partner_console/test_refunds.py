"""A refund that the provider refused: shown, asked for again, and told to the shopper when it is paid."""

from __future__ import annotations

from collections.abc import Callable

from app.domains.escrow.jobs import take_back_failed_refund
from app.domains.orders import jobs
from app.domains.payments.events import RefundFailed, RefundSucceeded
from tests.faces.partner_console.conftest import House
from tests.factories.orders import make_offer
from tests.harness.provider import SandboxProvider

OrderOf = Callable[..., str]


def test_a_refused_refund_is_paid_back_again(fresh_house: House, order_of: OrderOf, provider: SandboxProvider) -> None:
    order_id = order_of(fresh_house, make_offer(fresh_house.scope, stock=5, price="107"))
    desk = fresh_house.sit_down("support")
    provider.rule("decline")
    told = desk.post(f"/en/orders/{order_id}/cancellation", {"version": "2", "reason": "asked for"})
    assert told.status_code == 303
    assert "the provider refused the refund" in desk.get(f"/en/orders/{order_id}").text
    assert "No refund has failed" in desk.get("/en/refunds").text  # the money is not back in its place yet
    columns = "payload ->> 'refund_id', payload ->> 'payment_id', payload ->> 'reference'"
    with fresh_house.scope.transaction() as unit:
        query = f"SELECT {columns} FROM event WHERE name = 'payments.refund_failed'"
        event = RefundFailed(*unit.db.connection().exec_driver_sql(query).one())
        take_back_failed_refund(unit, event)
    page = desk.get("/en/refunds").text
    assert "Pay back THB\u00a0108.00" in page and f"/en/orders/{order_id}" in page and "shopper@example.com" in page
    assert "Pay back THB\u00a0108.00" in desk.get(f"/en/orders/{order_id}").text
    assert "Pay back" not in fresh_house.sit_down("finance").get(f"/en/orders/{order_id}").text
    provider.call("DELETE", "/control/rules")
    way = f"/en/refunds/{event.refund_id}/repetition"
    for _ in range(2):  # pressed twice
        assert desk.post(way, {}).headers["Location"] == "/en/refunds"
    page = desk.get("/en/refunds").text
    assert "THB\u00a0108.00 were paid back" in page and "No refund has failed" in page
    found = "SELECT string_agg(status, ',' ORDER BY created_at) FROM payments_refunds"
    assert desk.value(found) == "failed,succeeded"
    with fresh_house.scope.transaction() as unit:
        query = f"SELECT {columns} FROM event WHERE name = 'payments.refund_succeeded'"
        event = RefundSucceeded(*unit.db.connection().exec_driver_sql(query).one())
        for _ in range(2):
            jobs.tell_refunded(unit, event)
    assert desk.value("SELECT count(*) FROM content_messages WHERE kind = 'refunded'") == 1
