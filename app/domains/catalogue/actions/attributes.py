"""Writers of attribute definitions."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.catalogue.errors import AttributeNotFound
from app.domains.catalogue.events import AttributesChanged
from app.domains.catalogue.models import AttributeRow
from app.domains.catalogue.queries.attributes import list_attributes
from app.domains.catalogue.rules.attributes import widen
from app.domains.catalogue.types import AttributeDefinition, AttributeKind
from app.kit.errors import StaleVersion
from app.kit.events import announce
from app.kit.scope import Scope, action

AT_ONCE = 1_000


@action("import.run")
def learn_attributes(scope: Scope, met: Iterable[AttributeDefinition]) -> list[str]:
    """Take note of what a file brings: a code that is new gets its definition, one that stands is widened where the
    file's values are of another kind (an integer becomes a decimal, a choice a text). What a person has decided
    stays. Returns the codes that stood and have changed: documents made by them are old."""
    wanted = {definition.code: definition for definition in met}
    scope.db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{scope.tenant_id}:attributes", 0))))
    standing = list_attributes(scope, wanted)
    changed = []
    values = []
    for code, definition in wanted.items():
        before = standing.get(code)
        after = definition if before is None else widen(before, definition)
        if before == after:
            continue
        if before is not None:
            changed.append(code)
        values.append(
            {
                "code": code,
                "label": dict(after.label),
                "kind": after.kind,
                "unit": after.unit,
                "is_filterable": after.is_filterable,
            }
        )
    for first in range(0, len(values), AT_ONCE):
        statement = upsert(AttributeRow).values(values[first : first + AT_ONCE])
        given = statement.excluded
        scope.db.execute(
            statement.on_conflict_do_update(
                index_elements=[AttributeRow.code],
                set_={
                    "kind": given.kind,
                    "unit": given.unit,
                    "is_filterable": given.is_filterable,
                    "version": AttributeRow.version + 1,
                    "updated_at": func.now(),
                },
                where=~AttributeRow.is_fixed
                & or_(AttributeRow.kind != given.kind, AttributeRow.unit != given.unit),
            )
        )
    if changed:
        announce(scope, AttributesChanged(scope.tenant_id, changed))
    return changed


@action("catalogue.edit")
def change_attribute(
    scope: Scope,
    code: str,
    *,
    kind: AttributeKind,
    unit: str,
    is_filterable: bool,
    if_version: int | None = None,
) -> bool:
    """A person decides what an attribute is; files no longer change it. False if it stands so already.
    Raises `AttributeNotFound`, `StaleVersion`."""
    before = scope.db.execute(
        select(AttributeRow.kind, AttributeRow.unit, AttributeRow.is_filterable, AttributeRow.version)
        .where(AttributeRow.code == code)
        .with_for_update()
    ).one_or_none()
    if before is None:
        raise AttributeNotFound(id=code)
    if if_version is not None and before.version != if_version:
        raise StaleVersion()
    scope.db.execute(update(AttributeRow).where(AttributeRow.code == code).values(is_fixed=True))
    if (before.kind, before.unit, before.is_filterable) == (kind, unit, is_filterable):
        return False
    scope.db.execute(
        update(AttributeRow)
        .where(AttributeRow.code == code)
        .values(kind=kind, unit=unit, is_filterable=is_filterable, version=AttributeRow.version + 1)
    )
    announce(scope, AttributesChanged(scope.tenant_id, [code]))
    return True
