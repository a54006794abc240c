"""Reads of assets and renditions."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Row, Select, select

from app.domains.media.errors import AssetNotFound
from app.domains.media.models import AssetRow, RenditionRow
from app.domains.media.rules.sizes import drawing_parts
from app.domains.media.types import CONTENT_TYPES, Asset, Picture, Rendition
from app.kit.scope import SYSTEM_ONLY, Scope, query


@query("catalogue.browse")
def get_asset(scope: Scope, asset_id: str) -> Asset:
    """Raises `AssetNotFound`."""
    row = scope.db.execute(_assets().where(AssetRow.id == asset_id)).one_or_none()
    if row is None:
        raise AssetNotFound(id=asset_id)
    return _asset(row)


@query("catalogue.browse")
def find_asset_by_content(scope: Scope, sha256: str) -> Asset | None:
    """The asset of these bytes (SHA-256, hex), if they were stored."""
    row = scope.db.execute(_assets().where(AssetRow.sha256 == sha256)).one_or_none()
    return None if row is None else _asset(row)


@query("catalogue.browse")
def list_renditions(scope: Scope, asset_ids: Collection[str]) -> dict[str, list[Rendition]]:
    """The renditions of each asset, narrowest first; an asset without any is left out, save a drawing, which is shown
    itself until they are made. One statement."""
    found: dict[str, list[Rendition]] = {}
    for row in scope.db.execute(
        select(
            AssetRow.id.label("asset_id"),
            AssetRow.sha256,
            AssetRow.content_type,
            AssetRow.width.label("own_width"),
            AssetRow.height.label("own_height"),
            AssetRow.byte_size.label("own_size"),
            RenditionRow.format,
            RenditionRow.width,
            RenditionRow.height,
            RenditionRow.path,
            RenditionRow.byte_size,
        )
        .outerjoin(RenditionRow, RenditionRow.asset_id == AssetRow.id)
        .where(AssetRow.id.in_(set(asset_ids)))
        .order_by(AssetRow.id, RenditionRow.width, RenditionRow.format)
    ):
        if row.format is not None:
            rendition = Rendition(row.format, row.width, row.height, row.path, row.byte_size)
        elif row.content_type == CONTENT_TYPES["svg"]:
            path = "/".join(drawing_parts(row.sha256))
            rendition = Rendition("svg", row.own_width, row.own_height, path, row.own_size)
        else:
            continue
        found.setdefault(row.asset_id, []).append(rendition)
    return found


@query("catalogue.browse")
def list_pictures(scope: Scope, asset_ids: Collection[str]) -> dict[str, Picture]:
    """A `Picture` for each asset that exists, in two statements however many they are."""
    wanted = set(asset_ids)
    if not wanted:
        return {}
    renditions = list_renditions(scope, wanted)
    return {
        row.id: Picture(row.id, row.width, row.height, tuple(renditions.get(row.id, ())))
        for row in scope.db.execute(_assets().where(AssetRow.id.in_(wanted)))
    }


@query(SYSTEM_ONLY)
def list_unfinished_assets(scope: Scope, limit: int = 100) -> list[str]:
    """Assets that wait for their renditions, oldest first."""
    waiting = select(AssetRow.id).where(AssetRow.status == "pending").order_by(AssetRow.id).limit(limit)
    return list(scope.db.scalars(waiting))


def _assets() -> Select:
    return select(
        AssetRow.id,
        AssetRow.sha256,
        AssetRow.content_type,
        AssetRow.byte_size,
        AssetRow.width,
        AssetRow.height,
        AssetRow.source_key,
        AssetRow.status,
        AssetRow.failure,
    )


def _asset(row: Row) -> Asset:
    return Asset(*row)
