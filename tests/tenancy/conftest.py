"""Two tenants for a whole module: what these tests ask does not depend on what is in them."""

from __future__ import annotations

import pytest

from app.domains.inventory.actions import ensure_location
from app.kit.clock import FixedClock
from app.kit.db import Database
from app.kit.scope import EVERYTHING, SYSTEM, Scope
from app.kit.settings import Settings
from tests.conftest import NOON
from tests.factories.tenancy import make_tenant
from tests.tenancy.sessions import canary

Pair = tuple[Scope, Scope]


@pytest.fixture(scope="module")
def standing_root(settings: Settings, database: Database) -> Scope:
    """The software itself, on the platform plane."""
    return Scope(
        settings=settings,
        database=database,
        actor=SYSTEM,
        permissions=EVERYTHING,
        clock=FixedClock(NOON),
        request_id="test",
    )


@pytest.fixture(scope="module")
def pair(standing_root: Scope) -> Pair:
    """A Thai and a Kuwaiti tenant, each with its canary."""
    made = make_tenant(standing_root, "th"), make_tenant(standing_root, "kw")
    for scope in made:
        with scope.transaction() as unit:
            ensure_location(unit, canary(unit))
    return made
