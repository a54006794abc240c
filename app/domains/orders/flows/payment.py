"""A shopper pays and the order stands: two units of work with the provider between them, the shopper away for minutes.

`complete_order` is the one function that browser return, webhook and completer run, in any order and number.
"""

from __future__ import annotations

from datetime import timedelta

from app.domains.escrow import actions as escrow
from app.domains.inventory import actions as inventory
from app.domains.orders.actions import drafts, placing
from app.domains.orders.actions.placing import CLOSED, LockedGroup
from app.domains.orders.errors import CartChanged, CartEmpty, CartPlaced, CodLimitExceeded, OrderNotFound
from app.domains.orders.events import PaymentReturned
from app.domains.orders.queries.carts import get_cart
from app.domains.orders.queries.checkout import COD, list_ways_to_pay, price_cart
from app.domains.orders.queries.groups import get_group, get_group_by_token, list_shares
from app.domains.orders.types import CheckoutInput, PaymentOutcome, PaymentStart
from app.domains.payments import actions as payments
from app.domains.payments import flows as payment_flows
from app.domains.payments.errors import AttemptClosed, GatewayAway, UnknownGateway
from app.domains.payments.queries.attempts import get_attempt, list_attempts_of
from app.domains.payments.types import Attempt, GatewayResult, Payment, WebhookNotice
from app.domains.pricing import actions as pricing
from app.kit.events import announce
from app.kit.money import Money
from app.kit.scope import SYSTEM_ONLY, Scope, flow

PURPOSE = "order"


@flow("checkout.place")
def start_payment(scope: Scope, cart_token: str, given: CheckoutInput) -> PaymentStart:
    """Unit 1: lock the cart, quote, compare, draft, reserve. Then the provider. The same key gives the same checkout.

    :raises CartChanged: the total is another one than the shopper saw (`total_minor`), or a line cannot be bought.
    :raises PromotionUsedUp: somebody else has had the last use of a promotion or coupon; nothing is kept.
    :raises InsufficientStock, CartEmpty, MethodNotOffered, GatewayNotOffered, CodLimitExceeded: nothing is kept.
    :raises GatewayAway: the provider cannot be reached; the draft stands, and the same key tries again.
    """
    with scope.transaction() as unit:
        group_id, attempt_id = _draft(unit, cart_token, given)
    system = scope.as_system()
    if attempt_id is None:
        return _free(system, group_id)
    try:
        answer = payment_flows.start_attempt(system, attempt_id)
    except AttemptClosed:
        return complete_order(system, attempt_id)
    if answer.result.status == "pending" and given.gateway != COD:
        return _answer(system, attempt_id)
    return settle(system, answer.attempt, answer.result)


def _draft(unit: Scope, cart_token: str, given: CheckoutInput) -> tuple[str, str | None]:
    """The checkout and its attempt: drafted now, or by an earlier call with the same key.

    A total of zero needs no payment, and so no attempt: the order stands at once.
    """
    system = unit.as_system()
    cart_id, is_open = drafts.lock_cart(unit, cart_token)
    if not is_open:
        placed = drafts.find_placed(unit, cart_id, given)
        if placed is None:
            raise CartPlaced(cart_id=cart_id)
        return placed, _last_attempt(system, placed)
    cart = get_cart(unit, cart_id)
    if not cart.lines:
        raise CartEmpty()
    before = drafts.find_draft(unit, cart, given)
    if before is not None:
        return before, _last_attempt(system, before)
    if cart.has_problem:
        raise CartChanged(problems=[line.offer_id for line in cart.lines if line.problem])
    place = given.address.get("country_area", "")
    priced = price_cart(unit, cart, given.delivery_code, given.gateway, place=place, email=given.email)
    total = priced.quote.total_minor
    if total != given.expected_total_minor:
        raise CartChanged(total_minor=total, expected_minor=given.expected_total_minor)
    way = next(way for way in list_ways_to_pay(unit) if way.code == given.gateway)
    if way.limit_minor is not None and total > way.limit_minor:
        raise CodLimitExceeded(field="gateway")
    superseded = drafts.supersede_drafts(unit, cart.id)
    group_id, token = drafts.draft_group(unit, cart.id, given, priced)
    attempt_id = None
    if total > 0:
        attempt_id = payments.draft_attempt(
            unit,
            group_id,
            PURPOSE,
            given.gateway,
            Money(total, priced.quote.currency),
            return_url=f"{_origin(unit)}/checkout/return/{token}",
            idempotency_key=f"order:{group_id}",
        ).id
    expires_at = unit.now() + timedelta(seconds=unit.settings.reservation_ttl_s)
    # the hot rows last: they stay locked over the commit
    pricing.reserve_uses(system, group_id, priced.quote.promotions, given.email, expires_at)
    quantities = {line.offer_id: line.quantity for line in cart.lines}
    inventory.reserve(system, group_id, quantities, expires_at, instead_of=superseded)
    if attempt_id is None:
        placing.place_group(system, placing.lock_group(system, group_id))
    return group_id, attempt_id


