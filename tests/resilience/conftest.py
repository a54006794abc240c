"""Two ways to the same database, one of them through a proxy that can be told to fail; a provider; the web server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from app.kit.clock import FixedClock, SystemClock
from app.kit.db import Database
from app.kit.scope import Scope
from app.kit.settings import Settings
from tests.domains.orders.conftest import guest_of, provider, selling
from tests.harness.pgx import Proxy
from tests.harness.provider import SandboxProvider

from .figures import PROPERTY, Figures, show
from .server import Server

__all__ = ["guest_of", "provider", "selling"]


@pytest.fixture
def clock() -> FixedClock:
    """The moment at which the test began: the database's own clock goes on from there, not from a day in the past."""
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


@pytest.fixture(scope="session")
def server_proxy(settings: Settings, database: Database) -> Iterator[Proxy]:
    with Proxy(settings.database_url) as running:
        yield running


@pytest.fixture(scope="session")
def server_environ(settings: Settings, provider: SandboxProvider, server_proxy: Proxy) -> dict[str, str]:
    """The environment of a web server: its database behind a proxy of its own."""
    return {
        "SERAI_ENVIRONMENT": "test",
        "DATABASE_URL": server_proxy.url,
        "SERAI_SANDBOX_PROVIDER_URL": provider.url,
        "SERAI_GATEWAY_READ_TIMEOUT_S": "3",
    }


@pytest.fixture(scope="session")
def server_process(server_environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """gunicorn with two workers."""
    folder = tmp_path_factory.mktemp("server")
    own = {"SERAI_VAR_DIR": str(folder / "var"), "SERAI_WEB_WORKERS": "2"}
    with Server(server_environ | own, folder / "log") as running:
        yield running


@pytest.fixture(scope="session")
def deaf_server(server_environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """gunicorn with one worker, which no message of the provider ever reaches."""
    folder = tmp_path_factory.mktemp("deaf-server")
    own = {"SERAI_VAR_DIR": str(folder / "var"), "SERAI_WEB_WORKERS": "1"}
    with Server(server_environ | own, folder / "log", is_deaf=True) as running:
        yield running


@pytest.fixture
def server(server_process: Server, server_proxy: Proxy) -> Iterator[Server]:
    """The running web server; its database undelayed and uncut."""
    server_proxy.delay(0)
    server_proxy.reset()
    yield server_process
    server_proxy.delay(0)
    server_proxy.reset()


@pytest.fixture
def on_air(selling: Scope) -> Scope:
    """The system scope of a tenant that sells, in real time, as the web server sells for it."""
    return selling.with_values(clock=SystemClock())
