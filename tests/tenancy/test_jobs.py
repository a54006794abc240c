"""A job runs in the tenant that enqueued it, whatever it says, whoever fails, and however its worker ends."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import procrastinate
import psycopg
import pytest
from procrastinate.exceptions import ConnectorException

from app.domains.provisioning.queries.walls import PLATFORM_INVARIANTS
from app.faces.worker.run import scope_of
from app.kit import cluster
from app.kit.cluster import connect_owner
from app.kit.invariants import check
from app.kit.queue import build_worker, enqueue, run_worker
from app.kit.scope import Scope
from app.kit.settings import ROOT, Settings
from tests.tenancy import job_samples
from tests.tenancy.conftest import Pair
from tests.tenancy.job_samples import QUEUE
from tests.tenancy.sessions import DENIED, IS_LONG, opened_for, sqlstate_of

EACH = 1_000 if IS_LONG else 40
FLOOD = 2_000 if IS_LONG else 200
DEFER = "SELECT queue.procrastinate_defer_jobs_v1(ARRAY[%s::queue.procrastinate_job_to_defer_v1])"
Rows = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def empty_queue(settings: Settings, pair: Pair) -> Iterator[None]:
    yield
    job_samples.order.clear()
    job_samples.to_fail.clear()
    with connect_owner(settings) as owner:
        owner.execute("SET search_path TO queue")
        owner.execute("DELETE FROM queue.procrastinate_jobs WHERE queue_name = %s", (QUEUE,))


@pytest.fixture
def run(standing_root: Scope) -> Callable[[], None]:
    """Run what is due; then what has failed is made due, until nothing waits."""

    def until_empty() -> None:
        for _ in range(6):
            run_worker(standing_root.settings, scope_of(standing_root), wait=False, queues=[QUEUE])
            with connect_owner(standing_root.settings) as owner:
                owner.execute("SET search_path TO queue")
                again = owner.execute(
                    "UPDATE queue.procrastinate_jobs SET scheduled_at = NULL WHERE queue_name = %s AND status = 'todo'",
                    (QUEUE,),
                )
                if again.rowcount == 0:
                    return

    return until_empty


def waiting(settings: Settings) -> Rows:
    with connect_owner(settings) as owner:
        cursor = owner.execute(
            "SELECT id, task_name, args, lock, queueing_lock, priority, status::text, attempts"
            " FROM queue.procrastinate_jobs WHERE queue_name = %s ORDER BY id",
            (QUEUE,),
        )
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def traces(scope: Scope, beginning: str) -> list[str]:
    with connect_owner(scope.settings) as owner:
        query = psycopg.sql.SQL("SELECT code FROM {} WHERE code LIKE %s ORDER BY 1")
        table = psycopg.sql.Identifier(scope.tenant_id, "inventory_locations")
        return [row[0] for row in owner.execute(query.format(table), (f"{beginning}%",))]


def put(scope: Scope, code: str, name: str = "tests.trace", **options: Any) -> None:
    with scope.transaction() as unit:
        enqueue(unit, name, code=code, **options)


def test_jobs_of_two_tenants_leave_their_effects_at_home(pair: Pair, run: Callable[[], None]) -> None:
    drawn = random.Random(20261122)
    wanted: dict[str, list[str]] = {scope.tenant_id: [] for scope in pair}
    for number in range(EACH * 2):
        scope = pair[number % 2]
        code = f"both-{number}"
        if drawn.random() < 0.3:
            job_samples.to_fail[code] = drawn.choice((1, 2))
        put(scope, code)
        wanted[scope.tenant_id].append(code)
    run()
    for scope in pair:
        assert traces(scope, "both-") == sorted(wanted[scope.tenant_id])
    assert sorted(code for _, code in job_samples.order) == sorted(
        [*wanted[pair[0].tenant_id], *wanted[pair[1].tenant_id]]
    )
    assert waiting(pair[0].settings) == []


def test_a_job_that_runs_a_flow_comes_without_a_transaction(pair: Pair, run: Callable[[], None]) -> None:
    put(pair[1], "flow-1", "tests.flow")
    run()
    assert traces(pair[1], "flow-") == ["flow-1"] and traces(pair[0], "flow-") == []


def test_a_job_of_a_killed_worker_is_run_again(
    pair: Pair, settings: Settings, tmp_path: Path, run: Callable[[], None]
) -> None:
    marker = tmp_path / "linger"
    marker.touch()
    for number, scope in enumerate(pair):
        put(scope, f"killed-{number}", "tests.linger", while_there=str(marker))
    environ = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "SERAI_VAR_DIR": settings.var_dir,
        "SERAI_ENVIRONMENT": "test",
    }
    command = [sys.executable, "-m", "tests.tenancy.job_samples"]
    worker = subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while [row["status"] for row in waiting(settings)] != ["doing", "doing"]:
            assert worker.poll() is None and time.monotonic() < deadline
            threading.Event().wait(0.1)
    finally:
        worker.kill()
        worker.wait(10)
    assert traces(pair[0], "killed-") == [] and traces(pair[1], "killed-") == []
    marker.unlink()
    run()
    assert [row["status"] for row in waiting(settings)] == ["doing", "doing"]  # nobody takes them by itself
    _rescue(pair[0])
    run()
    assert traces(pair[0], "killed-") == ["killed-0"] and traces(pair[1], "killed-") == ["killed-1"]
    assert waiting(settings) == []


def _rescue(scope: Scope) -> None:
    """What the periodic task does half a minute after a worker's last sign of life."""
    with connect_owner(scope.settings) as owner:
        owner.execute("UPDATE queue.procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    connector = procrastinate.SyncPsycopgConnector(
        conninfo=_worker_conninfo(scope.settings), kwargs={"options": "-c search_path=queue"}
    )
    app = build_worker(scope.settings, scope_of(scope))
    with app.replace_connector(connector), app.open():
        app.tasks["kit.rescue_stalled_jobs"].configure(queue=QUEUE, queueing_lock="rescue").defer(timestamp=0)


