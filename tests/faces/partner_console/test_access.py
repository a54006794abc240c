"""Every route by every role equals the table in `access.py`; a route without an entry fails (ACC-01)."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from sqlalchemy import update
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.domains.identity.models import StaffRow
from app.domains.identity.rules.roles import ROLES as KNOWN_ROLES
from app.factory import Serai
from app.kit import ids
from tests.faces.partner_console.access import ACCESS, EVERYBODY, ROLES
from tests.faces.partner_console.conftest import Desk, House, field_of
from tests.factories.orders import make_offer

REFUSED = {"anonymous": {"GET": 303, "POST": 401}}


def doors(application: Serai) -> dict[tuple[str, str], Rule]:
    """Every method of every route of the console."""
    return {
        (method, rule.endpoint): rule
        for rule in application.faces["partner_console"].url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


@pytest.fixture(scope="module")
def offer_id(house: House) -> str:
    return make_offer(house.scope, stock=3)


def knock(desk: Desk, rule: Rule, method: str, offer_id: str) -> TestResponse:
    """Ask for a route with arguments of the right shape, of which only the offer and the file exist."""
    known = {
        "offer_id": offer_id,
        "order_id": ids.new("ord"),
        "refund_id": ids.new("ref"),
        "run_id": ids.new("imp"),
        "promotion_id": ids.new("prm"),
        "coupon_id": ids.new("cpn"),
        "synonyms_id": ids.new("syn"),
        "redirect_id": ids.new("rdr"),
        "session_id": ids.new("ses"),
        "digest": "0" * 64,
        "name": "none.css",
        "kind": "sign_up",
        "path": "pictures/none.webp",
    }
    adapter = desk.client.application.faces["partner_console"].url_map.bind(desk.host)
    if rule.endpoint.startswith("exports."):
        known["run_id"] = ids.new("exp")
    path = adapter.build(rule.endpoint, {name: known[name] for name in rule.arguments})
    if method == "GET":
        return desk.get(path, query_string={"format": "jsonl"})
    form: dict[str, object] = {"format": "jsonl", **ACCESS[method, rule.endpoint].form}
    if rule.endpoint.startswith("bulk."):
        form |= {"offer": offer_id, f"after_{offer_id}": "5", f"version_{offer_id}": "99"}
    if rule.endpoint == "imports.upload":
        form["file"] = (io.BytesIO(b""), "x.csv")
    return desk.post(path, form)


def test_every_route_has_an_entry_and_every_entry_a_route(application: Serai) -> None:
    assert doors(application).keys() == ACCESS.keys()


def test_the_table_speaks_of_all_roles() -> None:
    assert set(ROLES) == set(KNOWN_ROLES)


@pytest.mark.parametrize("who", ["anonymous", *ROLES])
def test_every_route_lets_in_whom_the_table_names(application: Serai, house: House, offer_id: str, who: str) -> None:
    wrong = []
    for (method, endpoint), rule in sorted(doors(application).items(), key=lambda door: door[0]):
        desk = house.visit() if who == "anonymous" else house.sit_down(who)
        status = knock(desk, rule, method, offer_id).status_code
        expected = REFUSED.get(who, {}).get(method, 403)
        is_in = status not in (401, 403) and not (status == 303 and who == "anonymous" and method == "GET")
        if is_in != (who in ACCESS[method, endpoint].who) or (not is_in and status != expected) or status >= 500:
            wrong.append((method, endpoint, status))
    assert wrong == []


def test_who_has_no_permission_at_all_is_refused_everywhere(
    application: Serai, fresh_house: House, offer_id: str
) -> None:
    """Signed in, with a role that nobody knows any more: an empty set of permissions allows nothing."""
    desk = fresh_house.sit_down("owner")
    desk.token = field_of(desk.get("/en/profile").text, "csrf_token")
    with fresh_house.scope.transaction() as unit:
        unit.db.execute(update(StaffRow).values(role="forgotten", version=StaffRow.version + 1))
    let_in = []
    for (method, endpoint), rule in sorted(doors(application).items(), key=lambda door: door[0]):
        if ACCESS[method, endpoint].who == EVERYBODY or endpoint == "orders.show_home":
            continue
        if knock(desk, rule, method, offer_id).status_code != 403:
            let_in.append((method, endpoint))
    assert let_in == []


def test_without_a_session_nothing_is_told_of_what_exists(house: House) -> None:
    desk = house.visit()
    for path in ("/orders", "/orders/nothing", "/nowhere", "/staff?x=1"):
        answer = desk.get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/sign-in?next=")


def test_a_session_of_another_tenant_is_nobody(house: House, fresh_house: House) -> None:
    desk = house.sit_down("owner")
    token = desk.client.get_cookie("console", house.host)
    assert token is not None and desk.get("/en/orders").status_code == 200
    stranger = replace(desk, host=fresh_house.host)
    stranger.client.set_cookie("console", token.value, domain=fresh_house.host)
    assert stranger.get("/en/orders").status_code == 303


def test_ids_of_another_tenant_are_not_found(house: House, fresh_house: House) -> None:
    foreign = make_offer(fresh_house.scope, stock=3)
    answer = house.sit_down("owner").post(f"/en/offers/{foreign}", {"stock": "9", "stock_version": "2"})
    assert answer.status_code == 404
    with fresh_house.scope.transaction() as unit:
        assert unit.db.connection().exec_driver_sql("SELECT sum(on_hand) FROM inventory_levels").scalar() == 3
