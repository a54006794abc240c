"""Reads of sellers."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, select

from app.domains.sellers.errors import SellerNotFound
from app.domains.sellers.models import SellerRow
from app.domains.sellers.types import Seller
from app.kit.scope import Scope, query


@query("catalogue.browse")
def get_seller(scope: Scope, seller_id: str) -> Seller:
    """Raises `SellerNotFound`."""
    row = scope.db.execute(_sellers().where(SellerRow.id == seller_id)).one_or_none()
    if row is None:
        raise SellerNotFound(id=seller_id)
    return Seller(*row)


@query("catalogue.browse")
def get_own_seller(scope: Scope) -> Seller:
    """The tenant itself as a seller. Raises `SellerNotFound` while it has not been set up."""
    row = scope.db.execute(_sellers().where(SellerRow.kind == "own")).one_or_none()
    if row is None:
        raise SellerNotFound(kind="own")
    return Seller(*row)


@query("catalogue.browse")
def list_sellers(scope: Scope, seller_ids: Collection[str] | None = None) -> list[Seller]:
    """All sellers, or those of these ids, by their code."""
    wanted = _sellers().order_by(SellerRow.code)
    if seller_ids is not None:
        wanted = wanted.where(SellerRow.id.in_(set(seller_ids)))
    return [Seller(*row) for row in scope.db.execute(wanted)]


def _sellers() -> Select:
    return select(SellerRow.id, SellerRow.code, SellerRow.name, SellerRow.kind, SellerRow.status, SellerRow.legal_name)
