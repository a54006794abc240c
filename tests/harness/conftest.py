"""What the tests of the harness share: a real PostgreSQL, a real provider process, a merchant that takes webhooks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .cluster import Cluster, running_cluster
from .provider import Merchant, SandboxProvider


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as running:
        yield running


@pytest.fixture(scope="session")
def provider_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProvider]:
    started = SandboxProvider(tmp_path_factory.mktemp("provider"))
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture
def provider(provider_process: SandboxProvider) -> SandboxProvider:
    """The provider with empty books and no rules; one process for all tests, some of which restart it."""
    provider_process.clear()
    return provider_process


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    with Merchant() as running:
        yield running
