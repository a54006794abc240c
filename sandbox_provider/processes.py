"""Processes that a test allows the provider to kill. Linux only: a pid is bound to its process by the start time."""

from __future__ import annotations

import os
import signal
import sqlite3
from pathlib import Path

from .errors import Refused


def started(pid: int) -> str | None:
    """Start time of a process in clock ticks after boot (proc(5), field 22 of stat); None if there is none."""
    try:
        line = Path("/proc", str(pid), "stat").read_text()
    except OSError:
        return None
    return line.rpartition(")")[2].split()[19]


def register(db: sqlite3.Connection, pid: int) -> None:
    """Allow this process to be killed. Raises Refused 422 if there is no such process, or it is ourselves."""
    start = started(pid)
    if start is None or pid in (1, os.getpid(), os.getppid()):
        raise Refused(422, "pid_not_valid", "there is no such process, or it may not be killed")
    db.execute("INSERT OR REPLACE INTO pids (pid, started) VALUES (?, ?)", (pid, start))


def take(db: sqlite3.Connection, pid: int) -> bool:
    """Strike a registered process off the list; True if it is still the process that was registered."""
    row = db.execute("DELETE FROM pids WHERE pid = ? RETURNING started", (pid,)).fetchone()
    return row is not None and row["started"] == started(pid)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def list_pids(db: sqlite3.Connection) -> list[int]:
    return [row["pid"] for row in db.execute("SELECT pid FROM pids ORDER BY pid")]
