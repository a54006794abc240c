"""An order's taxes: which ones they are by where it goes, what is frozen of them, and what a letter calls them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.domains.content.models import MessageRow
from app.domains.orders.actions import letters
from app.domains.orders.flows.payment import start_payment
from app.domains.orders.models import GroupRow
from app.domains.orders.queries.carts import find_cart
from app.domains.orders.queries.checkout import price_cart
from app.domains.orders.queries.groups import get_group
from app.domains.orders.types import OrderGroup
from app.domains.pricing.actions import change_price
from app.domains.pricing.queries import replay_quote
from app.domains.provisioning.flows.audit import list_invariants
from app.domains.tenancy.queries.markets import get_market
from app.kit.clock import FixedClock
from app.kit.invariants import check
from app.kit.money import Money
from app.kit.scope import Scope
from tests.conftest import NOON
from tests.factories.orders import ADDRESSES, checkout_of, fill_cart, make_offer, open_shop

SHIPPED = Path(__file__).parents[3] / "config" / "markets"
GuestOf = Callable[[Scope], Scope]


@pytest.fixture
def indian(new_tenant: Callable[[str], Scope]) -> Scope:
    """A tenant at home in Karnataka that sells."""
    scope = new_tenant("in")
    open_shop(scope)
    return scope


@pytest.fixture
def japanese(new_tenant: Callable[[str], Scope]) -> Scope:
    scope = new_tenant("jp")
    open_shop(scope)
    return scope


def order(guest: Scope, quantities: dict[str, int], **changes: object) -> OrderGroup:
    """Placed, paid at the door."""
    token = fill_cart(guest, quantities)
    started = start_payment(guest, token, checkout_of(guest, token, gateway="cod", **changes))
    assert started.outcome == "placed"
    with guest.as_system().transaction() as unit:
        return get_group(unit, started.group_id)


@pytest.mark.parametrize(
    ("area", "postal_code", "expected"),
    [
        ("Karnataka", "560001", [("cgst", "0.090", 9000), ("sgst", "0.090", 9000)]),
        ("Kerala", "682001", [("igst", "0.18", 18000)]),
        ("Chandigarh", "160017", [("igst", "0.18", 18000)]),
    ],
)
def test_the_delivery_address_decides_which_taxes_an_indian_order_bears(
    indian: Scope, guest_of: GuestOf, area: str, postal_code: str, expected: list[tuple[str, str, int]]
) -> None:
    offer_id = make_offer(indian, stock=5, price="1180")
    address = ADDRESSES["in"] | {"country_area": area, "postal_code": postal_code}
    group = order(guest_of(indian), {offer_id: 1}, address=address)
    (line,) = group.quote["lines"]
    assert [(one["code"], one["rate"], one["tax_minor"]) for one in line["components"]] == expected
    assert sum(tax["tax_minor"] for tax in group.quote["taxes"]) == group.tax_minor
    assert [step["facts"] for step in group.quote["steps"] if step["kind"] == "place"] == [
        {"seller": "Karnataka", "delivery": area}
    ]
    assert group.orders[0].lines[0].tax_code == "gst"
    adds_up(indian)


def test_a_cart_without_an_address_names_the_tax_as_one(indian: Scope, guest_of: GuestOf) -> None:
    guest = guest_of(indian)
    token = fill_cart(guest, {make_offer(indian, stock=5, price="1180"): 1})
    with guest.transaction() as unit:
        cart = find_cart(unit, token)
        assert cart is not None
        for place in ("", "Karnataka", "Kerala"):
            quote = price_cart(unit, cart, "standard", "cod", place=place).quote
            assert quote.total_minor == 118100
            assert [len(tax.components) for tax in quote.taxes] == [{"": 0, "Karnataka": 2, "Kerala": 1}[place]]


def test_a_stored_quote_replays_after_prices_packs_and_clock_have_changed(
    indian: Scope, guest_of: GuestOf, tmp_path: Path
) -> None:
    offer_id = make_offer(indian, stock=5, price="999.99")
    group = order(guest_of(indian), {offer_id: 3})
    with indian.transaction() as unit:
        change_price(unit, offer_id, Money.parse("5.00", "INR"))
        stored = unit.db.execute(
            select(GroupRow.quote_inputs, GroupRow.quote_hash, GroupRow.quote).where(GroupRow.id == group.id)
        ).one()
    shutil.copytree(SHIPPED, tmp_path, dirs_exist_ok=True)
    pack = tmp_path / "in.toml"
    changed = pack.read_text(encoding="utf-8").replace('rate = "0.18"', 'rate = "0.20"')
    changed = changed.replace('rounding_level = "line"', 'rounding_level = "invoice"').replace('"cgst"', '"tax"')
    pack.write_text(changed, encoding="utf-8")
    later = indian.with_values(
        settings=indian.settings.with_values(markets_dir=str(tmp_path)), clock=FixedClock(NOON + timedelta(days=400))
    )
    assert str(get_market(later).tax_rate("standard", later.today()).rate) == "0.20"
    with later.transaction(read_only=True) as unit:
        assert stored.quote_inputs["format"] == 3
        assert replay_quote(unit, stored.quote_inputs) == stored.quote_hash
    adds_up(later)


def test_japan_rounds_once_per_rate_over_the_whole_order(japanese: Scope, guest_of: GuestOf) -> None:
    """Four kinds of food at 98 yen: 392 × 8 ÷ 108 = 29.04, where a rounding per article gives 28. A vase at 3,300, the
    delivery at 1 and the fee at 330: 3,631 × 10 ÷ 110 = 330.09."""
    food = [make_offer(japanese, stock=5, price="98", tax_category="reduced") for _ in range(4)]
    vase = make_offer(japanese, stock=5, price="3300")
    group = order(guest_of(japanese), {**dict.fromkeys(food, 1), vase: 1})
    taxes = {tax["code"]: (tax["rate"], tax["tax_minor"]) for tax in group.quote["taxes"]}
    assert taxes == {"ct_reduced": ("0.08", 29), "ct": ("0.10", 330)}
    lines = group.orders[0].lines
    assert sorted(line.tax_minor for line in lines if line.tax_code == "ct_reduced") == [7, 7, 7, 8]
    assert group.total_minor == 4 * 98 + 3300 + 1 + 330
    adds_up(japanese)


def test_a_letter_names_each_tax_with_its_rate_and_marks_the_reduced_ones(
    indian: Scope, japanese: Scope, guest_of: GuestOf
) -> None:
    told = letter_of(indian, order(guest_of(indian), {make_offer(indian, stock=5, price="11800"): 1}))
    assert (
        "₹11,800.00" in told and "सीजीएसटी 9%" in told and "एसजीएसटी 9%" in told and "₹900.08" in told
    )  # 0.08 of the delivery
    food = make_offer(japanese, stock=5, price="1080", tax_category="reduced", title="茶")
    told = letter_of(japanese, order(guest_of(japanese), {food: 1}))
    assert "※ 消費税8%（軽減税率）" in told and "消費税10%" in told
    assert "茶" in told and " ※" in told.split("消費税")[0]
    assert "2026年11月22日" in told and told.index("〒100-0005") < told.index("山田 花子")


def test_a_letter_dates_an_order_by_the_market_s_day(japanese: Scope, guest_of: GuestOf) -> None:
    evening = FixedClock(NOON.replace(hour=16))  # one o'clock of the next day in Tokyo
    late = japanese.with_values(clock=evening)
    group = order(guest_of(late), {make_offer(late, stock=5, price="330"): 1})
    assert "2026年11月23日" in letter_of(late, group)


def letter_of(scope: Scope, group: OrderGroup) -> str:
    with scope.transaction() as unit:
        letters.confirm_order(unit, group.id)
        return str(unit.db.execute(select(MessageRow.text).where(MessageRow.kind == "order_placed")).scalar_one())


def adds_up(scope: Scope) -> None:
    with scope.transaction(read_only=True) as unit:
        assert check(unit, [one for one in list_invariants() if one.room != "search"]) == []
