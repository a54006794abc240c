"""What an address names."""

from __future__ import annotations

from sqlalchemy import select

from app.domains.catalogue.models import SlugRow
from app.domains.catalogue.types import Resolved, SlugKind
from app.kit.scope import Scope, query


@query("catalogue.browse")
def find_page(scope: Scope, kind: SlugKind, slug: str, locale: str) -> Resolved | None:
    """The category or product behind an address in a language; None: there never was one.

    A former address, or the one of another language, is found too and leads on to the current one (`is_current`
    is false, `slug` names it): links that people have kept go on working.
    """
    target = SlugRow.product_id if kind == "product" else SlugRow.category_id
    rows = scope.db.execute(
        select(target, SlugRow.locale, SlugRow.is_current)
        .where(SlugRow.kind == kind, SlugRow.slug == slug)
        .order_by((SlugRow.locale == locale).desc(), SlugRow.is_current.desc(), SlugRow.locale)
        .limit(1)
    ).all()
    if not rows:
        return None
    target_id, found_locale, is_current = str(rows[0][0]), rows[0][1], rows[0][2]
    if is_current and found_locale == locale:
        return Resolved(target_id, slug, True)
    current = scope.db.execute(
        select(SlugRow.slug).where(target == target_id, SlugRow.locale == locale, SlugRow.is_current)
    ).scalar_one_or_none()
    if current is None and is_current:
        # this language has no address of its own: the page is shown under the one it was asked by
        return Resolved(target_id, slug, True)
    if current is None:
        current = scope.db.execute(
            select(SlugRow.slug).where(target == target_id, SlugRow.locale == found_locale, SlugRow.is_current)
        ).scalar_one_or_none()
    return Resolved(target_id, current, current == slug)
