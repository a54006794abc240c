"""Prices and stock side by side, for those who edit them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import join

from app.domains.catalogue import models as catalogue
from app.domains.inventory.models import StockLevel
from app.domains.inventory.types import LOW, OfferFilter, OfferPage, OfferRow, Text
from app.domains.pricing import models as pricing
from app.kit import ids
from app.kit.errors import MalformedId
from app.kit.scope import Scope, query

LARGEST_PAGE = 200

_OFFER, _VARIANT, _PRODUCT = catalogue.OfferRow, catalogue.VariantRow, catalogue.ProductRow
_on_hand = func.coalesce(
    select(func.sum(StockLevel.on_hand)).where(StockLevel.offer_id == _OFFER.id).scalar_subquery(), 0
)
_reserved = func.coalesce(
    select(func.sum(StockLevel.reserved)).where(StockLevel.offer_id == _OFFER.id).scalar_subquery(), 0
)
_status = case(
    (or_(_PRODUCT.status == "archived", _VARIANT.archived_at.is_not(None), _OFFER.status == "archived"), "archived"),
    (_PRODUCT.status == "draft", "draft"),
    (_OFFER.status == "paused", "paused"),
    else_="selling",
)
_STOCK: Mapping[str, ColumnElement[bool]] = {
    "in_stock": _on_hand - _reserved > 0,
    "low": (_on_hand - _reserved).between(1, LOW),
    "sold_out": _on_hand - _reserved <= 0,
    "no_price": pricing.PriceRow.amount_minor.is_(None),
}


@query("inventory.edit")
def list_offers(
    scope: Scope, wanted: OfferFilter | None = None, cursor: str | None = None, limit: int = 50
) -> OfferPage:
    """Offers with price and stock: newest product first, its variants in their order. One statement.

    `cursor` is the `next_cursor` of the page before. Raises `MalformedId` for one that is none.
    """
    limit = max(1, min(limit, LARGEST_PAGE))
    picture = catalogue.ProductPictureRow
    first = (
        select(picture.asset_id, picture.alt)
        .where(picture.product_id == _PRODUCT.id)
        .order_by(picture.position)
        .limit(1)
        .lateral("first_picture")
    )
    statement = (
        select(
            _OFFER.id,
            _PRODUCT.id.label("product_id"),
            _VARIANT.sku,
            _VARIANT.position,
            _VARIANT.option_values,
            _PRODUCT.title,
            _PRODUCT.options,
            first.c.asset_id,
            first.c.alt,
            _status.label("status"),
            pricing.PriceList.currency,
            pricing.PriceRow.amount_minor,
            pricing.PriceRow.compare_at_minor,
            pricing.PriceRow.version.label("price_version"),
            _on_hand.label("on_hand"),
            _reserved.label("reserved"),
            select(func.max(StockLevel.version))
            .where(StockLevel.offer_id == _OFFER.id)
            .scalar_subquery()
            .label("stock_version"),
        )
        .select_from(join(_joined(), first, true(), isouter=True))
        .where(*_conditions(wanted or OfferFilter()))
        .order_by(_PRODUCT.id.desc(), _VARIANT.position, _OFFER.id)
        .limit(limit + 1)
    )
    if cursor:
        product_id, position, offer_id = _read_cursor(cursor)
        statement = statement.where(
            or_(
                _PRODUCT.id < product_id,
                and_(
                    _PRODUCT.id == product_id,
                    or_(_VARIANT.position > position, and_(_VARIANT.position == position, _OFFER.id > offer_id)),
                ),
            )
        )
    found = scope.db.execute(statement).all()
    shown = found[:limit]
    following = f"{shown[-1].product_id}~{shown[-1].position}~{shown[-1].id}" if len(found) > limit else None
    return OfferPage(tuple(_row(row) for row in shown), following)


@query("inventory.edit")
def count_offers(scope: Scope, wanted: OfferFilter | None = None) -> int:
    """How many offers there are. One statement."""
    counted = select(func.count()).select_from(_joined()).where(*_conditions(wanted or OfferFilter()))
    return scope.db.execute(counted).scalar_one()


def _joined() -> Any:
    """Offers with variant and product, the default price list, and the price in it if there is one."""
    priced = and_(pricing.PriceRow.offer_id == _OFFER.id, pricing.PriceRow.price_list_id == pricing.PriceList.id)
    with_product = join(
        join(_OFFER, _VARIANT, _VARIANT.id == _OFFER.variant_id), _PRODUCT, _PRODUCT.id == _VARIANT.product_id
    )
    return join(
        join(with_product, pricing.PriceList, pricing.PriceList.is_default.is_(True)),
        pricing.PriceRow,
        priced,
        isouter=True,
    )


def _conditions(wanted: OfferFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.offer_ids:
        found.append(_OFFER.id.in_(wanted.offer_ids))
    elif wanted.status is not None:
        found.append(_status == wanted.status)
    else:
        found.append(_status != "archived")
    if wanted.category_id is not None:
        found.append(_PRODUCT.category_id == wanted.category_id)
    if wanted.stock is not None:
        found.append(_STOCK[wanted.stock])
    if words := wanted.words.strip():
        # only the values: a word must not be found in the name of a language
        titles = func.jsonb_each_text(_PRODUCT.title).table_valued("key", "value")
        found.append(
            or_(
                _VARIANT.sku.icontains(words, autoescape=True),
                _VARIANT.gtin == words,
                _PRODUCT.brand.icontains(words, autoescape=True),
                exists(select(titles.c.key).where(titles.c.value.icontains(words, autoescape=True))),
            )
        )
    return found


def _read_cursor(cursor: str) -> tuple[str, int, str]:
    product_id, _, rest = cursor.partition("~")
    position, _, offer_id = rest.partition("~")
    if not (position.isascii() and position.isdigit() and len(position) < 7):
        raise MalformedId(id=cursor[:80])
    return ids.check("prd", product_id), int(position), ids.check("off", offer_id)


def _row(row: Any) -> OfferRow:
    return OfferRow(
        offer_id=row.id,
        product_id=row.product_id,
        sku=row.sku,
        title=row.title,
        options=tuple(_chosen(row.options, row.option_values)),
        picture_id=row.asset_id,
        picture_alt=row.alt or {},
        status=row.status,
        currency=row.currency,
        price_minor=row.amount_minor,
        compare_at_minor=row.compare_at_minor,
        price_version=row.price_version,
        on_hand=int(row.on_hand),
        reserved=int(row.reserved),
        stock_version=row.stock_version,
    )


def _chosen(options: Sequence[Mapping[str, Any]], values: Mapping[str, str]) -> list[tuple[Text, Text]]:
    """(label, value) of a variant's choice, in the order of the product's options."""
    return [
        (option["label"], value["label"])
        for option in options
        for value in option["values"]
        if value["code"] == values.get(option["code"])
    ]
