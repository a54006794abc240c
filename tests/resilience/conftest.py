"""Two ways to the same database, one of them through a proxy that can be told to fail; a provider; the web server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from app.kit.clock import FixedClock
from app.kit.db import Database
from app.kit.settings import Settings
from tests.domains.orders.conftest import guest_of, provider, selling
from tests.harness.pgx import Proxy

from .figures import PROPERTY, Figures, show

__all__ = ["guest_of", "provider", "selling"]


@pytest.fixture
def clock() -> FixedClock:
    """The moment at which the test began: the web server of these tests lives in real time."""
    return FixedClock(datetime.now(UTC))


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Where a test writes down what it counted; shown at the end of the run."""
    return Figures(request.node.user_properties)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, [])]
    texts = [str(text) for one in reports for name, text in one.user_properties if name == PROPERTY]
    if texts:
        terminalreporter.section("figures")
        for text in texts:
            terminalreporter.write_line(text)
        show(texts)


@pytest.fixture(scope="session")
def proxy_process(settings: Settings, database: Database) -> Iterator[Proxy]:
    with Proxy(settings.database_url) as running:
        yield running


@pytest.fixture(scope="session")
def proxied_database(settings: Settings, proxy_process: Proxy) -> Iterator[Database]:
    made = Database(settings.with_values(database_url=proxy_process.url))
    try:
        yield made
    finally:
        made.dispose()


@pytest.fixture
def proxy(proxy_process: Proxy) -> Iterator[Proxy]:
    """The proxy, undelayed and disarmed."""
    proxy_process.delay(0)
    proxy_process.reset()
    yield proxy_process
    proxy_process.delay(0)
    proxy_process.reset()
