"""The search itself: one statement counts, one reads the page, one its pictures; a fourth looks for the right word
where nothing was found. The page of a category is the same with an empty text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Row,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import array

from app.domains.search.models import DocumentRow
from app.domains.search.queries.cards import by_newest, card_rows, listed, read_cards
from app.domains.search.queries.corrections import list_corrections
from app.domains.search.queries.guidance import Guidance, read_guidance
from app.domains.search.queries.matching import Match, match_text
from app.domains.search.rules.asking import Asked, as_asked
from app.domains.search.rules.facets import OWN, SEPARATOR, key, split
from app.domains.search.rules.listing import Counted, facets_shown
from app.domains.search.types import Card, PriceBounds, SearchPage, SearchRequest
from app.kit.scope import Scope, query

MOST_VALUES = 60
"""Of one facet this many values are counted for the page, the most frequent; besides those that are selected."""

MOST_COUNTED = 40
"""So many facets are fetched, those that most products have; the page chooses among them."""

FEW = 4
"""Where fewer than these have all words, what has at least half of them is found too: in the order of what fits best,
behind them; another order would mix them."""

PRICE, AVAILABLE = f"{SEPARATOR}price", f"{SEPARATOR}available"
"""Filters that are no facets: no code of a facet begins so."""


@query("catalogue.browse")
def search(scope: Scope, request: SearchRequest) -> SearchPage:
    """What is found, with facets whose counts follow the other filters. Any request has an answer; at most five
    statements."""
    asked = as_asked(request)
    guidance = read_guidance(scope, asked.text) if asked.text else Guidance()
    if guidance.target is not None and not asked.is_narrowed:
        return SearchPage((), 0, 1, 0, (), None, None, leads_to=guidance.target)
    match = match_text(scope, asked.text, guidance.readings) if asked.text else None
    if asked.text and match is None:
        return SearchPage((), 0, 1, 0, (), None, None)
    counts = _count(scope, asked, match)
    correction = None
    if not counts.matched and asked.text and not asked.is_narrowed:
        correction = _correct(scope, asked.text)
    whole_total = counts.total
    part = match.finds_part if match is not None and asked.sort == "relevance" else None
    if match is not None and part is not None and counts.matched < FEW and correction is None:
        match = replace(match, finds=or_(match.finds, part))
        counts = _count(scope, asked, match)
    page_count = -(-counts.total // asked.per_page)
    page = max(1, min(asked.page, page_count))
    cards: Sequence[Card] = ()
    if counts.total:
        rows = card_rows(scope).where(*_base(scope, asked, match), *_filters(asked).values())
        rows = rows.order_by(*_order(scope, asked, match))
        cards = read_cards(scope, rows.limit(asked.per_page).offset((page - 1) * asked.per_page))
    facets = facets_shown(counts.values, asked.filters, counts.total, scope.locale)
    return SearchPage(tuple(cards), counts.total, page, page_count, facets, counts.bounds, correction, whole_total)


def _correct(scope: Scope, text: str) -> str | None:
    """The nearest text that does find something."""
    tried = [(correction, match_text(scope, correction)) for correction in list_corrections(scope, text)]
    known = [(correction, match.finds) for correction, match in tried if match is not None]
    if not known:
        return None
    is_found = [select(DocumentRow.product_id).where(*listed(scope), finds).exists() for _, finds in known]
    answers = scope.db.execute(select(*is_found)).one()
    return next((correction for (correction, _), is_one in zip(known, answers, strict=True) if is_one), None)


@dataclass(frozen=True, slots=True)
class _Counts:
    """`matched`: how many there are without the filters."""

    total: int
    matched: int
    bounds: PriceBounds | None
    values: tuple[Counted, ...]


def _base(scope: Scope, asked: Asked, match: Match | None) -> list[ColumnElement[bool]]:
    """What all counts of a page share: language, text, category."""
    conditions = [*listed(scope)]
    if match is not None:
        conditions.append(match.finds)
    if asked.category_code is not None:
        conditions.append(DocumentRow.category_codes.contains([asked.category_code]))
    return conditions


def _filters(asked: Asked) -> Mapping[str, ColumnElement[bool]]:
    """Each filter's condition by its code."""
    found: dict[str, ColumnElement[bool]] = {
        code: DocumentRow.facet_keys.overlap([key(code, value) for value in values])
        for code, values in asked.filters.items()
    }
    prices = []
    if asked.price_from_minor is not None:
        prices.append(DocumentRow.price_minor >= asked.price_from_minor)
    if asked.price_to_minor is not None:
        prices.append(DocumentRow.price_minor <= asked.price_to_minor)
    if prices:
        found[PRICE] = and_(*prices)
    if asked.only_available:
        found[AVAILABLE] = DocumentRow.is_available
    return found


