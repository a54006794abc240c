"""Tenants are born whole, claimed once, and a birth that was cut leaves nothing behind."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domains.provisioning.flows import schemas
from app.domains.provisioning.queries.structure import structure_hash
from app.domains.provisioning.queries.walls import PLATFORM_INVARIANTS
from app.domains.tenancy import actions as tenancy
from app.domains.tenancy.errors import NotBeingBuilt
from app.domains.tenancy.queries import directory
from app.kit.clock import FixedClock
from app.kit.cluster import WrongDatabase, connect_owner
from app.kit.db import Database
from app.kit.errors import Problem
from app.kit.invariants import check
from app.kit.queue import registered
from app.kit.scope import Scope, Tenant
from tests.domains.provisioning.process import killed_at
from tests.harness.pgx import Proxy
from tests.harness.race import race_calls

IS_LONG = bool(os.environ.get("SERAI_LONG"))
REVISION = "test"
CUT = (DBAPIError, psycopg.Error, WrongDatabase, Problem, OSError)
_numbers = itertools.count(1)


def new_slug() -> str:
    return f"birth-{next(_numbers)}"


@pytest.fixture(scope="module")
def proxy(standing_root: Scope) -> Iterator[Proxy]:
    with Proxy(standing_root.settings.database_url) as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_is_left(standing_root: Scope) -> Iterator[None]:
    """After every test: what a cut left is swept, no spare waits, and all walls stand."""
    yield
    later = standing_root.with_values(clock=FixedClock(standing_root.now() + timedelta(minutes=6)))
    schemas.sweep_births(later)
    with standing_root.transaction(read_only=True) as unit:
        left = unit.db.execute(text("SELECT id FROM tenants WHERE status = 'building'")).all()
        wanted = [one for one in PLATFORM_INVARIANTS if one.name != "tenancy.none_stuck"]
        assert (left, check(unit, wanted), orphans(unit)) == ([], [], [])
    drop_spares(standing_root)


def orphans(unit: Scope) -> list[str]:
    """Roles of a tenant's name without a tenant: the audit asks only for those that have a schema."""
    query = (
        "SELECT rolname FROM pg_roles WHERE rolname ~ '^t_[0-9a-z]{26}$' AND rolname NOT IN (SELECT id FROM tenants)"
    )
    return list(unit.db.scalars(text(query)))


def drop_spares(root: Scope) -> None:
    with root.transaction() as unit:
        waiting = list(unit.db.scalars(text("SELECT id FROM tenants WHERE status = 'spare'")))
        unit.db.execute(text("UPDATE tenants SET status = 'building' WHERE status = 'spare'"))
        unit.db.execute(
            text("UPDATE tenants SET created_at = now() - interval '1 hour' WHERE id = ANY(:ids)"), {"ids": waiting}
        )
    schemas.sweep_births(root)


def ids_of(root: Scope, slug: str) -> list[str]:
    with root.transaction() as unit:
        return list(unit.db.scalars(text("SELECT id FROM tenants WHERE slug = :slug"), {"slug": slug}))


def works(root: Scope, tenant_id: str) -> bool:
    """Its role may write into its schema, and its structure is the blueprint's."""
    inside = root.with_values(tenant=Tenant(tenant_id, "any", "th"))
    with inside.transaction() as unit:
        tenancy.record_change(unit, noun="tenant", noun_id=tenant_id, verb="look", before={}, after={})
    return True


def through(root: Scope, proxy: Proxy) -> Scope:
    settings = root.settings.with_values(database_url=proxy.url)
    return replace(root, settings=settings, database=Database(settings))


def test_spares_are_whole_and_alike(standing_root: Scope) -> None:
    made = schemas.make_spares(standing_root, 2, REVISION)
    with standing_root.transaction(read_only=True) as unit:
        assert directory.count_spares(unit, schemas.current_blueprint().hash) == 2
        assert len({structure_hash(unit, tenant_id) for tenant_id in made}) == 1
    for tenant_id in made:
        assert works(standing_root, tenant_id)


def test_the_stock_of_spares_is_filled_and_not_more(standing_root: Scope) -> None:
    wanted = replace(standing_root, settings=standing_root.settings.with_values(spare_tenants=2))
    assert [schemas.keep_spares(wanted, REVISION) for _ in range(2)] == [2, 0]


def test_a_spare_of_another_blueprint_is_not_claimed(standing_root: Scope) -> None:
    (old,) = schemas.make_spares(standing_root, 1, REVISION)
    with standing_root.transaction() as unit:
        unit.db.execute(text("UPDATE tenants SET blueprint = 'older' WHERE id = :id"), {"id": old})
    claimed, is_new = schemas.claim(standing_root, new_slug(), REVISION)
    assert is_new and claimed != old


def test_a_slug_that_was_claimed_is_found_again(standing_root: Scope) -> None:
    slug = new_slug()
    first, was_new = schemas.claim(standing_root, slug, REVISION)
    assert schemas.claim(standing_root, slug, REVISION) == (first, False)
    assert was_new and ids_of(standing_root, slug) == [first]


def test_eight_who_claim_one_slug_get_one_tenant(standing_root: Scope) -> None:
    slug = new_slug()
    schemas.make_spares(standing_root, 3, REVISION)
    outcomes = race_calls(8, lambda number: schemas.claim(standing_root, slug, REVISION))
    assert [one.error for one in outcomes] == [None] * 8
    assert len({one.value[0] for one in outcomes if one.value}) == 1
    assert [one.value[1] for one in outcomes if one.value].count(True) == 1
    assert len(ids_of(standing_root, slug)) == 1


