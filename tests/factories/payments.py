"""Attempts and payments for tests, made by the real actions."""

from __future__ import annotations

import itertools

from app.domains.payments import actions
from app.domains.payments.types import Attempt, GatewayResult, Payment
from app.kit.money import Money
from app.kit.scope import Scope

_numbers = itertools.count(1)


def make_attempt(unit: Scope, amount: Money, *, reference: str = "", gateway: str = "sandbox") -> Attempt:
    """A drafted attempt, in the open unit."""
    number = next(_numbers)
    return actions.draft_attempt(
        unit,
        reference or f"grp_{number}",
        "order",
        gateway,
        amount,
        "http://storefront.localhost:8000/return",
        f"attempt-{number}",
    )


def capture_of(attempt: Attempt, provider_reference: str = "", amount: Money | None = None) -> GatewayResult:
    """What a provider says when it has captured the attempt."""
    return GatewayResult("captured", provider_reference or f"pay_{next(_numbers)}", captured=amount or attempt.amount)


def make_payment(unit: Scope, amount: Money, *, reference: str = "") -> Payment:
    """A captured payment without a home yet: whoever makes it posts it in the same unit."""
    attempt = make_attempt(unit, amount, reference=reference)
    recorded = actions.record_gateway_result(unit, attempt.id, capture_of(attempt))
    assert recorded.payment is not None
    return recorded.payment
