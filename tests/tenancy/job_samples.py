"""Jobs that leave a trace in their tenant's own schema, on a queue of their own; and a worker that can be killed.

python -m tests.tenancy.job_samples     runs a worker of these jobs until it is ended (settings: the environment)
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from app.faces.worker.run import scope_of
from app.kit import boot, queue
from app.kit import settings as kit_settings
from app.kit.queue import job
from app.kit.scope import Scope

QUEUE = "tests-of-jobs"
order: list[tuple[str, str]] = []
"""(tenant, code) of the jobs that have run in this process, in their order."""
to_fail: dict[str, int] = {}
"""Code → how often its job is still to fail."""
_TRACE = text("INSERT INTO inventory_locations (id, code) VALUES (gen_random_uuid(), :code)")


class Wanted(Exception):
    """A job was told to fail."""


@job("tests.trace", queue=QUEUE, retries=3)
def trace(scope: Scope, *, code: str) -> None:
    scope.db.execute(_TRACE, {"code": code})
    if to_fail.get(code, 0) > 0:
        to_fail[code] -= 1
        raise Wanted
    order.append((scope.tenant_id, code))


@job("tests.once", queue=QUEUE, retries=0)
def once(scope: Scope, *, code: str) -> None:
    scope.db.execute(_TRACE, {"code": code})


@job("tests.flow", queue=QUEUE, retries=0, runs_flow=True)
def flow(scope: Scope, *, code: str) -> None:
    assert scope.session is None
    with scope.transaction() as unit:
        unit.db.execute(_TRACE, {"code": code})


@job("tests.linger", queue=QUEUE, retries=3)
def linger(scope: Scope, *, code: str, while_there: str) -> None:
    if Path(while_there).exists():
        scope.db.execute(text("SELECT pg_sleep(8)"))
    scope.db.execute(_TRACE, {"code": code})


if __name__ == "__main__":
    settings = kit_settings.load()
    queue.run_worker(settings, scope_of(boot.open_root(settings)), queues=[QUEUE])
