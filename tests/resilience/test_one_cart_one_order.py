"""One cart, one order, one charge: whoever asks, how often, and from how many sides at once
(CRT-14, PAY-03, PAY-06, PAY-09)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from app.domains.orders.flows.payment import finish_attempt
from app.faces.worker.run import scope_of
from app.kit import ids
from app.kit.queue import drain
from app.kit.scope import Scope
from tests.factories.orders import checkout_of
from tests.harness.provider import SandboxProvider
from tests.harness.race import Request, Response

from . import shop
from .server import Server

WINDOWS = 16


def begin(server: Server, scope: Scope, errand: shop.Errand) -> str:
    """The shopper orders and is sent to the provider; the payment's id there."""
    answer = server.order(scope, errand)
    assert answer.status == 303 and "/pay/" in answer.headers["location"], answer
    return answer.headers["location"].rsplit("/", 1)[-1].split("?")[0]


def press(provider: SandboxProvider, payment_id: str) -> str:
    """The shopper pays; the path of the shop's page that the browser is sent back to."""
    back = provider.press(payment_id)
    assert back.status == 303
    return "/" + back.headers["location"].split("//", 1)[1].partition("/")[2]


def keep_quiet(provider: SandboxProvider) -> None:
    """The provider's own messages stay away: the test hands them on itself."""
    provider.rule({"name": "late", "on": ["pay", "void", "refund"], "ms": 3_600_000})


def messages(provider: SandboxProvider, server: Server, scope: Scope, payment_id: str, copies: int) -> list[Request]:
    """The signed message of the payment's capture, so many times."""
    events: list[dict[str, Any]] = provider.call("GET", f"/control/events?payment={payment_id}").json()["events"]
    (event,) = [one for one in events if one["type"] == "payment.captured"]
    signed = provider.call("GET", f"/control/events/{event['id']}/signed").json()
    headers = signed["headers"] | {"Host": server.address(scope)}
    return [Request("POST", "/callbacks/payments/sandbox", headers, signed["body"].encode())] * copies


def returns(server: Server, scope: Scope, path: str, copies: int) -> list[Request]:
    return [Request("GET", path, {"Host": server.address(scope)})] * copies


def attempt_id(scope: Scope) -> str:
    with scope.transaction() as unit:
        return ids.from_uuid("pat", unit.db.execute(text("SELECT id FROM payments_attempts")).scalar_one())


def assert_one_sale(scope: Scope, provider: SandboxProvider, errand: shop.Errand, *, paid: bool = True) -> None:
    assert shop.count(scope, "SELECT count(*) FROM orders_groups WHERE placed_at IS NOT NULL") == 1
    assert shop.count(scope, "SELECT count(*) FROM event WHERE name = 'orders.order_placed'") == 1
    assert shop.sold(scope, errand.offer_id) == 1
    assert shop.available(scope, errand.offer_id) == errand.stock - 1
    if paid:
        charged = shop.moved(provider)[0]
        assert charged == shop.balance(scope, "provider:sandbox") == errand.given.expected_total_minor
    assert shop.balance(scope, "suspense") == 0
    assert shop.breaks(scope) == []


def places(answers: list[Response]) -> set[str]:
    return {answer.headers.get("location", "") for answer in answers}


def test_sixteen_presses_of_one_button_make_one_order(on_air: Scope, server: Server, provider: SandboxProvider) -> None:
    errand = shop.errand(on_air, "cod")
    answers = server.race([server.order_request(on_air, errand)] * WINDOWS)
    assert {answer.status for answer in answers} == {303}
    (place,) = places(answers)
    assert "/orders/" in place
    assert_one_sale(on_air, provider, errand, paid=False)


def test_sixteen_windows_on_one_cart_make_one_order(on_air: Scope, server: Server, provider: SandboxProvider) -> None:
    errand = shop.errand(on_air, "cod")
    windows = [
        shop.Errand(
            errand.guest,
            errand.cart_token,
            checkout_of(errand.guest, errand.cart_token, gateway="cod", key=f"window-{number}"),
            errand.offer_id,
            errand.stock,
        )
        for number in range(WINDOWS)
    ]
    answers = server.race([server.order_request(on_air, one) for one in windows])
    assert {answer.status for answer in answers} == {303}
    assert sum("/orders/" in answer.headers["location"] for answer in answers) == 1
    assert_one_sale(on_air, provider, errand, paid=False)


def test_two_windows_that_are_both_paid_make_one_order_and_one_charge(
    on_air: Scope, server: Server, provider: SandboxProvider
) -> None:
    keep_quiet(provider)
    errand = shop.errand(on_air, "sandbox")
    second = shop.Errand(
        errand.guest,
        errand.cart_token,
        checkout_of(errand.guest, errand.cart_token, key="window-2"),
        errand.offer_id,
        errand.stock,
    )
    payments = [begin(server, on_air, one) for one in (errand, second)]
    paths = [press(provider, payment_id) for payment_id in payments]
    requests = [
        request
        for payment_id, path in zip(payments, paths, strict=True)
        for request in (*messages(provider, server, on_air, payment_id, 4), *returns(server, on_air, path, 4))
    ]
    answers = server.race(requests)
    assert {answer.status for answer in answers} <= {200, 204, 303}
    shop.complete(on_air, after_s=120)
    assert_one_sale(on_air, provider, errand)


