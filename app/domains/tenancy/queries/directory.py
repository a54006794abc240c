"""The directory of the control plane: which host is whose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.domains.tenancy.models import Domain, StorefrontRow, TenantRow
from app.kit.scope import SYSTEM_ONLY, Scope, query


@dataclass(frozen=True, slots=True)
class Site:
    """What answers on a host: a face of one storefront of one tenant."""

    host: str
    face: str
    tenant_id: str
    slug: str
    status: str
    market: str
    storefront_id: str
    storefront_code: str
    locales: tuple[str, ...]
    document: dict[str, Any]
    version: int


_COLUMNS = (
    Domain.host,
    Domain.face,
    TenantRow.id.label("tenant_id"),
    TenantRow.slug,
    TenantRow.status,
    TenantRow.market,
    StorefrontRow.id.label("storefront_id"),
    StorefrontRow.code.label("storefront_code"),
    StorefrontRow.locales,
    StorefrontRow.document,
    StorefrontRow.version,
)


def _sites() -> Any:
    return (
        select(*_COLUMNS)
        .join(StorefrontRow, StorefrontRow.id == Domain.storefront_id)
        .join(TenantRow, TenantRow.id == Domain.tenant_id)
        .where(Domain.status == "active", TenantRow.status.in_(("active", "suspended")))
    )


def _site(row: Any) -> Site:
    return Site(**{**row._mapping, "locales": tuple(row.locales)})


@query(SYSTEM_ONLY)
def find_site(scope: Scope, host: str) -> Site | None:
    """The site of a host (lower case, without port), or None."""
    row = scope.db.execute(_sites().where(Domain.host == host)).one_or_none()
    return None if row is None else _site(row)


@query(SYSTEM_ONLY)
def find_site_of_tenant(scope: Scope, tenant_id: str) -> Site | None:
    """The tenant's first storefront, by its storefront host: what jobs and the command line act in."""
    found = _sites().where(TenantRow.id == tenant_id, Domain.face == "storefront").order_by(Domain.host).limit(1)
    row = scope.db.execute(found).one_or_none()
    return None if row is None else _site(row)


@query(SYSTEM_ONLY)
def find_tenant_id(scope: Scope, slug: str) -> str | None:
    return scope.db.execute(select(TenantRow.id).where(TenantRow.slug == slug)).scalar_one_or_none()


@query(SYSTEM_ONLY)
def list_tenants(scope: Scope) -> list[dict[str, Any]]:
    """All tenants with a slug, in its order: id, slug, status, market, blueprint, applied_at, document_hash."""
    columns = (
        TenantRow.id,
        TenantRow.slug,
        TenantRow.status,
        TenantRow.market,
        TenantRow.blueprint,
        TenantRow.applied_at,
        TenantRow.document_hash,
    )
    rows = scope.db.execute(select(*columns).where(TenantRow.slug.is_not(None)).order_by(TenantRow.slug))
    return [dict(row._mapping) for row in rows]


@query(SYSTEM_ONLY)
def list_active_ids(scope: Scope) -> list[str]:
    return list(scope.db.scalars(select(TenantRow.id).where(TenantRow.status == "active")))


@query(SYSTEM_ONLY)
def get_applied_document(scope: Scope, slug: str) -> dict[str, Any] | None:
    """The document that was applied last, or None for a tenant that does not exist."""
    return scope.db.execute(select(TenantRow.document).where(TenantRow.slug == slug)).scalar_one_or_none()


@query(SYSTEM_ONLY)
def list_behind(scope: Scope, revision: str) -> list[tuple[str, str | None, str, str]]:
    """Tenants that do not stand at a revision: id, slug, where they stand, status."""
    columns = (TenantRow.id, TenantRow.slug, TenantRow.revision, TenantRow.status)
    rows = scope.db.execute(select(*columns).where(TenantRow.revision != revision).order_by(TenantRow.id))
    return [(row.id, row.slug, row.revision, row.status) for row in rows]


@query(SYSTEM_ONLY)
def get_applied_hash(scope: Scope, slug: str) -> str:
    """The fingerprint of what was applied last; empty for a tenant that does not exist."""
    found = scope.db.execute(select(TenantRow.document_hash).where(TenantRow.slug == slug)).scalar_one_or_none()
    return found or ""


@query(SYSTEM_ONLY)
def count_spares(scope: Scope, blueprint: str) -> int:
    """How many spares of a blueprint wait to be claimed."""
    waiting = select(func.count()).where(TenantRow.status == "spare", TenantRow.blueprint == blueprint)
    return int(scope.db.execute(waiting).scalar_one())


@query(SYSTEM_ONLY)
def list_births(scope: Scope, before: datetime) -> list[str]:
    """The ids of tenants that have been building since before this moment."""
    old = select(TenantRow.id).where(TenantRow.status == "building", TenantRow.created_at < before)
    return list(scope.db.scalars(old.order_by(TenantRow.id)))


@query(SYSTEM_ONLY)
def is_being_built(scope: Scope, tenant_id: str) -> bool:
    status = scope.db.execute(select(TenantRow.status).where(TenantRow.id == tenant_id)).scalar_one_or_none()
    return bool(status == "building")
