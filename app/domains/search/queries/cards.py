"""Cards: two statements a list, however long it is, and one a page for the promotions that run."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, select

from app.domains.media import queries as media
from app.domains.media.models import AssetRow
from app.domains.media.types import Picture, Rendition
from app.domains.pricing import queries as pricing
from app.domains.pricing.types import QuoteLine
from app.domains.search.models import DocumentRow
from app.domains.search.queries.addresses import translate
from app.domains.search.rules.normalise import clean
from app.domains.search.types import Card
from app.kit import ids
from app.kit.scope import Scope, query

MOST_CARDS = 200


@query("catalogue.browse")
def list_cards(scope: Scope, product_ids: Sequence[str]) -> list[Card]:
    """The cards of these products, in this order; those that are not listed are left out. Raises `MalformedId`."""
    wanted = [ids.check("prd", product_id) for product_id in dict.fromkeys(product_ids)][:MOST_CARDS]
    if not wanted:
        return []
    cards = {
        card.product_id: card for card in read_cards(scope, card_rows(scope).where(DocumentRow.product_id.in_(wanted)))
    }
    return [cards[product_id] for product_id in wanted if product_id in cards]


@query("catalogue.browse")
def list_newest(scope: Scope, limit: int, category_code: str | None = None) -> list[Card]:
    """The newest products that can be bought, then the newest of the others; in a category and below it."""
    wanted = card_rows(scope).order_by(*by_newest(scope)).limit(min(max(limit, 0), MOST_CARDS))
    if category_code is not None:
        wanted = wanted.where(DocumentRow.category_codes.contains([clean(category_code)]))
    return read_cards(scope, wanted)


@query("catalogue.browse")
def card_rows(scope: Scope) -> Select:
    """The rows of listed products in the scope's language, to be narrowed and ordered."""
    return (
        select(
            DocumentRow.product_id,
            DocumentRow.slug,
            DocumentRow.title,
            DocumentRow.brand,
            DocumentRow.price_minor,
            DocumentRow.highest_price_minor,
            DocumentRow.compare_at_minor,
            DocumentRow.currency,
            DocumentRow.is_available,
            DocumentRow.picture_id,
            DocumentRow.picture_alt,
            DocumentRow.category_code,
            AssetRow.width,
            AssetRow.height,
        )
        .outerjoin(AssetRow, AssetRow.id == DocumentRow.picture_id)
        .where(*listed(scope))
    )


@query("catalogue.browse")
def listed(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    """What every list asks: the language, and a price."""
    return DocumentRow.locale == index_locale(scope), DocumentRow.price_minor.is_not(None)


@query("catalogue.browse")
def index_locale(scope: Scope) -> str:
    """The language of the index that answers this scope: its own, else the storefront's first."""
    locales = scope.storefront.locales if scope.storefront else ()
    return scope.locale if scope.locale in locales or not locales else locales[0]


@query("catalogue.browse")
def by_newest(scope: Scope) -> tuple[ColumnElement, ...]:
    """What can be bought first; ids are ordered by the time they were made."""
    return DocumentRow.is_available.desc(), DocumentRow.product_id.desc()


@query("catalogue.browse")
def read_cards(scope: Scope, rows: Select) -> list[Card]:
    """The cards of `card_rows`, in their order."""
    found = scope.db.execute(rows).all()
    renditions: dict[str, list[Rendition]] = {}
    pictures = {row.picture_id for row in found if row.picture_id is not None}
    if pictures:
        renditions = media.list_renditions(scope, pictures)
    priced = [QuoteLine("", 1, row.price_minor, "", row.product_id, row.category_code or "") for row in found]
    return [
        Card(
            product_id=row.product_id,
            slug=row.slug,
            title=row.title,
            brand=row.brand,
            price_minor=shown.unit_minor,
            has_price_range=row.highest_price_minor != row.price_minor,
            compare_at_minor=shown.prior_minor or row.compare_at_minor,
            currency=row.currency,
            is_available=row.is_available,
            picture=_picture(row.picture_id, row.width, row.height, renditions),
            picture_alt=row.picture_alt,
            category_code=row.category_code,
            promotion=translate(scope, shown.names[0]) if shown.names else "",
        )
        for row, shown in zip(found, pricing.show_prices(scope, priced), strict=True)
    ]


def _picture(asset_id: str | None, width: int, height: int, renditions: dict[str, list[Rendition]]) -> Picture | None:
    return None if asset_id is None else Picture(asset_id, width, height, tuple(renditions.get(asset_id, ())))
