"""What can go wrong with money that is held."""

from __future__ import annotations

from app.kit.errors import Broken, NotFound, NotPossible, NotValid


class HoldNotFound(NotFound):
    code = "escrow.hold_not_found"
    text = "No money is held for this order."


class HoldDiffers(Broken):
    """The shares of a payment must be the payment: to the minor unit, in its currency, at its gateway."""

    code = "escrow.hold_differs"
    text = "The amounts to hold (%(shares)s) are not the payment (%(captured)s)."


class PaymentIsParked(NotPossible):
    code = "escrow.payment_is_parked"
    text = "This payment has no home yet (%(problem)s); it is parked."


class PaymentIsNotParked(NotPossible):
    code = "escrow.payment_is_not_parked"
    text = "This payment is not parked any more."


class HoldTooSmall(NotValid):
    code = "escrow.hold_too_small"
    text = "Of this order %(left)s can still be refunded, not %(asked)s."


class HoldInOtherCurrency(NotValid):
    code = "escrow.hold_in_other_currency"
    text = "This order was paid in %(currency)s; it is refunded in no other currency."
