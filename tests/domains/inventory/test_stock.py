"""Stock: counted, promised, sold, given back. After every test what lies there is what was moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.domains.inventory import actions
from app.domains.inventory.errors import InsufficientStock, ReservationGone, StockNotValid
from app.domains.inventory.models import StockLevel, StockLocation
from app.domains.inventory.queries import list_available
from app.domains.inventory.queries.invariants import INVARIANTS
from app.kit import ids
from app.kit.clock import FixedClock
from app.kit.errors import PermissionDenied, StaleVersion
from app.kit.invariants import check
from app.kit.scope import NOTHING, Permissions, Scope
from tests.conftest import NOON
from tests.domains.inventory.conftest import LevelOf, NewOffer

LATER = NOON + timedelta(minutes=15)


@pytest.fixture(autouse=True)
def stock_adds_up(store: Scope) -> Iterator[None]:
    yield
    with store.transaction(read_only=True) as unit:
        assert check(unit, INVARIANTS) == []


def movements(scope: Scope, offer_id: str) -> list[tuple[int, str, str]]:
    query = text("SELECT delta, reason, reference FROM inventory_movements WHERE offer_id = :offer ORDER BY id")
    with scope.transaction() as unit:
        return [tuple(row) for row in unit.db.execute(query, {"offer": ids.to_uuid("off", offer_id)})]


def flips(scope: Scope, offer_id: str) -> list[bool]:
    """What was announced of an offer's availability, in order."""
    query = text(
        "SELECT payload ->> 'is_available' FROM event"
        " WHERE name = 'inventory.availability_changed' AND aggregate_id = :id ORDER BY sequence"
    )
    with scope.transaction() as unit:
        return [value == "true" for value in unit.db.scalars(query, {"id": offer_id})]


def reserve(scope: Scope, reference: str, quantities: dict[str, int]) -> None:
    with scope.transaction() as unit:
        actions.reserve(unit, reference, quantities, LATER)


def end(scope: Scope, verb: str, reference: str) -> object:
    with scope.transaction() as unit:
        return getattr(actions, verb)(unit, reference)


def test_a_count_writes_the_difference_as_a_movement(store: Scope, new_offer: NewOffer, level_of: LevelOf) -> None:
    offer_id = new_offer(5)
    with store.transaction() as unit:
        assert actions.set_stock(unit, offer_id, 3, reference="count-1")
        assert not actions.set_stock(unit, offer_id, 3, reference="count-2")
    assert (level_of(offer_id).on_hand, level_of(offer_id).reserved) == (3, 0)
    assert [(delta, reason) for delta, reason, _ in movements(store, offer_id)] == [(5, "adjusted"), (-2, "adjusted")]


def test_a_count_is_in_the_audit_trail(store: Scope, new_offer: NewOffer) -> None:
    offer_id = new_offer(5)
    with store.transaction() as unit:
        row = unit.db.execute(
            text("SELECT verb, before, after FROM tenancy_audit_entries WHERE noun = 'stock' AND noun_id = :id"),
            {"id": offer_id},
        ).one()
    assert tuple(row) == ("count", {"on_hand": 0}, {"on_hand": 5})


@pytest.mark.parametrize("wanted", [-1, 1, 1_000_001])
def test_a_count_below_what_is_promised_or_beyond_reason_is_refused(
    store: Scope, new_offer: NewOffer, level_of: LevelOf, wanted: int
) -> None:
    offer_id = new_offer(5)
    reserve(store, f"count-{wanted}", {offer_id: 2})
    with pytest.raises(StockNotValid) as refused, store.transaction() as unit:
        actions.set_stock(unit, offer_id, wanted, reference="too-few")
    assert refused.value.facts["field"] == "stock"
    assert (level_of(offer_id).on_hand, level_of(offer_id).reserved) == (5, 2)


def test_a_count_by_somebody_who_has_not_seen_the_last_one_is_refused(
    store: Scope, new_offer: NewOffer, level_of: LevelOf
) -> None:
    offer_id = new_offer(5)
    seen = level_of(offer_id).version
    with store.transaction() as unit:
        actions.set_stock(unit, offer_id, 9, reference="first", if_version=seen)
    with pytest.raises(StaleVersion), store.transaction() as unit:
        actions.set_stock(unit, offer_id, 4, reference="second", if_version=seen)
    assert level_of(offer_id).on_hand == 9


