"""An import in batches: the same outcome as one by one, taken up after a cut, and never twice."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from app.domains.catalogue import actions as catalogue
from app.domains.catalogue.errors import (
    ArchiveNotReadable,
    ArchiveOfMany,
    ArchiveProtected,
    ArchiveTooLarge,
    ImportRunOvertaken,
)
from app.domains.catalogue.queries import find_run, get_run, list_import_rows, list_runs, summarise_run
from app.domains.catalogue.types import ImportRow, RunSummary
from app.domains.media import flows as media
from app.domains.provisioning.flows import imports
from app.domains.provisioning.flows.audit import list_invariants
from app.domains.provisioning.types import ImportRequest
from app.domains.search.queries import search
from app.domains.search.types import SearchRequest
from app.kit.invariants import check
from app.kit.scope import Scope
from tests.domains.media.drawings import SVG
from tests.domains.provisioning.goods import bring, cups, document, lines, prepare, state
from tests.domains.provisioning.process import killed_at
from tests.harness.pgx import Proxy
from tests.harness.statements import count_statements

IS_LONG = bool(os.environ.get("SERAI_LONG"))


def count(scope: Scope, table: str, where: str = "true") -> int:
    with scope.transaction() as unit:
        return int(unit.db.scalar(text(f"SELECT count(*) FROM {table} WHERE {where}")) or 0)


def jobs(scope: Scope) -> int:
    with psycopg.connect(scope.settings.owner_url().set(drivername="postgresql").render_as_string(False)) as owner:
        sql = "SELECT count(*) FROM queue.procrastinate_jobs WHERE args ->> 'tenant' = %s"
        found = owner.execute(sql, (scope.tenant_id,)).fetchone()
    assert found is not None
    return int(found[0])


def test_a_file_is_saved_priced_counted_and_found(system_scope: Scope) -> None:
    report = bring(prepare(system_scope), cups(130))
    assert report.summary == RunSummary(created=130)
    found = state(system_scope)
    assert len(found["prices"]) == len(found["levels"]) == 130
    assert len(found["documents"]) == 130 * len(system_scope.storefront.locales)
    assert found["attributes"] == [("glaze", "choice", ""), ("weight", "decimal", "g")]
    with system_scope.transaction() as unit:
        run = get_run(unit, report.run_id)
        assert (run.status, run.position, run.total, run.percent) == ("finished", 130, 130, 100)
        assert summarise_run(unit, report.run_id) == run.summary == report.summary
        assert search(unit.with_values(locale="en"), SearchRequest(text="cup number 129")).total > 0


def test_a_second_import_changes_nothing_and_starts_no_job(system_scope: Scope) -> None:
    bring(prepare(system_scope), cups(120))
    before, waiting = state(system_scope, "rows"), jobs(system_scope)
    events = count(system_scope, "event")
    again = bring(system_scope, cups(120))
    assert again.summary == RunSummary(unchanged=120)
    assert state(system_scope, "rows") == before
    assert (jobs(system_scope), count(system_scope, "event")) == (waiting, events)


def test_a_batch_takes_the_same_number_of_statements_whatever_its_size(system_scope: Scope) -> None:
    prepare(system_scope)
    bring(system_scope, cups(7))
    costs = []
    for first, number in ((100, 20), (200, 100)):
        with count_statements() as counted:
            bring(system_scope, cups(number, first))
        costs.append(counted.count)
    assert costs[0] == costs[1] <= 60
    with count_statements() as counted:
        bring(system_scope, cups(100, 200))
    assert counted.count <= 30


def test_a_batch_is_what_one_after_another_would_be(
    new_tenant: Callable[[str], Scope], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything that may go the long way: names that stand twice, addresses that are taken, changes of each kind."""
    first = [
        document(1),
        document(2, title={"en": "Cup number 1"}),
        document(3, slug={"en": "cup-number-1"}),
        document(4, external_id="p-1"),
        document(5, variants=[{"sku": "CUP-1", "price": "5.00"}]),
        document(6, category="nowhere", category_path=[]),
        document(7, pictures=[{"asset_id": "med_01h455vb4pex5vsknk084sn02q"}]),
        document(8, status="draft"),
        document(9, status="archived"),
        document(10, title={"en": "☺"}, external_id="☺"),
        document(11, variants=[{"sku": "CUP-11", "price": "5.00", "stock": 1_000_001}]),
    ]
    second = [
        document(1, title={"en": "Another cup"}),
        document(2, title={"en": "Cup number 1"}, variants=[{"sku": "CUP-2B", "price": "7.00"}]),
        document(8, status="active"),
        document(9, slug={"en": "shelf"}),
        document(12, slug={"en": "cup-number-1-2"}),
        document(13, variants=[{"sku": "CUP-2", "price": "7.00"}]),
    ]
    together, apart = prepare(new_tenant("th")), prepare(new_tenant("th"))
    for documents in (first, second):
        bring(together, lines(documents))
    monkeypatch.setattr(imports, "BATCH", 1)
    for documents in (first, second):
        bring(apart, lines(documents))
    ours = state(together)
    assert ours == state(apart)
    codes = {row[2]: row[5] for row in ours["rows"] if row[3] == "failed"}
    assert codes == {
        "p-3": "catalogue.slug_taken",
        "p-1": "twice",
        "p-5": "catalogue.sku_taken",
        "p-6": "catalogue.category_unknown",
        "p-7": "catalogue.picture_unknown",
        "p-11": "inventory.stock_not_valid",
        "p-12": "catalogue.slug_taken",
        "p-13": "catalogue.sku_taken",
    }


