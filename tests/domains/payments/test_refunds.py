"""Refunds: never more than was captured, whoever presses how often (LED-02, LED-03)."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.domains.escrow import actions as escrow
from app.domains.escrow import queries as escrow_queries
from app.domains.escrow.errors import HoldInOtherCurrency, HoldNotFound
from app.domains.ledger import queries as ledger_queries
from app.domains.payments import actions, queries
from app.domains.payments.errors import (
    AmountNotPayable,
    KeyHasOtherContent,
    PaymentNotFound,
    RefundInOtherCurrency,
    RefundStands,
    RefundTooLarge,
)
from app.domains.payments.models import RefundRow
from app.domains.payments.types import RefundResult
from app.domains.tenancy.models import AuditEntry
from app.kit import ids
from app.kit.errors import PermissionDenied
from app.kit.events import EventRow
from app.kit.invariants import check
from app.kit.money import Money
from app.kit.scope import Scope
from tests.factories.escrow import Sale, make_sale
from tests.harness.race import race_calls


def sold(scope: Scope, amount_minor: int = 1000) -> Sale:
    with scope.transaction() as unit:
        return make_sale(unit, amount_minor)


def given(scope: Scope) -> int:
    with scope.transaction() as unit:
        return int(unit.db.scalar(select(func.coalesce(func.sum(RefundRow.amount_minor), 0))) or 0)


def assert_whole(scope: Scope) -> None:
    with scope.transaction(read_only=True) as unit:
        found = (*ledger_queries.INVARIANTS, *queries.INVARIANTS, *escrow_queries.INVARIANTS)
        assert check(unit, found) == []


@pytest.mark.parametrize(("share", "wins"), [(1000, 1), (500, 2)])
def test_race_of_refunds_gives_back_no_more_than_was_captured(system_scope: Scope, share: int, wins: int) -> None:
    sale = sold(system_scope)

    def press(number: int) -> None:
        with system_scope.transaction() as unit:
            escrow.refund(unit, sale.order_id, Money(share, "THB"), f"key-{number}", "returned")

    outcomes = race_calls(16, press)
    refused = [outcome.error for outcome in outcomes if outcome.error]
    assert len(outcomes) - len(refused) == wins
    assert {type(error) for error in refused} == {RefundTooLarge}
    assert given(system_scope) == 1000
    with system_scope.transaction() as unit:
        hold = escrow_queries.get_hold(unit, sale.order_id)
        assert hold.left == Money(0, "THB") and hold.status == "refunded"
        assert ledger_queries.get_balance(unit, "provider:sandbox", "THB") == Money(0, "THB")
    assert_whole(system_scope)


def test_race_of_the_bare_guard_gives_back_no_more_than_was_captured(system_scope: Scope) -> None:
    """Without escrow's own guard beside it."""
    sale = sold(system_scope)

    def press(number: int) -> None:
        with system_scope.transaction() as unit:
            actions.request_refund(unit, sale.payment.id, Money(500, "THB"), "", f"key-{number}", sale.order_id)

    outcomes = race_calls(16, press)
    assert [type(outcome.error) for outcome in outcomes].count(RefundTooLarge) == 14
    assert given(system_scope) == 1000


def test_race_of_one_button_gives_back_once(system_scope: Scope) -> None:
    sale = sold(system_scope)

    def press(number: int) -> str:
        with system_scope.transaction() as unit:
            return escrow.refund(unit, sale.order_id, Money(400, "THB"), "button", "returned").id

    outcomes = race_calls(8, press)
    assert [outcome.error for outcome in outcomes] == [None] * 8
    assert len({outcome.value for outcome in outcomes}) == 1
    assert given(system_scope) == 400
    assert_whole(system_scope)


@pytest.mark.parametrize(
    ("amount", "fault"),
    [
        (Money(1001, "THB"), RefundTooLarge),
        (Money(0, "THB"), AmountNotPayable),
        (Money(-1, "THB"), AmountNotPayable),
        (Money(1, "KWD"), HoldInOtherCurrency),
    ],
)
def test_a_bad_refund_is_refused_and_nothing_happens(system_scope: Scope, amount: Money, fault: type) -> None:
    sale = sold(system_scope)
    with pytest.raises(fault), system_scope.transaction() as unit:
        escrow.refund(unit, sale.order_id, amount, "key", "returned")
    assert given(system_scope) == 0
    assert_whole(system_scope)


def test_the_payment_s_own_guard_refuses_another_currency(system_scope: Scope) -> None:
    sale = sold(system_scope)
    with pytest.raises(RefundInOtherCurrency), system_scope.transaction() as unit:
        actions.request_refund(unit, sale.payment.id, Money(1, "KWD"), "", "key")
    with pytest.raises(PaymentNotFound), system_scope.transaction() as unit:
        actions.request_refund(unit, ids.new("pay"), Money(1, "THB"), "", "key")
    assert given(system_scope) == 0


