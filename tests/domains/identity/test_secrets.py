"""Second factor, password, sessions: each change asks for proof, is written down, and ends what it must."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select, text

from app.domains.identity import actions, flows, queries
from app.domains.identity.errors import (
    CodeNotValid,
    PasswordNotValid,
    PasswordWrong,
    SessionNotFound,
    SignInExpired,
    SignInRefused,
    StaffOnly,
    TooManyTries,
    TotpNotBegun,
    TotpStandsAlready,
)
from app.domains.identity.models import SessionRow, StaffRow
from app.domains.identity.rules.codes import matching_step
from app.domains.identity.types import SignIn
from app.domains.tenancy.models import AuditEntry
from app.kit import ids
from app.kit.clock import FixedClock
from app.kit.errors import PermissionDenied
from app.kit.scope import NOTHING, Scope
from tests.domains.identity.conftest import EMAIL, HERE, PASSWORD
from tests.harness.race import race_calls


@pytest.fixture
def secret(sign_in: Callable[..., SignIn], as_staff: Callable, clock: FixedClock) -> str:
    """The secret of a second factor that is on; the clock stands one step after the code that turned it on."""
    scope, session = as_staff(sign_in().token)
    with scope.transaction() as unit:
        actions.begin_totp(unit)
        setup = queries.find_totp_setup(unit)
    assert setup is not None
    with scope.transaction() as unit:
        code = pyotp.TOTP(setup.secret).at(clock.now())
        actions.confirm_totp(unit, code, session_id=session.session_id)
    clock.at += timedelta(seconds=60)
    return setup.secret


def verbs(scope: Scope) -> list[str]:
    with scope.transaction() as unit:
        return list(unit.db.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)))


def code_of(secret: str, clock: FixedClock) -> str:
    return pyotp.TOTP(secret).at(clock.now())


def step_two(scope: Scope, token: str, code: str) -> SignIn:
    return flows.sign_in_with_code(scope, token, code, address=HERE, user_agent="")


def test_a_code_fits_its_own_step_and_its_neighbours(clock: FixedClock) -> None:
    secret = pyotp.random_base32()
    for drift, fits in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        code = pyotp.TOTP(secret).at(clock.now() + timedelta(seconds=30 * drift))
        assert (matching_step(secret, code, clock.now()) is not None) is fits
    for wrong in ("", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "12 34 5"):
        assert matching_step(secret, wrong, clock.now()) is None


def test_codes_follow_the_standard() -> None:
    """RFC 6238, appendix B, the SHA-1 row of 59 seconds: 94287082, of which six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert pyotp.TOTP(secret).at(59) == "287082"


def test_with_a_second_factor_a_password_alone_opens_nothing(
    sign_in: Callable[..., SignIn], secret: str, anonymous: Scope
) -> None:
    pending = sign_in()
    assert pending.outcome == "code_needed"
    assert flows.recognise(anonymous, pending.token) is None


def test_the_code_opens_a_session_with_a_new_token(
    sign_in: Callable[..., SignIn], secret: str, anonymous: Scope, clock: FixedClock
) -> None:
    pending = sign_in().token
    live = step_two(anonymous, pending, code_of(secret, clock))
    assert live.token != pending
    assert flows.recognise(anonymous, live.token) is not None
    assert flows.recognise(anonymous, pending) is None


def test_password_and_code_may_come_together(
    sign_in: Callable[..., SignIn], secret: str, anonymous: Scope, clock: FixedClock
) -> None:
    assert flows.recognise(anonymous, sign_in(code=code_of(secret, clock)).token) is not None
    with pytest.raises(CodeNotValid):
        sign_in(code=code_of(secret, clock))


def test_a_code_is_never_taken_twice(
    sign_in: Callable[..., SignIn], secret: str, anonymous: Scope, clock: FixedClock
) -> None:
    code = code_of(secret, clock)
    step_two(anonymous, sign_in().token, code)
    again = sign_in().token
    with pytest.raises(CodeNotValid):
        step_two(anonymous, again, code)
    clock.at += timedelta(seconds=30)
    assert step_two(anonymous, again, code_of(secret, clock)).outcome == "signed_in"