def test_one_bad_row_takes_no_other_down(system_scope: Scope) -> None:
    """UPL-05: wrong shape, negative price, foreign ids, a field of 10 MB, NUL, half a pair, no JSON at all."""
    wrong = [
        document(901, variants=[{"sku": "W-1", "price": "-1.00"}]),
        document(902, variants=[]),
        document(903, title={"en": "a\x00b"}),
        document(904, title={"en": "\ud800"}),
        document(905, colour="red"),
        document(906, description={"en": "x" * 900_000}),
        document(907, variants=[{"sku": "W-7", "price": 1.5}]),
    ]
    whole = b"".join(
        lines([document(number)]) + json.dumps(wrong[number]).encode() + b"\n" for number in range(len(wrong))
    )
    report = bring(prepare(system_scope), whole + b"nonsense\n" + b"\xff\xfe{}\n" + cups(1, 50))
    assert report.summary == RunSummary(created=len(wrong) + 1, failed=len(wrong) + 2)
    assert [row.line for row in report.problems] == [2, 4, 6, 8, 10, 12, 14, 15, 16]
    assert all(row.column and row.code for row in report.problems[:-2])
    assert count(system_scope, "catalogue_products", "external_id LIKE 'p-9%'") == 0
    too_long = bring(system_scope, cups(2, 60) + b"{" + b" " * (10 << 20) + b"}\n" + cups(1, 70))
    assert too_long.summary == RunSummary(created=2, failed=1)
    with system_scope.transaction() as unit:
        assert get_run(unit, too_long.run_id).status == "failed"


def test_pictures_of_others_are_refused(system_scope: Scope, other_system_scope: Scope) -> None:
    foreign = media.import_asset(other_system_scope, SVG, trusted_vector=True)
    report = bring(prepare(system_scope), lines([document(1, pictures=[{"asset_id": foreign}]), document(2)]))
    assert report.summary == RunSummary(created=1, failed=1)
    assert report.problems[0].code == "catalogue.picture_unknown"
    assert count(system_scope, "catalogue_product_pictures") == 0


def test_a_dry_run_says_what_would_be_and_writes_nothing(system_scope: Scope) -> None:
    bring(prepare(system_scope), cups(30))
    before, events = state(system_scope, "rows"), count(system_scope, "event")
    changed = document(1, title={"en": "Another", "th": "ถ้วย 1"})
    wrong = document(3, category="no", category_path=[])
    report = bring(system_scope, lines([changed, document(2), wrong]) + cups(150, 40), dry_run=True)
    assert report.summary == RunSummary(created=150, changed=1, unchanged=1, failed=1)
    assert state(system_scope, "rows") == before and count(system_scope, "event") == events
    with system_scope.transaction() as unit:
        run = get_run(unit, report.run_id)
        assert run.is_dry_run and run.status == "finished" and run.summary == report.summary
        assert [row.code for row in list_import_rows(unit, run.id, with_ok=True)] == ["catalogue.category_unknown"]
        assert run.id not in [found.id for found in list_runs(unit)]


def test_only_one_process_goes_on_from_a_position(system_scope: Scope) -> None:
    prepare(system_scope)
    rows = [ImportRow(1, 1, "a", "failed", code="x")]
    with system_scope.transaction() as unit:
        run = catalogue.start_run(unit, source="tenant", format="jsonl", sha256="a" * 64)
        catalogue.record_batch(unit, run.id, after=0, position=1, rows=rows, summary=RunSummary(failed=1))
    with pytest.raises(ImportRunOvertaken), system_scope.transaction() as unit:
        catalogue.record_batch(unit, run.id, after=0, position=1, rows=rows, summary=RunSummary(failed=9))
    with system_scope.transaction() as unit:
        assert get_run(unit, run.id).summary == RunSummary(failed=1)
        assert len(list_import_rows(unit, run.id)) == 1


