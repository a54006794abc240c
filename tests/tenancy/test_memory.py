"""A backend keeps what it has read of every tenant's catalogue and never frees it: so its life is bounded."""

from __future__ import annotations

import psycopg
from psycopg import sql

from app.kit.cluster import connect_owner
from app.kit.scope import Scope
from tests.factories.tenancy import make_tenant
from tests.tenancy.sessions import IS_LONG

TENANTS = 200 if IS_LONG else 10
TOUCHED = ("catalogue_products", "inventory_levels", "orders_orders")
LARGEST_PER_TENANT = 160_000
"""Bytes for three touched tables with their indexes: twice of the 0.07 MB that were measured."""


def kept(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT sum(used_bytes)::bigint FROM pg_backend_memory_contexts").fetchone()
    assert row is not None
    return int(row[0])


def test_what_a_backend_keeps_of_a_tenant_is_bounded(standing_root: Scope) -> None:
    tenants = [make_tenant(standing_root, "th").tenant_id for _ in range(TENANTS)]
    grown = []
    with connect_owner(standing_root.settings) as connection:
        connection.autocommit = True
        for tenant_id in tenants:
            for table in TOUCHED:
                connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(tenant_id, table)))
            grown.append(kept(connection))
    half = TENANTS // 2
    per_tenant = (grown[-1] - grown[half - 1]) // (TENANTS - half)
    assert 10_000 < per_tenant < LARGEST_PER_TENANT