def test_an_order_without_money_gives_none_back(system_scope: Scope) -> None:
    with pytest.raises(HoldNotFound), system_scope.transaction() as unit:
        escrow.refund(unit, ids.new("ord"), Money(1, "THB"), "key", "")


def test_one_order_does_not_give_back_another_s_money(system_scope: Scope) -> None:
    small, large = sold(system_scope, 100), sold(system_scope, 1000)
    with pytest.raises(RefundTooLarge), system_scope.transaction() as unit:
        escrow.refund(unit, small.order_id, Money(101, "THB"), "key", "")
    with system_scope.transaction() as unit:
        assert escrow_queries.get_hold(unit, large.order_id).left == Money(1000, "THB")


def test_a_key_with_other_content_is_refused(system_scope: Scope) -> None:
    sale, other = sold(system_scope), sold(system_scope)
    with system_scope.transaction() as unit:
        escrow.refund(unit, sale.order_id, Money(100, "THB"), "key", "")
    for order_id, amount in ((sale.order_id, 101), (other.order_id, 100)):
        with pytest.raises(KeyHasOtherContent), system_scope.transaction() as unit:
            escrow.refund(unit, order_id, Money(amount, "THB"), "key", "")
    assert given(system_scope) == 100


def test_a_repeated_refund_is_the_first_even_when_nothing_is_left(system_scope: Scope) -> None:
    sale = sold(system_scope)
    with system_scope.transaction() as unit:
        first = escrow.refund(unit, sale.order_id, Money(1000, "THB"), "key", "")
    with system_scope.transaction() as unit:
        assert escrow.refund(unit, sale.order_id, Money(1000, "THB"), "key", "") == first


def test_a_refund_is_audited_and_waits_to_be_sent(staff_scope: Scope, system_scope: Scope) -> None:
    sale = sold(system_scope)
    with staff_scope.transaction() as unit:
        refund = escrow.refund(unit, sale.order_id, Money(100, "THB"), "key", "returned")
        rows = unit.db.execute(select(AuditEntry.noun, AuditEntry.noun_id, AuditEntry.actor)).all()
    assert [(row.noun, row.noun_id, row.actor["kind"]) for row in rows] == [("refund", refund.id, "staff")]


def test_a_guest_gives_nothing_back(scope: Scope, system_scope: Scope) -> None:
    sale = sold(system_scope)
    with pytest.raises(PermissionDenied), scope.transaction() as unit:
        escrow.refund(unit, sale.order_id, Money(100, "THB"), "key", "")
    assert given(system_scope) == 0


def test_the_end_of_a_refund_is_told_once(system_scope: Scope) -> None:
    sale = sold(system_scope)
    with system_scope.transaction() as unit:
        refund = escrow.refund(unit, sale.order_id, Money(100, "THB"), "key", "")
    for status in ("unknown", "failed", "succeeded", "requested", "failed"):
        with system_scope.transaction() as unit:
            recorded = actions.record_refund_result(unit, refund.id, RefundResult(status, "re_1"))
    assert recorded.status == "failed"
    with system_scope.transaction() as unit:
        told = list(unit.db.scalars(select(EventRow.name).where(EventRow.aggregate_id == refund.id)))
    assert told == ["payments.refund_failed"]


def test_a_refund_that_stands_is_not_taken_back(system_scope: Scope) -> None:
    sale = sold(system_scope)
    with system_scope.transaction() as unit:
        refund = escrow.refund(unit, sale.order_id, Money(100, "THB"), "key", "")
    for status in ("requested", "succeeded"):
        with system_scope.transaction() as unit:
            actions.record_refund_result(unit, refund.id, RefundResult(status, "re_1"))
        with pytest.raises(RefundStands), system_scope.transaction() as unit:
            escrow.take_back_refund(unit, refund.id)
    assert_whole(system_scope)


def test_a_failed_refund_counts_until_it_is_taken_back(system_scope: Scope) -> None:
    sale = sold(system_scope)
    with system_scope.transaction() as unit:
        refund = escrow.refund(unit, sale.order_id, Money(1000, "THB"), "key", "")
        actions.record_refund_result(unit, refund.id, RefundResult("failed", "re_1"))
    with pytest.raises(RefundTooLarge), system_scope.transaction() as unit:
        escrow.refund(unit, sale.order_id, Money(1000, "THB"), "again", "")
    with system_scope.transaction() as unit:
        assert escrow.take_back_refund(unit, refund.id)
    with system_scope.transaction() as unit:
        escrow.refund(unit, sale.order_id, Money(1000, "THB"), "again", "")
    assert_whole(system_scope)
