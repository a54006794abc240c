"""Assets: stored first, recorded then, and made into renditions by a job."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError
from sqlalchemy import text

from app.domains.media import flows, queries
from app.domains.media.errors import AssetNotFound, PictureNotFound, UntrustedVector
from app.domains.media.queries.invariants import INVARIANTS
from app.kit.errors import PermissionDenied, TransactionOpen
from app.kit.invariants import check
from app.kit.queue import drain
from app.kit.scope import Scope
from app.kit.storage import ObjectNotFound, StorageAway, key, open_storage
from tests.domains.media.drawings import SVG, jpeg
from tests.domains.media.s3_server import ACCESS_KEY, BUCKET, SECRET_KEY, S3Server, s3_server


def waiting_jobs(scope: Scope) -> int:
    with scope.database.owner.connect() as connection:
        counted = text("SELECT count(*) FROM queue.procrastinate_jobs WHERE args ->> 'tenant' = :tenant")
        return connection.execute(counted, {"tenant": scope.tenant_id}).scalar_one()


def test_a_picture_is_stored_recorded_and_made_into_renditions(system_scope: Scope, scope: Scope) -> None:
    content = jpeg(700, 500)
    asset_id = flows.import_asset(system_scope, content)
    with scope.transaction() as unit:
        asset = queries.get_asset(unit, asset_id)
        assert not queries.list_pictures(unit, [asset_id])[asset_id].is_ready
    assert (asset.status, asset.width, asset.height, asset.byte_size) == ("pending", 700, 500, len(content))
    assert open_storage(system_scope.settings).get(asset.source_key) == content
    drain(system_scope.settings, lambda tenant: system_scope)
    with scope.transaction() as unit:
        assert queries.get_asset(unit, asset_id).status == "ready"
        picture = queries.list_pictures(unit, [asset_id])[asset_id]
        assert queries.list_renditions(unit, [asset_id])[asset_id] == list(picture.renditions)
    assert [rendition.width for rendition in picture.of("avif")] == [320, 640, 700]
    for rendition in picture.renditions:
        served = flows.fetch_picture(scope, rendition.path)
        assert served.content_type == rendition.content_type and len(served.content) == rendition.byte_size


def test_a_drawing_that_was_shipped_is_shown_itself_until_its_renditions_are_made(
    system_scope: Scope, scope: Scope
) -> None:
    asset_id = flows.import_asset(system_scope, SVG, trusted_vector=True)
    with scope.transaction() as unit:
        picture = queries.list_pictures(unit, [asset_id])[asset_id]
    drawing = picture.fallback()
    assert drawing is not None and drawing.format == "svg" and not picture.is_ready and picture.sources(str) == ()
    served = flows.fetch_picture(scope, drawing.path)
    assert (served.content, served.content_type) == (SVG, "image/svg+xml")
    drain(system_scope.settings, lambda tenant: system_scope)
    with scope.transaction() as unit:
        picture = queries.list_pictures(unit, [asset_id])[asset_id]
    fallback = picture.fallback()
    assert picture.is_ready and fallback is not None and fallback.format != "svg" and picture.of("svg") == ()


def test_the_drawing_of_nobody_s_folder_is_not_served(system_scope: Scope, scope: Scope) -> None:
    asset_id = flows.import_asset(system_scope, jpeg(64, 48))
    with scope.transaction() as unit:
        sha256 = queries.get_asset(unit, asset_id).sha256
    with pytest.raises(PictureNotFound):
        flows.fetch_picture(scope, f"pictures/{sha256[:2]}/{sha256}/drawing.svg")


def test_the_same_bytes_are_the_same_asset_and_one_job(system_scope: Scope) -> None:
    content = jpeg(64, 48)
    first = flows.import_asset(system_scope, content)
    assert flows.import_asset(system_scope, content) == first
    assert waiting_jobs(system_scope) == 1
    drain(system_scope.settings, lambda tenant: system_scope)
    flows.make_renditions(system_scope, first)
    assert flows.import_asset(system_scope, content) == first
    assert waiting_jobs(system_scope) == 0
    with system_scope.transaction() as unit:
        assert unit.db.execute(text("SELECT count(*), max(version) FROM media_assets")).one() == (1, 2)


def test_what_is_refused_leaves_nothing_behind(system_scope: Scope, scope: Scope) -> None:
    with pytest.raises(UntrustedVector):
        flows.import_asset(system_scope, SVG)
    with pytest.raises(PermissionDenied):
        flows.import_asset(scope, jpeg(10, 10))
    with system_scope.transaction() as unit:
        with pytest.raises(TransactionOpen):
            flows.import_asset(unit, jpeg(10, 10))
        assert queries.list_unfinished_assets(unit) == []
    assert not (system_scope.settings.var / "storage" / system_scope.tenant_id).exists()


def test_an_original_that_cannot_be_decoded_fails_once_and_for_all(system_scope: Scope) -> None:
    content = jpeg(600, 400)[:9000]
    asset_id = flows.import_asset(system_scope, content)
    drain(system_scope.settings, lambda tenant: system_scope)
    with system_scope.transaction() as unit:
        asset = queries.get_asset(unit, asset_id)
        assert asset.status == "failed" and "premature end" in (asset.failure or "")
        assert queries.list_renditions(unit, [asset_id]) == {}
    assert flows.import_asset(system_scope, content) == asset_id
    assert waiting_jobs(system_scope) == 1, "sent again, it is tried again"


def test_neither_originals_nor_other_tenants_pictures_are_served(
    system_scope: Scope, other_system_scope: Scope
) -> None:
    asset_id = flows.import_asset(system_scope, jpeg(40, 30))
    flows.make_renditions(system_scope, asset_id)
    with system_scope.transaction() as unit:
        asset = queries.get_asset(unit, asset_id)
        path = queries.list_renditions(unit, [asset_id])[asset_id][0].path
    assert flows.fetch_picture(system_scope, path).content
    with pytest.raises(PictureNotFound):
        flows.fetch_picture(other_system_scope, path)
    with pytest.raises(PictureNotFound):
        flows.fetch_picture(system_scope, asset.source_key.partition("/")[2])
    with other_system_scope.transaction() as unit, pytest.raises(AssetNotFound):
        queries.get_asset(unit, asset_id)


@pytest.mark.parametrize(
    ("damage", "name"),
    [
        ("UPDATE media_renditions SET path = '' WHERE width = 40", "media.renditions_have_a_key"),
        ("DELETE FROM media_renditions WHERE format = 'avif'", "media.ready_assets_can_be_shown"),
        ("DELETE FROM media_renditions", "media.ready_assets_can_be_shown"),
    ],
)
def test_the_audit_finds_pictures_that_cannot_be_shown(system_scope: Scope, damage: str, name: str) -> None:
    asset_id = flows.import_asset(system_scope, jpeg(40, 30))
    flows.make_renditions(system_scope, asset_id)
    with system_scope.transaction(read_only=True) as unit:
        assert check(unit, INVARIANTS) == []
    with system_scope.transaction() as unit:
        unit.db.execute(text(damage))
    with system_scope.transaction(read_only=True) as unit:
        found = check(unit, INVARIANTS)
    assert {entry.name for entry in found} == {name}
    assert found[0].row["asset_id"] == asset_id


# -- a real S3 server ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture
def s3_scope(system_scope: Scope, server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Scope:
    """The tenant with its objects on the S3 server."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return system_scope.with_values(settings=system_scope.settings.with_values(storage_url=server.storage_url))


