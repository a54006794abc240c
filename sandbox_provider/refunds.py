"""Refunds of captured payments, and the list of all movements for reconciliation."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from .behaviours import Script
from .errors import Refused
from .events import record_event
from .payments import Done, get_payment, not_valid, read_amount, read_reference, refunded_minor
from .store import new_id, now_ms, timestamp


def read_refund(document: Mapping[str, Any]) -> tuple[int, str]:
    """Amount and reference of a refund request. Raises Refused 422."""
    unknown = sorted(set(document) - {"amount_minor", "reference", "behaviour"})
    if unknown:
        raise not_valid(f"unknown field: {', '.join(unknown)}")
    return read_amount(document.get("amount_minor")), read_reference(document.get("reference"))


def get_refund(db: sqlite3.Connection, refund_id: str) -> sqlite3.Row:
    """Raises Refused 404."""
    row = db.execute(
        "SELECT r.id, r.payment_id, r.reference, r.status, r.amount_minor, r.failure_code, r.settle_as, r.created_ms,"
        " r.updated_ms, p.currency FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE r.id = ?",
        (refund_id,),
    ).fetchone()
    if row is None:
        raise Refused(404, "refund_not_found", "there is no such refund")
    return row


def refund_document(refund: sqlite3.Row) -> dict[str, Any]:
    """The refund as the API and the webhooks show it."""
    return {
        "id": refund["id"],
        "object": "refund",
        "payment": refund["payment_id"],
        "status": refund["status"],
        "amount_minor": refund["amount_minor"],
        "currency": refund["currency"],
        "reference": refund["reference"],
        "failure_code": refund["failure_code"],
        "created_at": timestamp(refund["created_ms"]),
        "updated_at": timestamp(refund["updated_ms"]),
    }


def list_refunds(db: sqlite3.Connection, payment_id: str) -> list[dict[str, Any]]:
    """All refunds of a payment, oldest first."""
    rows = db.execute(
        "SELECT id FROM refunds WHERE payment_id = ? ORDER BY created_ms, rowid", (payment_id,)
    ).fetchall()
    return [refund_document(get_refund(db, row["id"])) for row in rows]


def create_refund(db: sqlite3.Connection, payment_id: str, amount_minor: int, reference: str, script: Script) -> Done:
    """Give money back. Raises Refused 409 if succeeded and pending refunds would exceed what was captured."""
    payment = get_payment(db, payment_id)
    if payment["status"] != "captured":
        raise Refused(409, "not_captured", f"the payment is {payment['status']}")
    if refunded_minor(db, payment_id, ("succeeded", "pending")) + amount_minor > payment["captured_minor"]:
        raise Refused(409, "refund_exceeds_captured", "refunds may not exceed what was captured")
    refund_id, now = new_id("re"), now_ms()
    unknown = script.get("refund_unknown")
    db.execute(
        "INSERT INTO refunds (id, payment_id, reference, status, amount_minor, settle_ms, settle_as, created_ms,"
        " updated_ms) VALUES (?, ?, ?, 'pending', ?, ?, ?, ?, ?)",
        (
            refund_id,
            payment_id,
            reference,
            amount_minor,
            now + unknown["settle_ms"] if unknown else None,
            unknown["outcome"] if unknown else None,
            now,
            now,
        ),
    )
    if unknown is not None:
        return Done(202, refund_document(get_refund(db, refund_id)))
    event_id = settle_refund(db, refund_id, "failed" if script.has("decline") else "succeeded", script)
    return Done(201, refund_document(get_refund(db, refund_id)), [event_id])


def settle_refund(db: sqlite3.Connection, refund_id: str, outcome: str, script: Script) -> str:
    """Move a pending refund to its last status; returns the event's id. Raises Refused 409 if it is settled."""
    moved = db.execute(
        "UPDATE refunds SET status = ?, failure_code = ?, settle_ms = NULL, updated_ms = ?"
        " WHERE id = ? AND status = 'pending'",
        (outcome, "declined" if outcome == "failed" else None, now_ms(), refund_id),
    )
    refund = get_refund(db, refund_id)
    if moved.rowcount == 0:
        raise Refused(409, "refund_settled", f"the refund is {refund['status']}")
    if outcome == "succeeded":
        db.execute(
            "INSERT INTO movements (kind, payment_id, refund_id, amount_minor, currency, reference, created_ms)"
            " VALUES ('refund', ?, ?, ?, ?, ?, ?)",
            (
                refund["payment_id"],
                refund_id,
                refund["amount_minor"],
                refund["currency"],
                refund["reference"],
                now_ms(),
            ),
        )
    payment = get_payment(db, refund["payment_id"])
    return record_event(db, payment, f"refund.{outcome}", refund_document(refund), script)


def settle_due_refunds(db: sqlite3.Connection) -> None:
    """Settle the pending refunds whose time has come."""
    due = db.execute(
        "SELECT id, settle_as FROM refunds WHERE status = 'pending' AND settle_ms <= ? LIMIT 100", (now_ms(),)
    ).fetchall()
    for row in due:
        settle_refund(db, row["id"], row["settle_as"], Script())


def list_movements(db: sqlite3.Connection, since: int, limit: int) -> dict[str, Any]:
    """Captures and refunds with a number greater than `since`, in the order in which they were committed."""
    rows = db.execute(
        "SELECT number, kind, payment_id, refund_id, amount_minor, currency, reference, created_ms FROM movements"
        " WHERE number > ? ORDER BY number LIMIT ?",
        (since, limit + 1),
    ).fetchall()
    page = rows[:limit]
    return {
        "movements": [
            {
                "number": row["number"],
                "kind": row["kind"],
                "payment": row["payment_id"],
                "refund": row["refund_id"],
                "amount_minor": row["amount_minor"],
                "currency": row["currency"],
                "reference": row["reference"],
                "created_at": timestamp(row["created_ms"]),
            }
            for row in page
        ],
        "next": page[-1]["number"] if page else since,
        "has_more": len(rows) > limit,
    }
