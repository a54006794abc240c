"""What the gates take for granted of the kit: a declared step carries its permission and asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.kit import scope as kit
from app.kit.db import Database
from app.kit.errors import PermissionDenied
from app.kit.settings import Settings

from .gates.permissions import DECORATORS, UNGRANTED_NAMES

KINDS = sorted(frozenset[str]().union(*DECORATORS.values()))


def declared(kind: str, seen: list[str]) -> Callable[..., Any]:
    def step(scope: kit.Scope, word: str) -> None:
        seen.append(word)

    return getattr(kit, kind)("orders.place")(step)


@pytest.mark.parametrize("kind", KINDS)
def test_a_declared_step_carries_kind_and_permission(kind: str) -> None:
    step = declared(kind, [])
    assert (vars(step)["kind"], vars(step)["permission"]) == (kind, "orders.place")


@pytest.mark.parametrize("kind", KINDS)
def test_a_declared_step_does_nothing_without_the_permission(kind: str) -> None:
    seen: list[str] = []
    settings = Settings(database_url="postgresql://nobody@127.0.0.1/nothing")
    permissions = kit.Permissions(frozenset({"orders.read"}))
    scope = kit.Scope(settings=settings, database=Database(settings), permissions=permissions)
    with pytest.raises(PermissionDenied):
        declared(kind, seen)(scope, "word")
    assert seen == []


def test_the_permission_that_nobody_is_granted_is_one_of_the_kit() -> None:
    assert any(hasattr(kit, name) for name in UNGRANTED_NAMES)
