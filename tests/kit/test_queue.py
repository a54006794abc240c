"""Jobs of one tenant: declared once, run later, repeated when they fail, ordered where they must be."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from app.domains.tenancy import flows as tenancy
from app.faces.worker.run import scope_of
from app.kit import queue
from app.kit.cluster import connect_owner
from app.kit.queue import UnknownJob, build_worker, drain, enqueue, job, queue_url, registered, run_worker, spread
from app.kit.scope import Scope

QUEUE = "tests-of-the-queue"
ran: list[tuple[str | None, str]] = []
to_fail: dict[str, int] = {}


@job("tests.note", queue=QUEUE, retries=2)
def note(scope: Scope, *, code: str) -> None:
    ran.append((scope.tenant.id if scope.tenant else None, code))
    scope.db.execute(text("INSERT INTO inventory_locations (id, code) VALUES (gen_random_uuid(), :c)"), {"c": code})
    if to_fail.get(code, 0) > 0:
        to_fail[code] -= 1
        raise RuntimeError(code)


@job("tests.platform", queue=QUEUE, retries=0, is_platform=True)
def of_the_platform(scope: Scope, *, code: str) -> None:
    ran.append((scope.tenant.id if scope.tenant else None, code))


@job("tests.each", queue=QUEUE, retries=0, every="0 0 1 1 *")
def each(scope: Scope) -> None:
    ran.append((scope.tenant_id, "each"))


@pytest.fixture(autouse=True)
def empty(root: Scope) -> Iterator[None]:
    yield
    ran.clear()
    to_fail.clear()
    with connect_owner(root.settings) as owner:
        owner.execute("SET search_path TO queue")
        owner.execute("DELETE FROM procrastinate_jobs WHERE queue_name = %s", (QUEUE,))


@pytest.fixture
def run(root: Scope) -> Callable[[], None]:
    return lambda: run_worker(root.settings, scope_of(root), wait=False, queues=[QUEUE])


def rows(root: Scope) -> list[tuple[Any, ...]]:
    with connect_owner(root.settings) as owner:
        query = (
            "SELECT task_name, status::text, attempts FROM queue.procrastinate_jobs WHERE queue_name = %s ORDER BY id"
        )
        return owner.execute(query, (QUEUE,)).fetchall()


def make_due(root: Scope) -> None:
    with connect_owner(root.settings) as owner:
        owner.execute("SET search_path TO queue")
        owner.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE queue_name = %s", (QUEUE,))


def put(scope: Scope, code: str, **options: Any) -> None:
    with scope.transaction() as unit:
        enqueue(unit, "tests.note", code=code, **options)


def codes(scope: Scope) -> list[str]:
    with scope.transaction() as unit:
        return list(unit.db.scalars(text("SELECT code FROM inventory_locations ORDER BY code")))


def test_a_job_is_one_transaction_and_gone_when_it_is_done(
    root: Scope, system_scope: Scope, run: Callable[[], None]
) -> None:
    put(system_scope, "a")
    run()
    assert (ran, codes(system_scope), rows(root)) == ([(system_scope.tenant_id, "a")], ["a"], [])


def test_a_job_that_fails_leaves_nothing_and_is_repeated_later(
    root: Scope, system_scope: Scope, run: Callable[[], None]
) -> None:
    to_fail["a"] = 1
    put(system_scope, "a")
    run()
    assert codes(system_scope) == [] and rows(root) == [("tests.note", "todo", 1)]
    run()
    assert len(ran) == 1  # it is not due yet
    make_due(root)
    run()
    assert codes(system_scope) == ["a"] and rows(root) == []


def test_a_job_that_fails_too_often_stays_to_be_seen(root: Scope, system_scope: Scope, run: Callable[[], None]) -> None:
    to_fail["a"] = 99
    put(system_scope, "a")
    for _ in range(5):
        run()
        make_due(root)
    assert len(ran) == 3 and rows(root) == [("tests.note", "failed", 3)]


def test_a_job_may_be_told_to_wait(root: Scope, system_scope: Scope, run: Callable[[], None]) -> None:
    put(system_scope, "later", delay_s=600)
    run()
    assert ran == []
    make_due(root)
    run()
    assert [code for _, code in ran] == ["later"]


def test_a_job_that_waits_under_its_key_is_not_enqueued_again_and_one_that_ran_is(
    root: Scope, system_scope: Scope, run: Callable[[], None]
) -> None:
    put(system_scope, "first", unique="k")
    put(system_scope, "second", unique="k")
    put(system_scope, "third", unique="other")
    run()
    put(system_scope, "fourth", unique="k")
    run()
    assert sorted(code for _, code in ran) == ["first", "fourth", "third"]


def test_jobs_of_one_lock_run_in_their_order(system_scope: Scope, run: Callable[[], None]) -> None:
    for number in range(5):
        put(system_scope, f"n{number}", lock="one-by-one")
    run()
    assert [code for _, code in ran] == [f"n{number}" for number in range(5)]


def test_a_platform_job_has_no_tenant(root: Scope, run: Callable[[], None]) -> None:
    with root.transaction() as unit:
        enqueue(unit, "tests.platform", code="p")
    run()
    assert ran == [(None, "p")]


def test_a_job_for_each_tenant_waits_once_for_each(
    root: Scope, system_scope: Scope, other_system_scope: Scope, run: Callable[[], None]
) -> None:
    kept = queue._tenants_of
    queue.set_tenant_list(lambda: tenancy.list_active_ids(root))
    try:
        spread(root.settings, "tests.each")
        waiting = len(rows(root))
        spread(root.settings, "tests.each")
    finally:
        queue.set_tenant_list(kept)
    assert len(rows(root)) == waiting >= 2
    run()
    assert len(ran) == len(set(ran)) == waiting
    assert {(system_scope.tenant_id, "each"), (other_system_scope.tenant_id, "each")} <= set(ran)


def test_a_job_that_waits_for_its_retry_does_not_clash_with_one_that_was_enqueued_meanwhile(
    root: Scope, system_scope: Scope, run: Callable[[], None]
) -> None:
    with connect_owner(root.settings) as owner:
        owner.execute("SET search_path TO queue")
        put(system_scope, "first", unique="again")
        begun = "UPDATE procrastinate_jobs SET status = 'doing' WHERE queue_name = %s RETURNING id"
        (number,) = owner.execute(begun, (QUEUE,)).fetchone() or (None,)
    put(system_scope, "second", unique="again")
    with connect_owner(root.settings) as owner:
        owner.execute("SET search_path TO queue")
        owner.execute("SELECT queue.procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)", (number,))
    assert [row[1] for row in rows(root)] == ["todo", "todo"]
    put(system_scope, "third", unique="again")
    assert len(rows(root)) == 2
    run()
    make_due(root)
    run()
    assert codes(system_scope) == ["first", "second"] and rows(root) == []


def test_a_periodic_job_is_not_retried_because_its_next_turn_is() -> None:
    assert next(found for found in registered() if found.name == "tests.each").retries == 0
    with pytest.raises(ValueError, match="periodic"):
        job("tests.wrong", retries=3, every="* * * * *")
    assert [found.name for found in registered() if found.every and found.retries] == []


def test_failed_jobs_are_kept_for_a_time_and_then_forgotten(
    root: Scope, system_scope: Scope, run: Callable[[], None]
) -> None:
    to_fail["bad"] = 9
    put(system_scope, "bad")
    for _ in range(3):
        run()
        make_due(root)
    assert [row[1] for row in rows(root)] == ["failed"]
    kept_days = root.settings.failed_jobs_kept_days
    for days, left in ((kept_days - 1, ["failed"]), (kept_days + 1, [])):
        with connect_owner(root.settings) as owner:
            owner.execute("SET search_path TO queue")
            owner.execute("UPDATE procrastinate_events SET at = now() - make_interval(days => %s)", (days,))
        forget(root)
        assert [row[1] for row in rows(root)] == left


def forget(root: Scope) -> None:
    """The nightly purge, now."""
    app = build_worker(root.settings, scope_of(root))
    with app.open():
        app.tasks["kit.forget_failed_jobs"].configure(queue=QUEUE).defer(timestamp=0)
        app.run_worker(queues=[QUEUE], wait=False, delete_jobs="successful")


def test_two_jobs_cannot_have_one_name() -> None:
    assert "tests.note" in {one.name for one in registered()}
    with pytest.raises(ValueError, match=r"tests\.note"):

        @job("tests.note")
        def another(scope: Scope) -> None:
            """Never run."""


def test_draining_tells_when_jobs_never_end(root: Scope, system_scope: Scope) -> None:
    with contextlib.suppress(UnknownJob):
        drain(root.settings, scope_of(root), limit=0)
    with pytest.raises(UnknownJob, match="after 0 rounds"):
        drain(root.settings, scope_of(root), limit=0)


def test_the_worker_s_login_reads_the_queue_and_nothing_else(root: Scope, system_scope: Scope) -> None:
    assert queue_url(root.settings).username == "serai_queue"
    with connect_owner(root.settings) as owner:
        found = owner.execute(
            "SELECT DISTINCT n.nspname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'v', 'S') AND has_schema_privilege('serai_queue', n.oid, 'USAGE')"
            " AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
        ).fetchall()
        flags = owner.execute("SELECT rolsuper, rolcreaterole, rolinherit FROM pg_roles WHERE rolname = 'serai_queue'")
        assert flags.fetchone() == (False, False, False)
    assert found == [("queue",)]


def test_values_are_stored_the_same_way_everywhere() -> None:
    assert queue.dump({"b": 1, "a": "ก"}) == '{"a": "ก", "b": 1}'
    assert json.loads(queue.dump({"at": None})) == {"at": None}
