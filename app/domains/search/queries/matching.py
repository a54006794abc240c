"""What a text finds, and how well. Everything that a shopper typed goes to the database as a bound value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, REAL, ColumnElement, and_, case, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import REGCONFIG, TSQUERY
from sqlalchemy.orm import aliased

from app.domains.search.models import DocumentRow
from app.domains.search.queries.cards import index_locale
from app.domains.search.rules.cut import is_found_inside, query_arms
from app.domains.search.rules.lexemes import like, term
from app.domains.search.rules.normalise import LONGEST_QUERY, normalise
from app.kit.scope import Scope, query

STEMMERS = {"en": "english", "ar": "arabic"}
"""Languages with a stemmer, and PostgreSQL's name for it; the others are searched as they are written."""

SHORTEST_PART = 3
"""A trigram index serves parts of at least three signs; shorter ones are looked for as words."""

IN_TITLE, IN_NAMES, IN_FACTS, IN_TEXTS = 4.0, 1.0, 0.5, 0.5
"""What a word counts in the title (weight A of the index), in brand and category (B), in keywords and attributes (C),
in description (D)."""

SATURATION = 1.2
"""BM25's k1 (Robertson and Zaragoza 2009, The Probabilistic Relevance Framework): at this sum of what its places
count, a word gives half of what it can."""
SHARE_OF_LENGTH = 0.5
"""BM25's b: how much of being longer than usual counts against a field."""
USUAL_TITLE, USUAL_WORDS = 60, 50
"""Signs of a title and different words of a document that count neither for nor against it."""
ALL_PLACES = 1.64493406685
"""`ts_rank` divides by this sum (of 1/n²): what n places of a word can count at most. Its weights end at 1."""

IS_TITLE, HAS_ALL, BEGINS_TITLE, HAS_PHRASE, IS_AVAILABLE = 100.0, 50.0, 0.5, 0.5, 0.25
"""What is added to the sum of the words. The title itself comes first, then what has all words; what is sold out
only loses a tie."""

IN_OTHER_WORDS = 0.9
"""What a synonym finds counts for so much of what the text itself finds."""


@dataclass(frozen=True, slots=True)
class Match:
    """`finds`: the condition; `score`: higher is better. `finds_part`: the condition for what has at least half of
    the words; None for a single word."""

    finds: ColumnElement[bool]
    score: ColumnElement[float]
    finds_part: ColumnElement[bool] | None = None


@query("catalogue.browse")
def match_text(scope: Scope, text: str, readings: Sequence[str] = ()) -> Match | None:
    """How a text is matched; None: there is no letter and no digit in it, so that it can find nothing.

    :param readings: the same in other words, normalised: what they find is found too, and comes behind what the text
        itself finds as well.

    A product is found if one reading of the text has all its words (the last may be the beginning of one), or all
    their stems, or if all its parts stand in the short texts. Ranks count whole words only.
    """
    whole = _match(scope, normalise(text[:LONGEST_QUERY]))
    others = [match for reading in readings if (match := _match(scope, reading)) is not None]
    if whole is None or not others:
        return whole
    said = [match.score * IN_OTHER_WORDS for match in others]
    return Match(
        or_(whole.finds, *(match.finds for match in others)),
        # a score counts for what its own text finds
        func.greatest(
            case((whole.finds, whole.score), else_=0.0),
            *(case((match.finds, score), else_=0.0) for match, score in zip(others, said, strict=True)),
        )
        + case((DocumentRow.is_available, IS_AVAILABLE), else_=0.0),
        whole.finds_part,
    )


def _match(scope: Scope, wanted: str) -> Match | None:
    locale = index_locale(scope)
    arms = query_arms(wanted, locale)
    if not arms:
        return None
    stemmer = STEMMERS.get(locale.split("-")[0])
    finds = [_has_words(words, stemmer) for words in arms]
    counted = [[_query(term(word)) for word in words] for words in arms]
    if stemmer is not None:
        finds.append(DocumentRow.terms.op("@@")(func.plainto_tsquery(literal(stemmer, REGCONFIG), wanted)))
        counted = [[func.plainto_tsquery(literal(stemmer, REGCONFIG), word) for word in words] for words in arms]
    finds.append(_has_parts(wanted.split()[: len(max(arms, key=len))]))
    whole = or_(*finds)
    best = func.greatest(*(_sum_of(scope, words) for words in counted))
    score = best + _bonus(wanted) + case((whole, HAS_ALL), else_=0.0)
    return Match(whole, score, _has_half(counted[0]))


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


def _has_half(words: Sequence[ColumnElement]) -> ColumnElement[bool] | None:
    """At least half of the words stand somewhere. The first condition is what the index serves."""
    if len(words) < 2:
        return None
    some: ColumnElement = words[0]
    for word in words[1:]:
        some = some.op("||")(word)
    standing = sum((case((DocumentRow.terms.op("@@")(word), 1), else_=0) for word in words), literal(0))
    return and_(DocumentRow.terms.op("@@")(some), standing >= -(-len(words) // 2))


def _sum_of(scope: Scope, words: Sequence[ColumnElement]) -> ColumnElement[float]:
    """BM25 over weighted fields: each word by how rare it is and by where and how often it stands, less in long
    titles and long documents."""
    title = 1 - SHARE_OF_LENGTH + SHARE_OF_LENGTH * func.char_length(DocumentRow.heading) / float(USUAL_TITLE)
    rest = 1 - SHARE_OF_LENGTH + SHARE_OF_LENGTH * func.length(DocumentRow.terms) / float(USUAL_WORDS)
    total: ColumnElement[float] = literal(0.0)
    for word in words:
        in_title = _places(word, 0.0, 0.0, 0.0, 1.0) * IN_TITLE / title
        elsewhere = _places(word, IN_TEXTS, IN_FACTS, IN_NAMES, 0.0) / rest
        places = in_title + elsewhere
        rare = _rarity(scope, word) if len(words) > 1 else literal(1.0)
        total = total + rare * places / (SATURATION + places)
    return total


def _places(word: ColumnElement, *weights: float) -> ColumnElement[float]:
    return func.ts_rank(cast(literal(list(weights), ARRAY(REAL)), ARRAY(REAL)), DocumentRow.terms, word) * ALL_PLACES


def _rarity(scope: Scope, word: ColumnElement) -> ColumnElement[float]:
    """ln(1 + (N - n + ½) / (n + ½)) of N documents, n of which have the word; asked once a statement."""
    document = aliased(DocumentRow)
    counted = select(func.count()).where(document.locale == index_locale(scope))
    having = counted.where(document.terms.op("@@")(word)).scalar_subquery()
    return func.ln(1 + (counted.scalar_subquery() - having + 0.5) / (having + 0.5))


def _bonus(wanted: str) -> ColumnElement[float]:
    begins = func.starts_with(DocumentRow.heading, wanted)
    if is_found_inside(wanted):
        stands = func.strpos(DocumentRow.heading, wanted) > 0
    else:
        begins = func.starts_with(DocumentRow.heading.op("||")(" "), f"{wanted} ")
        stands = func.strpos(literal(" ").op("||")(DocumentRow.heading).op("||")(" "), f" {wanted} ") > 0
    title = case((DocumentRow.heading == wanted, IS_TITLE), (begins, BEGINS_TITLE), else_=0.0)
    phrase = case((stands, HAS_PHRASE), else_=0.0)
    return title + phrase + case((DocumentRow.is_available, IS_AVAILABLE), else_=0.0)
