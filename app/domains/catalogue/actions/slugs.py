"""Addresses of categories and products, per language, with their history."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.catalogue.errors import SlugTaken
from app.domains.catalogue.models import SlugRow
from app.domains.catalogue.rules.slugs import numbered, slugify
from app.domains.catalogue.types import SlugKind
from app.kit.scope import PUBLIC, Scope, action


@action(PUBLIC)
def save_slugs(
    scope: Scope,
    kind: SlugKind,
    target_id: str,
    *,
    wanted: Mapping[str, str],
    titles: Mapping[str, str],
    fallback: str,
) -> bool:
    """Give a page its addresses; true if one changed. Called by the actions that save the page.

    :param wanted: language → address. A former address of another page may be taken, a current one may not:
        `SlugTaken`.
    :param titles: a language with a title and without an address gets one made of it; if it is taken, with a
        number. What has an address keeps it when its title changes.
    :param fallback: what an address is made of where nothing of a title can stand in one (`☺`).
    """
    column = SlugRow.product_id if kind == "product" else SlugRow.category_id
    current = {
        row.locale: row.slug
        for row in scope.db.execute(select(SlugRow.locale, SlugRow.slug).where(column == target_id, SlugRow.is_current))
    }
    has_changed = False
    for locale in sorted(wanted.keys() | titles.keys()):
        slug = wanted.get(locale)
        if slug is None:
            if locale in current:
                continue
            slug = _free(scope, kind, locale, slugify(titles[locale]) or slugify(fallback) or "p")
        if current.get(locale) != slug:
            _set(scope, kind, target_id, locale, slug)
            has_changed = True
    return has_changed


def _set(scope: Scope, kind: SlugKind, target_id: str, locale: str, slug: str) -> None:
    column = SlugRow.product_id if kind == "product" else SlugRow.category_id
    scope.db.execute(
        update(SlugRow)
        .where(column == target_id, SlugRow.locale == locale, SlugRow.is_current)
        .values(is_current=False, version=SlugRow.version + 1)
    )
    target = {
        "category_id": target_id if kind == "category" else None,
        "product_id": target_id if kind == "product" else None,
    }
    written = scope.db.execute(
        upsert(SlugRow)
        .values(kind=kind, locale=locale, slug=slug, is_current=True, **target)
        .on_conflict_do_update(
            index_elements=[SlugRow.kind, SlugRow.locale, SlugRow.slug],
            set_={
                **target,
                "is_current": True,
                "version": SlugRow.version + 1,
                "updated_at": func.now(),
            },
            where=~SlugRow.is_current,
        )
        .returning(SlugRow.slug)
    ).one_or_none()
    if written is None:
        raise SlugTaken(slug=slug, locale=locale)


def _free(scope: Scope, kind: SlugKind, locale: str, slug: str) -> str:
    """This address, or the first free one with a number. Whoever comes second at the same moment gets `SlugTaken`."""
    stem = numbered(slug, 1).removesuffix("-1")
    taken = set(
        scope.db.scalars(
            select(SlugRow.slug).where(
                SlugRow.kind == kind, SlugRow.locale == locale, SlugRow.slug.startswith(stem, autoescape=True)
            )
        )
    )
    if slug not in taken:
        return slug
    number = 2
    while numbered(slug, number) in taken:
        number += 1
    return numbered(slug, number)
