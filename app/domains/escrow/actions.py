"""The only writers of escrow. Each moves its money in the ledger in the same transaction.

Rows are locked payment before hold, everywhere; the ledger only ever adds rows, so it comes when the rest is decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.escrow import rules
from app.domains.escrow.errors import (
    HoldDiffers,
    HoldInOtherCurrency,
    HoldNotFound,
    HoldTooSmall,
    PaymentIsNotParked,
    PaymentIsParked,
)
from app.domains.escrow.models import HoldRow, SubsidyRow
from app.domains.escrow.queries.holds import list_holds
from app.domains.escrow.types import Hold, HoldShare, Subsidy
from app.domains.ledger import actions as ledger
from app.domains.ledger.queries import find_by_key
from app.domains.ledger.types import TransferInput
from app.domains.payments import actions as payments
from app.domains.payments.errors import KeyHasOtherContent, RefundNotRepeatable
from app.domains.payments.queries import find_refund, get_payment, get_refund, list_payment_refunds
from app.domains.payments.types import Payment, Refund
from app.kit import ids
from app.kit.money import Money
from app.kit.scope import SYSTEM_ONLY, Scope, action


@action(SYSTEM_ONLY)
def hold(scope: Scope, order_id: str, payment_id: str, gateway: str, amount: Money, split: Mapping[str, Any]) -> str:
    """Hold a whole payment for one order; returns the hold's id. As `hold_all`."""
    return hold_all(scope, payment_id, gateway, [HoldShare(order_id, amount, split)])[0]


@action(SYSTEM_ONLY)
def hold_all(scope: Scope, payment_id: str, gateway: str, shares: Sequence[HoldShare]) -> list[str]:
    """Hold a payment for the orders of its group: provider → escrow of each order, in one ledger transaction.

    Returns the holds' ids in the order of the shares; a repetition returns the same. Raises `HoldDiffers` unless the
    shares are the payment to the minor unit, `PaymentIsParked` when it has a problem.
    """
    payment = get_payment(scope, payment_id)
    if payment.gateway != gateway:
        raise HoldDiffers(shares=gateway, captured=payment.gateway)
    rules.check_shares(shares, payment.captured)
    if payment.home != "order":
        raise PaymentIsParked(problem=payment.problem)
    held = [_write_hold(scope, payment, share) for share in shares]
    _post_shares(scope, payment, shares, payment.capture_key, rules.provider_account(gateway))
    return held


@action(SYSTEM_ONLY)
def park(scope: Scope, payment_id: str, gateway: str, amount: Money, reason: str) -> None:
    """Put a payment that has no home (late, twice, wrong amount) into suspense: provider → suspense. Repeatable.

    Raises `HoldDiffers` unless it is the whole payment; `ledger.KeyHasOtherContent` when it is held already.
    """
    payment = get_payment(scope, payment_id)
    if payment.captured != amount or payment.gateway != gateway:
        raise HoldDiffers(shares=f"{gateway} {amount}", captured=f"{payment.gateway} {payment.captured}")
    if find_by_key(scope, payment.unpark_key):
        return  # it was parked before, and has found its home since
    if payment.home != "suspense" or not payment.problem:
        payments.assign_home(scope, payment_id, "suspense", payment.problem or reason)
    provider = rules.provider_account(gateway)
    transfers = [TransferInput(provider, rules.SUSPENSE, amount.amount_minor, amount.currency)]
    ledger.post(scope, payment.capture_key, "payment_parked", payment_id, transfers)


@action(SYSTEM_ONLY)
def hold_parked(scope: Scope, payment_id: str, shares: Sequence[HoldShare]) -> list[str]:
    """Give a parked payment its home after all (stock was reserved again): suspense → escrow of each order.

    Raises `PaymentIsNotParked` when it is not, or when something of it was refunded; `HoldDiffers`.
    """
    payment = payments.lock_payment(scope, payment_id)
    rules.check_shares(shares, payment.captured)
    standing = [refund for refund in list_payment_refunds(scope, payment_id) if refund.reversed_at is None]
    if payment.home != "suspense" or standing:
        raise PaymentIsNotParked()
    payments.assign_home(scope, payment_id, "order", payment.problem)
    held = [_write_hold(scope, payment, share) for share in shares]
    _post_shares(scope, payment, shares, payment.unpark_key, rules.SUSPENSE)
    return held


