"""Sessions: opened, seen, ended. A token is stored as its hash; each guard is the WHERE of an UPDATE."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update

from app.domains.identity.actions.tries import count_try, forget_tries
from app.domains.identity.errors import CodeNotValid, SessionNotFound, SignInExpired, StaffOnly
from app.domains.identity.models import SessionRow, StaffRow
from app.domains.identity.rules.codes import matching_step
from app.domains.identity.rules.limits import CODE, CODES_PER_SIGN_IN
from app.domains.identity.rules.sessions import (
    KEPT_FOR,
    LIFETIME,
    PENDING_LIFETIME,
    SEEN_EVERY,
    describe_browser,
)
from app.domains.tenancy.actions import record_change
from app.kit import ids
from app.kit.errors import MalformedId
from app.kit.scope import SYSTEM_ONLY, Scope, action
from app.kit.secrets import token_hash


@action(SYSTEM_ONLY)
def open_session(scope: Scope, staff_id: str, *, address: str, user_agent: str) -> str:
    """A live session for somebody who has proved to be it; returns its token, which is nowhere else."""
    scope.db.execute(
        update(StaffRow)
        .where(StaffRow.id == staff_id, StaffRow.locale != scope.locale)
        .values(locale=scope.locale, version=StaffRow.version + 1)
    )
    return _open(scope, staff_id, "live", address, user_agent)


@action(SYSTEM_ONLY)
def open_pending(scope: Scope, staff_id: str, *, address: str, user_agent: str) -> str:
    """The password was right: a token that only the second step takes, for five minutes and five codes."""
    return _open(scope, staff_id, "pending", address, user_agent)


@action(SYSTEM_ONLY)
def count_code(scope: Scope, token: str) -> str:
    """Count one code of a pending sign-in, to be committed before it is looked at; returns the staff id.

    :raises SignInExpired: none is pending under this token, it is too old, or five codes were tried.
    :raises TooManyTries: too many codes for this person.
    """
    counted = scope.db.execute(
        update(SessionRow)
        .where(
            SessionRow.token_hash == token_hash(token),
            SessionRow.status == "pending",
            SessionRow.expires_at > scope.now(),
            SessionRow.tries < CODES_PER_SIGN_IN,
        )
        .values(tries=SessionRow.tries + 1, version=SessionRow.version + 1)
        .returning(SessionRow.staff_id)
    ).scalar_one_or_none()
    if counted is None:
        raise SignInExpired()
    count_try(scope, f"code:{counted}", CODE)
    return str(counted)


@action(SYSTEM_ONLY)
def open_with_code(scope: Scope, token: str, code: str, *, address: str, user_agent: str) -> str:
    """Turn a pending sign-in into a session with a new token. Raises `SignInExpired`, `CodeNotValid`."""
    staff_id = scope.db.execute(
        update(SessionRow)
        .where(SessionRow.token_hash == token_hash(token), SessionRow.status == "pending")
        .values(status="ended", ended_at=scope.now(), version=SessionRow.version + 1)
        .returning(SessionRow.staff_id)
    ).scalar_one_or_none()
    if staff_id is None:
        raise SignInExpired()
    take_code(scope, staff_id, code)
    return open_session(scope, staff_id, address=address, user_agent=user_agent)


@action(SYSTEM_ONLY)
def take_code(scope: Scope, staff_id: str, code: str) -> None:
    """Use up a code. The UPDATE takes a time step once, so a code gives one session and is never replayed.

    :raises CodeNotValid: wrong, or its step was used, or there is no second factor.
    """
    secret = scope.db.execute(
        select(StaffRow.totp_secret).where(StaffRow.id == staff_id, StaffRow.status == "active")
    ).scalar_one_or_none()
    step = matching_step(secret, code, scope.now()) if secret else None
    taken = None
    if step is not None:
        taken = scope.db.execute(
            update(StaffRow)
            .where(StaffRow.id == staff_id, or_(StaffRow.totp_last_step.is_(None), StaffRow.totp_last_step < step))
            .values(totp_last_step=step, version=StaffRow.version + 1)
            .returning(StaffRow.id)
        ).scalar_one_or_none()
    if taken is None:
        raise CodeNotValid(field="code")


@action(SYSTEM_ONLY)
def touch(scope: Scope, session_id: str) -> None:
    """Note that a session is in use, at most once a minute."""
    scope.db.execute(
        update(SessionRow)
        .where(
            SessionRow.id == session_id,
            SessionRow.status == "live",
            SessionRow.last_seen_at < scope.now() - SEEN_EVERY,
        )
        .values(last_seen_at=scope.now())
    )


@action("identity.manage_own")
def sign_out(scope: Scope, token: str) -> None:
    """End the session of this token, if it is one of the actor's. Twice is the same."""
    _end(scope, SessionRow.token_hash == token_hash(token))


@action("identity.manage_own")
def revoke_session(scope: Scope, session_id: str) -> None:
    """End one of the actor's sessions. Raises `SessionNotFound` for any other."""
    try:
        wanted = ids.check("ses", session_id)
    except MalformedId:
        raise SessionNotFound() from None
    if not _end(scope, SessionRow.id == wanted):
        raise SessionNotFound()
    record_change(scope, noun="session", noun_id=session_id, verb="revoke", before={}, after={})


@action(SYSTEM_ONLY)
def end_others(scope: Scope, staff_id: str, keep_id: str | None) -> int:
    """End all sessions of somebody but one; returns how many."""
    ended = scope.db.execute(
        update(SessionRow)
        .where(SessionRow.staff_id == staff_id, SessionRow.status != "ended", SessionRow.id.is_distinct_from(keep_id))
        .values(status="ended", ended_at=scope.now(), version=SessionRow.version + 1)
        .returning(SessionRow.id)
    )
    return len(ended.all())


@action(SYSTEM_ONLY)
def forget_old(scope: Scope) -> None:
    """Remove sessions that ended or expired a month ago, and empty buckets."""
    scope.db.execute(delete(SessionRow).where(SessionRow.expires_at < scope.now() - KEPT_FOR))
    forget_tries(scope, KEPT_FOR)


def _open(scope: Scope, staff_id: str, status: str, address: str, user_agent: str) -> str:
    token = ids.new_token()
    scope.db.execute(
        insert(SessionRow).values(
            id=ids.new("ses"),
            token_hash=token_hash(token),
            staff_id=staff_id,
            status=status,
            last_seen_at=scope.now(),
            expires_at=scope.now() + (LIFETIME if status == "live" else PENDING_LIFETIME),
            user_agent=describe_browser(user_agent),
            address=address,
        )
    )
    return token


def _end(scope: Scope, which: ColumnElement[bool]) -> bool:
    if scope.actor.kind != "staff" or scope.actor.id is None:
        raise StaffOnly()
    ended = scope.db.execute(
        update(SessionRow)
        .where(which, SessionRow.staff_id == scope.actor.id, SessionRow.status == "live")
        .values(status="ended", ended_at=scope.now(), updated_at=func.now(), version=SessionRow.version + 1)
        .returning(SessionRow.id)
    )
    return bool(ended.all())
