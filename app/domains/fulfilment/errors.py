from app.kit.errors import NotFound, NotValid


class FulfilmentNotFound(NotFound):
    code = "fulfilment.fulfilment_not_found"
    text = "This order has not been packed yet."


class CarrierNotValid(NotValid):
    code = "fulfilment.carrier_not_valid"
    text = "Name the carrier, in at most %(longest)s characters."


class TrackingCodeNotValid(NotValid):
    code = "fulfilment.tracking_code_not_valid"
    text = "A tracking code has at most %(longest)s letters, digits, hyphens and blanks."
