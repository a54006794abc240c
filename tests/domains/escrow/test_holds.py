"""Money finds its place with the fact that brought it, once, and leaves it once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from app.domains.escrow import actions, queries
from app.domains.escrow.errors import (
    HoldDiffers,
    HoldNotFound,
    HoldTooSmall,
    PaymentIsNotParked,
    PaymentIsParked,
)
from app.domains.escrow.flows import pay_back_again
from app.domains.escrow.jobs import take_back_failed_refund
from app.domains.escrow.models import HoldRow
from app.domains.escrow.types import HoldShare
from app.domains.ledger import queries as ledger
from app.domains.ledger.errors import KeyHasOtherContent
from app.domains.payments import actions as payments
from app.domains.payments import queries as payment_queries
from app.domains.payments.errors import RefundNotRepeatable, RefundTooLarge
from app.domains.payments.events import RefundFailed
from app.domains.payments.types import Payment, Refund, RefundResult
from app.kit.errors import PermissionDenied
from app.kit.invariants import check
from app.kit.money import Money
from app.kit.scope import Permissions, Scope
from tests.factories.escrow import make_parked, make_sale
from tests.factories.payments import make_payment
from tests.harness.race import race_calls

PRICE = Money(1000, "THB")


def thb(amount_minor: int) -> Money:
    return Money(amount_minor, "THB")


def assert_whole(scope: Scope) -> None:
    with scope.transaction(read_only=True) as unit:
        found = (*ledger.INVARIANTS, *payment_queries.INVARIANTS, *queries.INVARIANTS)
        assert check(unit, found) == []


def hold(unit: Scope, order_id: str, payment: Payment) -> str:
    return actions.hold(unit, order_id, payment.id, payment.gateway, payment.captured, {"goods": 1000})


def test_a_hold_is_the_payment_in_the_escrow_of_its_order(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        payment = make_payment(unit, PRICE)
        hold_id = hold(unit, "ord_1", payment)
        assert hold(unit, "ord_1", payment) == hold_id
    with system_scope.transaction() as unit:
        found = queries.get_hold(unit, "ord_1")
        assert (found.id, found.amount, found.left, found.status) == (hold_id, PRICE, PRICE, "held")
        assert found.split == {"goods": 1000} and found.payment_id == payment.id
        assert ledger.get_balance(unit, "escrow:ord_1", "THB") == PRICE
        assert ledger.get_balance(unit, "provider:sandbox", "THB") == PRICE
        (posted,) = ledger.list_transactions(unit, payment.id)
        assert posted.kind == "payment_captured"
    assert_whole(system_scope)


def test_a_group_of_orders_is_held_by_one_transaction(system_scope: Scope) -> None:
    shares = [HoldShare("ord_1", thb(700), {"goods": 700}), HoldShare("ord_2", thb(300))]
    with system_scope.transaction() as unit:
        payment = make_payment(unit, PRICE)
        held = actions.hold_all(unit, payment.id, "sandbox", shares)
        assert len(set(held)) == 2 and actions.hold_all(unit, payment.id, "sandbox", shares) == held
        (posted,) = ledger.list_transactions(unit, payment.id)
        assert [(one.credit, one.amount_minor) for one in posted.transfers] == [
            ("escrow:ord_1", 700),
            ("escrow:ord_2", 300),
        ]
    with system_scope.transaction() as unit:
        actions.refund(unit, "ord_2", thb(100), "key")
    with pytest.raises(HoldTooSmall), system_scope.transaction() as unit:
        actions.refund(unit, "ord_2", thb(201), "more")  # the payment has more, but it is another order's
    with system_scope.transaction() as unit:
        assert payment_queries.find_refund(unit, "more") is None
        actions.refund(unit, "ord_2", thb(200), "rest")
        assert [one.status for one in queries.list_holds(unit, "ord_2")] == ["refunded"]
    assert_whole(system_scope)


def test_what_differs_from_the_payment_is_not_held(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        payment = make_payment(unit, PRICE)
        for amount, gateway in ((thb(999), "sandbox"), (Money(1000, "KWD"), "sandbox"), (PRICE, "cod")):
            with pytest.raises(HoldDiffers):
                actions.hold(unit, "ord_1", payment.id, gateway, amount, {})
            with pytest.raises(HoldDiffers):
                actions.park(unit, payment.id, gateway, amount, "late")
        assert unit.db.scalar(select(func.count(HoldRow.id))) == 0
        hold(unit, "ord_1", payment)
    assert_whole(system_scope)


def test_money_has_one_home_only(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        held = make_sale(unit, 1000)
        parked = make_parked(unit, 500)
    with pytest.raises(KeyHasOtherContent), system_scope.transaction() as unit:
        actions.park(unit, held.payment.id, "sandbox", PRICE, "late")
    with pytest.raises(KeyHasOtherContent), system_scope.transaction() as unit:
        hold(unit, "ord_of_another", held.payment)
    with pytest.raises(PaymentIsParked), system_scope.transaction() as unit:
        hold(unit, "ord_1", parked)
    with system_scope.transaction() as unit:
        actions.park(unit, parked.id, "sandbox", thb(500), "late")
        assert ledger.get_balance(unit, "suspense", "THB") == thb(500)
    assert_whole(system_scope)


def test_parked_money_finds_its_order_after_all(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        payment = make_parked(unit, 1000)
    with system_scope.transaction() as unit:
        actions.hold_parked(unit, payment.id, [HoldShare("ord_1", PRICE)])
        assert ledger.get_balance(unit, "suspense", "THB") == thb(0)
        assert ledger.get_balance(unit, "escrow:ord_1", "THB") == PRICE
    with system_scope.transaction() as unit:
        actions.park(unit, payment.id, "sandbox", PRICE, "late")  # told again of what was settled since
        assert payment_queries.get_payment(unit, payment.id).home == "order"
    with pytest.raises(PaymentIsNotParked), system_scope.transaction() as unit:
        actions.refund_parked(unit, payment.id, "key")
    with pytest.raises(PaymentIsNotParked), system_scope.transaction() as unit:
        actions.hold_parked(unit, payment.id, [HoldShare("ord_2", PRICE)])
    assert_whole(system_scope)


def test_race_over_parked_money_gives_it_one_end(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        payment = make_parked(unit, 1000)

    def decide(number: int) -> None:
        with system_scope.transaction() as unit:
            if number % 2:
                actions.refund_parked(unit, payment.id, f"key-{number}")
            else:
                actions.hold_parked(unit, payment.id, [HoldShare(f"ord_{number}", PRICE)])

    outcomes = race_calls(8, decide)
    errors = {type(outcome.error) for outcome in outcomes if outcome.error}
    assert [outcome.error for outcome in outcomes].count(None) == 1
    assert errors <= {PaymentIsNotParked, RefundTooLarge}
    assert_whole(system_scope)


def test_parked_money_goes_back_in_parts(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        payment = make_parked(unit, 1000)
        first = actions.refund_parked(unit, payment.id, "one", "late", thb(400))
        assert actions.refund_parked(unit, payment.id, "one", "late", thb(400)) == first
    with pytest.raises(RefundTooLarge), system_scope.transaction() as unit:
        actions.refund_parked(unit, payment.id, "two")
    with system_scope.transaction() as unit:
        actions.refund_parked(unit, payment.id, "three", amount=thb(600))
        assert ledger.get_balance(unit, "suspense", "THB") == thb(0)
        assert ledger.get_balance(unit, "provider:sandbox", "THB") == thb(0)
    assert_whole(system_scope)


def test_a_failed_refund_puts_the_money_back_where_it_was(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        sale, parked = make_sale(unit, 1000), make_parked(unit, 500)
        failing = [
            actions.refund(unit, sale.order_id, PRICE, "one"),
            actions.refund_parked(unit, parked.id, "two"),
        ]
        assert queries.get_hold(unit, sale.order_id).status == "refunded"
    for refund in failing:
        with system_scope.transaction() as unit:
            payments.record_refund_result(unit, refund.id, RefundResult("failed", "re_1"))
        event = RefundFailed(refund.id, refund.payment_id, refund.reference)
        for _ in range(2):  # a job may run twice
            with system_scope.transaction() as unit:
                take_back_failed_refund(unit, event)
        assert_whole(system_scope)
    with system_scope.transaction() as unit:
        found = queries.get_hold(unit, sale.order_id)
        assert (found.status, found.left) == ("held", PRICE)
        assert ledger.get_balance(unit, "suspense", "THB") == thb(500)


@pytest.fixture
def stranded(system_scope: Scope) -> list[Refund]:
    """A refund of an order and one of parked money; the provider refused both, and the money is back in its place."""
    with system_scope.transaction() as unit:
        sale, parked = make_sale(unit, 1000), make_parked(unit, 500)
        made = [
            actions.refund(unit, sale.order_id, thb(400), "one", "asked for"),
            actions.refund_parked(unit, parked.id, "two"),
        ]
        for refund in made:
            payments.record_refund_result(unit, refund.id, RefundResult("failed", f"re_{refund.id}"))
            actions.take_back_refund(unit, refund.id)
        assert [one.id for one in payment_queries.list_stranded_refunds(unit)] == [one.id for one in made]
    return made


def unreachable(scope: Scope) -> Scope:
    return replace(scope, settings=scope.settings.with_values(sandbox_provider_url="http://127.0.0.1:9"))


def test_what_was_refused_is_asked_for_again_once(system_scope: Scope, stranded: list[Refund]) -> None:
    away = unreachable(system_scope)
    for failed in stranded:
        outcomes = race_calls(4, lambda number, failed=failed: pay_back_again(away, failed.id))
        assert [outcome.error for outcome in outcomes] == [None] * 4
        again = {outcome.value.id: outcome.value for outcome in outcomes if outcome.value}
        (refund,) = again.values()
        assert (refund.amount, refund.reference, refund.payment_id) == (
            failed.amount,
            failed.reference,
            failed.payment_id,
        )
        assert refund.status == "requested" and refund.id != failed.id
    assert_whole(system_scope)
    with system_scope.transaction() as unit:
        assert payment_queries.list_stranded_refunds(unit) == []
        assert ledger.get_balance(unit, "suspense", "THB") == thb(0)


def test_a_repetition_that_is_refused_too_is_repeated_by_its_own_name(
    system_scope: Scope, stranded: list[Refund]
) -> None:
    away, failed = unreachable(system_scope), stranded[0]
    for _ in range(2):
        again = pay_back_again(away, failed.id)
        with system_scope.transaction() as unit:
            payments.record_refund_result(unit, again.id, RefundResult("failed", f"re_{again.id}"))
            actions.take_back_refund(unit, again.id)
            listed = [one.id for one in payment_queries.list_stranded_refunds(unit)]
        assert again.id in listed and failed.id not in listed
        failed = again
    assert_whole(system_scope)


def test_only_what_failed_is_asked_for_again(system_scope: Scope, staff_scope: Scope, stranded: list[Refund]) -> None:
    with system_scope.transaction() as unit:
        sale = make_sale(unit, 1000)
        standing = actions.refund(unit, sale.order_id, thb(100), "standing")
    with pytest.raises(RefundNotRepeatable):
        pay_back_again(unreachable(system_scope), standing.id)
    with pytest.raises(PermissionDenied):
        pay_back_again(staff_scope.with_values(permissions=Permissions({"orders.view"})), stranded[0].id)
    with system_scope.transaction() as unit:
        assert len(payment_queries.list_stranded_refunds(unit)) == 2
        assert [one.id for one in payment_queries.list_refunds(unit, sale.order_id)] == [standing.id]
    assert_whole(system_scope)


def test_a_frozen_hold_stays_frozen_through_a_refund_that_failed(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        sale = make_sale(unit, 1000)
        unit.db.execute(update(HoldRow).where(HoldRow.id == sale.hold_id).values(status="frozen"))
        refund = actions.refund(unit, sale.order_id, thb(100), "one")
        payments.record_refund_result(unit, refund.id, RefundResult("failed", "re_1"))
        actions.take_back_refund(unit, refund.id)
        assert queries.get_hold(unit, sale.order_id).status == "frozen"
    assert_whole(system_scope)


def test_what_was_released_is_not_refunded_from_escrow(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        sale = make_sale(unit, 1000)
        released = update(HoldRow).where(HoldRow.id == sale.hold_id)
        unit.db.execute(released.values(status="released", released_minor=1000))
    with pytest.raises(HoldTooSmall), system_scope.transaction() as unit:
        actions.refund(unit, sale.order_id, thb(1), "key")
    with system_scope.transaction() as unit:
        assert payment_queries.find_refund(unit, "key") is None


def test_holding_is_the_software_s_own(staff_scope: Scope, system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        parked = make_parked(unit, 1000)
    with staff_scope.transaction() as unit:
        for step in (
            lambda: actions.hold(unit, "ord_1", parked.id, "sandbox", PRICE, {}),
            lambda: actions.park(unit, parked.id, "sandbox", PRICE, "late"),
            lambda: actions.hold_parked(unit, parked.id, [HoldShare("ord_1", PRICE)]),
        ):
            with pytest.raises(PermissionDenied):
                step()
        assert actions.refund_parked(unit, parked.id, "key").amount == PRICE


def test_another_tenant_s_order_holds_nothing_here(system_scope: Scope, other_system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        sale = make_sale(unit, 1000)
    with pytest.raises(HoldNotFound), other_system_scope.transaction() as unit:
        queries.get_hold(unit, sale.order_id)
    with pytest.raises(HoldNotFound), other_system_scope.transaction() as unit:
        actions.refund(unit, sale.order_id, Money(1, "THB"), "key")
    assert_whole(system_scope)