@pytest.mark.parametrize("trips", [60, 130] if not IS_LONG else range(20, 260, 8))
def test_a_run_that_is_killed_ends_as_if_nothing_had_been(
    trips: int, new_tenant: Callable[[str], Scope], tmp_path: Path
) -> None:
    """UPL-05: SIGKILL in the middle, and again, then to the end: the same rows and versions as one clean run."""
    clean, cut = prepare(new_tenant("th")), prepare(new_tenant("th"))
    content = cups(250)
    path = tmp_path / "cups.jsonl"
    path.write_bytes(content)
    bring(clean, content)
    with Proxy(cut.settings.database_url) as proxy:
        assert killed_at(cut.settings, proxy, trips, "import", cut.tenant_id, str(path))
        killed_at(cut.settings, proxy, trips, "import", cut.tenant_id, str(path))
    with cut.transaction() as unit:
        digest = unit.db.scalar(text("SELECT sha256 FROM catalogue_import_runs"))
        run = find_run(unit, "tenant", digest) if digest else None
    report = bring(cut, content)
    if run is not None:
        assert report.run_id == run.id and report.is_resumed == (run.position > 0)
        assert report.summary == RunSummary(created=250)
        assert state(cut) == state(clean)
    else:
        assert state(cut, "rows") == state(clean, "rows")
    assert count(cut, "event") == count(clean, "event")


def test_the_audit_finds_nothing_after_an_import(system_scope: Scope) -> None:
    bring(prepare(system_scope), cups(60))
    sold_out = [{"price": "1.00", "stock": 0, "sku": f"CUP-{number}"} for number in range(60)]
    bring(system_scope, lines([document(number, variants=[sold_out[number]]) for number in range(60)]))
    with system_scope.transaction(read_only=True) as unit:
        assert check(unit, list_invariants()) == []


def packed(*files: tuple[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return written.getvalue()


def test_the_one_file_of_an_archive_is_read(system_scope: Scope) -> None:
    content = packed(("../../etc/cups.jsonl", cups(3)), ("__MACOSX/._cups.jsonl", b"x"))
    assert bring(prepare(system_scope), content).summary == RunSummary(created=3)


def test_bombs_and_other_archives_are_refused(system_scope: Scope) -> None:
    """UPL-02: what unpacks to far more than it is; what lies about its size; several files; a password; damage."""
    prepare(system_scope)
    whole = packed(("a.jsonl", cups(200)))
    locked = bytearray(whole)
    for at in (locked.find(b"PK\x03\x04") + 6, locked.find(b"PK\x01\x02") + 8):
        locked[at] |= 1
    broken = bytearray(whole)
    broken[60] ^= 0xFF
    lying = bytearray(packed(("a.jsonl", b" " * 500_000 + cups(1))))
    at = lying.find(b"PK\x01\x02") + 24
    lying[at : at + 4] = (1000).to_bytes(4, "little")
    for content, error in (
        (packed(("a.jsonl", b" " * (12 << 20))), ArchiveTooLarge),
        (packed(("a.csv", b"x"), ("b.csv", b"x")), ArchiveOfMany),
        (packed(("a/", b"")), ArchiveOfMany),
        (bytes(locked), ArchiveProtected),
        (bytes(broken), ArchiveNotReadable),
        (bytes(lying), ArchiveNotReadable),
        (b"PK\x03\x04 nothing", ArchiveNotReadable),
    ):
        with pytest.raises(error):
            bring(system_scope, content)
    assert count(system_scope, "catalogue_import_runs") == 0 and count(system_scope, "catalogue_products") == 0


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_of_spreadsheets_are_read(system_scope: Scope, encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    content = "Handle,Title,Variant SKU,Variant Price\ncup,ถ้วย ☕,CUP-1,12.00\n"
    report = bring(prepare(system_scope), mark + content.encode(encoding), "shopify", source="shopify")
    assert report.summary == RunSummary(created=1)
    assert state(system_scope)["products"][0][3] == {"th": "ถ้วย ☕"}


def test_another_encoding_is_told_of_row_by_row(system_scope: Scope) -> None:
    content = "Handle,Title,Variant SKU,Variant Price\ncafe,Café,C-1,12.00\ntea,Tea,T-1,10.00\n".encode("cp1252")
    report = bring(prepare(system_scope), content, "shopify", source="shopify")
    assert report.summary == RunSummary(created=1, failed=1)
    assert report.problems[0].line == 2 and "Windows-1252" in report.problems[0].sentence()


def held() -> int:
    """Bytes of memory that this process holds now (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_memory_does_not_grow_with_the_file(system_scope: Scope, tmp_path: Path) -> None:
    """Two files, one five times the other (long: a hundred times): what is held at the peak is about the same."""
    prepare(system_scope)
    peaks = []
    for number in (200, 20_000 if IS_LONG else 1_000):
        path = tmp_path / f"{number}.jsonl"
        with path.open("wb") as out:
            for first in range(0, number, 100):
                out.write(cups(100, 100_000 * len(peaks) + first))
        seen = [held()]
        with path.open("rb") as stream:
            request = ImportRequest(stream, "jsonl", "tenant", dry_run=True)
            imports.import_catalogue(system_scope, request, lambda done, total, kept=seen: kept.append(held()))
        peaks.append(max(seen))
    assert peaks[1] < peaks[0] + 12_000_000, peaks
