"""How good and how fast a search is over a catalogue at size, on people's judgements.

    .venv/bin/python -m bench.sources icecat ../shared/data/catalogue-icecat-electronics > electronics.jsonl
    IMPORT_FILE=electronics.jsonl \\
    JUDGEMENTS=../shared/data/catalogue-icecat-electronics/ratings.csv bin/serai bench search

The catalogue is JSON Lines, the judgements are a CSV with `query`, `docid` and `rating`. The products of the shipped
tenant are taken out first: nobody has judged them. Nothing of the tenant guides the search (no synonyms, no redirects).
"""

from __future__ import annotations

import csv
import os
import time
from pathlib import Path
from typing import Any

from app.domains.catalogue import actions as catalogue
from app.domains.catalogue.queries import list_product_ids
from app.domains.provisioning.flows.imports import import_catalogue
from app.domains.provisioning.types import ImportRequest
from app.domains.search import actions, queries
from app.domains.search.types import SearchRequest
from app.domains.tenancy import flows as tenancy
from app.kit.scope import Scope
from bench.stage import SLUG, staged
from bench.statements import counted

LEAST_NDCG = 0.76
SOURCE = "bench"
FACETS = 3


def run() -> dict[str, Any]:
    goods, judgements = (Path(os.environ.get(name, "")) for name in ("IMPORT_FILE", "JUDGEMENTS"))
    if not (goods.is_file() and judgements.is_file()):
        raise SystemExit("bench search needs IMPORT_FILE (JSON Lines) and JUDGEMENTS (CSV).")
    with staged(with_tenant=True) as stage:
        scope = tenancy.find_scope_of_slug(stage.root, SLUG)
        _empty(scope)
        with goods.open("rb") as stream:
            report = import_catalogue(scope, ImportRequest(stream, "jsonl", SOURCE, file_name=goods.name))
        asking = scope.with_values(locale="en")
        with asking.transaction() as unit, judgements.open(encoding="utf-8-sig", newline="") as lines:
            found = queries.judge(unit, lines, SOURCE)
        return {
            "products": report.summary.created,
            "ndcg": round(found.ndcg, 4),
            "plain": round(found.plain, 4),
            "ndcg_of_all": round(found.ndcg_of_all, 4),
            "queries": found.queries,
            "judged": found.judged,
            **_pace(asking, judgements),
        }


def missed(found: dict[str, Any]) -> list[str]:
    told = []
    if found["ndcg"] < LEAST_NDCG:
        told.append(f"nDCG@10 {found['ndcg']}, wanted {LEAST_NDCG}")
    if found["ndcg"] <= found["plain"]:
        told.append(f"nDCG@10 {found['ndcg']} is no better than plain full text {found['plain']}")
    return told


def _empty(scope: Scope) -> None:
    with scope.transaction() as unit:
        standing = list_product_ids(unit.as_system(), after=None, limit=10_000)
        for product_id in standing:
            catalogue.archive_product(unit, product_id)
        actions.index_products(unit.as_system(), standing)


def _pace(scope: Scope, judgements: Path) -> dict[str, Any]:
    """Each judged query, then again with a value of its first facet chosen: the time and the statements of each."""
    with judgements.open(encoding="utf-8-sig", newline="") as lines:
        texts = list(dict.fromkeys(row["query"] for row in csv.DictReader(lines)))
    times, most = [], 0
    for text in texts:
        chosen: dict[str, tuple[str, ...]] = {}
        for _ in range(FACETS):
            with scope.transaction() as unit, counted() as sent:
                begun = time.perf_counter()
                page = queries.search(unit, SearchRequest(text, filters=chosen))
                times.append(time.perf_counter() - begun)
            most = max(most, len(sent))
            free = [facet for facet in page.facets if facet.code not in chosen]
            if not free:
                break
            chosen = {**chosen, free[0].code: (free[0].values[0].value,)}
    times.sort()
    return {
        "searches": len(times),
        "p50_ms": round(times[len(times) // 2] * 1000, 1),
        "p95_ms": round(times[int(len(times) * 0.95)] * 1000, 1),
        "most_statements": most,
    }
