"""Readers of shoppers: who a cookie's session is, and what their own pages show."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from app.domains.identity.errors import AddressNotFound, ShopperOnly
from app.domains.identity.models import PasskeyRow, ShopperAddressRow, ShopperRow, ShopperSessionRow
from app.domains.identity.rules.roles import SHOPPER
from app.domains.identity.rules.sessions import FAMILIAR_FOR
from app.domains.identity.rules.shoppers import IDLE_LIFETIME
from app.domains.identity.types import OpenSession, Passkey, ShopperAddress, ShopperProfile, ShopperSession
from app.kit import ids
from app.kit.errors import MalformedId
from app.kit.scope import PUBLIC, SYSTEM_ONLY, Scope, query
from app.kit.secrets import token_hash


@dataclass(frozen=True, slots=True)
class ShopperCredentials:
    """What a sign-in is checked against. `is_familiar`: the shopper has signed in from this network lately."""

    shopper_id: str
    password_hash: str | None
    is_active: bool
    is_familiar: bool


@dataclass(frozen=True, slots=True)
class PasskeyKey:
    """What a passkey's signature is checked against."""

    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class ShopperContact:
    """How a shopper is written to."""

    email: str
    name: str
    locale: str


@query(PUBLIC)
def find_shopper_session(scope: Scope, token: str) -> ShopperSession | None:
    """The session of a token that stands. One statement."""
    row = scope.db.execute(
        select(
            ShopperSessionRow.id,
            ShopperSessionRow.shopper_id,
            ShopperRow.email,
            ShopperRow.name,
            ShopperSessionRow.opened_at,
            ShopperSessionRow.last_seen_at,
        )
        .join(ShopperRow, ShopperRow.id == ShopperSessionRow.shopper_id)
        .where(
            ShopperSessionRow.token_hash == token_hash(token),
            ShopperSessionRow.ended_at.is_(None),
            ShopperSessionRow.expires_at > scope.now(),
            ShopperSessionRow.last_seen_at > scope.now() - IDLE_LIFETIME,
            ShopperRow.status == "active",
        )
    ).one_or_none()
    return None if row is None else ShopperSession(*row, permissions=SHOPPER)


@query("shopper.manage_own")
def list_shopper_sessions(scope: Scope) -> list[OpenSession]:
    """The shopper's own sessions that stand, the last used first."""
    rows = scope.db.execute(
        select(
            ShopperSessionRow.id,
            ShopperSessionRow.user_agent,
            ShopperSessionRow.address,
            ShopperSessionRow.opened_at,
            ShopperSessionRow.last_seen_at,
            ShopperSessionRow.expires_at,
        )
        .where(
            ShopperSessionRow.shopper_id == _own_id(scope),
            ShopperSessionRow.ended_at.is_(None),
            ShopperSessionRow.expires_at > scope.now(),
            ShopperSessionRow.last_seen_at > scope.now() - IDLE_LIFETIME,
        )
        .order_by(ShopperSessionRow.last_seen_at.desc(), ShopperSessionRow.id.desc())
    )
    return [OpenSession(*row) for row in rows]


@query("shopper.manage_own")
def get_profile(scope: Scope) -> ShopperProfile:
    """The shopper's own account."""
    row = scope.db.execute(
        select(
            ShopperRow.id,
            ShopperRow.email,
            ShopperRow.name,
            ShopperRow.password_hash.is_not(None).label("has_password"),
            ShopperRow.created_at,
        ).where(ShopperRow.id == _own_id(scope))
    ).one()
    return ShopperProfile(*row)


@query("shopper.manage_own")
def list_passkeys(scope: Scope) -> list[Passkey]:
    """The shopper's own passkeys, the oldest first."""
    rows = scope.db.execute(
        select(
            PasskeyRow.id,
            PasskeyRow.label,
            PasskeyRow.created_at,
            PasskeyRow.last_used_at,
            PasskeyRow.credential_id,
        )
        .where(PasskeyRow.shopper_id == _own_id(scope))
        .order_by(PasskeyRow.id)
    )
    return [Passkey(*row) for row in rows]


@query("shopper.manage_own")
def list_addresses(scope: Scope) -> list[ShopperAddress]:
    """The shopper's own addresses, the usual one first."""
    rows = scope.db.execute(
        _ADDRESSES.where(ShopperAddressRow.shopper_id == _own_id(scope)).order_by(
            ShopperAddressRow.is_default.desc(), ShopperAddressRow.id
        )
    )
    return [ShopperAddress(*row) for row in rows]


@query("shopper.manage_own")
def get_address(scope: Scope, address_id: str) -> ShopperAddress:
    """One of the shopper's own addresses. Raises `AddressNotFound` for any other."""
    try:
        wanted = ids.check("adr", address_id)
    except MalformedId:
        raise AddressNotFound() from None
    row = scope.db.execute(
        _ADDRESSES.where(ShopperAddressRow.id == wanted, ShopperAddressRow.shopper_id == _own_id(scope))
    ).one_or_none()
    if row is None:
        raise AddressNotFound()
    return ShopperAddress(*row)


@query(SYSTEM_ONLY)
def get_shopper_contact(scope: Scope, shopper_id: str) -> ShopperContact:
    """How a shopper is written to."""
    row = scope.db.execute(
        select(ShopperRow.email, ShopperRow.name, ShopperRow.locale).where(ShopperRow.id == shopper_id)
    ).one()
    return ShopperContact(*row)


@query(SYSTEM_ONLY)
def get_passkey_key(scope: Scope, credential_id: bytes) -> PasskeyKey:
    """The public key of a credential and its count. Raises `NoResultFound`."""
    row = scope.db.execute(
        select(PasskeyRow.public_key, PasskeyRow.sign_count).where(PasskeyRow.credential_id == credential_id)
    ).one()
    return PasskeyKey(*row)


@query(SYSTEM_ONLY)
def find_shopper_credentials(scope: Scope, email: str, network: str) -> ShopperCredentials | None:
    """What a sign-in with this address (in its normal form) is checked against. One statement, known or not."""
    return _credentials(scope, ShopperRow.email == email, network)


@query(SYSTEM_ONLY)
def find_shopper_credentials_of(scope: Scope, shopper_id: str) -> ShopperCredentials | None:
    return _credentials(scope, ShopperRow.id == shopper_id, "")


_ADDRESSES = select(
    ShopperAddressRow.id, ShopperAddressRow.address, ShopperAddressRow.phone, ShopperAddressRow.is_default
)


def _credentials(scope: Scope, which: ColumnElement[bool], network: str) -> ShopperCredentials | None:
    is_familiar = (
        select(ShopperSessionRow.id)
        .where(
            ShopperSessionRow.shopper_id == ShopperRow.id,
            ShopperSessionRow.address == network,
            ShopperSessionRow.last_seen_at > scope.now() - FAMILIAR_FOR,
        )
        .exists()
    )
    row = scope.db.execute(
        select(
            ShopperRow.id,
            ShopperRow.password_hash,
            (ShopperRow.status == "active").label("is_active"),
            is_familiar.label("is_familiar"),
        ).where(which)
    ).one_or_none()
    return None if row is None else ShopperCredentials(*row)


def _own_id(scope: Scope) -> str:
    if scope.actor.kind != "shopper" or scope.actor.id is None:
        raise ShopperOnly()
    return scope.actor.id