@action("orders.refund")
def refund(scope: Scope, order_id: str, amount: Money, key: str, reason: str = "") -> Refund:
    """Give money of an order back: escrow → provider, and a refund that a job sends if the caller does not
    (`payments.flows.send_refund(scope, refund.id)`, after this unit). The same key gives the same refund.

    Raises `HoldNotFound`, `HoldTooSmall`, `HoldInOtherCurrency`, `payments.RefundTooLarge`,
    `payments.AmountNotPayable`, `payments.KeyHasOtherContent`.
    """
    inside = scope.as_system()
    if before := find_refund(inside, key):
        if (before.reference, before.amount) != (order_id, amount):
            raise KeyHasOtherContent(key=key)
        return before
    found = _choose_hold(inside, order_id, amount)
    requested = payments.request_refund(scope, found.payment_id, amount, reason, key, reference=order_id)
    if not requested.is_new:
        return requested.refund
    taken = scope.db.execute(
        update(HoldRow)
        .where(HoldRow.id == found.id, _left() >= amount.amount_minor)
        .values(
            refunded_minor=HoldRow.refunded_minor + amount.amount_minor,
            status=case(
                (_left() > amount.amount_minor, HoldRow.status),
                (HoldRow.released_minor > 0, "released"),
                else_="refunded",
            ),
            version=HoldRow.version + 1,
        )
        .returning(HoldRow.id)
    ).one_or_none()
    if taken is None:
        raise HoldTooSmall(left=str(_choose_hold(inside, order_id, amount).left), asked=str(amount))
    _post_refund(inside, requested.refund, rules.escrow_account(order_id))
    return requested.refund


@action("orders.refund")
def refund_parked(scope: Scope, payment_id: str, key: str, reason: str = "", amount: Money | None = None) -> Refund:
    """Give parked money back (all of it unless `amount` says less): suspense → provider. As `refund`.

    Raises `PaymentIsNotParked`, and as `payments.actions.request_refund`.
    """
    inside = scope.as_system()
    payment = payments.lock_payment(inside, payment_id)
    if payment.home != "suspense":
        raise PaymentIsNotParked()
    requested = payments.request_refund(scope, payment_id, amount or payment.captured, reason, key)
    if requested.is_new:
        _post_refund(inside, requested.refund, rules.SUSPENSE)
    return requested.refund


@action("orders.refund")
def repeat_refund(scope: Scope, failed: Refund) -> Refund:
    """Take the money of a failed refund from its place again, under the key that names the failed one.

    Raises `payments.RefundNotRepeatable`, and as `refund` and `refund_parked`.
    """
    if not failed.is_repeatable:
        raise RefundNotRepeatable(status=failed.status)
    if failed.reference:
        return refund(scope, failed.reference, failed.amount, failed.repetition_key, failed.reason)
    return refund_parked(scope, failed.payment_id, failed.repetition_key, failed.reason, failed.amount)


@action(SYSTEM_ONLY)
def take_back_refund(scope: Scope, refund_id: str) -> bool:
    """Undo a refund that the provider refused for good: the money is back where it was taken from. Once; False if
    that was done before. Raises `payments.RefundStands`."""
    failed = get_refund(scope, refund_id)
    payments.lock_payment(scope, failed.payment_id)
    if not payments.mark_refund_reversed(scope, refund_id):
        return False
    ledger.reverse(scope, failed.reversal_key, of_key=failed.refund_key, kind="refund_reversed")
    if failed.reference:
        scope.db.execute(
            update(HoldRow)
            .where(HoldRow.order_id == failed.reference, HoldRow.payment_id == failed.payment_id)
            .values(
                refunded_minor=HoldRow.refunded_minor - failed.amount.amount_minor,
                status=case((HoldRow.status == "frozen", "frozen"), else_="held"),
                version=HoldRow.version + 1,
            )
        )
    return True


