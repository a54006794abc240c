"""Shoppers come in: by a code in their mailbox, by password, by a link. A try is counted and committed before what was
given is looked at; argon2 runs with no transaction open."""

from __future__ import annotations

from app.domains.identity import actions, queries
from app.domains.identity.actions import proofs, shopper_sessions, shoppers
from app.domains.identity.actions.proofs import Proven
from app.domains.identity.errors import (
    NameNotValid,
    PasswordNotValid,
    ProofExpired,
    SignInRefused,
)
from app.domains.identity.rules.limits import ADDRESS, PERSON, network_of, person_key
from app.domains.identity.rules.passwords import (
    LONGEST,
    SHORTEST,
    hash_password,
    is_acceptable,
    is_password,
    needs_rehash,
)
from app.domains.identity.rules.sessions import SEEN_EVERY, normal_email
from app.domains.identity.rules.shoppers import checked_email, clean_name
from app.domains.identity.types import AskedProof, Device, ProofPurpose, ShopperSession, SignedIn
from app.kit.scope import PUBLIC, Scope, flow


@flow(PUBLIC)
def recognise_shopper(scope: Scope, token: str) -> ShopperSession | None:
    """The session of a cookie, in a short transaction of its own; notes that it is in use."""
    system = scope.as_system()
    with system.transaction() as unit:
        found = queries.find_shopper_session(unit, token)
        if found is not None and found.last_seen_at < scope.now() - SEEN_EVERY:
            shopper_sessions.touch_shopper_session(unit, found.session_id)
    return found


@flow(PUBLIC)
def sign_up(scope: Scope, email: str, name: str, device: Device) -> str:
    """Ask a mailbox whether its owner wants an account; returns the token for this browser.

    Whoever has an account gets a letter with a code to sign in: the answer here is the same.

    :raises EmailNotValid, NameNotValid, TooManyTries:
    """
    wanted = clean_name(name)
    if not wanted:
        raise NameNotValid(field="name")
    return _ask(scope, "sign_up", email, device, wanted)


@flow(PUBLIC)
def ask_code(scope: Scope, email: str, device: Device) -> str:
    """Have a code to sign in sent to a mailbox; returns the token for this browser. Raises as `sign_up`."""
    return _ask(scope, "sign_in", email, device)


@flow(PUBLIC)
def ask_reset(scope: Scope, email: str, device: Device) -> str:
    """Have a link to a new password sent to a mailbox; returns the token for this browser. Raises as `sign_up`."""
    return _ask(scope, "reset", email, device)


@flow(PUBLIC)
def answer_code(
    scope: Scope, browser: str, code: str, device: Device, *, password: str = "", instead_of: str = ""
) -> SignedIn:
    """Sign in, or open the account, with the code of the letter, in the browser that asked.

    :param password: one of one's own for a new account; empty for none.
    :raises ProofExpired, ProofWrong, TooManyTries, PasswordNotValid:
    """
    system = scope.as_system()
    with system.transaction() as unit:
        asked = queries.find_asked(unit, browser)
    if asked is None or asked.purpose not in ("sign_up", "sign_in"):
        raise ProofExpired()
    hashed = _hash_new(password, asked.email) if asked.purpose == "sign_up" and password else None
    with system.transaction() as unit:
        proofs.count_answer(unit, browser)
    with system.transaction() as unit:
        return _enter(unit, proofs.take_code_of(unit, browser, code), hashed, device, instead_of)


@flow(PUBLIC)
def answer_link(scope: Scope, link: str, device: Device, *, password: str = "", instead_of: str = "") -> SignedIn:
    """Open the account by the link of the letter, in whatever browser it was opened. Raises as `answer_code`."""
    asked = _find_link(scope, link, "sign_up")
    hashed = _hash_new(password, asked.email) if password else None
    with scope.as_system().transaction() as unit:
        return _enter(unit, proofs.take_link(unit, link, "sign_up"), hashed, device, instead_of)


@flow(PUBLIC)
def reset_password(scope: Scope, link: str, password: str, device: Device, *, instead_of: str = "") -> SignedIn:
    """Set a new password by the link of the letter; all sessions of the shopper end, and a new one begins.

    :raises ProofExpired, PasswordNotValid:
    """
    asked = _find_link(scope, link, "reset")
    hashed = _hash_new(password, asked.email)
    with scope.as_system().transaction() as unit:
        proven = proofs.take_link(unit, link, "reset")
        if proven.shopper_id is None:
            raise ProofExpired()
        shoppers.reset_password(unit, proven.shopper_id, hashed)
        shopper_sessions.end_sessions_of(unit, proven.shopper_id, None)
        token = shopper_sessions.open_shopper_session(unit, proven.shopper_id, device, instead_of=instead_of)
    return SignedIn(token, proven.shopper_id)


@flow(PUBLIC)
def sign_in_shopper(scope: Scope, email: str, password: str, device: Device, *, instead_of: str = "") -> SignedIn:
    """Sign in by password.

    :raises SignInRefused: unknown, wrong, without a password or disabled, which is one answer, after the same work.
    :raises TooManyTries:
    """
    system, network, normal = scope.as_system(), network_of(device.address), normal_email(email)
    with system.transaction() as unit:
        found = queries.find_shopper_credentials(unit, normal, network)
    key = "shopper-" + person_key(normal, network, is_familiar=found is not None and found.is_familiar)
    with system.transaction() as unit:
        actions.count_try(unit, f"shopper-address:{network}", ADDRESS)
        actions.count_try(unit, key, PERSON)
    is_right = is_password(found.password_hash if found else None, password)
    if found is None or not is_right or not found.is_active:
        raise SignInRefused(field="password")
    is_stale = found.password_hash is not None and needs_rehash(found.password_hash)
    hashed = hash_password(password) if is_stale else ""
    with system.transaction() as unit:
        token = shopper_sessions.open_shopper_session(unit, found.shopper_id, device, instead_of=instead_of)
        actions.forgive(unit, key)
        if is_stale and found.password_hash is not None:
            shoppers.refresh_hash(unit, found.shopper_id, found.password_hash, hashed)
    return SignedIn(token, found.shopper_id)


def _ask(scope: Scope, purpose: ProofPurpose, email: str, device: Device, name: str = "") -> str:
    wanted = checked_email(email)
    with scope.as_system().transaction() as unit:
        actions.count_try(unit, f"mail-from:{network_of(device.address)}", ADDRESS)
        return proofs.ask_mailbox(unit, purpose, wanted, name=name)


def _hash_new(password: str, email: str) -> str:
    if not is_acceptable(password, email):
        raise PasswordNotValid(field="new_password", shortest=SHORTEST, longest=LONGEST)
    return hash_password(password)


def _find_link(scope: Scope, link: str, purpose: ProofPurpose) -> AskedProof:
    with scope.as_system().transaction() as unit:
        asked = queries.find_link(unit, link)
    if asked is None or asked.purpose != purpose:
        raise ProofExpired()
    return asked


def _enter(unit: Scope, proven: Proven, hashed: str | None, device: Device, instead_of: str) -> SignedIn:
    if proven.purpose not in ("sign_up", "sign_in"):
        raise ProofExpired()
    shopper_id = proven.shopper_id
    if shopper_id is None:
        shopper_id = shoppers.open_account(unit, proven.email, proven.name, hashed)
    token = shopper_sessions.open_shopper_session(unit, shopper_id, device, instead_of=instead_of)
    return SignedIn(token, shopper_id)
