"""One's own password and second factor."""

from __future__ import annotations

from sqlalchemy import update

from app.domains.identity.actions.sessions import end_others, take_code
from app.domains.identity.errors import PasswordWrong, StaffOnly, TotpNotBegun, TotpStandsAlready
from app.domains.identity.models import StaffRow
from app.domains.identity.queries import find_totp_setup
from app.domains.identity.rules.codes import new_secret
from app.domains.tenancy.actions import record_change
from app.kit.scope import SYSTEM_ONLY, Scope, action


@action("identity.manage_own")
def begin_totp(scope: Scope) -> None:
    """Make a new secret that waits for its first code; an earlier one that waited is void.

    :raises TotpStandsAlready: a second factor is on.
    """
    made = scope.db.execute(
        update(StaffRow)
        .where(StaffRow.id == _own_id(scope), StaffRow.totp_confirmed_at.is_(None))
        .values(totp_secret=new_secret(), totp_last_step=None, version=StaffRow.version + 1)
        .returning(StaffRow.id)
    ).one_or_none()
    if made is None:
        raise TotpStandsAlready()


@action("identity.manage_own")
def confirm_totp(scope: Scope, code: str, *, session_id: str) -> None:
    """Turn the second factor on by its first code, and end the sessions that were opened without it.

    :raises TotpNotBegun, CodeNotValid:
    """
    staff_id = _own_id(scope)
    if find_totp_setup(scope) is None:
        raise TotpNotBegun()
    take_code(scope.as_system(), staff_id, code)
    confirmed = scope.db.execute(
        update(StaffRow)
        .where(StaffRow.id == staff_id, StaffRow.totp_confirmed_at.is_(None))
        .values(totp_confirmed_at=scope.now(), version=StaffRow.version + 1)
        .returning(StaffRow.id)
    ).one_or_none()
    if confirmed is None:
        raise TotpStandsAlready()
    end_others(scope.as_system(), staff_id, session_id)
    record_change(scope, noun="staff", noun_id=staff_id, verb="turn_on_totp", before={}, after={})


@action(SYSTEM_ONLY)
def drop_totp(scope: Scope, staff_id: str) -> None:
    """Turn the second factor off; the flow has asked for the password."""
    dropped = scope.db.execute(
        update(StaffRow)
        .where(StaffRow.id == staff_id, StaffRow.totp_secret.is_not(None))
        .values(totp_secret=None, totp_confirmed_at=None, totp_last_step=None, version=StaffRow.version + 1)
        .returning(StaffRow.id)
    ).one_or_none()
    if dropped is None:
        raise TotpNotBegun()


@action(SYSTEM_ONLY)
def replace_password(scope: Scope, staff_id: str, before: str | None, after: str) -> None:
    """Put one hash in the place of another: of two changes at once only the first finds what it read.

    :raises PasswordWrong: the password is another one by now.
    """
    replaced = scope.db.execute(
        update(StaffRow)
        .where(StaffRow.id == staff_id, StaffRow.password_hash == before)
        .values(password_hash=after, version=StaffRow.version + 1)
        .returning(StaffRow.id)
    ).one_or_none()
    if replaced is None:
        raise PasswordWrong(field="password")


def _own_id(scope: Scope) -> str:
    if scope.actor.kind != "staff" or scope.actor.id is None:
        raise StaffOnly()
    return scope.actor.id
