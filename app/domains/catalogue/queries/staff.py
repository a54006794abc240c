"""Lists for those who edit the catalogue."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, func, or_, select

from app.domains.catalogue.models import ProductRow, VariantRow
from app.domains.catalogue.types import ProductFilter, ProductSlice, ProductSummary
from app.kit import ids
from app.kit.scope import Scope, query

LARGEST_SLICE = 200


@query("catalogue.edit")
def list_products_for_staff(
    scope: Scope, wanted: ProductFilter | None = None, cursor: str | None = None, limit: int = 50
) -> ProductSlice:
    """Products of every status, newest first. `cursor` is the `next_cursor` of the slice before.
    Raises `MalformedId` for a cursor that is none."""
    limit = max(1, min(limit, LARGEST_SLICE))
    variants = (
        select(func.count())
        .where(VariantRow.product_id == ProductRow.id, VariantRow.archived_at.is_(None))
        .scalar_subquery()
    )
    statement = (
        select(
            ProductRow.id,
            ProductRow.source,
            ProductRow.external_id,
            ProductRow.title,
            ProductRow.brand,
            ProductRow.category_id,
            ProductRow.status,
            variants,
            ProductRow.version,
            ProductRow.updated_at,
        )
        .where(*_conditions(wanted or ProductFilter()))
        .order_by(ProductRow.id.desc())
        .limit(limit + 1)
    )
    if cursor is not None:
        statement = statement.where(ProductRow.id < ids.check("prd", cursor))
    rows = [ProductSummary(*row) for row in scope.db.execute(statement)]
    has_more = len(rows) > limit
    return ProductSlice(tuple(rows[:limit]), rows[limit - 1].id if has_more else None)


@query("catalogue.edit")
def count_products_for_staff(scope: Scope, wanted: ProductFilter | None = None) -> int:
    counted = select(func.count()).select_from(ProductRow).where(*_conditions(wanted or ProductFilter()))
    return scope.db.execute(counted).scalar_one()


def _conditions(wanted: ProductFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        found.append(ProductRow.status == wanted.status)
    if wanted.category_id is not None:
        found.append(ProductRow.category_id == wanted.category_id)
    if wanted.source is not None:
        found.append(ProductRow.source == wanted.source)
    words = wanted.text.strip()
    if words:
        has_sku = exists().where(
            VariantRow.product_id == ProductRow.id, VariantRow.sku.icontains(words, autoescape=True)
        )
        # only the values: a word must not be found in the name of a language
        titles = func.jsonb_each_text(ProductRow.title).table_valued("key", "value")
        has_title = exists(select(titles.c.key).where(titles.c.value.icontains(words, autoescape=True)))
        found.append(
            or_(
                has_title,
                ProductRow.brand.icontains(words, autoescape=True),
                ProductRow.external_id.icontains(words, autoescape=True),
                has_sku,
            )
        )
    return found
