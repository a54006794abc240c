"""Tenant schemas: born whole, as spares with their final name, role and grants; claimed without any DDL.

Platform and cell may be two databases, so a birth has three steps, each its own transaction: the platform notes
`building`; the owner makes role, schema and objects in one transaction of the cell; the platform notes `spare`.
A birth that was cut is swept by the next one, under the lock that a birth holds.
"""

from __future__ import annotations

import functools
from datetime import timedelta

import psycopg
from psycopg import sql

from app.domains.provisioning.rules import Blueprint, render_blueprint
from app.domains.tenancy import actions as tenancy
from app.domains.tenancy.queries import directory
from app.kit import events, ids, plugins
from app.kit.cluster import connect_owner
from app.kit.db import TENANT_GROUP, check_tenant_id, tenant_metadata
from app.kit.scope import SYSTEM_ONLY, Scope, flow

BIRTH_LIMIT = timedelta(minutes=5)


@functools.cache
def current_blueprint() -> Blueprint:
    """The blueprint of this release."""
    modules = plugins.rooms("models")
    after = [statement for module in (events, *modules) for statement in getattr(module, "AFTER_CREATE", ())]
    return render_blueprint(tenant_metadata, after)


@flow(SYSTEM_ONLY)
def make_spares(scope: Scope, count: int, revision: str) -> list[str]:
    """Make this many spares, one after another; returns their ids.

    Each holds a lock of the server from before the directory knows it until it is whole, so that a slow birth is
    never taken for a dead one. Raises `NotBeingBuilt`.
    """
    blueprint = current_blueprint()
    made = [ids.new("t") for _ in range(count)]
    with connect_owner(scope.settings) as connection:
        for tenant_id in made:
            _hold_birth(connection, tenant_id)
            with scope.transaction() as unit:
                tenancy.record_building(unit, tenant_id, blueprint.hash, revision)
            with connection.transaction():
                _build(connection, tenant_id, blueprint, scope.settings.app_login, revision)
            with scope.transaction() as unit:
                tenancy.record_spare(unit, tenant_id)
            _release_birth(connection, tenant_id)
    return made


@flow(SYSTEM_ONLY)
def keep_spares(scope: Scope, revision: str) -> int:
    """Fill the stock of spares of this release's blueprint up to the settings' number; returns how many were made."""
    sweep_births(scope)
    with scope.transaction() as unit:
        waiting = directory.count_spares(unit, current_blueprint().hash)
    missing = max(0, scope.settings.spare_tenants - waiting)
    if missing:
        make_spares(scope, missing, revision)
    return missing


@flow(SYSTEM_ONLY)
def claim(scope: Scope, slug: str, revision: str) -> tuple[str, bool]:
    """The tenant of this slug: its own from an earlier run, a spare, or one that is built now.

    Returns its id and whether it is new.
    """
    with scope.transaction() as unit:
        tenancy.lock_slug(unit, slug)
        if found := directory.find_tenant_id(unit, slug):
            return found, False
        if spare := tenancy.claim_spare(unit, slug, current_blueprint().hash):
            return spare, True
    make_spares(scope, 1, revision)
    return claim(scope, slug, revision)


@flow(SYSTEM_ONLY)
def sweep_births(scope: Scope) -> list[str]:
    """Remove what a killed birth left behind: its row, and its schema and role if they came to be.

    Returns the ids that were removed. A birth that is still going on is left alone, however long it takes.
    """
    with scope.transaction() as unit:
        old = directory.list_births(unit, scope.now() - BIRTH_LIMIT)
    swept = []
    with connect_owner(scope.settings) as connection:
        for tenant_id in old:
            if not _try_birth(connection, tenant_id):
                continue
            # It may have become whole, and a tenant's, between the list and the lock.
            with scope.transaction() as unit:
                is_left = directory.is_being_built(unit, tenant_id)
            if is_left:
                with connection.transaction():
                    _drop(connection, tenant_id)
                with scope.transaction() as unit:
                    tenancy.forget_birth(unit, tenant_id)
                swept.append(tenant_id)
            _release_birth(connection, tenant_id)
    return swept


_HOLD = "SELECT pg_advisory_lock(hashtextextended('provisioning.birth:' || %s, 0))"
_TRY = "SELECT pg_try_advisory_lock(hashtextextended('provisioning.birth:' || %s, 0))"
_RELEASE = "SELECT pg_advisory_unlock(hashtextextended('provisioning.birth:' || %s, 0))"


def _hold_birth(connection: psycopg.Connection, tenant_id: str) -> None:
    """Lock a birth for as long as this connection lives: the end of the process ends it too."""
    with connection.transaction():
        connection.execute(_HOLD, (tenant_id,))


def _try_birth(connection: psycopg.Connection, tenant_id: str) -> bool:
    with connection.transaction():
        row = connection.execute(_TRY, (tenant_id,)).fetchone()
    return bool(row and row[0])


def _release_birth(connection: psycopg.Connection, tenant_id: str) -> None:
    with connection.transaction():
        connection.execute(_RELEASE, (tenant_id,))


def _build(connection: psycopg.Connection, tenant_id: str, blueprint: Blueprint, app_login: str, revision: str) -> None:
    """Role, schema, objects and grants of one tenant, in the open transaction of the owner."""
    names = {
        "tenant": sql.Identifier(check_tenant_id(tenant_id)),
        "group": sql.Identifier(TENANT_GROUP),
        "app": sql.Identifier(app_login),
    }
    for statement in (
        "CREATE ROLE {tenant} NOLOGIN",
        "GRANT {group} TO {tenant}",
        "GRANT {tenant} TO {app} WITH INHERIT FALSE, SET TRUE",
        "CREATE SCHEMA {tenant}",
        "GRANT USAGE ON SCHEMA {tenant} TO {tenant}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {tenant} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {group}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {tenant} GRANT USAGE ON SEQUENCES TO {group}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {tenant} GRANT EXECUTE ON FUNCTIONS TO {group}",
        "SET LOCAL search_path TO {tenant}, ext",
    ):
        connection.execute(sql.SQL(statement).format(**names))
    connection.execute(";\n".join(blueprint.statements).encode())
    connection.execute("INSERT INTO schema_version (revision) VALUES (%s)", (revision,))


def _drop(connection: psycopg.Connection, tenant_id: str) -> None:
    """Remove a tenant's schema and role, as far as they exist."""
    name = sql.Identifier(check_tenant_id(tenant_id))
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name))
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (tenant_id,)).fetchone():
        connection.execute(sql.SQL("DROP OWNED BY {}").format(name))
        connection.execute(sql.SQL("DROP ROLE {}").format(name))
