"""What happened is written with the fact and told to every listener, each by a job of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest
from sqlalchemy import text

from app.faces.worker.run import scope_of
from app.kit import events
from app.kit.cluster import connect_owner
from app.kit.queue import drain
from app.kit.scope import Actor, Scope
from tests.harness.race import race_calls

heard: list[tuple[str, str, int]] = []
to_fail: list[str] = []


@dataclass(frozen=True, slots=True)
class LampLit:
    name: ClassVar[str] = "lamps.lamp_lit"
    lamp_id: str
    watts: int = 0


@dataclass(frozen=True, slots=True)
class LampBroken:
    name: ClassVar[str] = "lamps.lamp_broken"
    lamp_id: str


def note(scope: Scope, event: LampLit) -> None:
    if event.lamp_id in to_fail:
        to_fail.remove(event.lamp_id)
        raise RuntimeError("told to fail")
    heard.append(("note", event.lamp_id, event.watts))


def count(scope: Scope, event: LampLit) -> None:
    heard.append(("count", event.lamp_id, event.watts))


for listener in (note, count):
    listener.__module__ = "app.domains.tests_of_events.jobs"  # as a room above would declare them
    events.listens(LampLit)(listener)


@pytest.fixture(autouse=True)
def silence(root: Scope) -> Iterator[None]:
    """Nothing of other tests waits in the queue, and nothing was heard."""
    with connect_owner(root.settings) as owner:
        owner.execute("SET search_path TO queue")
        owner.execute("DELETE FROM procrastinate_jobs")
    yield
    heard.clear()
    to_fail.clear()


@pytest.fixture
def run(root: Scope, system_scope: Scope) -> Callable[[], None]:
    return lambda: drain(root.settings, scope_of(root))


def told_of(lamp_id: str) -> list[str]:
    return [who for who, lamp, _ in heard if lamp == lamp_id]


def stored(scope: Scope) -> list[tuple[object, ...]]:
    query = "SELECT aggregate_id, sequence, name, published_at IS NOT NULL FROM event ORDER BY position"
    with scope.transaction() as unit:
        return [tuple(row) for row in unit.db.execute(text(query))]


def test_every_listener_hears_it_once(system_scope: Scope, run: Callable[[], None]) -> None:
    with system_scope.transaction() as unit:
        events.announce(unit, LampLit("told", 40))
    assert heard == []
    run()
    assert sorted(one for one in heard if one[1] == "told") == [("count", "told", 40), ("note", "told", 40)]
    run()
    assert len(told_of("told")) == 2
    assert stored(system_scope) == [("told", 1, "lamps.lamp_lit", True)]


def test_what_is_rolled_back_did_not_happen(system_scope: Scope, run: Callable[[], None]) -> None:
    with pytest.raises(RuntimeError), system_scope.transaction() as unit:
        events.announce(unit, LampLit("undone"))
        raise RuntimeError
    run()
    assert told_of("undone") == [] and stored(system_scope) == []


def test_events_of_one_aggregate_are_numbered_without_gap(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        for event in (LampLit("a"), LampLit("b"), LampBroken("a"), LampLit("a")):
            events.announce(unit, event)
    assert [(row[0], row[1]) for row in stored(system_scope)] == [("a", 1), ("b", 1), ("a", 2), ("a", 3)]


def test_a_number_is_given_once(system_scope: Scope) -> None:
    """Who does not hold the aggregate's lock is refused by the key, and its fact with it."""

    def light(number: int) -> None:
        with system_scope.transaction() as unit:
            events.announce(unit, LampLit("raced"))

    outcomes = race_calls(4, light)
    told = len([one for one in outcomes if one.error is None])
    assert told >= 1
    assert [row[1] for row in stored(system_scope)] == list(range(1, told + 1))


def test_an_event_says_who_did_it(staff_scope: Scope, system_scope: Scope) -> None:
    with staff_scope.with_values(request_id="req_1").transaction() as unit:
        events.announce(unit, LampLit("lamp-1", 7))
    with system_scope.transaction() as unit:
        row = unit.db.execute(text("SELECT room, payload, actor, request_id, occurred_at FROM event")).one()
    assert isinstance(staff_scope.actor, Actor)
    assert tuple(row) == (
        "lamps",
        {"lamp_id": "lamp-1", "watts": 7},
        {"kind": "staff", "id": staff_scope.actor.id},
        "req_1",
        staff_scope.now(),
    )


def test_a_listener_that_fails_is_told_again_and_the_other_is_not(
    root: Scope, system_scope: Scope, run: Callable[[], None]
) -> None:
    to_fail.append("failing")
    with system_scope.transaction() as unit:
        events.announce(unit, LampLit("failing"))
    run()
    assert told_of("failing") == ["count"]
    with connect_owner(root.settings) as owner:
        owner.execute("SET search_path TO queue")
        owner.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
    run()
    assert told_of("failing") == ["count", "note"]


def test_a_payload_of_a_newer_release_is_read_by_an_older_one(system_scope: Scope, run: Callable[[], None]) -> None:
    with system_scope.transaction() as unit:
        events.announce(unit, LampLit("newer", 5))
        unit.db.execute(text("SELECT 1"))
    with connect_owner(system_scope.settings) as owner:
        table = f"{system_scope.tenant_id}.event"
        owner.execute(f'UPDATE {table} SET payload = payload || \'{{"colour": "red"}}\''.encode())
    run()
    assert sorted(one for one in heard if one[1] == "newer") == [("count", "newer", 5), ("note", "newer", 5)]


def test_the_log_is_a_tenant_s_own(system_scope: Scope, other_system_scope: Scope, run: Callable[[], None]) -> None:
    with system_scope.transaction() as unit:
        events.announce(unit, LampLit("lamp-1"))
    assert stored(other_system_scope) == []
