"""Reads of the tree of categories."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, select

from app.domains.catalogue.errors import CategoryNotFound
from app.domains.catalogue.models import CategoryRow, SlugRow
from app.domains.catalogue.types import Category
from app.kit.scope import Scope, query


@query("catalogue.browse")
def get_category(scope: Scope, category_id: str) -> Category:
    """Raises `CategoryNotFound`."""
    found = _read(scope, [CategoryRow.id == category_id])
    if not found:
        raise CategoryNotFound(id=category_id)
    return found[0]


@query("catalogue.browse")
def find_category_by_code(scope: Scope, code: str) -> Category | None:
    found = _read(scope, [CategoryRow.code == code])
    return found[0] if found else None


@query("catalogue.browse")
def list_categories(scope: Scope, *, with_inactive: bool = False) -> list[Category]:
    """All categories, by their position and code; parents are not moved before their children."""
    return _read(scope, [] if with_inactive else [CategoryRow.is_active.is_(True)])


def _read(scope: Scope, conditions: Iterable[ColumnElement[bool]]) -> list[Category]:
    rows = scope.db.execute(
        select(
            CategoryRow.id,
            CategoryRow.code,
            CategoryRow.parent_id,
            CategoryRow.name,
            CategoryRow.description,
            CategoryRow.picture_id,
            CategoryRow.position,
            CategoryRow.is_active,
            CategoryRow.version,
        )
        .where(*conditions)
        .order_by(CategoryRow.position, CategoryRow.code)
    ).all()
    slugs: dict[str, dict[str, str]] = {}
    for row in scope.db.execute(
        select(SlugRow.category_id, SlugRow.locale, SlugRow.slug).where(
            SlugRow.category_id.in_([row.id for row in rows]), SlugRow.is_current
        )
    ):
        slugs.setdefault(str(row.category_id), {})[row.locale] = row.slug
    return [
        Category(
            id=row.id,
            code=row.code,
            parent_id=row.parent_id,
            name=row.name,
            description=row.description,
            slug=slugs.get(row.id, {}),
            picture_id=row.picture_id,
            position=row.position,
            is_active=row.is_active,
            version=row.version,
        )
        for row in rows
    ]