def test_one_code_gives_one_session_under_race(
    sign_in: Callable[..., SignIn], secret: str, anonymous: Scope, system_scope: Scope, clock: FixedClock
) -> None:
    pending = [sign_in().token for _ in range(4)]
    code = code_of(secret, clock)
    outcomes = race_calls(16, lambda number: step_two(anonymous, pending[number % 4], code))
    assert sum(outcome.value is not None for outcome in outcomes) == 1
    with system_scope.transaction() as unit:
        live = unit.db.scalars(select(SessionRow.id).where(SessionRow.status == "live")).all()
    assert len(live) == 2  # the one that turned the factor on, and one more


def test_a_sign_in_dies_after_five_wrong_codes(
    sign_in: Callable[..., SignIn], secret: str, anonymous: Scope, clock: FixedClock
) -> None:
    pending = sign_in().token
    outcomes = race_calls(20, lambda number: step_two(anonymous, pending, f"{number:06}"))
    kinds = [type(outcome.error) for outcome in outcomes]
    assert (kinds.count(CodeNotValid), kinds.count(SignInExpired)) == (5, 15)
    with pytest.raises(SignInExpired):
        step_two(anonymous, pending, code_of(secret, clock))


def test_codes_of_one_person_are_slowed_down_over_all_sign_ins(
    sign_in: Callable[..., SignIn], secret: str, anonymous: Scope, clock: FixedClock
) -> None:
    for _ in range(2):
        pending = sign_in().token
        for number in range(5):
            with pytest.raises(CodeNotValid):
                step_two(anonymous, pending, f"{number:06}")
    pending = sign_in().token
    with pytest.raises(TooManyTries):
        step_two(anonymous, pending, code_of(secret, clock))
    clock.at += timedelta(minutes=5)
    assert step_two(anonymous, sign_in().token, code_of(secret, clock)).outcome == "signed_in"


def test_a_pending_sign_in_expires(
    sign_in: Callable[..., SignIn], secret: str, anonymous: Scope, clock: FixedClock
) -> None:
    pending = sign_in().token
    clock.at += timedelta(minutes=5)
    with pytest.raises(SignInExpired):
        step_two(anonymous, pending, code_of(secret, clock))


def test_the_secret_lies_encrypted_and_is_not_shown_again(secret: str, as_staff: Callable, anonymous: Scope) -> None:
    with anonymous.transaction() as unit:
        raw = unit.db.execute(text("SELECT totp_secret FROM identity_staff")).scalar_one()
        assert raw != secret and secret not in raw
        staff_id = unit.db.scalars(select(StaffRow.id)).one()
    system = anonymous.as_system()
    own = system.with_values(actor=anonymous.actor.__class__("staff", staff_id, "Noi"))
    with own.transaction() as unit:
        assert queries.find_totp_setup(unit) is None
        with pytest.raises(TotpStandsAlready):
            actions.begin_totp(unit)


def test_turning_the_second_factor_on_ends_sessions_without_it(
    sign_in: Callable[..., SignIn], as_staff: Callable, anonymous: Scope, clock: FixedClock, system_scope: Scope
) -> None:
    other, (scope, session) = sign_in().token, as_staff(sign_in().token)
    with scope.transaction() as unit:
        with pytest.raises(TotpNotBegun):
            actions.confirm_totp(unit, "000000", session_id=session.session_id)
        actions.begin_totp(unit)
        setup = queries.find_totp_setup(unit)
    assert setup is not None and setup.secret in setup.uri
    with pytest.raises(CodeNotValid), scope.transaction() as unit:
        actions.confirm_totp(unit, "000000", session_id=session.session_id)
    assert sign_in().outcome == "signed_in"
    with scope.transaction() as unit:
        actions.confirm_totp(unit, code_of(setup.secret, clock), session_id=session.session_id)
    assert flows.recognise(anonymous, other) is None
    assert sign_in().outcome == "code_needed"
    assert verbs(system_scope)[-1] == "turn_on_totp"


def test_turning_it_off_asks_for_the_password(
    sign_in: Callable[..., SignIn], secret: str, as_staff: Callable, clock: FixedClock, system_scope: Scope
) -> None:
    scope, _ = as_staff(sign_in(code=code_of(secret, clock)).token)
    with pytest.raises(PasswordWrong):
        flows.disable_totp(scope, "wrong")
    assert sign_in().outcome == "code_needed"
    flows.disable_totp(scope, PASSWORD)
    assert sign_in().outcome == "signed_in"
    assert "turn_off_totp" in verbs(system_scope)


