"""Forms of others are refused, whatever they are, and nothing changes."""

from __future__ import annotations

import pytest

from tests.faces.partner_console.access import ACCESS
from tests.faces.partner_console.conftest import House, field_of
from tests.faces.partner_console.test_access import doors
from tests.factories.orders import make_offer


def test_no_form_passes_without_its_token(house: House) -> None:
    """The token is asked for before anything else: unknown ids make no difference."""
    desk = house.sit_down("owner")
    foreign = house.visit()
    other_token = field_of(foreign.get("/en/sign-in").text, "csrf_token")
    adapter = house.application.faces["partner_console"].url_map.bind(house.host)
    passed = []
    for (method, endpoint), rule in doors(house.application).items():
        if method != "POST":
            continue
        path = adapter.build(endpoint, dict.fromkeys(rule.arguments, "x"))
        for form in ({}, {"csrf_token": ""}, {"csrf_token": other_token}):
            answer = desk.post_bare(path, {**ACCESS[method, endpoint].form, **form})
            if answer.status_code != 403 or "not valid any more" not in desk.post_bare(f"/en{path}", form).text:
                passed.append((endpoint, form, answer.status_code))
    assert passed == []


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}])
def test_a_form_of_another_site_is_refused(house: House, headers: dict[str, str]) -> None:
    desk, offer_id = house.sit_down("owner"), make_offer(house.scope, stock=3)
    answer = desk.post(f"/offers/{offer_id}", {"stock": "9", "stock_version": "2"}, headers=headers)
    assert answer.status_code == 403
    assert f'value="{offer_id}"' in desk.get("/en/offers").text
    query = "SELECT on_hand FROM inventory_levels ORDER BY created_at DESC LIMIT 1"
    assert desk.value(query) == 3


def test_nothing_is_changed_by_asking(house: House) -> None:
    """GET and HEAD on addresses of steps (ACC-10)."""
    desk, offer_id = house.sit_down("owner"), make_offer(house.scope, stock=3)
    for path in (f"/offers/{offer_id}", "/offers/changes", "/sign-out", "/profile/two-step"):
        assert desk.get(path, query_string={"stock": "9", "_method": "POST"}).status_code in (404, 405)
        headers = {"X-HTTP-Method-Override": "POST"}
        assert desk.get(path, headers=headers).status_code in (404, 405)
    assert desk.get("/en/orders").status_code == 200


def test_pages_are_kept_by_nobody_and_hold_nothing_inline(house: House) -> None:
    desk = house.sit_down("owner")
    for path in ("/en/orders", "/en/offers", "/en/imports", "/en/profile", "/en/staff"):
        answer = desk.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe-inline" not in policy and "script-src 'self'" in policy
        assert "<style" not in answer.text and " style=" not in answer.text and "<script>" not in answer.text


def test_the_language_is_in_the_address_and_the_direction_follows(house: House) -> None:
    desk = house.sit_down("owner")
    thai, english = desk.get("/orders?status=packed"), desk.get("/en/orders?status=packed")
    assert '<html lang="th" dir="ltr">' in thai.text
    assert 'href="/en/orders?status=packed"' in thai.text
    assert '<html lang="en" dir="ltr">' in english.text
    assert 'href="/orders?status=packed"' in english.text
