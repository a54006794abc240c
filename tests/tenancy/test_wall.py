"""The wall between tenants is a right of the database: every verb on every object of another schema is 42501."""

from __future__ import annotations

import psycopg
import pytest

from app.kit.cluster import connect_owner
from app.kit.db import WrongTenant, opening_message
from tests.tenancy.conftest import Pair
from tests.tenancy.sessions import DENIED, app_connection, canary, not_denied, objects_of, opened_for, sqlstate_of

PAIRS = """
    WITH tenant AS (SELECT rolname FROM pg_roles WHERE rolname ~ '^t_[0-9a-z]{26}$'),
    object AS (
        SELECT n.oid AS schema_id, n.nspname, c.oid, c.relkind FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S')
          AND (n.nspname ~ '^t_[0-9a-z]{26}$' OR n.nspname IN ('platform', 'queue', 'public'))
    )
    SELECT tenant.rolname, object.nspname, object.oid::regclass::text FROM tenant CROSS JOIN object
    WHERE tenant.rolname <> object.nspname
      AND has_schema_privilege(tenant.rolname, object.schema_id, 'USAGE')
      AND CASE object.relkind
          WHEN 'S' THEN has_sequence_privilege(tenant.rolname, object.oid, 'USAGE, SELECT, UPDATE')
          ELSE has_table_privilege(tenant.rolname, object.oid,
                                   'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') END
"""


def test_every_verb_on_every_object_of_another_schema_is_denied(pair: Pair) -> None:
    own, other = pair
    attempts = objects_of(own.settings, [other.tenant_id, "platform", "queue", "public"])
    assert len(attempts) > 500
    with opened_for(own) as connection:
        found = not_denied(connection, attempts)
    assert found == []


def test_a_tenant_cannot_change_the_structure_of_its_own_schema(pair: Pair) -> None:
    own, _ = pair
    attempts = [
        (label, statement)
        for label, statement in objects_of(own.settings, [own.tenant_id])
        if label.startswith(("TRUNCATE", "ALTER", "DROP", "CREATE"))
    ]
    assert len(attempts) > 100
    with opened_for(own) as connection:
        found = not_denied(connection, attempts)
    assert found == []


def test_no_tenant_has_a_right_on_an_object_of_another(pair: Pair) -> None:
    with connect_owner(pair[0].settings) as owner:
        assert owner.execute(PAIRS).fetchall() == []


def test_the_question_for_rights_finds_one_that_was_given(pair: Pair) -> None:
    own, other = pair
    with connect_owner(own.settings) as owner:
        owner.execute(
            psycopg.sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(
                psycopg.sql.Identifier(other.tenant_id), psycopg.sql.Identifier(own.tenant_id)
            )
        )
        found = {(role, schema) for role, schema, _ in owner.execute(PAIRS)}
        owner.rollback()
    assert found == {(own.tenant_id, other.tenant_id)}


def test_a_search_path_to_another_schema_finds_nothing_there(pair: Pair) -> None:
    own, other = pair
    with opened_for(own) as connection:
        connection.execute(f"SET LOCAL search_path TO {other.tenant_id}, ext, queue".encode())
        assert sqlstate_of(connection, "SELECT code FROM inventory_locations") == "42P01"
        qualified = f"SELECT code FROM {other.tenant_id}.inventory_locations"
        assert sqlstate_of(connection, qualified) == DENIED


@pytest.mark.parametrize(
    "statement",
    [
        "SET SESSION AUTHORIZATION {other}",
        "SET SESSION AUTHORIZATION {owner}",
        "SET ROLE {owner}",
        "SET ROLE serai_queue",
        "CREATE SCHEMA taken",
        "CREATE ROLE taken",
        "ALTER ROLE {own} LOGIN",
        "GRANT {other} TO {own}",
        "CREATE EXTENSION dblink",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('PG_VERSION')",
        "SELECT pg_ls_dir('.')",
        "SET LOCAL max_stack_depth TO '4MB'",
        "CREATE TABLE ext.taken (n int)",
    ],
)
def test_what_would_lead_over_the_wall_is_denied(pair: Pair, statement: str) -> None:
    own, other = pair
    owner = own.settings.owner_url().username
    with opened_for(own) as connection:
        text = statement.format(own=own.tenant_id, other=other.tenant_id, owner=owner)
        assert sqlstate_of(connection, text) in (DENIED, "0LP01" if "GRANT" in text else DENIED)


@pytest.mark.parametrize("step", ["RESET ROLE", "SET ROLE NONE", "SET LOCAL ROLE NONE", "SET ROLE tenant"])
def test_out_of_its_role_the_login_has_no_right_on_any_tenant(pair: Pair, step: str) -> None:
    """`tenant` is the group that holds the grants on objects: without USAGE on a schema they are worth nothing."""
    own, other = pair
    attempts = objects_of(own.settings, [own.tenant_id, other.tenant_id, "public"])
    with opened_for(own) as connection:
        connection.execute(step.encode())
        found = not_denied(connection, attempts)
    assert found == []


def test_a_shared_cell_accepts_that_the_login_may_become_another_tenant(pair: Pair) -> None:
    """The accepted risk of a shared cell, stated as it is: the login is a member of all roles of its cell, so a
    statement that an attacker could write in full would reach a neighbour. A tenant that must not share this risk
    gets a cell and a login of its own; text SQL with formatted parts is refused by the gates of the house."""
    own, other = pair
    with opened_for(own) as connection:
        connection.execute(f"SET ROLE {other.tenant_id}".encode())
        codes = connection.execute(f"SELECT code FROM {other.tenant_id}.inventory_locations".encode()).fetchall()
    assert (canary(other),) in codes


def test_the_role_is_gone_with_the_transaction(pair: Pair) -> None:
    own, _ = pair
    with app_connection(own.settings) as connection:
        asked = "SELECT current_user, current_setting('search_path'), current_setting('statement_timeout')"
        before = connection.execute(asked.encode()).fetchone()
        for end in (b"COMMIT", b"ROLLBACK"):
            connection.pgconn.exec_(opening_message(own.plane, 1234))
            assert connection.execute(asked.encode()).fetchone() == (
                own.tenant_id,
                f"{own.tenant_id}, ext, queue",
                "1234ms",
            )
            connection.pgconn.exec_(end)
            assert connection.execute(asked.encode()).fetchone() == before


@pytest.mark.parametrize(
    "name",
    ["", "public", "t_", "t_" + "a" * 25, "t_" + "a" * 27, "t_" + "A" * 26, "t_" + "a" * 25 + "\n", 't_"; DROP', "T_x"],
)
def test_only_the_id_of_a_tenant_is_written_into_the_opening_message(name: str) -> None:
    with pytest.raises(WrongTenant):
        opening_message(name, 1000)
