"""Connections as the application and as the owner have them, and statements that a tenant must not be able to run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.pq import ExecStatus

from app.kit.cluster import connect_owner
from app.kit.db import opening_message
from app.kit.scope import Scope
from app.kit.settings import Settings

IS_LONG = bool(os.environ.get("SERAI_LONG"))
DENIED = "42501"
GRANTED_NOTHING = "01007"
Attempt = tuple[str, sql.Composed]

_RELATIONS = """
    SELECT n.nspname, c.relname, c.relkind, (
        SELECT a.attname FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum LIMIT 1
    )
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'p', 'v', 'm', 'S') ORDER BY 1, 2
"""
_FUNCTIONS = """
    SELECT n.nspname, p.proname, array(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) AS t)
    FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = ANY(%s) AND p.prokind = 'f' ORDER BY 1, 2
"""
ON_A_TABLE = (
    "SELECT 1 FROM {name} LIMIT 1",
    "INSERT INTO {name} DEFAULT VALUES",
    "UPDATE {name} SET {column} = DEFAULT",
    "DELETE FROM {name}",
    "TRUNCATE {name}",
    "COPY {name} TO STDOUT",
    "GRANT SELECT ON {name} TO PUBLIC",
    "ALTER TABLE {name} RENAME TO taken",
    "CREATE TRIGGER taken BEFORE INSERT ON {name} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "DROP TABLE {name}",
)
ON_A_VIEW = tuple(
    statement.replace("TABLE", "VIEW") for statement in ON_A_TABLE if not statement.startswith(("TRUNCATE", "CREATE"))
)
ON_A_SEQUENCE = (
    "SELECT nextval({text})",
    "SELECT setval({text}, 1)",
    "SELECT last_value FROM {name}",
    "GRANT USAGE ON SEQUENCE {name} TO PUBLIC",
    "ALTER SEQUENCE {name} RESTART",
    "DROP SEQUENCE {name}",
)
ON_A_SCHEMA = (
    "CREATE TABLE {schema}.taken (n int)",
    "CREATE VIEW {schema}.taken AS SELECT 1 AS n",
    "CREATE SEQUENCE {schema}.taken",
    "CREATE FUNCTION {schema}.taken() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "GRANT USAGE ON SCHEMA {schema} TO PUBLIC",
    "ALTER SCHEMA {schema} RENAME TO taken",
    "DROP SCHEMA {schema} CASCADE",
)
MAY_BE_CALLED = {("queue", "procrastinate_defer_jobs_v1")}
"""The one function of the queue that a tenant may call."""


@contextmanager
def app_connection(settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection of the application's login, with no transaction open."""
    url = settings.app_url().set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
        yield connection


@contextmanager
def opened_for(scope: Scope) -> Iterator[psycopg.Connection]:
    """A transaction opened exactly as the application opens it for the scope's tenant; rolled back at the end."""
    with app_connection(scope.settings) as connection:
        result = connection.pgconn.exec_(opening_message(scope.plane, 60_000))
        assert result.status == ExecStatus.COMMAND_OK, result.error_message
        try:
            yield connection
        finally:
            connection.pgconn.exec_(b"ROLLBACK")


def objects_of(settings: Settings, schemas: Iterable[str]) -> list[Attempt]:
    """Every verb on every object of these schemas; the objects are listed by the owner from the catalogue."""
    wanted = list(schemas)
    made: list[Attempt] = []
    with connect_owner(settings) as owner:
        for schema, relation, kind, column in owner.execute(_RELATIONS, (wanted,)):
            verbs = {"S": ON_A_SEQUENCE, "v": ON_A_VIEW, "m": ON_A_VIEW}.get(kind, ON_A_TABLE)
            name = sql.Identifier(schema, relation)
            parts = {"name": name, "column": sql.Identifier(column), "text": sql.Literal(f"{schema}.{relation}")}
            made += [(f"{verb} [{schema}.{relation}]", sql.SQL(verb).format(**parts)) for verb in verbs]
        for schema, function, types in owner.execute(_FUNCTIONS, (wanted,)):
            if (schema, function) not in MAY_BE_CALLED:
                nothing = sql.SQL(", ").join(sql.SQL("NULL::" + one) for one in types)
                call = sql.SQL("SELECT {}({})").format(sql.Identifier(schema, function), nothing)
                made.append((f"call {schema}.{function}", call))
    for schema in wanted:
        parts = {"schema": sql.Identifier(schema)}
        made += [(f"{verb} [{schema}]", sql.SQL(verb).format(**parts)) for verb in ON_A_SCHEMA]
    return made


def not_denied(connection: psycopg.Connection, attempts: Iterable[Attempt]) -> list[str]:
    """The attempts that were answered with anything but 42501, with what they were answered. Each is undone.

    Who may use a schema and grants it on is not refused but warned that nothing was granted (01007).
    """
    let_through = []
    warnings: list[str | None] = []
    connection.add_notice_handler(lambda notice: warnings.append(notice.sqlstate))
    for label, statement in attempts:
        connection.execute("SAVEPOINT attempt")
        try:
            warnings.clear()
            connection.execute(statement)
            if GRANTED_NOTHING not in warnings:
                let_through.append(f"{label}: done")
        except psycopg.Error as error:
            if error.sqlstate != DENIED:
                let_through.append(f"{label}: {error.sqlstate} {error}")
        connection.execute("ROLLBACK TO SAVEPOINT attempt")
    return let_through


def sqlstate_of(connection: psycopg.Connection, statement: str) -> str:
    """How a statement ends: its SQLSTATE, or 00000. It is undone."""
    connection.execute("SAVEPOINT attempt")
    try:
        connection.execute(statement.encode())
        return "00000"
    except psycopg.Error as error:
        return error.sqlstate or ""
    finally:
        connection.execute("ROLLBACK TO SAVEPOINT attempt")


def canary(scope: Scope) -> str:
    """A row of a tenant's own by which its data is known everywhere: a stock location named after it."""
    return f"canary-{scope.tenant_id}"
