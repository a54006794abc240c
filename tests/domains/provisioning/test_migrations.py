"""Migrations of many tenants: resumable, stoppable, safe to run twice at once, and the same schema in the end."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domains.provisioning.flows import migrations, schemas
from app.domains.provisioning.queries.structure import list_structure
from app.domains.provisioning.rules import Blueprint
from app.domains.tenancy.queries import directory
from app.kit.cluster import connect_owner
from app.kit.db import Database
from app.kit.scope import Scope, Tenant
from app.kit.settings import ROOT
from tests.domains.provisioning.process import killed_at
from tests.harness.pgx import Proxy
from tests.harness.race import race_calls

IS_LONG = bool(os.environ.get("SERAI_LONG"))
TENANTS = 100 if IS_LONG else 6
SECOND = """
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE orders_carts ADD COLUMN note text")
"""
THIRD = """
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE orders_carts ADD COLUMN kept_until timestamptz")
    op.execute("CREATE INDEX orders_carts_kept_until_idx ON orders_carts (kept_until)")
"""


@pytest.fixture
def history(tmp_path: Path) -> Iterator[Path]:
    """A history of three revisions in a folder of its own: the release's first, and two that only these tests have."""
    versions = tmp_path / "migrations" / "tenant" / "versions"
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
    for later in versions.glob("*.*"):
        if not later.name.startswith("0001"):
            later.unlink()
    (versions / "0002_note.py").write_text(SECOND)
    (versions / "0003_kept_until.py").write_text(THIRD)
    kept = migrations.ROOT
    migrations.ROOT = tmp_path
    forget()
    yield tmp_path
    migrations.ROOT = kept
    forget()


def forget() -> None:
    migrations.head.cache_clear()
    migrations.steps.cache_clear()


@pytest.fixture
def forgotten(standing_root: Scope) -> Iterator[list[str]]:
    """Ids of tenants that are removed in the end, whole or not."""
    made: list[str] = []
    yield made
    with standing_root.transaction() as unit:
        unit.db.execute(text("DELETE FROM tenant_migrations WHERE tenant_id = ANY(:ids)"), {"ids": made})
        unit.db.execute(
            text("UPDATE tenants SET status = 'building', created_at = now() - interval '1 hour' WHERE id = ANY(:ids)"),
            {"ids": made},
        )
    schemas.sweep_births(standing_root)


@pytest.fixture
def old_tenants(standing_root: Scope, history: Path, forgotten: list[str]) -> Iterator[list[str]]:
    """Tenants that stand at the first revision; removed in the end.

    Those of other tests stand meanwhile at a revision that nobody knows, and are left alone.
    """
    apart = text("UPDATE tenants SET revision = 'apart:' || revision WHERE revision NOT LIKE 'apart:%'")
    back = text("UPDATE tenants SET revision = substr(revision, 7) WHERE revision LIKE 'apart:%'")
    with standing_root.transaction() as unit:
        unit.db.execute(apart)
    made = sorted(schemas.make_spares(standing_root, TENANTS, "0001"))
    forgotten += made
    yield made
    with standing_root.transaction() as unit:
        unit.db.execute(back)


def standing(root: Scope, tenants: list[str]) -> list[str]:
    with root.transaction() as unit:
        rows = unit.db.execute(text("SELECT id, revision FROM tenants WHERE id = ANY(:ids)"), {"ids": tenants})
        found = {row.id: row.revision for row in rows}
    return [found[tenant_id] for tenant_id in tenants]


def own_record(root: Scope, tenant_id: str) -> list[str]:
    """What a tenant's own version table says."""
    with root.with_values(tenant=Tenant(tenant_id, "any", "th")).transaction() as unit:
        return list(unit.db.scalars(text("SELECT revision FROM schema_version ORDER BY revision")))


def columns(root: Scope, tenant_id: str) -> set[str]:
    with root.transaction(read_only=True) as unit:
        facts = list_structure(unit, tenant_id)
    return {fact.split()[1] for fact in facts if fact.startswith("column orders_carts.")} & {
        "orders_carts.note",
        "orders_carts.kept_until",
    }


def behind(root: Scope, tenants: list[str]) -> list[str]:
    return [row[0] for row in migrations.list_behind(root) if row[0] in tenants]


