"""Importing a large catalogue until its last product is findable and priced; and importing it again.

    bin/serai bench imports

The file is `IMPORT_FILE` (JSON Lines, see `bench/sources.py`), or else as many made products as
`IMPORT_PRODUCTS` says (default 5,000). It runs in a process of its own, so that its peak memory and its time on
the processor are those of the import. Products per second per core count the time on the processor of this process
and of its database together.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.domains.provisioning.flows.imports import import_catalogue
from app.domains.provisioning.types import ImportReport, ImportRequest
from app.domains.tenancy import flows as tenancy
from app.kit import boot
from app.kit import settings as kit_settings
from app.kit.scope import Scope
from app.kit.settings import ROOT
from bench.stage import SLUG, staged

PRODUCTS = 5_000
LEAST_PER_S = 50.0
MOST_MEMORY_MB = 400.0


def run() -> dict[str, Any]:
    with staged(with_tenant=True) as stage:
        file = os.environ.get("IMPORT_FILE", "")
        path = Path(file) if file else _made(stage.root.settings.var / "made.jsonl")
        environ = {
            **os.environ,
            "SERAI_VAR_DIR": stage.root.settings.var_dir,
            "SERAI_ENVIRONMENT": "test",
            "DATABASE_URL": stage.root.settings.database_url,
        }
        command = [sys.executable, "-m", "bench.imports", str(path)]
        done = subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, check=True)
        return dict(json.loads(done.stdout.splitlines()[-1]))


def missed(found: dict[str, Any]) -> list[str]:
    told = []
    if found["products_per_s_per_core"] < LEAST_PER_S:
        told.append(f"{found['products_per_s_per_core']} products per second per core, wanted {LEAST_PER_S}")
    if found["peak_memory_mb"] > MOST_MEMORY_MB:
        told.append(f"{found['peak_memory_mb']} MB at the peak, wanted at most {MOST_MEMORY_MB}")
    if found["again_changed"] or found["again_events"]:
        told.append("a second import changed something")
    if found["unfindable"]:
        told.append(f"{found['unfindable']} products with a price are in no list")
    return told


def _made(path: Path) -> Path:
    with path.open("w", encoding="utf-8") as out:
        for number in range(int(os.environ.get("IMPORT_PRODUCTS", PRODUCTS))):
            out.write(json.dumps(_product(number), ensure_ascii=False) + "\n")
    return path


def _product(number: int) -> dict[str, Any]:
    facts: Iterator[dict[str, Any]] = (
        {"code": f"fact_{one}", "label": {"en": f"Fact {one}"}, "value": {"en": f"Value {(number * one) % 40}"}}
        for one in range(1, 25)
    )
    return {
        "external_id": f"made-{number}",
        "title": {"en": f"Lamp {number} of series {number % 97}", "th": f"โคมไฟ {number}"},
        "description": {"en": "A lamp for the table, of brass and glass, with a cord of two metres. " * 4},
        "brand": f"Maker {number % 50}",
        "category_path": [{"code": f"lamps-{number % 20}", "name": {"en": f"Lamps {number % 20}"}}],
        "attributes": list(facts),
        "variants": [{"sku": f"LAMP-{number}", "price": f"{100 + number % 900}.00", "stock": 5}],
    }


def _import(scope: Scope, path: Path) -> ImportReport:
    with path.open("rb") as stream:
        return import_catalogue(scope, ImportRequest(stream, "jsonl", "bench", file_name=path.name))


def _backend_s(scope: Scope) -> float:
    """Seconds that the server's process of this connection has worked (Linux, the embedded server)."""
    with scope.transaction() as unit:
        pid = unit.db.scalar(text("SELECT pg_backend_pid()"))
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(path: Path) -> dict[str, Any]:
    """In the process of its own."""
    scope = tenancy.find_scope_of_slug(boot.open_root(kit_settings.load()), SLUG)
    wall, own, backend = time.perf_counter(), time.process_time(), _backend_s(scope)
    report = _import(scope, path)
    wall_s, own_s = time.perf_counter() - wall, time.process_time() - own
    database_s = _backend_s(scope) - backend
    with scope.transaction() as unit:
        events = unit.db.scalar(text("SELECT count(*) FROM event"))
        documents = unit.db.scalar(text("SELECT count(*) FROM search_documents"))
        unfindable = unit.db.scalar(
            text(
                "SELECT count(DISTINCT o.id) FROM pricing_prices p JOIN catalogue_offers o ON o.id = p.offer_id"
                " JOIN catalogue_variants v ON v.id = o.variant_id LEFT JOIN search_documents d"
                " ON d.product_id = v.product_id AND d.price_minor IS NOT NULL WHERE d.product_id IS NULL"
            )
        )
    count = report.summary.created
    wall = time.perf_counter()
    again = _import(scope, path)
    again_s = time.perf_counter() - wall
    with scope.transaction() as unit:
        again_events = (unit.db.scalar(text("SELECT count(*) FROM event")) or 0) - (events or 0)
    return {
        "products": count,
        "failed": report.summary.failed,
        "seconds": round(wall_s, 1),
        "own_seconds": round(own_s, 1),
        "database_seconds": round(database_s, 1),
        "products_per_s": round(count / wall_s, 1),
        "products_per_s_per_core": round(count / (own_s + database_s), 1),
        "documents": documents,
        "unfindable": unfindable,
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "again_seconds": round(again_s, 1),
        "again_changed": again.summary.created + again.summary.changed,
        "again_events": again_events,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(Path(sys.argv[1]))) + "\n")
