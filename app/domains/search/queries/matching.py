"""What a text finds, and how well. Everything that a shopper typed goes to the database as a bound value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, REAL, ColumnElement, and_, case, cast, func, literal, or_
from sqlalchemy.dialects.postgresql import REGCONFIG, TSQUERY

from app.domains.search.models import DocumentRow
from app.domains.search.queries.cards import index_locale
from app.domains.search.rules.cut import is_found_inside, query_arms
from app.domains.search.rules.lexemes import every, like, term
from app.domains.search.rules.normalise import LONGEST_QUERY, normalise
from app.kit.scope import Scope, query

STEMMERS = {"en": "english", "ar": "arabic"}
"""Languages with a stemmer, and PostgreSQL's name for it; the others are searched as they are written."""

SHORTEST_PART = 3
"""A trigram index serves parts of at least three signs; shorter ones are looked for as words."""

WEIGHTS = (0.1, 0.3, 0.6, 1.0)
"""Of D (description, other languages), C (keywords, attributes), B (brand, category), A (title)."""

IS_TITLE, BEGINS_TITLE, IN_TITLE, IS_AVAILABLE = 8.0, 3.0, 2.0, 0.25
"""What is added to the rank of the words. The title itself comes first; what is sold out only loses a tie."""

BY_LENGTH = 1  # divides the rank by 1 + log(length): PostgreSQL's normalisation 1


@dataclass(frozen=True, slots=True)
class Match:
    """`finds`: the condition; `score`: higher is better."""

    finds: ColumnElement[bool]
    score: ColumnElement[float]


@query("catalogue.browse")
def match_text(scope: Scope, text: str) -> Match | None:
    """How a text is matched; None: there is no letter and no digit in it, so that it can find nothing.

    A product is found if one reading of the text has all its words (the last may be the beginning of one), or all
    their stems, or if all its parts stand in the short texts. Ranks count whole words only.
    """
    wanted = normalise(text[:LONGEST_QUERY])
    locale = index_locale(scope)
    arms = query_arms(wanted, locale)
    if not arms:
        return None
    stemmer = STEMMERS.get(locale.split("-")[0])
    finds = [_has_words(words, stemmer) for words in arms]
    ranks = [_query(every(words)) for words in arms]
    if stemmer is not None:
        stems = func.plainto_tsquery(literal(stemmer, REGCONFIG), wanted)
        finds.append(DocumentRow.terms.op("@@")(stems))
        ranks.append(stems)
    finds.append(_has_parts(wanted.split()[: len(max(arms, key=len))]))
    return Match(or_(*finds), _score(wanted, ranks))


def _query(text: str) -> ColumnElement:
    return cast(literal(text), TSQUERY)


def _has_words(words: Sequence[str], stemmer: str | None) -> ColumnElement[bool]:
    whole: ColumnElement | None = None
    for place, word in enumerate(words):
        one = _query(term(word, is_prefix=place == len(words) - 1))
        if stemmer is not None:
            one = one.op("||")(func.plainto_tsquery(literal(stemmer, REGCONFIG), word))
        whole = one if whole is None else whole.op("&&")(one)
    return DocumentRow.terms.op("@@")(whole)


def _has_parts(parts: Sequence[str]) -> ColumnElement[bool]:
    """All parts stand in the short texts: anywhere where no spaces are written, else at the beginning of a word."""
    return and_(*(_has_part(part, is_last=place == len(parts)) for place, part in enumerate(parts, start=1)))


def _has_part(part: str, *, is_last: bool) -> ColumnElement[bool]:
    if len(part) < SHORTEST_PART:
        return DocumentRow.terms.op("@@")(_query(term(part, is_prefix=is_last)))
    before = "" if is_found_inside(part) else " "
    return DocumentRow.text.like(f"%{before}{like(part)}%", escape="\\")


def _score(wanted: str, ranks: Sequence[ColumnElement]) -> ColumnElement[float]:
    weights = cast(literal(list(WEIGHTS), ARRAY(REAL)), ARRAY(REAL))
    best = func.greatest(*(func.ts_rank(weights, DocumentRow.terms, rank, BY_LENGTH) for rank in ranks))
    title = case(
        (DocumentRow.heading == wanted, IS_TITLE),
        (func.starts_with(DocumentRow.heading, wanted), BEGINS_TITLE),
        (func.strpos(DocumentRow.heading, wanted) > 0, IN_TITLE),
        else_=0.0,
    )
    return best + title + case((DocumentRow.is_available, IS_AVAILABLE), else_=0.0)
