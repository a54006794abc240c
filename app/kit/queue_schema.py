"""The queue's own schema in a cell: procrastinate's tables, closed to tenants, with a stamp that no one can forge.

A tenant may call one function (defer) and sees no table. A trigger writes the role that enqueues (it still is the
tenant inside a SECURITY DEFINER function) over whatever the arguments said, prefixes the locks with it, and
lowers the priority of a tenant with a long backlog, so that a flood of one does not starve the others.
"""

from __future__ import annotations

from importlib import resources

import psycopg
from psycopg import sql

DEFER = "queue.procrastinate_defer_jobs_v1(queue.procrastinate_job_to_defer_v1[])"

_STAMP = """
CREATE OR REPLACE FUNCTION queue.stamp_tenant() RETURNS trigger LANGUAGE plpgsql
SET search_path = queue, pg_temp AS $$
DECLARE
    acting text := current_setting('role');
    backlog integer;
BEGIN
    IF acting = 'none' THEN
        IF session_user <> TG_ARGV[0] THEN
            NEW.args := NEW.args - 'tenant';
        END IF;
        RETURN NEW;
    END IF;
    IF acting !~ '^t_[0-9a-z]{26}$' THEN
        RAISE EXCEPTION 'only a tenant or the platform may enqueue, not %', acting;
    END IF;
    NEW.args := NEW.args || jsonb_build_object('tenant', acting);
    NEW.lock := acting || ':' || NEW.lock;
    NEW.queueing_lock := acting || ':' || NEW.queueing_lock;
    SELECT count(*) INTO backlog FROM (
        SELECT 1 FROM procrastinate_jobs WHERE status = 'todo' AND args ->> 'tenant' = acting LIMIT 10000
    ) AS waiting;
    NEW.priority := NEW.priority * 1000 - backlog / 10;
    RETURN NEW;
END;
$$
"""

# What was begun no longer waits: with its key a retry would clash with a job that was enqueued meanwhile, and the
# clash would leave it `doing` for ever.
_RELEASE = """
CREATE OR REPLACE FUNCTION queue.release_queueing_lock() RETURNS trigger LANGUAGE plpgsql
SET search_path = queue, pg_temp AS $$
BEGIN
    NEW.queueing_lock := NULL;
    RETURN NEW;
END;
$$
"""

_AFTER = (
    "ALTER FUNCTION queue.procrastinate_defer_jobs_v1(queue.procrastinate_job_to_defer_v1[])"
    " SECURITY DEFINER SET search_path = queue, pg_temp",
    "REVOKE ALL ON ALL TABLES IN SCHEMA queue FROM PUBLIC",
    "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA queue FROM PUBLIC",
    "DROP TRIGGER IF EXISTS procrastinate_jobs_notify_queue_job_inserted_v1 ON queue.procrastinate_jobs",
    "DROP TRIGGER IF EXISTS stamp_tenant ON queue.procrastinate_jobs",
    "DROP TRIGGER IF EXISTS release_queueing_lock ON queue.procrastinate_jobs",
    "CREATE TRIGGER release_queueing_lock BEFORE UPDATE OF status ON queue.procrastinate_jobs FOR EACH ROW"
    " WHEN (OLD.status <> 'todo' AND NEW.status = 'todo' AND NEW.queueing_lock IS NOT NULL)"
    " EXECUTE FUNCTION queue.release_queueing_lock()",
    "CREATE INDEX IF NOT EXISTS procrastinate_jobs_tenant_todo_idx"
    " ON queue.procrastinate_jobs ((args ->> 'tenant')) WHERE status = 'todo'",
)


def install(connection: psycopg.Connection, *, worker_login: str, app_login: str, tenant_group: str) -> None:
    """Install or refresh the queue in schema `queue` (idempotent; owner's connection, inside its transaction)."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS queue")
    connection.execute("SET LOCAL search_path TO queue")
    row = connection.execute("SELECT to_regclass('queue.procrastinate_jobs') IS NULL").fetchone()
    if row and row[0]:
        schema = resources.files("procrastinate.sql").joinpath("schema.sql").read_text(encoding="utf-8")
        connection.execute(schema.encode())
    connection.execute(_STAMP.encode())
    connection.execute(_RELEASE.encode())
    for statement in _AFTER:
        connection.execute(statement.encode())
    names = {
        "login": sql.Identifier(worker_login),
        "app": sql.Identifier(app_login),
        "tenant": sql.Identifier(tenant_group),
        "login_text": sql.Literal(worker_login),
    }
    for statement in (
        "CREATE TRIGGER stamp_tenant BEFORE INSERT ON queue.procrastinate_jobs"
        " FOR EACH ROW EXECUTE FUNCTION queue.stamp_tenant({login_text})",
        "GRANT USAGE ON SCHEMA queue TO {tenant}, {app}, {login}",
        "GRANT EXECUTE ON FUNCTION queue.procrastinate_defer_jobs_v1"
        "(queue.procrastinate_job_to_defer_v1[]) TO {tenant}, {app}, {login}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA queue TO {login}",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA queue TO {login}",
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA queue TO {login}",
    ):
        connection.execute(sql.SQL(statement).format(**names))
