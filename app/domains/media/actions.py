"""Writers of assets and renditions. The bytes are in the store before a row names them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.media.errors import AssetNotFound
from app.domains.media.models import AssetRow, RenditionRow
from app.domains.media.types import AssetInput, Rendition
from app.kit import ids
from app.kit.queue import enqueue
from app.kit.scope import SYSTEM_ONLY, Scope, action

MAKE_RENDITIONS = "media.make_renditions"


@action("catalogue.edit")
def record_asset(scope: Scope, facts: AssetInput) -> str:
    """Record an original that lies in the store, and enqueue its renditions; returns its id.

    The same bytes are the same asset: a second call returns the first one's id and enqueues nothing, unless
    making the renditions failed then, in which case it is tried again.
    """
    asset_id = scope.db.execute(
        upsert(AssetRow)
        .values(
            id=ids.new("med"),
            sha256=facts.sha256,
            content_type=facts.content_type,
            byte_size=facts.byte_size,
            width=facts.width,
            height=facts.height,
            source_key=facts.source_key,
            status="pending",
        )
        .on_conflict_do_update(
            index_elements=[AssetRow.sha256],
            set_={
                "status": "pending",
                "failure": None,
                "updated_at": func.now(),
                "version": AssetRow.version + 1,
            },
            where=AssetRow.status == "failed",
        )
        .returning(AssetRow.id)
    ).scalar_one_or_none()
    if asset_id is None:
        return scope.db.execute(select(AssetRow.id).where(AssetRow.sha256 == facts.sha256)).scalar_one()
    enqueue(scope, MAKE_RENDITIONS, unique=asset_id, asset_id=asset_id)
    return asset_id


@action(SYSTEM_ONLY)
def record_renditions(scope: Scope, asset_id: str, renditions: Iterable[Rendition]) -> None:
    """Note all renditions of an asset at once and mark it ready; a second time is the same."""
    moved = scope.db.execute(
        update(AssetRow)
        .where(AssetRow.id == asset_id)
        .values(status="ready", failure=None, version=AssetRow.version + 1)
        .returning(AssetRow.id)
    ).one_or_none()
    if moved is None:
        raise AssetNotFound(id=asset_id)
    scope.db.execute(delete(RenditionRow).where(RenditionRow.asset_id == asset_id))
    scope.db.execute(
        insert(RenditionRow),
        [
            {
                "asset_id": asset_id,
                "format": rendition.format,
                "width": rendition.width,
                "height": rendition.height,
                "path": rendition.path,
                "byte_size": rendition.byte_size,
            }
            for rendition in renditions
        ],
    )


@action(SYSTEM_ONLY)
def record_failure(scope: Scope, asset_id: str, failure: str) -> None:
    """No rendition can be made of these bytes, however often it is tried."""
    scope.db.execute(
        update(AssetRow)
        .where(AssetRow.id == asset_id, AssetRow.status == "pending")
        .values(status="failed", failure=failure[:500], version=AssetRow.version + 1)
    )
