"""The only writers of the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Text, bindparam, cast, delete, func, literal, or_, select, true, update
from sqlalchemy.dialects.postgresql import REGCONFIG, TSVECTOR
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.types import NULLTYPE

from app.domains.search.models import DocumentRow, MissRow, TermRow
from app.domains.search.queries.matching import STEMMERS
from app.domains.search.queries.sources import list_sources
from app.domains.search.rules.documents import Document, document_of
from app.domains.search.rules.normalise import LONGEST_QUERY, MARKS, normalise
from app.kit.queue import enqueue
from app.kit.scope import SYSTEM_ONLY, Scope, action

WEIGHTS = ("A", "B", "C", "D")
MOST_MISSES = 5_000
"""Of the searches that found nothing this many are kept, the most frequent: anybody may write one."""


@action(SYSTEM_ONLY)
def index_product(scope: Scope, product_id: str) -> bool:
    """Bring the documents of a product up to date, in every language of the storefront; false if they were.

    A product that is not active, or has no address, loses them.
    """
    return bool(index_products(scope, [product_id]))


@action(SYSTEM_ONLY)
def index_products(scope: Scope, product_ids: Sequence[str]) -> int:
    """The same for several, in one transaction; returns the number of documents that were written or removed."""
    locales = scope.storefront.locales if scope.storefront else ()
    _lock(scope, product_ids)
    sources = [source for source in list_sources(scope, product_ids) if source.is_listed]
    changed = _forget(scope, set(product_ids) - {source.product.id for source in sources}, locales, product_ids)
    for locale in locales:
        changed += _write(scope, locale, [document_of(source, locale, locales) for source in sources])
    if changed:
        # after the waiting documents: while many are written, the words are counted once
        enqueue(scope, "search.count_terms", unique="all", priority=-1)
    return changed


@action(SYSTEM_ONLY)
def refresh_availability(scope: Scope, product_id: str) -> bool:
    """Say whether a product can be bought now; false if its documents said so already."""
    _lock(scope, [product_id])
    sources = list_sources(scope, [product_id])
    if not sources:
        return False
    is_available = sources[0].is_available
    done = scope.db.execute(
        update(DocumentRow)
        .where(DocumentRow.product_id == product_id, DocumentRow.is_available != is_available)
        .values(is_available=is_available, version=DocumentRow.version + 1)
        .returning(DocumentRow.locale)
    )
    return bool(done.all())


@action(SYSTEM_ONLY)
def count_terms(scope: Scope, part: int = 0, parts: int = 1) -> int:
    """Count the words of all listed documents anew; returns how many rows changed.

    :param part: of `parts` about equal ones, from 0: what is written in one statement has a limit of time.
    """
    _lock(scope, ["terms"])
    entry = func.unnest(DocumentRow.words, DocumentRow.word_labels).table_valued("term", "label", name="entry")
    entry = entry.render_derived()
    counted = (
        select(
            DocumentRow.locale,
            entry.c.term,
            func.regexp_replace(entry.c.term, MARKS, "", "g").label("skeleton"),
            func.min(entry.c.label).label("label"),
            func.count().label("weight"),
        )
        .select_from(DocumentRow)
        .join(entry, true())
        .where(DocumentRow.price_minor.is_not(None), _is_in(entry.c.term, part, parts))
        .group_by(DocumentRow.locale, entry.c.term)
        .subquery("counted")
    )
    columns = ("locale", "term", "skeleton", "label", "weight")
    statement = upsert(TermRow).from_select(columns, select(*(counted.c[name] for name in columns)))
    given = statement.excluded
    written = scope.db.execute(
        statement.on_conflict_do_update(
            index_elements=[TermRow.locale, TermRow.term],
            set_={
                "label": given.label,
                "weight": given.weight,
                "version": TermRow.version + 1,
                "updated_at": func.now(),
            },
            where=or_(TermRow.label != given.label, TermRow.weight != given.weight),
        ).returning(TermRow.weight)
    )
    is_counted = select(counted.c.term).where(counted.c.locale == TermRow.locale, counted.c.term == TermRow.term)
    removed = scope.db.execute(delete(TermRow).where(_is_in(TermRow.term, part, parts), ~is_counted.exists()))
    return len(written.all()) + removed.rowcount


@action("catalogue.browse")
def record_miss(scope: Scope, text: str) -> None:
    """Note that a search found nothing. For the face, after `search` had a total of 0 without filters."""
    query = normalise(text[:LONGEST_QUERY])
    if not query:
        return
    statement = upsert(MissRow).values(locale=scope.locale, query=query)
    scope.db.execute(
        statement.on_conflict_do_update(
            index_elements=[MissRow.locale, MissRow.query],
            set_={"count": MissRow.count + 1, "version": MissRow.version + 1, "updated_at": func.now()},
        )
    )


@action(SYSTEM_ONLY)
def forget_rare_misses(scope: Scope) -> int:
    """Keep the log of misses at its size: the rarest go first, the oldest of them before the others."""
    kept = (
        select(MissRow.locale, MissRow.query)
        .order_by(MissRow.count.desc(), MissRow.updated_at.desc())
        .limit(MOST_MISSES)
        .subquery("kept")
    )
    is_kept = select(kept.c.query).where(kept.c.locale == MissRow.locale, kept.c.query == MissRow.query)
    return scope.db.execute(delete(MissRow).where(~is_kept.exists())).rowcount


def _is_in(term: Any, part: int, parts: int) -> Any:
    return true() if parts == 1 else func.abs(func.hashtext(term).op("%")(parts)) == part


def _lock(scope: Scope, names: Sequence[str]) -> None:
    """Who writes the documents of a product is alone until the end of the transaction. What is read of it comes
    after this, so that the last writer has read the last prices; a document to lock need not exist yet."""
    wanted = cast(literal([f"{scope.tenant_id}:{name}" for name in sorted(set(names))], ARRAY(Text)), ARRAY(Text))
    asked = func.unnest(wanted).table_valued("id", name="asked").render_derived()
    scope.db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(asked.c.id, 0))))


def _forget(scope: Scope, unlisted: set[str], locales: Sequence[str], product_ids: Sequence[str]) -> int:
    """Remove the documents of unlisted products, and those in languages that the storefront no longer has."""
    is_foreign = DocumentRow.product_id.in_(list(product_ids)) & DocumentRow.locale.not_in(locales)
    gone = delete(DocumentRow).where(or_(DocumentRow.product_id.in_(sorted(unlisted)), is_foreign))
    return scope.db.execute(gone).rowcount


def _write(scope: Scope, locale: str, documents: Sequence[Document]) -> int:
    """Insert or change the documents of one language in one statement; returns how many. One that stands so already,
    or was made of a later version, is left alone."""
    if not documents:
        return 0
    names = [name for name in documents[0].values if name not in ("product_id", "locale")]
    statement = upsert(DocumentRow.__table__).values(terms=_terms(locale))
    given: Mapping[str, Any] = statement.excluded
    written = scope.db.execute(
        statement.on_conflict_do_update(
            index_elements=[DocumentRow.product_id, DocumentRow.locale],
            set_={
                **{name: given[name] for name in names},
                "version": DocumentRow.version + 1,
                "updated_at": func.now(),
            },
            where=(DocumentRow.product_version <= given["product_version"])
            & or_(*(getattr(DocumentRow, name).is_distinct_from(given[name]) for name in names)),
        ).returning(DocumentRow.locale),
        [_row(document) for document in documents],
    )
    return len(written.all())


def _row(document: Document) -> dict[str, Any]:
    values = dict(document.values)
    values["plain_terms"] = values.pop("terms")
    return {**values, **{f"stemmed_{weight}": words for weight, words in document.stemmed}}


def _terms(locale: str) -> Any:
    """The words as they are written, and where the language has a stemmer their stems beside them."""
    terms: Any = cast(bindparam("plain_terms", type_=Text()), TSVECTOR)
    stemmer = STEMMERS.get(locale.split("-")[0])
    if stemmer is not None:
        for weight in WEIGHTS:
            stems = func.to_tsvector(literal(stemmer, REGCONFIG), bindparam(f"stemmed_{weight}", type_=Text()))
            terms = terms.op("||")(func.setweight(stems, literal(weight, NULLTYPE)))
    return terms
