"""Who belongs to the partner's staff."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.domains.identity.errors import EmailNotValid, RoleNotValid
from app.domains.identity.models import StaffRow
from app.domains.identity.rules.passwords import hash_password
from app.domains.identity.rules.roles import ROLES
from app.domains.identity.rules.sessions import normal_email
from app.domains.tenancy.actions import record_change
from app.kit import ids
from app.kit.scope import SYSTEM_ONLY, Scope, action


@action(SYSTEM_ONLY)
def ensure_staff(scope: Scope, email: str, name: str, role: str, password: str | None = None) -> str:
    """Make somebody one of the staff, or bring name and role up to date; returns the id.

    :param password: taken only where there is none yet: a password of one's own is never overwritten.
    :raises EmailNotValid, RoleNotValid:
    """
    wanted = normal_email(email)
    try:
        validate_email(wanted, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise EmailNotValid(field="email", email=email[:80]) from error
    if role not in ROLES:
        raise RoleNotValid(field="role", role=role[:40])
    made = scope.db.execute(
        insert(StaffRow)
        .values(id=ids.new("stf"), email=wanted, name=name, role=role, locale=scope.locale)
        .on_conflict_do_nothing(index_elements=[StaffRow.email])
        .returning(StaffRow.id)
    ).scalar_one_or_none()
    standing = scope.db.execute(
        select(StaffRow.id, StaffRow.name, StaffRow.role, StaffRow.password_hash.is_(None).label("needs_password"))
        .where(StaffRow.email == wanted)
        .with_for_update()
    ).one()
    after = {"name": name, "role": role}
    before = {} if made else {"name": standing.name, "role": standing.role}
    if made is None:
        scope.db.execute(
            update(StaffRow)
            .where(StaffRow.id == standing.id, or_(StaffRow.name != name, StaffRow.role != role))
            .values(**after, version=StaffRow.version + 1, updated_at=func.now())
        )
    if before != after:
        record_change(
            scope, noun="staff", noun_id=standing.id, verb="add" if made else "change", before=before, after=after
        )
    if password is not None and standing.needs_password:
        scope.db.execute(
            update(StaffRow)
            .where(StaffRow.id == standing.id, StaffRow.password_hash.is_(None))
            .values(password_hash=hash_password(password), version=StaffRow.version + 1)
        )
        record_change(scope, noun="staff", noun_id=standing.id, verb="set_password", before={}, after={})
    return str(standing.id)
