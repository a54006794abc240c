"""Writers of the control plane, and the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased

from app.domains.tenancy.errors import HostTaken, NotBeingBuilt, SlugTaken
from app.domains.tenancy.models import (
    AuditEntry,
    Domain,
    LegalEntity,
    Partner,
    StorefrontRow,
    TenantMigration,
    TenantRow,
)
from app.kit import ids
from app.kit.notices import notify
from app.kit.scope import PUBLIC, SYSTEM_ONLY, Scope, action


@action(PUBLIC)
def record_change(
    scope: Scope, *, noun: str, noun_id: str, verb: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Write one audit row in the transaction of a sensitive change (called by the action that makes it)."""
    scope.db.execute(
        insert(AuditEntry).values(
            noun=noun,
            noun_id=noun_id,
            verb=verb,
            before=dict(before),
            after=dict(after),
            actor={"kind": scope.actor.kind, "id": scope.actor.id, "name": scope.actor.name},
            request_id=scope.request_id,
            occurred_at=scope.now(),
        )
    )


@action(PUBLIC)
def record_changes(
    scope: Scope,
    *,
    noun: str,
    verb: str,
    changes: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]],
) -> None:
    """One audit row for each of many sensitive changes of one kind: noun id → (before, after). One statement."""
    if changes:
        common = {
            "noun": noun,
            "verb": verb,
            "actor": {"kind": scope.actor.kind, "id": scope.actor.id, "name": scope.actor.name},
            "request_id": scope.request_id,
            "occurred_at": scope.now(),
        }
        rows = [
            {**common, "noun_id": noun_id, "before": dict(before), "after": dict(after)}
            for noun_id, (before, after) in changes.items()
        ]
        scope.db.execute(insert(AuditEntry.__table__).returning(AuditEntry.id), rows)


@action(SYSTEM_ONLY)
def lock_slug(scope: Scope, slug: str) -> None:
    """Who claims a slug waits here for whoever claims the same one, until the end of that transaction."""
    scope.db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"tenancy.slug:{slug}", 0))))