def assert_consistent(root: Scope, tenants: list[str]) -> None:
    """In each tenant the columns are those of the revision that its own table names, at any moment."""
    expected = {
        "0001": set(),
        "0002": {"orders_carts.note"},
        "0003": {"orders_carts.note", "orders_carts.kept_until"},
    }
    for tenant_id in tenants:
        assert columns(root, tenant_id) == expected[own_record(root, tenant_id)[-1]]


def test_a_schema_that_was_migrated_from_the_first_revision_is_that_of_the_blueprint(
    standing_root: Scope, forgotten: list[str]
) -> None:
    first, *later = migrations.steps()
    born, migrated = *schemas.make_spares(standing_root, 1, migrations.head()), schemas.ids.new("t")
    forgotten += [born, migrated]
    with standing_root.transaction() as unit:
        schemas.tenancy.record_building(unit, migrated, "first", first.revision)
    with connect_owner(standing_root.settings) as owner, owner.transaction():
        blueprint = Blueprint((first.statements,), "first")
        schemas._build(owner, migrated, blueprint, standing_root.settings.app_login, first.revision)
    with standing_root.transaction() as unit:
        schemas.tenancy.record_spare(unit, migrated)
    with standing_root.transaction(read_only=True) as unit:
        waiting = directory.count_spares(unit, schemas.current_blueprint().hash)
    migrations.migrate_tenants(standing_root)
    with standing_root.transaction(read_only=True) as unit:
        # a spare of the last release is one of this release now, and can be claimed
        assert directory.count_spares(unit, schemas.current_blueprint().hash) == waiting + 1
    assert own_record(standing_root, migrated) == [first.revision, *(step.revision for step in later)]
    with standing_root.transaction(read_only=True) as unit:
        facts = {tenant_id: set(list_structure(unit, tenant_id)) for tenant_id in (born, migrated)}
    assert facts[migrated] - facts[born] == set()
    assert facts[born] - facts[migrated] == set()


def test_all_tenants_come_to_the_head_in_order(standing_root: Scope, old_tenants: list[str]) -> None:
    assert migrations.head() == "0003" and [one.revision for one in migrations.steps()] == ["0001", "0002", "0003"]
    assert behind(standing_root, old_tenants) == old_tenants
    report = migrations.migrate_tenants(standing_root)
    assert (report.done, report.failed) == (TENANTS * 2, 0)
    assert standing(standing_root, old_tenants) == ["0003"] * TENANTS
    assert behind(standing_root, old_tenants) == []
    assert [own_record(standing_root, one) for one in old_tenants] == [["0001", "0002", "0003"]] * TENANTS
    assert_consistent(standing_root, old_tenants)
    again = migrations.migrate_tenants(standing_root)
    assert (again.done, again.failed) == (0, 0)


def test_a_tenant_of_a_newer_release_is_left_alone(standing_root: Scope, old_tenants: list[str]) -> None:
    newer = old_tenants[0]
    with standing_root.transaction() as unit:
        unit.db.execute(text("UPDATE tenants SET revision = '9999' WHERE id = :id"), {"id": newer})
    report = migrations.migrate_tenants(standing_root)
    assert (report.done, report.failed) == ((TENANTS - 1) * 2, 0)
    assert standing(standing_root, [newer]) == ["9999"] and columns(standing_root, newer) == set()


def test_the_runner_stops_after_three_failures_and_goes_on_when_they_are_mended(
    standing_root: Scope, old_tenants: list[str]
) -> None:
    broken = old_tenants[:4]
    with connect_owner(standing_root.settings) as owner:
        for tenant_id in broken:
            owner.execute(f"ALTER TABLE {tenant_id}.orders_carts ADD COLUMN note text".encode())
    report = migrations.migrate_tenants(standing_root)
    assert (report.done, report.failed) == (0, 3)
    with standing_root.transaction() as unit:
        query = text("SELECT tenant_id, failure FROM tenant_migrations WHERE status = 'failed' ORDER BY 1")
        failures = {row.tenant_id: row.failure for row in unit.db.execute(query)}
    assert sorted(failures) == broken[:3]
    assert all('column "note" of relation "orders_carts" already exists' in failure for failure in failures.values())
    assert standing(standing_root, old_tenants) == ["0001"] * TENANTS
    with connect_owner(standing_root.settings) as owner:
        for tenant_id in broken:
            owner.execute(f"ALTER TABLE {tenant_id}.orders_carts DROP COLUMN note".encode())
    report = migrations.migrate_tenants(standing_root)
    assert (report.done, report.failed) == (TENANTS * 2, 0)
    assert_consistent(standing_root, old_tenants)