def test_who_may_not_edit_stock_is_refused(store: Scope, new_offer: NewOffer) -> None:
    offer_id = new_offer(1)
    for names in (frozenset[str](), frozenset({"catalogue.browse", "orders.manage"})):
        other = store.with_values(permissions=Permissions(names))
        with pytest.raises(PermissionDenied), other.transaction() as unit:
            actions.set_stock(unit, offer_id, 2, reference="x")
    with pytest.raises(PermissionDenied), store.with_values(permissions=NOTHING).transaction() as unit:
        actions.reserve(unit, "x", {offer_id: 1}, LATER)


def test_promised_pieces_are_not_available(store: Scope, new_offer: NewOffer, level_of: LevelOf) -> None:
    offer_id = new_offer(5)
    reserve(store, "attempt-1", {offer_id: 3})
    with store.transaction() as unit:
        assert list_available(unit, [offer_id]) == {offer_id: 2}
    assert (level_of(offer_id).on_hand, level_of(offer_id).reserved) == (5, 3)


def test_what_is_not_there_is_not_promised_and_nothing_of_it(
    store: Scope, new_offer: NewOffer, level_of: LevelOf
) -> None:
    plenty, scarce = new_offer(9), new_offer(1)
    with pytest.raises(InsufficientStock) as refused:
        reserve(store, "both", {plenty: 2, scarce: 2})
    assert refused.value.facts == {"offer_id": scarce, "available": 1}
    assert level_of(plenty).reserved == level_of(scarce).reserved == 0


def test_a_sale_takes_what_was_promised(store: Scope, new_offer: NewOffer, level_of: LevelOf) -> None:
    offer_id = new_offer(5)
    reserve(store, "sold-1", {offer_id: 2})
    end(store, "claim", "sold-1")
    assert (level_of(offer_id).on_hand, level_of(offer_id).reserved) == (3, 0)
    assert movements(store, offer_id)[-1] == (-2, "sold", "sold-1")


@pytest.mark.parametrize("first", ["claim", "release"])
def test_what_has_ended_cannot_be_sold(store: Scope, new_offer: NewOffer, level_of: LevelOf, first: str) -> None:
    offer_id = new_offer(5)
    reserve(store, f"ended-{first}", {offer_id: 2})
    end(store, first, f"ended-{first}")
    before = level_of(offer_id)
    with pytest.raises(ReservationGone):
        end(store, "claim", f"ended-{first}")
    assert end(store, "release", f"ended-{first}") == 0
    assert level_of(offer_id) == before


def test_what_is_released_can_be_bought_again(store: Scope, new_offer: NewOffer, level_of: LevelOf) -> None:
    offer_id = new_offer(2)
    reserve(store, "released-1", {offer_id: 2})
    assert end(store, "release", "released-1") == 1
    reserve(store, "released-2", {offer_id: 2})
    assert level_of(offer_id).reserved == 2


def test_what_is_held_too_long_is_given_back(store: Scope, new_offer: NewOffer, level_of: LevelOf) -> None:
    early, late = new_offer(2), new_offer(2)
    with store.transaction() as unit:
        actions.reserve(unit, "early", {early: 2}, NOON + timedelta(seconds=1))
        actions.reserve(unit, "late", {late: 2}, NOON + timedelta(hours=1))
    afterwards = store.with_values(clock=FixedClock(NOON + timedelta(seconds=2)))
    with afterwards.transaction() as unit:
        assert actions.expire_reservations(unit) == 1
    assert (level_of(early).reserved, level_of(late).reserved) == (0, 2)
    with pytest.raises(ReservationGone):
        end(store, "claim", "early")


def test_a_promise_at_its_last_moment_still_stands(store: Scope, new_offer: NewOffer) -> None:
    offer_id = new_offer(1)
    reserve(store, "last-moment", {offer_id: 1})
    with store.with_values(clock=FixedClock(LATER)).transaction() as unit:
        actions.expire_reservations(unit)
        assert actions.hold_on(unit, "last-moment")


