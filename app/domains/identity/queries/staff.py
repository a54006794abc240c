"""Readers of staff and of their sessions."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from app.domains.identity.models import SessionRow, StaffRow
from app.domains.identity.rules.codes import setup_uri
from app.domains.identity.rules.roles import permissions_of
from app.domains.identity.rules.sessions import FAMILIAR_FOR, IDLE_LIFETIME
from app.domains.identity.types import OpenSession, StaffMember, StaffSession, TotpSetup
from app.kit.scope import PUBLIC, SYSTEM_ONLY, Scope, query
from app.kit.secrets import token_hash


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against. `is_familiar`: the person has signed in from this network lately."""

    staff_id: str
    password_hash: str | None
    is_active: bool
    has_totp: bool
    is_familiar: bool


@query(PUBLIC)
def find_session(scope: Scope, token: str) -> StaffSession | None:
    """The live session of a token, with the permissions that its person's role has now. One statement."""
    row = scope.db.execute(
        select(
            SessionRow.id,
            SessionRow.staff_id,
            StaffRow.email,
            StaffRow.name,
            StaffRow.role,
            StaffRow.totp_confirmed_at.is_not(None).label("has_totp"),
            SessionRow.last_seen_at,
        )
        .join(StaffRow, StaffRow.id == SessionRow.staff_id)
        .where(
            SessionRow.token_hash == token_hash(token),
            SessionRow.status == "live",
            SessionRow.expires_at > scope.now(),
            SessionRow.last_seen_at > scope.now() - IDLE_LIFETIME,
            StaffRow.status == "active",
        )
    ).one_or_none()
    if row is None:
        return None
    return StaffSession(
        session_id=row.id,
        staff_id=row.staff_id,
        email=row.email,
        name=row.name,
        role=row.role,
        permissions=permissions_of(row.role),
        has_totp=row.has_totp,
        last_seen_at=row.last_seen_at,
    )


@query("identity.manage_own")
def list_sessions(scope: Scope) -> list[OpenSession]:
    """The actor's own sessions that stand, the last used first."""
    rows = scope.db.execute(
        select(
            SessionRow.id,
            SessionRow.user_agent,
            SessionRow.address,
            SessionRow.created_at,
            SessionRow.last_seen_at,
            SessionRow.expires_at,
        )
        .where(
            SessionRow.staff_id == scope.actor.id,
            SessionRow.status == "live",
            SessionRow.expires_at > scope.now(),
            SessionRow.last_seen_at > scope.now() - IDLE_LIFETIME,
        )
        .order_by(SessionRow.last_seen_at.desc(), SessionRow.id.desc())
    )
    return [OpenSession(*row) for row in rows]


@query("identity.manage_own")
def find_totp_setup(scope: Scope) -> TotpSetup | None:
    """The actor's second factor while it waits for its first code; a secret that is in use is never shown again."""
    row = scope.db.execute(
        select(StaffRow.totp_secret, StaffRow.email).where(
            StaffRow.id == scope.actor.id,
            StaffRow.totp_secret.is_not(None),
            StaffRow.totp_confirmed_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    issuer = scope.tenant.slug if scope.tenant else ""
    return TotpSetup(row.totp_secret, setup_uri(row.totp_secret, row.email, issuer))


@query(SYSTEM_ONLY)
def find_staff_permissions(scope: Scope, staff_id: str) -> frozenset[str]:
    """What a member of staff may do now, for what is done later in their name; somebody who has left may nothing."""
    role = scope.db.scalar(select(StaffRow.role).where(StaffRow.id == staff_id, StaffRow.status == "active"))
    return permissions_of(role) if role is not None else frozenset()


@query("staff.manage")
def list_staff(scope: Scope) -> list[StaffMember]:
    """All staff by name. One statement."""
    seen = (
        select(func.max(SessionRow.last_seen_at))
        .where(SessionRow.staff_id == StaffRow.id, SessionRow.status != "pending")
        .scalar_subquery()
    )
    rows = scope.db.execute(
        select(
            StaffRow.id,
            StaffRow.email,
            StaffRow.name,
            StaffRow.role,
            StaffRow.status,
            StaffRow.password_hash.is_not(None).label("has_password"),
            StaffRow.totp_confirmed_at.is_not(None).label("has_totp"),
            seen.label("last_seen_at"),
        ).order_by(StaffRow.name, StaffRow.id)
    )
    return [StaffMember(*row) for row in rows]


@query(SYSTEM_ONLY)
def find_credentials(scope: Scope, email: str, network: str) -> Credentials | None:
    """What a sign-in with this address (in its normal form) is checked against. One statement, known or not."""
    return _credentials(scope, StaffRow.email == email, network)


@query(SYSTEM_ONLY)
def find_credentials_of(scope: Scope, staff_id: str) -> Credentials | None:
    return _credentials(scope, StaffRow.id == staff_id, "")


def _credentials(scope: Scope, which: ColumnElement[bool], network: str) -> Credentials | None:
    is_familiar = (
        select(SessionRow.id)
        .where(
            SessionRow.staff_id == StaffRow.id,
            SessionRow.address == network,
            SessionRow.status != "pending",
            SessionRow.tries == 0,
            SessionRow.last_seen_at > scope.now() - FAMILIAR_FOR,
        )
        .exists()
    )
    row = scope.db.execute(
        select(
            StaffRow.id,
            StaffRow.password_hash,
            (StaffRow.status == "active").label("is_active"),
            StaffRow.totp_confirmed_at.is_not(None).label("has_totp"),
            is_familiar.label("is_familiar"),
        ).where(which)
    ).one_or_none()
    return None if row is None else Credentials(*row)
