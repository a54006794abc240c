"""Prices and stock at the console: one row in place, many rows by a preview; what is refused changes nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domains.inventory import actions as inventory
from app.domains.inventory.queries import list_offers
from app.domains.inventory.types import OfferFilter, OfferRow
from app.domains.pricing import actions as pricing
from app.faces.partner_console.bulk import raised, step_of
from app.kit import ids
from app.kit.money import Money
from tests.faces.partner_console.conftest import Desk, House
from tests.factories.orders import make_offer

MOST_STATEMENTS = 9
"""Of the table: opening the unit, the session, the offers, their number, categories with slugs, pictures."""


@pytest.fixture
def offer_id(house: House) -> str:
    """100.00, five pieces."""
    return make_offer(house.scope, stock=5)


def row_of(desk: Desk, offer_id: str) -> OfferRow:
    with desk.scope.transaction() as unit:
        return list_offers(unit, OfferFilter(offer_ids=(offer_id,))).rows[0]


def form_of(row: OfferRow, **changes: Any) -> dict[str, str]:
    values = {
        "price": "100.00",
        "compare_at": "",
        "stock": str(row.on_hand),
        "price_version": str(row.price_version),
        "stock_version": str(row.stock_version),
    }
    return {**values, **changes}


def test_a_row_is_changed_in_place(house: House, offer_id: str) -> None:
    desk = house.sit_down("merchandiser")
    before = row_of(desk, offer_id)
    form = form_of(before, price="119.50", compare_at="140", stock="12", list_q=before.sku)
    answer = desk.post(f"/en/offers/{offer_id}", form)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/en/offers?q={before.sku}#{offer_id}"
    after = row_of(desk, offer_id)
    assert (after.price_minor, after.compare_at_minor, after.on_hand) == (11950, 14000, 12)
    assert f"{before.sku} is saved" in desk.get(f"/en/offers?q={before.sku}").text
    written = """
        SELECT string_agg(noun || ' ' || (actor->>'name'), ',' ORDER BY id)
        FROM tenancy_audit_entries
        WHERE noun_id = :id AND actor->>'kind' = 'staff'
    """
    assert desk.value(written, id=offer_id) == "price The merchandiser,stock The merchandiser"


def test_nothing_different_changes_nothing(house: House, offer_id: str) -> None:
    desk = house.sit_down("owner")
    before = row_of(desk, offer_id)
    assert desk.post(f"/en/offers/{offer_id}", form_of(before)).status_code == 303
    assert row_of(desk, offer_id) == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"price": "abc"}, "price"),
        ({"price": ""}, "price"),
        ({"price": "-5"}, "price"),
        ({"price": "1.005"}, "price"),
        ({"price": "9" * 20}, "price"),
        ({"price": "=1+1"}, "price"),
        ({"compare_at": "100.00"}, "compare_at"),
        ({"compare_at": "x"}, "compare_at"),
        ({"stock": ""}, "stock"),
        ({"stock": "-1"}, "stock"),
        ({"stock": "1.5"}, "stock"),
        ({"stock": "1000001"}, "stock"),
        ({"price": "150.00", "stock": "x"}, "stock"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_changes_nothing(
    house: House, offer_id: str, changes: dict[str, str], field: str
) -> None:
    desk = house.sit_down("owner")
    before = row_of(desk, offer_id)
    answer = desk.post(f"/en/offers/{offer_id}", form_of(before, **changes))
    assert answer.status_code == 422
    part = answer.text.split(f'<tr id="{offer_id}"', 1)[1].split("</tr>", 1)[0]
    wrong = part.split('aria-invalid="true"', 1)[0].rsplit('name="', 1)[1].split('"', 1)[0]
    assert wrong == field
    assert f'id="fault-{offer_id}"' in part
    assert row_of(desk, offer_id) == before


def test_a_stale_row_is_refused_whole(house: House, offer_id: str) -> None:
    """The price is fresh and the stock is not: neither is changed."""
    desk = house.sit_down("owner")
    before = row_of(desk, offer_id)
    with house.scope.transaction() as unit:
        inventory.set_stock(unit, offer_id, 9, reference="somebody else")
    answer = desk.post(f"/en/offers/{offer_id}", form_of(before, price="150.00", stock="4"))
    assert answer.status_code == 409 and "Somebody else has changed this" in answer.text
    after = row_of(desk, offer_id)
    assert (after.price_minor, after.on_hand) == (10000, 9)
    for version in ("", "x"):
        assert desk.post(f"/en/offers/{offer_id}", form_of(after, price="1", price_version=version)).status_code == 409
    assert row_of(desk, offer_id) == after


def test_stock_is_not_set_below_what_is_promised(house: House, offer_id: str) -> None:
    desk = house.sit_down("fulfilment")
    with house.scope.transaction() as unit:
        inventory.reserve(unit, ids.new("grp"), {offer_id: 3}, unit.now())
    before = row_of(desk, offer_id)
    form = {"stock": "2", "stock_version": str(before.stock_version)}
    answer = desk.post(f"/en/offers/{offer_id}", form)
    assert answer.status_code == 422 and "not less than the 3 pieces promised" in answer.text
    assert row_of(desk, offer_id) == before


def test_who_may_only_count_does_not_see_or_change_prices(house: House, offer_id: str) -> None:
    desk = house.sit_down("fulfilment")
    before = row_of(desk, offer_id)
    page = desk.get("/en/offers").text
    assert 'name="price"' not in page and 'name="stock"' in page and 'value="raise"' not in page
    assert desk.post(f"/en/offers/{offer_id}", form_of(before, price="1")).status_code == 403
    planned = {"operation": "price", "offer": offer_id, f"after_{offer_id}": "1", f"version_{offer_id}": "1"}
    assert desk.post("/en/offers/changes", planned).status_code == 403
    assert row_of(desk, offer_id) == before


def test_the_table_costs_the_same_however_long_it_is(fresh_house: House) -> None:
    desk = fresh_house.sit_down("owner")
    assert "No product yet" in desk.get("/en/offers").text
    counts = []
    for more in (1, 12):
        for _ in range(more):
            make_offer(fresh_house.scope, stock=1)
        desk.get("/en/offers")
        with fresh_house.statements() as seen:
            assert desk.get("/en/offers").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= MOST_STATEMENTS


def test_lists_go_on_in_pages_and_keep_their_filter(fresh_house: House) -> None:
    for _ in range(51):
        make_offer(fresh_house.scope, stock=1, title="Cup")
    desk = fresh_house.sit_down("owner")
    first = desk.get("/en/offers?q=cup&stock=low").text
    following = first.split('rel="next" href="', 1)[1].split('"', 1)[0].replace("&amp;", "&")
    assert "q=cup" in following and "stock=low" in following
    second = desk.get(following).text
    assert second.count("<tr id=") == 1 and first.count("<tr id=") == 50


def test_prices_are_raised_as_the_preview_has_shown(house: House) -> None:
    desk = house.sit_down("merchandiser")
    offers = [make_offer(house.scope, stock=1, price=price) for price in ("99.99", "10", "0.07")]
    page = desk.post("/en/offers/preview", {"operation": "raise", "value": "7.5", "rounding": "minor", "offer": offers})
    assert page.status_code == 200
    assert "THB\u00a0107.49" in page.text and "rounded from 107.48925" in page.text and "THB\u00a010.75" in page.text
    assert [row_of(desk, one).price_minor for one in offers] == [9999, 1000, 7]
    form: dict[str, Any] = {"operation": "raise", "offer": offers}
    for one in offers:
        for name in (f"after_{one}", f"version_{one}"):
            form[name] = page.text.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]
    with house.scope.transaction() as unit:
        pricing.change_price(unit, offers[1], Money(5000, "THB"))
    report = desk.post("/en/offers/changes", form)
    assert report.status_code == 200
    assert "Somebody else has changed this" in report.text
    assert [row_of(desk, one).price_minor for one in offers] == [10749, 5000, 8]
    again = desk.post("/en/offers/changes", form)
    assert again.text.count("Somebody else has changed this") == 3
    assert [row_of(desk, one).price_minor for one in offers] == [10749, 5000, 8]


def test_stock_is_set_for_many_and_reported_row_by_row(house: House) -> None:
    desk = house.sit_down("fulfilment")
    offers = [make_offer(house.scope, stock=stock) for stock in (5, 7, 8)]
    with house.scope.transaction() as unit:
        inventory.reserve(unit, ids.new("grp"), {offers[0]: 3}, unit.now())
    rows = [row_of(desk, one) for one in offers]
    form: dict[str, Any] = {"operation": "stock", "offer": offers}
    form |= {f"after_{row.offer_id}": "2" for row in rows}
    form |= {f"version_{row.offer_id}": str(row.stock_version) for row in rows}
    form[f"after_{offers[2]}"] = "8"
    report = desk.post("/en/offers/changes", form).text
    assert "3 pieces promised" in report
    assert [row_of(desk, one).on_hand for one in offers] == [5, 2, 8]
    assert [report.count(f">{word}</span>") for word in ("Changed", "Refused", "As it was")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("form", "status", "told"),
    [
        ({"operation": "raise", "value": "x"}, 422, "Enter a percentage"),
        ({"operation": "raise", "value": "-91"}, 422, "Enter a percentage"),
        ({"operation": "raise", "value": "1e3"}, 422, "Enter a percentage"),
        ({"operation": "raise", "value": "NaN"}, 422, "Enter a percentage"),
        ({"operation": "price", "value": "1.005"}, 422, "decimal places"),
        ({"operation": "stock", "value": "1.5"}, 422, "not a whole number"),
        ({"operation": "drop", "value": "5"}, 422, "Choose what to change"),
    ],
)
def test_a_change_that_cannot_be_is_explained(
    house: House, offer_id: str, form: dict[str, str], status: int, told: str
) -> None:
    answer = house.sit_down("owner").post("/en/offers/preview", {**form, "offer": offer_id})
    assert answer.status_code == status and told in answer.text
    assert f'name="offer" value="{offer_id}"' in answer.text


@pytest.mark.parametrize("offers", [[], ["off_nonsense"], [ids.new("off")]])
def test_without_a_row_nothing_is_previewed(house: House, offers: list[str]) -> None:
    desk = house.sit_down("owner")
    for path in ("/en/offers/preview", "/en/offers/changes"):
        answer = desk.post(path, {"operation": "stock", "value": "5", "offer": offers})
        assert answer.status_code == 422 and "Choose one or more rows first" in answer.text


@given(
    amount=st.integers(0, 10**12),
    percent=st.decimals(-90, 1000, places=4),
    step=st.sampled_from([1, 5, 100, 500, 1000, 10000]),
)
def test_a_raised_price_is_the_nearest_multiple_of_its_step(amount: int, percent: Decimal, step: int) -> None:
    after, exact = raised(amount, percent, step)
    assert exact * 100 == Decimal(amount) * (100 + percent)
    assert after % step == 0
    assert abs(after - exact) * 2 <= step
    assert after >= 0


def test_steps_are_whole_units_of_the_currency() -> None:
    assert [step_of("10", currency) for currency in ("JPY", "THB", "KWD")] == [10, 1000, 10000]
    assert step_of("minor", "KWD") == step_of("nonsense", "KWD") == 1
