"""What tests share: one real PostgreSQL per worker, two tenants in two countries, a clock that stands still."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.kit import cluster, plugins, postgres, secrets
from app.kit import settings as kit_settings
from app.kit.clock import FixedClock
from app.kit.db import Database, platform_metadata
from app.kit.scope import EVERYTHING, SYSTEM, Actor, Permissions, Scope
from app.kit.settings import Settings
from tests.factories.tenancy import make_tenant

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
SHOPPER = frozenset({"catalogue.browse", "cart.edit", "checkout.place", "orders.view_own"})
STAFF = SHOPPER | {
    "catalogue.edit",
    "pricing.edit",
    "promotions.edit",
    "inventory.edit",
    "orders.view",
    "orders.manage",
    "orders.refund",
    "import.run",
    "catalogue.export",
    "ledger.view",
    "staff.manage",
    "tenancy.view",
}


@pytest.fixture(scope="session")
def settings() -> Iterator[Settings]:
    """Settings of this worker's own installation, with its embedded PostgreSQL running."""
    folder = Path(tempfile.mkdtemp(prefix="serai-test-"))
    folder.chmod(0o755)  # the server runs as another user than root
    wanted = kit_settings.load({"SERAI_VAR_DIR": str(folder), "SERAI_ENVIRONMENT": "test"})
    postgres.start(wanted)
    try:
        yield postgres.resolve(wanted)
    finally:
        postgres.remove(wanted)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def database(settings: Settings) -> Iterator[Database]:
    """The database, prepared as `serai db migrate` does it."""
    secrets.configure(settings)
    cluster.prepare(settings)
    plugins.rooms("models")
    plugins.rooms("jobs")
    made = Database(settings)
    platform_metadata.create_all(made.owner)
    try:
        yield made
    finally:
        made.dispose()


@pytest.fixture
def clock() -> FixedClock:
    """Noon in Bangkok on 22 November 2026."""
    return FixedClock(NOON)


@pytest.fixture
def root(settings: Settings, database: Database, clock: FixedClock) -> Scope:
    """The software itself, on the platform plane."""
    return Scope(
        settings=settings, database=database, actor=SYSTEM, permissions=EVERYTHING, clock=clock, request_id="test"
    )


@pytest.fixture
def new_tenant(root: Scope) -> Callable[[str], Scope]:
    """Make a fresh tenant of a market (`th`, `kw`, `in`, `jp`); returns its system scope."""
    return lambda market: make_tenant(root, market)


@pytest.fixture
def system_scope(new_tenant: Callable[[str], Scope]) -> Scope:
    """The software itself, in a fresh Thai tenant."""
    return new_tenant("th")


@pytest.fixture
def other_system_scope(new_tenant: Callable[[str], Scope]) -> Scope:
    """The software itself, in a fresh Kuwaiti tenant."""
    return new_tenant("kw")


@pytest.fixture
def scope(system_scope: Scope) -> Scope:
    """A guest of the Thai tenant."""
    return system_scope.with_values(actor=Actor("guest"), permissions=Permissions(SHOPPER))


@pytest.fixture
def staff_scope(system_scope: Scope) -> Scope:
    """Somebody of the partner's staff who may do all that staff may."""
    actor = Actor("staff", "stf_00000000000000000000000000", "Test staff")
    return system_scope.with_values(actor=actor, permissions=Permissions(frozenset(STAFF)))


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of data written by others (`SERAI_DATA`)."""
    folder = Path(os.environ.get("SERAI_DATA", "../shared/data"))
    if not folder.exists():
        pytest.skip("SERAI_DATA names no folder: tests on data written by others are not run")
    return folder
