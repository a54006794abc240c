"""A parcel is packed once and leaves once, together with its order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from app.domains.fulfilment import actions, queries, rules
from app.domains.fulfilment.errors import CarrierNotValid, TrackingCodeNotValid
from app.domains.fulfilment.models import FulfilmentRow
from app.domains.orders.errors import OrderNotFound, StatusNotPossible
from app.domains.orders.flows.cancellation import cancel_order
from app.domains.orders.queries.groups import get_order
from app.kit import ids
from app.kit.errors import PermissionDenied, StaleVersion
from app.kit.events import EventRow
from app.kit.scope import Scope
from tests.harness.race import race_calls

Packer = Callable[..., Scope]


def status_of(scope: Scope, order_id: str) -> tuple[str, str | None, dict[str, int]]:
    """The order's status, its parcel's, and where its pieces are."""
    with scope.transaction() as unit:
        order, _ = get_order(unit, order_id)
        parcel = queries.find_fulfilment(unit, order_id)
    return order.status, parcel.status if parcel else None, order.lines[0].units


def test_packed_then_shipped(system_scope: Scope, packer: Packer, order_id: str) -> None:
    with packer("orders.manage").transaction() as unit:
        made = actions.pack_order(unit, order_id, 2)
    assert status_of(system_scope, order_id) == ("packed", "packed", {"packed": 2})
    with packer("orders.manage").transaction() as unit:
        assert actions.ship_order(unit, order_id, "  Thailand   Post ", "ex 123-456 th", 3) == made
    assert status_of(system_scope, order_id) == ("shipped", "shipped", {"shipped": 2})
    with system_scope.transaction() as unit:
        parcel = queries.find_fulfilment(unit, order_id)
        told = unit.db.scalars(select(EventRow.payload).where(EventRow.name == "orders.order_shipped")).one()
    assert parcel is not None
    assert (parcel.carrier, parcel.tracking_code) == ("Thailand Post", "EX 123-456 TH")
    assert (parcel.packed_by, parcel.shipped_by) == ("Dao", "Dao")
    assert (told["carrier"], told["tracking_code"]) == ("Thailand Post", "EX 123-456 TH")


def test_a_carrier_without_a_code_is_taken(system_scope: Scope, order_id: str) -> None:
    with system_scope.transaction() as unit:
        actions.pack_order(unit, order_id)
        actions.ship_order(unit, order_id, "Our own van")
    assert status_of(system_scope, order_id)[1] == "shipped"


def test_nothing_leaves_before_it_is_packed_or_twice(system_scope: Scope, order_id: str) -> None:
    with pytest.raises(StatusNotPossible), system_scope.transaction() as unit:
        actions.ship_order(unit, order_id, "Post")
    assert status_of(system_scope, order_id) == ("placed", None, {"placed": 2})
    with system_scope.transaction() as unit:
        actions.pack_order(unit, order_id)
    with pytest.raises(StatusNotPossible), system_scope.transaction() as unit:
        actions.pack_order(unit, order_id)
    with system_scope.transaction() as unit:
        actions.ship_order(unit, order_id, "Post", "A1")
    with pytest.raises(StatusNotPossible), system_scope.transaction() as unit:
        actions.ship_order(unit, order_id, "Post", "B2")
    with system_scope.transaction() as unit:
        parcel = queries.find_fulfilment(unit, order_id)
    assert parcel is not None and parcel.tracking_code == "A1"


def test_a_cancelled_order_is_not_packed(system_scope: Scope, order_id: str) -> None:
    cancel_order(system_scope, order_id, "out of love")
    with pytest.raises(StatusNotPossible), system_scope.transaction() as unit:
        actions.pack_order(unit, order_id)
    assert status_of(system_scope, order_id)[:2] == ("cancelled", None)


def test_a_stale_version_changes_nothing(system_scope: Scope, order_id: str) -> None:
    for version in (1, 3):
        with pytest.raises(StaleVersion), system_scope.transaction() as unit:
            actions.pack_order(unit, order_id, version)
    assert status_of(system_scope, order_id) == ("placed", None, {"placed": 2})


def test_of_many_who_pack_at_once_one_does(system_scope: Scope, order_id: str) -> None:
    def pack(number: int) -> str:
        with system_scope.transaction() as unit:
            return actions.pack_order(unit, order_id, 2)

    outcomes = race_calls(8, pack)
    assert sum(outcome.error is None for outcome in outcomes) == 1
    assert {type(outcome.error) for outcome in outcomes if outcome.error} == {StaleVersion}
    with system_scope.transaction() as unit:
        assert unit.db.execute(select(func.count()).select_from(FulfilmentRow)).scalar_one() == 1


def test_packing_or_cancelling_never_both(system_scope: Scope, order_id: str) -> None:
    def step(number: int) -> None:
        if number % 2:
            cancel_order(system_scope, order_id, "changed her mind", 2)
            return
        with system_scope.transaction() as unit:
            actions.pack_order(unit, order_id, 2)

    outcomes = race_calls(6, step)
    assert sum(outcome.error is None for outcome in outcomes) == 1
    assert status_of(system_scope, order_id)[:2] in {("packed", "packed"), ("cancelled", None)}


@pytest.mark.parametrize(
    ("carrier", "code", "refused"),
    [
        ("", "A1", CarrierNotValid),
        ("   ", "A1", CarrierNotValid),
        ("x" * 61, "A1", CarrierNotValid),
        ("Post\x00", "A1", CarrierNotValid),
        ("Post", "x" * 41, TrackingCodeNotValid),
        ("Post", "<script>", TrackingCodeNotValid),
        ("Post", "=1+1", TrackingCodeNotValid),
    ],
)
def test_what_cannot_be_a_carrier_or_code_is_refused(
    system_scope: Scope, order_id: str, carrier: str, code: str, refused: type[Exception]
) -> None:
    with system_scope.transaction() as unit:
        actions.pack_order(unit, order_id)
    with pytest.raises(refused), system_scope.transaction() as unit:
        actions.ship_order(unit, order_id, carrier, code)
    assert status_of(system_scope, order_id)[1] == "packed"


def test_codes_are_written_in_capitals_with_single_blanks() -> None:
    assert rules.tidy_tracking_code("  ex1  2-3.4/5 ") == "EX1 2-3.4/5"
    assert rules.tidy_tracking_code("") == ""
    assert rules.tidy_tracking_code("-1") is None
    assert rules.tidy_carrier("ไปรษณีย์ไทย") == "ไปรษณีย์ไทย"


def test_an_order_that_is_not_here_is_not_found(system_scope: Scope, order_id: str) -> None:
    with system_scope.transaction() as unit:
        with pytest.raises(OrderNotFound):
            actions.pack_order(unit, ids.new("ord"))
        assert queries.find_fulfilment(unit, ids.new("ord")) is None


def test_without_the_permission_nothing_is_done(system_scope: Scope, packer: Packer, order_id: str) -> None:
    with packer("orders.view", "orders.refund").transaction() as unit:
        with pytest.raises(PermissionDenied):
            actions.pack_order(unit, order_id)
        with pytest.raises(PermissionDenied):
            actions.ship_order(unit, order_id, "Post")
    with packer("orders.manage").transaction() as unit, pytest.raises(PermissionDenied):
        queries.find_fulfilment(unit, order_id)
    assert status_of(system_scope, order_id)[0] == "placed"
