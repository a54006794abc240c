"""Promotions at the console: made, tried on open carts, let run, ended; codes by hand and by a job; refusals change
nothing."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from app.domains.pricing.flows import make_codes
from app.domains.pricing.rules.codes import normalise_code
from app.kit.ids import from_uuid
from tests.faces.partner_console.conftest import Desk, House, field_of
from tests.factories.orders import fill_cart, make_offer
from tests.factories.promotions import percent, run_coupon, run_promotion
from tests.resilience.shop import guest_of

FORM = {
    "code": "spring",
    "kind": "cart",
    "name_en": "Spring sale",
    "name_th": "ลดรับลม",
    "benefit": "percent",
    "rate": "12.5",
    "payer": "partner",
    "minimum": "150.00",
    "priority": "5",
    "budget": "1000.00",
    "starts_local": "2026-11-01T00:00",
    "returns_on_cancel": "1",
}


def id_of(answer: Any) -> str:
    return str(answer.headers["Location"].rsplit("/", 1)[-1].partition("#")[0])


def status_of(desk: Desk) -> str:
    return str(desk.value("SELECT status FROM pricing_promotions"))


def audited(desk: Desk, noun: str) -> list[str]:
    query = "SELECT coalesce(string_agg(verb, ',' ORDER BY id), '') FROM tenancy_audit_entries WHERE noun = :noun"
    return [verb for verb in str(desk.value(query, noun=noun)).split(",") if verb]


def test_a_promotion_is_made_changed_run_and_ended(house: House) -> None:
    desk = house.sit_down("owner")
    made = desk.post("/en/promotions", FORM)
    assert made.status_code == 303
    path = f"/en/promotions/{id_of(made)}"
    page = desk.get(path).text
    assert field_of(page, "rate") == "12.5" and field_of(page, "budget") == "1000.00"
    changed = desk.post(path, {**FORM, "rate": "15", "version": field_of(page, "version")})
    assert changed.status_code == 303 and field_of(desk.get(path).text, "rate") == "15"
    assert status_of(desk) == "draft"
    desk.post(f"{path}/activation", {"version": field_of(desk.get(path).text, "version")})
    assert status_of(desk) == "active" and "Runs now" in desk.get("/en/promotions").text
    refused = desk.post(path, {**FORM, "rate": "20", "version": field_of(desk.get(path).text, "version")})
    assert refused.status_code == 409 and desk.value("SELECT benefit ->> 'rate' FROM pricing_promotions") == "0.15"
    desk.post(f"{path}/end", {"version": field_of(desk.get(path).text, "version")})
    assert status_of(desk) == "ended"
    assert audited(desk, "promotion") == ["create", "change", "activate", "end"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"rate": "101"}, "More than 0 and at most 100 percent."),
        ({"rate": "a lot"}, "More than 0 and at most 100 percent."),
        ({"name_en": "", "name_th": ""}, "This is needed."),
        ({"budget": "1.999"}, "More than zero is needed."),
        ({"kind": "catalogue"}, "no condition of a cart"),
        ({"products": "nowhere"}, "There is no product with this number."),
        ({"ends_local": "2026-10-01T00:00"}, "The end must lie after the beginning."),
    ],
)
def test_a_form_that_makes_no_sense_is_shown_again(house: House, values: dict[str, str], sentence: str) -> None:
    desk = house.sit_down("owner")
    before = desk.value("SELECT count(*) FROM pricing_promotions")
    answer = desk.post("/en/promotions", {**FORM, "code": "fresh", **values})
    assert answer.status_code == 422 and sentence in answer.text
    assert field_of(answer.text, "code") == "fresh"
    assert desk.value("SELECT count(*) FROM pricing_promotions") == before


def test_a_preview_says_what_open_carts_would_become_and_changes_nothing(fresh_house: House) -> None:
    scope = fresh_house.scope
    offer_id = make_offer(scope, stock=9)
    for pieces in (1, 2):
        fill_cart(guest_of(scope), {offer_id: pieces})
    promotion_id = run_promotion(scope, percent("0.1"), minimum_minor=15000)
    desk = fresh_house.sit_down("owner")
    before = desk.value("SELECT count(*) FROM pricing_promotion_uses")
    page = desk.get(f"/en/promotions/{promotion_id}/preview")
    assert page.status_code == 200
    assert "20.00" in page.text and "The minimum is not reached." in page.text and "50.00 are missing." in page.text
    assert desk.value("SELECT count(*) FROM pricing_promotion_uses") == before == 0


def test_codes_are_made_by_hand_and_by_a_job_and_exported(fresh_house: House) -> None:
    promotion_id = run_coupon(fresh_house.scope, "FIRST")
    desk = fresh_house.sit_down("owner")
    path = f"/en/promotions/{promotion_id}"
    assert desk.post(f"{path}/coupons", {"coupon": "=VIP-1", "coupon_limit": "5"}).status_code == 303
    desk.post(f"{path}/coupons", {"coupon": "first"})
    assert desk.value("SELECT count(*) FROM pricing_coupons") == 2, "a code that exists is not made again"
    desk.post(f"{path}/coupon-batches", {"wanted": "10001", "prefix": "EID", "coupon_limit": "1"})
    assert desk.value("SELECT count(*) FROM pricing_coupon_batches") == 0
    desk.post(f"{path}/coupon-batches", {"wanted": "1200", "prefix": "EID", "coupon_limit": "1"})
    batch = from_uuid("cpb", desk.value("SELECT id FROM pricing_coupon_batches"))
    make_codes(fresh_house.scope, batch)
    make_codes(fresh_house.scope, batch)
    assert desk.value("SELECT made FROM pricing_coupon_batches") == 1200
    answer = desk.get(f"{path}/coupons.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 1202 and answer.headers["Content-Disposition"].startswith("attachment")
    assert "'=VIP-1" in {row["code"] for row in rows}, "a spreadsheet takes it for no formula"
    made = [row["code"] for row in rows if row["code"].startswith("EID-")]
    assert len({normalise_code(code) for code in made}) == 1200
    assert not set("".join(made).replace("EID", "")) & set("01ILOU"), "nothing that is read for another letter"
    assert audited(desk, "coupon_batch") == ["create"]


def test_a_code_is_taken_back_and_given_out_again(fresh_house: House) -> None:
    run_coupon(fresh_house.scope, "FIRST")
    desk = fresh_house.sit_down("owner")
    coupon_id = from_uuid("cpn", desk.value("SELECT id FROM pricing_coupons"))
    for is_active in (False, True):
        desk.post(f"/en/coupons/{coupon_id}", {"is_active": "1" if is_active else "0"})
        assert desk.value("SELECT is_active FROM pricing_coupons") is is_active


def test_who_may_not_edit_promotions_sees_none(house: House) -> None:
    desk = house.sit_down("fulfilment")
    assert desk.get("/en/promotions").status_code == 403
    before = desk.value("SELECT count(*) FROM pricing_promotions")
    assert desk.post("/en/promotions", FORM | {"code": "theirs"}).status_code == 403
    assert desk.value("SELECT count(*) FROM pricing_promotions") == before
