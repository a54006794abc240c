"""Money goes back once, however many ask for it and whatever the provider does with its answers (LED-02)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.domains.escrow import actions as escrow
from app.domains.orders.errors import StatusNotPossible
from app.domains.orders.flows.cancellation import cancel_order
from app.domains.orders.flows.payment import return_from_payment, start_payment
from app.domains.orders.queries.groups import get_group
from app.domains.payments.errors import RefundTooLarge
from app.domains.payments.flows import send_refund
from app.kit.money import Money
from app.kit.scope import Scope
from tests.harness.provider import SandboxProvider
from tests.harness.race import race_calls

from . import shop

RACERS = 16


@pytest.fixture
def hasty(selling: Scope) -> Scope:
    """A shop that waits for its provider for one second."""
    return replace(selling, settings=selling.settings.with_values(gateway_read_timeout_s=1))


def paid_order(scope: Scope, provider: SandboxProvider) -> tuple[str, int, str]:
    """A placed order: its id, its total, and the provider's id of its payment."""
    errand = shop.errand(scope, "sandbox")
    begun = start_payment(errand.guest, errand.cart_token, errand.given)
    shop.pay(provider, begun)
    assert return_from_payment(errand.guest, begun.token).outcome == "placed"
    with scope.transaction() as unit:
        group = get_group(unit, begun.group_id)
    return group.orders[0].id, group.total_minor, shop.payment_of(begun)


def refunds_at(provider: SandboxProvider, payment_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = provider.call("GET", f"/v1/payments/{payment_id}/refunds").json()["refunds"]
    return found


@pytest.mark.parametrize(("parts", "wins"), [(1, 1), (2, 2)])
def test_sixteen_refunds_at_once_give_back_what_was_captured(
    selling: Scope, provider: SandboxProvider, parts: int, wins: int
) -> None:
    order_id, total, payment_id = paid_order(selling, provider)
    amount = Money(total // parts, "THB")

    def press(number: int) -> None:
        with selling.transaction() as unit:
            refund = escrow.refund(unit, order_id, amount, f"press-{number}", "returned")
        send_refund(selling, refund.id)

    outcomes = race_calls(RACERS, press)
    refused = [one.error for one in outcomes if one.error is not None]
    assert len(outcomes) - len(refused) == wins
    assert {type(error) for error in refused} == {RefundTooLarge}
    assert sum(one["amount_minor"] for one in refunds_at(provider, payment_id)) == amount.amount_minor * wins
    assert shop.balance(selling, "provider:sandbox") == 0
    assert shop.breaks(selling) == []


def test_an_order_that_eight_cancel_at_once_is_cancelled_once(selling: Scope, provider: SandboxProvider) -> None:
    order_id, total, payment_id = paid_order(selling, provider)
    outcomes = race_calls(8, lambda number: cancel_order(selling, order_id, "changed my mind"))
    refused = [type(one.error) for one in outcomes if one.error is not None]
    assert refused == [StatusNotPossible] * 7
    assert [one["amount_minor"] for one in refunds_at(provider, payment_id)] == [total]
    assert shop.count(selling, "SELECT count(*) FROM event WHERE name = 'orders.order_cancelled'") == 1
    assert shop.breaks(selling) == []


def test_one_refund_sent_sixteen_times_reaches_the_provider_under_one_key(
    selling: Scope, provider: SandboxProvider
) -> None:
    order_id, total, payment_id = paid_order(selling, provider)
    with selling.transaction() as unit:
        refund = escrow.refund(unit, order_id, Money(total, "THB"), "button", "returned")
    outcomes = race_calls(RACERS, lambda number: send_refund(selling, refund.id))
    assert [one.error for one in outcomes if one.error is not None] == []
    assert {one.value.status for one in outcomes if one.value} == {"succeeded"}
    assert [one["reference"] for one in refunds_at(provider, payment_id)] == [refund.id]
    assert shop.breaks(selling) == []


@pytest.mark.parametrize(
    "behaviour",
    [
        {"name": "lost_reply", "on": ["refund"], "calls": 1},
        {"name": "html_answer", "on": ["refund"], "calls": 1},
        {"name": "hang", "on": ["refund"], "calls": 1, "ms": 3000},
        {"name": "refund_unknown", "calls": 1, "settle_ms": 0},
    ],
    ids=lambda one: str(one["name"]),
)
def test_a_refund_whose_answer_was_lost_is_not_given_twice(
    hasty: Scope, provider: SandboxProvider, behaviour: dict[str, object]
) -> None:
    order_id, total, payment_id = paid_order(hasty, provider)
    provider.rule(behaviour)
    outcome = cancel_order(hasty, order_id, "changed my mind")
    assert outcome.refund_status == "unknown"
    assert shop.settle_refunds(shop.later(hasty, 61)) == 1
    (given,) = refunds_at(provider, payment_id)
    assert (given["amount_minor"], given["status"]) == (total, "succeeded")
    assert shop.balance(hasty, "provider:sandbox") == 0
    assert shop.breaks(hasty) == []


def test_a_refund_while_the_provider_is_away_is_sent_when_it_is_back(selling: Scope, provider: SandboxProvider) -> None:
    order_id, total, payment_id = paid_order(selling, provider)
    provider.kill()
    try:
        outcome = cancel_order(selling, order_id, "changed my mind")
        assert outcome.refund_status == "requested"
        assert shop.settle_refunds(shop.later(selling, 61)) == 0
    finally:
        provider.start()
    assert shop.settle_refunds(shop.later(selling, 61)) == 1
    assert [one["amount_minor"] for one in refunds_at(provider, payment_id)] == [total]
    assert shop.breaks(selling) == []
