"""The pages of products and categories: what they show, where former addresses lead, in how many statements."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domains.catalogue import actions as catalogue
from app.domains.catalogue.errors import CategoryNotFound, ProductNotFound
from app.domains.catalogue.types import Attribute, PictureInput, VariantInput
from app.domains.inventory import actions as inventory
from app.domains.media import actions as media
from app.domains.media.types import AssetInput
from app.domains.pricing import actions as pricing
from app.domains.search import queries
from app.domains.search.types import CategoryView, MovedTo, ProductPage
from app.kit.errors import MalformedId, PermissionDenied
from app.kit.money import Money
from app.kit.scope import NOTHING, Scope
from tests.domains.search.conftest import Counter
from tests.factories.catalogue import category, product
from tests.factories.search import sell

SCARF = product(
    external_id="page",
    title={"th": "ผ้าพันคอ", "en": "Scarf"},
    slug={"th": "ผ้าพันคอ", "en": "scarf"},
    category_code="scarves",
    attributes=(Attribute("fibre", {"en": "Fibre", "th": "เส้นใย"}, {"en": "Silk", "th": "ไหม"}),),
    variants=(
        VariantInput("PAGE-M", {"size": "m"}, price=Decimal("1290"), compare_at=Decimal("1500"), stock=5),
        VariantInput("PAGE-L", {"size": "l"}, price=Decimal("1490"), stock=0),
    ),
)


@pytest.fixture
def trade(system_scope: Scope) -> Scope:
    """A tenant with one product, with two pictures, in a category with a picture."""
    with system_scope.transaction() as unit:
        assets = [
            media.record_asset(unit, AssetInput(sign * 64, "image/jpeg", 10, 800, 600, f"originals/{sign}"))
            for sign in "ab"
        ]
        catalogue.save_category(
            unit, category(code="scarves", name={"th": "ผ้าพันคอ", "en": "Scarves"}, picture_id=assets[0])
        )
    pictures = tuple(PictureInput(asset_id=asset, alt={"en": f"View {asset[-1]}"}) for asset in assets)
    sell(system_scope, replace(SCARF, pictures=pictures))
    return system_scope


def page_of(scope: Scope, slug: str) -> ProductPage:
    with scope.transaction() as unit:
        found = queries.get_product_page(unit, slug)
    assert isinstance(found, ProductPage)
    return found


def test_the_page_of_a_product_has_all_that_a_shopper_needs(trade: Scope, scope: Scope, statements: Counter) -> None:
    with statements() as sent:
        page = page_of(scope, "ผ้าพันคอ")
    assert len(sent) <= 7, sent
    assert (page.title, page.slug, page.brand, page.seller_name) == ("ผ้าพันคอ", "ผ้าพันคอ", "Khwan", "Khwan")
    assert page.alternates == {"th": "ผ้าพันคอ", "en": "scarf"}
    assert page.attributes == (("เส้นใย", "ไหม"),)
    assert [(option.code, option.label, option.values) for option in page.options] == [
        ("size", "ขนาด", (("m", "Medium"), ("l", "Large")))
    ]
    assert [
        (one.sku, one.option_values, one.price_minor, one.compare_at_minor, one.available) for one in page.variants
    ] == [
        ("PAGE-M", {"size": "m"}, 129_000, 150_000, 5),
        ("PAGE-L", {"size": "l"}, 149_000, None, 0),
    ]
    assert [view.picture.width for view in page.pictures] == [800, 800]
    assert page.category is not None
    assert (page.category.slug, page.category.product_count) == ("ผ้าพันคอ", 1)


def test_prices_and_stock_of_the_page_are_read_where_they_are_kept(trade: Scope, scope: Scope) -> None:
    offer_id = page_of(scope, "ผ้าพันคอ").variants[0].offer_id
    with trade.transaction() as unit:
        pricing.change_price(unit, offer_id, Money(99_000, "THB"))
        inventory.set_stock(unit, offer_id, 1, reference="count")
    variant = page_of(scope, "ผ้าพันคอ").variants[0]
    assert (variant.price_minor, variant.available) == (99_000, 1), "without the index having been told"


def test_a_former_address_and_one_of_another_language_lead_on(trade: Scope, scope: Scope) -> None:
    with trade.transaction() as unit:
        catalogue.save_product(unit, replace(SCARF, slug={"th": "ผ้าใหม่", "en": "scarf"}))
    with scope.transaction() as unit:
        assert queries.get_product_page(unit, "ผ้าพันคอ") == MovedTo("ผ้าใหม่")
        assert queries.get_product_page(unit, "scarf") == MovedTo("ผ้าใหม่")
        assert queries.get_category(unit, "scarves") == MovedTo("ผ้าพันคอ")
    assert page_of(scope.with_values(locale="en"), "scarf").title == "Scarf"


def test_a_language_without_an_address_shows_the_page_under_another(trade: Scope, scope: Scope) -> None:
    sell(trade, product(external_id="only-en", title={"en": "Only English"}))
    page = page_of(scope, "only-english")
    assert (page.title, page.alternates) == ("Only English", {"th": "only-english", "en": "only-english"})


def test_what_is_not_sold_is_not_found(trade: Scope, scope: Scope) -> None:
    with trade.transaction() as unit:
        catalogue.archive_product(unit, page_of_id(unit))
    for slug in ("ผ้าพันคอ", "scarf", "nothing", "", "\x00", "\ud800", "a" * 5_000):
        with scope.transaction() as unit, pytest.raises(ProductNotFound):
            queries.get_product_page(unit, slug)
        with scope.transaction() as unit, pytest.raises(CategoryNotFound):
            queries.get_category(unit, f"{slug}-x" if slug else slug)


def page_of_id(unit: Scope) -> str:
    found = queries.get_product_page(unit, "ผ้าพันคอ")
    assert isinstance(found, ProductPage)
    return found.product_id


def test_categories_have_pictures_addresses_and_counts(trade: Scope, scope: Scope, statements: Counter) -> None:
    with trade.transaction() as unit:
        catalogue.save_category(unit, category(code="child", name={"en": "Child"}, parent_code="scarves", position=1))
        catalogue.save_category(unit, category(code="hidden", name={"en": "Hidden"}, is_active=False))
    sell(trade, product(category_code="child"), product(category_code="hidden"))
    with scope.transaction() as unit:
        with statements() as sent:
            found = queries.list_categories(unit)
        assert len(sent) <= 2
        assert [(view.code, view.parent_code, view.product_count) for view in found] == [
            ("scarves", None, 2),
            ("child", "scarves", 1),
        ]
        assert found[0].picture is not None and found[0].alternates == {"th": "ผ้าพันคอ", "en": "scarves"}
        view = queries.get_category(unit, "ผ้าพันคอ")
        assert isinstance(view, CategoryView) and (view.name, view.product_count) == ("ผ้าพันคอ", 2)
        with pytest.raises(CategoryNotFound):
            queries.get_category(unit, "hidden")


def test_cards_keep_the_order_that_was_asked(trade: Scope, scope: Scope) -> None:
    saved = [one.product_id for one in sell(trade, product(), product())]
    with scope.transaction() as unit:
        first = queries.list_newest(unit, 10)
        assert [card.product_id for card in first][:2] == saved[::-1]
        wanted = [saved[0], first[-1].product_id, saved[1]]
        assert [card.product_id for card in queries.list_cards(unit, wanted)] == wanted
        card = queries.list_cards(unit, wanted)[1]
        assert (card.price_minor, card.compare_at_minor, card.has_price_range) == (129_000, 150_000, True)
        assert card.picture is not None and (card.picture.width, card.picture_alt[:4]) == (800, "View")
        assert card.category_code == "scarves"
        assert queries.list_cards(unit, []) == []
        with pytest.raises(MalformedId):
            queries.list_cards(unit, ["cart_1"])


def test_one_tenants_page_is_not_found_by_another(trade: Scope, other_scope: Scope) -> None:
    with other_scope.transaction() as unit, pytest.raises(ProductNotFound):
        queries.get_product_page(unit, "scarf")


def test_without_the_permission_nothing_is_shown(trade: Scope, scope: Scope) -> None:
    with scope.with_values(permissions=NOTHING).transaction() as unit:
        for ask in (queries.get_product_page, queries.get_category, queries.suggest):
            with pytest.raises(PermissionDenied):
                ask(unit, "scarf")
