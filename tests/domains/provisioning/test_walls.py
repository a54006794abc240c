"""Each question about the walls finds its own break, and only that.

A break is made by the owner, past every guard, in a transaction that is rolled back after the look at it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from sqlalchemy import text

from app.domains.provisioning.flows.audit import PLATFORM_NAME, audit_tenants
from app.domains.provisioning.queries.structure import list_structure, structure_hash
from app.domains.provisioning.queries.walls import PLATFORM_INVARIANTS
from app.kit.db import PLATFORM, TenantSession
from app.kit.errors import PermissionDenied
from app.kit.invariants import check
from app.kit.scope import NOTHING, Scope

BREAKS: dict[str, tuple[str, ...]] = {
    "tenancy.one_schema_one_role": (
        "CREATE SCHEMA t_00000000000000000000000001",
        "ALTER TABLE platform.tenants DISABLE TRIGGER ALL;"
        " INSERT INTO platform.tenants (id, status, blueprint, revision)"
        " VALUES ('t_00000000000000000000000002', 'spare', 'none', 'none')",
    ),
    "tenancy.no_right_on_another_schema": (
        "GRANT USAGE ON SCHEMA {own} TO {other}",
        "GRANT USAGE ON SCHEMA {own} TO PUBLIC",
        "GRANT USAGE ON SCHEMA {own} TO tenant",
        "GRANT USAGE ON SCHEMA {own} TO serai_app",
        "GRANT CREATE ON SCHEMA {own} TO {own}",
    ),
    "tenancy.no_membership_across": ("GRANT {other} TO {own}", "GRANT pg_read_all_data TO {own}"),
    "tenancy.tenants_own_nothing": ("ALTER TABLE {own}.orders_carts OWNER TO {own}",),
    "tenancy.nothing_in_public": ("CREATE TABLE public.left_over (n int)", "GRANT USAGE ON SCHEMA public TO PUBLIC"),
    "tenancy.queue_is_closed": (
        "ALTER FUNCTION queue.procrastinate_defer_jobs_v1(queue.procrastinate_job_to_defer_v1[]) SECURITY INVOKER",
        "GRANT SELECT ON queue.procrastinate_jobs TO tenant",
        "GRANT INSERT ON queue.procrastinate_jobs TO {own}",
        "GRANT DELETE ON queue.procrastinate_events TO PUBLIC",
    ),
    "tenancy.one_host_one_tenant": ("DELETE FROM platform.domains WHERE tenant_id = '{own}' AND face = 'storefront'",),
    "tenancy.none_stuck": (
        "UPDATE platform.tenants SET status = 'provisioning', updated_at = now() - interval '16 minutes'"
        " WHERE id = '{own}'",
    ),
    "tenancy.same_structure": (
        "ALTER TABLE {own}.orders_carts ADD COLUMN note text",
        "ALTER TABLE {own}.orders_carts ALTER COLUMN status DROP DEFAULT",
        "ALTER TABLE {own}.orders_carts ALTER COLUMN status DROP NOT NULL",
        "ALTER TABLE {own}.orders_carts DROP CONSTRAINT orders_carts_status_check",
        "ALTER TABLE {own}.orders_cart_lines ALTER COLUMN quantity TYPE bigint",
        "DROP INDEX {own}.orders_groups_created_idx",
        "CREATE UNIQUE INDEX another_idx ON {own}.orders_carts (created_at)",
        "CREATE OR REPLACE VIEW {own}.ledger_postings AS SELECT id AS transfer_id, transaction_id,"
        " debit_account_id AS account_id, currency, amount_minor FROM {own}.ledger_transfers",
        "CREATE VIEW {own}.another AS SELECT 1 AS n",
        "ALTER SEQUENCE {own}.orders_numbers INCREMENT 2",
        "REVOKE UPDATE ON {own}.orders_carts FROM tenant",
        "GRANT TRUNCATE ON {own}.orders_carts TO tenant",
        "GRANT UPDATE ON {own}.inventory_movements TO tenant",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {own} GRANT TRUNCATE ON TABLES TO tenant",
        "CREATE FUNCTION {own}.another() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TRIGGER another BEFORE UPDATE ON {own}.orders_carts FOR EACH ROW"
        " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "ALTER TABLE {own}.orders_carts ENABLE ROW LEVEL SECURITY",
    ),
}
EACH = [(name, statement) for name, statements in BREAKS.items() for statement in statements]


@pytest.fixture(scope="module")
def three(tenants_of_a_module: Callable[[int], list[Scope]]) -> list[Scope]:
    return tenants_of_a_module(3)


def broken(root: Scope, statement: str) -> set[str]:
    with root.database.owner.connect() as connection:
        connection.exec_driver_sql("SET LOCAL search_path TO platform, ext, queue")
        connection.exec_driver_sql(statement)
        session = TenantSession(connection, PLATFORM, 60_000)
        found = check(dataclasses.replace(root, session=session), PLATFORM_INVARIANTS)
        for one in found:
            assert one.invariant.sentence in str(one) and set(one.row) == set(one.invariant.columns)
        session.close()
        connection.rollback()
    return {one.name for one in found}


def test_every_question_has_its_break() -> None:
    assert set(BREAKS) == {one.name for one in PLATFORM_INVARIANTS}


def test_the_walls_stand(three: list[Scope], standing_root: Scope) -> None:
    (report,) = [one for one in audit_tenants(standing_root) if one.slug == PLATFORM_NAME]
    assert (report.invariants, report.breaks) == (len(PLATFORM_INVARIANTS), ())


@pytest.mark.parametrize(("name", "statement"), EACH)
def test_a_break_is_found_by_its_own_question(
    three: list[Scope], standing_root: Scope, name: str, statement: str
) -> None:
    filled = statement.format(own=three[0].tenant_id, other=three[1].tenant_id)
    found = broken(standing_root, filled)
    also = {"tenancy.same_structure"} if "{own}." in statement or "SCHEMA {own} TO" in statement else set()
    assert name in found and found <= {name} | also


def test_the_structure_names_no_tenant(three: list[Scope], standing_root: Scope) -> None:
    with standing_root.transaction(read_only=True) as unit:
        facts = [list_structure(unit, scope.tenant_id) for scope in three]
        hashes = {structure_hash(unit, scope.tenant_id) for scope in three}
        nothing = list_structure(unit, "t_" + "0" * 26)
    assert facts[0] == facts[1] == facts[2] and len(hashes) == 1 and nothing == []
    assert len(facts[0]) > 500
    assert not [fact for fact in facts[0] if three[0].tenant_id in fact]


@pytest.mark.parametrize(
    "fact",
    [
        "relation orders_carts kind r",
        "column orders_carts.token_hash character varying not null",
        "grant on relation orders_carts UPDATE to tenant",
        "grant on schema USAGE to (tenant)",
    ],
)
def test_facts_say_what_the_catalogue_says(three: list[Scope], standing_root: Scope, fact: str) -> None:
    with standing_root.transaction(read_only=True) as unit:
        assert fact in list_structure(unit, three[0].tenant_id)


def test_the_structure_is_for_the_software_itself(three: list[Scope], standing_root: Scope) -> None:
    guest = standing_root.with_values(permissions=NOTHING)
    with guest.transaction(read_only=True) as unit, pytest.raises(PermissionDenied):
        list_structure(unit, three[0].tenant_id)


def test_a_deviant_is_told_with_what_differs(three: list[Scope], standing_root: Scope) -> None:
    with standing_root.database.owner.begin() as connection:
        connection.execute(text(f"CREATE INDEX planted_idx ON {three[2].tenant_id}.orders_carts (created_at)"))
    try:
        with standing_root.transaction(read_only=True) as unit:
            (found,) = check(unit, PLATFORM_INVARIANTS)
    finally:
        with standing_root.database.owner.begin() as connection:
            connection.execute(text(f"DROP INDEX {three[2].tenant_id}.planted_idx"))
    assert found.row["id"] == three[2].tenant_id
    assert "CREATE INDEX planted_idx ON orders_carts" in found.row["differs_in"]
