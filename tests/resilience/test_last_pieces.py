"""More buyers than pieces, all at once, through the real web server: as many orders as pieces, not one more and not
one less (STK-01, STK-05)."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.kit.scope import Scope
from tests.factories.orders import make_offer
from tests.harness.pgx import Proxy
from tests.harness.provider import SandboxProvider
from tests.harness.race import Response

from . import shop
from .figures import Figures
from .server import Server

BUYERS = 32
DELAYS_MS = (0, 5, 20, 200) if shop.LONG else (0, 20)
DELAY_ROUNDS = 20 if shop.LONG else 1
ROUNDS = 100 if shop.LONG else 2
PROVIDER_MS = (0, 400, 800) if shop.LONG else (400,)
AGAIN = 10


def won(answer: Response) -> bool:
    return answer.status == 303 and ("/orders/" in answer.headers["location"] or "/pay/" in answer.headers["location"])


def lost(answer: Response) -> bool:
    """Told kindly that it is sold: on the page of the checkout, or on the cart that says which item."""
    return answer.status == 409 or (answer.status == 303 and answer.headers["location"].endswith("/cart"))


def rush(scope: Scope, server: Server, offer_id: str, gateway: str) -> tuple[list[Response], Counter[int]]:
    """All buyers order at once. Who was told to try again does so, with the same key; every answer is counted."""
    errands = [shop.errand(scope, gateway, offer_id=offer_id) for _ in range(BUYERS)]
    answers = server.race([server.order_request(scope, one) for one in errands])
    statuses = Counter(answer.status for answer in answers)
    for number, errand in enumerate(errands):
        for _ in range(AGAIN):
            if won(answers[number]) or lost(answers[number]):
                break
            answers[number] = server.order(scope, errand)
            statuses[answers[number].status] += 1
    assert all(won(answer) or lost(answer) for answer in answers), statuses
    return answers, statuses


def pay_all(provider: SandboxProvider, server: Server, scope: Scope, answers: list[Response]) -> int:
    """Everybody who was sent to the provider pays and comes back; how many then have an order."""

    def pay(answer: Response) -> bool:
        payment_id = answer.headers["location"].rsplit("/", 1)[-1].split("?")[0]
        back = provider.press(payment_id)
        return "/orders/" in server.get(scope, back.headers["location"]).headers.get("location", "")

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(pay, [answer for answer in answers if won(answer)]))


def test_ten_pieces_make_ten_orders_however_slow_the_database(
    on_air: Scope, server: Server, server_proxy: Proxy, figures: Figures
) -> None:
    rows = []
    for delay_ms in DELAYS_MS:
        sold, refused, statuses = Counter[int](), Counter[int](), Counter[int]()
        began = time.monotonic()
        for _ in range(DELAY_ROUNDS):
            offer_id = make_offer(on_air, stock=10)
            server_proxy.delay(delay_ms)
            answers, told = rush(on_air, server, offer_id, "cod")
            server_proxy.delay(0)
            orders = shop.sold(on_air, offer_id)
            assert set(told) <= {303, 409, 503, 0}, told
            assert sum(map(won, answers)) == orders
            assert shop.available(on_air, offer_id) == 10 - orders
            sold[orders] += 1
            refused[sum(map(lost, answers))] += 1
            statuses += told
        each_s = (time.monotonic() - began) / DELAY_ROUNDS
        assert sold == {10: DELAY_ROUNDS}, sold
        assert refused == {BUYERS - 10: DELAY_ROUNDS}, refused
        rows.append([delay_ms, BUYERS, DELAY_ROUNDS, sold[10], statuses[503], statuses[0], f"{each_s:.1f}"])
    head = [
        "database delay ms",
        "buyers",
        "rounds",
        "rounds with exactly 10 orders",
        "503, repeated",
        "no answer, repeated",
        "seconds a round",
    ]
    figures.table("ten pieces, all buyers at once", head, rows)
    assert shop.breaks(on_air) == []


def test_the_last_piece_is_sold_once_in_every_round(on_air: Scope, server: Server, figures: Figures) -> None:
    orders = Counter[int]()
    for _ in range(ROUNDS):
        offer_id = make_offer(on_air, stock=1)
        rush(on_air, server, offer_id, "cod")
        orders[shop.sold(on_air, offer_id)] += 1
        assert shop.available(on_air, offer_id) == 0
    figures.table(
        "the last piece, all buyers at once",
        ["buyers", "rounds", "rounds with one order"],
        [[BUYERS, ROUNDS, orders[1]]],
    )
    assert orders == {1: ROUNDS}
    assert shop.breaks(on_air) == []


@pytest.mark.parametrize("slow_ms", PROVIDER_MS)
def test_ten_pieces_are_paid_by_ten_however_slow_the_provider(
    on_air: Scope, server: Server, provider: SandboxProvider, slow_ms: int
) -> None:
    """Nobody who gets nothing is charged; and who got a place but does not pay gives it back."""
    offer_id = make_offer(on_air, stock=10)
    provider.rule({"name": "slow", "on": ["create", "pay", "fetch"], "ms": slow_ms})
    answers, _ = rush(on_air, server, offer_id, "sandbox")
    begun = [answer for answer in answers if won(answer)]
    assert len(begun) == 10
    assert pay_all(provider, server, on_air, begun[:7]) == 7
    assert shop.sold(on_air, offer_id) == 7
    provider.call("DELETE", "/control/rules")
    shop.recover(on_air)
    assert shop.available(on_air, offer_id) == 3
    total = shop.count(on_air, "SELECT sum(total_minor) FROM orders_groups WHERE status = 'placed'")
    assert shop.moved(provider)[0] == shop.balance(on_air, "provider:sandbox") == total
    assert shop.breaks(on_air) == []
