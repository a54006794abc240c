"""Delivery methods: those of the document are offered, priced for the cart; the others are kept but not offered."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.domains.delivery.actions import apply_section
from app.domains.delivery.errors import MethodNotOffered
from app.domains.delivery.queries import get_method, list_methods
from app.kit.errors import PermissionDenied
from app.kit.money import TooManyDigits
from app.kit.scope import NOTHING, Scope


def method(code: str = "standard", **changes: Any) -> dict[str, Any]:
    return {"code": code, "name": {"en": code}, "price": "45.00", "min_days": 2, "max_days": 4, **changes}


def apply(scope: Scope, *methods: dict[str, Any]) -> None:
    with scope.transaction() as unit:
        apply_section(unit, methods)


def offered(scope: Scope, items_minor: int = 0) -> list[tuple[str, int]]:
    with scope.transaction() as unit:
        return [(one.code, one.price_minor) for one in list_methods(unit, items_minor)]


def test_methods_are_offered_in_the_document_s_order(system_scope: Scope) -> None:
    apply(system_scope, method("standard"), method("express", price="95", min_days=1, max_days=1))
    assert offered(system_scope) == [("standard", 4500), ("express", 9500)]
    apply(system_scope, method("express", price="95"), method("standard", price="30"))
    assert offered(system_scope) == [("express", 9500), ("standard", 3000)]


def test_a_method_that_is_not_named_any_more_is_kept_but_not_offered(system_scope: Scope) -> None:
    apply(system_scope, method("standard"), method("express"))
    apply(system_scope, method("standard"))
    assert offered(system_scope) == [("standard", 4500)]
    with system_scope.transaction() as unit:
        rows = unit.db.execute(text("SELECT code, is_active FROM delivery_methods ORDER BY code")).all()
        with pytest.raises(MethodNotOffered):
            get_method(unit, "express", 0)
    assert [tuple(row) for row in rows] == [("express", False), ("standard", True)]
    apply(system_scope, method("express"))
    assert offered(system_scope) == [("express", 4500)]


@pytest.mark.parametrize(("items_minor", "price_minor"), [(99_999, 4500), (100_000, 0), (100_001, 0)])
def test_delivery_is_free_from_an_amount_on(system_scope: Scope, items_minor: int, price_minor: int) -> None:
    apply(system_scope, method(free_from="1000.00"))
    assert offered(system_scope, items_minor) == [("standard", price_minor)]
    with system_scope.transaction() as unit:
        assert get_method(unit, "standard", items_minor).free_from_minor == 100_000


def test_an_amount_has_the_digits_of_its_currency(system_scope: Scope, other_system_scope: Scope) -> None:
    apply(other_system_scope, method(price="1.500"))
    assert offered(other_system_scope) == [("standard", 1500)]
    with pytest.raises(TooManyDigits):
        apply(system_scope, method(price="1.500"))
    assert offered(system_scope) == []


def test_a_method_that_does_not_exist_is_not_offered(system_scope: Scope) -> None:
    apply(system_scope, method())
    for code in ("", "express", "STANDARD", "x" * 500):
        with system_scope.transaction() as unit, pytest.raises(MethodNotOffered) as refused:
            get_method(unit, code, 0)
        assert refused.value.facts["field"] == "delivery" and len(refused.value.facts["method"]) <= 40


@pytest.mark.parametrize("change", [{"min_days": 5}, {"min_days": -1}])
def test_impossible_days_are_refused_by_the_database(system_scope: Scope, change: dict[str, int]) -> None:
    with pytest.raises(IntegrityError):
        apply(system_scope, method(**change))
    assert offered(system_scope) == []


def test_methods_are_applied_by_the_software_itself(system_scope: Scope, scope: Scope) -> None:
    with scope.transaction() as unit, pytest.raises(PermissionDenied):
        apply_section(unit, [method()])
    with system_scope.with_values(permissions=NOTHING).transaction() as unit, pytest.raises(PermissionDenied):
        list_methods(unit, 0)


def test_methods_are_a_tenant_s_own(system_scope: Scope, other_system_scope: Scope) -> None:
    apply(system_scope, method())
    assert offered(other_system_scope) == []