def test_ten_messages_the_browser_and_the_jobs_at_once_make_one_order(
    on_air: Scope, server: Server, provider: SandboxProvider, root: Scope
) -> None:
    keep_quiet(provider)
    errand = shop.errand(on_air, "sandbox")
    payment_id = begin(server, on_air, errand)
    path = press(provider, payment_id)
    told, back = messages(provider, server, on_air, payment_id, 10), returns(server, on_air, path, 4)
    attempt = attempt_id(on_air)
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(finish_attempt, shop.later(on_air, 31), attempt) for _ in range(3)]
        answers = server.race([*told, *back])
        assert {job.result().outcome for job in jobs} == {"placed"}
    assert {answer.status for answer in answers[:10]} == {204}
    assert {answer.status for answer in answers[10:]} == {303}
    (place,) = places(answers[10:])
    assert "/orders/" in place
    assert shop.count(on_air, "SELECT count(*) FROM payments_payments") == 1
    assert shop.count(on_air, "SELECT count(*) FROM payments_webhook_events WHERE applied_at IS NOT NULL") == 1
    assert_one_sale(on_air, provider, errand)
    with root.database.owner.begin() as owner:
        owner.execute(text("SET LOCAL search_path TO queue"))
        foreign = "DELETE FROM procrastinate_jobs WHERE args ->> 'tenant' IS DISTINCT FROM :tenant"
        owner.execute(text(foreign), {"tenant": on_air.tenant_id})
    drain(root.settings, scope_of(root))
    assert shop.count(on_air, "SELECT count(*) FROM content_messages WHERE kind = 'order_placed'") == 1
    assert shop.breaks(on_air) == []


@pytest.mark.parametrize("lead_ms", [1, 500])
def test_a_message_before_the_answer_makes_one_order(
    on_air: Scope, server: Server, provider: SandboxProvider, lead_ms: int
) -> None:
    provider.rule({"name": "webhook_before_reply", "on": ["create"], "lead_ms": lead_ms})
    errand = shop.errand(on_air, "sandbox")
    answer = server.order(on_air, errand)
    assert answer.status == 303 and "/orders/" in answer.headers["location"], answer
    assert shop.count(on_air, "SELECT count(*) FROM payments_webhook_events WHERE applied_at IS NOT NULL") == 1
    assert_one_sale(on_air, provider, errand)


def test_one_key_eight_times_at_once_is_one_payment(on_air: Scope, server: Server, provider: SandboxProvider) -> None:
    errand = shop.errand(on_air, "sandbox")
    answers = server.race([server.order_request(on_air, errand)] * 8)
    assert {answer.status for answer in answers} == {303}
    (place,) = places(answers)
    path = press(provider, place.rsplit("/", 1)[-1].split("?")[0])
    assert "/orders/" in server.get(on_air, path).headers["location"]
    assert len(provider.call("GET", f"/v1/payments?reference={attempt_id(on_air)}").json()["payments"]) == 1
    assert_one_sale(on_air, provider, errand)


def test_a_shopper_who_gave_up_waiting_finds_the_same_payment(
    on_air: Scope, server: Server, provider: SandboxProvider
) -> None:
    provider.rule({"name": "slow", "on": ["create"], "ms": 1500, "calls": 1})
    errand = shop.errand(on_air, "sandbox")
    assert server.order(on_air, errand, timeout_s=0.5).status == 0
    payment_id = begin(server, on_air, errand)
    assert len(provider.call("GET", f"/v1/payments?reference={attempt_id(on_air)}").json()["payments"]) == 1
    assert "/orders/" in server.get(on_air, press(provider, payment_id)).headers["location"]
    assert_one_sale(on_air, provider, errand)


def test_a_key_outlives_the_web_server(on_air: Scope, server: Server, provider: SandboxProvider) -> None:
    keep_quiet(provider)
    errand = shop.errand(on_air, "sandbox")
    first = begin(server, on_air, errand)
    server.restart()
    assert begin(server, on_air, errand) == first
    place = server.get(on_air, press(provider, first)).headers["location"]
    assert "/orders/" in place
    assert server.order(on_air, errand).headers["location"].partition("/orders/")[2] == place.partition("/orders/")[2]
    assert_one_sale(on_air, provider, errand)


def test_a_form_of_another_site_orders_nothing(on_air: Scope, server: Server) -> None:
    errand = shop.errand(on_air, "cod")
    honest = server.order_request(on_air, errand)
    for lie in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        request = Request("POST", honest.path, {**honest.headers, **lie}, honest.body)
        assert server.send(request, server.address(on_air)).status == 403
    bare = {name: value for name, value in honest.headers.items() if name != "Sec-Fetch-Site"}
    foreign = Request("POST", honest.path, {**bare, "Origin": "http://evil.test"}, honest.body)
    assert server.send(foreign, server.address(on_air)).status == 403
    assert shop.count(on_air, "SELECT count(*) FROM orders_groups") == 0
    assert server.send(honest, server.address(on_air)).status == 303