def _count(scope: Scope, asked: Asked, match: Match | None) -> _Counts:
    """One statement: how many are found, between which prices, and how many with each value of each facet.

    Each row knows which filters it fails. It counts for a value if it fails none, or only that of the value's own
    facet: so a second value of a chosen facet shows what choosing it would add.
    """
    filters = _filters(asked)
    failed = _failed(filters)
    matched = (
        select(DocumentRow.facet_keys, DocumentRow.facet_labels, DocumentRow.price_minor, failed.label("failed"))
        .where(*_base(scope, asked, match))
        .cte("matched")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    fails_none = func.cardinality(matched.c.failed) == 0
    fails_price = matched.c.failed == cast(array([literal(PRICE)]), ARRAY(Text))
    sums = select(
        literal("").label("key"),
        literal("").label("label"),
        func.count().filter(fails_none).label("count"),
        func.count().label("matched"),
        func.min(matched.c.price_minor).filter(or_(fails_none, fails_price)).label("lowest"),
        func.max(matched.c.price_minor).filter(or_(fails_none, fails_price)).label("highest"),
    )
    entries = func.unnest(matched.c.facet_keys, matched.c.facet_labels).table_valued("key", "label", name="entry")
    entries = entries.render_derived()
    code = func.split_part(entries.c.key, SEPARATOR, 1)
    only_own = and_(func.cardinality(matched.c.failed) == 1, matched.c.failed[1] == code) if filters else false()
    counts = or_(fails_none, only_own)
    selected = [key(code, value) for code, values in asked.filters.items() for value in ("", *values)]
    counted = (
        select(
            entries.c.key,
            func.max(entries.c.label).label("label"),
            func.count().filter(counts).label("count"),
        )
        .select_from(matched.join(entries, true()))
        .where(or_(counts, entries.c.key.in_(selected)))
        .group_by(entries.c.key)
        .subquery("counted")
    )
    place = func.row_number().over(
        partition_by=func.split_part(counted.c.key, SEPARATOR, 1),
        order_by=((func.split_part(counted.c.key, SEPARATOR, 2) == "").desc(), counted.c.count.desc(), counted.c.key),
    )
    code = func.split_part(counted.c.key, SEPARATOR, 1)
    reach = func.max(counted.c.count).over(partition_by=code)
    ranked = select(
        counted.c.key, counted.c.label, counted.c.count, place.label("place"), code.label("code"), reach.label("reach")
    ).subquery("ranked")
    facet = func.dense_rank().over(order_by=(ranked.c.reach.desc(), ranked.c.code))
    placed = select(ranked, facet.label("facet")).subquery("placed")
    shown = select(
        placed.c.key,
        placed.c.label,
        placed.c.count,
        cast(null(), BigInteger).label("matched"),
        cast(null(), BigInteger).label("lowest"),
        cast(null(), BigInteger).label("highest"),
    ).where(
        or_(placed.c.facet <= MOST_COUNTED, placed.c.code.in_([*OWN, *asked.filters])),
        or_(placed.c.place <= MOST_VALUES + 1, placed.c.key.in_(selected)),
    )
    return _counts(scope.db.execute(union_all(sums, shown)).all())


def _counts(rows: Sequence[Row]) -> _Counts:
    whole = next(row for row in rows if not row.key)
    bounds = None if whole.lowest is None else PriceBounds(whole.lowest, whole.highest)
    values = tuple(Counted(*split(row.key), row.label, row.count) for row in rows if row.key)
    return _Counts(whole.count, whole.matched, bounds, values)


def _failed(filters: Mapping[str, ColumnElement[bool]]) -> ColumnElement:
    """The codes of the filters that a row does not pass."""
    nothing = cast(literal("{}"), ARRAY(Text))
    if not filters:
        return nothing
    codes = [case((condition, null()), else_=cast(literal(code), Text)) for code, condition in filters.items()]
    return func.array_remove(cast(array(codes), ARRAY(Text)), null(), type_=ARRAY(Text))


def _order(scope: Scope, asked: Asked, match: Match | None) -> tuple[ColumnElement, ...]:
    newest = by_newest(scope)
    if asked.sort == "price":
        return DocumentRow.price_minor.asc(), DocumentRow.product_id.desc()
    if asked.sort == "-price":
        return DocumentRow.price_minor.desc(), DocumentRow.product_id.desc()
    if asked.sort == "newest":
        return (DocumentRow.product_id.desc(),)
    return newest if match is None else (match.score.desc(), *newest)
