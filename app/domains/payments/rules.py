"""Pure rules of payments: which statuses follow which, what a capture lacks to fit its attempt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.domains.payments.types import Attempt, AttemptStatus, Home, Payment, Refund, RefundStatus
from app.kit.money import Money
from app.kit.settings import Settings

GATEWAYS = {
    "sandbox": "app.domains.payments.gateways.sandbox:SandboxGateway",
    "cod": "app.domains.payments.gateways.cod:CodGateway",
}
"""Code of a gateway → where its adapter is; `kit.plugins` loads it on first use."""

NOT_IN_PRODUCTION = frozenset({"sandbox"})
"""Gateways that move no real money."""

ASK_REFUND_AFTER = timedelta(minutes=1)
"""A refund without an end is asked after when it has stood still for so long."""

LONGEST_GAP = timedelta(hours=1)
"""Between two questions after something that stays without an end."""

WEBHOOK_PATH = "/callbacks/payments/"
"""Where a provider sends its messages, on the storefront's host; the gateway's code follows."""

MAY_FOLLOW: dict[AttemptStatus, tuple[AttemptStatus, ...]] = {
    "pending": ("created", "unknown"),
    "unknown": ("created", "pending"),
    "captured": ("created", "pending", "unknown", "declined", "cancelled", "expired"),
    "declined": ("created", "pending", "unknown"),
    "cancelled": ("created", "pending", "unknown"),
    "expired": ("created", "pending", "unknown"),
}
"""Status → those it may follow. Captured money is a fact, so it follows whatever we believed, and nothing follows it:
in whatever order a provider's messages come, the end is the same."""

REFUND_MAY_FOLLOW: dict[RefundStatus, tuple[RefundStatus, ...]] = {
    "requested": ("unknown",),
    "unknown": ("requested",),
    "succeeded": ("requested", "unknown"),
    "failed": ("requested", "unknown"),
}

KEPT_FROM_PAYLOAD = ("id", "type", "sequence", "created_at")
"""What is kept of a provider's message besides its identity and meaning: no person's data, no address with a token."""


def is_offered(settings: Settings, code: str) -> bool:
    """May this gateway be offered here? The one answer for shelves, drafts, adapters, plans and page headers."""
    return code in GATEWAYS and not (settings.is_production and code in NOT_IN_PRODUCTION)


def problem_of(attempt: Attempt, captured: Money, has_payment: bool) -> str:
    """Why captured money cannot go to what its attempt was for; empty if it can."""
    if has_payment:
        return "second_payment"
    if captured.currency != attempt.amount.currency:
        return "currency_differs"
    if captured != attempt.amount:
        return "amount_differs"
    return ""


def first_home(problem: str) -> Home:
    """Money that fits belongs to its orders; whoever knows them may still park it (too late, cart changed)."""
    return "suspense" if problem else "order"


def attempt_of(row: Any) -> Attempt:
    """An attempt from a row with the columns of its table."""
    return Attempt(
        id=row.id,
        reference=row.reference,
        purpose=row.purpose,
        gateway=row.gateway,
        amount=Money(row.amount_minor, row.currency),
        status=row.status,
        status_at=row.status_at,
        provider_reference=row.provider_reference,
        redirect_url=row.redirect_url,
        return_url=row.return_url,
        webhook_url=row.webhook_url,
        idempotency_key=row.idempotency_key,
        failure=row.failure,
        expires_at=row.expires_at,
        version=row.version,
    )


def payment_of(row: Any) -> Payment:
    """A payment from a row with the columns of its table."""
    return Payment(
        id=row.id,
        attempt_id=row.attempt_id,
        gateway=row.gateway,
        provider_reference=row.provider_reference,
        captured=Money(row.captured_minor, row.currency),
        captured_at=row.captured_at,
        home=row.home,
        problem=row.problem,
        version=row.version,
    )


def refund_of(row: Any) -> Refund:
    """A refund from a row with the columns of its table and its payment's `gateway`."""
    return Refund(
        id=row.id,
        payment_id=row.payment_id,
        gateway=row.gateway,
        reference=row.reference,
        amount=Money(row.amount_minor, row.currency),
        status=row.status,
        status_at=row.status_at,
        reason=row.reason,
        failure=row.failure,
        provider_reference=row.provider_reference,
        idempotency_key=row.idempotency_key,
        reversed_at=row.reversed_at,
        version=row.version,
    )
