"""What one may ask about payments."""

from app.domains.payments.queries.attempts import find_attempt, get_attempt, list_unfinished_attempts
from app.domains.payments.queries.captures import find_payment, get_payment, list_payments
from app.domains.payments.queries.invariants import INVARIANTS
from app.domains.payments.queries.offered import list_offered_gateways
from app.domains.payments.queries.refunds import (
    find_refund,
    get_refund,
    list_payment_refunds,
    list_refunds,
    list_stranded_refunds,
    list_unfinished_refunds,
)

__all__ = [
    "INVARIANTS",
    "find_attempt",
    "find_payment",
    "find_refund",
    "get_attempt",
    "get_payment",
    "get_refund",
    "list_offered_gateways",
    "list_payment_refunds",
    "list_payments",
    "list_refunds",
    "list_stranded_refunds",
    "list_unfinished_attempts",
    "list_unfinished_refunds",
]
