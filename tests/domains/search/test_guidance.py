"""Synonyms, redirects and the words that a tenant guides searches by."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from app.domains.catalogue import actions as catalogue
from app.domains.catalogue.types import VariantInput
from app.domains.search import actions, queries
from app.domains.search.actions import guidance
from app.domains.search.errors import (
    GuidanceIsFull,
    GuidanceNotFound,
    GuidanceOfDocument,
    LanguageNotOffered,
    QueryNotValid,
    QueryTaken,
    RedirectLeadsNowhere,
    SynonymsNotValid,
    SynonymsTaken,
)
from app.domains.search.rules.guidance import Group, phrases, readings
from app.domains.search.types import SearchRequest, Target
from app.kit import ids
from app.kit.errors import PermissionDenied, StaleVersion
from app.kit.scope import Permissions, Scope
from tests.factories.catalogue import category, product
from tests.factories.search import sell


@pytest.fixture
def shop(system_scope: Scope) -> Scope:
    """A sofa, a tea cup and a book, one of them in a category."""
    with system_scope.transaction() as unit:
        catalogue.save_category(unit, category(code="seats", name={"en": "Seats", "th": "ที่นั่ง"}))
    for number, (title, thai, code) in enumerate(
        (("Oak sofa", "โซฟาไม้โอ๊ก", "seats"), ("Tea cup", "ถ้วยชา", None), ("Travel book", "หนังสือท่องเที่ยว", None))
    ):
        sell(
            system_scope,
            product(
                external_id=f"guided-{number}",
                title={"en": title, "th": thai},
                category_code=code,
                options=(),
                keywords={},
                summary={},
                description={},
                brand="",
                variants=(VariantInput(f"G-{number}", price=Decimal(10), stock=1),),
            ),
        )
    return system_scope.with_values(locale="en")


def found(scope: Scope, words: str, **values: Any) -> list[str]:
    with scope.transaction() as unit:
        return [card.title for card in queries.search(unit, SearchRequest(words, **values)).cards]


def led(scope: Scope, words: str) -> Target | None:
    with scope.transaction() as unit:
        return queries.search(unit, SearchRequest(words)).leads_to


def kept(scope: Scope) -> tuple[int, int, int]:
    """Synonyms, redirects, audit rows of both."""
    with scope.transaction() as unit:
        row = unit.db.execute(
            text(
                "SELECT (SELECT count(*) FROM search_synonyms), (SELECT count(*) FROM search_redirects),"
                " (SELECT count(*) FROM tenancy_audit_entries WHERE noun LIKE 'search.%')"
            )
        ).one()
    return row[0], row[1], row[2]


def refuses(scope: Scope, problem: type[Exception], step: Callable[[Scope], Any]) -> None:
    before = kept(scope)
    with pytest.raises(problem), scope.transaction() as unit:
        step(unit)
    assert kept(scope) == before


def test_two_way_synonyms_find_each_other(shop: Scope) -> None:
    assert found(shop, "couch") == []
    with shop.transaction() as unit:
        actions.save_synonyms(unit, "en", ["Couch", "SOFA", "settee"], is_two_way=True)
    assert found(shop, "couch") == found(shop, "oak Settee") == found(shop, "sofa") == ["Oak sofa"]
    assert found(shop.with_values(locale="th"), "couch") == []


def test_one_way_synonyms_lead_one_way(shop: Scope) -> None:
    with shop.transaction() as unit:
        actions.save_synonyms(unit, "en", ["furniture", "sofa", "travel book"], is_two_way=False)
        actions.save_synonyms(unit, "th", ["เก้าอี้ยาว", "โซฟา"], is_two_way=False)
    assert sorted(found(shop, "furniture")) == ["Oak sofa", "Travel book"]
    assert found(shop, "sofa") == ["Oak sofa"]
    assert found(shop.with_values(locale="th"), "เก้าอี้ยาวไม้โอ๊ก") == ["โซฟาไม้โอ๊ก"]


def test_what_the_text_itself_finds_comes_first(shop: Scope) -> None:
    with shop.transaction() as unit:
        actions.save_synonyms(unit, "en", ["book", "cup"], is_two_way=True)
    assert found(shop, "book") == ["Travel book", "Tea cup"]
    assert found(shop, "cup") == ["Tea cup", "Travel book"]


def test_readings_replace_whole_words_and_phrases() -> None:
    both = Group(("cup", "tea mug"), True)
    assert phrases("red tea cup", "en") == ["red tea cup", "red tea", "tea cup", "red", "tea", "cup"]
    assert readings("red cup", "en", [both]) == ["red tea mug"]
    assert readings("tea mug", "en", [both]) == ["cup"]
    assert readings("cupboard", "en", [both]) == []
    assert readings("cup", "en", [Group(("mug", "cup"), False)]) == []


def test_a_redirect_leads_to_category_product_or_page(shop: Scope) -> None:
    with shop.transaction() as unit:
        actions.save_redirect(unit, "en", "Sitting", "/c/seats")
        actions.save_redirect(unit, "en", "crockery", "/en/p/tea-cup")
        actions.save_redirect(unit, "en", "refund", "/pages/returns")
    assert led(shop, "  SITTING ") == Target("category", "seats")
    assert led(shop, "crockery") == Target("product", "tea-cup")
    assert led(shop, "refund") == Target("page", "/pages/returns")
    assert led(shop, "refund please") is None
    assert led(shop.with_values(locale="th"), "sitting") is None
    with shop.transaction() as unit:
        narrowed = queries.search(unit, SearchRequest("refund", only_available=True))
    assert narrowed.leads_to is None, "who narrows a search is in the middle of it"


def test_a_redirect_to_what_shoppers_cannot_see_is_none(shop: Scope) -> None:
    with shop.transaction() as unit:
        actions.save_redirect(unit, "en", "book", "/p/travel-book")
    assert led(shop, "book") == Target("product", "travel-book")
    with shop.transaction() as unit:
        product_id = queries.search(unit, SearchRequest("travel")).cards[0].product_id
        catalogue.archive_product(unit, product_id)
        actions.index_product(unit, product_id)
    assert led(shop, "book") is None


def test_what_is_refused_changes_nothing(shop: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    with shop.transaction() as unit:
        actions.save_synonyms(unit, "en", ["a1", "b1"], is_two_way=True)
        actions.save_redirect(unit, "en", "gift", "/pages/gifts")

    def synonyms(words: list[str], locale: str = "en") -> Callable[[Scope], Any]:
        return lambda unit: actions.save_synonyms(unit, locale, words, is_two_way=True)

    def leads(words: str, path: str) -> Callable[[Scope], Any]:
        return lambda unit: actions.save_redirect(unit, "en", words, path)

    for words in (["one"], ["Café", "cafe"], ["…", "x"], ["x" * 61, "y"], [f"w{n}" for n in range(13)]):
        refuses(shop, SynonymsNotValid, synonyms(words))
    refuses(shop, SynonymsTaken, synonyms(["B1", "A1"]))
    refuses(shop, LanguageNotOffered, synonyms(["x", "y"], "xx"))
    refuses(shop, QueryNotValid, leads("!!", "/pages/gifts"))
    refuses(shop, QueryTaken, leads("GIFT", "/pages/other"))
    for path in ("//evil.example/", "https://evil.example/", "/\\evil.example", "pages", "", "/p/none", "/c/none"):
        refuses(shop, RedirectLeadsNowhere, leads("x", path))
    monkeypatch.setattr(guidance, "MOST_KEPT", 1)
    refuses(shop, GuidanceIsFull, synonyms(["x", "y"]))
    refuses(shop, GuidanceIsFull, leads("x", "/pages/gifts"))


def test_removing_asks_for_the_version_and_is_written_down(shop: Scope) -> None:
    with shop.transaction() as unit:
        synonyms_id = actions.save_synonyms(unit, "en", ["couch", "sofa"], is_two_way=True)
        redirect_id = actions.save_redirect(unit, "en", "gift", "/pages/gifts")
    refuses(shop, StaleVersion, lambda unit: actions.remove_synonyms(unit, synonyms_id, if_version=2))
    refuses(shop, GuidanceNotFound, lambda unit: actions.remove_redirect(unit, ids.new("rdr")))
    guest = shop.with_values(permissions=Permissions(frozenset({"catalogue.browse"})))
    for step in (
        lambda unit: actions.remove_synonyms(unit, synonyms_id),
        lambda unit: actions.remove_redirect(unit, redirect_id),
        lambda unit: actions.save_redirect(unit, "en", "x", "/pages/x"),
        lambda unit: actions.save_synonyms(unit, "en", ["x", "y"], is_two_way=True),
    ):
        with pytest.raises(PermissionDenied), guest.transaction() as unit:
            step(unit)
    assert kept(shop) == (1, 1, 2)
    with shop.transaction() as unit:
        actions.remove_synonyms(unit, synonyms_id, if_version=1)
        actions.remove_redirect(unit, redirect_id, if_version=1)
    assert kept(shop) == (0, 0, 4)
    assert found(shop, "couch") == []


def test_the_document_owns_its_own_and_leaves_the_staffs(shop: Scope) -> None:
    section = {
        "synonyms": [{"locale": "en", "words": ["couch", "sofa"]}],
        "redirects": [{"locale": "en", "query": "chairs", "to": "/c/seats"}],
    }
    with shop.transaction() as unit:
        actions.save_redirect(unit, "en", "chairs", "/pages/chairs")
        actions.save_synonyms(unit, "en", ["mug", "cup"], is_two_way=True)
    for _ in range(2):
        with shop.transaction() as unit:
            actions.apply_section(unit.as_system(), section)
        assert led(shop, "chairs") == Target("category", "seats")
        assert (found(shop, "couch"), found(shop, "mug")) == (["Oak sofa"], ["Tea cup"])
    with shop.transaction() as unit:
        of_document = next(one for one in queries.list_synonyms(unit) if one.is_from_document)
    refuses(shop, GuidanceOfDocument, lambda unit: actions.remove_synonyms(unit, of_document.id))
    with shop.transaction() as unit:
        actions.apply_section(unit.as_system(), {})
        left = [(one.words, one.is_from_document) for one in queries.list_synonyms(unit)]
    assert left == [(("cup", "mug"), False)]
    assert led(shop, "chairs") is None


def test_searches_in_vain_are_listed_until_they_lead_somewhere(shop: Scope) -> None:
    with shop.transaction() as unit:
        for words in ("hammock", "hammock", "lantern"):
            actions.record_miss(unit, words)
    with shop.transaction() as unit:
        assert [(miss.query, miss.count) for miss in queries.list_misses(unit)] == [("hammock", 2), ("lantern", 1)]
        actions.save_redirect(unit, "en", "Hammock", "/c/seats")
        assert [miss.query for miss in queries.list_misses(unit)] == ["lantern"]
