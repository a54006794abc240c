"""A person takes an offer off sale for a while, and puts it back."""

from __future__ import annotations

from sqlalchemy import select, update

from app.domains.catalogue.errors import OfferNotFound
from app.domains.catalogue.events import ProductChanged
from app.domains.catalogue.models import OfferRow, ProductRow, VariantRow
from app.kit.events import announce
from app.kit.scope import Scope, action


@action("catalogue.edit")
def pause_offer(scope: Scope, offer_id: str) -> None:
    """Take an active offer off sale. Pausing it again changes nothing. Raises `OfferNotFound`."""
    _move(scope, offer_id, "active", "paused")


@action("catalogue.edit")
def resume_offer(scope: Scope, offer_id: str) -> None:
    """Put a paused offer back on sale. Resuming it again changes nothing. Raises `OfferNotFound`."""
    _move(scope, offer_id, "paused", "active")


def _move(scope: Scope, offer_id: str, before: str, after: str) -> None:
    product_id = scope.db.execute(
        select(VariantRow.product_id)
        .join(OfferRow, OfferRow.variant_id == VariantRow.id)
        .where(OfferRow.id == offer_id)
    ).scalar_one_or_none()
    if product_id is None:
        raise OfferNotFound(id=offer_id)
    moved = scope.db.execute(
        update(OfferRow)
        .where(OfferRow.id == offer_id, OfferRow.status == before)
        .values(status=after, version=OfferRow.version + 1)
        .returning(OfferRow.id)
    ).one_or_none()
    if moved is not None:
        scope.db.execute(update(ProductRow).where(ProductRow.id == product_id).values(version=ProductRow.version + 1))
        announce(scope, ProductChanged(product_id, "changed"))
