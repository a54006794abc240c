"""Wall times of a storefront as moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
"""Moments are compared as text of this form: equal lengths, UTC, so the order of the text is the order of time."""

SECOND = timedelta(seconds=1)


def moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(MOMENT)


def read_wall_time(wall: str) -> datetime:
    """A wall time (`2026-12-01T00:00`), without zone. Raises `ValueError`."""
    found = datetime.fromisoformat(wall)
    if found.tzinfo is not None:
        raise ValueError("a wall time has no zone")
    return found


def start_of(wall: str, time_zone: str) -> str:
    """The moment at which a wall time begins: of one that the clock shows twice the first, of one that it skips the
    moment of the leap. Empty stays empty."""
    return _moment(wall, time_zone, fold=0)


def end_of(wall: str, time_zone: str) -> str:
    """The moment at which a wall time has passed: of one that the clock shows twice the second."""
    return _moment(wall, time_zone, fold=1)


def _moment(wall: str, time_zone: str, fold: int) -> str:
    if not wall:
        return ""
    zone = ZoneInfo(time_zone)
    local = read_wall_time(wall)
    before, after = (local.replace(tzinfo=zone, fold=side).utcoffset() for side in (0, 1))
    assert before is not None and after is not None
    if after > before:
        # the clock leaps over this time: what is meant is the moment of the leap, wherever it lies around
        return moment_text(_leap(local, zone))
    return moment_text(local.replace(tzinfo=zone, fold=fold))


def _leap(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment of the leap that skips a wall time, to the minute."""
    low = local.replace(tzinfo=zone, fold=1).astimezone(UTC)  # read with the later offset: lies before the leap
    high = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset = low.astimezone(zone).utcoffset()
    while high - low > SECOND:
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
