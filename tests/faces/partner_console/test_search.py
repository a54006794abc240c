"""Guiding searches at the console: what was searched in vain, synonyms, redirects."""

from __future__ import annotations

from app.domains.search import actions, queries
from app.domains.search.types import SearchRequest, Target
from tests.faces.partner_console.conftest import House
from tests.factories.orders import make_offer

MOST_STATEMENTS = 7


def test_from_a_search_in_vain_to_a_synonym_and_a_redirect(fresh_house: House) -> None:
    desk = fresh_house.sit_down("merchandiser")
    make_offer(fresh_house.scope, stock=3)
    with fresh_house.scope.with_values(locale="en").transaction() as unit:
        for _ in range(3):
            actions.record_miss(unit, "Muffler <b>")
    page = desk.get("/en/search").text
    assert "muffler b" in page and "<b>" not in page.split("<main")[1]
    assert "/en/search?word=muffler+b&amp;language=en#add-synonyms" in page
    filled = desk.get("/en/search?word=muffler&language=th").text
    assert 'value="muffler, "' in filled and 'value="th" lang="th" selected' in filled
    answer = desk.post("/en/search/synonyms", {"language": "en", "words": "muffler، silk scarf", "direction": "both"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/en/search#synonyms")
    answer = desk.post("/en/search/redirects", {"language": "en", "query": "Muffler b", "path": "/pages/care"})
    assert answer.status_code == 303
    page = desk.get("/en/search").text
    assert "muffler = silk scarf" in page and "/pages/care" in page
    assert "#add-synonyms" not in page, "what leads somewhere is no search in vain any more"
    with fresh_house.scope.with_values(locale="en").transaction() as unit:
        assert queries.search(unit, SearchRequest("muffler b")).leads_to == Target("page", "/pages/care")
        synonyms, redirect = queries.list_synonyms(unit)[0], queries.list_redirects(unit)[0]
    for path, version in ((f"synonyms/{synonyms.id}", "9"), (f"redirects/{redirect.id}", "9")):
        assert desk.post(f"/en/search/{path}/remove", {"version": version}).status_code == 409
    assert (
        desk.value("SELECT count(*) FROM search_synonyms") == desk.value("SELECT count(*) FROM search_redirects") == 1
    )
    for path in (f"synonyms/{synonyms.id}", f"redirects/{redirect.id}"):
        assert desk.post(f"/en/search/{path}/remove", {"version": "1"}).status_code == 303
    assert (
        desk.value("SELECT count(*) FROM search_synonyms") == desk.value("SELECT count(*) FROM search_redirects") == 0
    )
    trail = desk.value(
        "SELECT string_agg(noun || ' ' || verb, ',' ORDER BY id) FROM tenancy_audit_entries WHERE noun LIKE 'search.%'"
    )
    assert trail == "search.synonyms added,search.redirect added,search.synonyms removed,search.redirect removed"


def test_a_form_that_is_wrong_comes_back_with_what_was_typed(fresh_house: House) -> None:
    desk = fresh_house.sit_down("owner")
    answer = desk.post("/en/search/synonyms", {"language": "en", "words": "alone"})
    assert answer.status_code == 422
    assert 'value="alone"' in answer.text and 'id="words-error"' in answer.text
    answer = desk.post("/en/search/redirects", {"language": "en", "query": "x", "path": "https://evil.example"})
    assert answer.status_code == 422
    assert 'id="path-error"' in answer.text and "https://evil.example" in answer.text
    assert (
        desk.value("SELECT count(*) FROM search_synonyms") == desk.value("SELECT count(*) FROM search_redirects") == 0
    )


def test_the_page_costs_few_statements(fresh_house: House) -> None:
    desk = fresh_house.sit_down("owner")
    desk.get("/en/search")
    with desk.statements() as sent:
        desk.get("/en/search")
    assert len(sent) <= MOST_STATEMENTS, sent
