"""The provider takes the money and the web server's worker dies before it can write that down (PAY-01)."""

from __future__ import annotations

import time

import pytest

from app.domains.orders.flows.payment import start_payment
from app.kit.scope import Scope
from tests.harness.provider import SandboxProvider
from tests.harness.race import Response

from . import shop
from .server import Server

PATIENCE_S = 30


def order_and_die(scope: Scope, server: Server, provider: SandboxProvider, errand: shop.Errand) -> None:
    """The provider captures at once and kills the worker that asked; nobody tells the shop of it."""
    (worker,) = server.workers()
    assert provider.call("POST", "/control/pids", {"pid": worker}).status == 201
    provider.rule(
        [
            {"name": "webhook_before_reply", "on": ["create"], "calls": 1},
            {"name": "kill_on_capture", "on": ["create"], "pid": worker, "calls": 1},
        ]
    )
    answer = server.order(scope, errand)
    assert answer.status == 0, answer
    assert server.has_lost(worker)
    assert shop.moved(provider)[0] == errand.given.expected_total_minor
    assert shop.count(scope, "SELECT count(*) FROM payments_payments") == 0
    assert shop.sold(scope, errand.offer_id) == 0


def order_again(scope: Scope, server: Server, errand: shop.Errand) -> Response:
    """The shopper presses once more, until a worker is there to answer."""
    deadline = time.monotonic() + PATIENCE_S
    while (answer := server.order(scope, errand)).status == 0 and time.monotonic() < deadline:
        continue
    return answer


def assert_one_sale(scope: Scope, provider: SandboxProvider, errand: shop.Errand) -> None:
    assert shop.sold(scope, errand.offer_id) == 1
    assert shop.count(scope, "SELECT count(*) FROM payments_payments") == 1
    paid = shop.moved(provider)[0]
    assert paid == shop.balance(scope, "provider:sandbox") == errand.given.expected_total_minor
    assert shop.available(scope, errand.offer_id) == errand.stock - 1
    assert shop.breaks(scope) == []


def test_the_jobs_bring_the_order_of_a_shopper_who_left(
    on_air: Scope, deaf_server: Server, provider: SandboxProvider
) -> None:
    errand = shop.errand(on_air, "sandbox")
    order_and_die(on_air, deaf_server, provider, errand)
    assert shop.complete(on_air, after_s=on_air.settings.unknown_after_s + 1) == 1
    assert_one_sale(on_air, provider, errand)
    answer = order_again(on_air, deaf_server, errand)
    assert answer.status == 303 and "/orders/" in answer.headers["location"]
    assert_one_sale(on_air, provider, errand)


def test_the_same_key_again_finds_the_order(on_air: Scope, deaf_server: Server, provider: SandboxProvider) -> None:
    errand = shop.errand(on_air, "sandbox")
    order_and_die(on_air, deaf_server, provider, errand)
    answers = [order_again(on_air, deaf_server, errand) for _ in range(2)]
    assert {answer.status for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert "/orders/" in answers[0].headers["location"]
    assert_one_sale(on_air, provider, errand)
    assert shop.complete(on_air, after_s=on_air.settings.unknown_after_s + 1) == 0


def test_money_for_goods_that_are_gone_is_given_back_in_full(
    on_air: Scope, deaf_server: Server, provider: SandboxProvider
) -> None:
    errand = shop.errand(on_air, "sandbox", stock=1)
    order_and_die(on_air, deaf_server, provider, errand)
    late = shop.later(on_air, on_air.settings.reservation_ttl_s + 1)
    shop.free(late)
    quick = shop.errand(late, "cod", offer_id=errand.offer_id)
    assert start_payment(quick.guest, quick.cart_token, quick.given).outcome == "placed"
    assert shop.complete(late, after_s=1) == 1
    assert shop.moved(provider)[0] == 0
    assert shop.balance(on_air, "provider:sandbox") == shop.balance(on_air, "suspense") == 0
    assert shop.count(on_air, "SELECT count(*) FROM event WHERE name = 'orders.payment_returned'") == 1
    assert (shop.sold(on_air, errand.offer_id), shop.available(on_air, errand.offer_id)) == (1, 0)
    assert shop.breaks(on_air) == []


@pytest.mark.parametrize("presses", [1, 3])
def test_the_provider_s_message_brings_the_order(
    on_air: Scope, server: Server, provider: SandboxProvider, presses: int
) -> None:
    """Here the shop can be told: the worker that asked dies, another one takes the message."""
    errand = shop.errand(on_air, "sandbox")
    for worker in (workers := server.workers()):
        assert provider.call("POST", "/control/pids", {"pid": worker}).status == 201
    provider.rule(
        [
            {"name": "webhook_before_reply", "on": ["create"], "calls": 1},
            {"name": "kill_on_capture", "on": ["create"], "pid": workers[0], "calls": 1},
        ]
    )
    answers = [server.order(on_air, errand) for _ in range(presses)]
    assert server.has_lost(workers[0])
    assert {answer.status for answer in answers} <= {0, 303}
    deadline = time.monotonic() + PATIENCE_S
    while shop.sold(on_air, errand.offer_id) == 0 and time.monotonic() < deadline:
        continue  # the message may have met the worker that died: the provider sends it again
    assert_one_sale(on_air, provider, errand)
