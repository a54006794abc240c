"""What the tests of the harness share: a real PostgreSQL, a real provider process, a merchant that takes webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .cluster import Cluster, running_cluster
from .provider import Merchant, SandboxProvider


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as running:
        yield running


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[SandboxProvider]:
    started = SandboxProvider(tmp_path / "provider")
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    with Merchant() as running:
        yield running
