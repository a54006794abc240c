"""Migrations: the platform's history by Alembic; the tenants' rendered once as SQL and run tenant by tenant.

The queue is `platform.tenant_migrations`, taken with SKIP LOCKED, so several runners may work at once. Each step is
one transaction of its tenant, together with the version row that says it is done: a runner killed at any point is
resumed by running it again.
"""

from __future__ import annotations

import functools
import io
import re
from dataclasses import dataclass

import psycopg
import structlog
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import create_engine

from app.domains.provisioning.flows.schemas import current_blueprint
from app.domains.tenancy import actions as tenancy
from app.domains.tenancy.queries import directory
from app.kit.cluster import connect_owner
from app.kit.db import check_tenant_id
from app.kit.scope import SYSTEM_ONLY, Scope, flow
from app.kit.settings import ROOT, Settings

log = structlog.get_logger()
FAILURES_TO_STOP = 3
LOCK_TIMEOUT = "2s"
_VERSION_TABLE = re.compile(r"CREATE TABLE unused \(.*?\);", re.DOTALL)
"""Alembic's own version table, which the first revision is rendered with: a tenant's is `schema_version`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One revision as the statements that bring a schema to it."""

    revision: str
    statements: str


@dataclass(slots=True)
class Report:
    done: int = 0
    failed: int = 0


def _config(history: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations" / history))
    return config


def migrate_platform(settings: Settings) -> None:
    """Bring the platform's tables to this release's revision (idempotent, one transaction)."""
    config = _config("platform")
    engine = create_engine(settings.owner_url())
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


@functools.cache
def head() -> str:
    """The tenants' revision of this release."""
    return str(ScriptDirectory.from_config(_config("tenant")).get_current_head())


@functools.cache
def steps() -> tuple[Step, ...]:
    """All revisions of the tenants' history in order, rendered as SQL."""
    script = ScriptDirectory.from_config(_config("tenant"))
    revisions = [found.revision for found in reversed(list(script.walk_revisions()))]
    pairs = zip(["base", *revisions], revisions, strict=False)
    return tuple(Step(revision, _render(before, revision)) for before, revision in pairs)


def _render(before: str, revision: str) -> str:
    config = _config("tenant")
    buffer = io.StringIO()
    config.attributes["buffer"] = buffer
    command.upgrade(config, f"{before}:{revision}", sql=True)
    rendered = _VERSION_TABLE.sub("", buffer.getvalue())
    wanted = [line for line in rendered.splitlines() if "unused" not in line]
    return "\n".join(line for line in wanted if line not in ("BEGIN;", "COMMIT;"))


@flow(SYSTEM_ONLY)
def list_behind(scope: Scope) -> list[tuple[str, str | None, str, str]]:
    """The tenants (also spares) that do not stand at this release's revision: one query."""
    with scope.transaction() as unit:
        return directory.list_behind(unit, head())


@flow(SYSTEM_ONLY)
def migrate_tenants(scope: Scope) -> Report:
    """Run all waiting steps of all tenants; stops after three failures. Resumable, and safe to run twice at once."""
    report = Report()
    order = [step.revision for step in steps()]
    with scope.transaction() as unit:
        tenancy.plan_migrations(unit, order)
    by_revision = {step.revision: step for step in steps()}
    with connect_owner(scope.settings) as connection:
        while report.failed < FAILURES_TO_STOP:
            with scope.transaction() as unit:
                claimed = tenancy.claim_migration(unit)
                if claimed is None:
                    break
                tenant_id, revision = claimed
                failure = _apply(connection, tenant_id, by_revision[revision])
                blueprint = current_blueprint().hash if revision == order[-1] else None
                tenancy.finish_migration(unit, tenant_id, revision, failure, blueprint)
            report.failed += failure is not None
            report.done += failure is None
    return report


def _apply(connection: psycopg.Connection, tenant_id: str, step: Step) -> str | None:
    """One step of one tenant in one transaction; returns why it failed, or None."""
    tenant = sql.Identifier(check_tenant_id(tenant_id))
    try:
        with connection.transaction():
            connection.execute(sql.SQL("SET LOCAL search_path TO {}, ext").format(tenant))
            connection.execute(sql.SQL("SET LOCAL lock_timeout TO {}").format(sql.Literal(LOCK_TIMEOUT)))
            query = "INSERT INTO schema_version (revision) VALUES (%s) ON CONFLICT DO NOTHING RETURNING revision"
            if connection.execute(query, (step.revision,)).fetchone() is None:
                return None  # done by a runner that was killed before it could say so
            connection.execute(step.statements.encode())
    except psycopg.Error as error:
        reason = str(error).strip()
        log.error("migration.failed", tenant=tenant_id, revision=step.revision, reason=reason)
        return reason
    return None