def _last_attempt(system: Scope, group_id: str) -> str | None:
    attempts = list_attempts_of(system, group_id)
    return attempts[-1].id if attempts else None


def _origin(scope: Scope) -> str:
    if scope.storefront is None:
        raise OrderNotFound()
    is_default = scope.locale == scope.storefront.locales[0]
    return scope.storefront.origin if is_default else f"{scope.storefront.origin}/{scope.locale}"


@flow(SYSTEM_ONLY)
def complete_order(scope: Scope, attempt_id: str, notice: WebhookNotice | None = None) -> PaymentStart:
    """Learn how an attempt stands (from a verified webhook, else by asking), and let the order follow. Repeatable.

    Raises `GatewayAway` when the provider cannot be reached; nothing has changed then.
    """
    if notice is not None and notice.attempt is not None and notice.result is not None:
        return settle(scope, notice.attempt, notice.result, notice)
    answer = payment_flows.fetch_attempt(scope, attempt_id)
    return settle(scope, answer.attempt, answer.result)


@flow("orders.view_own")
def return_from_payment(scope: Scope, token: str) -> PaymentStart:
    """The shopper is back from the provider: complete what can be completed. Raises `OrderNotFound`."""
    system = scope.as_system()
    with scope.transaction() as unit:
        group = get_group_by_token(unit, token)
        attempt_id = _last_attempt(unit.as_system(), group.id)
    if attempt_id is None:
        return _free(system, group.id)
    try:
        return complete_order(system, attempt_id)
    except GatewayAway:
        return _answer(system, attempt_id)


@flow(SYSTEM_ONLY)
def settle(scope: Scope, attempt: Attempt, result: GatewayResult, notice: WebhookNotice | None = None) -> PaymentStart:
    """Unit 2: record what the provider says, and place, park or close, all in one transaction."""
    refund_ids: list[str] = []
    with scope.transaction() as unit:
        group = placing.lock_group(unit, attempt.reference)
        recorded = payments.record_gateway_result(unit, attempt.id, result)
        if recorded.payment is not None and recorded.is_new_payment:
            refund_ids = _give_home(unit, group, recorded.payment)
        elif group.status == "drafted":
            _follow(unit, group, recorded.attempt)
        if notice is not None:
            payments.settle_webhook(unit, notice, f"attempt_{recorded.attempt.status}")
    for refund_id in refund_ids:
        _send_refund(scope, refund_id)
    return _answer(scope, attempt.id)


def _give_home(unit: Scope, group: LockedGroup, payment: Payment) -> list[str]:
    """New money: into escrow with the order placed, or into suspense and, if the order cannot be had, back."""
    is_held = group.status == "drafted" and placing.is_held(unit, group.id)
    if payment.home == "order" and is_held:
        escrow.hold_all(unit, payment.id, payment.gateway, list_shares(unit, group.id))
        placing.place_group(unit, group)
        return []
    escrow.park(unit, payment.id, payment.gateway, payment.captured, _why(group, payment))
    if not payment.problem and placing.revive_group(unit, group):
        escrow.hold_parked(unit, payment.id, list_shares(unit, group.id))
        placing.place_group(unit, placing.lock_group(unit, group.id))
        return []
    if group.status == "drafted":
        placing.close_group(unit, group, "cancelled", payment.problem or "payment_returned")
    refund = escrow.refund_parked(unit, payment.id, f"return:{payment.id}", _why(group, payment))
    announce(unit, PaymentReturned(group.id, payment.captured.amount_minor, payment.captured.currency, payment.id))
    return [refund.id]


