"""Store first, then record: the object store is the outside, and no transaction is open while it is spoken to.

Keys are made of the content, so writing an object twice is the same; what is left behind by a process that dies
between the two steps is an object that no row names, which the next try finds and uses.
"""

from __future__ import annotations

import functools
import hashlib

from app.domains.media import actions, queries
from app.domains.media.errors import BrokenPicture, PictureNotFound
from app.domains.media.rules.fonts import CONTENT_TYPE as FONT
from app.domains.media.rules.fonts import font_parts, inspect_font, is_font_path
from app.domains.media.rules.inspect import EXTENSIONS, inspect
from app.domains.media.rules.render import render
from app.domains.media.rules.sizes import original_parts, rendition_kind, rendition_parts
from app.domains.media.types import CONTENT_TYPES, AssetInput, Rendition, StoredPicture
from app.kit.scope import SYSTEM_ONLY, Scope, flow
from app.kit.settings import Settings
from app.kit.storage import ObjectNotFound, Storage, key, open_storage


@flow("catalogue.edit")
def import_asset(scope: Scope, content: bytes, *, trusted_vector: bool = False) -> str:
    """Store an original and have its renditions made by a job; returns the asset's id.

    :param trusted_vector: the bytes come from a tenant shipped with the software, so an SVG is taken.

    Raises `PictureTooHeavy`, `PictureTooLarge`, `UnsupportedPicture`, `UntrustedVector`, `UnsafeVector`,
    `BrokenPicture`, `StorageAway`. The same bytes give the same id.
    """
    facts = inspect(content, trusted_vector=trusted_vector)
    digest = hashlib.sha256(content).hexdigest()
    with scope.transaction() as unit:
        known = queries.find_asset_by_content(unit, digest)
    if known is not None and known.status != "failed":
        return known.id
    source_key = key(scope, *original_parts(digest, EXTENSIONS[facts.content_type]))
    _store(scope.settings).put(source_key, content, facts.content_type)
    asset = AssetInput(digest, facts.content_type, len(content), facts.width, facts.height, source_key)
    with scope.transaction() as unit:
        return actions.record_asset(unit, asset)


@flow(SYSTEM_ONLY)
def import_font(scope: Scope, content: bytes) -> str:
    """Store a web font of a shipped tenant; returns its path below the tenant, which names its content.

    Raises `UnsupportedFont`, `FontTooHeavy`, `StorageAway`. No row names it: the applied document does.
    """
    inspect_font(content)
    parts = font_parts(hashlib.sha256(content).hexdigest())
    _store(scope.settings).put(key(scope, *parts), content, FONT)
    return "/".join(parts)


@flow(SYSTEM_ONLY)
def make_renditions(scope: Scope, asset_id: str) -> None:
    """Make and store all renditions of an asset, then note them in one unit. Running it again is the same.

    An original that cannot be decoded is marked failed, once and for all; a store that is away raises
    `StorageAway`, and the job is tried again later.
    """
    with scope.transaction() as unit:
        asset = queries.get_asset(unit, asset_id)
    if asset.status != "pending":
        return
    store = _store(scope.settings)
    made = []
    try:
        for rendered in render(store.get(asset.source_key), asset.content_type, asset.width):
            parts = rendition_parts(asset.sha256, rendered.width, rendered.format)
            store.put(key(scope, *parts), rendered.content, CONTENT_TYPES[rendered.format])
            size = len(rendered.content)
            made.append(Rendition(rendered.format, rendered.width, rendered.height, "/".join(parts), size))
    except (BrokenPicture, ObjectNotFound) as error:
        with scope.transaction() as unit:
            actions.record_failure(unit, asset_id, f"{error} ({error.__cause__ or error.code})")
        return
    with scope.transaction() as unit:
        actions.record_renditions(unit, asset_id, made)


@flow("catalogue.browse")
def fetch_picture(scope: Scope, path: str) -> StoredPicture:
    """The bytes of a rendition by its path below the tenant (`pictures/ab/…/640.webp`), for serving; for the path of a
    drawing its original, which is an SVG only where it came with the software.

    Raises `PictureNotFound` for every other path, originals among them, and `StorageAway`.
    """
    kind = rendition_kind(path)
    if kind is None:
        raise PictureNotFound()
    parts = original_parts(path.split("/")[2], kind) if kind == "svg" else path.split("/")
    try:
        content = _store(scope.settings).get(key(scope, *parts))
    except ObjectNotFound:
        raise PictureNotFound() from None
    return StoredPicture(content, CONTENT_TYPES[kind])


@flow("catalogue.browse")
def fetch_font(scope: Scope, path: str) -> StoredPicture:
    """The bytes of a font by its path below the tenant (`fonts/ab/….woff2`). Raises `PictureNotFound`."""
    if not is_font_path(path):
        raise PictureNotFound()
    try:
        return StoredPicture(_store(scope.settings).get(key(scope, *path.split("/"))), FONT)
    except ObjectNotFound:
        raise PictureNotFound() from None


@functools.lru_cache(maxsize=8)
def _store(settings: Settings) -> Storage:
    """One client per installation: making one for S3 costs more than a call to it."""
    return open_storage(settings)
