"""A tenant with an offer of a few pieces, for a module; each test takes an offer of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.domains.inventory import actions
from app.domains.inventory.queries import Level, list_levels
from app.kit.clock import FixedClock
from app.kit.db import Database
from app.kit.scope import EVERYTHING, SYSTEM, Scope
from app.kit.settings import Settings
from tests.conftest import NOON
from tests.factories.orders import make_offer, open_shop
from tests.factories.tenancy import make_tenant

NewOffer = Callable[[int], str]
LevelOf = Callable[[str], Level]


@pytest.fixture(scope="module")
def standing_tenant(settings: Settings, database: Database) -> Scope:
    root = Scope(
        settings=settings,
        database=database,
        actor=SYSTEM,
        permissions=EVERYTHING,
        clock=FixedClock(NOON),
        request_id="test",
    )
    made = make_tenant(root, "th")
    open_shop(made)
    return made


@pytest.fixture
def store(standing_tenant: Scope) -> Scope:
    """The tenant's system scope, with a clock of the test's own; nothing is held for anybody."""
    next_year = standing_tenant.with_values(clock=FixedClock(NOON + timedelta(days=365)))
    with next_year.transaction() as unit:
        actions.expire_reservations(unit, limit=10_000)
    return standing_tenant.with_values(clock=FixedClock(NOON))


@pytest.fixture
def new_offer(store: Scope) -> NewOffer:
    return lambda stock: make_offer(store, stock=stock)


@pytest.fixture
def level_of(store: Scope) -> LevelOf:
    def read(offer_id: str) -> Level:
        with store.transaction() as unit:
            return list_levels(unit, [offer_id])[offer_id]

    return read
