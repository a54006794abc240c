"""The sandbox provider, over HTTP (docs/sandbox-provider.md). Its messages are signed by the Standard Webhooks
specification (github.com/standard-webhooks/standard-webhooks)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from standardwebhooks import Webhook, WebhookVerificationError

from app.domains.payments.errors import GatewayAway, WebhookNotUnderstood, WebhookNotVerified
from app.domains.payments.rules import KEPT_FROM_PAYLOAD
from app.domains.payments.types import Attempt, GatewayResult, RefundOrder, RefundResult, WebhookNotice
from app.kit.errors import NotValid
from app.kit.http import Client, OutcomeUnknown
from app.kit.money import Money
from app.kit.settings import Settings

PAYMENTS = "/v1/payments"
LONGEST_WORD = 200
REFUSED = frozenset({"request_not_valid", "payment_not_found", "not_captured", "refund_exceeds_captured"})
"""Codes that say for certain that nothing was done, and never will be for this request. A status alone says too
little: a 409 may mean that the same request is being worked on, a 422 that its key did something else before."""
NOT_TAKEN = frozenset({400, 401, 403, 429})
"""The provider did not look at what was asked: nothing happened, and trying again is right."""
STATUSES: Mapping[str, Any] = {
    "requires_action": "pending",
    "captured": "captured",
    "declined": "declined",
    "voided": "cancelled",
}
REFUND_STATUSES: Mapping[str, Any] = {"pending": "requested", "succeeded": "succeeded", "failed": "failed"}
_MALFORMED = (KeyError, TypeError, ValueError, NotValid)


class SandboxGateway:
    """A provider that can be told to misbehave. The ids of attempt and refund are what it knows us by, and its
    idempotency keys: they are unique over all tenants that share an account with the provider."""

    def __init__(self, settings: Settings) -> None:
        self._client = Client(settings, settings.sandbox_provider_url, {"Authorization": "Bearer sandbox"})
        self._secrets = settings.sandbox_webhook_secret.split()

    def start(self, attempt: Attempt) -> GatewayResult:
        body = {
            "amount_minor": attempt.amount.amount_minor,
            "currency": attempt.amount.currency,
            "reference": attempt.id,
            "return_url": attempt.return_url,
            "webhook_url": attempt.webhook_url or None,
        }
        try:
            status, document = self._client.call(
                "POST", PAYMENTS, body=body, headers={"Idempotency-Key": attempt.id}
            )
        except OutcomeUnknown as lost:
            return GatewayResult("unknown", failure=str(lost.facts.get("reason", ""))[:200])
        if _is_refused(status, document):
            return GatewayResult("declined", failure=_code(document))
        return _answered(status, document)

    def fetch(self, attempt: Attempt) -> GatewayResult:
        return self._result_of(self._find(attempt))

    def void(self, attempt: Attempt) -> GatewayResult:
        found = self._find(attempt)
        if found is None:
            return GatewayResult("unknown", failure="no_answer")
        if not found:
            return GatewayResult("cancelled", failure="not_known_to_provider")
        try:
            path = f"{PAYMENTS}/{quote(str(found.get('id', '')), safe='')}/void"
            status, document = self._client.call("POST", path)
        except OutcomeUnknown as lost:
            return GatewayResult("unknown", failure=str(lost.facts.get("reason", ""))[:200])
        if 400 <= status < 500 and status not in NOT_TAKEN:
            return self.fetch(attempt)  # it was paid or declined in the meantime: that is the answer
        return _answered(status, document)

    def refund(self, order: RefundOrder) -> RefundResult:
        body = {"amount_minor": order.refund.amount.amount_minor, "reference": order.refund.id}
        headers = {"Idempotency-Key": order.refund.id}
        try:
            status, document = self._client.call("POST", _refunds_path(order), body=body, headers=headers)
        except OutcomeUnknown as lost:
            return RefundResult("unknown", failure=str(lost.facts.get("reason", ""))[:200])
        if _is_refused(status, document):
            return RefundResult("failed", failure=_code(document))
        if status in NOT_TAKEN:
            raise GatewayAway(reason=f"answered {status}: {_code(document)}")
        if status not in (200, 201, 202):
            return RefundResult("unknown", failure=_code(document))
        return _refund_result(document)

    def fetch_refund(self, order: RefundOrder) -> RefundResult | None:
        try:
            status, document = self._client.call("GET", _refunds_path(order))
        except OutcomeUnknown as lost:
            return RefundResult("unknown", failure=str(lost.facts.get("reason", ""))[:200])
        if status != 200:
            raise GatewayAway(reason=f"answered {status}: {_code(document)}")
        for found in document.get("refunds", ()):
            if found.get("reference") == order.refund.id:
                return _refund_result(found)
        return None

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookNotice:
        payload = self._verified(headers, body)
        try:
            kind, data = _word(payload["type"]), payload["data"]
            noun, _, transition = kind.partition(".")
            notice = WebhookNotice(
                gateway="sandbox",
                object_id=_word(data["id"]),
                transition=transition,
                our_reference=_word(data["reference"]),
                payload={name: payload[name] for name in KEPT_FROM_PAYLOAD if name in payload},
            )
            _check_kept(notice.payload)
            if noun == "payment":
                return notice.with_values(result=_payment_result(data))
            if noun == "refund":
                return notice.with_values(refund_result=_refund_result(data))
        except _MALFORMED as error:
            raise WebhookNotUnderstood(reason=str(error)[:200]) from error
        raise WebhookNotUnderstood(reason=str(kind)[:80])

    def _verified(self, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """Several secrets (separated by blanks) hold while one is replaced by another."""
        for secret in self._secrets:
            try:
                payload = Webhook(secret).verify(body, dict(headers))
            except (WebhookVerificationError, ValueError):
                continue
            except RecursionError as error:  # signed, and nested deeper than anything that a provider says
                raise WebhookNotUnderstood(reason="nested too deeply") from error
            if isinstance(payload, dict):
                return payload
        raise WebhookNotVerified()

    def _find(self, attempt: Attempt) -> dict[str, Any] | None:
        """The provider's payment of this attempt; empty if it knows none, None if it did not say."""
        by_reference = attempt.provider_reference is None
        name = attempt.id if by_reference else str(attempt.provider_reference)
        path = f"{PAYMENTS}?reference={quote(name)}" if by_reference else f"{PAYMENTS}/{quote(name, safe='')}"
        try:
            status, document = self._client.call("GET", path)
        except OutcomeUnknown:
            return None
        if status == 404:
            return {}
        if status != 200:
            raise GatewayAway(reason=f"answered {status}: {_code(document)}")
        if by_reference:
            found = document.get("payments") or [{}]
            return found[0]
        return document

    @staticmethod
    def _result_of(found: dict[str, Any] | None) -> GatewayResult:
        if found is None:
            return GatewayResult("unknown", failure="no_answer")
        if not found:
            return GatewayResult("unknown", failure="not_known_to_provider")
        return _answered(200, found)


