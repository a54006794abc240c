"""Shoppers: one answer for known and unknown, codes and links that count once, sessions that end when they must."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.domains.identity import flows, jobs, queries
from app.domains.identity.actions import shopper_sessions, shoppers
from app.domains.identity.errors import (
    AddressNotFound,
    EmailNotValid,
    PasswordNotValid,
    PasswordWrong,
    ProofExpired,
    ProofWrong,
    SessionNotFound,
    SignInAgain,
    SignInRefused,
    TooManyTries,
)
from app.domains.identity.models import ProofRow, ShopperRow, ShopperSessionRow
from app.domains.identity.rules import passwords
from app.domains.identity.rules.limits import PERSON
from app.domains.identity.rules.shoppers import FRESH_FOR, IDLE_LIFETIME, LIFETIME, MAILBOX, TRIES_PER_CODE
from app.kit import ids
from app.kit.clock import FixedClock
from app.kit.scope import Scope
from tests.factories.orders import ADDRESSES
from tests.factories.shoppers import HERE, PASSWORD, as_shopper, last_letter, make_shopper, recognised
from tests.harness.race import race_calls

EMAIL = "malee@example.com"
OTHER = "another quiet boat"


def count(scope: Scope, table: str) -> int:
    with scope.as_system().transaction() as unit:
        return unit.db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


def test_a_mailbox_is_proven_before_there_is_an_account(scope: Scope) -> None:
    browser = flows.sign_up(scope, " Malee@Example.com ", "  Malee\n Jaidee ", HERE)
    letter = last_letter(scope, EMAIL)
    assert (letter.letter, letter.recipient, letter.name) == ("sign_up", EMAIL, "Malee Jaidee")
    assert count(scope, "identity_shoppers") == 0
    signed_in = flows.answer_code(scope, browser, letter.code, HERE, password=PASSWORD)
    session = recognised(scope, signed_in.token)
    assert (session.email, session.name, session.shopper_id) == (EMAIL, "Malee Jaidee", signed_in.shopper_id)
    assert flows.sign_in_shopper(scope, EMAIL, PASSWORD, HERE).shopper_id == signed_in.shopper_id


def test_the_link_of_the_letter_opens_the_account_in_any_browser_and_once(scope: Scope) -> None:
    flows.sign_up(scope, EMAIL, "Malee", HERE)
    link = last_letter(scope, EMAIL).link
    assert flows.answer_link(scope, link, HERE, password=PASSWORD)
    with pytest.raises(ProofExpired):
        flows.answer_link(scope, link, HERE, password=OTHER)
    with pytest.raises(SignInRefused):
        flows.sign_in_shopper(scope, EMAIL, OTHER, HERE)


def test_who_begins_with_a_foreign_address_has_no_part_in_the_account(scope: Scope) -> None:
    """AUT-08: the one who read the letter chooses the password; the browser that began is not signed in by it."""
    theirs = flows.sign_up(scope, EMAIL, "Attacker", HERE)
    flows.answer_link(scope, last_letter(scope, EMAIL).link, HERE, password=PASSWORD)
    with pytest.raises(ProofExpired):
        flows.answer_code(scope, theirs, "000000", HERE, password=OTHER)
    assert count(scope, "identity_shopper_sessions") == 1


def test_known_and_unknown_get_one_answer_and_cost_the_same_rows(scope: Scope) -> None:
    """AUT-01, AUT-02: the mailbox alone is told, and the work is the same down to the statements."""
    make_shopper(scope, EMAIL)
    letters = {}
    for ask in (flows.ask_code, flows.ask_reset, lambda *given: flows.sign_up(given[0], given[1], "N", given[2])):
        for email in (EMAIL, "nobody@example.com"):
            before = count(scope, "identity_proofs"), count(scope, "event")
            assert len(ask(scope, email, HERE)) == 43
            assert (count(scope, "identity_proofs"), count(scope, "event")) == (before[0] + 1, before[1] + 1)
            letters.setdefault(email, []).append(last_letter(scope, email).letter)
    assert letters == {EMAIL: ["sign_in", "reset", "known"], "nobody@example.com": ["unknown", "unknown", "sign_up"]}


def test_an_unknown_mailbox_has_no_code_that_counts(scope: Scope) -> None:
    browser = flows.ask_code(scope, "nobody@example.com", HERE)
    letter = last_letter(scope, "nobody@example.com")
    with pytest.raises(ProofWrong):
        flows.answer_code(scope, browser, letter.code, HERE)
    flows.ask_reset(scope, "nobody@example.com", HERE)
    with pytest.raises(ProofExpired):
        flows.reset_password(scope, last_letter(scope, "nobody@example.com").link, PASSWORD, HERE)
    assert count(scope, "identity_shopper_sessions") == 0


def test_a_wrong_person_costs_the_work_of_a_right_one(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    real = passwords._hasher

    class Counting:
        def hash(self, password: str) -> str:
            return real.hash(password)

        def verify(self, wanted: str, password: str) -> bool:
            verified.append(password)
            return real.verify(wanted, password)

        def check_needs_rehash(self, wanted: str) -> bool:
            return real.check_needs_rehash(wanted)

    make_shopper(scope, EMAIL)
    make_shopper(scope, "coded@example.com", password="")
    monkeypatch.setattr(passwords, "_hasher", Counting())
    for email in (EMAIL, "coded@example.com", "nobody@example.com", ""):
        with pytest.raises(SignInRefused) as refused:
            flows.sign_in_shopper(scope, email, "wrong", HERE)
        assert refused.value.facts == {"field": "password"}
    assert verified == ["wrong"] * 4


@pytest.mark.parametrize("email", ["ｍalee@example.com", "malee@exampl\u0435.com", "malee", "", "a@b\r\nBcc: c@d.com"])
def test_what_only_looks_like_an_address_is_refused(scope: Scope, email: str) -> None:
    """AUT-07: one normal form; nothing is written to another mailbox than the one that is stored."""
    make_shopper(scope, EMAIL)
    before = count(scope, "identity_proofs")
    with pytest.raises(EmailNotValid):
        flows.ask_reset(scope, email, HERE)
    assert count(scope, "identity_proofs") == before


def test_a_code_counts_in_the_browser_that_asked_alone(scope: Scope) -> None:
    make_shopper(scope, EMAIL)
    mine = flows.ask_code(scope, EMAIL, HERE)
    code = last_letter(scope, EMAIL).code
    other = flows.ask_code(scope, "nobody@example.com", HERE)
    for browser, problem in ((other, ProofWrong), (ids.new_token(), ProofExpired)):
        with pytest.raises(problem):
            flows.answer_code(scope, browser, code, HERE)
    assert flows.answer_code(scope, mine, f" {code[:3]} {code[3:]} ", HERE)


def test_a_code_in_other_figures_is_the_same_code(scope: Scope) -> None:
    make_shopper(scope, EMAIL)
    browser = flows.ask_code(scope, EMAIL, HERE)
    figures = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
    assert flows.answer_code(scope, browser, last_letter(scope, EMAIL).code.translate(figures), HERE)


def test_a_code_dies_after_five_wrong_ones(scope: Scope) -> None:
    """AUT-05."""
    make_shopper(scope, EMAIL)
    browser = flows.ask_code(scope, EMAIL, HERE)
    code = last_letter(scope, EMAIL).code
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(TRIES_PER_CODE):
        with pytest.raises(ProofWrong):
            flows.answer_code(scope, browser, wrong, HERE)
    with pytest.raises(ProofExpired):
        flows.answer_code(scope, browser, code, HERE)
    assert count(scope, "identity_shopper_sessions") == 1


def test_a_code_is_too_late_after_ten_minutes(scope: Scope, clock: FixedClock) -> None:
    make_shopper(scope, EMAIL)
    browser = flows.ask_code(scope, EMAIL, HERE)
    code = last_letter(scope, EMAIL).code
    clock.at += timedelta(minutes=10)
    with pytest.raises(ProofExpired):
        flows.answer_code(scope, browser, code, HERE)


def test_of_many_at_once_one_code_opens_one_session(scope: Scope) -> None:
    """AUT-05: race."""
    make_shopper(scope, EMAIL)
    browser = flows.ask_code(scope, EMAIL, HERE)
    code = last_letter(scope, EMAIL).code
    outcomes = race_calls(5, lambda number: flows.answer_code(scope, browser, code, HERE))
    refused = [one.error for one in outcomes if one.error is not None]
    assert [type(one) in (ProofWrong, ProofExpired) for one in refused] == [True] * 4
    assert count(scope, "identity_shopper_sessions") == 2


def test_nothing_that_opens_a_door_is_kept_as_it_is(scope: Scope) -> None:
    browser = flows.sign_up(scope, EMAIL, "Malee", HERE)
    letter = last_letter(scope, EMAIL)
    token = flows.answer_code(scope, browser, letter.code, HERE, password=PASSWORD).token
    with scope.as_system().transaction() as unit:
        kept = str(
            unit.db.execute(
                text(
                    "SELECT p::text, s::text, r::text FROM identity_proofs AS p, "
                    "identity_shopper_sessions AS s, identity_shoppers AS r"
                )
            ).all()
        )
        kept += str(unit.db.execute(text("SELECT payload::text FROM event")).all())
    assert not any(secret in kept for secret in (browser, letter.link, token, PASSWORD))
    with scope.as_system().transaction() as unit:
        assert unit.db.scalars(select(ProofRow.secret)).all() == [None]


def test_a_mailbox_is_not_flooded(scope: Scope) -> None:
    for _ in range(MAILBOX.burst):
        flows.ask_reset(scope, EMAIL, HERE)
    before = count(scope, "identity_proofs")
    with pytest.raises(TooManyTries):
        flows.ask_reset(scope, EMAIL, HERE)
    assert count(scope, "identity_proofs") == before


def test_guessing_is_slowed_down_and_the_owner_at_home_is_not(scope: Scope) -> None:
    """AUT-03."""
    make_shopper(scope, EMAIL)
    flows.sign_in_shopper(scope, EMAIL, PASSWORD, HERE)
    elsewhere = type(HERE)("198.51.100.9", HERE.user_agent)
    for _ in range(PERSON.burst):
        with pytest.raises(SignInRefused):
            flows.sign_in_shopper(scope, EMAIL, "wrong", elsewhere)
    with pytest.raises(TooManyTries):
        flows.sign_in_shopper(scope, EMAIL, PASSWORD, elsewhere)
    assert flows.sign_in_shopper(scope, EMAIL, PASSWORD, HERE)


def test_a_reset_ends_every_session_and_its_link_is_dead(scope: Scope) -> None:
    """AUT-04."""
    old = make_shopper(scope, EMAIL).token
    flows.ask_reset(scope, EMAIL, HERE)
    first = last_letter(scope, EMAIL).link
    flows.ask_reset(scope, EMAIL, HERE)
    second = last_letter(scope, EMAIL).link
    with pytest.raises(ProofExpired):
        flows.reset_password(scope, first, OTHER, HERE)
    with pytest.raises(PasswordNotValid):
        flows.reset_password(scope, second, "short", HERE)
    new = flows.reset_password(scope, second, OTHER, HERE).token
    assert flows.recognise_shopper(scope, old) is None
    assert recognised(scope, new).email == EMAIL
    with pytest.raises(ProofExpired):
        flows.reset_password(scope, second, PASSWORD, HERE)
    with pytest.raises(SignInRefused):
        flows.sign_in_shopper(scope, EMAIL, PASSWORD, HERE)
    assert flows.sign_in_shopper(scope, EMAIL, OTHER, HERE)


def test_of_many_resets_with_one_link_one_password_stands(scope: Scope) -> None:
    make_shopper(scope, EMAIL)
    flows.ask_reset(scope, EMAIL, HERE)
    link = last_letter(scope, EMAIL).link
    outcomes = race_calls(6, lambda number: flows.reset_password(scope, link, f"password no. {number}", HERE))
    (winner,) = [number for number, one in enumerate(outcomes) if one.error is None]
    assert all(isinstance(one.error, ProofExpired) for number, one in enumerate(outcomes) if number != winner)
    assert flows.sign_in_shopper(scope, EMAIL, f"password no. {winner}", HERE)


def test_a_link_to_a_reset_is_too_late_after_half_an_hour(scope: Scope, clock: FixedClock) -> None:
    make_shopper(scope, EMAIL)
    flows.ask_reset(scope, EMAIL, HERE)
    link = last_letter(scope, EMAIL).link
    clock.at += timedelta(minutes=30)
    with pytest.raises(ProofExpired):
        flows.reset_password(scope, link, OTHER, HERE)


def test_a_link_of_one_kind_does_nothing_of_another(scope: Scope) -> None:
    make_shopper(scope, EMAIL)
    flows.ask_reset(scope, EMAIL, HERE)
    with pytest.raises(ProofExpired):
        flows.answer_link(scope, last_letter(scope, EMAIL).link, HERE)
    flows.ask_code(scope, EMAIL, HERE)
    with pytest.raises(ProofExpired):
        flows.reset_password(scope, last_letter(scope, EMAIL).link, OTHER, HERE)


def test_a_change_of_password_asks_for_the_old_one_and_ends_the_others(scope: Scope) -> None:
    here = make_shopper(scope, EMAIL).token
    there = flows.sign_in_shopper(scope, EMAIL, PASSWORD, HERE).token
    mine, session = as_shopper(scope, here), recognised(scope, here)
    flows.ask_reset(scope, EMAIL, HERE)
    link = last_letter(scope, EMAIL).link
    with pytest.raises(PasswordWrong):
        flows.change_shopper_password(mine, "wrong", OTHER, session)
    assert flows.recognise_shopper(scope, there) is not None
    assert flows.change_shopper_password(mine, PASSWORD, OTHER, session) == 1
    assert flows.recognise_shopper(scope, there) is None
    assert flows.recognise_shopper(scope, here) is not None
    with pytest.raises(ProofExpired):
        flows.reset_password(scope, link, PASSWORD, HERE)


def test_a_first_password_is_set_only_shortly_after_a_sign_in(scope: Scope, clock: FixedClock) -> None:
    token = make_shopper(scope, EMAIL, password="").token
    clock.at += FRESH_FOR
    mine, session = as_shopper(scope, token), recognised(scope, token)
    with pytest.raises(SignInAgain):
        flows.change_shopper_password(mine, "", OTHER, session)
    with pytest.raises(SignInRefused):
        flows.sign_in_shopper(scope, EMAIL, OTHER, HERE)
    browser = flows.ask_code(scope, EMAIL, HERE)
    token = flows.answer_code(scope, browser, last_letter(scope, EMAIL).code, HERE).token
    flows.change_shopper_password(as_shopper(scope, token), "", OTHER, recognised(scope, token))
    assert flows.sign_in_shopper(scope, EMAIL, OTHER, HERE)


def test_an_address_is_changed_when_its_mailbox_has_answered_to_the_one_who_asked(scope: Scope) -> None:
    """AUT-04: bound to shopper and mail."""
    token, other = make_shopper(scope, EMAIL).token, make_shopper(scope).token
    mine, session = as_shopper(scope, token), recognised(scope, token)
    browser = flows.ask_new_email(mine, "new@example.com", HERE, session)
    letter = last_letter(scope, "new@example.com")
    assert (letter.letter, letter.notice_to) == ("new_email", EMAIL)
    with pytest.raises(ProofExpired):
        flows.answer_new_email(as_shopper(scope, other), browser, letter.code)
    assert recognised(scope, token).email == EMAIL
    flows.answer_new_email(mine, browser, letter.code)
    assert recognised(scope, token).email == "new@example.com"
    with pytest.raises(SignInRefused):
        flows.sign_in_shopper(scope, EMAIL, PASSWORD, HERE)


def test_an_address_that_somebody_has_is_not_taken_over(scope: Scope) -> None:
    make_shopper(scope, "taken@example.com")
    token = make_shopper(scope, EMAIL).token
    browser = flows.ask_new_email(as_shopper(scope, token), "taken@example.com", HERE, recognised(scope, token))
    letter = last_letter(scope, "taken@example.com")
    assert letter.letter == "taken"
    with pytest.raises(ProofWrong):
        flows.answer_new_email(as_shopper(scope, token), browser, letter.code)
    assert recognised(scope, token).email == EMAIL


def test_a_session_ends_by_itself_at_last_and_when_it_lies_idle(scope: Scope, clock: FixedClock) -> None:
    token = make_shopper(scope, EMAIL).token
    for _ in range(LIFETIME // IDLE_LIFETIME * 2):
        clock.at += IDLE_LIFETIME / 2 - timedelta(seconds=1)
        assert flows.recognise_shopper(scope, token) is not None
    clock.at += timedelta(minutes=1)
    assert flows.recognise_shopper(scope, token) is None
    idle = flows.sign_in_shopper(scope, EMAIL, PASSWORD, HERE).token
    clock.at += IDLE_LIFETIME
    assert flows.recognise_shopper(scope, idle) is None


def test_a_sign_in_ends_the_session_that_the_browser_had(scope: Scope) -> None:
    """AUT-09: what was set before a sign-in is of no use after it."""
    before = make_shopper(scope, EMAIL).token
    after = flows.sign_in_shopper(scope, EMAIL, PASSWORD, HERE, instead_of=before).token
    assert after != before
    assert flows.recognise_shopper(scope, before) is None


def test_one_ends_one_s_own_sessions_and_nobody_else_s(scope: Scope) -> None:
    token, other = make_shopper(scope).token, make_shopper(scope).token
    mine, theirs = as_shopper(scope, token), recognised(scope, other)
    own_id = recognised(scope, token).session_id
    for foreign in (theirs.session_id, ids.new("shs"), "x"):
        with mine.transaction() as unit, pytest.raises(SessionNotFound):
            shopper_sessions.end_shopper_session(unit, foreign)
    with mine.transaction() as unit:
        shopper_sessions.sign_out_shopper(unit, other)
        assert [one.id for one in queries.list_shopper_sessions(unit)] == [own_id]
    assert flows.recognise_shopper(scope, other) is not None
    with mine.transaction() as unit:
        assert shopper_sessions.end_all_shopper_sessions(unit) == 1
    assert flows.recognise_shopper(scope, token) is None


def test_who_is_disabled_is_nobody_at_once(scope: Scope) -> None:
    token = make_shopper(scope, EMAIL).token
    with scope.as_system().transaction() as unit:
        unit.db.execute(text("UPDATE identity_shoppers SET status = 'disabled'"))
    assert flows.recognise_shopper(scope, token) is None
    with pytest.raises(SignInRefused):
        flows.sign_in_shopper(scope, EMAIL, PASSWORD, HERE)


def test_a_shopper_of_one_tenant_is_nobody_at_another(scope: Scope, new_tenant: Callable[[str], Scope]) -> None:
    other = new_tenant("th").with_values(actor=scope.actor, permissions=scope.permissions)
    token = make_shopper(scope, EMAIL).token
    assert flows.recognise_shopper(other, token) is None
    with pytest.raises(SignInRefused):
        flows.sign_in_shopper(other, EMAIL, PASSWORD, HERE)
    flows.ask_reset(scope, EMAIL, HERE)
    with pytest.raises(ProofExpired):
        flows.reset_password(other, last_letter(scope, EMAIL).link, OTHER, HERE)
    assert count(other, "identity_shoppers") == 0


def test_two_accounts_of_one_mailbox_are_one(scope: Scope) -> None:
    browsers = [flows.sign_up(scope, EMAIL, "Malee", HERE)]
    codes = [last_letter(scope, EMAIL).code]
    browsers.append(flows.sign_up(scope, EMAIL, "Malee", HERE))
    codes.append(last_letter(scope, EMAIL).code)
    shopper_ids = {
        flows.answer_code(scope, browser, code, HERE).shopper_id for browser, code in zip(browsers, codes, strict=True)
    }
    assert len(shopper_ids) == 1
    assert count(scope, "identity_shoppers") == 1


def test_addresses_are_one_s_own_and_one_is_the_usual_one(scope: Scope) -> None:
    mine, other = (as_shopper(scope, make_shopper(scope).token) for _ in range(2))
    with mine.transaction() as unit:
        first = shoppers.keep_address(unit, ADDRESSES["th"], "+66812345678", is_default=False)
        second = shoppers.keep_address(unit, ADDRESSES["th"], "+66812345679", is_default=True)
        kept = queries.list_addresses(unit)
    assert [(one.id, one.is_default) for one in kept] == [(second, True), (first, False)]
    with other.transaction() as unit:
        assert queries.list_addresses(unit) == []
        for step in (
            lambda: queries.get_address(unit, first),
            lambda: shoppers.remove_address(unit, first),
            lambda: shoppers.keep_address(unit, {}, "", is_default=True, address_id=first),
            lambda: queries.get_address(unit, "x"),
        ):
            with pytest.raises(AddressNotFound):
                step()
    with mine.transaction() as unit:
        shoppers.remove_address(unit, second)
        assert [(one.id, one.is_default) for one in queries.list_addresses(unit)] == [(first, True)]


def test_what_is_old_goes_at_night(scope: Scope, clock: FixedClock) -> None:
    make_shopper(scope, EMAIL)
    clock.at += LIFETIME + timedelta(days=8)
    with scope.as_system().transaction() as unit:
        jobs.forget_old(unit)
        assert unit.db.scalars(select(ProofRow.id)).all() == []
        assert unit.db.scalars(select(ShopperSessionRow.id)).all() == []
        assert len(unit.db.scalars(select(ShopperRow.id)).all()) == 1
