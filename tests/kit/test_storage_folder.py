"""The folder store: whole objects under the tenant's own prefix, and no way out of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.kit.errors import NoTransaction
from app.kit.scope import Scope
from app.kit.settings import Settings, WrongSetting
from app.kit.storage import FolderStorage, ObjectNotFound, S3Storage, key, open_storage
from tests.harness.race import race_calls


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    (tmp_path / "secret").write_bytes(b"not of the store")
    return FolderStorage(tmp_path / "store")


def test_what_is_put_is_got(storage: FolderStorage) -> None:
    storage.put("t_1/a/b.webp", b"\x00\xff", "image/webp")
    assert storage.get("t_1/a/b.webp") == b"\x00\xff" and storage.exists("t_1/a/b.webp")
    storage.put("t_1/a/b.webp", b"", "image/webp")
    assert storage.get("t_1/a/b.webp") == b""


def test_what_is_deleted_is_gone_and_may_be_deleted_again(storage: FolderStorage) -> None:
    storage.put("t_1/a", b"x", "text/plain")
    for _ in range(2):
        storage.delete("t_1/a")
        assert not storage.exists("t_1/a")
        with pytest.raises(ObjectNotFound):
            storage.get("t_1/a")


@pytest.mark.parametrize("name", ["../secret", "t_1/../../secret", "/etc/hostname", "t_1/../../../etc/hostname"])
def test_no_key_leads_out_of_the_folder(storage: FolderStorage, name: str) -> None:
    for step in (storage.get, storage.exists, storage.delete):
        with pytest.raises(ObjectNotFound):
            step(name)
    with pytest.raises(ObjectNotFound):
        storage.put(name, b"x", "text/plain")
    assert (storage.folder.parent / "secret").read_bytes() == b"not of the store"


def test_a_link_out_of_the_folder_is_not_followed(storage: FolderStorage) -> None:
    storage.put("t_1/a", b"x", "text/plain")
    os.symlink(storage.folder.parent / "secret", storage.folder / "t_1" / "link")
    with pytest.raises(ObjectNotFound):
        storage.get("t_1/link")


def test_a_folder_is_no_object(storage: FolderStorage) -> None:
    storage.put("t_1/a/b", b"x", "text/plain")
    assert not storage.exists("t_1/a")
    with pytest.raises(ObjectNotFound):
        storage.get("t_1/a")


def test_an_object_is_never_seen_half_written(storage: FolderStorage) -> None:
    contents = [bytes([number]) * 200_000 for number in range(8)]
    storage.put("t_1/a", contents[0], "text/plain")

    def work(number: int) -> set[bytes]:
        seen = set()
        for _ in range(20):
            if number % 2:
                storage.put("t_1/a", contents[number], "text/plain")
            else:
                seen.add(storage.get("t_1/a"))
        return seen

    outcomes = race_calls(8, work)
    assert [one.error for one in outcomes] == [None] * 8
    assert set().union(*(one.value or set() for one in outcomes)) <= set(contents)
    assert [path.name for path in (storage.folder / "t_1").iterdir()] == ["a"]


def test_a_key_begins_with_the_tenant_of_the_scope(system_scope: Scope, root: Scope) -> None:
    assert key(system_scope, "media", "med_1", "640.webp") == f"{system_scope.tenant_id}/media/med_1/640.webp"
    with pytest.raises(NoTransaction):
        key(root, "media")


@pytest.mark.parametrize("part", ["", ".", "..", "../t_2", "/etc", ".hidden", "a/../b", "a/.."])
def test_a_part_that_could_lead_elsewhere_is_refused(system_scope: Scope, part: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        key(system_scope, "media", part)


def test_the_settings_name_the_store(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    default = open_storage(settings)
    assert isinstance(default, FolderStorage) and default.folder == settings.var / "storage"
    named = open_storage(settings.with_values(storage_url=f"file://{tmp_path}"))
    assert isinstance(named, FolderStorage) and named.folder == tmp_path
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    bucket = open_storage(
        settings.with_values(storage_url="s3://pictures?endpoint=http://127.0.0.1:1&region=eu-west-1")
    )
    assert isinstance(bucket, S3Storage) and bucket.bucket == "pictures"
    with pytest.raises(WrongSetting, match="ftp"):
        open_storage(settings.with_values(storage_url="ftp://127.0.0.1/"))
