"""Who belongs to the staff, and what their roles allow."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domains.identity import actions, queries
from app.domains.identity.errors import EmailNotValid, RoleNotValid
from app.domains.identity.models import StaffRow
from app.domains.identity.rules.roles import ROLES, permissions_of
from app.domains.identity.types import GUEST_PERMISSIONS
from app.domains.tenancy.models import AuditEntry
from app.kit.scope import Scope
from tests.harness.race import race_calls


def test_applying_twice_changes_nothing(system_scope: Scope) -> None:
    seen = []
    for _ in range(2):
        with system_scope.transaction() as unit:
            actions.ensure_staff(unit, "Noi@Khwan.example", "Noi", "owner", "river market lantern")
            seen.append(unit.db.execute(select(StaffRow.id, StaffRow.version, StaffRow.password_hash)).one())
            audit = unit.db.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)).all()
    assert seen[0] == seen[1]
    assert audit == ["add", "set_password"]


def test_a_password_of_ones_own_is_never_overwritten(system_scope: Scope) -> None:
    hashes = []
    for password in (None, "the first one", "another one"):
        with system_scope.transaction() as unit:
            actions.ensure_staff(unit, "noi@khwan.example", "Noi", "owner", password)
            hashes.append(unit.db.scalars(select(StaffRow.password_hash)).one())
    assert hashes[0] is None
    assert hashes[1] is not None and hashes[1].startswith("$argon2id$")
    assert hashes[2] == hashes[1]


def test_a_change_of_role_is_written_down(system_scope: Scope) -> None:
    for role in ("owner", "support"):
        with system_scope.transaction() as unit:
            actions.ensure_staff(unit, "noi@khwan.example", "Noi", role)
    with system_scope.transaction() as unit:
        entry = unit.db.execute(
            select(AuditEntry.verb, AuditEntry.before, AuditEntry.after).order_by(AuditEntry.id.desc()).limit(1)
        ).one()
        listed = queries.list_staff(unit)
    assert entry == ("change", {"name": "Noi", "role": "owner"}, {"name": "Noi", "role": "support"})
    assert [(one.role, one.has_password, one.has_totp) for one in listed] == [("support", False, False)]


def test_many_at_once_make_one(system_scope: Scope) -> None:
    def ensure(number: int) -> str:
        with system_scope.transaction() as unit:
            return actions.ensure_staff(unit, "noi@khwan.example", "Noi", "owner")

    outcomes = race_calls(8, ensure)
    assert [outcome.error for outcome in outcomes] == [None] * 8
    assert len({outcome.value for outcome in outcomes}) == 1


@pytest.mark.parametrize(
    "email", ["", "noi", "noi@", "noi@khwan.example, x@y.example", "ｎoi@khwan.example", "a b@c.de"]
)
def test_what_is_no_address_is_refused(system_scope: Scope, email: str) -> None:
    with system_scope.transaction() as unit:
        with pytest.raises(EmailNotValid):
            actions.ensure_staff(unit, email, "Noi", "owner")
        assert queries.list_staff(unit) == []


def test_an_unknown_role_is_refused_and_has_no_permission(system_scope: Scope) -> None:
    with system_scope.transaction() as unit, pytest.raises(RoleNotValid):
        actions.ensure_staff(unit, "noi@khwan.example", "Noi", "king")
    assert permissions_of("king") == frozenset()


def test_every_role_sees_what_a_guest_sees_and_the_owner_sees_all() -> None:
    for role, permissions in ROLES.items():
        assert permissions > GUEST_PERMISSIONS, role
        assert permissions <= ROLES["owner"], role
    assert "orders.view" not in ROLES["merchandiser"]
    assert "pricing.edit" not in ROLES["fulfilment"]
    assert "orders.refund" not in ROLES["fulfilment"]
