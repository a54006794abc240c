"""What must hold of pictures at any moment."""

from __future__ import annotations

from app.kit.invariants import Invariant

INVARIANTS = (
    Invariant(
        name="media.renditions_have_a_key",
        sentence="Every rendition names the object that holds it, of its own format and width.",
        columns=("asset_id", "format", "width", "path"),
        sql="""
            SELECT asset_id, format, width, path
            FROM media_renditions
            WHERE path !~ ('^pictures/[0-9a-f]{2}/[0-9a-f]{64}/' || width || '[.]' || format || '$')
            ORDER BY asset_id, format, width
        """,
        ids={"asset_id": "med"},
    ),
    Invariant(
        name="media.ready_assets_can_be_shown",
        sentence="An asset that is ready has WebP, AVIF and one of JPEG or PNG, in the same widths.",
        columns=("asset_id", "formats"),
        sql="""
            SELECT asset.id AS asset_id, count(rendition.format) AS formats
            FROM media_assets AS asset
            LEFT JOIN media_renditions AS rendition ON rendition.asset_id = asset.id
            WHERE asset.status = 'ready'
            GROUP BY asset.id
            HAVING count(*) FILTER (WHERE rendition.format = 'webp') = 0
                OR count(*) FILTER (WHERE rendition.format = 'webp')
                    <> count(*) FILTER (WHERE rendition.format = 'avif')
                OR count(*) FILTER (WHERE rendition.format = 'webp')
                    <> count(*) FILTER (WHERE rendition.format IN ('jpeg', 'png'))
            ORDER BY asset.id
        """,
        ids={"asset_id": "med"},
    ),
)