def test_s3_keeps_gives_replaces_and_forgets(s3_scope: Scope) -> None:
    store = open_storage(s3_scope.settings)
    name = key(s3_scope, "pictures", "ผ้าไหม", "a b+c.webp")
    assert not store.exists(name)
    with pytest.raises(ObjectNotFound):
        store.get(name)
    content = bytes(range(256)) * 4096
    store.put(name, content, "image/webp")
    assert store.exists(name) and store.get(name) == content
    store.put(name, b"second", "image/webp")
    assert store.get(name) == b"second"
    store.delete(name)
    store.delete(name)
    assert not store.exists(name)


def test_s3_refuses_a_wrong_key_and_says_that_it_is_away(
    s3_scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    store = open_storage(s3_scope.settings)
    name = key(s3_scope, "pictures", "a.webp")
    with pytest.raises(StorageAway):
        store.put(name, b"x", "image/webp")
    closed = f"s3://{BUCKET}?endpoint=http://127.0.0.1:9"
    with pytest.raises(StorageAway):
        open_storage(s3_scope.settings.with_values(storage_url=closed)).get(name)


def test_a_picture_lives_in_s3_from_import_to_page(s3_scope: Scope, server: S3Server) -> None:
    asset_id = flows.import_asset(s3_scope, SVG, trusted_vector=True)
    drain(s3_scope.settings, lambda tenant: s3_scope)
    with s3_scope.transaction() as unit:
        asset = queries.get_asset(unit, asset_id)
        picture = queries.list_pictures(unit, [asset_id])[asset_id]
    assert asset.status == "ready" and len(picture.renditions) == 12
    client = boto3.client("s3", endpoint_url=server.endpoint, region_name="us-east-1")
    listed = client.list_objects_v2(Bucket=BUCKET, Prefix=s3_scope.tenant_id)["Contents"]
    expected = {asset.source_key} | {key(s3_scope, *entry.path.split("/")) for entry in picture.renditions}
    assert {entry["Key"] for entry in listed} == expected
    wide = picture.of("webp")[-1]
    head = client.head_object(Bucket=BUCKET, Key=key(s3_scope, *wide.path.split("/")))
    assert head["ContentType"] == "image/webp" and head["ContentLength"] == wide.byte_size
    assert flows.fetch_picture(s3_scope, wide.path).content_type == "image/webp"
    anonymous = boto3.client(
        "s3", endpoint_url=server.endpoint, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y"
    )
    with pytest.raises(ClientError):
        anonymous.get_object(Bucket=BUCKET, Key=asset.source_key)


def test_a_store_that_is_away_leaves_the_asset_waiting(system_scope: Scope) -> None:
    asset_id = flows.import_asset(system_scope, jpeg(40, 30))
    away = system_scope.with_values(
        settings=system_scope.settings.with_values(storage_url=f"s3://{BUCKET}?endpoint=http://127.0.0.1:9")
    )
    with pytest.raises(StorageAway):
        flows.make_renditions(away, asset_id)
    with system_scope.transaction() as unit:
        assert queries.list_unfinished_assets(unit) == [asset_id]
    flows.make_renditions(system_scope, asset_id)
    with system_scope.transaction() as unit:
        assert queries.list_unfinished_assets(unit) == []
