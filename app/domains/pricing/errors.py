from app.kit.errors import Broken, NotValid


class NoTaxRule(Broken):
    code = "pricing.no_tax_rule"
    text = "The market pack has no tax rate for %(category)s on %(on)s."


class PriceNotValid(NotValid):
    code = "pricing.price_not_valid"
    text = "The price must be zero or more, in %(currency)s."


class CompareAtNotValid(NotValid):
    code = "pricing.compare_at_not_valid"
    text = "The compare-at price must be higher than the price."


class QuoteNotValid(NotValid):
    code = "pricing.quote_not_valid"
    text = "This cannot be priced: %(reason)s."
