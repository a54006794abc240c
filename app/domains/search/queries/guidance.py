"""How a tenant guides searches: its synonyms and redirects, and what was searched in vain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, Text, case, cast, false, func, literal, null, select, union_all

from app.domains.catalogue.models import CategoryRow, ProductRow
from app.domains.search.models import DocumentRow, MissRow, RedirectRow, SynonymRow
from app.domains.search.queries.addresses import slugs_of, translate
from app.domains.search.queries.cards import index_locale
from app.domains.search.rules.guidance import Group, phrases, readings
from app.domains.search.rules.normalise import LONGEST_QUERY, normalise
from app.domains.search.types import Miss, Redirect, Synonyms, Target
from app.kit.scope import Scope, query

MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Guidance:
    """What a tenant says to a text: other ways to say it, normalised, and the page that it leads to at once."""

    readings: tuple[str, ...] = ()
    target: Target | None = None


@query("catalogue.browse")
def read_guidance(scope: Scope, text: str) -> Guidance:
    """One statement. A redirect whose category or product shoppers can no longer see is as if it were not there."""
    wanted = normalise(text[:LONGEST_QUERY])
    if not wanted:
        return Guidance()
    locale = index_locale(scope)
    asked = cast(literal(phrases(wanted, locale), ARRAY(Text)), ARRAY(Text))
    none = cast(null(), Text)
    synonyms = select(
        SynonymRow.alike.label("alike"),
        SynonymRow.is_two_way.label("is_two_way"),
        none.label("path"),
        _no_slugs().label("categories"),
        _no_slugs().label("products"),
    ).where(SynonymRow.locale == locale, SynonymRow.alike.overlap(asked))
    is_listed = (
        select(DocumentRow.product_id)
        .where(DocumentRow.product_id == RedirectRow.product_id, DocumentRow.locale == locale)
        .exists()
    )
    is_active = select(CategoryRow.id).where(CategoryRow.id == RedirectRow.category_id, CategoryRow.is_active).exists()
    redirects = select(
        cast(null(), ARRAY(Text)),
        false(),
        RedirectRow.path,
        case((is_active, slugs_of(scope, "category", RedirectRow.category_id)), else_=_no_slugs()),
        case((is_listed, slugs_of(scope, "product", RedirectRow.product_id)), else_=_no_slugs()),
    ).where(RedirectRow.locale == locale, RedirectRow.query == wanted)
    groups, target = [], None
    for row in scope.db.execute(union_all(synonyms, redirects)):
        if row.alike is not None:
            groups.append(Group(tuple(row.alike), row.is_two_way))
        else:
            target = _target(scope, row)
    groups.sort(key=lambda group: group.alike)
    return Guidance(tuple(readings(wanted, locale, groups)), target)


@query("catalogue.edit")
def list_synonyms(scope: Scope) -> list[Synonyms]:
    """All of the tenant's, by language and first word; at most 500."""
    rows = scope.db.execute(
        select(
            SynonymRow.id,
            SynonymRow.locale,
            SynonymRow.words,
            SynonymRow.is_two_way,
            SynonymRow.is_from_document,
            SynonymRow.version,
        )
        .order_by(SynonymRow.locale, SynonymRow.alike)
        .limit(MOST_SHOWN)
    )
    return [Synonyms(row[0], row[1], tuple(row[2]), *row[3:]) for row in rows]


@query("catalogue.edit")
def list_redirects(scope: Scope) -> list[Redirect]:
    """All of the tenant's, by language and text; at most 500."""
    rows = scope.db.execute(
        select(
            RedirectRow.id,
            RedirectRow.locale,
            RedirectRow.label,
            RedirectRow.path,
            RedirectRow.is_from_document,
            RedirectRow.version,
            slugs_of(scope, "category", RedirectRow.category_id).label("categories"),
            slugs_of(scope, "product", RedirectRow.product_id).label("products"),
        )
        .order_by(RedirectRow.locale, RedirectRow.query)
        .limit(MOST_SHOWN)
    )
    found = []
    for row in rows:
        slug = translate(scope, row.categories or row.products or {})
        path = row.path or f"/{'c' if row.categories else 'p'}/{slug}"
        found.append(Redirect(row.id, row.locale, row.label, path, row.is_from_document, row.version))
    return found


@query("catalogue.edit")
def list_misses(scope: Scope, limit: int = 50) -> list[Miss]:
    """What was searched in vain and has no redirect, the most frequent first."""
    is_led = select(RedirectRow.id).where(RedirectRow.locale == MissRow.locale, RedirectRow.query == MissRow.query)
    rows = scope.db.execute(
        select(MissRow.locale, MissRow.query, MissRow.count, MissRow.updated_at)
        .where(~is_led.exists())
        .order_by(MissRow.count.desc(), MissRow.updated_at.desc(), MissRow.query)
        .limit(min(max(limit, 1), MOST_SHOWN))
    )
    return [Miss(*row) for row in rows]


@query("catalogue.edit")
def find_target(scope: Scope, name: str, *, is_category: bool) -> str | None:
    """The category of a code, or the product of its source's id."""
    if is_category:
        return scope.db.execute(select(CategoryRow.id).where(CategoryRow.code == name)).scalar_one_or_none()
    named = select(ProductRow.id).where(ProductRow.external_id == name).order_by(ProductRow.id).limit(1)
    return scope.db.execute(named).scalar_one_or_none()


def _no_slugs() -> Any:
    return func.jsonb_build_object()


def _target(scope: Scope, row: Any) -> Target | None:
    if row.path is not None:
        return Target("page", row.path)
    if row.categories:
        return Target("category", translate(scope, row.categories))
    return Target("product", translate(scope, row.products)) if row.products else None
