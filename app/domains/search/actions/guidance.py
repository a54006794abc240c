"""Writers of synonyms and redirects: the console's one by one, the tenant document's as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.domains.catalogue import queries as catalogue
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
from app.domains.search.models import RedirectRow, SynonymRow
from app.domains.search.queries.guidance import find_target
from app.domains.search.rules.guidance import LONGEST_WORDS, MOST_WORDS, normal_words, query_of
from app.domains.search.rules.normalise import LONGEST_QUERY, clean
from app.domains.tenancy.actions import record_change
from app.kit import ids
from app.kit.errors import StaleVersion
from app.kit.scope import SYSTEM_ONLY, Scope, action

MOST_KEPT = 500
LONGEST_PATH = 200


@action("catalogue.edit")
def save_synonyms(scope: Scope, locale: str, words: Sequence[str], *, is_two_way: bool) -> str:
    """Keep words for each other; returns the id.
    Raises `SynonymsNotValid`, `SynonymsTaken`, `LanguageNotOffered`, `GuidanceIsFull`."""
    return _keep_synonyms(scope, locale, words, is_two_way=is_two_way, is_from_document=False)


@action("catalogue.edit")
def remove_synonyms(scope: Scope, synonyms_id: str, *, if_version: int | None = None) -> None:
    """Raises `GuidanceNotFound`, `GuidanceOfDocument`, `StaleVersion`."""
    _remove(scope, SynonymRow, ids.check("syn", synonyms_id), "synonyms", ("locale", "words", "is_two_way"), if_version)


@action("catalogue.edit")
def save_redirect(scope: Scope, locale: str, text: str, path: str) -> str:
    """Lead a search to a page of the storefront at once; returns the id.

    :param path: from the root of the storefront: `/c/<slug or code of a category>`, `/p/<slug of a product>`, or
        the path of another page.

    Raises `QueryNotValid`, `RedirectLeadsNowhere`, `QueryTaken`, `LanguageNotOffered`, `GuidanceIsFull`.
    """
    return _keep_redirect(scope, locale, text, path, is_from_document=False)


@action("catalogue.edit")
def remove_redirect(scope: Scope, redirect_id: str, *, if_version: int | None = None) -> None:
    """Raises `GuidanceNotFound`, `GuidanceOfDocument`, `StaleVersion`."""
    _remove(scope, RedirectRow, ids.check("rdr", redirect_id), "redirect", ("locale", "label", "path"), if_version)


@action(SYSTEM_ONLY)
def apply_section(scope: Scope, section: Mapping[str, Any]) -> None:
    """Make the synonyms and redirects of a tenant's document those that come from it; what staff have added stays,
    unless the document now says the same or sends the same search elsewhere. Raises as the others do."""
    for table in (SynonymRow, RedirectRow):
        scope.db.execute(delete(table).where(table.is_from_document))
    for entry in section.get("synonyms", ()):
        alike = [alike for _, alike in normal_words(entry["words"])]
        scope.db.execute(delete(SynonymRow).where(SynonymRow.locale == entry["locale"], SynonymRow.alike == alike))
        is_two_way = not entry.get("one_way", False)
        _keep_synonyms(scope, entry["locale"], entry["words"], is_two_way=is_two_way, is_from_document=True)
    for entry in section.get("redirects", ()):
        wanted = query_of(entry["query"])
        scope.db.execute(delete(RedirectRow).where(RedirectRow.locale == entry["locale"], RedirectRow.query == wanted))
        _keep_redirect(scope, entry["locale"], entry["query"], entry["to"], is_from_document=True)


def _keep_synonyms(scope: Scope, locale: str, words: Iterable[str], *, is_two_way: bool, is_from_document: bool) -> str:
    _check_language(scope, locale)
    pairs = normal_words(words)
    if not 2 <= len(pairs) <= MOST_WORDS or any(len(text) > LONGEST_WORDS for text, _ in pairs):
        raise SynonymsNotValid(field="words")
    if is_two_way:
        # in one order, so that the same words cannot stand twice
        pairs.sort(key=lambda pair: pair[1])
    _check_room(scope, SynonymRow)
    values = {
        "id": ids.new("syn"),
        "locale": locale,
        "words": [text for text, _ in pairs],
        "alike": [alike for _, alike in pairs],
        "is_two_way": is_two_way,
        "is_from_document": is_from_document,
    }
    kept = insert(SynonymRow).values(**values).on_conflict_do_nothing(index_elements=["locale", "alike"])
    if scope.db.execute(kept.returning(SynonymRow.id)).one_or_none() is None:
        raise SynonymsTaken(field="words")
    after = {name: values[name] for name in ("locale", "words", "is_two_way")}
    _tell(scope, "synonyms", values["id"], after, is_from_document=is_from_document)
    return str(values["id"])


def _keep_redirect(scope: Scope, locale: str, text: str, path: str, *, is_from_document: bool) -> str:
    _check_language(scope, locale)
    wanted = query_of(text)
    if not wanted or len(text) > LONGEST_QUERY:
        raise QueryNotValid(field="query")
    target = _target(scope, locale, path)
    _check_room(scope, RedirectRow)
    values = {
        "id": ids.new("rdr"),
        "locale": locale,
        "query": wanted,
        "label": " ".join(text.split()),
        "is_from_document": is_from_document,
        **target,
    }
    kept = insert(RedirectRow).values(**values).on_conflict_do_nothing(index_elements=["locale", "query"])
    if scope.db.execute(kept.returning(RedirectRow.id)).one_or_none() is None:
        raise QueryTaken(field="query", query=values["label"])
    after = {"locale": locale, "query": wanted, **target}
    _tell(scope, "redirect", values["id"], after, is_from_document=is_from_document)
    return str(values["id"])


def _tell(scope: Scope, noun: str, row_id: str, after: Mapping[str, Any], *, is_from_document: bool) -> None:
    """What staff do is written down; what the document says is kept as the document."""
    if not is_from_document:
        record_change(scope, noun=f"search.{noun}", noun_id=row_id, verb="added", before={}, after=after)


def _target(scope: Scope, locale: str, path: str) -> dict[str, str]:
    """The column that says where a path leads. Only paths of this storefront: an address of another site, or one
    that a browser would take for such, leads nowhere."""
    wanted = clean(path.strip(), LONGEST_PATH + 1)
    locales = scope.storefront.locales if scope.storefront else ()
    first, _, rest = wanted.removeprefix("/").partition("/")
    if wanted.startswith("/") and first in locales:
        wanted = f"/{rest}"
    if not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted or len(wanted) > LONGEST_PATH:
        raise RedirectLeadsNowhere(field="path", path=path[:LONGEST_PATH])
    for kind, column in (("c", "category_id"), ("p", "product_id")):
        name = wanted.removeprefix(f"/{kind}/")
        if name != wanted:
            page = catalogue.find_page(scope, "category" if kind == "c" else "product", name, locale)
            found = page.target_id if page else find_target(scope, name, is_category=kind == "c")
            if found is None:
                raise RedirectLeadsNowhere(field="path", path=wanted)
            return {column: found}
    return {"path": wanted}


def _check_language(scope: Scope, locale: str) -> None:
    if scope.storefront is not None and locale not in scope.storefront.locales:
        raise LanguageNotOffered(field="locale", locale=locale[:20])


def _check_room(scope: Scope, table: type[SynonymRow] | type[RedirectRow]) -> None:
    """Every search reads them. Who adds is alone, so that two of them cannot both take the last place."""
    scope.db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{scope.tenant_id}:guidance", 0))))
    if scope.db.execute(select(func.count()).select_from(table)).scalar_one() >= MOST_KEPT:
        raise GuidanceIsFull(most=MOST_KEPT)


def _remove(
    scope: Scope,
    table: type[SynonymRow] | type[RedirectRow],
    row_id: str,
    noun: str,
    told: Sequence[str],
    if_version: int | None,
) -> None:
    columns = [getattr(table, name) for name in told]
    row = scope.db.execute(
        select(table.is_from_document, table.version, *columns).where(table.id == row_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise GuidanceNotFound(id=row_id)
    if row.is_from_document:
        raise GuidanceOfDocument()
    if if_version is not None and row.version != if_version:
        raise StaleVersion()
    scope.db.execute(delete(table).where(table.id == row_id))
    before = {name: getattr(row, name) for name in told}
    record_change(scope, noun=f"search.{noun}", noun_id=row_id, verb="removed", before=before, after={})
