"""Changes that ask for the password once more. The try is counted first, so that a stolen session cannot guess."""

from __future__ import annotations

from app.domains.identity import actions, queries
from app.domains.identity.errors import PasswordNotValid, PasswordWrong, StaffOnly
from app.domains.identity.queries import Credentials
from app.domains.identity.rules.limits import PERSON
from app.domains.identity.rules.passwords import LONGEST, SHORTEST, hash_password, is_acceptable, is_password
from app.domains.identity.types import StaffSession
from app.domains.tenancy.actions import record_change
from app.kit.scope import Scope, flow


@flow("identity.manage_own")
def change_password(scope: Scope, current: str, new: str, *, session: StaffSession) -> int:
    """Change the actor's password and end all sessions but this one; returns how many ended.

    :raises PasswordWrong, PasswordNotValid, TooManyTries:
    """
    if not is_acceptable(new, session.email):
        raise PasswordNotValid(field="new_password", shortest=SHORTEST, longest=LONGEST)
    known = _ask_password(scope, current)
    after = hash_password(new)
    with scope.transaction() as unit:
        actions.replace_password(unit.as_system(), known.staff_id, known.password_hash, after)
        ended = actions.end_others(unit.as_system(), known.staff_id, session.session_id)
        record_change(unit, noun="staff", noun_id=known.staff_id, verb="change_password", before={}, after={})
    return ended


@flow("identity.manage_own")
def disable_totp(scope: Scope, password: str) -> None:
    """Turn the actor's second factor off. Raises `PasswordWrong`, `TooManyTries`, `TotpNotBegun`."""
    known = _ask_password(scope, password)
    with scope.transaction() as unit:
        actions.drop_totp(unit.as_system(), known.staff_id)
        record_change(unit, noun="staff", noun_id=known.staff_id, verb="turn_off_totp", before={}, after={})


def _ask_password(scope: Scope, password: str) -> Credentials:
    if scope.actor.kind != "staff" or scope.actor.id is None:
        raise StaffOnly()
    key = f"own:{scope.actor.id}"
    with scope.as_system().transaction() as unit:
        actions.count_try(unit, key, PERSON)
        known = queries.find_credentials_of(unit, scope.actor.id)
    if known is None or not is_password(known.password_hash, password):
        raise PasswordWrong(field="password")
    with scope.as_system().transaction() as unit:
        actions.forgive(unit, key)
    return known
