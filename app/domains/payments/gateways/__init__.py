"""Adapters to providers, loaded on first use."""

from __future__ import annotations

from app.domains.payments.errors import UnknownGateway
from app.domains.payments.rules import GATEWAYS, NOT_IN_PRODUCTION
from app.domains.payments.types import Gateway
from app.kit.plugins import load
from app.kit.settings import Settings


def open_gateway(settings: Settings, code: str) -> Gateway:
    """The adapter of this code. Raises `UnknownGateway`, in production also for one that moves no real money."""
    path = GATEWAYS.get(code)
    if path is None or (settings.is_production and code in NOT_IN_PRODUCTION):
        raise UnknownGateway(gateway=code[:40])
    return load(path)(settings)
