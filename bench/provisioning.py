"""How long a new tenant's schema takes: claimed from a spare, and built when there is none; alone and beside many."""

from __future__ import annotations

import statistics
import time
from typing import Any

from app.domains.provisioning.flows import migrations, schemas
from bench.stage import Stage, staged

ROUNDS = 10
NEIGHBOURS = 200
GOALS = {"claim_ms": 50.0, "build_ms": 5000.0}


def run() -> dict[str, Any]:
    """Medians in milliseconds at 0 and at 200 tenants."""
    results: dict[str, Any] = {"rounds": ROUNDS}
    with staged(with_tenant=False) as stage:
        results["at_0"] = _measure(stage, "a")
        began = time.perf_counter()
        schemas.make_spares(stage.root, NEIGHBOURS, migrations.head())
        results["bulk_ms_each"] = round((time.perf_counter() - began) * 1000 / NEIGHBOURS, 1)
        for number in range(NEIGHBOURS):
            schemas.claim(stage.root, f"neighbour-{number}", migrations.head())
        results[f"at_{NEIGHBOURS}"] = _measure(stage, "b")
    return results


def missed(results: dict[str, Any]) -> list[str]:
    """The goals that were not met."""
    places = {name: found for name, found in results.items() if name.startswith("at_")}
    return [
        f"{name} {place}: {found[name]} > {goal}"
        for place, found in places.items()
        for name, goal in GOALS.items()
        if found[name] > goal
    ]


def _measure(stage: Stage, prefix: str) -> dict[str, float]:
    schemas.make_spares(stage.root, ROUNDS, migrations.head())
    claimed = [_timed(stage, f"{prefix}-spare-{number}") for number in range(ROUNDS)]
    built = [_timed(stage, f"{prefix}-built-{number}") for number in range(ROUNDS)]
    return {"claim_ms": round(statistics.median(claimed), 2), "build_ms": round(statistics.median(built), 1)}


def _timed(stage: Stage, slug: str) -> float:
    began = time.perf_counter()
    schemas.claim(stage.root, slug, migrations.head())
    return (time.perf_counter() - began) * 1000
