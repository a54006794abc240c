"""The provider acts and its answer is lost, late, or not to be read: unknown is an outcome, and it is found out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domains.orders.flows.payment import return_from_payment, start_payment
from app.domains.orders.types import PaymentStart
from app.kit.scope import Scope
from tests.harness.provider import SandboxProvider

from . import shop


@pytest.fixture
def hasty(selling: Scope) -> Scope:
    """A shop that waits for its provider for one second."""
    return replace(selling, settings=selling.settings.with_values(gateway_read_timeout_s=1))


def began(errand: shop.Errand) -> PaymentStart:
    return start_payment(errand.guest, errand.cart_token, errand.given)


def provider_payments(provider: SandboxProvider, attempt_id: str) -> list[dict[str, object]]:
    found = provider.call("GET", f"/v1/payments?reference={attempt_id}").json()["payments"]
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    "behaviour",
    [
        {"name": "lost_reply", "on": ["create"], "calls": 1},
        {"name": "html_answer", "on": ["create"], "calls": 1},
        {"name": "error_500", "on": ["create"], "calls": 1, "acts": True},
        {"name": "hang", "on": ["create"], "calls": 1, "ms": 3000},
        {"name": "slow", "on": ["create"], "calls": 1, "ms": 1500},
    ],
    ids=lambda one: str(one["name"]),
)
def test_a_payment_whose_making_was_not_confirmed_is_found_by_the_next_try(
    hasty: Scope, provider: SandboxProvider, behaviour: dict[str, object]
) -> None:
    provider.rule(behaviour)
    errand = shop.errand(hasty, "sandbox")
    first = began(errand)
    assert (first.outcome, first.redirect_url) == ("pending", None)
    assert shop.available(hasty, errand.offer_id) == errand.stock - 1
    again = began(errand)
    assert again.attempt_id == first.attempt_id
    assert len(provider_payments(provider, first.attempt_id)) == 1
    shop.pay(provider, again)
    assert return_from_payment(errand.guest, again.token).outcome == "placed"
    assert shop.balance(hasty, "provider:sandbox") == errand.given.expected_total_minor
    assert shop.breaks(hasty) == []


def test_a_payment_of_unknown_outcome_is_closed_when_nobody_comes_back(hasty: Scope, provider: SandboxProvider) -> None:
    provider.rule({"name": "lost_reply", "on": ["create"], "calls": 1})
    errand = shop.errand(hasty, "sandbox", stock=1)
    first = began(errand)
    shop.complete(hasty, after_s=hasty.settings.unknown_after_s + 1)
    assert shop.count(hasty, "SELECT count(*) FROM payments_attempts WHERE status = 'unknown'") == 0
    shop.recover(hasty)
    assert shop.available(hasty, errand.offer_id) == 1
    assert [one["status"] for one in provider_payments(provider, first.attempt_id)] == ["voided"]
    assert shop.breaks(hasty) == []


def test_money_taken_while_the_answer_was_lost_makes_the_order(hasty: Scope, provider: SandboxProvider) -> None:
    """Captured at once, the answer lost, and the shopper gone: the completer alone brings the order."""
    provider.rule(
        [
            {"name": "webhook_before_reply", "on": ["create"]},
            {"name": "lost_reply", "on": ["create"]},
        ]
    )
    errand = shop.errand(hasty, "sandbox", stock=1)
    first = began(errand)
    assert first.outcome == "pending"
    shop.complete(hasty, after_s=hasty.settings.unknown_after_s + 1)
    assert shop.sold(hasty, errand.offer_id) == 1
    assert began(errand).outcome == "placed"
    assert shop.moved(provider)[0] == shop.balance(hasty, "provider:sandbox") == errand.given.expected_total_minor
    assert shop.breaks(hasty) == []


def test_a_void_whose_answer_was_lost_is_found_out(hasty: Scope, provider: SandboxProvider) -> None:
    errand = shop.errand(hasty, "sandbox", stock=1)
    first = began(errand)
    provider.rule({"name": "lost_reply", "on": ["void"], "calls": 1})
    shop.complete(hasty, after_s=hasty.settings.attempt_ttl_s + 1)
    shop.complete(hasty, after_s=hasty.settings.attempt_ttl_s + 62)
    assert [one["status"] for one in provider_payments(provider, first.attempt_id)] == ["voided"]
    assert shop.count(hasty, "SELECT count(*) FROM payments_attempts WHERE status = 'cancelled'") == 1
    assert shop.available(hasty, errand.offer_id) == 1
    assert shop.breaks(hasty) == []
