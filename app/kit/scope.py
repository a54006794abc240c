"""The scope: who acts, for whom, where, when, and in which transaction. The first argument of everything.

There is no ambient tenant: what is not in the scope is not known. `scope.transaction()` opens a unit of work and
yields the same scope with a session; actions and queries need one, flows refuse one.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

from app.kit.clock import Clock, SystemClock, business_date
from app.kit.db import PLATFORM, Database, TenantSession, is_in_transaction, refuse_open_transaction
from app.kit.errors import NoTransaction, PermissionDenied, TransactionOpen
from app.kit.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")

PUBLIC = "public"
"""The permission of what everybody may ask, and of internal steps that their caller's permission guards."""

SYSTEM_ONLY = "system"
"""The permission of steps that only jobs, the command line and flows themselves may take."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """The tenant of a scope: opaque id (schema and role), slug, market code."""

    id: str
    slug: str
    market: str


@dataclass(frozen=True, slots=True)
class Storefront:
    """The storefront of a scope: languages (the first is the default), address, and its applied document.

    `document` holds what the tenant's document says of brand, pages, delivery and so on; `version` changes with it.
    """

    id: str
    code: str
    locales: tuple[str, ...]
    origin: str
    document: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False)
    version: int = 0


@dataclass(frozen=True, slots=True)
class Actor:
    kind: Literal["guest", "shopper", "staff", "operator", "system"]
    id: str | None = None
    name: str = ""


GUEST = Actor("guest")
SYSTEM = Actor("system", name="system")


@dataclass(frozen=True, slots=True)
class Permissions:
    """A set of permission names. An empty one allows nothing but `PUBLIC`; only `EVERYTHING` allows all."""

    names: frozenset[str] = frozenset()
    is_everything: bool = False

    def allows(self, permission: str) -> bool:
        return self.is_everything or permission == PUBLIC or permission in self.names


NOTHING = Permissions()
EVERYTHING = Permissions(is_everything=True)


@dataclass(frozen=True, slots=True)
class Scope:
    settings: Settings
    database: Database
    tenant: Tenant | None = None
    storefront: Storefront | None = None
    actor: Actor = GUEST
    permissions: Permissions = NOTHING
    locale: str = "en"
    currency: str = ""
    time_zone: str = "UTC"
    clock: Clock = field(default_factory=SystemClock)
    request_id: str = ""
    session: TenantSession | None = None

    @property
    def db(self) -> TenantSession:
        """The open session. Raises `NoTransaction` where none is open."""
        if self.session is None:
            raise NoTransaction()
        return self.session

    @property
    def tenant_id(self) -> str:
        if self.tenant is None:
            raise NoTransaction(reason="no tenant in this scope")
        return self.tenant.id

    @property
    def plane(self) -> str:
        return self.tenant.id if self.tenant else PLATFORM

    def now(self) -> datetime:
        return self.clock.now()

    def today(self) -> date:
        """The business date: the calendar day in the market's zone."""
        return business_date(self.clock.now(), self.time_zone)

    @contextmanager
    def transaction(self, *, read_only: bool = False) -> Iterator[Scope]:
        """A unit of work: commits at the end, rolls back on any exception. Never nested."""
        if self.session is not None or is_in_transaction():
            raise TransactionOpen(step="scope.transaction")
        with self.database.transaction(self.plane, read_only=read_only) as session:
            yield dataclasses.replace(self, session=session)

    def with_values(self, **values: Any) -> Scope:
        """A copy with other values; the tenant of an open session cannot be changed."""
        if self.session is not None and "tenant" in values:
            raise TransactionOpen(step="scope.with_values")
        return dataclasses.replace(self, **values)

    def as_system(self) -> Scope:
        """The same scope for steps that the software itself takes (a completer, a listener)."""
        return dataclasses.replace(self, actor=SYSTEM, permissions=EVERYTHING)

    def require(self, permission: str) -> None:
        if not self.permissions.allows(permission):
            raise PermissionDenied(permission=permission)


Step = Callable[Concatenate[Scope, P], R]


def _declare(kind: str, permission: str) -> Callable[[Step[P, R]], Step[P, R]]:
    def decorate(step: Step[P, R]) -> Step[P, R]:
        name = f"{step.__module__}.{step.__qualname__}"

        @functools.wraps(step)
        def checked(scope: Scope, *args: P.args, **kwargs: P.kwargs) -> R:
            scope.require(permission)
            if kind == "flow":
                if scope.session is not None:
                    raise TransactionOpen(step=name)
                refuse_open_transaction(name)
            elif kind in ("action", "query") and scope.session is None:
                raise NoTransaction(step=name)
            return step(scope, *args, **kwargs)

        vars(checked).update(permission=permission, kind=kind)
        return checked

    return decorate


def action(permission: str) -> Callable[[Step[P, R]], Step[P, R]]:
    """A writer: part of one transaction. Raises `PermissionDenied`, `NoTransaction`."""
    return _declare("action", permission)


def query(permission: str) -> Callable[[Step[P, R]], Step[P, R]]:
    """A reader: inside a transaction. Raises `PermissionDenied`, `NoTransaction`."""
    return _declare("query", permission)


def flow(permission: str) -> Callable[[Step[P, R]], Step[P, R]]:
    """Several transactions or outside calls in a stated order; entered with none open, else `TransactionOpen`."""
    return _declare("flow", permission)


def document_query(permission: str) -> Callable[[Step[P, R]], Step[P, R]]:
    """A reader of shipped documents (market packs, settings): needs the permission, no transaction."""
    return _declare("document_query", permission)
