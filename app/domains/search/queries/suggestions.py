"""What is offered while somebody types: words, products, categories. Two statements."""

from __future__ import annotations

from sqlalchemy import literal, null, or_, select, union_all

from app.domains.catalogue.models import CategoryRow
from app.domains.search.models import DocumentRow, TermRow
from app.domains.search.queries.addresses import slugs_of, translate
from app.domains.search.queries.cards import by_newest, index_locale, listed
from app.domains.search.rules.cut import is_found_inside
from app.domains.search.rules.lexemes import like
from app.domains.search.rules.normalise import LONGEST_QUERY, normalise
from app.domains.search.types import Suggestion
from app.kit.scope import Scope, query

MOST_SUGGESTIONS = 20
MOST_CATEGORIES = 2000
"""Names of categories are compared here, because the database does not know how they are made alike."""


@query("catalogue.browse")
def suggest(scope: Scope, prefix: str, limit: int = 8) -> list[Suggestion]:
    """Completions of what was typed so far: categories first, then words, then products; none for an empty text.

    :param limit: at most 20; categories take at most a quarter, words at most a half of it.
    """
    wanted = normalise(prefix[:LONGEST_QUERY])
    most = min(max(limit, 0), MOST_SUGGESTIONS)
    if not wanted or not most:
        return []
    categories = _categories(scope, wanted)[: max(1, most // 4)]
    terms, products = _terms_and_products(scope, wanted, most)
    titles = {product.text.casefold() for product in products[:most]}
    words = [term for term in terms if term.text.casefold() not in titles][: max(1, most // 2)]
    return [*categories, *words, *products][:most]


def _categories(scope: Scope, wanted: str) -> list[Suggestion]:
    rows = scope.db.execute(
        select(CategoryRow.name, slugs_of(scope, "category", CategoryRow.id).label("slugs"))
        .where(CategoryRow.is_active)
        .order_by(CategoryRow.position, CategoryRow.code)
        .limit(MOST_CATEGORIES)
    )
    found = []
    for row in rows:
        name = translate(scope, row.name)
        alike = normalise(name)
        is_inside = is_found_inside(wanted) and wanted in alike
        if row.slugs and (is_inside or f" {alike}".find(f" {wanted}") >= 0):
            found.append(Suggestion(name, "category", translate(scope, row.slugs)))
    return found


def _terms_and_products(scope: Scope, wanted: str, most: int) -> tuple[list[Suggestion], list[Suggestion]]:
    begins = f"{like(wanted)}%"
    terms = (
        select(TermRow.label.label("text"), null().label("slug"), literal(True).label("is_term"))
        .where(TermRow.locale == index_locale(scope), TermRow.term.like(begins, escape="\\"))
        .order_by((TermRow.term == wanted).desc(), TermRow.weight.desc(), TermRow.term)
        .limit(most)
    )
    inside = f"%{begins}" if is_found_inside(wanted) else f"% {begins}"
    products = (
        select(DocumentRow.title.label("text"), DocumentRow.slug, literal(False).label("is_term"))
        .where(
            *listed(scope),
            or_(DocumentRow.heading.like(begins, escape="\\"), DocumentRow.heading.like(inside, escape="\\")),
            DocumentRow.text.like(f"%{begins}", escape="\\"),  # the index of parts serves this one
        )
        .order_by(DocumentRow.heading.like(begins, escape="\\").desc(), *by_newest(scope))
        .limit(most)
    )
    rows = scope.db.execute(union_all(terms.subquery().select(), products.subquery().select())).all()
    return (
        [Suggestion(row.text, "term") for row in rows if row.is_term],
        [Suggestion(row.text, "product", row.slug) for row in rows if not row.is_term],
    )
