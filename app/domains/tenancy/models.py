"""The control plane (schema `platform`) and the audit trail (in each tenant's own schema)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.kit.db import Changing, Created, PlatformModel, TenantModel
from app.kit.ids import Id

STATUSES = ("building", "spare", "provisioning", "active", "suspended")


class Partner(Changing, PlatformModel):
    """A local firm as contract party; it may have tenants in several countries."""

    __tablename__ = "partners"
    id: Mapped[str] = mapped_column(Id("prt"), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class TenantRow(Changing, PlatformModel):
    """A tenant. Its id is also the name of its schema and of its role; a spare has no slug yet."""

    __tablename__ = "tenants"
    id: Mapped[str] = mapped_column(Text, primary_key=True)
    slug: Mapped[str | None] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(index=True)
    partner_id: Mapped[str | None] = mapped_column(Id("prt"), ForeignKey("platform.partners.id"))
    market: Mapped[str | None]
    blueprint: Mapped[str]
    revision: Mapped[str]
    document: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    document_hash: Mapped[str] = mapped_column(server_default="", default="")
    applied_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    __table_args__ = (
        CheckConstraint("status IN ('building','spare','provisioning','active','suspended')", name="status"),
        CheckConstraint("(slug IS NULL) = (status IN ('building', 'spare'))", name="slug"),
        CheckConstraint("id ~ '^t_[0-9a-z]{26}$'", name="id"),
    )


class LegalEntity(Changing, PlatformModel):
    """Who invoices."""

    __tablename__ = "legal_entities"
    id: Mapped[str] = mapped_column(Id("ent"), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("platform.tenants.id"), unique=True)
    name: Mapped[str]
    registration: Mapped[str]
    address: Mapped[dict[str, Any]] = mapped_column(JSONB)


class StorefrontRow(Changing, PlatformModel):
    """A tenant's branded storefront: languages (the first is the default), theme, pages, as one document."""

    __tablename__ = "storefronts"
    id: Mapped[str] = mapped_column(Id("sfr"), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("platform.tenants.id"), index=True)
    code: Mapped[str]
    locales: Mapped[list[str]] = mapped_column(ARRAY(Text))
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    __table_args__ = (UniqueConstraint("tenant_id", "code"),)


class Domain(Changing, PlatformModel):
    """A host name (lower case, without port) and what answers there."""

    __tablename__ = "domains"
    host: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("platform.tenants.id"), index=True)
    storefront_id: Mapped[str] = mapped_column(Id("sfr"), ForeignKey("platform.storefronts.id"))
    face: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="active", default="active")
    __table_args__ = (
        CheckConstraint("host = lower(host) AND host !~ '[:/ ]'", name="host"),
        CheckConstraint("face IN ('storefront', 'partner_console', 'seller_centre')", name="face"),
    )


class TenantMigration(Changing, PlatformModel):
    """One step of one tenant: the queue of the migration runner and the record of what was done."""

    __tablename__ = "tenant_migrations"
    tenant_id: Mapped[str] = mapped_column(ForeignKey("platform.tenants.id"), primary_key=True)
    revision: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(server_default="waiting", default="waiting")
    failure: Mapped[str | None]
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'done', 'failed')", name="status"),
        Index("tenant_migrations_open_idx", "revision", "tenant_id", postgresql_where="status <> 'done'"),
    )


class SchemaVersion(Created, TenantModel):
    """The revision that this tenant's schema stands at: written in the transaction of the step itself."""

    __tablename__ = "schema_version"
    revision: Mapped[str] = mapped_column(primary_key=True)


class AuditEntry(TenantModel):
    """A sensitive change: who, what, before and after, in the transaction of the change. Append-only."""

    __tablename__ = "tenancy_audit_entries"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    noun: Mapped[str]
    noun_id: Mapped[str]
    verb: Mapped[str]
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB)
    actor: Mapped[dict[str, Any]] = mapped_column(JSONB)
    request_id: Mapped[str]
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    __table_args__ = (Index("tenancy_audit_entries_noun_idx", "noun", "noun_id"),)


AFTER_CREATE = (
    "REVOKE UPDATE, DELETE, TRUNCATE ON tenancy_audit_entries FROM tenant",
    "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON schema_version FROM tenant",
)
