"""The index follows catalogue, prices and stock; it is written only where something differs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from psycopg import sql
from sqlalchemy import text

from app.domains.catalogue import actions as catalogue
from app.domains.catalogue.types import VariantInput
from app.domains.inventory import actions as inventory
from app.domains.pricing import actions as pricing
from app.domains.search import actions, flows, queries
from app.domains.search.queries.invariants import INVARIANTS
from app.domains.search.types import Card, ProductPage, SearchRequest
from app.kit import cluster
from app.kit.errors import PermissionDenied
from app.kit.invariants import Break, check
from app.kit.money import Money
from app.kit.queue import drain
from app.kit.scope import Scope
from tests.factories.catalogue import category, product
from tests.factories.search import open_trade, sell


def breaks(scope: Scope) -> list[Break]:
    with scope.transaction(read_only=True) as unit:
        return check(unit, INVARIANTS)


def cards(scope: Scope, words: str = "") -> list[Card]:
    with scope.transaction() as unit:
        return list(queries.search(unit, SearchRequest(words)).cards)


@pytest.fixture
def run_jobs(system_scope: Scope) -> Callable[[], None]:
    """Run what waits; jobs of this tenant in its scope."""
    return lambda: drain(system_scope.settings, lambda tenant: system_scope)


def offer_of(scope: Scope, product_id: str) -> str:
    with scope.transaction() as unit:
        page = queries.get_product_page(unit, queries.list_cards(unit, [product_id])[0].slug)
        assert isinstance(page, ProductPage)
        return page.variants[0].offer_id


def test_the_same_again_writes_nothing(system_scope: Scope) -> None:
    saved = sell(system_scope, product(), product())
    wanted = [one.product_id for one in saved]
    with system_scope.transaction() as unit:
        before = unit.db.execute(text("SELECT product_id, locale, version FROM search_documents ORDER BY 1, 2")).all()
        assert actions.index_products(unit, wanted) == 0
        assert actions.index_product(unit, wanted[0]) is False
        assert actions.count_terms(unit) == 0
        after = unit.db.execute(text("SELECT product_id, locale, version FROM search_documents ORDER BY 1, 2")).all()
    assert before == after and len(after) == 4
    assert flows.rebuild(system_scope) == 0


def test_events_bring_the_index_up_to_date(system_scope: Scope, scope: Scope, run_jobs: Callable[[], None]) -> None:
    scarf = product(title={"th": "ผ้า", "en": "Scarf"})
    with system_scope.transaction() as unit:
        open_trade(unit)
        saved = catalogue.save_product(unit, scarf)
        for sku, offer_id in saved.offers.items():
            pricing.change_price(unit, offer_id, Money(10_000 + len(sku), "THB"))
    assert cards(scope) == []
    run_jobs()
    (card,) = cards(scope, "ผ้า")
    assert (card.is_available, card.has_price_range) == (False, False)
    offer_id = next(iter(saved.offers.values()))
    with system_scope.transaction() as unit:
        inventory.set_stock(unit, offer_id, 3, reference="count")
        pricing.change_price(unit, offer_id, Money(500, "THB"))
        catalogue.save_product(unit, replace(scarf, title={"th": "ผ้าไหม", "en": "Silk"}))
    run_jobs()
    (card,) = cards(scope, "ผ้าไหม")
    assert (card.title, card.price_minor, card.is_available, card.has_price_range) == ("ผ้าไหม", 500, True, True)
    assert breaks(system_scope) == []
    with system_scope.transaction() as unit:
        catalogue.archive_product(unit, saved.product_id)
    run_jobs()
    assert cards(scope) == [] and breaks(system_scope) == []


def test_a_renamed_category_is_found_under_its_new_name(
    system_scope: Scope, scope: Scope, run_jobs: Callable[[], None]
) -> None:
    above = category(code="above", name={"th": "ของใช้", "en": "Goods"})
    with system_scope.transaction() as unit:
        catalogue.save_category(unit, above)
        catalogue.save_category(unit, category(code="below", parent_code="above"))
    sell(system_scope, product(category_code="below"))
    assert len(cards(scope, "ของใช้")) == 1
    with system_scope.transaction() as unit:
        catalogue.save_category(unit, replace(above, name={"th": "เครื่องเรือน", "en": "Furniture"}))
    run_jobs()
    assert (len(cards(scope, "ของใช้")), len(cards(scope, "เครื่องเรือน"))) == (0, 1)


def test_what_has_no_price_stands_in_no_list(system_scope: Scope, scope: Scope) -> None:
    (saved,) = sell(system_scope, product(variants=(VariantInput("NO-PRICE", {"size": "m"}, stock=3),)))
    assert cards(scope) == [] and breaks(system_scope) == []
    with scope.transaction() as unit:
        assert queries.list_cards(unit, [saved.product_id]) == queries.list_newest(unit, 5) == []


def test_availability_alone_is_refreshed(system_scope: Scope, scope: Scope) -> None:
    wanted = product(variants=(VariantInput("LAST", {"size": "m"}, price=Decimal(5), stock=1),))
    (saved,) = sell(system_scope, wanted)
    with system_scope.transaction() as unit:
        inventory.set_stock(unit, saved.offers["LAST"], 0, reference="gone")
        assert actions.refresh_availability(unit, saved.product_id) is True
        assert actions.refresh_availability(unit, saved.product_id) is False
    assert [card.is_available for card in cards(scope)] == [False]


def test_the_last_price_wins_over_an_indexing_that_had_begun_before(system_scope: Scope, scope: Scope) -> None:
    """A slow writer holds the product while the price changes; the writer after it waits and reads the new price."""
    (saved,) = sell(system_scope, product())
    offer_id = offer_of(scope, saved.product_id)
    holds, may_end = threading.Event(), threading.Event()

    def index_slowly() -> None:
        with system_scope.transaction() as unit:
            actions.index_product(unit, saved.product_id)
            holds.set()
            assert may_end.wait(20)

    def index_after() -> None:
        with system_scope.transaction() as unit:
            actions.index_product(unit, saved.product_id)

    slow, after = threading.Thread(target=index_slowly), threading.Thread(target=index_after)
    slow.start()
    assert holds.wait(20)
    after.start()
    with system_scope.transaction() as unit:
        pricing.change_price(unit, offer_id, Money(100, "THB"))
    assert [card.price_minor for card in cards(scope)] == [129_000]
    may_end.set()
    slow.join(20)
    after.join(20)
    assert [card.price_minor for card in cards(scope)] == [100]
    assert breaks(system_scope) == []


def test_rebuilding_makes_whole_what_was_damaged(system_scope: Scope, scope: Scope) -> None:
    saved = sell(system_scope, product(), product(), product())
    damage(system_scope, "DELETE FROM search_documents WHERE locale = 'th'", "DELETE FROM search_terms")
    damage(system_scope, "UPDATE search_documents SET price_minor = 1, is_available = false")
    with system_scope.transaction() as unit:
        catalogue.archive_product(unit, saved[0].product_id)
    assert {found.name for found in breaks(system_scope)} == {found.name for found in INVARIANTS}
    assert flows.rebuild(system_scope) == 5, "two documents written anew, two mended, one removed"
    assert breaks(system_scope) == [] and len(cards(scope)) == 2
    with scope.transaction() as unit:
        assert queries.suggest(unit, "ผ้า")


def test_words_counted_in_parts_are_the_same_words(system_scope: Scope) -> None:
    sell(system_scope, product(), product())
    stored = text("SELECT locale, term, skeleton, label, weight FROM search_terms ORDER BY locale, term")
    with system_scope.transaction() as unit:
        whole = unit.db.execute(stored).all()
        assert sum(actions.count_terms(unit, part, 3) for part in range(3)) == 0
        unit.db.execute(text("DELETE FROM search_terms"))
        written = [actions.count_terms(unit, part, 3) for part in range(3)]
        assert sum(written) == len(whole) and sum(count > 0 for count in written) > 1
        assert unit.db.execute(stored).all() == whole


def test_only_the_software_itself_writes_the_index(system_scope: Scope, scope: Scope, staff_scope: Scope) -> None:
    (saved,) = sell(system_scope, product())
    for somebody in (scope, staff_scope):
        with somebody.transaction() as unit:
            with pytest.raises(PermissionDenied):
                actions.index_product(unit, saved.product_id)
            with pytest.raises(PermissionDenied):
                actions.refresh_availability(unit, saved.product_id)
        with pytest.raises(PermissionDenied):
            flows.rebuild(somebody)


def damage(scope: Scope, *statements: str) -> None:
    """As the owner of the database, past every rule of the actions."""
    with cluster.connect_owner(scope.settings) as connection, connection.transaction():
        connection.execute(sql.SQL("SET LOCAL search_path TO {}, ext").format(sql.Identifier(scope.tenant_id)))
        for statement in statements:
            connection.execute(statement.encode())


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("search.active_products_are_indexed", "DELETE FROM search_documents WHERE locale = 'en'"),
        ("search.active_products_are_indexed", "UPDATE search_documents SET product_version = product_version + 1"),
        ("search.active_products_are_indexed", "UPDATE catalogue_products SET version = version + 1"),
        (
            "search.only_active_products_are_indexed",
            "UPDATE catalogue_products SET status = 'archived', archived_at = now()",
        ),
        ("search.prices_are_those_of_pricing", "UPDATE search_documents SET price_minor = price_minor - 1"),
        ("search.prices_are_those_of_pricing", "UPDATE search_documents SET highest_price_minor = 10000000"),
        ("search.prices_are_those_of_pricing", "UPDATE search_documents SET currency = 'KWD'"),
        ("search.prices_are_those_of_pricing", "UPDATE pricing_prices SET amount_minor = amount_minor + 1"),
        ("search.availability_is_that_of_inventory", "UPDATE search_documents SET is_available = NOT is_available"),
        ("search.availability_is_that_of_inventory", "UPDATE inventory_levels SET on_hand = 0"),
    ],
)
def test_each_break_is_found_and_no_other(system_scope: Scope, name: str, statement: str) -> None:
    sell(system_scope, product())
    assert breaks(system_scope) == []
    damage(system_scope, statement)
    assert {found.name for found in breaks(system_scope)} == {name}
