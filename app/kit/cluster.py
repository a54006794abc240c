"""What a database needs before any tenant: logins, groups, service schemas, the queue. Idempotent; by the owner."""

from __future__ import annotations

import psycopg
from psycopg import sql

from app.kit import queue_schema
from app.kit.db import PLATFORM, TENANT_GROUP
from app.kit.errors import NotReady
from app.kit.queue import WORKER_LOGIN
from app.kit.settings import Settings

OLDEST = 160000
EXTENSIONS = ("pg_trgm", "unaccent")


class WrongDatabase(NotReady):
    code = "kit.wrong_database"
    text = "This database cannot be used: %(reason)s."


def connect_owner(settings: Settings) -> psycopg.Connection:
    """A connection of the owner. Raises `WrongDatabase` with a sentence when there is none."""
    url = settings.owner_url().set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        return psycopg.connect(url, connect_timeout=5, application_name="serai-owner")
    except psycopg.OperationalError as error:
        raise WrongDatabase(reason=str(error).strip().splitlines()[0]) from error


def prepare(settings: Settings) -> None:
    """Make logins, groups, schemas `ext`, `platform`, `queue`, and close what PostgreSQL leaves open."""
    with connect_owner(settings) as connection:
        _check(connection)
        connection.execute("SELECT pg_advisory_xact_lock(7365726169)")  # two starters make each role once
        _roles(connection, settings)
        names = {
            "database": sql.Identifier(connection.info.dbname),
            "app": sql.Identifier(settings.app_login),
            "worker": sql.Identifier(WORKER_LOGIN),
            "owner": sql.Identifier(connection.info.user),
            "platform": sql.Identifier(PLATFORM),
            "tenant": sql.Identifier(TENANT_GROUP),
        }
        for statement in (
            "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
            "GRANT CONNECT ON DATABASE {database} TO {app}, {worker}",
            "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            "CREATE SCHEMA IF NOT EXISTS ext",
            "GRANT USAGE ON SCHEMA ext TO PUBLIC",
            "CREATE SCHEMA IF NOT EXISTS {platform}",
            "GRANT USAGE ON SCHEMA {platform} TO {app}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA {platform} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA {platform} GRANT USAGE ON SEQUENCES TO {app}",
        ):
            connection.execute(sql.SQL(statement).format(**names))
        for extension in EXTENSIONS:
            create = sql.SQL("CREATE EXTENSION IF NOT EXISTS {} WITH SCHEMA ext")
            connection.execute(create.format(sql.Identifier(extension)))
        # unaccent() is STABLE; an index needs an IMMUTABLE function over a fixed dictionary
        connection.execute(
            "CREATE OR REPLACE FUNCTION ext.fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT"
            " AS $$ SELECT ext.unaccent('ext.unaccent'::regdictionary, lower($1)) $$"
        )
        queue_schema.install(
            connection, worker_login=WORKER_LOGIN, app_login=settings.app_login, tenant_group=TENANT_GROUP
        )


def _check(connection: psycopg.Connection) -> None:
    version = connection.info.server_version
    if version < OLDEST:
        raise WrongDatabase(reason=f"it is PostgreSQL {version // 10000}; 16 or later is needed")
    row = connection.execute("SHOW server_encoding").fetchone()
    if row is None or row[0] != "UTF8":
        raise WrongDatabase(reason="its encoding is not UTF8")
    row = connection.execute("SELECT 'ก' ~ '[[:alpha:]]'").fetchone()
    if row is None or not row[0]:
        raise WrongDatabase(reason="its character type knows ASCII only; create it with LC_CTYPE C.UTF-8")


def _roles(connection: psycopg.Connection, settings: Settings) -> None:
    wanted = (
        (settings.app_login, "LOGIN NOINHERIT", settings.app_secret()),
        (WORKER_LOGIN, "LOGIN NOINHERIT", settings.derive("queue-login")),
        (TENANT_GROUP, "NOLOGIN", None),
    )
    for name, options, password in wanted:
        exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
        verb = "ALTER" if exists else "CREATE"
        statement = sql.SQL("{} ROLE {} {}").format(sql.SQL(verb), sql.Identifier(name), sql.SQL(options))
        if password is not None:
            statement += sql.SQL(" PASSWORD {}").format(sql.Literal(password))
        connection.execute(statement)
    # PostgreSQL gives who creates a role the right to grant it; an owner that did not create it must have that right
    query = "SELECT pg_has_role(current_user, %s, 'MEMBER WITH ADMIN OPTION')"
    row = connection.execute(query, (TENANT_GROUP,)).fetchone()
    if row is None or not row[0]:
        raise WrongDatabase(reason=f"its owner may not grant the role {TENANT_GROUP}, which somebody else has made")