def test_expiry_takes_no_more_than_it_is_told(store: Scope, new_offer: NewOffer) -> None:
    offer_id = new_offer(5)
    for number in range(5):
        reserve(store, f"many-{number}", {offer_id: 1})
    with store.with_values(clock=FixedClock(LATER + timedelta(minutes=1))).transaction() as unit:
        assert actions.expire_reservations(unit, limit=2) == 2
        assert actions.expire_reservations(unit) == 3


def test_hold_on_tells_whether_pieces_are_still_held(store: Scope, new_offer: NewOffer) -> None:
    reserve(store, "held-on", {new_offer(1): 1})
    assert end(store, "hold_on", "held-on") is True
    end(store, "release", "held-on")
    assert end(store, "hold_on", "held-on") is False
    assert end(store, "hold_on", "never-there") is False


def test_pieces_are_held_again_for_money_that_came_late(store: Scope, new_offer: NewOffer, level_of: LevelOf) -> None:
    offer_id = new_offer(2)
    reserve(store, "again-1", {offer_id: 2})
    end(store, "release", "again-1")
    with store.transaction() as unit:
        actions.reserve_again(unit, "again-1", {offer_id: 2})
        actions.claim(unit, "again-1")
    assert (level_of(offer_id).on_hand, level_of(offer_id).reserved) == (0, 0)


def test_pieces_that_others_have_bought_are_not_held_again(
    store: Scope, new_offer: NewOffer, level_of: LevelOf
) -> None:
    offer_id = new_offer(2)
    reserve(store, "again-2", {offer_id: 2})
    end(store, "release", "again-2")
    reserve(store, "quicker", {offer_id: 1})
    with pytest.raises(InsufficientStock), store.transaction() as unit:
        actions.reserve_again(unit, "again-2", {offer_id: 2})
    assert (level_of(offer_id).on_hand, level_of(offer_id).reserved) == (2, 1)


def test_sold_pieces_are_put_back_once(store: Scope, new_offer: NewOffer, level_of: LevelOf) -> None:
    offer_id = new_offer(2)
    reserve(store, "back-1", {offer_id: 2})
    end(store, "claim", "back-1")
    for expected in (True, False):
        with store.transaction() as unit:
            assert actions.restock(unit, "back-1", {offer_id: 2}) is expected
    assert level_of(offer_id).on_hand == 2
    assert movements(store, offer_id)[-1] == (2, "cancelled", "back-1")


def test_only_the_turn_from_some_to_none_and_back_is_announced(store: Scope, new_offer: NewOffer) -> None:
    offer_id = new_offer(3)
    reserve(store, "flip-1", {offer_id: 1})
    reserve(store, "flip-2", {offer_id: 2})
    end(store, "claim", "flip-1")
    end(store, "release", "flip-2")
    with store.transaction() as unit:
        actions.set_stock(unit, offer_id, 0, reference="none-left")
        actions.set_stock(unit, offer_id, 7, reference="some-again")
    assert flips(store, offer_id) == [True, False, True, False, True]


@pytest.fixture
def move_to(store: Scope) -> Callable[[str, str, int], None]:
    """`move_to(code, offer_id, pieces)`: so many of an offer's pieces lie at another location instead."""

    def move(code: str, offer_id: str, pieces: int) -> None:
        with store.transaction() as unit:
            there = actions.ensure_location(unit, code)
            at_main = StockLevel.offer_id == offer_id
            unit.db.execute(update(StockLevel).where(at_main).values(on_hand=StockLevel.on_hand - pieces))
            unit.db.execute(insert(StockLevel).values(offer_id=offer_id, location_id=there, on_hand=pieces))
            main = unit.db.scalar(select(StockLocation.id).where(StockLocation.code == "main"))
            for location_id, delta in ((main, -pieces), (there, pieces)):
                actions._move(unit, offer_id, str(location_id), delta, "adjusted", f"moved:{offer_id}")

    return move


def lying(scope: Scope, offer_id: str) -> dict[str, tuple[int, int]]:
    """Location → on hand and reserved of an offer."""
    columns = (StockLocation.code, StockLevel.on_hand, StockLevel.reserved)
    statement = select(*columns).join(StockLevel, StockLevel.location_id == StockLocation.id)
    with scope.transaction() as unit:
        rows = unit.db.execute(statement.where(StockLevel.offer_id == offer_id)).all()
    return {row.code: (row.on_hand, row.reserved) for row in rows}


