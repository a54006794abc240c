"""Cash on delivery: there is no outside. The attempt stays pending; the goods may leave, and the carrier collects."""

from __future__ import annotations

from collections.abc import Mapping

from app.domains.payments.errors import WebhookNotVerified
from app.domains.payments.types import Attempt, GatewayResult, RefundOrder, RefundResult, WebhookNotice
from app.kit.settings import Settings


class CodGateway:
    """Answers without calling anybody."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def start(self, attempt: Attempt) -> GatewayResult:
        return GatewayResult("pending", provider_reference=attempt.id)

    def fetch(self, attempt: Attempt) -> GatewayResult:
        return GatewayResult("pending", provider_reference=attempt.id)

    def void(self, attempt: Attempt) -> GatewayResult:
        return GatewayResult("cancelled", provider_reference=attempt.id)

    def refund(self, order: RefundOrder) -> RefundResult:
        """Cash cannot be sent back the way it came: it is refused for good, and the money stays where it was."""
        return RefundResult("failed", failure="cash_has_no_way_back")

    def fetch_refund(self, order: RefundOrder) -> RefundResult | None:
        return None

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookNotice:
        raise WebhookNotVerified()
