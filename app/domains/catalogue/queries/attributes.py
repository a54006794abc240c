"""Reads of attribute definitions."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from app.domains.catalogue.models import AttributeRow
from app.domains.catalogue.types import AttributeDefinition
from app.kit.scope import Scope, query


@query("catalogue.browse")
def list_attributes(scope: Scope, codes: Collection[str] | None = None) -> dict[str, AttributeDefinition]:
    """The definitions of the catalogue by code, or of these codes; one that has none is left out. One statement."""
    wanted = select(
        AttributeRow.code,
        AttributeRow.label,
        AttributeRow.kind,
        AttributeRow.unit,
        AttributeRow.is_filterable,
        AttributeRow.is_fixed,
        AttributeRow.version,
    ).order_by(AttributeRow.code)
    if codes is not None:
        if not codes:
            return {}
        wanted = wanted.where(AttributeRow.code.in_(sorted(codes)))
    return {row.code: AttributeDefinition(*row) for row in scope.db.execute(wanted)}
