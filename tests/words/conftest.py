"""The pages of a tenant in the pseudo-locale, opened once per worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.factory import Serai
from app.kit.clock import FixedClock
from app.kit.db import Database
from app.kit.scope import EVERYTHING, SYSTEM, Scope
from app.kit.settings import Settings
from tests.conftest import NOON
from tests.harness.provider import SandboxProvider
from tests.words.walk import walk
from tests.words.world import World, build


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[SandboxProvider]:
    running = SandboxProvider(tmp_path_factory.mktemp("provider"), settings.sandbox_webhook_secret)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def world(settings: Settings, database: Database, provider: SandboxProvider) -> World:
    """Every page has been opened: `world.pages`."""
    known = settings.with_values(sandbox_provider_url=provider.url)
    root = Scope(settings=known, database=database, actor=SYSTEM, permissions=EVERYTHING, clock=FixedClock(NOON))
    made = build(Serai(root), provider)
    walk(made)
    return made
