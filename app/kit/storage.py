"""Object storage: S3 (boto3), or a folder behind the same calls. Keys begin with the tenant's id.

`storage_url`: empty or `file:///absolute/path` for a folder (default `var/storage`), or
`s3://bucket?endpoint=http://127.0.0.1:8333&region=us-east-1` with the credentials where boto3 looks for them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.kit.errors import NotFound, NotReady
from app.kit.scope import Scope
from app.kit.settings import Settings, WrongSetting

PIECE = 1 << 18


class ObjectNotFound(NotFound):
    code = "kit.object_not_found"
    text = "There is no such file."


class StorageAway(NotReady):
    code = "kit.storage_away"
    text = "The file store does not answer. Try again in a moment."


class Storage(Protocol):
    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Store an object whole; it is never seen half written."""
        ...

    def get(self, key: str) -> bytes:
        """The object's content. Raises `ObjectNotFound`, `StorageAway`."""
        ...

    def put_file(self, key: str, path: Path, content_type: str) -> None:
        """Store a file of this machine; it is never held in memory whole."""
        ...

    def stream(self, key: str) -> Iterator[bytes]:
        """The object's content in pieces. Raises `ObjectNotFound`, `StorageAway`, at once."""
        ...

    def delete(self, key: str) -> None: ...

    def exists(self, key: str) -> bool: ...


def key(scope: Scope, *parts: str) -> str:
    """The one place where a key is made: under the tenant of the scope."""
    if any(not part or part.startswith((".", "/")) or "/.." in part for part in parts):
        raise ValueError(f"not a key: {parts!r}")
    return "/".join((scope.tenant_id, *parts))


def open_storage(settings: Settings) -> Storage:
    """The store that the settings name."""
    parts = urlsplit(settings.storage_url)
    if parts.scheme in ("", "file"):
        return FolderStorage(Path(parts.path) if parts.path else settings.var / "storage")
    if parts.scheme == "s3":
        options = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return S3Storage(parts.netloc, options.get("endpoint"), options.get("region", "us-east-1"))
    raise WrongSetting(f"SERAI_STORAGE_URL: {parts.scheme}:// is not known; use file:// or s3://.")


class FolderStorage:
    """A folder. For a demo and for one machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, key: str, content: bytes, content_type: str) -> None:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(partial, path)

    def get(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except (FileNotFoundError, IsADirectoryError):
            raise ObjectNotFound() from None

    def put_file(self, key: str, path: Path, content_type: str) -> None:
        to = self._path(key)
        to.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=to.parent)
        with os.fdopen(handle, "wb") as file, path.open("rb") as source:
            shutil.copyfileobj(source, file, PIECE)
        os.replace(partial, to)

    def stream(self, key: str) -> Iterator[bytes]:
        try:
            return _pieces(self._path(key).open("rb"))
        except (FileNotFoundError, IsADirectoryError):
            raise ObjectNotFound() from None

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def _path(self, key: str) -> Path:
        path = (self.folder / key).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise ObjectNotFound()
        return path


def _pieces(file: Any) -> Iterator[bytes]:
    with contextlib.closing(file):
        while piece := file.read(PIECE):
            yield piece


class S3Storage:
    """A bucket of an S3 service."""

    def __init__(self, bucket: str, endpoint: str | None, region: str) -> None:
        self.bucket = bucket
        config = Config(
            connect_timeout=2,
            read_timeout=10,
            retries={"max_attempts": 3, "mode": "standard"},
            s3={"addressing_style": "path"},
        )
        self.client: Any = boto3.client("s3", endpoint_url=endpoint, region_name=region, config=config)

    def put(self, key: str, content: bytes, content_type: str) -> None:
        self._call(self.client.put_object, Key=key, Body=content, ContentType=content_type)

    def get(self, key: str) -> bytes:
        return self._call(self.client.get_object, Key=key)["Body"].read()

    def put_file(self, key: str, path: Path, content_type: str) -> None:
        with path.open("rb") as file:
            self._call(self.client.put_object, Key=key, Body=file, ContentType=content_type)

    def stream(self, key: str) -> Iterator[bytes]:
        return _pieces(self._call(self.client.get_object, Key=key)["Body"])

    def delete(self, key: str) -> None:
        self._call(self.client.delete_object, Key=key)

    def exists(self, key: str) -> bool:
        try:
            self._call(self.client.head_object, Key=key)
        except ObjectNotFound:
            return False
        return True

    def _call(self, operation: Any, **arguments: Any) -> Any:
        try:
            return operation(Bucket=self.bucket, **arguments)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("404", "NoSuchKey", "NotFound"):
                raise ObjectNotFound() from error
            raise StorageAway() from error
        except BotoCoreError as error:
            raise StorageAway() from error