def test_a_tenant_that_is_busy_waits_for_another_run_and_the_others_do_not(
    standing_root: Scope, old_tenants: list[str]
) -> None:
    """The step asks for its lock for two seconds only: behind it, the tenant's own readers would wait."""
    busy = old_tenants[1]
    with standing_root.with_values(tenant=Tenant(busy, "any", "th")).transaction() as unit:
        unit.db.execute(text("SELECT count(*) FROM orders_carts"))
        outcome = race_calls(1, lambda number: migrations.migrate_tenants(standing_root))[0].value
        assert outcome is not None and (outcome.failed, outcome.done) == (1, (TENANTS - 1) * 2)
    with standing_root.transaction() as unit:
        failure = unit.db.scalars(text("SELECT failure FROM tenant_migrations WHERE status = 'failed'")).one()
    assert "lock timeout" in failure
    assert behind(standing_root, old_tenants) == [busy]
    report = migrations.migrate_tenants(standing_root)
    assert (report.done, report.failed) == (2, 0)
    assert_consistent(standing_root, old_tenants)


def test_two_runners_at_once_do_each_step_once(standing_root: Scope, old_tenants: list[str]) -> None:
    migrations.steps()  # two runners are two processes, and each renders its own
    outcomes = race_calls(2, lambda number: migrations.migrate_tenants(standing_root))
    assert [one.error for one in outcomes] == [None, None]
    assert [one.value.failed for one in outcomes if one.value] == [0, 0]
    left = migrations.migrate_tenants(standing_root)
    assert sum(one.value.done for one in outcomes if one.value) + left.done == TENANTS * 2
    assert standing(standing_root, old_tenants) == ["0003"] * TENANTS
    assert_consistent(standing_root, old_tenants)


def test_a_killed_runner_is_resumed_by_running_it_again(
    standing_root: Scope, old_tenants: list[str], history: Path
) -> None:
    with Proxy(standing_root.settings.database_url) as proxy:
        proxy.delay(8)
        assert killed_at(standing_root.settings, proxy, TENANTS * 7, "migrate", str(history))
    revisions = standing(standing_root, old_tenants)
    assert revisions != ["0003"] * TENANTS and revisions != ["0001"] * TENANTS
    assert_consistent(standing_root, old_tenants)
    assert len(behind(standing_root, old_tenants)) > 0
    report = migrations.migrate_tenants(standing_root)
    assert report.failed == 0
    assert standing(standing_root, old_tenants) == ["0003"] * TENANTS
    assert [own_record(standing_root, one) for one in old_tenants] == [["0001", "0002", "0003"]] * TENANTS
    assert_consistent(standing_root, old_tenants)


@pytest.mark.parametrize("commit", range(2, 12) if IS_LONG else [2, 3])
@pytest.mark.parametrize("mode", ["before", "after"])
def test_a_commit_whose_answer_is_lost_is_not_applied_twice(
    standing_root: Scope, old_tenants: list[str], mode: str, commit: int
) -> None:
    with Proxy(standing_root.settings.database_url) as proxy:
        settings = standing_root.settings.with_values(database_url=proxy.url)
        cut = replace(standing_root, settings=settings, database=Database(settings))
        getattr(proxy, f"cut_{mode}_commit")(commit)
        with contextlib.suppress(DBAPIError, OSError):
            migrations.migrate_tenants(cut)
        assert proxy.fired is not None
        cut.database.dispose()
    assert_consistent(standing_root, old_tenants)
    report = migrations.migrate_tenants(standing_root)
    assert report.failed == 0
    assert [own_record(standing_root, one) for one in old_tenants] == [["0001", "0002", "0003"]] * TENANTS
    assert_consistent(standing_root, old_tenants)
