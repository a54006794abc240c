"""A tenant that sells, and a payment provider that is a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from app.kit.scope import Actor, Permissions, Scope
from app.kit.settings import Settings
from tests.conftest import SHOPPER
from tests.factories.orders import open_shop
from tests.harness.provider import SandboxProvider


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[SandboxProvider]:
    """The sandbox provider, signing with the secret of the settings."""
    running = SandboxProvider(tmp_path_factory.mktemp("provider"), settings.sandbox_webhook_secret)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def selling(system_scope: Scope, provider: SandboxProvider) -> Scope:
    """The system scope of a Thai tenant that sells, with the provider at hand."""
    provider.clear()
    scope = replace(system_scope, settings=system_scope.settings.with_values(sandbox_provider_url=provider.url))
    open_shop(scope)
    return scope


@pytest.fixture
def guest_of() -> Callable[[Scope], Scope]:
    return lambda scope: scope.with_values(actor=Actor("guest"), permissions=Permissions(SHOPPER))
