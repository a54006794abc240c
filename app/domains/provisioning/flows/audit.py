"""The audit: every invariant of every room, in one read-only snapshot per tenant, and those of the platform."""

from __future__ import annotations

from dataclasses import dataclass

from app.domains.provisioning.queries.walls import PLATFORM_INVARIANTS
from app.domains.tenancy import flows as tenancy
from app.kit import plugins
from app.kit.invariants import Break, Invariant, check
from app.kit.scope import SYSTEM_ONLY, Scope, flow

PLATFORM_NAME = "(platform)"
AUDITED = ("active", "suspended")  # one that is still being applied is not whole yet, and `none_stuck` watches it


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What the audit saw in one place."""

    slug: str
    invariants: int
    breaks: tuple[Break, ...]


@flow(SYSTEM_ONLY)
def audit_tenants(scope: Scope, slug: str | None = None) -> list[AuditReport]:
    """Prove all invariants of one tenant, or of all of them and the platform. Raises `TenantNotFound`."""
    reports = []
    if slug is None:
        with scope.transaction(read_only=True) as unit:
            reports.append(_report(unit, PLATFORM_NAME, PLATFORM_INVARIANTS))
        wanted = [found["slug"] for found in tenancy.list_tenants(scope) if found["status"] in AUDITED]
    else:
        wanted = [slug]
    for name in wanted:
        inside = tenancy.find_scope_of_slug(scope, name)
        with inside.transaction(read_only=True) as unit:
            reports.append(_report(unit, name, list_invariants()))
    return reports


def list_invariants() -> tuple[Invariant, ...]:
    """Those that every tenant is held to, in the order of the rooms."""
    modules = plugins.rooms("queries.invariants")
    return tuple(invariant for module in modules for invariant in module.INVARIANTS)


def _report(unit: Scope, name: str, invariants: tuple[Invariant, ...]) -> AuditReport:
    return AuditReport(name, len(invariants), tuple(check(unit, invariants)))
