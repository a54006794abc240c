"""Variants of a product and their offers."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.catalogue.errors import SkuTaken
from app.domains.catalogue.models import OfferRow, VariantRow
from app.domains.catalogue.rules.documents import changed, variant_columns
from app.domains.catalogue.types import VariantInput
from app.kit import ids
from app.kit.scope import PUBLIC, Scope, action


@action(PUBLIC)
def save_variants(
    scope: Scope, product_id: str, seller_id: str, variants: tuple[VariantInput, ...]
) -> tuple[dict[str, str], bool]:
    """Give a product exactly these variants, each with an offer of the seller. Returns SKU → offer id, and whether
    anything changed. Called by the action that saves the product, which holds the lock on its row.

    A SKU is the variant's name for ever: it is never moved to another product (`SkuTaken`).
    """
    stored = {row.sku: row for row in _stored(scope, product_id)}
    has_changed = False
    variant_ids: dict[str, str] = {}
    for position, variant in enumerate(variants):
        row = stored.get(variant.sku)
        if row is None:
            variant_ids[variant.sku] = _make(scope, product_id, variant, position)
            has_changed = True
        else:
            variant_ids[variant.sku] = row.id
            has_changed |= _change(scope, row, variant, position)
    left = [row.id for sku, row in stored.items() if sku not in variant_ids and row.archived_at is None]
    if left:
        _archive(scope, left)
        has_changed = True
    offers, are_new = _offers(scope, seller_id, variant_ids)
    return offers, has_changed or are_new


def _stored(scope: Scope, product_id: str) -> Collection[Row]:
    return scope.db.execute(
        select(
            VariantRow.id,
            VariantRow.sku,
            VariantRow.gtin,
            VariantRow.option_values,
            VariantRow.position,
            VariantRow.weight_g,
            VariantRow.archived_at,
        )
        .where(VariantRow.product_id == product_id)
        .order_by(VariantRow.id)
        .with_for_update()
    ).all()


def _make(scope: Scope, product_id: str, variant: VariantInput, position: int) -> str:
    made = scope.db.execute(
        upsert(VariantRow)
        .values(id=ids.new("var"), product_id=product_id, **variant_columns(variant, position))
        .on_conflict_do_nothing(index_elements=[VariantRow.sku])
        .returning(VariantRow.id)
    ).scalar_one_or_none()
    if made is None:
        raise SkuTaken(sku=variant.sku)
    return made


def _change(scope: Scope, row: Row, variant: VariantInput, position: int) -> bool:
    differing = changed(row._asdict(), variant_columns(variant, position))
    if row.archived_at is not None:
        differing["archived_at"] = None
        scope.db.execute(
            update(OfferRow)
            .where(OfferRow.variant_id == row.id, OfferRow.status == "archived")
            .values(status="active", version=OfferRow.version + 1)
        )
    if not differing:
        return False
    scope.db.execute(
        update(VariantRow).where(VariantRow.id == row.id).values(**differing, version=VariantRow.version + 1)
    )
    return True


def _archive(scope: Scope, variant_ids: list[str]) -> None:
    scope.db.execute(
        update(VariantRow)
        .where(VariantRow.id.in_(variant_ids))
        .values(archived_at=scope.now(), version=VariantRow.version + 1)
    )
    # what a person has paused stays paused when the variant comes back
    scope.db.execute(
        update(OfferRow)
        .where(OfferRow.variant_id.in_(variant_ids), OfferRow.status == "active")
        .values(status="archived", version=OfferRow.version + 1)
    )


def _offers(scope: Scope, seller_id: str, variant_ids: dict[str, str]) -> tuple[dict[str, str], bool]:
    """SKU → the seller's offer, made where there is none; and whether one was made."""
    made = scope.db.execute(
        upsert(OfferRow)
        .values(
            [
                {"id": ids.new("off"), "variant_id": variant_id, "seller_id": seller_id, "status": "active"}
                for variant_id in variant_ids.values()
            ]
        )
        .on_conflict_do_nothing(index_elements=[OfferRow.variant_id, OfferRow.seller_id])
        .returning(OfferRow.id)
    ).all()
    offers = {
        row.variant_id: row.id
        for row in scope.db.execute(
            select(OfferRow.variant_id, OfferRow.id).where(
                OfferRow.variant_id.in_(variant_ids.values()), OfferRow.seller_id == seller_id
            )
        )
    }
    return {sku: offers[variant_id] for sku, variant_id in variant_ids.items()}, bool(made)