def test_pieces_are_promised_at_one_location_and_come_back_there(
    store: Scope, new_offer: NewOffer, move_to: Callable[[str, str, int], None]
) -> None:
    offer_id = new_offer(6)
    move_to("west", offer_id, 4)  # two remain at the main location
    reserve(store, "west-1", {offer_id: 3})
    assert lying(store, offer_id) == {"main": (2, 0), "west": (4, 3)}
    reserve(store, "west-2", {offer_id: 1})
    end(store, "claim", "west-1")
    with store.transaction() as unit:
        assert actions.restock(unit, "order-of-west-1", {offer_id: 3}, sold_as="west-1")
    assert sum(on_hand for on_hand, _ in lying(store, offer_id).values()) == 6
    assert lying(store, offer_id)["west"][0] == 4
    assert sum(reserved for _, reserved in lying(store, offer_id).values()) == 1


def test_pieces_are_held_again_at_another_location(
    store: Scope, new_offer: NewOffer, move_to: Callable[[str, str, int], None]
) -> None:
    offer_id = new_offer(4)
    move_to("west", offer_id, 2)
    reserve(store, "elsewhere", {offer_id: 2})
    taken = "west" if lying(store, offer_id)["west"][1] else "main"
    end(store, "release", "elsewhere")
    reserve(store, "quicker", {offer_id: 1})  # the first that has one: the one that was taken before
    assert lying(store, offer_id)[taken] == (2, 1)
    with store.transaction() as unit:
        actions.reserve_again(unit, "elsewhere", {offer_id: 2})
    other = "main" if taken == "west" else "west"
    assert lying(store, offer_id)[other] == (2, 2)
    end(store, "claim", "elsewhere")
    assert lying(store, offer_id)[other] == (0, 0)


def test_what_is_held_is_not_held_again(store: Scope, new_offer: NewOffer, level_of: LevelOf) -> None:
    offer_id = new_offer(4)
    reserve(store, "held-on", {offer_id: 2})
    for quantities in ({offer_id: 2}, {offer_id: 1}):
        with pytest.raises(ReservationGone), store.transaction() as unit:
            actions.reserve_again(unit, "held-on", quantities)
    with pytest.raises(ReservationGone), store.transaction() as unit:
        actions.reserve_again(unit, "never-held", {offer_id: 1})
    assert (level_of(offer_id).on_hand, level_of(offer_id).reserved) == (4, 2)


def test_a_location_is_made_once(store: Scope) -> None:
    with store.transaction() as unit:
        assert actions.ensure_location(unit, "east") == actions.ensure_location(unit, "east")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE inventory_levels SET on_hand = -1",
        "UPDATE inventory_levels SET reserved = -1",
        "UPDATE inventory_levels SET reserved = on_hand + 1",
        "INSERT INTO inventory_reservations (id, reference, offer_id, location_id, quantity, status, expires_at)"
        " SELECT gen_random_uuid(), 'x', offer_id, location_id, 0, 'live', now() FROM inventory_levels LIMIT 1",
        "INSERT INTO inventory_movements (offer_id, location_id, delta, reason, reference, occurred_at)"
        " SELECT offer_id, location_id, 0, 'sold', 'x', now() FROM inventory_levels LIMIT 1",
        "INSERT INTO inventory_movements (offer_id, location_id, delta, reason, reference, occurred_at)"
        " SELECT offer_id, location_id, 1, 'stolen', 'x', now() FROM inventory_levels LIMIT 1",
        "INSERT INTO inventory_movements (offer_id, location_id, delta, reason, reference, occurred_at)"
        " SELECT offer_id, location_id, delta, reason, reference, now() FROM inventory_movements LIMIT 1",
    ],
)
def test_the_database_refuses_impossible_stock(store: Scope, new_offer: NewOffer, statement: str) -> None:
    new_offer(1)
    with pytest.raises(IntegrityError), store.transaction() as unit:
        unit.db.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    ["UPDATE inventory_movements SET delta = 1", "DELETE FROM inventory_movements", "TRUNCATE inventory_movements"],
)
def test_a_movement_is_never_changed(store: Scope, statement: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), store.transaction() as unit:
        unit.db.execute(text(statement))