def test_a_new_password_ends_all_other_sessions(
    sign_in: Callable[..., SignIn], as_staff: Callable, anonymous: Scope, system_scope: Scope
) -> None:
    other = sign_in().token
    own = sign_in().token
    scope, session = as_staff(own)
    assert flows.change_password(scope, PASSWORD, "seven boats at dawn", session=session) == 1
    assert flows.recognise(anonymous, other) is None
    assert flows.recognise(anonymous, own) is not None
    with pytest.raises(SignInRefused):
        sign_in()
    assert sign_in(password="seven boats at dawn").outcome == "signed_in"
    assert "change_password" in verbs(system_scope)


def test_a_password_is_changed_only_with_the_old_one(
    sign_in: Callable[..., SignIn], as_staff: Callable, system_scope: Scope
) -> None:
    scope, session = as_staff(sign_in().token)
    with pytest.raises(PasswordWrong):
        flows.change_password(scope, "wrong", "seven boats at dawn", session=session)
    for new in ("short", "x" * 201, EMAIL.upper()):
        with pytest.raises(PasswordNotValid):
            flows.change_password(scope, PASSWORD, new, session=session)
    assert sign_in().outcome == "signed_in"
    assert "change_password" not in verbs(system_scope)


def test_of_two_changes_at_once_one_stands(sign_in: Callable[..., SignIn], as_staff: Callable) -> None:
    scope, session = as_staff(sign_in().token)
    wanted = [f"a long new password {number}" for number in range(4)]
    outcomes = race_calls(4, lambda number: flows.change_password(scope, PASSWORD, wanted[number], session=session))
    done = [number for number, outcome in enumerate(outcomes) if outcome.error is None]
    assert len(done) == 1
    assert sign_in(password=wanted[done[0]]).outcome == "signed_in"


def test_a_stolen_session_cannot_guess_the_password(sign_in: Callable[..., SignIn], as_staff: Callable) -> None:
    scope, session = as_staff(sign_in().token)
    outcomes = race_calls(12, lambda n: flows.change_password(scope, f"guess {n}", "a long new one", session=session))
    kinds = [type(outcome.error) for outcome in outcomes]
    assert (kinds.count(PasswordWrong), kinds.count(TooManyTries)) == (5, 7)


def test_only_ones_own_sessions_are_listed_and_ended(
    sign_in: Callable[..., SignIn], as_staff: Callable, anonymous: Scope, system_scope: Scope
) -> None:
    with system_scope.transaction() as unit:
        actions.ensure_staff(unit, "dao@khwan.example", "Dao", "owner", "another password")
    theirs = sign_in("dao@khwan.example", "another password").token
    _, their_session = as_staff(theirs)
    mine, other = sign_in().token, sign_in().token
    scope, _ = as_staff(mine)
    _, other_session = as_staff(other)
    with scope.transaction() as unit:
        listed = queries.list_sessions(unit)
        assert {entry.address for entry in listed} == {HERE} and len(listed) == 2
        assert listed[0].user_agent == "Firefox"
        actions.revoke_session(unit, other_session.session_id)
    for foreign in (their_session.session_id, ids.new("ses"), "ses_nonsense", other_session.session_id):
        with pytest.raises(SessionNotFound), scope.transaction() as unit:
            actions.revoke_session(unit, foreign)
    assert flows.recognise(anonymous, other) is None
    assert flows.recognise(anonymous, theirs) is not None
    with scope.transaction() as unit:
        actions.sign_out(unit, theirs)
        actions.sign_out(unit, mine)
    assert flows.recognise(anonymous, mine) is None
    assert flows.recognise(anonymous, theirs) is not None


def test_without_a_permission_nothing_is_done(system_scope: Scope, staff_id: str) -> None:
    nobody = system_scope.with_values(permissions=NOTHING)
    with nobody.transaction() as unit:
        for step in (
            lambda: actions.begin_totp(unit),
            lambda: actions.sign_out(unit, "x"),
            lambda: actions.revoke_session(unit, "x"),
            lambda: actions.ensure_staff(unit, "x@khwan.example", "X", "owner"),
            lambda: queries.list_sessions(unit),
            lambda: queries.list_staff(unit),
            lambda: queries.find_totp_setup(unit),
        ):
            with pytest.raises(PermissionDenied):
                step()
    with system_scope.transaction() as unit, pytest.raises(StaffOnly):
        actions.begin_totp(unit)
