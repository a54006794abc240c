"""In whatever order a provider's messages come, the end is the same (PAY-08)."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest

from app.domains.payments import rules
from app.domains.payments.errors import UnknownGateway
from app.domains.payments.gateways import open_gateway
from app.domains.payments.types import Attempt, AttemptStatus
from app.kit.money import Money
from app.kit.settings import Settings

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ATTEMPT = Attempt(
    "pat_1", "grp_1", "order", "sandbox", Money(12900, "THB"), "pending", NOW, None, None, "", "", "k", "", NOW, 1
)


def after(messages: tuple[AttemptStatus, ...]) -> AttemptStatus:
    status: AttemptStatus = "created"
    for message in messages:
        if status in rules.MAY_FOLLOW[message]:
            status = message
    return status


def test_every_order_of_messages_that_contains_a_capture_ends_captured() -> None:
    messages: tuple[AttemptStatus, ...] = ("pending", "unknown", "captured", "declined", "cancelled", "expired")
    orders = list(itertools.permutations(messages))
    assert len(orders) == 720
    assert {after(order) for order in orders} == {"captured"}


def test_nothing_follows_a_capture() -> None:
    assert all("captured" not in before for before in rules.MAY_FOLLOW.values())


def test_what_was_closed_does_not_open_again() -> None:
    assert {after(("declined", message)) for message in ("pending", "unknown", "cancelled", "expired")} == {"declined"}


def test_a_refund_ends_once() -> None:
    for end in ("succeeded", "failed"):
        assert all(end not in before for before in rules.REFUND_MAY_FOLLOW.values())


@pytest.mark.parametrize(
    ("captured", "has_payment", "problem"),
    [
        (Money(12900, "THB"), False, ""),
        (Money(12900, "THB"), True, "second_payment"),
        (Money(12899, "THB"), False, "amount_differs"),
        (Money(12901, "THB"), False, "amount_differs"),
        (Money(12900, "KWD"), False, "currency_differs"),
    ],
)
def test_only_what_was_asked_goes_to_its_order(captured: Money, has_payment: bool, problem: str) -> None:
    assert rules.problem_of(ATTEMPT, captured, has_payment) == problem
    assert rules.first_home(problem) == ("suspense" if problem else "order")


def test_the_sandbox_is_absent_in_production() -> None:
    open_gateway(Settings(), "sandbox")
    with pytest.raises(UnknownGateway):
        open_gateway(Settings(environment="production"), "sandbox")
    with pytest.raises(UnknownGateway):
        open_gateway(Settings(), "nowhere")
