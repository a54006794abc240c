"""Adapters to providers, loaded on first use."""

from __future__ import annotations

from app.domains.payments.errors import UnknownGateway
from app.domains.payments.rules import GATEWAYS, is_offered
from app.domains.payments.types import Gateway
from app.kit.plugins import load
from app.kit.settings import Settings


def open_gateway(settings: Settings, code: str) -> Gateway:
    """The adapter of this code. Raises `UnknownGateway`, in production also for one that moves no real money."""
    if not is_offered(settings, code):
        raise UnknownGateway(gateway=code[:40])
    return load(GATEWAYS[code])(settings)
