"""Recording what a provider says: once per fact, whoever tells it, however often."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.domains.escrow import actions as escrow
from app.domains.escrow import queries as escrow_queries
from app.domains.ledger import queries as ledger_queries
from app.domains.payments import actions, queries
from app.domains.payments.errors import (
    AmountNotPayable,
    AttemptNotFound,
    KeyHasOtherContent,
    ReferenceTaken,
    ResultNotComplete,
    UnknownGateway,
)
from app.domains.payments.models import PaymentRow
from app.domains.payments.types import Attempt, GatewayResult
from app.kit import ids
from app.kit.invariants import check
from app.kit.money import Money
from app.kit.scope import Scope
from tests.factories.payments import capture_of, make_attempt
from tests.harness.race import race_calls

PRICE = Money(12900, "THB")
ALL = (*ledger_queries.INVARIANTS, *queries.INVARIANTS, *escrow_queries.INVARIANTS)


def drafted(scope: Scope, reference: str = "grp_1") -> Attempt:
    with scope.transaction() as unit:
        return make_attempt(unit, PRICE, reference=reference)


def record(scope: Scope, attempt: Attempt, result: GatewayResult) -> actions.Recorded:
    """As the flow of orders does it: record, and give new money its home in the same unit."""
    with scope.transaction() as unit:
        recorded = actions.record_gateway_result(unit, attempt.id, result)
        if recorded.is_new_payment and recorded.payment:
            payment = recorded.payment
            if payment.home == "order" and recorded.was in ("created", "pending", "unknown"):
                escrow.hold(unit, f"ord_of_{attempt.id}", payment.id, payment.gateway, payment.captured, {})
            else:
                escrow.park(unit, payment.id, payment.gateway, payment.captured, "late")
        return recorded


def count_payments(scope: Scope) -> int:
    with scope.transaction() as unit:
        return int(unit.db.scalar(select(func.count(PaymentRow.id))) or 0)


def assert_whole(scope: Scope) -> None:
    with scope.transaction(read_only=True) as unit:
        assert check(unit, ALL) == []


def test_a_draft_is_made_once_per_key(scope: Scope) -> None:
    with scope.transaction() as unit:
        first = actions.draft_attempt(unit, "grp_1", "order", "sandbox", PRICE, "http://x/return", "key")
    with scope.transaction() as unit:
        assert actions.draft_attempt(unit, "grp_1", "order", "sandbox", PRICE, "http://x/return", "key") == first
    assert first.status == "created" and (first.expires_at - first.status_at).total_seconds() == 1800
    assert scope.storefront is not None
    assert first.webhook_url == f"{scope.storefront.origin}/callbacks/payments/sandbox"
    for reference, gateway, amount in (
        ("grp_2", "sandbox", PRICE),
        ("grp_1", "cod", PRICE),
        ("grp_1", "sandbox", Money(12901, "THB")),
    ):
        with pytest.raises(KeyHasOtherContent), scope.transaction() as unit:
            actions.draft_attempt(unit, reference, "order", gateway, amount, "http://x/return", "key")


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_not_payable(scope: Scope, amount: int) -> None:
    with pytest.raises(AmountNotPayable), scope.transaction() as unit:
        actions.draft_attempt(unit, "grp_1", "order", "sandbox", Money(amount, "THB"), "http://x", "key")


def test_an_unknown_way_of_paying_is_refused(scope: Scope) -> None:
    with pytest.raises(UnknownGateway), scope.transaction() as unit:
        actions.draft_attempt(unit, "grp_1", "order", "paypal", PRICE, "http://x", "key")


def test_race_of_one_capture_records_one_payment(system_scope: Scope) -> None:
    attempt = drafted(system_scope)
    result = capture_of(attempt, "pay_1")
    outcomes = race_calls(10, lambda number: record(system_scope, attempt, result))
    assert [outcome.error for outcome in outcomes] == [None] * 10
    recorded = [outcome.value for outcome in outcomes if outcome.value]
    assert [one.is_new_payment for one in recorded].count(True) == 1
    assert [one.changed for one in recorded].count(True) == 1
    assert len({one.payment.id for one in recorded if one.payment}) == 1
    assert count_payments(system_scope) == 1
    with system_scope.transaction() as unit:
        assert ledger_queries.get_balance(unit, "provider:sandbox", "THB") == PRICE
        assert ledger_queries.get_balance(unit, f"escrow:ord_of_{attempt.id}", "THB") == PRICE
    assert_whole(system_scope)


def test_race_of_two_captures_gives_one_a_home_and_parks_the_other(system_scope: Scope) -> None:
    attempt = drafted(system_scope)
    results = [capture_of(attempt, f"pay_{number % 2}") for number in range(10)]
    outcomes = race_calls(10, lambda number: record(system_scope, attempt, results[number]))
    assert [outcome.error for outcome in outcomes] == [None] * 10
    with system_scope.transaction() as unit:
        payments = queries.list_payments(unit, "grp_1")
        assert sorted((payment.home, payment.problem) for payment in payments) == [
            ("order", ""),
            ("suspense", "second_payment"),
        ]
        assert queries.find_payment(unit, "grp_1") == next(one for one in payments if one.home == "order")
        assert ledger_queries.get_balance(unit, "suspense", "THB") == PRICE
    assert_whole(system_scope)


@pytest.mark.parametrize(
    ("amount", "problem"),
    [(Money(1, "THB"), "amount_differs"), (Money(12900, "KWD"), "currency_differs")],
)
def test_money_that_differs_is_parked_never_dropped(system_scope: Scope, amount: Money, problem: str) -> None:
    attempt = drafted(system_scope)
    recorded = record(system_scope, attempt, capture_of(attempt, "pay_1", amount))
    assert recorded.payment is not None
    assert (recorded.payment.home, recorded.payment.problem) == ("suspense", problem)
    with system_scope.transaction() as unit:
        assert ledger_queries.get_balance(unit, "suspense", amount.currency) == amount
    assert_whole(system_scope)


@pytest.mark.parametrize("status", ["cancelled", "expired"])
def test_late_money_is_recorded_and_parked(system_scope: Scope, status: str) -> None:
    attempt = drafted(system_scope)
    with system_scope.transaction() as unit:
        assert actions.close_attempt(unit, attempt.id, status)
        assert not actions.close_attempt(unit, attempt.id, "expired")
    recorded = record(system_scope, attempt, capture_of(attempt, "pay_1"))
    assert recorded.was == status and recorded.attempt.status == "captured" and recorded.is_new_payment
    with system_scope.transaction() as unit:
        assert ledger_queries.get_balance(unit, "suspense", "THB") == PRICE
    assert_whole(system_scope)


def test_the_money_of_one_attempt_is_never_counted_for_another(system_scope: Scope) -> None:
    first, second = drafted(system_scope), drafted(system_scope, "grp_2")
    record(system_scope, first, capture_of(first, "pay_1"))
    with pytest.raises(ReferenceTaken):
        record(system_scope, second, capture_of(second, "pay_1"))
    with system_scope.transaction() as unit:
        assert queries.get_attempt(unit, second.id).status == "created"
    assert count_payments(system_scope) == 1
    assert_whole(system_scope)


def test_a_capture_without_amount_or_reference_is_refused(system_scope: Scope) -> None:
    attempt = drafted(system_scope)
    for result in (
        GatewayResult("captured", "pay_1"),
        GatewayResult("captured", None, captured=PRICE),
        GatewayResult("captured", "pay_1", captured=Money(0, "THB")),
    ):
        with pytest.raises(ResultNotComplete):
            record(system_scope, attempt, result)
    assert count_payments(system_scope) == 0


def test_unknown_is_an_outcome_that_is_reconciled(system_scope: Scope) -> None:
    attempt = drafted(system_scope)
    lost = record(system_scope, attempt, GatewayResult("unknown", failure="no answer"))
    assert lost.changed and lost.attempt.status == "unknown" and lost.attempt.failure == "no answer"
    assert not record(system_scope, attempt, GatewayResult("unknown", failure="again")).changed
    found = record(system_scope, attempt, GatewayResult("pending", "pay_1", "http://provider/pay_1"))
    assert found.attempt.status == "pending" and found.attempt.redirect_url == "http://provider/pay_1"
    assert found.attempt.provider_reference == "pay_1" and found.attempt.failure == ""
    assert not record(system_scope, attempt, GatewayResult("pending", "pay_1", "http://provider/pay_1")).changed
    assert record(system_scope, attempt, GatewayResult("declined", "pay_1", failure="declined")).changed
    assert not record(system_scope, attempt, GatewayResult("cancelled", "pay_1")).changed
    with system_scope.transaction() as unit:
        assert queries.get_attempt(unit, attempt.id).status == "declined"


def test_the_completer_is_given_what_may_still_be_paid(system_scope: Scope) -> None:
    attempts = [drafted(system_scope, f"grp_{number}") for number in range(3)]
    record(system_scope, attempts[1], GatewayResult("declined", "pay_1"))
    later = system_scope.now().replace(hour=6)
    with system_scope.transaction() as unit:
        assert [one.id for one in queries.list_unfinished_attempts(unit, later)] == [attempts[0].id, attempts[2].id]
        assert queries.list_unfinished_attempts(unit, system_scope.now()) == []


def test_another_tenant_s_attempt_does_not_exist(system_scope: Scope, other_system_scope: Scope) -> None:
    attempt = drafted(system_scope)
    with pytest.raises(AttemptNotFound), other_system_scope.transaction() as unit:
        queries.get_attempt(unit, attempt.id)
    with pytest.raises(AttemptNotFound), other_system_scope.transaction() as unit:
        actions.record_gateway_result(unit, attempt.id, capture_of(attempt))
    assert count_payments(other_system_scope) == 0 and count_payments(system_scope) == 0
    with pytest.raises(AttemptNotFound), system_scope.transaction() as unit:
        queries.get_attempt(unit, ids.new("pat"))
