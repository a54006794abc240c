"""The word that was meant: the most similar one among those of listed products."""

from __future__ import annotations

from sqlalchemy import ARRAY, Text, and_, cast, func, literal, or_, select, true

from app.domains.search.models import TermRow
from app.domains.search.queries.cards import index_locale
from app.domains.search.rules.corrections import Candidate, corrected, parts_to_correct
from app.domains.search.rules.normalise import skeleton
from app.kit.scope import Scope, query

MOST_CANDIDATES = 40
LENGTHS_APART = 2


@query("catalogue.browse")
def list_corrections(scope: Scope, text: str) -> list[str]:
    """Texts near this one of words that are known, the nearest first. One statement."""
    parts = parts_to_correct(text)
    if not parts:
        return []
    asked = (
        func.unnest(_texts(parts), _texts([skeleton(part) for part in parts]), _texts([part[0] for part in parts]))
        .table_valued("part", "skeleton", "first", name="asked")
        .render_derived()
    )
    nearness = func.similarity(TermRow.skeleton, asked.c.skeleton)
    shares_trigrams = TermRow.skeleton.op("%")(asked.c.skeleton)
    # two letters that changed places leave a short word hardly a trigram in common: then the first letter has to do
    begins_alike = and_(
        TermRow.term.like(asked.c.first + "%", escape="\\"),
        func.char_length(TermRow.term).between(
            func.char_length(asked.c.part) - LENGTHS_APART, func.char_length(asked.c.part) + LENGTHS_APART
        ),
    )
    nearest = (
        select(TermRow.term, TermRow.label, nearness.label("nearness"), TermRow.weight)
        .where(TermRow.locale == index_locale(scope), or_(shares_trigrams, begins_alike))
        .order_by(nearness.desc(), TermRow.weight.desc(), TermRow.term)
        .limit(MOST_CANDIDATES)
        .lateral("nearest")
    )
    candidates: dict[str, list[Candidate]] = {}
    for row in scope.db.execute(
        select(asked.c.part, nearest.c.term, nearest.c.label)
        .select_from(asked.join(nearest, true()))
        .order_by(nearest.c.nearness.desc(), nearest.c.weight.desc(), nearest.c.term)
    ):
        candidates.setdefault(row.part, []).append(Candidate(row.term, row.label))
    return corrected(text, candidates)


def _texts(values: list[str]) -> object:
    return cast(literal(values, ARRAY(Text)), ARRAY(Text))
