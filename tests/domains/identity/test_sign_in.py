"""Signing in: one answer for whoever may not, tries counted exactly, slowed down and never locked out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domains.identity import actions, flows
from app.domains.identity.errors import SignInRefused, TooManyTries
from app.domains.identity.models import SessionRow, StaffRow
from app.domains.identity.rules import passwords
from app.domains.identity.rules.limits import ADDRESS, PERSON
from app.domains.identity.types import SignIn
from app.kit.clock import FixedClock
from app.kit.scope import Scope
from tests.domains.identity.conftest import EMAIL, HERE, PASSWORD
from tests.harness.race import race_calls


def count_sessions(scope: Scope) -> int:
    with scope.transaction() as unit:
        return unit.db.execute(select(func.count()).select_from(SessionRow)).scalar_one()


def test_the_right_password_opens_a_session(sign_in: Callable[..., SignIn], as_staff: Callable, staff_id: str) -> None:
    signed_in = sign_in()
    assert signed_in.outcome == "signed_in"
    _, session = as_staff(signed_in.token)
    assert (session.staff_id, session.role, session.name) == (staff_id, "owner", "Noi")
    assert "staff.manage" in session.permissions


def test_a_token_is_kept_only_as_its_hash(sign_in: Callable[..., SignIn], system_scope: Scope) -> None:
    token = sign_in().token
    with system_scope.transaction() as unit:
        stored = unit.db.scalars(select(SessionRow.token_hash)).all()
    assert len(token) >= 43
    assert token not in stored


@pytest.mark.parametrize("email", [" NOI@Khwan.Example ", "noi@khwan.example\r\n"])
def test_an_address_has_one_normal_form(sign_in: Callable[..., SignIn], email: str) -> None:
    assert sign_in(email).outcome == "signed_in"


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, "wrong"),
        (EMAIL, ""),
        (EMAIL, PASSWORD + " "),
        (EMAIL, "x" * 100_000),
        ("nobody@khwan.example", PASSWORD),
        ("", PASSWORD),
        ("ｎoi@khwan.example", PASSWORD),
        ("noi@\u212ahwan.example", PASSWORD),
        ("noi+x@khwan.example", PASSWORD),
    ],
)
def test_whoever_may_not_gets_one_answer(
    sign_in: Callable[..., SignIn], system_scope: Scope, email: str, password: str
) -> None:
    with pytest.raises(SignInRefused) as refused:
        sign_in(email, password)
    assert refused.value.facts == {"field": "password"}
    assert count_sessions(system_scope) == 0


def test_an_unknown_person_costs_the_same_work(sign_in: Callable[..., SignIn], monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: one verification by argon2 with the same parameters, known or not."""
    verified: list[str] = []
    real = passwords._hasher

    class Counting:
        def hash(self, password: str) -> str:
            return real.hash(password)

        def verify(self, wanted: str, password: str) -> bool:
            verified.append(wanted.rpartition("$")[0].rpartition("$")[0])
            return real.verify(wanted, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    for email in (EMAIL, "nobody@khwan.example"):
        with pytest.raises(SignInRefused):
            sign_in(email, "wrong")
    assert len(verified) == 2
    assert verified[0] == verified[1]


def test_who_was_disabled_is_out_at_once(
    sign_in: Callable[..., SignIn], anonymous: Scope, system_scope: Scope, staff_id: str
) -> None:
    token = sign_in().token
    with system_scope.transaction() as unit:
        unit.db.execute(StaffRow.__table__.update().where(StaffRow.id == staff_id).values(status="disabled"))
    assert flows.recognise(anonymous, token) is None
    with pytest.raises(SignInRefused):
        sign_in()


def test_a_role_that_changes_counts_from_the_next_request(
    sign_in: Callable[..., SignIn], as_staff: Callable, system_scope: Scope
) -> None:
    token = sign_in().token
    with system_scope.transaction() as unit:
        actions.ensure_staff(unit, EMAIL, "Noi", "fulfilment")
    _, session = as_staff(token)
    assert "pricing.edit" not in session.permissions
    assert "orders.manage" in session.permissions


def test_fifty_guesses_at_once_are_counted_exactly(sign_in: Callable[..., SignIn], system_scope: Scope) -> None:
    outcomes = race_calls(50, lambda number: sign_in(EMAIL, f"guess {number}"))
    kinds = [type(outcome.error) for outcome in outcomes]
    assert kinds.count(SignInRefused) == PERSON.burst
    assert kinds.count(TooManyTries) == 50 - PERSON.burst
    assert count_sessions(system_scope) == 0


def test_one_address_guessing_at_many_people_is_counted_exactly(sign_in: Callable[..., SignIn]) -> None:
    outcomes = race_calls(50, lambda number: sign_in(f"person{number}@khwan.example", "one password for all"))
    kinds = [type(outcome.error) for outcome in outcomes]
    assert kinds.count(SignInRefused) == ADDRESS.burst
    assert kinds.count(TooManyTries) == 50 - ADDRESS.burst


def test_slowed_down_and_never_locked_out(sign_in: Callable[..., SignIn], clock: FixedClock) -> None:
    for number in range(PERSON.burst):
        with pytest.raises(SignInRefused):
            sign_in(EMAIL, f"guess {number}")
    for _ in range(20):
        with pytest.raises(TooManyTries) as slowed:
            sign_in()
    assert slowed.value.facts == {"seconds": 30}
    clock.at += timedelta(seconds=29)
    with pytest.raises(TooManyTries):
        sign_in()
    clock.at += timedelta(seconds=1)
    assert sign_in().outcome == "signed_in"
    with pytest.raises(SignInRefused):
        sign_in(EMAIL, "a slip of the finger")
    assert sign_in().outcome == "signed_in"


def test_who_guesses_elsewhere_does_not_keep_the_person_out(sign_in: Callable[..., SignIn]) -> None:
    assert sign_in().outcome == "signed_in"
    for number in range(PERSON.burst):
        with pytest.raises(SignInRefused):
            sign_in(EMAIL, f"guess {number}", address=f"198.51.100.{number}")
    with pytest.raises(TooManyTries):
        sign_in(address="198.51.100.99")
    assert sign_in(address=HERE).outcome == "signed_in"


def test_an_ipv6_household_is_one_address(sign_in: Callable[..., SignIn]) -> None:
    for number in range(ADDRESS.burst):
        with pytest.raises(SignInRefused):
            sign_in(f"person{number}@khwan.example", "x", address=f"2001:db8:1:2::{number:x}")
    with pytest.raises(TooManyTries):
        sign_in(address="2001:db8:1:2:ffff::1")
    assert sign_in(address="2001:db8:1:3::1").outcome == "signed_in"


def test_sessions_end_by_idleness_and_by_age(
    sign_in: Callable[..., SignIn], anonymous: Scope, clock: FixedClock
) -> None:
    idle, used = sign_in().token, sign_in().token
    for _ in range(14):
        clock.at += timedelta(hours=11)
        assert flows.recognise(anonymous, used) is not None
    assert flows.recognise(anonymous, idle) is None
    clock.at += timedelta(hours=11)
    assert flows.recognise(anonymous, used) is not None
    clock.at += timedelta(hours=11)
    assert flows.recognise(anonymous, used) is None


def test_a_token_of_one_tenant_is_nothing_in_another(sign_in: Callable[..., SignIn], other_system_scope: Scope) -> None:
    assert flows.recognise(other_system_scope, sign_in().token) is None
