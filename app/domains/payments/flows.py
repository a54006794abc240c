"""Talking to providers: never inside a transaction, always with a key that makes a second call harmless."""

from __future__ import annotations

from collections.abc import Mapping

from app.domains.payments import actions
from app.domains.payments.errors import AttemptClosed, GatewayAway
from app.domains.payments.gateways import open_gateway
from app.domains.payments.queries.attempts import find_attempt, get_attempt
from app.domains.payments.queries.captures import get_payment, list_payments
from app.domains.payments.queries.refunds import get_refund
from app.domains.payments.types import Answer, Attempt, GatewayResult, Refund, RefundOrder, RefundResult, WebhookNotice
from app.kit.errors import MalformedId, NotFound
from app.kit.http import NotReached
from app.kit.scope import SYSTEM_ONLY, Scope, flow


@flow("checkout.place")
def start_attempt(scope: Scope, attempt_id: str) -> Answer:
    """Make the payment at the provider. A second call, also at the same time, finds the first one's payment.

    Everything but a capture is recorded. Raises `AttemptClosed`, and `GatewayAway` when nothing was sent.
    """
    attempt = _get(scope, attempt_id)
    if not attempt.is_open:
        raise AttemptClosed(status=attempt.status)
    if attempt.status == "pending" and attempt.redirect_url:
        result = GatewayResult("pending", attempt.provider_reference, attempt.redirect_url)
        return Answer(attempt, result)
    gateway = open_gateway(scope.settings, attempt.gateway)
    try:
        return _answer(scope, attempt, gateway.start(attempt))
    except NotReached as error:
        raise GatewayAway(reason=str(error)) from error


@flow("checkout.place")
def fetch_attempt(scope: Scope, attempt_id: str) -> Answer:
    """Ask the provider how the attempt stands. Everything but a capture is recorded; the result of a recorded
    capture is given again without asking. Raises `GatewayAway`."""
    attempt = _get(scope, attempt_id)
    if attempt.status == "captured":
        return Answer(attempt, _known_capture(scope, attempt))
    gateway = open_gateway(scope.settings, attempt.gateway)
    try:
        return _answer(scope, attempt, gateway.fetch(attempt))
    except NotReached as error:
        raise GatewayAway(reason=str(error)) from error


@flow(SYSTEM_ONLY)
def void_attempt(scope: Scope, attempt_id: str) -> Answer:
    """Close an unpaid payment at the provider. The answer may be that it was captured. Raises `GatewayAway`."""
    attempt = _get(scope, attempt_id)
    if attempt.status == "captured":
        return Answer(attempt, _known_capture(scope, attempt))
    gateway = open_gateway(scope.settings, attempt.gateway)
    try:
        return _answer(scope, attempt, gateway.void(attempt))
    except NotReached as error:
        raise GatewayAway(reason=str(error)) from error


@flow("orders.refund")
def send_refund(scope: Scope, refund_id: str) -> Refund:
    """Have the provider give the money back, or learn what became of that. Undone, when the provider refuses for
    good, by the listeners of `RefundFailed`. Raises `GatewayAway`; `payments.settle_refunds` comes back to it."""
    with scope.as_system().transaction() as unit:
        refund = get_refund(unit, refund_id)
        payment = get_payment(unit, refund.payment_id)
    if refund.status in ("succeeded", "failed"):
        return refund
    gateway = open_gateway(scope.settings, refund.gateway)
    order = RefundOrder(refund, payment.provider_reference)
    try:
        result: RefundResult | None = None
        if refund.status == "unknown" or refund.provider_reference is not None:
            result = gateway.fetch_refund(order)
        if result is None:
            result = gateway.refund(order)
    except NotReached as error:
        raise GatewayAway(reason=str(error)) from error
    with scope.as_system().transaction() as unit:
        return actions.record_refund_result(unit, refund_id, result)


@flow(SYSTEM_ONLY)
def receive_webhook(scope: Scope, gateway: str, headers: Mapping[str, str], body: bytes) -> WebhookNotice:
    """Verify a provider's message, keep it, and find what it is about.

    A refund's message is applied here. An attempt's is left to the flow of `notice.attempt.purpose`, unless
    `notice.is_applied` says that there is nothing left to do; that flow ends with `actions.settle_webhook`.
    Raises `WebhookNotVerified` (nothing was written), `WebhookNotUnderstood`, `UnknownGateway`.
    """
    notice = open_gateway(scope.settings, gateway).verify_webhook(headers, body)
    with scope.transaction() as unit:
        if not actions.record_webhook(unit, notice):
            return notice.with_values(is_applied=True)
        if notice.refund_result is not None:
            return _apply_to_refund(unit, notice, notice.refund_result)
        provider_reference = notice.result.provider_reference if notice.result else None
        attempt = find_attempt(unit, notice.gateway, notice.our_reference, provider_reference)
        if attempt is None:
            actions.settle_webhook(unit, notice, "not_ours", is_applied=False)
            return notice.with_values(is_applied=True)
        return notice.with_values(attempt=attempt)


def _apply_to_refund(unit: Scope, notice: WebhookNotice, result: RefundResult) -> WebhookNotice:
    try:
        refund = get_refund(unit, notice.our_reference)
    except (NotFound, MalformedId):
        actions.settle_webhook(unit, notice, "not_ours", is_applied=False)
        return notice.with_values(is_applied=True)
    recorded = actions.record_refund_result(unit, refund.id, result)
    actions.settle_webhook(unit, notice, f"refund_{recorded.status}")
    return notice.with_values(refund=recorded, is_applied=True)


def _get(scope: Scope, attempt_id: str) -> Attempt:
    with scope.as_system().transaction() as unit:
        return get_attempt(unit, attempt_id)


def _known_capture(scope: Scope, attempt: Attempt) -> GatewayResult:
    with scope.as_system().transaction() as unit:
        payments = [one for one in list_payments(unit, attempt.reference) if one.attempt_id == attempt.id]
    return GatewayResult("captured", payments[0].provider_reference, captured=payments[0].captured)


def _answer(scope: Scope, attempt: Attempt, result: GatewayResult) -> Answer:
    """Record all but a capture: that is recorded together with its posting, by whoever knows what it is for."""
    if result.status == "captured":
        return Answer(attempt, result)
    with scope.as_system().transaction() as unit:
        return Answer(actions.record_gateway_result(unit, attempt.id, result).attempt, result)
