"""The search measured on people's judgements, beside the database's plain full-text search."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import REGCONFIG

from app.domains.catalogue.models import ProductRow
from app.domains.search.models import DocumentRow
from app.domains.search.queries.cards import index_locale, listed
from app.domains.search.queries.matching import STEMMERS
from app.domains.search.queries.searching import search
from app.domains.search.rules.judging import ndcg, read_judgements
from app.domains.search.types import Judged, SearchRequest
from app.kit.scope import SYSTEM_ONLY, Scope, query

DEPTH = 10


@query(SYSTEM_ONLY)
def judge(scope: Scope, lines: Iterable[str], source: str | None = None) -> Judged:
    """nDCG@10 over judged queries, in the scope's language. Raises `JudgementsNotReadable`.

    :param lines: of a CSV with `query`, `docid` (what the source calls a product: `external_id`) and `rating` from 0.
    :param source: of the products; None: any.
    """
    judgements = read_judgements(lines)
    rows = select(ProductRow.id, ProductRow.external_id)
    if source is not None:
        rows = rows.where(ProductRow.source == source)
    names = {row.id: row.external_id for row in scope.db.execute(rows)}

    def own(text: str) -> list[str]:
        return [card.product_id for card in search(scope, SearchRequest(text, per_page=DEPTH)).cards]

    def mean(find: Callable[[str], list[str]]) -> tuple[float, dict[str, float | None]]:
        values = {
            text: ndcg([names.get(one, "") for one in find(text)], rated, DEPTH) for text, rated in judgements.items()
        }
        known = [value for value in values.values() if value is not None]
        return (sum(known) / len(known) if known else 0.0), values

    found, by_query = mean(own)
    plain, _ = mean(lambda text: _plain(scope, text))
    judged = sum(value is not None for value in by_query.values())
    return Judged(len(judgements), judged, found, plain, by_query)


def _plain(scope: Scope, text: str) -> list[str]:
    """What the database finds by itself: all words, by `ts_rank`."""
    stemmer = STEMMERS.get(index_locale(scope).split("-")[0], "simple")
    wanted = func.plainto_tsquery(literal(stemmer, REGCONFIG), text)
    rows = (
        select(DocumentRow.product_id)
        .where(*listed(scope), DocumentRow.terms.op("@@")(wanted))
        .order_by(func.ts_rank(DocumentRow.terms, wanted).desc(), DocumentRow.product_id)
        .limit(DEPTH)
    )
    return list(scope.db.scalars(rows))