def _worker_conninfo(settings: Settings) -> str:
    from_owner = settings.owner_url().set(
        drivername="postgresql", username="serai_queue", password=settings.derive("queue-login")
    )
    return from_owner.render_as_string(hide_password=False)


def test_the_tenant_of_a_job_is_written_by_the_database(pair: Pair, run: Callable[[], None]) -> None:
    own, other = pair
    put(own, "forged-1", tenant=other.tenant_id)
    put(own, "forged-2", tenant=None)
    assert [row["args"]["tenant"] for row in waiting(own.settings)] == [own.tenant_id] * 2
    run()
    assert traces(own, "forged-") == ["forged-1", "forged-2"] and traces(other, "forged-") == []


@pytest.mark.parametrize(
    "step", ["", "SET LOCAL search_path TO public", "SET LOCAL search_path TO pg_temp, queue", "SAVEPOINT inner_one"]
)
def test_a_call_of_the_queue_s_own_function_is_stamped_too(pair: Pair, step: str) -> None:
    own, other = pair
    forged = json.dumps({"tenant": other.tenant_id, "code": "x"})
    with opened_for(own) as connection:
        if step:
            connection.execute(step.encode())
        row = (QUEUE, "tests.trace", 0, f"{other.tenant_id}:lock", f"{other.tenant_id}:unique", forged, None)
        connection.execute(DEFER, (row,))
        connection.execute("COMMIT")
    (found,) = waiting(own.settings)
    assert found["args"] == {"tenant": own.tenant_id, "code": "x"}
    assert found["lock"] == f"{own.tenant_id}:{other.tenant_id}:lock"
    assert found["queueing_lock"] == f"{own.tenant_id}:{other.tenant_id}:unique"


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO queue.procrastinate_jobs (queue_name, task_name, args) VALUES ('default', 'tests.trace', '{}')",
        "UPDATE queue.procrastinate_jobs SET args = '{}'",
        "DELETE FROM queue.procrastinate_jobs",
        "SELECT args FROM queue.procrastinate_jobs",
        "SELECT queue.procrastinate_fetch_job_v2(NULL, 1)",
        "SELECT queue.procrastinate_cancel_job_v1(1, true, true)",
        "SELECT queue.procrastinate_defer_periodic_job_v2('default', '', '', 'tests.trace', 0, '', 1, '{}')",
        "ALTER TABLE queue.procrastinate_jobs DISABLE TRIGGER stamp_tenant",
        "SET session_replication_role = replica",
    ],
)
def test_no_other_way_into_the_queue_is_open(pair: Pair, statement: str) -> None:
    with opened_for(pair[0]) as connection:
        assert sqlstate_of(connection, statement) == DENIED


