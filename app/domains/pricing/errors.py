from app.kit.errors import Broken, NotFound, NotPossible, NotValid


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


class PromotionNotFound(NotFound):
    code = "pricing.promotion_not_found"
    text = "There is no such promotion."


class PromotionNotValid(NotValid):
    code = "pricing.promotion_not_valid"
    text = "Check the fields that are marked."


class PromotionCodeTaken(NotValid):
    code = "pricing.promotion_code_taken"
    text = "Another promotion has this code."


class PromotionRunning(NotPossible):
    code = "pricing.promotion_running"
    text = "Its kind, its benefit and who pays cannot be changed once it has been activated. End it and make another."


class PromotionEnded(NotPossible):
    code = "pricing.promotion_ended"
    text = "This promotion has ended. Make another one."


class CapTooLow(NotValid):
    code = "pricing.cap_too_low"
    text = "More than this has been used already."


class PromotionUsedUp(NotPossible):
    code = "pricing.promotion_used_up"
    text = "A promotion in your cart has just been used up. Nothing was ordered yet: check the new total, then order."


class CouponUnknown(NotValid):
    code = "pricing.coupon_unknown"
    text = "We do not know this code. Check the spelling."


class CouponNotYet(NotValid):
    code = "pricing.coupon_not_yet"
    text = "This code is not valid yet."


class CouponExpired(NotValid):
    code = "pricing.coupon_expired"
    text = "This code has expired."


class CouponUsedUp(NotValid):
    code = "pricing.coupon_used_up"
    text = "This code has been used up."


class CouponCodeTaken(NotValid):
    code = "pricing.coupon_code_taken"
    text = "This code exists already."


class CouponNotFound(NotFound):
    code = "pricing.coupon_not_found"
    text = "There is no such coupon."


class BatchNotValid(NotValid):
    code = "pricing.batch_not_valid"
    text = "Between 1 and %(most)s codes can be made at once."
