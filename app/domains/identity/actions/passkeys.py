"""Passkeys: challenges that are answered once, credentials that are kept."""

from __future__ import annotations

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.identity.errors import PasskeyNotFound, PasskeyRefused, ShopperOnly
from app.domains.identity.events import ShopperSecured
from app.domains.identity.models import PasskeyChallengeRow, PasskeyRow, ShopperRow
from app.domains.identity.rules.shoppers import CHALLENGE_LIFETIME, MOST_PASSKEYS
from app.domains.tenancy.actions import record_change
from app.kit import ids
from app.kit.errors import MalformedId
from app.kit.events import announce
from app.kit.scope import SYSTEM_ONLY, Scope, action
from app.kit.secrets import token_hash


@action(SYSTEM_ONLY)
def keep_challenge(scope: Scope, challenge: str, shopper_id: str | None) -> None:
    """Write down a challenge that waits for one answer: of this shopper, or (None) of whoever signs in."""
    scope.db.execute(
        insert(PasskeyChallengeRow).values(
            challenge_hash=token_hash(challenge),
            shopper_id=shopper_id,
            expires_at=scope.now() + CHALLENGE_LIFETIME,
        )
    )


@action(SYSTEM_ONLY)
def take_challenge(scope: Scope, challenge: str, shopper_id: str | None) -> None:
    """Use up a challenge: the DELETE finds it once. Raises `PasskeyRefused`."""
    taken = scope.db.execute(
        delete(PasskeyChallengeRow)
        .where(
            PasskeyChallengeRow.challenge_hash == token_hash(challenge),
            PasskeyChallengeRow.shopper_id.is_not_distinct_from(shopper_id),
            PasskeyChallengeRow.expires_at > scope.now(),
        )
        .returning(PasskeyChallengeRow.challenge_hash)
    ).one_or_none()
    if taken is None:
        raise PasskeyRefused()


@action(SYSTEM_ONLY)
def keep_passkey(
    scope: Scope, shopper_id: str, *, credential_id: bytes, public_key: bytes, sign_count: int, label: str
) -> None:
    """Keep a credential that was verified. Raises `PasskeyRefused` for one that is known, or one too many."""
    scope.db.execute(select(ShopperRow.id).where(ShopperRow.id == shopper_id).with_for_update())
    kept = scope.db.execute(
        select(func.count()).select_from(PasskeyRow).where(PasskeyRow.shopper_id == shopper_id)
    ).scalar_one()
    made = None
    if kept < MOST_PASSKEYS:
        made = scope.db.execute(
            upsert(PasskeyRow)
            .values(
                id=ids.new("psk"),
                shopper_id=shopper_id,
                credential_id=credential_id,
                public_key=public_key,
                sign_count=sign_count,
                label=label,
            )
            .on_conflict_do_nothing(index_elements=[PasskeyRow.credential_id])
            .returning(PasskeyRow.id)
        ).scalar_one_or_none()
    if made is None:
        raise PasskeyRefused()
    _secured(scope, shopper_id, "passkey_added")


@action(SYSTEM_ONLY)
def use_passkey(scope: Scope, credential_id: bytes, before: int, after: int) -> str:
    """Note that a passkey has signed; returns whose it is. A count that does not rise is a copy's.

    :raises PasskeyRefused: it was used meanwhile, or its shopper may not sign in.
    """
    used = scope.db.execute(
        update(PasskeyRow)
        .where(
            PasskeyRow.credential_id == credential_id,
            PasskeyRow.sign_count == before,
            or_(PasskeyRow.sign_count < after, (PasskeyRow.sign_count == 0) & (after == 0)),
            PasskeyRow.shopper_id == ShopperRow.id,
            ShopperRow.status == "active",
        )
        .values(sign_count=after, last_used_at=scope.now(), version=PasskeyRow.version + 1)
        .returning(PasskeyRow.shopper_id)
    ).scalar_one_or_none()
    if used is None:
        raise PasskeyRefused()
    return str(used)


@action("shopper.manage_own")
def remove_passkey(scope: Scope, passkey_id: str) -> None:
    """Remove one of the shopper's own passkeys. Raises `PasskeyNotFound` for any other."""
    if scope.actor.kind != "shopper" or scope.actor.id is None:
        raise ShopperOnly()
    try:
        wanted = ids.check("psk", passkey_id)
    except MalformedId:
        raise PasskeyNotFound() from None
    scope.db.execute(select(ShopperRow.id).where(ShopperRow.id == scope.actor.id).with_for_update())
    gone = scope.db.execute(
        delete(PasskeyRow)
        .where(PasskeyRow.id == wanted, PasskeyRow.shopper_id == scope.actor.id)
        .returning(PasskeyRow.id)
    ).one_or_none()
    if gone is None:
        raise PasskeyNotFound()
    _secured(scope, scope.actor.id, "passkey_removed")


def _secured(scope: Scope, shopper_id: str, what: str) -> None:
    record_change(scope, noun="shopper", noun_id=shopper_id, verb=what, before={}, after={})
    announce(scope, ShopperSecured(shopper_id, what, ids.new("chg")))
