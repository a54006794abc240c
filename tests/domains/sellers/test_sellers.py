"""The tenant's own seller: there is one, and it keeps its id."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.domains.sellers import actions, queries
from app.domains.sellers.errors import SellerNotFound
from app.kit.errors import PermissionDenied
from app.kit.ids import new
from app.kit.scope import Scope

NAME = {"th": "ขวัญ", "en": "Khwan"}


def ensure(scope: Scope, code: str = "own", legal_name: str = "Khwan Co., Ltd.") -> str:
    with scope.transaction() as unit:
        return actions.ensure_own_seller(unit, code, NAME, legal_name)


def version(scope: Scope) -> list[tuple]:
    with scope.transaction() as unit:
        return [tuple(row) for row in unit.db.execute(text("SELECT version, xmin::text FROM sellers_sellers"))]


def test_the_own_seller_is_made_once_and_keeps_its_id(system_scope: Scope, scope: Scope) -> None:
    first = ensure(system_scope)
    before = version(system_scope)
    assert ensure(system_scope) == first and version(system_scope) == before
    assert ensure(system_scope, "khwan", "Khwan Public Company Limited") == first
    with scope.transaction() as unit:
        seller = queries.get_own_seller(unit)
        assert queries.get_seller(unit, first) == seller
        assert queries.list_sellers(unit) == queries.list_sellers(unit, [first]) == [seller]
        assert queries.list_sellers(unit, []) == []
    assert (seller.code, seller.kind, seller.status, seller.name) == ("khwan", "own", "active", NAME)
    assert seller.legal_name == "Khwan Public Company Limited"
    assert version(system_scope)[0][0] == 2


def test_four_at_once_make_one(system_scope: Scope) -> None:
    gate, found = threading.Barrier(4), []

    def run() -> None:
        gate.wait()
        found.append(ensure(system_scope))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len(set(found)) == 1


def test_the_database_holds_no_second_own_seller(system_scope: Scope) -> None:
    ensure(system_scope)
    statement = text(
        "INSERT INTO sellers_sellers (id, code, name, kind, legal_name)"
        " VALUES (gen_random_uuid(), 'b', '{}', 'own', '')"
    )
    with pytest.raises(IntegrityError), system_scope.transaction() as unit:
        unit.db.execute(statement)


def test_only_the_software_itself_sets_it_up(staff_scope: Scope, scope: Scope) -> None:
    with staff_scope.transaction() as unit, pytest.raises(PermissionDenied):
        actions.ensure_own_seller(unit, "own", NAME, "x")
    with scope.transaction() as unit:
        with pytest.raises(SellerNotFound):
            queries.get_own_seller(unit)
        with pytest.raises(SellerNotFound):
            queries.get_seller(unit, new("sel"))


def test_another_tenant_does_not_see_it(system_scope: Scope, other_system_scope: Scope) -> None:
    seller_id = ensure(system_scope)
    with other_system_scope.transaction() as unit, pytest.raises(SellerNotFound):
        queries.get_seller(unit, seller_id)
