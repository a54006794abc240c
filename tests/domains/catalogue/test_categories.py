"""The tree of categories."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import text

from app.domains.catalogue import actions, queries
from app.domains.catalogue.errors import CategoryInCircle, CategoryNotFound, CategoryNotValid, CategoryUnknown
from app.kit.errors import PermissionDenied, StaleVersion
from app.kit.scope import Scope
from tests.factories import catalogue


def test_a_category_is_made_changed_and_left_alone(system_scope: Scope) -> None:
    wanted = catalogue.category(slug={"en": "fabrics"})
    with system_scope.transaction() as unit:
        made = actions.save_category(unit, wanted)
        again = actions.save_category(unit, wanted)
        changed = actions.save_category(unit, dataclasses.replace(wanted, position=3))
        found = queries.get_category(unit, made.category_id)
        told = list(unit.db.scalars(text("SELECT payload ->> 'change' FROM event ORDER BY position")))
    assert (made.status, again.status, changed.status) == ("created", "unchanged", "changed")
    assert (found.position, found.version, found.slug["en"]) == (3, 2, "fabrics")
    assert told == ["created", "changed"]


def test_a_category_never_lies_below_itself(system_scope: Scope) -> None:
    top = catalogue.category(code="top")
    middle = catalogue.category(code="middle", parent_code="top")
    leaf = catalogue.category(code="leaf", parent_code="middle")
    with system_scope.transaction() as unit:
        for wanted in (top, middle, leaf):
            actions.save_category(unit, wanted)
        for parent in ("top", "middle", "leaf"):
            with pytest.raises(CategoryInCircle):
                actions.save_category(unit, dataclasses.replace(top, parent_code=parent))
        standing = queries.find_category_by_code(unit, "top")
        assert standing is not None and standing.parent_id is None
        with pytest.raises(CategoryUnknown):
            actions.save_category(unit, dataclasses.replace(top, parent_code="nowhere"))


def test_a_hidden_category_is_not_listed(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        shown = actions.save_category(unit, catalogue.category(position=2)).category_id
        first = actions.save_category(unit, catalogue.category(position=1)).category_id
        hidden = actions.save_category(unit, catalogue.category(is_active=False)).category_id
        assert [found.id for found in queries.list_categories(unit)] == [first, shown]
        assert hidden in [found.id for found in queries.list_categories(unit, with_inactive=True)]


def test_wrong_stale_and_forbidden_saves_store_nothing(system_scope: Scope, scope: Scope) -> None:
    wanted = catalogue.category()
    with system_scope.transaction() as unit:
        made = actions.save_category(unit, wanted)
        with pytest.raises(CategoryNotValid):
            actions.save_category(unit, catalogue.category(name={"en": " "}))
        with pytest.raises(StaleVersion):
            actions.save_category(unit, dataclasses.replace(wanted, position=9), if_version=2)
        assert len(queries.list_categories(unit, with_inactive=True)) == 1
        assert queries.get_category(unit, made.category_id).position == 0
    with scope.transaction() as unit, pytest.raises(PermissionDenied):
        actions.save_category(unit, wanted)


def test_another_tenant_does_not_see_it(system_scope: Scope, other_system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        made = actions.save_category(unit, catalogue.category())
    with other_system_scope.transaction() as unit, pytest.raises(CategoryNotFound):
        queries.get_category(unit, made.category_id)
