"""Events of a payment and the queue of their deliveries."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from .behaviours import Script
from .store import new_id, now_ms, timestamp

# A webhook that is sent in line with the call is due later than the call can last, so that only a crash of the
# provider in between leaves it to the courier.
IN_LINE_MS = 60_000
# The killed process must be gone before its successor hears of the capture.
AFTER_KILL_MS = 300


def due_ms(db: sqlite3.Connection, payment_id: str, script: Script) -> tuple[int, bool]:
    """When the first try of a new event is due, and whether it is held back for a later one."""
    now = now_ms()
    reordered = script.get("reordered")
    late = script.get("late")
    if script.has("webhook_before_reply"):
        return now + IN_LINE_MS, False
    if reordered is not None:
        held = db.execute(
            "SELECT count(d.number) AS n FROM deliveries d JOIN events e ON e.id = d.event_id"
            " WHERE e.payment_id = ? AND d.is_held = 1 AND d.due_ms > ?",
            (payment_id, now),
        ).fetchone()
        return (now, False) if held["n"] else (now + reordered["hold_ms"], True)
    if late is not None:
        return now + late["ms"], False
    return (now + AFTER_KILL_MS if script.has("kill_on_capture") else now), False


def record_event(
    db: sqlite3.Connection, payment: sqlite3.Row, kind: str, data: Mapping[str, Any], script: Script
) -> str:
    """Write the event and queue its deliveries; returns its id. The body is frozen here: it is what gets signed."""
    event_id, now = new_id("evt"), now_ms()
    last = db.execute("SELECT max(sequence) AS n FROM events WHERE payment_id = ?", (payment["id"],)).fetchone()
    sequence = (last["n"] or 0) + 1
    body = json.dumps(
        {"id": event_id, "type": kind, "sequence": sequence, "data": data, "created_at": timestamp(now)},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    db.execute(
        "INSERT INTO events (id, payment_id, sequence, type, url, body, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (event_id, payment["id"], sequence, kind, payment["webhook_url"], body, now),
    )
    if payment["webhook_url"] is not None:
        due, is_held = due_ms(db, payment["id"], script)
        duplicate = script.get("duplicate")
        for _ in range(duplicate["copies"] if duplicate else 1):
            db.execute(
                "INSERT INTO deliveries (event_id, due_ms, is_held, created_ms) VALUES (?, ?, ?, ?)",
                (event_id, due, is_held, now),
            )
    return event_id


def list_events(db: sqlite3.Connection, payment_id: str | None) -> list[dict[str, Any]]:
    """Events, oldest first, each with its deliveries: of one payment, or the last 200 of all."""
    rows = db.execute(
        "SELECT id, payment_id, sequence, type, url, created_ms FROM events WHERE :id IS NULL OR payment_id = :id"
        " ORDER BY created_ms DESC, sequence DESC LIMIT 200",
        {"id": payment_id},
    ).fetchall()
    return [
        {
            "id": row["id"],
            "payment": row["payment_id"],
            "sequence": row["sequence"],
            "type": row["type"],
            "url": row["url"],
            "created_at": timestamp(row["created_ms"]),
            "deliveries": list_deliveries(db, row["id"]),
        }
        for row in reversed(rows)
    ]


def list_deliveries(db: sqlite3.Connection, event_id: str) -> list[dict[str, Any]]:
    rows = db.execute(
        "SELECT tries, due_ms, delivered_ms, last_result FROM deliveries WHERE event_id = ? ORDER BY number",
        (event_id,),
    )
    return [
        {
            "tries": row["tries"],
            "due_at": None if row["due_ms"] is None else timestamp(row["due_ms"]),
            "delivered_at": None if row["delivered_ms"] is None else timestamp(row["delivered_ms"]),
            "last_result": row["last_result"],
        }
        for row in rows
    ]
