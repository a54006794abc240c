"""What guards a shopper's account is changed: with the password, or where there is none shortly after a sign-in."""

from __future__ import annotations

from app.domains.identity import actions, queries
from app.domains.identity.actions import proofs, shopper_sessions, shoppers
from app.domains.identity.errors import PasswordNotValid, PasswordWrong, ProofExpired, ShopperOnly, SignInAgain
from app.domains.identity.rules.limits import ADDRESS, PERSON, network_of
from app.domains.identity.rules.passwords import LONGEST, SHORTEST, hash_password, is_acceptable, is_password
from app.domains.identity.rules.shoppers import checked_email, is_fresh
from app.domains.identity.types import Device, ShopperSession
from app.kit.scope import Scope, flow


@flow("shopper.manage_own")
def change_shopper_password(scope: Scope, current: str, new: str, session: ShopperSession) -> int:
    """Change or set the shopper's own password and end all sessions but this one; returns how many ended.

    :param current: the password so far; where there is none, the sign-in must be fresh instead.
    :raises PasswordWrong, PasswordNotValid, SignInAgain, TooManyTries:
    """
    if not is_acceptable(new, session.email):
        raise PasswordNotValid(field="new_password", shortest=SHORTEST, longest=LONGEST)
    shopper_id = _own_id(scope)
    key = f"shopper-own:{shopper_id}"
    with scope.as_system().transaction() as unit:
        known = queries.find_shopper_credentials_of(unit, shopper_id)
        before = known.password_hash if known else None
        if before is None and not is_fresh(session.opened_at, scope.now()):
            raise SignInAgain()
        actions.count_try(unit, key, PERSON)
    if before is not None and not is_password(before, current):
        raise PasswordWrong(field="password")
    after = hash_password(new)
    with scope.transaction() as unit:
        system = unit.as_system()
        actions.forgive(system, key)
        shoppers.replace_shopper_password(system, shopper_id, before, after)
        return shopper_sessions.end_sessions_of(system, shopper_id, session.session_id)


@flow("shopper.manage_own")
def ask_new_email(scope: Scope, email: str, device: Device, session: ShopperSession) -> str:
    """Ask a mailbox whether it shall be the shopper's; returns the token for this browser.

    :raises SignInAgain, EmailNotValid, TooManyTries:
    """
    if not is_fresh(session.opened_at, scope.now()):
        raise SignInAgain()
    wanted = checked_email(email)
    with scope.as_system().transaction() as unit:
        actions.count_try(unit, f"mail-from:{network_of(device.address)}", ADDRESS)
        return proofs.ask_mailbox(unit, "new_email", wanted, shopper_id=_own_id(scope))


@flow("shopper.manage_own")
def answer_new_email(scope: Scope, browser: str, code: str) -> None:
    """The code came: the address is the shopper's now. Only of the shopper who asked, in the browser that asked.

    :raises ProofExpired, ProofWrong, TooManyTries:
    """
    with scope.as_system().transaction() as unit:
        asked = queries.find_asked(unit, browser)
    if asked is None or asked.purpose != "new_email":
        raise ProofExpired()
    with scope.as_system().transaction() as unit:
        proofs.count_answer(unit, browser)
    with scope.as_system().transaction() as unit:
        proven = proofs.take_code_of(unit, browser, code)
        if proven.shopper_id is None or proven.shopper_id != _own_id(scope):
            raise ProofExpired()
        shoppers.change_email(unit, proven.shopper_id, proven.email)


def _own_id(scope: Scope) -> str:
    if scope.actor.kind != "shopper" or scope.actor.id is None:
        raise ShopperOnly()
    return scope.actor.id
