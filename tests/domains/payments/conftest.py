"""A real provider process of the sandbox, that takes the secret of these tests."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.kit.scope import Scope
from tests.harness.provider import SECRET, Merchant, SandboxProvider


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProvider]:
    folder: Path = tmp_path_factory.mktemp("provider")
    started = SandboxProvider(folder)
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    """Takes the provider's messages, so that a test can hand them on."""
    with Merchant() as running:
        yield running


@pytest.fixture
def paying(system_scope: Scope, provider: SandboxProvider) -> Scope:
    """A system scope whose sandbox gateway is that process, with short time limits."""
    settings = system_scope.settings.with_values(
        sandbox_provider_url=provider.url, sandbox_webhook_secret=SECRET, gateway_read_timeout_s=1
    )
    return dataclasses.replace(system_scope, settings=settings)
