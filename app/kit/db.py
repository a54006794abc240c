"""The database: two planes, one engine per cell, and a tenant that is set at every BEGIN.

A tenant is a schema (`t_…`) and a NOLOGIN role of the same name; the application's login has no rights of its own
on tenant tables. One message opens a transaction: `BEGIN; SET LOCAL search_path …; SET LOCAL ROLE …`. Nothing
caches the current tenant, and a session keeps the tenant it was born with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from psycopg import OperationalError
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import DateTime, Engine, MetaData, create_engine, event, func
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import QueuePool

from app.kit.errors import Broken, TransactionOpen
from app.kit.settings import Settings

NAMING = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}
PLATFORM = "platform"
TENANT_GROUP = "tenant"
SERVICE_SCHEMAS = ("ext", "queue")
_TENANT_ID = re.compile(r"t_[0-9a-z]{26}")
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_open_units: ContextVar[int] = ContextVar("open_units", default=0)


class _Base(DeclarativeBase):
    """What Flask-SQLAlchemy turns into its declarative base."""


base = SQLAlchemy(model_class=_Base, disable_autonaming=True)
tenant_metadata = MetaData(naming_convention=NAMING)
platform_metadata = MetaData(naming_convention=NAMING, schema=PLATFORM)


class TenantModel(base.Model):
    """A table of every tenant's own schema."""

    __abstract__ = True
    metadata = tenant_metadata


class PlatformModel(base.Model):
    """A table of the control plane."""

    __abstract__ = True
    metadata = platform_metadata


class Created:
    """When the row was written (UTC, by the database's clock)."""

    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Changing(Created):
    """A mutable row: `version` counts its changes (If-Match), `updated_at` says when the last one was."""

    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )
    version: Mapped[int] = mapped_column(server_default="1", default=1)


class WrongTenant(Broken):
    code = "kit.wrong_tenant"
    text = "The tenant of this transaction could not be set."


class TenantSession(Session):
    """A session of one plane for its whole life: `PLATFORM`, or one tenant's id."""

    def __init__(self, engine: Engine, plane: str, statement_timeout_ms: int, read_only: bool = False) -> None:
        super().__init__(bind=engine, expire_on_commit=False, autoflush=True)
        self._opening = opening_message(plane, statement_timeout_ms, read_only)
        self._plane = plane

    @property
    def plane(self) -> str:
        return self._plane

    @property
    def opening(self) -> bytes:
        return self._opening


def opening_message(plane: str, statement_timeout_ms: int, read_only: bool = False) -> bytes:
    """The one message that opens a transaction of a plane. Refuses an id that is not a tenant's."""
    begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if read_only else "BEGIN"
    timeout = f"SET LOCAL statement_timeout TO {int(statement_timeout_ms)}"
    if plane == PLATFORM:
        return f"{begin}; SET LOCAL search_path TO {PLATFORM}, ext, queue; {timeout}".encode()
    tenant = check_tenant_id(plane)
    path = f"SET LOCAL search_path TO {tenant}, ext, queue"
    return f"{begin}; {path}; {timeout}; SET LOCAL ROLE {tenant}".encode()


def check_tenant_id(text: str) -> str:
    """The id, if it is one of a tenant: the only name that is ever written into an opening message."""
    if not _TENANT_ID.fullmatch(text):
        raise WrongTenant(tenant=text[:40])
    return text


def identifier(name: str) -> str:
    """A quoted identifier for DDL. Refuses all but plain lower-case names, so that nothing can be smuggled in."""
    if not _IDENTIFIER.fullmatch(name):
        raise ValueError(f"not an identifier: {name!r}")
    return f'"{name}"'


@event.listens_for(TenantSession, "after_begin")
def _open_transaction(session: TenantSession, transaction: Any, connection: Connection) -> None:
    raw = connection.connection.driver_connection
    assert raw is not None
    status = raw.pgconn.transaction_status
    if status == TransactionStatus.INTRANS:
        return  # a savepoint: the transaction is open and its tenant stands
    if status != TransactionStatus.IDLE:
        raise WrongTenant(status=status.name)
    try:
        result = raw.pgconn.exec_(session.opening)
    except OperationalError:
        # exec_ goes past SQLAlchemy's detection of a lost server
        connection.invalidate()
        raise
    if result.status != ExecStatus.COMMAND_OK:
        message = result.error_message.decode(errors="replace")
        if raw.pgconn.transaction_status == TransactionStatus.UNKNOWN:
            connection.invalidate()
        else:
            raw.pgconn.exec_(b"ROLLBACK")
        raise WrongTenant(reason=message)
    if not session.plane.startswith("t_"):
        return
    connection.info.setdefault("tenants", set()).add(session.plane)  # the dictionary that `retire` looks into


class Database:
    """The engines of one cell: the application's login, and the owner for migrations and provisioning."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.engine = _engine(settings)
        self._owner: Engine | None = None

    @property
    def owner(self) -> Engine:
        """The owner's engine (DDL only). Autocommit: each statement of a blueprint is a step of its own."""
        if self._owner is None:
            self._owner = create_engine(self.settings.owner_url(), pool_size=1, max_overflow=2)
        return self._owner

    @contextmanager
    def transaction(self, plane: str, *, read_only: bool = False) -> Iterator[TenantSession]:
        """One transaction of one plane, committed at the end, rolled back on any exception."""
        session = TenantSession(self.engine, plane, self.settings.statement_timeout_ms, read_only)
        token = _open_units.set(_open_units.get() + 1)
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            _open_units.reset(token)
            session.close()

    def dispose(self, *, close: bool = True) -> None:
        """Drop all pooled connections. `close=False` in a forked child: the sockets belong to the parent."""
        self.engine.dispose(close=close)
        if self._owner is not None:
            self._owner.dispose(close=close)


def is_in_transaction() -> bool:
    """Is a unit of work open in this thread (or task)?"""
    return _open_units.get() > 0


def refuse_open_transaction(step: str) -> None:
    """Called where the outside is spoken to: a lock must never be held across it."""
    if is_in_transaction():
        raise TransactionOpen(step=step)


def _engine(settings: Settings) -> Engine:
    engine = create_engine(
        settings.app_url(),
        poolclass=QueuePool,
        pool_size=settings.pool_size,
        max_overflow=settings.pool_size,
        pool_pre_ping=True,
        pool_use_lifo=True,
        pool_recycle=settings.pool_max_age_s,
        connect_args={"prepare_threshold": None, "connect_timeout": 5, "application_name": "serai"},
    )

    @event.listens_for(engine, "checkout")
    def count(dbapi_connection: Any, record: Any, proxy: Any) -> None:
        record.info["uses"] = record.info.get("uses", 0) + 1

    @event.listens_for(engine, "checkin")
    def retire(dbapi_connection: Any, record: Any) -> None:
        # a backend keeps the catalogue of every tenant it has touched and never frees it
        uses, tenants = record.info.get("uses", 0), record.info.get("tenants", ())
        if uses >= settings.pool_max_uses or len(tenants) >= settings.pool_max_tenants:
            record.invalidate(soft=True)
            record.info.clear()

    return engine
