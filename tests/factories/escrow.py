"""Sales for tests: captured and held."""

from __future__ import annotations

from dataclasses import dataclass

from app.domains.escrow import actions as escrow
from app.domains.payments.types import Payment
from app.kit import ids
from app.kit.money import Money
from app.kit.scope import Scope
from tests.factories.payments import make_payment


@dataclass(frozen=True, slots=True)
class Sale:
    order_id: str
    payment: Payment
    hold_id: str


def make_sale(unit: Scope, amount_minor: int, currency: str = "THB") -> Sale:
    """An order that is paid: one payment, held in escrow. In the open unit of a system scope."""
    payment = make_payment(unit, Money(amount_minor, currency))
    order_id = ids.new("ord")
    hold_id = escrow.hold(unit, order_id, payment.id, payment.gateway, payment.captured, {"goods": amount_minor})
    return Sale(order_id, payment, hold_id)


def make_parked(unit: Scope, amount_minor: int, currency: str = "THB") -> Payment:
    """A payment without a home, parked in suspense."""
    payment = make_payment(unit, Money(amount_minor, currency))
    escrow.park(unit, payment.id, payment.gateway, payment.captured, "order_expired")
    return payment