def test_eight_who_claim_one_slug_without_a_spare_get_one_tenant(standing_root: Scope) -> None:
    slug = new_slug()
    outcomes = race_calls(4, lambda number: schemas.claim(standing_root, slug, REVISION))
    assert [one.error for one in outcomes] == [None] * 4
    assert {one.value[0] for one in outcomes if one.value} == set(ids_of(standing_root, slug))


def test_a_spare_is_given_to_one(standing_root: Scope) -> None:
    made = schemas.make_spares(standing_root, 6, REVISION)
    slugs = [new_slug() for _ in made]
    outcomes = race_calls(6, lambda number: schemas.claim(standing_root, slugs[number], REVISION))
    assert [one.error for one in outcomes] == [None] * 6
    assert sorted(one.value[0] for one in outcomes if one.value) == sorted(made)


def test_a_young_birth_is_left_alone(standing_root: Scope) -> None:
    with standing_root.transaction() as unit:
        tenancy.record_building(unit, schemas.ids.new("t"), "none", REVISION)
    assert schemas.sweep_births(standing_root) == []


def test_a_cut_birth_is_swept_with_role_and_schema(standing_root: Scope) -> None:
    (tenant_id,) = schemas.make_spares(standing_root, 1, REVISION)
    with standing_root.transaction() as unit:  # as if the third step had not come
        unit.db.execute(text("UPDATE tenants SET status = 'building' WHERE id = :id"), {"id": tenant_id})
    later = standing_root.with_values(clock=FixedClock(standing_root.now() + timedelta(minutes=6)))
    assert schemas.sweep_births(later) == [tenant_id]
    with connect_owner(standing_root.settings) as owner:
        query = "SELECT 1 FROM pg_namespace WHERE nspname = %s UNION SELECT 1 FROM pg_roles WHERE rolname = %s"
        assert owner.execute(query, (tenant_id, tenant_id)).fetchall() == []


def test_a_birth_that_takes_long_is_not_swept_while_it_goes_on(standing_root: Scope) -> None:
    tenant_id = schemas.ids.new("t")
    with standing_root.transaction() as unit:
        tenancy.record_building(unit, tenant_id, "none", REVISION)
    later = standing_root.with_values(clock=FixedClock(standing_root.now() + timedelta(minutes=6)))
    with connect_owner(standing_root.settings) as mother:
        schemas._hold_birth(mother, tenant_id)
        assert schemas.sweep_births(later) == []
    assert schemas.sweep_births(later) == [tenant_id]


def test_what_became_whole_between_the_list_and_the_lock_is_not_swept(
    standing_root: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tenant_id,) = schemas.make_spares(standing_root, 1, REVISION)
    slug = new_slug()
    with standing_root.transaction() as unit:
        unit.db.execute(text("UPDATE tenants SET status = 'building' WHERE id = :id"), {"id": tenant_id})
    true_lock = schemas._try_birth

    def born_meanwhile(connection: psycopg.Connection, found: str) -> bool:
        with standing_root.transaction() as unit:
            tenancy.record_spare(unit, found)
            tenancy.claim_spare(unit, slug, schemas.current_blueprint().hash)
        return true_lock(connection, found)

    monkeypatch.setattr(schemas, "_try_birth", born_meanwhile)
    later = standing_root.with_values(clock=FixedClock(standing_root.now() + timedelta(minutes=6)))
    assert schemas.sweep_births(later) == []
    assert ids_of(standing_root, slug) == [tenant_id] and works(standing_root, tenant_id)


def test_what_the_directory_no_longer_builds_does_not_become_a_spare(standing_root: Scope) -> None:
    with pytest.raises(NotBeingBuilt), standing_root.transaction() as unit:
        tenancy.record_spare(unit, schemas.ids.new("t"))


def test_the_worker_keeps_the_stock_of_spares(standing_root: Scope) -> None:
    keep = next(found for found in registered() if found.name == "provisioning.keep_spares")
    assert keep.every and keep.is_platform and keep.runs_flow
    keep.run(replace(standing_root, settings=standing_root.settings.with_values(spare_tenants=2)))
    with standing_root.transaction(read_only=True) as unit:
        assert directory.count_spares(unit, schemas.current_blueprint().hash) == 2


def test_provisioning_can_be_cut_at_any_round_trip_and_repeated(standing_root: Scope, proxy: Proxy) -> None:
    cut = through(standing_root, proxy)

    def provision() -> None:
        cut.database.dispose()
        schemas.claim(cut, new_slug(), REVISION)

    struck = 0
    for k, mode in proxy.sweep(provision):
        if not IS_LONG and (k + (mode == "after")) % 4:
            continue
        proxy.arm(k, mode)
        slug = new_slug()
        cut.database.dispose()
        with contextlib.suppress(*CUT):
            schemas.claim(cut, slug, REVISION)
        struck += proxy.fired is not None
        proxy.reset()
        tenant_id, _ = schemas.claim(cut, slug, REVISION)
        assert ids_of(standing_root, slug) == [tenant_id], (k, mode)
        assert works(standing_root, tenant_id), (k, mode)
    cut.database.dispose()
    assert struck >= 4


@pytest.mark.parametrize("trips", range(1, 24) if IS_LONG else [3, 8, 15])
def test_a_killed_provisioning_is_repeated_and_leaves_one_tenant(
    standing_root: Scope, proxy: Proxy, trips: int
) -> None:
    slug = new_slug()
    proxy.delay(15)
    try:
        assert killed_at(standing_root.settings, proxy, trips, "claim", slug, REVISION)
    finally:
        proxy.delay(0)
    tenant_id, _ = schemas.claim(standing_root, slug, REVISION)
    assert ids_of(standing_root, slug) == [tenant_id]
    assert works(standing_root, tenant_id)
