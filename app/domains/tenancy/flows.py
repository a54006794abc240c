"""From a host or a tenant's id to a scope. Cached in the process; notices and age empty the cache."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cachetools import TTLCache

from app.domains.tenancy.errors import TenantNotFound
from app.domains.tenancy.queries import directory
from app.domains.tenancy.queries.directory import Site
from app.domains.tenancy.queries.markets import get_market
from app.kit.notices import on_notice
from app.kit.scope import EVERYTHING, SYSTEM, SYSTEM_ONLY, Scope, Storefront, Tenant, flow

_MISSING_S = 30
_sites: TTLCache[str, Site | None] = TTLCache(maxsize=20_000, ttl=_MISSING_S)
_lock = threading.Lock()


def _forget_sites(payload: str = "") -> None:
    """Empty the cache: something in the directory has changed."""
    with _lock:
        _sites.clear()


on_notice(_forget_sites)


@flow(SYSTEM_ONLY)
def find_site(scope: Scope, host: str) -> Site | None:
    """The site of a host, or None. One short transaction on a miss, none on a hit."""
    return _cached(scope, f"host:{host}", lambda unit: directory.find_site(unit, host))


@flow(SYSTEM_ONLY)
def find_scope_of_tenant(scope: Scope, tenant_id: str) -> Scope:
    """A system scope of a tenant (jobs, command line). Raises `TenantNotFound`."""
    site = _cached(scope, f"id:{tenant_id}", lambda unit: directory.find_site_of_tenant(unit, tenant_id))
    if site is None:
        raise TenantNotFound(tenant=tenant_id)
    return scope_of_site(scope, site).with_values(actor=SYSTEM, permissions=EVERYTHING)


@flow(SYSTEM_ONLY)
def find_scope_of_slug(scope: Scope, slug: str) -> Scope:
    """A system scope of the tenant with this slug. Raises `TenantNotFound`."""
    with scope.transaction() as unit:
        tenant_id = directory.find_tenant_id(unit, slug)
    if tenant_id is None:
        raise TenantNotFound(tenant=slug)
    return find_scope_of_tenant(scope, tenant_id)


@flow(SYSTEM_ONLY)
def list_active_ids(scope: Scope) -> list[str]:
    """The ids of all tenants whose periodic jobs run."""
    with scope.transaction() as unit:
        return directory.list_active_ids(unit)


@flow(SYSTEM_ONLY)
def list_tenants(scope: Scope) -> list[dict[str, Any]]:
    """All tenants with a slug, as `queries.directory.list_tenants`."""
    with scope.transaction() as unit:
        return directory.list_tenants(unit)


@flow(SYSTEM_ONLY)
def get_applied_document(scope: Scope, slug: str) -> dict[str, Any]:
    """The document that was applied last. Raises `TenantNotFound`."""
    with scope.transaction() as unit:
        found = directory.get_applied_document(unit, slug)
    if found is None:
        raise TenantNotFound(tenant=slug)
    return found


def scope_of_site(scope: Scope, site: Site) -> Scope:
    """The root scope, narrowed to a site: tenant, storefront, and the market's money, zone and first language."""
    market = get_market(scope, site.market)
    port = "" if scope.settings.is_production else f":{scope.settings.port}"
    storefront = Storefront(
        id=site.storefront_id,
        code=site.storefront_code,
        locales=site.locales,
        origin=f"{scope.settings.public_scheme}://{site.host}{port}",
        document=site.document,
        version=site.version,
    )
    return replace(
        scope,
        tenant=Tenant(id=site.tenant_id, slug=site.slug, market=site.market),
        storefront=storefront,
        locale=site.locales[0],
        currency=market.currency,
        time_zone=market.time_zone,
    )


def _cached(scope: Scope, key: str, ask: Callable[[Scope], Site | None]) -> Site | None:
    with _lock:
        if key in _sites:
            return _sites[key]
    with scope.transaction() as unit:
        found = ask(unit)
    with _lock:
        _sites[key] = found
    return found
