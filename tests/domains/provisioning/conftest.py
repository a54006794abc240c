"""The software itself and tenants for a whole module, and processes that can be killed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.kit.clock import SystemClock
from app.kit.db import Database
from app.kit.scope import EVERYTHING, SYSTEM, Scope
from app.kit.settings import Settings
from tests.factories.tenancy import make_tenant


@pytest.fixture(scope="module")
def standing_root(settings: Settings, database: Database) -> Scope:
    """The software itself, on the platform plane, by the real clock: the database's own is compared with it."""
    return Scope(
        settings=settings,
        database=database,
        actor=SYSTEM,
        permissions=EVERYTHING,
        clock=SystemClock(),
        request_id="test",
    )


@pytest.fixture(scope="module")
def tenants_of_a_module(standing_root: Scope) -> Callable[[int], list[Scope]]:
    return lambda count: [make_tenant(standing_root, "th") for _ in range(count)]
