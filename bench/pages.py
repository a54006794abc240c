"""First ratios, without a page cache: the CPU of a category page and of an order against a thin Flask application.

Both run in this process, in turns, on the same database; what is compared is this process's CPU time a request.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import create_engine, text
from werkzeug.test import Client

from bench.shopping import add_something, checkout_data, first_link
from bench.stage import Stage, staged
from bench.thin import create_thin

TURNS = 8
PAGES_A_TURN = 25
ORDERS_A_TURN = 5
GOALS = {"category_ratio": 6.0, "order_ratio": 30.0}


def run() -> dict[str, Any]:
    """CPU milliseconds a request of both, and their ratio turn by turn (median)."""
    with staged(with_tenant=True) as stage:
        tenant_id, offer_id = _prepare(stage)
        engine = create_engine(stage.root.settings.owner_url(), pool_size=1)
        thin = Client(create_thin(engine, tenant_id))
        client = stage.client()
        category = first_link(stage.get(client, "/en/"), "/en/c/")
        results = _compare(
            "category",
            lambda: stage.get(client, category).status_code == 200,
            lambda: thin.get("/list").status_code == 200,
            PAGES_A_TURN,
        )
        results |= _compare(
            "order",
            lambda: _order(stage),
            lambda: thin.post(f"/order/{offer_id}").status_code == 200,
            ORDERS_A_TURN,
            setup=lambda: [_ready_to_order(stage) for _ in range(ORDERS_A_TURN)],
        )
        engine.dispose()
    return results


def missed(results: dict[str, Any]) -> list[str]:
    """The ratios that are larger than their goal."""
    return [f"{name}: {results[name]} > {goal}" for name, goal in GOALS.items() if results[name] > goal]


_waiting: list[tuple[Client, dict[str, str]]] = []


def _ready_to_order(stage: Stage) -> None:
    client = stage.client()
    add_something(stage, client)
    _waiting.append((client, checkout_data(stage.get(client, "/en/checkout"))))


def _order(stage: Stage) -> bool:
    client, data = _waiting.pop()
    return stage.post(client, "/en/checkout", data).status_code == 303


def _prepare(stage: Stage) -> tuple[str, str]:
    """Plenty of stock, and the thin application's own table."""
    with stage.root.database.owner.begin() as connection:
        tenant_id = connection.execute(text("SELECT id FROM platform.tenants WHERE slug IS NOT NULL")).scalar_one()
        connection.execute(text("SELECT set_config('search_path', :schema, true)"), {"schema": tenant_id})
        connection.execute(text("UPDATE inventory_levels SET on_hand = 100000"))
        connection.execute(text("CREATE TABLE bench_rows (offer_id uuid, location_id uuid, note text)"))
        offer_id = connection.execute(text("SELECT offer_id FROM inventory_levels LIMIT 1")).scalar_one()
    return str(tenant_id), str(offer_id)


def _compare(
    name: str,
    ours: Callable[[], bool],
    thin: Callable[[], bool],
    count: int,
    setup: Callable[[], object] = lambda: None,
) -> dict[str, Any]:
    own, other, ratios = [], [], []
    for turn in range(TURNS + 1):
        setup()
        mine, theirs = _cpu_ms(ours, count), _cpu_ms(thin, count)
        if turn:  # the first one warms both
            own.append(mine)
            other.append(theirs)
            ratios.append(mine / theirs)
    return {
        f"{name}_ms": round(statistics.median(own), 2),
        f"{name}_thin_ms": round(statistics.median(other), 2),
        f"{name}_ratio": round(statistics.median(ratios), 2),
    }


def _cpu_ms(ask: Callable[[], bool], count: int) -> float:
    began = time.process_time()
    for _ in range(count):
        if not ask():
            raise RuntimeError("a request failed")
    return (time.process_time() - began) * 1000 / count
