"""Pictures of the brand and of the front page: named by the tenant's document, the same on many pages."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from cachetools import LRUCache

from app.domains.media import queries as media
from app.domains.media.types import Picture
from app.kit.scope import Scope

# A picture that is ready never changes: other bytes are another asset. One that is not ready is asked for again.
_ready: LRUCache[tuple[str, str], Picture] = LRUCache(maxsize=5000)
_lock = threading.Lock()


def address(path: str) -> str:
    """Where a rendition is served: the same in every language."""
    return f"/media/{path}"


def find(scope: Scope, reference: Any) -> Picture | None:
    """The picture that a document names, or None."""
    return find_all(scope, [reference]).get(asset_id(reference) or "")


def find_all(scope: Scope, references: Iterable[Any]) -> Mapping[str, Picture]:
    """The pictures that a document names, by asset id; no statement for those that are known."""
    wanted = {found for reference in references if (found := asset_id(reference))}
    with _lock:
        known = {one: _ready[scope.tenant_id, one] for one in wanted if (scope.tenant_id, one) in _ready}
    asked = media.list_pictures(scope, wanted - known.keys()) if wanted - known.keys() else {}
    with _lock:
        _ready.update({(scope.tenant_id, one): picture for one, picture in asked.items() if picture.is_ready})
    return {**known, **asked}


def asset_id(reference: Any) -> str | None:
    """The id of the asset that a document's value names; None where it names none."""
    return reference if isinstance(reference, str) and reference.startswith("med_") else None