def test_outside_of_a_tenant_s_role_no_tenant_can_be_named(pair: Pair, run: Callable[[], None]) -> None:
    own, other = pair
    forged = json.dumps({"tenant": other.tenant_id, "code": "reset-1"})
    with opened_for(own) as connection:
        connection.execute("RESET ROLE")
        connection.execute(DEFER, ((QUEUE, "tests.once", 0, None, None, forged, None),))
        connection.execute("SET ROLE tenant")
        connection.execute("SAVEPOINT before")
        with pytest.raises(psycopg.errors.RaiseException, match="only a tenant or the platform may enqueue"):
            connection.execute(DEFER, ((QUEUE, "tests.once", 0, None, None, forged, None),))
        connection.execute("ROLLBACK TO SAVEPOINT before")
        connection.execute("COMMIT")
    assert [row["args"] for row in waiting(own.settings)] == [{"code": "reset-1"}]
    run()
    assert traces(own, "reset-") == [] and traces(other, "reset-") == []


def test_a_job_without_a_tenant_is_refused(pair: Pair, run: Callable[[], None]) -> None:
    with connect_owner(pair[0].settings) as owner:
        owner.execute("SET search_path TO queue")
        owner.execute(
            "INSERT INTO queue.procrastinate_jobs (queue_name, task_name, args) VALUES (%s, 'tests.once', %s)",
            (QUEUE, '{"code": "nobody"}'),
        )
    run()
    (found,) = waiting(pair[0].settings)
    assert (found["status"], found["args"]) == ("failed", {"code": "nobody"})
    assert traces(pair[0], "nobody") == [] and traces(pair[1], "nobody") == []


def test_a_rollback_takes_the_job_along(pair: Pair) -> None:
    with pytest.raises(job_samples.Wanted), pair[0].transaction() as unit:
        enqueue(unit, "tests.trace", code="rolled-back")
        raise job_samples.Wanted
    with pair[0].transaction() as unit:
        savepoint = unit.db.begin_nested()
        enqueue(unit, "tests.trace", code="rolled-back")
        savepoint.rollback()
        enqueue(unit, "tests.trace", code="kept")
    assert [row["args"]["code"] for row in waiting(pair[0].settings)] == ["kept"]


def test_a_unique_key_is_a_tenant_s_own(pair: Pair) -> None:
    for scope in (*pair, *pair):
        put(scope, f"unique-{scope.tenant_id}", unique="digest")
    assert [row["queueing_lock"] for row in waiting(pair[0].settings)] == [
        f"{scope.tenant_id}:tests.trace:digest" for scope in pair
    ]


def test_what_is_enqueued_twice_does_not_cost_the_rest_of_its_transaction(pair: Pair) -> None:
    with pair[0].transaction() as unit:
        for code in ("first", "second", "third"):
            enqueue(unit, "tests.trace", code=code, unique="one")
        enqueue(unit, "tests.trace", code="last")
    assert [row["args"]["code"] for row in waiting(pair[0].settings)] == ["first", "last"]


def test_a_flood_of_one_tenant_does_not_starve_another(pair: Pair, run: Callable[[], None]) -> None:
    flooding, quiet = pair
    with flooding.transaction() as unit:
        for number in range(FLOOD):
            enqueue(unit, "tests.trace", code=f"flood-{number}")
    with quiet.transaction() as unit:
        for number in range(10):
            enqueue(unit, "tests.trace", code=f"quiet-{number}")
    run()
    ran = [tenant for tenant, _ in job_samples.order]
    assert len(ran) == FLOOD + 10
    assert max(index for index, tenant in enumerate(ran) if tenant == quiet.tenant_id) < 40


def test_urgent_jobs_go_before_any_backlog(pair: Pair, run: Callable[[], None]) -> None:
    with pair[0].transaction() as unit:
        for number in range(30):
            enqueue(unit, "tests.trace", code=f"usual-{number}")
        enqueue(unit, "tests.trace", code="urgent", priority=1)
    run()
    assert job_samples.order[0] == (pair[0].tenant_id, "urgent")


def test_an_upgrade_of_the_queue_is_seen_and_closed_again(pair: Pair, standing_root: Scope) -> None:
    def broken() -> set[str]:
        with standing_root.transaction(read_only=True) as unit:
            return {one.name for one in check(unit, PLATFORM_INVARIANTS) if one.name == "tenancy.queue_is_closed"}

    assert broken() == set()
    try:
        with connect_owner(standing_root.settings) as owner:
            owner.execute(
                "ALTER FUNCTION queue.procrastinate_defer_jobs_v1(queue.procrastinate_job_to_defer_v1[])"
                " SECURITY INVOKER"
            )
        assert broken() == {"tenancy.queue_is_closed"}
        with pytest.raises(ConnectorException):
            put(pair[0], "open")
    finally:
        cluster.prepare(standing_root.settings)
    assert broken() == set()
    put(pair[0], "closed")
    assert len(waiting(standing_root.settings)) == 1
