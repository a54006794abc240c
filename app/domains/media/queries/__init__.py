"""Reads of the room."""

from app.domains.media.queries.pictures import (
    find_asset_by_content,
    get_asset,
    list_pictures,
    list_renditions,
    list_unfinished_assets,
)

__all__ = ["find_asset_by_content", "get_asset", "list_pictures", "list_renditions", "list_unfinished_assets"]
