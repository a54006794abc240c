"""A storefront with something in it, and a counter of statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from app.kit.db import Database
from app.kit.scope import Actor, Permissions, Scope
from tests.conftest import SHOPPER

Counter = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def statements(database: Database) -> Counter:
    """`with statements() as sent:` collects the statements that go to the database."""

    @contextmanager
    def count() -> Iterator[list[str]]:
        sent: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            sent.append(statement)

        event.listen(database.engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(database.engine, "before_cursor_execute", note)

    return count


@pytest.fixture
def other_scope(other_system_scope: Scope) -> Scope:
    """A guest of the Kuwaiti tenant."""
    return other_system_scope.with_values(actor=Actor("guest"), permissions=Permissions(SHOPPER))
