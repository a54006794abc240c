"""A shop under fire: what shoppers, provider and jobs do in these tests, and what must be true afterwards."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import text

from app.domains.inventory.actions import expire_reservations
from app.domains.inventory.queries import list_available
from app.domains.orders.flows.payment import finish_attempt
from app.domains.orders.queries.unfinished import list_abandoned
from app.domains.orders.types import CheckoutInput, PaymentStart
from app.domains.payments.errors import GatewayAway
from app.domains.payments.flows import send_refund
from app.domains.payments.queries import list_unfinished_refunds
from app.domains.provisioning.flows.audit import list_invariants
from app.kit import ids
from app.kit.clock import FixedClock
from app.kit.db import Database
from app.kit.invariants import check
from app.kit.scope import Actor, Permissions, Scope
from tests.conftest import SHOPPER
from tests.factories.orders import checkout_of, fill_cart, make_offer
from tests.harness.provider import SandboxProvider

LONG = os.environ.get("SERAI_LONG") == "1"
"""The nightly size: every cut, every delay, many rounds."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A shopper with a filled cart who is about to order."""

    guest: Scope
    cart_token: str
    given: CheckoutInput
    offer_id: str
    stock: int


def guest_of(scope: Scope) -> Scope:
    return scope.with_values(actor=Actor("guest"), permissions=Permissions(SHOPPER))


def through(scope: Scope, database: Database) -> Scope:
    """The same scope on another way to the same database."""
    return replace(scope, database=database)


def later(scope: Scope, seconds: float) -> Scope:
    return scope.with_values(clock=FixedClock(scope.now() + timedelta(seconds=seconds)))


def errand(scope: Scope, gateway: str, *, stock: int = 3, offer_id: str | None = None, key: str = "key-1") -> Errand:
    """A fresh offer (unless one is given) in a fresh cart, read up to its summary."""
    guest = guest_of(scope)
    offer_id = offer_id or make_offer(scope, stock=stock)
    token = fill_cart(guest, {offer_id: 1})
    return Errand(guest, token, checkout_of(guest, token, gateway=gateway, key=key), offer_id, stock)


def payment_of(started: PaymentStart) -> str:
    """The provider's id of the payment that a shopper is sent to."""
    assert started.redirect_url is not None
    return started.redirect_url.rsplit("/", 1)[-1].split("?")[0]


def pay(provider: SandboxProvider, started: PaymentStart, choice: str = "pay") -> None:
    provider.press(payment_of(started), choice)


def free(scope: Scope) -> None:
    """Give back what was held too long."""
    with scope.transaction() as unit:
        expire_reservations(unit)


def settle_refunds(scope: Scope) -> int:
    """What the periodic job and those that it enqueues do; returns how many refunds have ended."""
    with scope.transaction() as unit:
        waiting = list_unfinished_refunds(unit, scope.now() - timedelta(minutes=1))
    ended = 0
    for refund in waiting:
        with suppress(GatewayAway):
            ended += send_refund(scope, refund.id).status in ("succeeded", "failed")
    return ended


def complete(scope: Scope, *, after_s: float) -> int:
    """What the periodic jobs do at a later moment: free what was held too long, finish what was abandoned."""
    at = later(scope.as_system(), after_s)
    free(at)
    with at.transaction() as unit:
        abandoned = list_abandoned(unit, at.now() - timedelta(seconds=at.settings.unknown_after_s))
    for attempt_id in abandoned:
        finish_attempt(at, attempt_id)
    settle_refunds(later(at, 61))
    return len(abandoned)


def recover(scope: Scope) -> None:
    """The jobs half a minute later, and once more when everything that was held is past its time."""
    complete(scope, after_s=scope.settings.unknown_after_s + 1)
    complete(scope, after_s=scope.settings.attempt_ttl_s + 1)


def count(scope: Scope, sql: str, **values: object) -> int:
    with scope.transaction() as unit:
        return int(unit.db.execute(text(sql), values).scalar_one())


def available(scope: Scope, offer_id: str) -> int:
    with scope.transaction() as unit:
        return list_available(unit, [offer_id])[offer_id]


def sold(scope: Scope, offer_id: str) -> int:
    """Pieces of an offer in placed orders."""
    return count(
        scope,
        "SELECT coalesce(sum(l.quantity), 0) FROM orders_lines l JOIN orders_orders o ON o.id = l.order_id"
        " WHERE o.status = 'placed' AND l.offer_id = CAST(:offer AS uuid)",
        offer=str(ids.to_uuid("off", offer_id)),
    )


def balance(scope: Scope, code: str) -> int:
    """Debits less credits of an account."""
    return count(
        scope,
        "SELECT coalesce(sum(p.amount_minor), 0) FROM ledger_postings p"
        " JOIN ledger_accounts a ON a.id = p.account_id WHERE a.code = :code",
        code=code,
    )


def moved(provider: SandboxProvider, since: int = 0) -> tuple[int, int]:
    """What the provider's own books say was captured less refunded since a movement; and the last one's number."""
    total, has_more = 0, True
    while has_more:
        page = provider.call("GET", f"/v1/movements?since={since}&limit=1000").json()
        for one in page["movements"]:
            total += one["amount_minor"] if one["kind"] == "capture" else -one["amount_minor"]
        since, has_more = page["next"], page["has_more"]
    return total, since


def breaks(scope: Scope) -> list[str]:
    """All invariants of all rooms, but for the search index, which a job brings up to date."""
    wanted = [one for one in list_invariants() if one.room != "search"]
    with scope.transaction(read_only=True) as unit:
        return [str(found) for found in check(unit, wanted)]
