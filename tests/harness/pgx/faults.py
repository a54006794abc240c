"""What the proxy is told to do, and the count of round trips it goes by."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field

SQLSTATE = re.compile(r"[0-9A-Z]{5}")


@dataclass(frozen=True, slots=True)
class Trip:
    """One round trip: its number, the connection it came on, its SQL as far as seen, whether it commits."""

    number: int
    connection: int
    sql: str
    is_commit: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """`mode` "before": not forwarded, both sides closed. "after": forwarded, executed, the reply lost, both sides
    closed. "error:<SQLSTATE>": answered with that error instead; the transaction is truly aborted.
    `at` counts all round trips since the reset, or only the commits among them."""

    mode: str
    at: int
    commits_only: bool = False

    def __post_init__(self) -> None:
        if self.at < 1 or not (self.mode in ("before", "after") or SQLSTATE.fullmatch(self.sqlstate)):
            raise ValueError(f"no such fault: {self.mode} at {self.at}")

    @property
    def sqlstate(self) -> str:
        kind, _, code = self.mode.partition(":")
        return code if kind == "error" else ""


@dataclass(slots=True)
class Plan:
    """Counts and the armed fault, shared by all connections; every use holds its lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    trips: list[Trip] = field(default_factory=list)
    commits: int = 0
    fault: Fault | None = None
    fired: Trip | None = None
    delay_ms: int = 0

    def count(self, connection: int, sql: str, is_commit: bool) -> tuple[Trip, Fault | None]:
        """Count a round trip; returns it, and the fault if it is the one that the fault waits for."""
        with self.lock:
            trip = Trip(len(self.trips) + 1, connection, sql, is_commit)
            self.trips.append(trip)
            self.commits += is_commit
            fault = self.fault
            if fault is None:
                return trip, None
            reached = self.commits if fault.commits_only else trip.number
            if reached != fault.at or (fault.commits_only and not is_commit):
                return trip, None
            self.fault, self.fired = None, trip
            return trip, fault
