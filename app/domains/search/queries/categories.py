"""Categories as shoppers see them: two statements."""

from __future__ import annotations

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import aliased

from app.domains.catalogue.errors import CategoryNotFound
from app.domains.catalogue.models import CategoryRow, SlugRow
from app.domains.media import queries as media
from app.domains.media.models import AssetRow
from app.domains.media.types import Picture, Rendition
from app.domains.search.models import DocumentRow
from app.domains.search.queries.addresses import alternates, read_address, slugs_of, translate
from app.domains.search.queries.cards import listed
from app.domains.search.rules.normalise import clean
from app.domains.search.types import CategoryView, MovedTo
from app.kit.scope import Scope, query


@query("catalogue.browse")
def list_categories(scope: Scope) -> list[CategoryView]:
    """All active categories with an address, by their position and code; `parent_code` makes a tree of them."""
    rows = scope.db.execute(_categories(scope).order_by(CategoryRow.position, CategoryRow.code)).all()
    return _views(scope, [row for row in rows if row.slugs])


@query("catalogue.browse")
def get_category(scope: Scope, slug: str) -> CategoryView | MovedTo:
    """The category of an address. Raises `CategoryNotFound`; an inactive one is not found."""
    asked = clean(slug)
    found = scope.db.execute(
        _categories(scope)
        .add_columns(SlugRow.locale.label("slug_locale"), SlugRow.is_current)
        .join(SlugRow, SlugRow.category_id == CategoryRow.id)
        .where(SlugRow.kind == "category", SlugRow.slug == asked)
        .order_by((SlugRow.locale == scope.locale).desc(), SlugRow.is_current.desc(), SlugRow.locale)
        .limit(1)
    ).one_or_none()
    if found is None:
        raise CategoryNotFound(slug=asked)
    address = read_address(scope, asked, found.slug_locale, is_current=found.is_current, current=found.slugs)
    if address.moved_to is not None:
        return MovedTo(address.moved_to)
    if not address.is_page:
        raise CategoryNotFound(slug=asked)
    return _views(scope, [found])[0]


def _categories(scope: Scope) -> Select:
    parent = aliased(CategoryRow)
    code = func.unnest(DocumentRow.category_codes).label("code")
    codes = select(code).where(*listed(scope)).subquery("codes")
    counted = select(codes.c.code, func.count().label("count")).group_by(codes.c.code).subquery("counted")
    return (
        select(
            CategoryRow.code,
            CategoryRow.name,
            CategoryRow.description,
            CategoryRow.picture_id,
            parent.code.label("parent_code"),
            AssetRow.width,
            AssetRow.height,
            func.coalesce(counted.c.count, 0).label("product_count"),
            slugs_of(scope, "category", CategoryRow.id).label("slugs"),
        )
        .outerjoin(parent, parent.id == CategoryRow.parent_id)
        .outerjoin(AssetRow, AssetRow.id == CategoryRow.picture_id)
        .outerjoin(counted, counted.c.code == CategoryRow.code)
        .where(CategoryRow.is_active)
    )


def _views(scope: Scope, rows: list[Row]) -> list[CategoryView]:
    pictures = {row.picture_id for row in rows if row.picture_id is not None}
    renditions = media.list_renditions(scope, pictures) if pictures else {}
    return [
        CategoryView(
            code=row.code,
            slug=alternates(scope, row.slugs).get(scope.locale) or translate(scope, row.slugs),
            name=translate(scope, row.name),
            description=translate(scope, row.description),
            picture=_picture(row, renditions),
            product_count=row.product_count,
            alternates=alternates(scope, row.slugs),
            parent_code=row.parent_code,
        )
        for row in rows
    ]


def _picture(row: Row, renditions: dict[str, list[Rendition]]) -> Picture | None:
    if row.picture_id is None:
        return None
    return Picture(row.picture_id, row.width, row.height, tuple(renditions.get(row.picture_id, ())))
