from app.kit.errors import NotFound, NotPossible, NotValid
from app.kit.i18n import N_

STATUS_WORDS = {
    "drafted": N_("Not placed yet"),
    "placed": N_("New"),
    "packed": N_("Packed"),
    "shipped": N_("Shipped"),
    "cancelled": N_("Cancelled"),
    "discarded": N_("Given up"),
}
"""What the status of an order is called in a sentence."""


class CartNotFound(NotFound):
    code = "orders.cart_not_found"
    text = "This cart does not exist any more."


class CartEmpty(NotPossible):
    code = "orders.cart_empty"
    text = "Your cart is empty."


class CartPlaced(NotPossible):
    code = "orders.cart_placed"
    text = "This cart has been ordered already."


class CartChanged(NotPossible):
    code = "orders.cart_changed"
    text = "Prices or items have changed since you looked. Check the new total, then continue."


class OfferNotSold(NotPossible):
    code = "orders.offer_not_sold"
    text = "This item is not sold at the moment."


class QuantityNotValid(NotValid):
    code = "orders.quantity_not_valid"
    text = "The quantity must be a whole number from 1 to 9,999."


class LineNotFound(NotFound):
    code = "orders.line_not_found"
    text = "This item is not in the cart any more."


class OrderNotFound(NotFound):
    code = "orders.order_not_found"
    text = "There is no such order."


class StatusNotPossible(NotPossible):
    code = "orders.status_not_possible"
    text = "The order’s status is “%(status)s”; this step is not possible any more."
    words = {"status": STATUS_WORDS}


class GatewayNotOffered(NotValid):
    code = "orders.gateway_not_offered"
    text = "Choose one of the ways to pay."


class CodLimitExceeded(NotValid):
    code = "orders.cod_limit_exceeded"
    text = "This order is too large for cash on delivery. Choose another way to pay."