@action(SYSTEM_ONLY)
def add_subsidies(scope: Scope, reference: str, subsidies: Sequence[Subsidy]) -> None:
    """Who bears discounts of a checkout's orders adds them: `promotion:<payer>` → escrow of each order, in one ledger
    transaction. Repeatable by its reference.

    Raises `ledger.KeyHasOtherContent` when it was done with other amounts.
    """
    if not subsidies:
        return
    wanted = sorted(subsidies, key=lambda one: (one.order_id, one.payer))
    values = [
        {
            "order_id": one.order_id,
            "payer": one.payer,
            "currency": one.amount.currency,
            "amount_minor": one.amount.amount_minor,
        }
        for one in wanted
    ]
    scope.db.execute(upsert(SubsidyRow).values(values).on_conflict_do_nothing())
    transfers = [_subsidy_transfer(one) for one in wanted]
    ledger.post(scope, f"discount_borne:{reference}", "discount_borne", reference, transfers)


@action(SYSTEM_ONLY)
def return_subsidies(scope: Scope, order_id: str) -> int:
    """The order is off: what was added to it goes back to who bore it. Once; returns the sum in minor units."""
    returned = scope.db.execute(
        update(SubsidyRow)
        .where(SubsidyRow.order_id == order_id, SubsidyRow.returned_minor == 0)
        .values(returned_minor=SubsidyRow.amount_minor, version=SubsidyRow.version + 1)
        .returning(SubsidyRow.payer, SubsidyRow.amount_minor, SubsidyRow.currency)
    ).all()
    if not returned:
        return 0
    found = [Subsidy(order_id, row.payer, Money(row.amount_minor, row.currency)) for row in returned]
    given = [_subsidy_transfer(one) for one in sorted(found, key=lambda one: one.payer)]
    transfers = [TransferInput(one.credit, one.debit, one.amount_minor, one.currency) for one in given]
    ledger.post(scope, f"discount_returned:{order_id}", "discount_returned", order_id, transfers)
    return sum(one.amount.amount_minor for one in found)


def _subsidy_transfer(one: Subsidy) -> TransferInput:
    source, home = rules.promotion_account(one.payer), rules.escrow_account(one.order_id)
    return TransferInput(source, home, one.amount.amount_minor, one.amount.currency)


def _left() -> ColumnElement[int]:
    return HoldRow.amount_minor - HoldRow.refunded_minor - HoldRow.released_minor


def _choose_hold(scope: Scope, order_id: str, amount: Money) -> Hold:
    """The first hold of the order with enough left, else its first one: then the conditional update refuses."""
    holds = list_holds(scope, order_id)
    if not holds:
        raise HoldNotFound()
    if amount.currency != holds[0].amount.currency:
        raise HoldInOtherCurrency(currency=holds[0].amount.currency)
    return next((one for one in holds if one.left >= amount), holds[0])


def _write_hold(scope: Scope, payment: Payment, share: HoldShare) -> str:
    written = scope.db.execute(
        upsert(HoldRow)
        .values(
            id=ids.new("esc"),
            order_id=share.order_id,
            payment_id=payment.id,
            currency=share.amount.currency,
            amount_minor=share.amount.amount_minor,
            split=dict(share.split),
            status="held",
            held_at=scope.now(),
        )
        .on_conflict_do_nothing(index_elements=[HoldRow.order_id, HoldRow.payment_id])
        .returning(HoldRow.id)
    ).scalar_one_or_none()
    if written is not None:
        return written
    found = select(HoldRow.id).where(HoldRow.order_id == share.order_id, HoldRow.payment_id == payment.id)
    return scope.db.execute(found).scalar_one()


def _post_shares(scope: Scope, payment: Payment, shares: Sequence[HoldShare], key: str, source: str) -> None:
    kind = "parked_held" if source == rules.SUSPENSE else "payment_captured"
    transfers = [
        TransferInput(source, rules.escrow_account(one.order_id), one.amount.amount_minor, one.amount.currency)
        for one in shares
    ]
    ledger.post(scope, key, kind, payment.id, transfers)


def _post_refund(scope: Scope, refunded: Refund, source: str) -> None:
    provider = rules.provider_account(refunded.gateway)
    transfers = [TransferInput(source, provider, refunded.amount.amount_minor, refunded.amount.currency)]
    ledger.post(scope, refunded.refund_key, "payment_refunded", refunded.payment_id, transfers)
