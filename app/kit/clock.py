"""Time enters through here, so that a test can set it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware, in UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(slots=True)
class FixedClock:
    """A clock that stands still until it is moved."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def stopwatch() -> Callable[[], float]:
    """Start measuring; the result says how many seconds have passed since."""
    began = time.monotonic()
    return lambda: time.monotonic() - began


def business_date(now: datetime, time_zone: str) -> date:
    """The calendar day of a moment in a market's zone (IANA name)."""
    return now.astimezone(ZoneInfo(time_zone)).date()
