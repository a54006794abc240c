"""Jobs: enqueued in the transaction of the fact they follow, run later in the scope of their tenant.

A room declares jobs in its `jobs.py` with `@job`; anybody below the edge enqueues by name with `enqueue`. A job
is one transaction, committed here, unless it runs a flow. It may run twice: what it does has a key of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import procrastinate
import psycopg
import structlog
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.job_context import JobContext
from sqlalchemy.engine import URL

from app.kit.errors import Broken
from app.kit.scope import Scope
from app.kit.settings import Settings

log = structlog.get_logger()
WORKER_LOGIN = "serai_queue"
LONG_QUEUE = "long"
SHORT_QUEUE = "default"
RETRY_CEILING_S = 3600
RETRIES = 8


class UnknownJob(Broken):
    code = "kit.unknown_job"
    text = "There is no job of this name (%(name)s)."


class JobWithoutTenant(Broken):
    code = "kit.job_without_tenant"
    text = "A tenant's job came without a tenant (%(name)s)."


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    run: Callable[..., None]
    queue: str
    runs_flow: bool
    retries: int
    every: str | None
    is_platform: bool


_jobs: dict[str, Job] = {}
ScopeOf = Callable[[str | None], Scope]


def job(
    name: str,
    *,
    queue: str = SHORT_QUEUE,
    runs_flow: bool = False,
    retries: int | None = None,
    every: str | None = None,
    is_platform: bool = False,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a job `(scope, **args)`.

    :param name: `<room>.<verb_noun>`.
    :param runs_flow: the scope comes without a transaction; else one is open and committed after the job.
    :param retries: attempts after the first failure, with growing gaps (4 s, 16 s, 64 s, … at most one hour); 8
        unless told.
    :param every: a cron line (a sixth field gives seconds): run for each tenant, or once if `is_platform`. Such a job
        is not retried: its next turn is the next try, and one that waits for a retry would keep that turn away.
    """
    if every and retries:
        raise ValueError(f"{name} is periodic, so that its next turn is its retry")
    if retries is None:
        retries = 0 if every else RETRIES

    def register(run: Callable[..., None]) -> Callable[..., None]:
        if name in _jobs and _jobs[name].run is not run:
            raise ValueError(f"two jobs are named {name}")
        _jobs[name] = Job(name, run, queue, runs_flow, retries, every, is_platform)
        return run

    return register


def registered() -> Iterable[Job]:
    return tuple(_jobs.values())


def enqueue(
    scope: Scope,
    name: str,
    *,
    unique: str | None = None,
    lock: str | None = None,
    delay_s: int = 0,
    priority: int = 0,
    **args: Any,
) -> None:
    """Enqueue a job in the scope's open transaction: a rollback takes it along.

    :param unique: at most one waiting job per tenant, name and this key; a second one is dropped.
    :param lock: jobs of one lock (per tenant) run one after another.
    """
    task = {
        "queue": _jobs[name].queue if name in _jobs else SHORT_QUEUE,
        "lock": lock,
        "queueing_lock": f"{name}:{unique}" if unique is not None else None,
        "priority": priority,
        "schedule_in": {"seconds": delay_s} if delay_s else None,
    }
    if unique is None:
        _deferrer().configure_task(name, connection=_raw(scope), **task).defer(**args)
        return
    # a clash of the unique key would abort the whole transaction; the session sends the
    # savepoint only when its connection is asked for, so it is asked for inside
    savepoint = scope.db.begin_nested()
    try:
        _deferrer().configure_task(name, connection=_raw(scope), **task).defer(**args)
        savepoint.commit()
    except procrastinate.exceptions.AlreadyEnqueued:
        savepoint.rollback()


def _raw(scope: Scope) -> Any:
    return scope.db.connection().connection.driver_connection


@dataclass(frozen=True, slots=True)
class GrowingGaps(BaseRetryStrategy):
    """Try again after 4 s, 16 s, 64 s, … at most one hour, so many times."""

    attempts: int

    def get_retry_decision(self, *, exception: BaseException, job: procrastinate.jobs.Job) -> RetryDecision | None:
        if job.attempts >= self.attempts:
            return None
        return RetryDecision(retry_in={"seconds": min(4 ** (job.attempts + 1), RETRY_CEILING_S)})


_app: procrastinate.App | None = None


def _deferrer() -> procrastinate.App:
    """Only knows how to write a job on a connection that it is given; it never opens one."""
    global _app
    if _app is None:
        _app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())
    return _app


def queue_url(settings: Settings) -> URL:
    """The worker's own login: it reads the queue and nothing else."""
    return settings.owner_url().set(
        drivername="postgresql", username=WORKER_LOGIN, password=settings.derive("queue-login")
    )


def build_worker(settings: Settings, scope_of: ScopeOf) -> procrastinate.App:
    """An app that runs every declared job. `scope_of(tenant id or None)` restores a scope."""
    conninfo = queue_url(settings).render_as_string(hide_password=False)
    connector = procrastinate.PsycopgConnector(
        conninfo=conninfo, kwargs={"options": "-c search_path=queue", "prepare_threshold": None}
    )
    app = procrastinate.App(connector=connector)
    for declared in registered():
        strategy = GrowingGaps(declared.retries) if declared.retries else False
        app.task(name=declared.name, queue=declared.queue, retry=strategy, pass_context=True)(
            _runner(declared, scope_of)
        )
        if declared.every:
            _add_periodic(app, declared, settings)
    _add_rescue(app)
    _add_purge(app, settings)
    return app


