"""Somebody of the staff, and how to sign in as them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domains.identity import actions, flows
from app.domains.identity.types import SignIn, StaffSession
from app.kit.scope import GUEST, NOTHING, Actor, Permissions, Scope

EMAIL = "noi@khwan.example"
PASSWORD = "river market lantern"
HERE = "203.0.113.7"


@pytest.fixture
def anonymous(system_scope: Scope) -> Scope:
    return system_scope.with_values(actor=GUEST, permissions=NOTHING)


@pytest.fixture
def staff_id(system_scope: Scope) -> str:
    with system_scope.transaction() as unit:
        return actions.ensure_staff(unit, EMAIL, "Noi", "owner", PASSWORD)


@pytest.fixture
def sign_in(anonymous: Scope, staff_id: str) -> Callable[..., SignIn]:
    def attempt(email: str = EMAIL, password: str = PASSWORD, code: str | None = None, address: str = HERE) -> SignIn:
        return flows.sign_in(anonymous, email, password, code, address=address, user_agent="Firefox/140.0")

    return attempt


@pytest.fixture
def as_staff(anonymous: Scope) -> Callable[[str], tuple[Scope, StaffSession]]:
    """The scope and the session of a token."""

    def recognise(token: str) -> tuple[Scope, StaffSession]:
        session = flows.recognise(anonymous, token)
        assert session is not None
        actor = Actor("staff", session.staff_id, session.name)
        return anonymous.with_values(actor=actor, permissions=Permissions(session.permissions)), session

    return recognise
