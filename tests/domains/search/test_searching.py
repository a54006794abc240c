"""The search: what is found, in which order, with which facets, in how many statements."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.domains.catalogue import actions as catalogue
from app.domains.catalogue.types import Attribute, Option, OptionValue, ProductInput, VariantInput
from app.domains.search import actions, queries
from app.domains.search.actions import documents
from app.domains.search.types import PriceBounds, SearchPage, SearchRequest
from app.kit.scope import Scope
from tests.domains.search.conftest import Counter
from tests.factories.catalogue import category, product
from tests.factories.search import sell

_numbers = itertools.count(1)
COLOURS = {"red": {"en": "Red", "th": "แดง"}, "blue": {"en": "Blue", "th": "ฟ้า"}, "green": {"en": "Green"}}


def thing(
    english: str, thai: str, price: str = "100", *, colour: str = "", stock: int = 5, **values: Any
) -> ProductInput:
    """A product with one variant; its colour is an option."""
    number = next(_numbers)
    options = (Option("colour", {"en": "Colour", "th": "สี"}, tuple(OptionValue(*pair) for pair in COLOURS.items())),)
    variant = VariantInput(f"T-{number}", {"colour": colour} if colour else {}, price=Decimal(price), stock=stock)
    wanted = {"keywords": {}, "summary": {}, "description": {}, "brand": "", **values}
    return product(
        external_id=f"thing-{number}",
        title={"en": english, "th": thai},
        options=options if colour else (),
        variants=(variant,),
        **wanted,
    )


def find(scope: Scope, words: str = "", **values: Any) -> SearchPage:
    with scope.transaction() as unit:
        return queries.search(unit, SearchRequest(text=words, **values))


def titles(page: SearchPage) -> list[str]:
    return [card.title for card in page.cards]


def whole(page: SearchPage) -> list[str]:
    """Of what is found, that which has all words."""
    return titles(page)[: page.whole_total]


@pytest.fixture
def shelf(system_scope: Scope) -> Scope:
    """Eight products in two categories, the second below the first."""
    with system_scope.transaction() as unit:
        catalogue.save_category(unit, category(code="cloth", name={"en": "Cloth", "th": "ผ้า"}))
        catalogue.save_category(unit, category(code="silk", name={"en": "Silk", "th": "ไหม"}, parent_code="cloth"))
    wool = (Attribute("fibre", {"en": "Fibre"}, {"en": "Wool", "th": "ขนสัตว์"}),)
    silk = (Attribute("fibre", {"en": "Fibre"}, {"en": "Pure Silk", "th": "ไหมแท้"}),)
    sell(
        system_scope,
        thing("Red scarf", "ผ้าพันคอสีแดง", "100", colour="red", category_code="silk", attributes=silk, brand="Aranya"),
        thing("Blue scarf", "ผ้าพันคอสีฟ้า", "200", colour="blue", category_code="silk", attributes=silk, brand="Bua"),
        thing("Green scarf", "ผ้าพันคอสีเขียว", "300", colour="green", category_code="cloth", attributes=wool, brand="Bua"),
        thing("Red blanket", "ผ้าห่มสีแดง", "400", colour="red", category_code="cloth", attributes=wool, stock=0),
        thing("Blue blanket", "ผ้าห่มสีฟ้า", "500", colour="blue", category_code="cloth", attributes=wool, brand="Aranya"),
        thing("Steak knife", "มีดสเต็ก", "600"),
        thing("Green tea", "ชาเขียว", "50", description={"en": "Goes with a scarf on cold days.", "th": "ชาดี"}),
        thing("Tea cup & saucer 2.5dl, “Women’s choice”", "ถ้วยน้ำชา", "75", brand="O'Hara"),
    )
    return system_scope


@pytest.fixture
def english(shelf: Scope, scope: Scope) -> Scope:
    return scope.with_values(locale="en")


def test_words_are_found_in_title_brand_category_attributes_and_description(english: Scope) -> None:
    assert set(titles(find(english, "scarf"))) == {"Red scarf", "Blue scarf", "Green scarf", "Green tea"}
    assert titles(find(english, "scarf"))[-1] == "Green tea", "a word of the description ranks last"
    assert set(titles(find(english, "bua"))) == {"Blue scarf", "Green scarf"}
    assert set(titles(find(english, "pure silk"))) == {"Red scarf", "Blue scarf"}
    assert set(whole(find(english, "cloth blanket"))) == {"Red blanket", "Blue blanket"}


def test_what_has_all_words_comes_first_and_where_it_is_little_the_rest_follows(english: Scope) -> None:
    page = find(english, "red scarf")
    assert whole(page) == ["Red scarf"] == titles(page)[:1]
    assert set(titles(page)[1:]) == {"Blue scarf", "Green scarf", "Green tea", "Red blanket"}
    page = find(english, "red knife")
    assert (whole(page), set(titles(page))) == ([], {"Red scarf", "Red blanket", "Steak knife"})
    assert titles(find(english, "red scarf", sort="price")) == ["Red scarf"], "another order would mix them"
    assert find(english, "red knife zzzz qqqq").total == 0, "half of the words at least"
    chosen = find(english, "red scarf", filters={"colour": ("blue",)})
    assert (titles(chosen), chosen.whole_total) == (["Blue scarf"], 0), "filters do not decide what is found"


def test_stems_stop_words_and_the_beginning_of_the_last_word(english: Scope) -> None:
    assert set(titles(find(english, "blankets"))) == {"Red blanket", "Blue blanket"}
    assert set(titles(find(english, "the blankets"))) == {"Red blanket", "Blue blanket"}
    assert titles(find(english, "steak kni")) == ["Steak knife"]
    assert titles(find(english, "womens")) == titles(find(english, "women's")) == titles(find(english, "o'hara"))
    assert titles(find(english, "2.5 dl"))


def test_a_word_is_not_found_inside_another_where_words_are_parted(english: Scope) -> None:
    assert "Steak knife" not in titles(find(english, "tea"))
    assert titles(find(english, "tea"))[0] in ("Green tea", "Tea cup & saucer 2.5dl, “Women’s choice”")


def test_thai_is_found_by_words_and_by_parts_of_compounds(shelf: Scope, scope: Scope) -> None:
    assert set(titles(find(scope, "ผ้าพันคอ"))) == {"ผ้าพันคอสีแดง", "ผ้าพันคอสีฟ้า", "ผ้าพันคอสีเขียว"}
    assert set(whole(find(scope, "สีแดง ผ้า"))) == {"ผ้าพันคอสีแดง", "ผ้าห่มสีแดง"}
    assert set(titles(find(scope, "ชา"))) >= {"ชาเขียว", "ถ้วยน้ำชา"}
    assert titles(find(scope, "ถ้วยนํ้าชา")) == ["ถ้วยน้ำชา"]


def test_a_name_in_another_language_of_the_storefront_is_found(shelf: Scope, scope: Scope) -> None:
    assert titles(find(scope, "steak knife")) == ["มีดสเต็ก"]


def test_the_title_itself_comes_first_and_what_is_sold_out_loses_a_tie(english: Scope) -> None:
    assert titles(find(english, "Green tea"))[0] == "Green tea"
    assert titles(find(english, "blanket")) == ["Blue blanket", "Red blanket"]


def test_one_tenant_finds_nothing_of_another(english: Scope, other_scope: Scope) -> None:
    assert find(english, "scarf").total and not find(other_scope.with_values(locale="en"), "scarf").total


def recount(page_of: Any, facet: str, value: str, filters: dict[str, tuple[str, ...]]) -> int:
    """What choosing only this value of a facet finds, with the filters of the other facets."""
    return page_of({**{code: chosen for code, chosen in filters.items() if code != facet}, facet: (value,)}).total


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"category_code": "cloth"},
        {"filters": {"colour": ("red",)}},
        {"filters": {"colour": ("red", "blue"), "fibre": ("pure-silk",)}},
        {"filters": {"colour": ("red",), "brand": ("bua",)}},
        {"filters": {"colour": ("red",), "brand": ("nobody",), "shape": ("round",)}},
        {"filters": {"category": ("silk",)}, "price_from_minor": 15_000},
        {"only_available": True, "price_to_minor": 40_000, "filters": {"fibre": ("wool",)}},
        {"text": "scarf", "filters": {"brand": ("bua",)}},
    ],
)
def test_counts_of_facets_are_what_choosing_the_value_finds(english: Scope, values: dict[str, Any]) -> None:
    filters = values.get("filters", {})
    with english.transaction() as unit:

        def page_of(chosen: dict[str, tuple[str, ...]]) -> SearchPage:
            return queries.search(unit, SearchRequest(**{**values, "filters": chosen}))

        page = page_of(filters)
        found = {(facet.code, value.value): value for facet in page.facets for value in facet.values}
        assert found or not page.total
        for (code, value), entry in found.items():
            assert entry.count == recount(page_of, code, value, filters), (code, value)
            assert entry.is_selected == (value in filters.get(code, ()))
    assert {(code, value) for code, chosen in filters.items() for value in chosen} <= found.keys()
    assert page.total == len(page.cards)


def test_facets_speak_the_language_and_keep_their_codes(shelf: Scope, scope: Scope) -> None:
    thai = {facet.code: facet for facet in find(scope, filters={"colour": ("red",), "fibre": ("ขนสัตว์",)}).facets}
    english = {facet.code: facet for facet in find(scope.with_values(locale="en"), filters={"colour": ("red",)}).facets}
    assert (thai["colour"].label, english["colour"].label) == ("สี", "Colour")
    assert {value.value: value.label for value in thai["colour"].values}["red"] == "แดง"
    assert {value.value for value in thai["fibre"].values} == {value.value for value in english["fibre"].values}
    assert {value.label for value in english["fibre"].values} == {"Wool", "Pure Silk"}


def test_price_bounds_follow_the_other_filters_and_not_the_price(english: Scope) -> None:
    assert find(english, filters={"brand": ("bua",)}, price_to_minor=25_000).price_bounds == PriceBounds(20_000, 30_000)
    assert find(english, filters={"brand": ("nobody",)}).price_bounds is None
    assert titles(find(english, sort="price", price_from_minor=7_500, price_to_minor=20_000)) == [
        "Tea cup & saucer 2.5dl, “Women’s choice”",
        "Red scarf",
        "Blue scarf",
    ]


def test_sorting_and_pages_show_each_product_once(english: Scope) -> None:
    prices = [card.price_minor for card in find(english, sort="price").cards]
    assert prices == sorted(prices)
    assert [card.price_minor for card in find(english, sort="-price").cards] == prices[::-1]
    assert titles(find(english, sort="newest"))[0].startswith("Tea cup")
    pages = [find(english, sort="price", per_page=3, page=number) for number in (1, 2, 3)]
    assert [card.price_minor for page in pages for card in page.cards] == prices
    assert {page.page_count for page in pages} == {3}
    beyond = find(english, sort="price", per_page=3, page=99)
    assert (beyond.page, titles(beyond)) == (3, titles(pages[2]))


def test_a_category_has_what_lies_below_it_and_the_available_first(english: Scope) -> None:
    assert titles(find(english, category_code="silk")) == ["Blue scarf", "Red scarf"]
    assert titles(find(english, category_code="cloth"))[-1] == "Red blanket"
    assert find(english, category_code="cloth").total == 5
    assert find(english, category_code="nothing").total == 0


def test_a_mistyped_text_leads_to_one_that_finds_something(shelf: Scope, english: Scope, scope: Scope) -> None:
    for typed, meant in (("blnaket", "blanket"), ("steka knief", "Steak knife"), ("aranaya", "Aranya")):
        page = find(english, typed)
        assert (page.total, page.did_you_mean) == (0, meant), typed
        assert find(english, meant).total
    assert "ผ้าพันคอสีแดง" in titles(find(scope, "ผ้าพนัคอ")), "what is written in one piece is found by its other words"
    assert find(english, "zzzzqqq").did_you_mean is None
    assert find(english, "blanket").did_you_mean is None


def test_few_statements(shelf: Scope, english: Scope, statements: Counter) -> None:
    with english.transaction() as unit:
        for asked in (
            SearchRequest("scarf", filters={"colour": ("red",)}, sort="price"),
            SearchRequest(category_code="cloth"),
            SearchRequest("blnaket"),
            SearchRequest("!!!"),
        ):
            with statements() as sent:
                queries.search(unit, asked)
            assert len(sent) <= 5, sent
        with statements() as sent:
            cards = queries.list_newest(unit, 4)
        assert len(sent) <= 2 and len(cards) == 4
        with statements() as sent:
            queries.list_cards(unit, [card.product_id for card in cards])
            queries.list_categories(unit)
        assert len(sent) <= 4
        with statements() as sent:
            queries.suggest(unit, "sca")
        assert len(sent) <= 2


@given(
    words=st.text(st.characters(codec=None), max_size=250),
    code=st.text(st.characters(codec=None), max_size=20),
    amounts=st.tuples(st.none() | st.integers(), st.none() | st.integers()),
    place=st.tuples(st.integers(), st.integers()),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_input_has_an_answer(
    english: Scope, words: str, code: str, amounts: tuple[int | None, int | None], place: tuple[int, int]
) -> None:
    low, high = amounts
    with english.transaction() as unit:
        for asked in (
            SearchRequest(words),
            SearchRequest(words, code, {code: (words, code), words: (code,)}, low, high, True, "price", *place),
        ):
            page = queries.search(unit, asked)
            assert len(page.cards) <= page.total
        queries.suggest(unit, words, place[0])
        queries.list_newest(unit, place[1] % 1000, code)
        actions.record_miss(unit, words)


@pytest.mark.parametrize(
    "words", ["%", "_", "\\", "100%", "'; DROP TABLE search_documents; --", "x:* | q", "!(x)", "<->"]
)
def test_wildcards_and_operators_are_only_letters(english: Scope, words: str) -> None:
    assert find(english, words).total == 0
    with english.transaction() as unit:
        assert queries.suggest(unit, words) == []


def test_suggestions_are_terms_products_and_categories(shelf: Scope, english: Scope, scope: Scope) -> None:
    with english.transaction() as unit:
        found = queries.suggest(unit, "sca")
        assert ("scarf", "term", None) in [(one.text.lower(), one.kind, one.slug) for one in found]
        assert ("Red scarf", "product", "red-scarf") in [(one.text, one.kind, one.slug) for one in found]
        assert [(one.text, one.slug) for one in queries.suggest(unit, "clo") if one.kind == "category"] == [
            ("Cloth", "cloth")
        ]
        assert len(queries.suggest(unit, "s", limit=3)) == 3
        assert queries.suggest(unit, " ") == []
    with scope.transaction() as unit:
        assert any(one.kind == "product" for one in queries.suggest(unit, "พันคอ"))


def test_searches_that_found_nothing_are_counted_and_kept_few(
    english: Scope, system_scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    with english.transaction() as unit:
        for words in ("Umbrella", "umbrella ", "parasol"):
            actions.record_miss(unit, words)
        actions.record_miss(unit, "!!!")
    with system_scope.transaction() as unit:
        rows = unit.db.execute(text("SELECT query, count FROM search_queries_log ORDER BY query")).all()
        assert [tuple(row) for row in rows] == [("parasol", 1), ("umbrella", 2)]
        monkeypatch.setattr(documents, "MOST_MISSES", 1)
        assert actions.forget_rare_misses(unit) == 1
        assert list(unit.db.scalars(text("SELECT query FROM search_queries_log"))) == ["umbrella"]