def _runner(declared: Job, scope_of: ScopeOf) -> Callable[..., None]:
    def run(context: JobContext, tenant: str | None = None, timestamp: int | None = None, **args: Any) -> None:
        if tenant is None and not declared.is_platform:
            raise JobWithoutTenant(name=declared.name)
        scope = scope_of(tenant if not declared.is_platform else None)
        scope = replace(scope, request_id=f"job-{context.job.id}")
        structlog.contextvars.bind_contextvars(tenant=tenant, job=declared.name, job_id=context.job.id)
        if declared.runs_flow:
            declared.run(scope, **args)
            return
        with scope.transaction() as unit:
            declared.run(unit, **args)

    return run


_SPREAD = """
INSERT INTO queue.procrastinate_jobs (queue_name, task_name, priority, queueing_lock, args)
SELECT %(queue)s, %(name)s::text, 0, tenant || ':every:' || %(name)s::text, jsonb_build_object('tenant', tenant)
FROM unnest(%(tenants)s::text[]) AS tenant
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
"""
_tenants_of: Callable[[], list[str]] = list


def set_tenant_list(tenants: Callable[[], list[str]]) -> None:
    """Tell the worker how to list the tenants whose periodic jobs run (their ids)."""
    global _tenants_of
    _tenants_of = tenants


def spread(settings: Settings, name: str) -> None:
    """Enqueue one waiting job of this name for each active tenant; what waits already is left alone."""
    conninfo = queue_url(settings).render_as_string(hide_password=False)
    with psycopg.connect(conninfo, options="-c search_path=queue") as connection:
        values = {"queue": _jobs[name].queue, "name": name, "tenants": _tenants_of()}
        connection.execute(_SPREAD, values)


def _add_periodic(app: procrastinate.App, declared: Job, settings: Settings) -> None:
    if declared.is_platform:
        app.tasks[declared.name].queueing_lock = f"kit.every:{declared.name}"
        app.periodic(cron=str(declared.every))(app.tasks[declared.name])
        return

    @app.periodic(cron=str(declared.every))
    @app.task(name=f"kit.every:{declared.name}", queueing_lock=f"kit.every:{declared.name}")
    def for_each_tenant(timestamp: int) -> None:
        spread(settings, declared.name)


def _add_rescue(app: procrastinate.App) -> None:
    @app.periodic(cron="* * * * * */30")
    @app.task(name="kit.rescue_stalled_jobs", queueing_lock="kit.rescue", pass_context=True)
    async def rescue(context: JobContext, timestamp: int) -> None:
        # nothing retries the job of a killed worker by itself
        for stalled in await app.job_manager.get_stalled_jobs():
            log.warning("job.rescued", job_id=stalled.id, name=stalled.task_name)
            await app.job_manager.retry_job(stalled)


def _add_purge(app: procrastinate.App, settings: Settings) -> None:
    @app.periodic(cron="41 3 * * *")
    @app.task(name="kit.forget_failed_jobs", queueing_lock="kit.forget_failed_jobs", pass_context=True)
    async def forget(context: JobContext, timestamp: int) -> None:
        # what succeeded is deleted at once; what failed for good stays to be looked at, but not for ever
        hours = 24 * settings.failed_jobs_kept_days
        await app.job_manager.delete_old_jobs(
            hours, include_failed=True, include_cancelled=True, include_aborted=True
        )


def run_worker(settings: Settings, scope_of: ScopeOf, *, wait: bool = True, queues: list[str] | None = None) -> None:
    """Run jobs until a signal stops the process, or (`wait=False`) until nothing can be fetched."""
    app = build_worker(settings, scope_of)
    with app.open():
        app.run_worker(
            queues=queues,
            wait=wait,
            concurrency=settings.worker_concurrency if wait else 1,
            fetch_job_polling_interval=settings.worker_poll_ms / 1000,
            listen_notify=False,
            delete_jobs="successful",
            install_signal_handlers=wait,
            shutdown_graceful_timeout=20,
        )


def drain(settings: Settings, scope_of: ScopeOf, *, limit: int = 50) -> None:
    """Run all jobs that are due, and those they enqueue, until none is left (imports, tests, simulation)."""
    conninfo = queue_url(settings).render_as_string(hide_password=False)
    due = (
        "SELECT count(*) FROM queue.procrastinate_jobs"
        " WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())"
    )
    for _ in range(limit):
        run_worker(settings, scope_of, wait=False)
        with psycopg.connect(conninfo) as connection:
            row = connection.execute(due).fetchone()
        if row is None or row[0] == 0:
            return
    raise UnknownJob(name=f"jobs still wait after {limit} rounds")


def dump(value: Any) -> str:
    """JSON as the queue and the event log keep it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
