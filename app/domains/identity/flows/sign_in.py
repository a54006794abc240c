"""Unit 1 counts the try and reads what it is checked against; argon2 runs with no transaction open, so that guesses
hold no connection; unit 2 opens the session. A refused try stays counted."""

from __future__ import annotations

from app.domains.identity import actions, queries
from app.domains.identity.errors import SignInRefused
from app.domains.identity.rules.limits import ADDRESS, PERSON, network_of, person_key
from app.domains.identity.rules.passwords import hash_password, is_password, needs_rehash
from app.domains.identity.rules.sessions import SEEN_EVERY, normal_email
from app.domains.identity.types import SignIn, StaffSession
from app.kit.scope import PUBLIC, Scope, flow


@flow(PUBLIC)
def sign_in(
    scope: Scope, email: str, password: str, totp_code: str | None = None, *, address: str, user_agent: str
) -> SignIn:
    """Sign in by password. With a second factor and no code yet the outcome is `code_needed`.

    :param address: the network address of the caller as the server sees it, never a header's.
    :raises SignInRefused: unknown, wrong or disabled, which is one answer, after the same work.
    :raises TooManyTries, CodeNotValid:
    """
    system, network, normal = scope.as_system(), network_of(address), normal_email(email)
    with system.transaction() as unit:
        found = queries.find_credentials(unit, normal, network)
    key = person_key(normal, network, is_familiar=found is not None and found.is_familiar)
    with system.transaction() as unit:
        actions.count_try(unit, f"address:{network}", ADDRESS)
        actions.count_try(unit, key, PERSON)
    is_right = is_password(found.password_hash if found else None, password)
    if found is None or not is_right or not found.is_active:
        raise SignInRefused(field="password")
    from_here = {"address": network, "user_agent": user_agent}
    with system.transaction() as unit:
        if found.has_totp and not totp_code:
            return SignIn("code_needed", actions.open_pending(unit, found.staff_id, **from_here))
    if found.has_totp:
        with system.transaction() as unit:
            pending = actions.open_pending(unit, found.staff_id, **from_here)
        return sign_in_with_code(scope, pending, totp_code or "", address=address, user_agent=user_agent)
    with system.transaction() as unit:
        token = actions.open_session(unit, found.staff_id, **from_here)
        actions.forgive(unit, key)
        if found.password_hash and needs_rehash(found.password_hash):
            actions.replace_password(unit, found.staff_id, found.password_hash, hash_password(password))
    return SignIn("signed_in", token)


@flow(PUBLIC)
def sign_in_with_code(scope: Scope, token: str, code: str, *, address: str, user_agent: str) -> SignIn:
    """The second step. A wrong code stays counted; the session has a token of its own.

    :raises SignInExpired, CodeNotValid, TooManyTries:
    """
    system, network = scope.as_system(), network_of(address)
    with system.transaction() as unit:
        staff_id = actions.count_code(unit, token)
    with system.transaction() as unit:
        live = actions.open_with_code(unit, token, code, address=network, user_agent=user_agent)
        actions.forgive(unit, f"code:{staff_id}")
    return SignIn("signed_in", live)


@flow(PUBLIC)
def recognise(scope: Scope, token: str) -> StaffSession | None:
    """The session of a cookie, in a short transaction of its own; notes that it is in use."""
    system = scope.as_system()
    with system.transaction() as unit:
        found = queries.find_session(unit, token)
        if found is not None and found.last_seen_at < scope.now() - SEEN_EVERY:
            actions.touch(unit, found.session_id)
    return found
