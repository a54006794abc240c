"""Prices and stock side by side: found by words, category, status and stock, in pages, in one statement."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from app.domains.catalogue import actions as catalogue
from app.domains.catalogue.models import OfferRow as OfferModel
from app.domains.catalogue.types import ProductSaved
from app.domains.inventory import actions, queries
from app.domains.inventory.types import OfferFilter
from app.domains.pricing import actions as pricing
from app.kit.errors import MalformedId, PermissionDenied
from app.kit.money import Money
from app.kit.scope import NOTHING, Permissions, Scope
from tests.factories.catalogue import category, product, save_own_seller


@pytest.fixture
def scarf(system_scope: Scope) -> ProductSaved:
    """Two sizes; the first has a price and five pieces, the second neither."""
    with system_scope.transaction() as unit:
        save_own_seller(unit)
        pricing.ensure_price_list(unit, code="retail", currency="THB", tax_included=True)
        actions.ensure_location(unit)
        catalogue.save_category(unit, category(code="cloth"))
        saved = catalogue.save_product(unit, product(category_code="cloth"))
        offer = next(iter(saved.offers.values()))
        pricing.change_price(unit, offer, Money(129000, "THB"), compare_at=Money(150000, "THB"))
        actions.set_stock(unit, offer, 5, reference="count")
    return saved


def found(scope: Scope, **values: object) -> list[str]:
    with scope.transaction() as unit:
        wanted = OfferFilter(**values)
        rows = queries.list_offers(unit, wanted).rows
        assert queries.count_offers(unit, wanted) == len(rows)
    return [row.sku for row in rows]


def test_a_row_has_price_stock_and_the_versions_of_both(staff_scope: Scope, scarf: ProductSaved) -> None:
    with staff_scope.transaction() as unit:
        first, second = queries.list_offers(unit).rows
    assert (first.price_minor, first.compare_at_minor, first.currency) == (129000, 150000, "THB")
    assert (first.on_hand, first.reserved, first.available) == (5, 0, 5)
    assert first.price_version == 1 and first.stock_version == 2
    assert first.options == (({"th": "ขนาด", "en": "Size"}, {"en": "Medium"}),)
    assert (second.price_minor, second.price_version, second.stock_version, second.on_hand) == (None, None, None, 0)
    assert {first.status, second.status} == {"selling"}


def test_offers_are_found(staff_scope: Scope, system_scope: Scope, scarf: ProductSaved) -> None:
    medium, large = scarf.offers
    with system_scope.transaction() as unit:
        cloth = catalogue.save_category(unit, category(code="empty")).category_id
    assert found(staff_scope) == [medium, large]
    assert found(staff_scope, words=medium.lower()) == [medium]
    assert found(staff_scope, words="ผ้าพันคอ") == [medium, large]
    assert found(staff_scope, words="khwan") == [medium, large]
    assert found(staff_scope, words="%") == []
    assert found(staff_scope, words="th") == []
    assert found(staff_scope, stock="in_stock") == [medium]
    assert found(staff_scope, stock="low") == [medium]
    assert found(staff_scope, stock="sold_out") == [large]
    assert found(staff_scope, stock="no_price") == [large]
    assert found(staff_scope, category_id=cloth) == []
    assert found(staff_scope, offer_ids=(scarf.offers[large],)) == [large]


def test_what_is_not_sold_is_told_apart(staff_scope: Scope, system_scope: Scope, scarf: ProductSaved) -> None:
    medium, large = scarf.offers
    with system_scope.transaction() as unit:
        unit.db.execute(
            OfferModel.__table__.update().where(OfferModel.id == scarf.offers[medium]).values(status="paused")
        )
    assert found(staff_scope, status="paused") == [medium]
    assert found(staff_scope, status="selling") == [large]
    with system_scope.transaction() as unit:
        catalogue.archive_product(unit, scarf.product_id)
    assert found(staff_scope) == []
    assert found(staff_scope, status="archived") == [medium, large]


def test_pages_follow_each_other_without_gap_in_one_statement_each(staff_scope: Scope, scarf: ProductSaved) -> None:
    with staff_scope.as_system().transaction() as unit:
        for _ in range(4):
            catalogue.save_product(unit, product())
    with staff_scope.transaction() as unit:
        whole = [row.sku for row in queries.list_offers(unit).rows]
        statements: list[str] = []
        event.listen(unit.db.connection(), "before_cursor_execute", lambda *given: statements.append(given[2]))
        seen, cursor = [], None
        for _ in range(4):
            page = queries.list_offers(unit, cursor=cursor, limit=3)
            seen += [row.sku for row in page.rows]
            cursor = page.next_cursor
    assert cursor is None
    assert seen == whole and len(whole) == 10
    assert len(statements) == 4


@pytest.mark.parametrize("cursor", ["x", "~1~", "prd_x~1~off_y", "prd_x~-1~off_y"])
def test_a_cursor_that_is_none_is_refused(staff_scope: Scope, scarf: ProductSaved, cursor: str) -> None:
    with staff_scope.transaction() as unit, pytest.raises(MalformedId):
        queries.list_offers(unit, cursor=cursor)


@pytest.mark.parametrize("permissions", [NOTHING, Permissions(frozenset({"catalogue.browse", "orders.view"}))])
def test_prices_and_stock_are_for_those_who_edit_them(staff_scope: Scope, permissions: Permissions) -> None:
    with staff_scope.with_values(permissions=permissions).transaction() as unit:
        for ask in (queries.list_offers, queries.count_offers):
            with pytest.raises(PermissionDenied):
                ask(unit)
