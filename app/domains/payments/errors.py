"""What can go wrong with payments."""

from __future__ import annotations

from typing import ClassVar

from app.kit.errors import Broken, NotAllowed, NotFound, NotPossible, NotReady, NotValid
from app.kit.i18n import N_

ATTEMPT_WORDS = {
    "created": N_("Begun"),
    "pending": N_("Waiting for the shopper"),
    "unknown": N_("Being checked with the provider"),
    "captured": N_("Paid"),
    "declined": N_("Declined"),
    "cancelled": N_("Cancelled"),
    "expired": N_("Expired"),
}
REFUND_WORDS = {
    "requested": N_("On its way"),
    "unknown": N_("Being checked with the provider"),
    "succeeded": N_("Paid back"),
    "failed": N_("Failed"),
}
GATEWAY_WORDS = {"cod": N_("Cash on delivery"), "sandbox": N_("Sandbox payment")}
"""What codes are called in a sentence."""


class AttemptNotFound(NotFound):
    code = "payments.attempt_not_found"
    text = "There is no such payment."


class PaymentNotFound(NotFound):
    code = "payments.payment_not_found"
    text = "There is no such payment. Look it up again in the list of payments."


class RefundNotFound(NotFound):
    code = "payments.refund_not_found"
    text = "There is no such refund."


class UnknownGateway(NotValid):
    code = "payments.unknown_gateway"
    text = "This way of paying is not offered here (%(gateway)s)."
    words = {"gateway": GATEWAY_WORDS}


class GatewayAway(NotReady):
    """Nothing was sent, so nothing happened: trying again is right."""

    code = "payments.gateway_away"
    text = "The payment service cannot be reached right now. Nothing was charged. Try again in a moment."


class AmountNotPayable(NotValid):
    code = "payments.amount_not_payable"
    text = "Only an amount above zero can be paid or refunded."


class KeyHasOtherContent(NotValid):
    code = "payments.key_has_other_content"
    text = "This key was used before for another payment or refund."


class AttemptClosed(NotPossible):
    code = "payments.attempt_closed"
    text = "This payment is closed (%(status)s)."
    words = {"status": ATTEMPT_WORDS}


class ReferenceTaken(Broken):
    """A provider named one payment for two attempts: the money of the first is never counted for the second."""

    code = "payments.reference_taken"
    text = "The provider's payment %(provider_reference)s belongs to another attempt."


class ResultNotComplete(Broken):
    code = "payments.result_not_complete"
    text = "A gateway reported a capture without an amount or a reference (%(gateway)s)."


class RefundTooLarge(NotValid):
    code = "payments.refund_too_large"
    text = "Of this payment %(left)s can still be refunded, not %(asked)s."


class RefundInOtherCurrency(NotValid):
    code = "payments.refund_in_other_currency"
    text = "This payment was made in %(currency)s; it is refunded in no other currency."


class RefundStands(NotPossible):
    code = "payments.refund_stands"
    text = "Only a refund that has failed can be taken back (%(status)s)."
    words = {"status": REFUND_WORDS}


class RefundNotRepeatable(NotPossible):
    code = "payments.refund_not_repeatable"
    text = "Only a refund that has failed can be asked for again (%(status)s)."


class WebhookNotVerified(NotAllowed):
    """The sender is not known, so it is told nothing but that: 401."""

    status: ClassVar[int] = 401
    code = "payments.webhook_not_verified"
    text = "This message is not signed by the provider."


class WebhookNotUnderstood(NotValid):
    code = "payments.webhook_not_understood"
    text = "This message says nothing that is known here."