def _why(group: LockedGroup, payment: Payment) -> str:
    return payment.problem or f"order_{group.status}"


def _follow(unit: Scope, group: LockedGroup, attempt: Attempt) -> None:
    """What an attempt without new money does to its checkout."""
    if attempt.gateway == COD and attempt.status == "pending":
        if placing.is_held(unit, group.id):
            placing.place_group(unit, group)  # payable on delivery: the goods may leave before the money comes
        else:
            payments.close_attempt(unit, attempt.id, "expired")
            placing.close_group(unit, group, "expired", "reservation_expired")
    elif attempt.status in ("declined", "cancelled", "expired"):
        status = "expired" if attempt.status == "expired" else "cancelled"
        placing.close_group(unit, group, status, f"payment_{attempt.status}")


@flow(SYSTEM_ONLY)
def finish_attempt(scope: Scope, attempt_id: str) -> PaymentStart:
    """Finish an abandoned attempt: start what was never sent, ask after what is open, void what is past its time.

    One whose gateway is not offered any more is given up, if nothing was sent or its time is over. Raises
    `GatewayAway`; the completer comes again.
    """
    with scope.transaction() as unit:
        attempt = get_attempt(unit, attempt_id)
    if not attempt.is_open:
        return complete_order(scope, attempt_id)
    is_over = attempt.expires_at <= scope.now() and attempt.gateway != COD
    try:
        if is_over:
            answer = payment_flows.void_attempt(scope, attempt_id)
        elif attempt.status == "created":
            answer = payment_flows.start_attempt(scope, attempt_id)
        else:
            answer = payment_flows.fetch_attempt(scope, attempt_id)
    except UnknownGateway:
        if is_over or attempt.status == "created":
            _give_up(scope, attempt)
        return _answer(scope, attempt_id)
    return settle(scope, answer.attempt, answer.result)


def _give_up(scope: Scope, attempt: Attempt) -> None:
    with scope.transaction() as unit:
        group = placing.lock_group(unit, attempt.reference)
        if payments.close_attempt(unit, attempt.id, "expired"):
            placing.close_group(unit, group, "expired", "gateway_gone")


@flow(SYSTEM_ONLY)
def void_given_up(scope: Scope, attempt_id: str) -> None:
    """Tell the provider of an attempt that was given up here. It may answer that it was paid: that money gets its
    home like any other. Raises `GatewayAway`, also while the provider does not say; the job tries again."""
    try:
        answer = payment_flows.void_attempt(scope, attempt_id)
    except UnknownGateway:
        return  # there is nobody left to tell
    settle(scope, answer.attempt, answer.result)
    if answer.result.status in ("pending", "unknown"):
        raise GatewayAway(reason=answer.result.failure or answer.result.status)


def _send_refund(scope: Scope, refund_id: str) -> None:
    try:
        payment_flows.send_refund(scope, refund_id)
    except GatewayAway:
        return  # the job that was enqueued with the refund sends it


def _free(scope: Scope, group_id: str) -> PaymentStart:
    """Where the shopper of a checkout without anything to pay goes next: it stood as soon as it was made."""
    with scope.transaction() as unit:
        group = get_group(unit, group_id)
    return PaymentStart(group.id, group.token, "", "placed")


def _answer(scope: Scope, attempt_id: str) -> PaymentStart:
    with scope.transaction() as unit:
        attempt = get_attempt(unit, attempt_id)
        group = get_group(unit, attempt.reference)
    outcome: PaymentOutcome = "pending"
    if group.status == "placed":
        outcome = "placed"
    elif attempt.status == "declined":
        outcome = "declined"
    elif attempt.status == "captured":
        outcome = "returned"
    elif group.status in CLOSED:
        outcome = "closed"
    is_open = outcome == "pending" and attempt.is_open
    return PaymentStart(group.id, group.token, attempt.id, outcome, attempt.redirect_url if is_open else None)
