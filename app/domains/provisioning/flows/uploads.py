"""A file that somebody has brought is kept while they look at what it would do, so that it is brought once."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from app.domains.provisioning.errors import ExportGone, UploadGone
from app.kit.scope import SYSTEM_ONLY, Scope, flow
from app.kit.settings import Settings
from app.kit.storage import ObjectNotFound, Storage, key, open_storage

_DIGEST = re.compile(r"[0-9a-f]{64}")


@flow("import.run")
def keep_upload(scope: Scope, content: bytes) -> str:
    """Store a file for a later step; returns its SHA-256 (hex), by which it is found. Raises `StorageAway`."""
    digest = hashlib.sha256(content).hexdigest()
    _store(scope.settings).put(_key(scope, digest), content, "application/octet-stream")
    return digest


@flow("import.run")
def read_upload(scope: Scope, digest: str) -> bytes:
    """The file. Raises `UploadGone` where there is none (any more), `StorageAway`."""
    if not _DIGEST.fullmatch(digest):
        raise UploadGone()
    try:
        return _store(scope.settings).get(_key(scope, digest))
    except ObjectNotFound:
        raise UploadGone() from None


@flow("import.run")
def drop_upload(scope: Scope, digest: str) -> None:
    """Forget the file; its run is in the book."""
    if _DIGEST.fullmatch(digest):
        _store(scope.settings).delete(_key(scope, digest))


@flow(SYSTEM_ONLY)
def store_file(scope: Scope, kind: str, name: str, path: Path, content_type: str) -> None:
    """Keep a file that was made for somebody. Raises `StorageAway`."""
    _store(scope.settings).put_file(key(scope, kind, name), path, content_type)


@flow(SYSTEM_ONLY)
def forget_object(scope: Scope, kind: str, name: str) -> None:
    """Let such a file go."""
    _store(scope.settings).delete(key(scope, kind, name))


@flow("catalogue.export")
def read_export(scope: Scope, name: str) -> Iterator[bytes]:
    """The pieces of an exported file. Raises `ExportGone`, `StorageAway`."""
    try:
        return _store(scope.settings).stream(key(scope, "exports", name))
    except ObjectNotFound:
        raise ExportGone() from None


def _key(scope: Scope, digest: str) -> str:
    return key(scope, "imports", digest)


@functools.lru_cache(maxsize=8)
def _store(settings: Settings) -> Storage:
    """One client per installation: making one for S3 costs more than a call to it."""
    return open_storage(settings)
