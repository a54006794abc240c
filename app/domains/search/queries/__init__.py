"""Reads of the room."""

from app.domains.search.queries.cards import list_cards, list_newest
from app.domains.search.queries.categories import get_category, list_categories
from app.domains.search.queries.guidance import list_misses, list_redirects, list_synonyms
from app.domains.search.queries.judging import judge
from app.domains.search.queries.products import get_product_page
from app.domains.search.queries.searching import search
from app.domains.search.queries.suggestions import suggest

__all__ = [
    "get_category",
    "get_product_page",
    "judge",
    "list_cards",
    "list_categories",
    "list_misses",
    "list_newest",
    "list_redirects",
    "list_synonyms",
    "search",
    "suggest",
]
