"""Signing in through the browser's eyes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest

from app.domains.identity import actions as identity
from app.kit.clock import FixedClock
from tests.conftest import NOON
from tests.faces.partner_console.conftest import PASSWORD, Desk, House, field_of

EMAIL = "noi@khwan.example"


@pytest.fixture
def own_house(fresh_house: House) -> House:
    """A tenant of the test's own, with one of the staff who has a password."""
    with fresh_house.scope.transaction() as unit:
        identity.ensure_staff(unit, EMAIL, "Noi", "owner", PASSWORD)
    return fresh_house


@pytest.fixture
def moving_clock(house_clock: FixedClock) -> Iterator[FixedClock]:
    """The clock of the application, put back afterwards."""
    yield house_clock
    house_clock.at = NOON


def enter(desk: Desk, email: str = EMAIL, password: str = PASSWORD, way: str = "/en/sign-in", **options: object):
    desk.token = ""
    return desk.post(way, {"email": email, "password": password}, **options)


def test_the_right_password_opens_the_console(own_house: House) -> None:
    desk = own_house.visit()
    answer = enter(desk)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/en/")
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("console="))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie and "Domain" not in cookie
    assert desk.get("/en/", follow_redirects=True).status_code == 200
    assert "Noi" in desk.get("/en/orders").text


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/orders?status=packed", "/en/orders?status=packed"),
        ("//evil.example", "/en/"),
        ("/\\evil.example", "/en/"),
        ("https://evil.example", "/en/"),
        ("/x\r\nSet-Cookie: a=b", "/en/"),
        ("/sign-in?next=/sign-in", "/en/"),
        ("", "/en/"),
    ],
)
def test_the_way_on_stays_on_this_site(own_house: House, wanted: str, goes_to: str) -> None:
    answer = enter(own_house.visit(), query_string={"next": wanted})
    assert answer.headers["Location"] == goes_to


def test_a_page_that_needs_a_session_leads_there_and_back(own_house: House) -> None:
    desk = own_house.visit()
    asked = desk.get("/en/orders?q=somying")
    assert asked.status_code == 303
    desk.token = ""
    page = desk.get(asked.headers["Location"])
    form = {"csrf_token": field_of(page.text, "csrf_token"), "email": EMAIL, "password": PASSWORD}
    answer = desk.post_bare(asked.headers["Location"], form)
    assert answer.headers["Location"] == "/en/orders?q=somying"


def test_known_and_unknown_people_get_one_answer(own_house: House) -> None:
    pages = []
    for email in (EMAIL, "nobody@khwan.example"):
        answer = enter(own_house.visit(), email, "wrong")
        assert answer.status_code == 422
        assert not any(one.startswith("console=") for one in answer.headers.getlist("Set-Cookie"))
        token = field_of(answer.text, "csrf_token")
        pages.append(answer.text.replace(email, "").replace(token, ""))
    assert pages[0] == pages[1]
    assert "is wrong" in pages[0]


def test_tries_are_slowed_down_whatever_address_is_claimed(own_house: House) -> None:
    statuses = []
    for number in range(7):
        forged = {"X-Forwarded-For": f"198.51.100.{number}", "Forwarded": f"for=198.51.100.{number}"}
        answer = enter(own_house.visit(), EMAIL, "wrong", headers=forged)
        statuses.append(answer.status_code)
    assert statuses == [422] * 5 + [429] * 2
    assert answer.headers["Retry-After"] == "30"
    assert "Wait 30 seconds" in answer.text
    assert own_house.visit().value("SELECT count(*) FROM identity_staff_sessions") == 0


def test_a_session_that_was_set_before_is_not_taken_over(own_house: House) -> None:
    """Fixation: neither cookie survives the sign-in."""
    desk = own_house.visit()
    desk.client.set_cookie("console", "chosen-by-somebody-else", domain=own_house.host)
    page = desk.get("/en/sign-in")
    before = desk.client.get_cookie("partner_console", own_house.host)
    desk.post_bare(
        "/en/sign-in", {"csrf_token": field_of(page.text, "csrf_token"), "email": EMAIL, "password": PASSWORD}
    )
    token = desk.client.get_cookie("console", own_house.host)
    after = desk.client.get_cookie("partner_console", own_house.host)
    assert token is not None and token.value != "chosen-by-somebody-else"
    assert before is not None and (after is None or after.value != before.value)


def test_every_changed_cookie_is_nobody(own_house: House) -> None:
    desk = own_house.visit()
    enter(desk)
    token = desk.client.get_cookie("console", own_house.host)
    assert token is not None
    for position in range(0, len(token.value), 5):
        letter = "A" if token.value[position] != "A" else "B"
        changed = token.value[:position] + letter + token.value[position + 1 :]
        desk.client.set_cookie("console", changed, domain=own_house.host)
        assert desk.get("/en/orders").status_code == 303


