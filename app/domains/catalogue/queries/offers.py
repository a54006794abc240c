"""What carts, quotes and orders need to know of an offer."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from app.domains.catalogue.errors import OfferNotFound
from app.domains.catalogue.models import OfferRow, ProductPictureRow, ProductRow, SlugRow, VariantRow
from app.domains.catalogue.rules.documents import chosen_labels, options_of
from app.domains.catalogue.types import OfferFacts, ProductPicture
from app.kit.scope import Scope, query


@query("catalogue.browse")
def get_offer(scope: Scope, offer_id: str) -> OfferFacts:
    """Raises `OfferNotFound`."""
    found = list_offers(scope, [offer_id])
    if offer_id not in found:
        raise OfferNotFound(id=offer_id)
    return found[offer_id]


@query("catalogue.browse")
def list_offers(scope: Scope, offer_ids: Collection[str]) -> dict[str, OfferFacts]:
    """Offers by id, sellable or not; ids that name none are left out. Three statements, however many offers."""
    wanted = set(offer_ids)
    if not wanted:
        return {}
    rows = scope.db.execute(
        select(
            OfferRow.id,
            OfferRow.seller_id,
            OfferRow.status,
            VariantRow.id.label("variant_id"),
            VariantRow.sku,
            VariantRow.option_values,
            VariantRow.weight_g,
            VariantRow.archived_at,
            ProductRow.id.label("product_id"),
            ProductRow.title,
            ProductRow.options,
            ProductRow.tax_category,
            ProductRow.status.label("product_status"),
        )
        .join(VariantRow, VariantRow.id == OfferRow.variant_id)
        .join(ProductRow, ProductRow.id == VariantRow.product_id)
        .where(OfferRow.id.in_(wanted))
    ).all()
    products = {row.product_id for row in rows}
    slugs: dict[str, dict[str, str]] = {}
    for row in scope.db.execute(
        select(SlugRow.product_id, SlugRow.locale, SlugRow.slug).where(
            SlugRow.product_id.in_(products), SlugRow.is_current
        )
    ):
        slugs.setdefault(str(row.product_id), {})[row.locale] = row.slug
    pictures = {
        row.product_id: ProductPicture(row.asset_id, row.alt)
        for row in scope.db.execute(
            select(ProductPictureRow.product_id, ProductPictureRow.asset_id, ProductPictureRow.alt)
            .ext(distinct_on(ProductPictureRow.product_id))
            .where(ProductPictureRow.product_id.in_(products))
            .order_by(ProductPictureRow.product_id, ProductPictureRow.position)
        )
    }
    return {
        row.id: OfferFacts(
            offer_id=row.id,
            seller_id=row.seller_id,
            variant_id=row.variant_id,
            product_id=row.product_id,
            sku=row.sku,
            title=row.title,
            slug=slugs.get(row.product_id, {}),
            options=chosen_labels(options_of(row.options), row.option_values),
            tax_category=row.tax_category,
            weight_g=row.weight_g,
            picture=pictures.get(row.product_id),
            is_sellable=row.status == "active" and row.archived_at is None and row.product_status == "active",
        )
        for row in rows
    }
