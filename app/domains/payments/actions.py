"""The only writers of payments: each move is conditional, each fact has a unique key."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import func, insert, inspect, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.payments import rules
from app.domains.payments.errors import (
    AmountNotPayable,
    AttemptNotFound,
    KeyHasOtherContent,
    PaymentNotFound,
    ReferenceTaken,
    RefundInOtherCurrency,
    RefundNotFound,
    RefundStands,
    RefundTooLarge,
    ResultNotComplete,
    UnknownGateway,
)
from app.domains.payments.events import RefundFailed, RefundSucceeded
from app.domains.payments.models import AttemptRow, PaymentRow, RefundRow, WebhookEventRow
from app.domains.payments.queries.refunds import find_refund, get_refund
from app.domains.payments.types import (
    Attempt,
    GatewayResult,
    Home,
    Payment,
    Recorded,
    Refund,
    RefundRequested,
    RefundResult,
    WebhookNotice,
)
from app.domains.tenancy.actions import record_change
from app.kit import ids
from app.kit.events import announce
from app.kit.money import Money
from app.kit.queue import enqueue
from app.kit.scope import SYSTEM_ONLY, Scope, action

SEND_LATER_S = 10
"""The flow that asks for a refund sends it at once; the job is for when it died before it could."""

_ATTEMPT = tuple(inspect(AttemptRow).columns)
_PAYMENT = tuple(inspect(PaymentRow).columns)


@action("checkout.place")
def draft_attempt(
    scope: Scope,
    reference: str,
    purpose: str,
    gateway: str,
    amount: Money,
    return_url: str,
    idempotency_key: str,
    *,
    webhook_url: str | None = None,
) -> Attempt:
    """Write down a try to pay, before any provider hears of it. The same key gives the same attempt.

    The provider is told to send its messages to the scope's storefront, unless `webhook_url` says otherwise.
    Raises `KeyHasOtherContent`, `AmountNotPayable`, `UnknownGateway`.
    """
    if amount.amount_minor <= 0:
        raise AmountNotPayable(amount=str(amount))
    if not rules.is_offered(scope.settings, gateway):
        raise UnknownGateway(gateway=gateway[:40])
    if webhook_url is None:
        webhook_url = f"{scope.storefront.origin}{rules.WEBHOOK_PATH}{gateway}" if scope.storefront else ""
    row = scope.db.execute(
        upsert(AttemptRow)
        .values(
            id=ids.new("pat"),
            reference=reference,
            purpose=purpose,
            gateway=gateway,
            amount_minor=amount.amount_minor,
            currency=amount.currency,
            status="created",
            status_at=scope.now(),
            return_url=return_url,
            webhook_url=webhook_url,
            idempotency_key=idempotency_key,
            expires_at=scope.now() + timedelta(seconds=scope.settings.attempt_ttl_s),
        )
        .on_conflict_do_nothing(index_elements=[AttemptRow.idempotency_key])
        .returning(*_ATTEMPT)
    ).one_or_none()
    if row is not None:
        return rules.attempt_of(row)
    found = rules.attempt_of(
        scope.db.execute(select(*_ATTEMPT).where(AttemptRow.idempotency_key == idempotency_key)).one()
    )
    if (found.reference, found.purpose, found.gateway, found.amount) != (reference, purpose, gateway, amount):
        raise KeyHasOtherContent(key=idempotency_key)
    return found


@action(SYSTEM_ONLY)
def record_gateway_result(scope: Scope, attempt_id: str, result: GatewayResult) -> Recorded:
    """Record what a provider says: by return, webhook or completer, in any order, any number of times.

    Whoever gets `is_new_payment` gives the money its place in this unit: `escrow.actions.hold` when `payment.home`
    is `order` and the orders can still be had, else `escrow.actions.park`. Raises `AttemptNotFound`,
    `ReferenceTaken`, `ResultNotComplete`.
    """
    row = scope.db.execute(select(*_ATTEMPT).where(AttemptRow.id == attempt_id).with_for_update()).one_or_none()
    if row is None:
        raise AttemptNotFound()
    attempt = rules.attempt_of(row)
    payment, is_new = None, False
    if result.status == "captured":
        payment, is_new = _record_payment(scope, attempt, result)
    moved = _move_attempt(scope, attempt, result)
    return Recorded(moved or attempt, attempt.status, is_new or moved is not None, payment, is_new)


@action(SYSTEM_ONLY)
def close_attempt(scope: Scope, attempt_id: str, status: str) -> bool:
    """Give an attempt up on our side (`cancelled`, `expired`); False if it was closed or captured before.

    Money may still come for it: it is then recorded and parked.
    """
    closed = scope.db.execute(
        update(AttemptRow)
        .where(AttemptRow.id == attempt_id, AttemptRow.status.in_(("created", "pending", "unknown")))
        .values(status=status, status_at=scope.now(), version=AttemptRow.version + 1)
        .returning(AttemptRow.id)
    ).one_or_none()
    return closed is not None


@action(SYSTEM_ONLY)
def mark_attempts_asked(scope: Scope, attempt_ids: Collection[str]) -> None:
    """Note that somebody asks after these attempts now, so that others come before them the next time.

    One that is being settled at this moment is left out: it needs no asking.
    """
    _mark_asked(scope, AttemptRow, attempt_ids)


@action(SYSTEM_ONLY)
def mark_refunds_asked(scope: Scope, refund_ids: Collection[str]) -> None:
    """As `mark_attempts_asked`, for refunds."""
    _mark_asked(scope, RefundRow, refund_ids)


@action(SYSTEM_ONLY)
def assign_home(scope: Scope, payment_id: str, home: Home, problem: str) -> None:
    """Say where captured money belongs. Raises `PaymentNotFound`."""
    assigned = scope.db.execute(
        update(PaymentRow)
        .where(PaymentRow.id == payment_id)
        .values(home=home, problem=problem, version=PaymentRow.version + 1)
        .returning(PaymentRow.id)
    ).one_or_none()
    if assigned is None:
        raise PaymentNotFound()


@action(SYSTEM_ONLY)
def lock_payment(scope: Scope, payment_id: str) -> Payment:
    """A payment, locked until the end of the unit. Raises `PaymentNotFound`."""
    row = scope.db.execute(
        select(*_PAYMENT).where(PaymentRow.id == ids.check("pay", payment_id)).with_for_update()
    ).one_or_none()
    if row is None:
        raise PaymentNotFound()
    return rules.payment_of(row)


@action("orders.refund")
def request_refund(
    scope: Scope, payment_id: str, amount: Money, reason: str, key: str, reference: str = ""
) -> RefundRequested:
    """Promise money back; a job sends it if the caller does not. The same key gives the same refund.

    Called by `escrow`, which takes the money from its place in the same unit; never by itself. All refunds of a
    payment but those taken back count against what was captured, under a lock of the payment. Raises
    `RefundTooLarge`, `RefundInOtherCurrency`, `AmountNotPayable`, `KeyHasOtherContent`, `PaymentNotFound`.
    """
    payment = lock_payment(scope.as_system(), payment_id)
    if before := find_refund(scope, key):
        if (before.payment_id, before.amount, before.reference) != (payment_id, amount, reference):
            raise KeyHasOtherContent(key=key)
        return RefundRequested(before, is_new=False)
    if amount.amount_minor <= 0:
        raise AmountNotPayable(amount=str(amount))
    if amount.currency != payment.captured.currency:
        raise RefundInOtherCurrency(currency=payment.captured.currency)
    given = scope.db.scalar(
        select(func.coalesce(func.sum(RefundRow.amount_minor), 0)).where(
            RefundRow.payment_id == payment_id, RefundRow.reversed_at.is_(None)
        )
    )
    left = payment.captured - Money(int(given or 0), amount.currency)
    if amount > left:
        raise RefundTooLarge(left=str(left), asked=str(amount))
    refund_id = ids.new("ref")
    scope.db.execute(
        insert(RefundRow).values(
            id=refund_id,
            payment_id=payment_id,
            reference=reference,
            amount_minor=amount.amount_minor,
            currency=amount.currency,
            status="requested",
            status_at=scope.now(),
            reason=reason,
            idempotency_key=key,
            requested_by={"kind": scope.actor.kind, "id": scope.actor.id},
        )
    )
    record_change(
        scope,
        noun="refund",
        noun_id=refund_id,
        verb="request",
        before={"refunded_minor": int(given or 0)},
        after={"payment_id": payment_id, "amount_minor": amount.amount_minor, "currency": amount.currency},
    )
    enqueue(scope, "payments.send_refund", unique=refund_id, delay_s=SEND_LATER_S, refund_id=refund_id)
    return RefundRequested(get_refund(scope.as_system(), refund_id), is_new=True)


@action(SYSTEM_ONLY)
def record_refund_result(scope: Scope, refund_id: str, result: RefundResult) -> Refund:
    """Record what a provider says of a refund, in any order, any number of times; announces its end once."""
    row = scope.db.execute(
        select(RefundRow.status, RefundRow.payment_id, RefundRow.reference)
        .where(RefundRow.id == refund_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise RefundNotFound()
    is_move = row.status in rules.REFUND_MAY_FOLLOW[result.status]
    if is_move or row.status == result.status:
        values = {"provider_reference": func.coalesce(RefundRow.provider_reference, result.provider_reference)}
        if is_move:
            values |= {"status": result.status, "status_at": scope.now(), "failure": result.failure}
        scope.db.execute(
            update(RefundRow).where(RefundRow.id == refund_id).values(version=RefundRow.version + 1, **values)
        )
    if is_move and result.status == "succeeded":
        announce(scope, RefundSucceeded(refund_id, row.payment_id, row.reference))
    if is_move and result.status == "failed":
        announce(scope, RefundFailed(refund_id, row.payment_id, row.reference))
    return get_refund(scope, refund_id)


@action(SYSTEM_ONLY)
def mark_refund_reversed(scope: Scope, refund_id: str) -> bool:
    """Note that the ledger has taken a failed refund back; False if that was noted before. Raises `RefundStands`."""
    marked = scope.db.execute(
        update(RefundRow)
        .where(RefundRow.id == refund_id, RefundRow.status == "failed", RefundRow.reversed_at.is_(None))
        .values(reversed_at=scope.now(), version=RefundRow.version + 1)
        .returning(RefundRow.id)
    ).one_or_none()
    if marked is None and (refund := get_refund(scope, refund_id)).reversed_at is None:
        raise RefundStands(status=refund.status)
    return marked is not None


@action(SYSTEM_ONLY)
def record_webhook(scope: Scope, notice: WebhookNotice) -> bool:
    """Keep a verified message, once per object and transition. True if it still is to be applied."""
    scope.db.execute(
        upsert(WebhookEventRow)
        .values(
            gateway=notice.gateway,
            object_id=notice.object_id,
            transition=notice.transition,
            our_reference=notice.our_reference,
            payload=dict(notice.payload),
            verified_at=scope.now(),
        )
        .on_conflict_do_nothing()
    )
    applied_at = scope.db.scalar(
        select(WebhookEventRow.applied_at).where(
            WebhookEventRow.gateway == notice.gateway,
            WebhookEventRow.object_id == notice.object_id,
            WebhookEventRow.transition == notice.transition,
        )
    )
    return applied_at is None


@action(SYSTEM_ONLY)
def settle_webhook(scope: Scope, notice: WebhookNotice, outcome: str, *, is_applied: bool = True) -> None:
    """Say what came of a message, in the unit that applied it; or (`is_applied=False`) why it was not."""
    scope.db.execute(
        update(WebhookEventRow)
        .where(
            WebhookEventRow.gateway == notice.gateway,
            WebhookEventRow.object_id == notice.object_id,
            WebhookEventRow.transition == notice.transition,
            WebhookEventRow.applied_at.is_(None),
        )
        .values(
            outcome=outcome, applied_at=scope.now() if is_applied else None, version=WebhookEventRow.version + 1
        )
    )


def _mark_asked(scope: Scope, table: type[AttemptRow | RefundRow], row_ids: Collection[str]) -> None:
    free = select(table.id).where(table.id.in_(row_ids)).order_by(table.id).with_for_update(skip_locked=True)
    scope.db.execute(update(table).where(table.id.in_(free)).values(asked_at=scope.now()))


def _record_payment(scope: Scope, attempt: Attempt, result: GatewayResult) -> tuple[Payment, bool]:
    captured, provider_reference = result.captured, result.provider_reference
    if captured is None or captured.amount_minor <= 0 or not provider_reference:
        raise ResultNotComplete(gateway=attempt.gateway)
    has_payment = scope.db.scalar(
        select(func.count(PaymentRow.id)).where(
            PaymentRow.attempt_id == attempt.id, PaymentRow.provider_reference != provider_reference
        )
    )
    problem = rules.problem_of(attempt, captured, bool(has_payment))
    row = scope.db.execute(
        upsert(PaymentRow)
        .values(
            id=ids.new("pay"),
            attempt_id=attempt.id,
            gateway=attempt.gateway,
            provider_reference=provider_reference,
            captured_minor=captured.amount_minor,
            currency=captured.currency,
            captured_at=scope.now(),
            home=rules.first_home(problem),
            problem=problem,
        )
        .on_conflict_do_nothing(index_elements=[PaymentRow.gateway, PaymentRow.provider_reference])
        .returning(*_PAYMENT)
    ).one_or_none()
    if row is not None:
        return rules.payment_of(row), True
    found = scope.db.execute(
        select(*_PAYMENT).where(
            PaymentRow.gateway == attempt.gateway, PaymentRow.provider_reference == provider_reference
        )
    ).one()
    if found.attempt_id != attempt.id:
        raise ReferenceTaken(provider_reference=provider_reference)
    return rules.payment_of(found), False


def _move_attempt(scope: Scope, attempt: Attempt, result: GatewayResult) -> Attempt | None:
    """The attempt after the result, None if that changes nothing. The row is locked by the caller."""
    is_move = attempt.status in rules.MAY_FOLLOW[result.status]
    learns = attempt.provider_reference is None and result.provider_reference is not None
    if not is_move and not (learns and result.status == attempt.status):
        return None
    row = scope.db.execute(
        update(AttemptRow)
        .where(AttemptRow.id == attempt.id)
        .values(
            status=result.status,
            status_at=scope.now() if is_move else AttemptRow.status_at,
            provider_reference=attempt.provider_reference or result.provider_reference,
            redirect_url=result.redirect_url or attempt.redirect_url,
            failure=result.failure,
            version=AttemptRow.version + 1,
        )
        .returning(*_ATTEMPT)
    ).one()
    return rules.attempt_of(row)