def test_signing_out_ends_the_session_itself(own_house: House) -> None:
    desk = own_house.visit()
    enter(desk)
    token = desk.client.get_cookie("console", own_house.host)
    assert token is not None
    desk.token = ""
    assert desk.post("/en/sign-out").headers["Location"] == "/en/sign-in"
    desk.client.set_cookie("console", token.value, domain=own_house.host)
    assert desk.get("/en/orders").status_code == 303


def test_a_new_password_ends_the_other_sessions(own_house: House) -> None:
    here, elsewhere = own_house.visit(), own_house.visit()
    for desk in (here, elsewhere):
        enter(desk)
    here.token = ""
    new = {"password": PASSWORD, "new_password": "seven boats at dawn", "repeated": "seven boats at dawn"}
    refused = here.post("/en/profile/password", {**new, "repeated": "seven boats"})
    assert refused.status_code == 422 and "not the same" in refused.text
    assert elsewhere.get("/en/orders").status_code == 200
    assert here.post("/en/profile/password", new).status_code == 303
    assert "1 other session was signed out" in here.get("/en/profile").text
    assert elsewhere.get("/en/orders").status_code == 303
    assert here.get("/en/orders").status_code == 200
    assert enter(own_house.visit()).status_code == 422


def test_a_session_is_ended_from_the_list(own_house: House) -> None:
    here, elsewhere = own_house.visit(), own_house.visit()
    for desk in (elsewhere, here):
        enter(desk)
    page = here.get("/en/profile").text
    way = page.split('action="/en/profile/sessions/', 1)[1].split('"', 1)[0]
    here.token = ""
    assert here.post(f"/en/profile/sessions/{way}").status_code == 303
    assert elsewhere.get("/en/orders").status_code == 303
    assert here.post(f"/en/profile/sessions/{way}").status_code == 404


def test_two_step_sign_in_from_set_up_to_use(own_house: House, moving_clock: FixedClock) -> None:
    desk = own_house.visit()
    enter(desk)
    desk.token = ""
    assert desk.get("/profile/two-step/picture.svg").status_code == 409
    assert desk.post("/en/profile/two-step").status_code == 303
    picture = desk.get("/profile/two-step/picture.svg")
    assert picture.content_type == "image/svg+xml" and b"<svg" in picture.data
    page = desk.get("/en/profile").text
    secret = page.split('class="key" dir="ltr">', 1)[1].split("<", 1)[0].replace(" ", "")
    wrong = desk.post("/en/profile/two-step/confirmation", {"code": "000000"})
    assert wrong.status_code == 422 and 'id="code-error"' in wrong.text
    code = pyotp.TOTP(secret).at(moving_clock.now())
    assert desk.post("/en/profile/two-step/confirmation", {"code": code}).status_code == 303
    assert secret not in desk.get("/en/profile").text.replace(" ", "")

    again = own_house.visit()
    asked = enter(again, query_string={"next": "/offers"})
    assert asked.headers["Location"] == "/en/sign-in?code=1&next=/offers"
    assert again.get("/en/orders").status_code == 303
    again.token = ""
    page = again.get(asked.headers["Location"])
    token = field_of(page.text, "csrf_token")
    way = "/en/sign-in/code?next=/offers"
    replayed = again.post_bare(way, {"csrf_token": token, "code": code})
    assert replayed.status_code == 422 and "was used already" in replayed.text
    moving_clock.at += timedelta(seconds=30)
    code = pyotp.TOTP(secret).at(moving_clock.now())
    done = again.post_bare(way, {"csrf_token": token, "code": code})
    assert done.headers["Location"] == "/en/offers"
    assert again.get("/en/offers").status_code == 200

    third = own_house.visit()
    enter(third)
    token = field_of(third.get("/en/sign-in?code=1").text, "csrf_token")
    assert third.post_bare("/en/sign-in/code", {"csrf_token": token, "code": code}).status_code == 422
    assert third.get("/en/orders").status_code == 303


def test_a_code_without_a_password_opens_nothing(own_house: House) -> None:
    desk = own_house.visit()
    answer = desk.post("/en/sign-in/code", {"code": "123456"})
    assert answer.status_code == 409 and "Begin again" in answer.text


def test_roles_that_change_count_at_once(own_house: House) -> None:
    desk = own_house.visit()
    enter(desk)
    assert desk.get("/en/staff").status_code == 200
    with own_house.scope.transaction() as unit:
        identity.ensure_staff(unit, EMAIL, "Noi", "fulfilment")
    assert desk.get("/en/staff").status_code == 403
    assert 'href="/en/staff"' not in desk.get("/en/orders").text
