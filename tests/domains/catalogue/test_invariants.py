"""Each invariant finds the break that is made for it, and is silent on what the actions make."""

from __future__ import annotations

from dataclasses import replace

import pytest
from psycopg import sql

from app.domains.catalogue.queries.invariants import INVARIANTS
from app.kit import cluster
from app.kit.invariants import Break, check
from app.kit.scope import Scope
from tests.factories import catalogue


def breaks(scope: Scope) -> list[Break]:
    with scope.transaction(read_only=True) as unit:
        return check(unit, INVARIANTS)


def damage(scope: Scope, *statements: str) -> None:
    """As the owner of the database, past every rule of the actions."""
    with cluster.connect_owner(scope.settings) as connection, connection.transaction():
        connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(scope.tenant_id)))
        for statement in statements:
            connection.execute(statement.encode())


def test_what_the_actions_make_holds(system_scope: Scope) -> None:
    wanted = catalogue.product()
    catalogue.save(system_scope, wanted)
    catalogue.save(system_scope, replace(wanted, variants=wanted.variants[:1]))
    catalogue.save(system_scope, catalogue.product(status="archived"))
    catalogue.save(system_scope, catalogue.product(title={"th": "ผ้าไหม", "en": ""}))
    assert breaks(system_scope) == []


@pytest.mark.parametrize(
    ("name", "statements"),
    [
        (
            "catalogue.active_products_have_addresses",
            ("UPDATE catalogue_slugs SET is_current = false WHERE locale = 'th'",),
        ),
        (
            "catalogue.offers_have_variant_and_seller",
            (
                "ALTER TABLE catalogue_offers DROP CONSTRAINT catalogue_offers_variant_id_fkey",
                "UPDATE catalogue_offers SET variant_id = gen_random_uuid()",
            ),
        ),
        (
            "catalogue.offers_have_variant_and_seller",
            (
                "ALTER TABLE catalogue_offers DROP CONSTRAINT catalogue_offers_seller_id_fkey",
                "UPDATE catalogue_offers SET seller_id = gen_random_uuid()",
            ),
        ),
        (
            "catalogue.active_products_can_be_bought",
            (
                "UPDATE catalogue_offers SET status = 'archived'",
                "UPDATE catalogue_variants SET archived_at = now()",
            ),
        ),
        (
            "catalogue.archived_variants_are_not_offered",
            ("UPDATE catalogue_variants SET archived_at = now() WHERE position = 0",),
        ),
    ],
)
def test_a_break_is_found_and_named(system_scope: Scope, name: str, statements: tuple[str, ...]) -> None:
    saved = catalogue.save(system_scope)
    damage(system_scope, *statements)
    found = breaks(system_scope)
    assert {entry.name for entry in found} == {name}
    row = found[0].row
    assert row.get("product_id", saved.product_id) == saved.product_id
    assert row.get("offer_id", next(iter(saved.offers.values()))) in saved.offers.values()
