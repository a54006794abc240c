"""Buyers, sellers and the clock at the same offer at once: real threads, each with a connection of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.domains.inventory import actions
from app.domains.inventory.errors import InsufficientStock, ReservationGone
from app.domains.inventory.queries.invariants import INVARIANTS
from app.kit.clock import FixedClock
from app.kit.invariants import check
from app.kit.scope import Scope
from tests.conftest import NOON
from tests.domains.inventory.conftest import LevelOf, NewOffer
from tests.harness.race import Outcome, race_calls

LATER = NOON + timedelta(minutes=15)
BUYERS = 8


@pytest.fixture(autouse=True)
def stock_adds_up(store: Scope) -> Iterator[None]:
    yield
    with store.transaction(read_only=True) as unit:
        assert check(unit, INVARIANTS) == []


def errors_of(outcomes: list[Outcome]) -> list[str]:
    return sorted(type(one.error).__name__ for one in outcomes if one.error is not None)


def test_the_last_piece_is_promised_to_one(store: Scope, new_offer: NewOffer, level_of: LevelOf) -> None:
    offer_id = new_offer(1)

    def buy(number: int) -> None:
        with store.transaction() as unit:
            actions.reserve(unit, f"last-{number}", {offer_id: 1}, LATER)

    outcomes = race_calls(BUYERS, buy)
    assert errors_of(outcomes) == [InsufficientStock.__name__] * (BUYERS - 1)
    assert (level_of(offer_id).on_hand, level_of(offer_id).reserved) == (1, 1)


def test_buyers_of_the_same_things_in_any_order_wait_and_do_not_deadlock(
    store: Scope, new_offer: NewOffer, level_of: LevelOf
) -> None:
    offers = [new_offer(BUYERS) for _ in range(4)]

    def buy(number: int) -> None:
        basket = offers if number % 2 else offers[::-1]
        with store.transaction() as unit:
            actions.reserve(unit, f"basket-{number}", dict.fromkeys(basket, 1), LATER)

    assert errors_of(race_calls(BUYERS, buy)) == []
    assert [level_of(offer_id).reserved for offer_id in offers] == [BUYERS] * 4


def test_a_promise_is_sold_once(store: Scope, new_offer: NewOffer, level_of: LevelOf) -> None:
    offer_id = new_offer(5)
    with store.transaction() as unit:
        actions.reserve(unit, "once", {offer_id: 2}, LATER)

    def sell(number: int) -> None:
        with store.transaction() as unit:
            actions.claim(unit, "once")

    assert errors_of(race_calls(BUYERS, sell)) == [ReservationGone.__name__] * (BUYERS - 1)
    assert (level_of(offer_id).on_hand, level_of(offer_id).reserved) == (3, 0)


def test_a_promise_is_either_sold_or_expired(store: Scope, new_offer: NewOffer, level_of: LevelOf) -> None:
    afterwards = store.with_values(clock=FixedClock(LATER + timedelta(seconds=1)))
    for round_number in range(5):
        offer_id = new_offer(1)
        reference = f"either-{round_number}"
        with store.transaction() as unit:
            actions.reserve(unit, reference, {offer_id: 1}, LATER)

        def end(number: int, reference: str = reference) -> str:
            with afterwards.transaction() as unit:
                if number % 2:
                    actions.claim(unit, reference)
                    return "sold"
                return "expired" if actions.expire_reservations(unit) else "nothing"

        outcomes = race_calls(4, end)
        done = [one.value for one in outcomes if one.value in ("sold", "expired")]
        assert len(done) == 1
        level = level_of(offer_id)
        assert (level.on_hand, level.reserved) == ((0, 0) if done == ["sold"] else (1, 0))


def test_sold_pieces_come_back_once(store: Scope, new_offer: NewOffer, level_of: LevelOf) -> None:
    offer_id = new_offer(3)
    with store.transaction() as unit:
        actions.reserve(unit, "back", {offer_id: 3}, LATER)
        actions.claim(unit, "back")

    def put_back(number: int) -> bool:
        with store.transaction() as unit:
            return actions.restock(unit, "back", {offer_id: 3})

    outcomes = race_calls(BUYERS, put_back)
    assert [one.value for one in outcomes].count(True) == 1 and errors_of(outcomes) == []
    assert level_of(offer_id).on_hand == 3


def test_a_count_waits_for_a_sale_that_is_being_made(store: Scope, new_offer: NewOffer, level_of: LevelOf) -> None:
    offer_id = new_offer(BUYERS)

    def work(number: int) -> None:
        with store.transaction() as unit:
            if number == 0:
                actions.set_stock(unit, offer_id, 50, reference="while-selling")
            else:
                actions.reserve(unit, f"while-{number}", {offer_id: 1}, LATER)
                actions.claim(unit, f"while-{number}")

    assert errors_of(race_calls(BUYERS, work)) == []
    assert level_of(offer_id).reserved == 0
    assert 50 - (BUYERS - 1) <= level_of(offer_id).on_hand <= 50


def test_two_who_count_after_the_same_look_cannot_both_write(
    store: Scope, new_offer: NewOffer, level_of: LevelOf
) -> None:
    offer_id = new_offer(5)
    seen = level_of(offer_id).version

    def count(number: int) -> None:
        with store.transaction() as unit:
            actions.set_stock(unit, offer_id, 10 + number, reference=f"count-{number}", if_version=seen)

    assert errors_of(race_calls(4, count)) == ["StaleVersion"] * 3


def test_expiry_by_several_workers_gives_back_once(store: Scope, new_offer: NewOffer, level_of: LevelOf) -> None:
    offer_id = new_offer(6)
    with store.transaction() as unit:
        for number in range(6):
            actions.reserve(unit, f"expiring-{number}", {offer_id: 1}, LATER)
    afterwards = store.with_values(clock=FixedClock(LATER + timedelta(minutes=1)))

    def expire(number: int) -> int:
        with afterwards.transaction() as unit:
            return actions.expire_reservations(unit)

    outcomes = race_calls(4, expire)
    assert errors_of(outcomes) == [] and sum(one.value or 0 for one in outcomes) == 6
    assert level_of(offer_id).reserved == 0
