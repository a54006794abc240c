"""A shopper's sessions: opened, seen, ended. A token is stored as its hash; each guard is the WHERE of an UPDATE."""

from __future__ import annotations

from sqlalchemy import ColumnElement, insert, update

from app.domains.identity.errors import SessionNotFound, ShopperOnly
from app.domains.identity.models import ShopperRow, ShopperSessionRow
from app.domains.identity.rules.limits import network_of
from app.domains.identity.rules.sessions import SEEN_EVERY, describe_browser
from app.domains.identity.rules.shoppers import LIFETIME
from app.domains.identity.types import Device
from app.kit import ids
from app.kit.errors import MalformedId
from app.kit.scope import SYSTEM_ONLY, Scope, action
from app.kit.secrets import token_hash


@action(SYSTEM_ONLY)
def open_shopper_session(scope: Scope, shopper_id: str, device: Device, *, instead_of: str = "") -> str:
    """A session for a shopper who has proved to be it; returns its token, which is nowhere else.

    :param instead_of: the token of the session that this browser has had so far: it ends.
    """
    if instead_of:
        _end(scope, ShopperSessionRow.token_hash == token_hash(instead_of))
    scope.db.execute(
        update(ShopperRow)
        .where(ShopperRow.id == shopper_id, ShopperRow.locale != scope.locale)
        .values(locale=scope.locale, version=ShopperRow.version + 1)
    )
    token = ids.new_token()
    scope.db.execute(
        insert(ShopperSessionRow).values(
            id=ids.new("shs"),
            token_hash=token_hash(token),
            shopper_id=shopper_id,
            last_seen_at=scope.now(),
            opened_at=scope.now(),
            expires_at=scope.now() + LIFETIME,
            user_agent=describe_browser(device.user_agent),
            address=network_of(device.address),
        )
    )
    return token


@action(SYSTEM_ONLY)
def touch_shopper_session(scope: Scope, session_id: str) -> None:
    """Note that a session is in use, at most once a minute."""
    scope.db.execute(
        update(ShopperSessionRow)
        .where(
            ShopperSessionRow.id == session_id,
            ShopperSessionRow.ended_at.is_(None),
            ShopperSessionRow.last_seen_at < scope.now() - SEEN_EVERY,
        )
        .values(last_seen_at=scope.now())
    )


@action("shopper.manage_own")
def sign_out_shopper(scope: Scope, token: str) -> None:
    """End the session of this token, if it is the shopper's. Twice is the same."""
    _end(scope, ShopperSessionRow.token_hash == token_hash(token), ShopperSessionRow.shopper_id == _own_id(scope))


@action("shopper.manage_own")
def end_shopper_session(scope: Scope, session_id: str) -> None:
    """End one of the shopper's own sessions. Raises `SessionNotFound` for any other."""
    try:
        wanted = ids.check("shs", session_id)
    except MalformedId:
        raise SessionNotFound() from None
    if not _end(scope, ShopperSessionRow.id == wanted, ShopperSessionRow.shopper_id == _own_id(scope)):
        raise SessionNotFound()


@action("shopper.manage_own")
def end_all_shopper_sessions(scope: Scope) -> int:
    """End all of the shopper's own sessions, this one too; returns how many."""
    return end_sessions_of(scope.as_system(), _own_id(scope), None)


@action(SYSTEM_ONLY)
def end_sessions_of(scope: Scope, shopper_id: str, keep_id: str | None) -> int:
    """End all sessions of a shopper but one; returns how many."""
    return _end(scope, ShopperSessionRow.shopper_id == shopper_id, ShopperSessionRow.id.is_distinct_from(keep_id))


def _end(scope: Scope, *which: ColumnElement[bool]) -> int:
    ended = scope.db.execute(
        update(ShopperSessionRow)
        .where(*which, ShopperSessionRow.ended_at.is_(None))
        .values(ended_at=scope.now(), version=ShopperSessionRow.version + 1)
        .returning(ShopperSessionRow.id)
    )
    return len(ended.all())


def _own_id(scope: Scope) -> str:
    if scope.actor.kind != "shopper" or scope.actor.id is None:
        raise ShopperOnly()
    return scope.actor.id
