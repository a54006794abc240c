"""Writers of categories."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from app.domains.catalogue.actions.slugs import save_slugs
from app.domains.catalogue.errors import CategoryInCircle, CategoryNotValid, CategoryUnknown
from app.domains.catalogue.events import CategoryChanged
from app.domains.catalogue.models import CategoryRow
from app.domains.catalogue.rules.checks import category_faults
from app.domains.catalogue.rules.documents import category_columns, changed
from app.domains.catalogue.types import CategoryInput, CategorySaved, CategoryStep
from app.kit import ids
from app.kit.errors import StaleVersion
from app.kit.events import announce
from app.kit.scope import PUBLIC, Scope, action


@action("catalogue.edit")
def save_category(scope: Scope, category: CategoryInput, *, if_version: int | None = None) -> CategorySaved:
    """Make or change the category of this code. The same input changes nothing and announces nothing.

    Raises `CategoryNotValid`, `CategoryUnknown` (its parent), `CategoryInCircle`, `SlugTaken`, `StaleVersion`.
    """
    for fault in category_faults(category):
        raise CategoryNotValid(field=fault.field, reason=str(fault))
    wanted = {**category_columns(category), "parent_id": _parent(scope, category)}
    stored = scope.db.execute(
        select(
            CategoryRow.id,
            CategoryRow.version,
            CategoryRow.parent_id,
            CategoryRow.name,
            CategoryRow.description,
            CategoryRow.picture_id,
            CategoryRow.position,
            CategoryRow.is_active,
        )
        .where(CategoryRow.code == category.code)
        .with_for_update()
    ).one_or_none()
    if if_version is not None and (stored is None or stored.version != if_version):
        raise StaleVersion()
    if stored is None:
        category_id = ids.new("cat")
        scope.db.execute(insert(CategoryRow).values(id=category_id, code=category.code, **wanted))
        _save_slugs(scope, category_id, category)
        announce(scope, CategoryChanged(category_id, "created"))
        return CategorySaved(category_id, "created")
    has_moved = _save_slugs(scope, stored.id, category)
    differing = changed(stored._asdict(), wanted)
    if not differing and not has_moved:
        return CategorySaved(stored.id, "unchanged")
    scope.db.execute(
        update(CategoryRow).where(CategoryRow.id == stored.id).values(**differing, version=CategoryRow.version + 1)
    )
    announce(scope, CategoryChanged(stored.id, "changed"))
    return CategorySaved(stored.id, "changed")


AFTER_THE_OWN = 1_000
"""A category that a file brings stands behind those that a person has put in order."""


@action(PUBLIC)
def ensure_path(scope: Scope, path: tuple[CategoryStep, ...]) -> str | None:
    """The id of the last category of a path; those that do not exist are made. What exists is left as it is.
    Called by the action that saves a product; an empty path is None."""
    parent_code = None
    category_id = None
    for step in path:
        category_id = scope.db.execute(select(CategoryRow.id).where(CategoryRow.code == step.code)).scalar_one_or_none()
        if category_id is None:
            category = CategoryInput(code=step.code, name=step.name, parent_code=parent_code, position=AFTER_THE_OWN)
            category_id = save_category(scope, category).category_id
        parent_code = step.code
    return category_id


def _save_slugs(scope: Scope, category_id: str, category: CategoryInput) -> bool:
    titles = category_columns(category)["name"]
    return save_slugs(scope, "category", category_id, wanted=category.slug, titles=titles, fallback=category.code)


def _parent(scope: Scope, category: CategoryInput) -> str | None:
    """The parent's id. Walks up to the root: a category on its own way there would make a circle."""
    if category.parent_code is None:
        return None
    code: str | None = category.parent_code
    parent_id: str | None = None
    above: str | None = None
    seen: set[str] = set()
    while code is not None:
        if code == category.code or code in seen:
            raise CategoryInCircle(category=category.code)
        seen.add(code)
        row = scope.db.execute(
            select(CategoryRow.id, CategoryRow.parent_id).where(CategoryRow.code == code)
        ).one_or_none()
        if row is None:
            raise CategoryUnknown(category=code, field="parent_code")
        parent_id = parent_id or row.id
        above = row.parent_id
        code = None
        if above is not None:
            code = scope.db.execute(select(CategoryRow.code).where(CategoryRow.id == above)).scalar_one()
    return parent_id