@action(SYSTEM_ONLY)
def claim_spare(scope: Scope, slug: str, blueprint: str) -> str | None:
    """Give a waiting spare of this blueprint a slug: one conditional UPDATE, no DDL. None if there is no spare."""
    waiting = (
        select(TenantRow.id)
        .where(TenantRow.status == "spare", TenantRow.blueprint == blueprint)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return scope.db.execute(
        update(TenantRow)
        .where(TenantRow.id == waiting.scalar_subquery())
        .values(slug=slug, status="provisioning", version=TenantRow.version + 1)
        .returning(TenantRow.id)
    ).scalar_one_or_none()


@action(SYSTEM_ONLY)
def forget_birth(scope: Scope, tenant_id: str) -> None:
    scope.db.execute(delete(TenantRow).where(TenantRow.id == tenant_id, TenantRow.status == "building"))


@action(SYSTEM_ONLY)
def record_building(scope: Scope, tenant_id: str, blueprint: str, revision: str) -> None:
    row = {"id": tenant_id, "status": "building", "blueprint": blueprint, "revision": revision}
    scope.db.execute(insert(TenantRow).values(**row))


@action(SYSTEM_ONLY)
def record_spare(scope: Scope, tenant_id: str) -> None:
    """What was being built is whole now. Raises `NotBeingBuilt` when the directory no longer knows it."""
    done = scope.db.execute(
        update(TenantRow)
        .where(TenantRow.id == tenant_id, TenantRow.status == "building")
        .values(status="spare", version=TenantRow.version + 1)
        .returning(TenantRow.id)
    ).one_or_none()
    if done is None:
        raise NotBeingBuilt(tenant=tenant_id)


@action(SYSTEM_ONLY)
def save_partner(scope: Scope, code: str, name: str) -> str:
    statement = upsert(Partner).values(id=ids.new("prt"), code=code, name=name)
    return scope.db.execute(
        statement.on_conflict_do_update(
            index_elements=[Partner.code], set_={"name": name, "version": Partner.version + 1, "updated_at": func.now()}
        ).returning(Partner.id)
    ).scalar_one()


@action(SYSTEM_ONLY)
def save_legal_entity(scope: Scope, tenant_id: str, *, name: str, registration: str, address: dict[str, Any]) -> str:
    values = {"name": name, "registration": registration, "address": address}
    statement = upsert(LegalEntity).values(id=ids.new("ent"), tenant_id=tenant_id, **values)
    return scope.db.execute(
        statement.on_conflict_do_update(
            index_elements=[LegalEntity.tenant_id],
            set_={**values, "version": LegalEntity.version + 1, "updated_at": func.now()},
        ).returning(LegalEntity.id)
    ).scalar_one()


@action(SYSTEM_ONLY)
def save_storefront(scope: Scope, tenant_id: str, *, code: str, locales: list[str], document: dict[str, Any]) -> str:
    values = {"locales": locales, "document": document}
    statement = upsert(StorefrontRow).values(id=ids.new("sfr"), tenant_id=tenant_id, code=code, **values)
    return scope.db.execute(
        statement.on_conflict_do_update(
            index_elements=[StorefrontRow.tenant_id, StorefrontRow.code],
            set_={**values, "version": StorefrontRow.version + 1, "updated_at": func.now()},
        ).returning(StorefrontRow.id)
    ).scalar_one()


@action(SYSTEM_ONLY)
def save_domain(scope: Scope, host: str, *, tenant_id: str, storefront_id: str, face: str) -> None:
    """Point a host to a storefront's face. Raises `HostTaken` when it is another tenant's."""
    statement = upsert(Domain).values(host=host, tenant_id=tenant_id, storefront_id=storefront_id, face=face)
    kept = scope.db.execute(
        statement.on_conflict_do_update(
            index_elements=[Domain.host],
            set_={
                "storefront_id": storefront_id,
                "face": face,
                "version": Domain.version + 1,
                "updated_at": func.now(),
            },
            where=Domain.tenant_id == tenant_id,
        ).returning(Domain.host)
    ).one_or_none()
    if kept is None:
        raise HostTaken(host=host)


@action(SYSTEM_ONLY)
def activate_tenant(
    scope: Scope,
    tenant_id: str,
    *,
    slug: str,
    partner_id: str,
    market: str,
    document: dict[str, Any],
    document_hash: str,
) -> None:
    """Everything is in place: from this commit on its hosts answer."""
    done = scope.db.execute(
        update(TenantRow)
        .where(TenantRow.id == tenant_id, TenantRow.slug == slug, TenantRow.status.in_(("provisioning", "active")))
        .values(
            status="active",
            partner_id=partner_id,
            market=market,
            document=document,
            document_hash=document_hash,
            applied_at=scope.now(),
            version=TenantRow.version + 1,
        )
        .returning(TenantRow.id)
    ).one_or_none()
    if done is None:
        raise SlugTaken(slug=slug)
    notify(scope, tenant_id)


@action(SYSTEM_ONLY)
def plan_migrations(scope: Scope, revisions: list[str]) -> None:
    """Enqueue, for each whole tenant, the revisions that come after the one it stands at; failed ones wait again."""
    # a revision that this release does not know is a newer release's: that tenant is not behind
    standing = scope.db.execute(
        select(TenantRow.id, TenantRow.revision).where(
            TenantRow.status != "building", TenantRow.revision.in_(revisions[:-1])
        )
    )
    waiting = [
        {"tenant_id": row.id, "revision": revision}
        for row in standing
        for revision in revisions[revisions.index(row.revision) + 1 :]
    ]
    if waiting:
        scope.db.execute(upsert(TenantMigration).on_conflict_do_nothing(), waiting)
    scope.db.execute(
        update(TenantMigration)
        .where(TenantMigration.status == "failed")
        .values(status="waiting", failure=None, version=TenantMigration.version + 1)
    )


@action(SYSTEM_ONLY)
def claim_migration(scope: Scope) -> tuple[str, str] | None:
    """The next waiting step that no other runner holds, locked until the end of the transaction."""
    earlier = aliased(TenantMigration)
    is_blocked = (
        select(earlier.revision)
        .where(
            earlier.tenant_id == TenantMigration.tenant_id,
            earlier.revision < TenantMigration.revision,
            earlier.status != "done",
        )
        .exists()
    )
    row = scope.db.execute(
        select(TenantMigration.tenant_id, TenantMigration.revision)
        .where(TenantMigration.status == "waiting", ~is_blocked)
        .order_by(TenantMigration.revision, TenantMigration.tenant_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    return None if row is None else (row.tenant_id, row.revision)


@action(SYSTEM_ONLY)
def finish_migration(scope: Scope, tenant_id: str, revision: str, failure: str | None, blueprint: str | None) -> None:
    """Note how a step ended; a done one moves the tenant's revision, the last one also names its blueprint."""
    scope.db.execute(
        update(TenantMigration)
        .where(TenantMigration.tenant_id == tenant_id, TenantMigration.revision == revision)
        .values(
            status="failed" if failure else "done",
            failure=failure,
            finished_at=scope.now(),
            version=TenantMigration.version + 1,
        )
    )
    if failure is None:
        stands_at = {"revision": revision} | ({} if blueprint is None else {"blueprint": blueprint})
        scope.db.execute(
            update(TenantRow).where(TenantRow.id == tenant_id).values(**stands_at, version=TenantRow.version + 1)
        )
