"""Which gateways this installation has."""

from __future__ import annotations

from app.domains.payments.rules import GATEWAYS, is_offered
from app.kit.scope import Scope, document_query


@document_query("checkout.place")
def list_offered_gateways(scope: Scope) -> tuple[str, ...]:
    """The codes of the gateways that may be offered here: in production none that moves no real money."""
    return tuple(code for code in GATEWAYS if is_offered(scope.settings, code))
