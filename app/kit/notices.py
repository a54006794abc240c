"""Notices between processes: a catalogue or configuration change is told by NOTIFY, and caches are emptied.

The listener starts after the fork, on a connection of its own, and empties its caches after every (re)connect,
because what was told while it was away is lost. Never used inside a transaction that moves money: PostgreSQL
serialises the commits of all that notify.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
import structlog

from app.kit.scope import Scope
from app.kit.settings import Settings

log = structlog.get_logger()
CHANNEL = "serai_directory"
_callbacks: list[Callable[[str], None]] = []


def on_notice(callback: Callable[[str], None]) -> None:
    """Call back with the payload of each notice, and with an empty one when everything may have changed."""
    _callbacks.append(callback)


def notify(scope: Scope, payload: str) -> None:
    """Tell all processes at commit of the open transaction."""
    connection = scope.db.connection().connection.driver_connection
    assert connection is not None
    connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))


class Listener(threading.Thread):
    """A thread that listens until it is stopped."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(name="notices", daemon=True)
        url = settings.app_url().set(drivername="postgresql")
        self._conninfo = url.render_as_string(hide_password=False)
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.is_set():
            try:
                with psycopg.connect(self._conninfo, autocommit=True, connect_timeout=5) as connection:
                    connection.execute("LISTEN serai_directory")
                    _tell("")
                    while not self._stopped.is_set():
                        for notice in connection.notifies(timeout=1.0):
                            _tell(notice.payload)
            except psycopg.Error as error:
                log.warning("notices.away", reason=str(error).strip())
                _tell("")
                self._stopped.wait(1.0)

    def stop(self) -> None:
        self._stopped.set()


def _tell(payload: str) -> None:
    for callback in _callbacks:
        callback(payload)
