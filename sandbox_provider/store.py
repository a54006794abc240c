"""The provider's books in one SQLite file, so that a restart or a SIGKILL loses nothing that was answered."""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS payments (
  id TEXT PRIMARY KEY,
  reference TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('requires_action', 'captured', 'declined', 'voided')),
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  captured_minor INTEGER NOT NULL DEFAULT 0 CHECK (captured_minor >= 0),
  currency TEXT NOT NULL,
  return_url TEXT NOT NULL,
  webhook_url TEXT,
  capture TEXT NOT NULL,
  metadata TEXT NOT NULL,
  failure_code TEXT,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS payments_reference ON payments (reference);
CREATE INDEX IF NOT EXISTS payments_created ON payments (created_ms);
CREATE TABLE IF NOT EXISTS refunds (
  id TEXT PRIMARY KEY,
  payment_id TEXT NOT NULL REFERENCES payments (id),
  reference TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')),
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  failure_code TEXT,
  settle_ms INTEGER,
  settle_as TEXT,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS refunds_payment ON refunds (payment_id);
CREATE TABLE IF NOT EXISTS movements (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('capture', 'refund')),
  payment_id TEXT NOT NULL REFERENCES payments (id),
  refund_id TEXT UNIQUE REFERENCES refunds (id),
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  currency TEXT NOT NULL,
  reference TEXT NOT NULL,
  created_ms INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS movements_one_capture ON movements (payment_id) WHERE kind = 'capture';
CREATE TABLE IF NOT EXISTS events (
  id TEXT PRIMARY KEY,
  payment_id TEXT NOT NULL REFERENCES payments (id),
  sequence INTEGER NOT NULL,
  type TEXT NOT NULL,
  url TEXT,
  body TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  UNIQUE (payment_id, sequence)
);
CREATE TABLE IF NOT EXISTS deliveries (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT NOT NULL REFERENCES events (id),
  due_ms INTEGER,
  is_held INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  delivered_ms INTEGER,
  last_result TEXT,
  created_ms INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX IF NOT EXISTS deliveries_event ON deliveries (event_id);
CREATE TABLE IF NOT EXISTS answers (
  key TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  created_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS rules (
  id TEXT PRIMARY KEY,
  key TEXT,
  payment_id TEXT,
  reference TEXT,
  amount_minor INTEGER,
  currency TEXT,
  behaviour TEXT NOT NULL,
  operations TEXT NOT NULL,
  parameters TEXT NOT NULL,
  calls_left INTEGER,
  created_ms INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS rules_key ON rules (key) WHERE key IS NOT NULL;
CREATE INDEX IF NOT EXISTS rules_payment ON rules (payment_id) WHERE payment_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS pids (
  pid INTEGER PRIMARY KEY,
  started TEXT NOT NULL
);
"""

# In the order of their foreign keys.
CLEARING = """
DELETE FROM deliveries;
DELETE FROM events;
DELETE FROM movements;
DELETE FROM refunds;
DELETE FROM payments;
DELETE FROM answers;
DELETE FROM rules;
DELETE FROM pids;
"""


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def timestamp(ms: int) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{ms % 1000:03d}Z"


def new_id(prefix: str) -> str:
    """An id that cannot be guessed: the hosted page is open to whoever knows it."""
    return f"{prefix}_{secrets.token_hex(13)}"


class Store:
    """One connection behind one lock: every unit is serial, hence movements are numbered in the order of commits."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(folder / "provider.sqlite3", check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(SCHEMA)

    @contextmanager
    def unit(self) -> Iterator[sqlite3.Connection]:
        """One transaction; rolled back if the block raises. Never call out or wait inside it."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def clear(self) -> None:
        """Forget everything; numbers of movements go on."""
        with self.unit() as db:
            for statement in CLEARING.strip().splitlines():
                db.execute(statement)

    def close(self) -> None:
        with self._lock:
            self._connection.close()