def _word(value: object) -> str:
    """An id or a kind as the database can keep it. Raises `TypeError`, `ValueError`."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of a text")
    if not 0 < len(value) <= LONGEST_WORD or not value.isprintable():
        raise ValueError("a text that is empty, too long or not printable")
    return value


def _check_kept(payload: Mapping[str, Any]) -> None:
    """What the database refuses in JSON: NUL, and half of a surrogate pair. Raises `ValueError`."""
    text = json.dumps(payload, ensure_ascii=False)
    text.encode()
    if r"\u0000" in text:
        raise ValueError("a NUL character")


def _refunds_path(order: RefundOrder) -> str:
    return f"{PAYMENTS}/{quote(order.payment_reference, safe='')}/refunds"


def _answered(status: int, document: Mapping[str, Any]) -> GatewayResult:
    """What an answer about a payment says. One that cannot be read says nothing: the outcome is unknown."""
    if status in NOT_TAKEN:
        raise GatewayAway(reason=f"answered {status}: {_code(document)}")
    if status not in (200, 201, 202):
        return GatewayResult("unknown", failure=_code(document))
    try:
        return _payment_result(document)
    except _MALFORMED as error:
        return GatewayResult("unknown", failure=f"unreadable: {error}"[:200])


def _payment_result(document: Mapping[str, Any]) -> GatewayResult:
    status = STATUSES[document["status"]]
    captured = Money(document["captured_minor"], document["currency"]) if status == "captured" else None
    if captured is not None and captured.amount_minor <= 0:
        raise ValueError(f"captured {captured.amount_minor}")
    return GatewayResult(
        status,
        provider_reference=str(document["id"]),
        redirect_url=document.get("redirect_url") if status == "pending" else None,
        captured=captured,
        failure=document.get("failure_code") or "",
    )


def _refund_result(document: Mapping[str, Any]) -> RefundResult:
    try:
        status = REFUND_STATUSES[document["status"]]
        return RefundResult(status, str(document["id"]), document.get("failure_code") or "")
    except _MALFORMED as error:
        return RefundResult("unknown", failure=f"unreadable: {error}"[:200])


def _is_refused(status: int, document: Mapping[str, Any]) -> bool:
    return 400 <= status < 500 and _code(document).removeprefix("provider:") in REFUSED


def _code(document: Mapping[str, Any]) -> str:
    error = document.get("error")
    return f"provider:{error.get('code', '')}"[:120] if isinstance(error, dict) else "provider:refused"
