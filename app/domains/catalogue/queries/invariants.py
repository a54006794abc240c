"""What must hold of the catalogue at any moment."""

from __future__ import annotations

from app.kit.invariants import Invariant

INVARIANTS = (
    Invariant(
        name="catalogue.active_products_have_addresses",
        sentence="An active product has a current address in each language in which it has a title.",
        columns=("product_id", "external_id", "locale"),
        sql="""
            SELECT product.id AS product_id, product.external_id, title.key AS locale
            FROM catalogue_products AS product
            CROSS JOIN LATERAL jsonb_each_text(product.title) AS title
            WHERE product.status = 'active'
                AND NOT EXISTS (
                    SELECT 1
                    FROM catalogue_slugs AS slug
                    WHERE slug.product_id = product.id AND slug.locale = title.key AND slug.is_current
                )
            ORDER BY product.id, title.key
        """,
        ids={"product_id": "prd"},
    ),
    Invariant(
        name="catalogue.offers_have_variant_and_seller",
        sentence="Every offer is of a variant that exists, by a seller who exists.",
        columns=("offer_id", "variant_id", "seller_id"),
        sql="""
            SELECT offer.id AS offer_id, offer.variant_id, offer.seller_id
            FROM catalogue_offers AS offer
            LEFT JOIN catalogue_variants AS variant ON variant.id = offer.variant_id
            LEFT JOIN sellers_sellers AS seller ON seller.id = offer.seller_id
            WHERE variant.id IS NULL OR seller.id IS NULL
            ORDER BY offer.id
        """,
        ids={"offer_id": "off", "variant_id": "var", "seller_id": "sel"},
    ),
    Invariant(
        name="catalogue.active_products_can_be_bought",
        sentence="An active product has at least one variant that is not archived.",
        columns=("product_id", "external_id"),
        sql="""
            SELECT product.id AS product_id, product.external_id
            FROM catalogue_products AS product
            WHERE product.status = 'active'
                AND NOT EXISTS (
                    SELECT 1
                    FROM catalogue_variants AS variant
                    WHERE variant.product_id = product.id AND variant.archived_at IS NULL
                )
            ORDER BY product.id
        """,
        ids={"product_id": "prd"},
    ),
    Invariant(
        name="catalogue.archived_variants_are_not_offered",
        sentence="No offer of an archived variant is active.",
        columns=("offer_id", "variant_id"),
        sql="""
            SELECT offer.id AS offer_id, variant.id AS variant_id
            FROM catalogue_offers AS offer
            JOIN catalogue_variants AS variant ON variant.id = offer.variant_id
            WHERE variant.archived_at IS NOT NULL AND offer.status = 'active'
            ORDER BY offer.id
        """,
        ids={"offer_id": "off", "variant_id": "var"},
    ),
)
