"""Notices between processes: told at commit, and everything is told after each new connection."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from app.kit import notices
from app.kit.cluster import connect_owner
from app.kit.notices import Listener, notify, on_notice
from app.kit.scope import Scope

LONGEST_S = 30


class Ear:
    """Collects what is heard."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._changed = threading.Condition()

    def __call__(self, payload: str) -> None:
        with self._changed:
            self.heard.append(payload)
            self._changed.notify_all()

    def wait_for(self, payload: str, times: int = 1) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.heard.count(payload) >= times, LONGEST_S)


@pytest.fixture
def ear(root: Scope) -> Iterator[Ear]:
    """A listener of its own process would be like this one: a thread with its own connection."""
    made = Ear()
    on_notice(made)
    listener = Listener(root.settings)
    listener.start()
    assert made.wait_for("")
    yield made
    listener.stop()
    listener.join(LONGEST_S)
    notices._callbacks.remove(made)
    assert not listener.is_alive()


def test_a_notice_is_heard_after_the_commit(root: Scope, ear: Ear) -> None:
    with root.transaction() as unit:
        notify(unit, "first")
        with root.database.owner.connect():
            assert "first" not in ear.heard
    assert ear.wait_for("first")


def test_a_notice_that_is_rolled_back_is_not_heard(root: Scope, ear: Ear) -> None:
    with pytest.raises(RuntimeError), root.transaction() as unit:
        notify(unit, "lost")
        raise RuntimeError
    with root.transaction() as unit:
        notify(unit, "after")
    assert ear.wait_for("after") and "lost" not in ear.heard


def test_a_listener_that_was_cut_off_tells_that_everything_may_have_changed(root: Scope, ear: Ear) -> None:
    known = ear.heard.count("")
    with connect_owner(root.settings) as owner:
        owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%%' AND usename = %s",
            (root.settings.app_login,),
        )
    assert ear.wait_for("", known + 2)  # once because it is away, once because it is back
    with root.transaction() as unit:
        notify(unit, "back")
    assert ear.wait_for("back")


def test_a_tenant_may_notify_too(system_scope: Scope, ear: Ear) -> None:
    with system_scope.transaction() as unit:
        notify(unit, system_scope.tenant_id)
    assert ear.wait_for(system_scope.tenant_id)
