"""Payments: made by the merchant, then captured, declined or voided, once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from babel.numbers import list_currencies

from . import behaviours
from .behaviours import Scope, Script
from .errors import Refused
from .events import record_event
from .store import new_id, now_ms, timestamp

CURRENCIES = frozenset(list_currencies())
LARGEST_MINOR = 10**15
LONGEST_REFERENCE = 200
LONGEST_METADATA = 8_000


@dataclass(frozen=True, slots=True)
class Done:
    """What a call did: the answer for the merchant, the events it caused, whether money was captured."""

    status: int
    body: dict[str, Any]
    event_ids: list[str] = field(default_factory=list)
    has_captured: bool = False


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A checked request for a payment."""

    amount_minor: int
    currency: str
    reference: str
    return_url: str
    webhook_url: str | None
    capture: str
    metadata: dict[str, Any]


def not_valid(message: str) -> Refused:
    return Refused(422, "request_not_valid", message)


def read_amount(value: object) -> int:
    """A positive integer of the currency's minor unit. Raises Refused 422."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_MINOR:
        return value
    raise not_valid(f"amount_minor is an integer from 1 to {LARGEST_MINOR}")


def read_reference(value: object) -> str:
    if isinstance(value, str) and 0 < len(value) <= LONGEST_REFERENCE:
        return value
    raise not_valid(f"reference is a text of 1 to {LONGEST_REFERENCE} characters")


def read_url(name: str, value: object) -> str:
    """An absolute http or https address: anything else in a redirect would be a script or a file."""
    if isinstance(value, str) and len(value) <= 2000 and value.isprintable():
        try:
            parts = urlsplit(value)
            if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
                return value
        except ValueError:
            pass
    raise not_valid(f"{name} is an absolute http or https address")


def read_new_payment(document: Mapping[str, Any]) -> NewPayment:
    """Raises Refused 422 naming the first field that is wrong."""
    known = {
        "amount_minor",
        "currency",
        "reference",
        "return_url",
        "webhook_url",
        "capture",
        "metadata",
        "behaviour",
    }
    if set(document) - known:
        raise not_valid(f"unknown field: {', '.join(sorted(set(document) - known))}")
    currency = document.get("currency")
    if not isinstance(currency, str) or currency not in CURRENCIES:
        raise not_valid("currency is a code of ISO 4217")
    if document.get("capture", "automatic") != "automatic":
        raise not_valid("capture is automatic")
    metadata = document.get("metadata", {})
    if not isinstance(metadata, dict) or len(json.dumps(metadata)) > LONGEST_METADATA:
        raise not_valid(f"metadata is an object of at most {LONGEST_METADATA} characters")
    webhook_url = document.get("webhook_url")
    return NewPayment(
        amount_minor=read_amount(document.get("amount_minor")),
        currency=currency,
        reference=read_reference(document.get("reference")),
        return_url=read_url("return_url", document.get("return_url")),
        webhook_url=None if webhook_url is None else read_url("webhook_url", webhook_url),
        capture="automatic",
        metadata=metadata,
    )


def get_payment(db: sqlite3.Connection, payment_id: str) -> sqlite3.Row:
    """Raises Refused 404."""
    row = db.execute(
        "SELECT id, reference, status, amount_minor, captured_minor, currency, return_url, webhook_url, capture,"
        " metadata, failure_code, created_ms, updated_ms FROM payments WHERE id = ?",
        (payment_id,),
    ).fetchone()
    if row is None:
        raise Refused(404, "payment_not_found", "there is no such payment")
    return row


def list_payments(db: sqlite3.Connection, reference: str | None, limit: int = 100) -> list[sqlite3.Row]:
    """Payments of a reference, or of all; newest first."""
    return db.execute(
        "SELECT id, reference, status, amount_minor, captured_minor, currency, return_url, webhook_url, capture,"
        " metadata, failure_code, created_ms, updated_ms FROM payments"
        " WHERE :reference IS NULL OR reference = :reference ORDER BY created_ms DESC, rowid DESC LIMIT :limit",
        {"reference": reference, "limit": limit},
    ).fetchall()


def scope_of(payment: sqlite3.Row, key: str | None = None) -> Scope:
    """What rules may be bound to for calls on this payment."""
    return Scope(key, payment["id"], payment["reference"], payment["amount_minor"], payment["currency"])


def refunded_minor(db: sqlite3.Connection, payment_id: str, statuses: tuple[str, str] = ("succeeded", "")) -> int:
    row = db.execute(
        "SELECT coalesce(sum(amount_minor), 0) AS n FROM refunds WHERE payment_id = ? AND status IN (?, ?)",
        (payment_id, *statuses),
    ).fetchone()
    return int(row["n"])


def payment_document(db: sqlite3.Connection, payment: sqlite3.Row, public_url: str) -> dict[str, Any]:
    """The payment as the API and the webhooks show it."""
    return {
        "id": payment["id"],
        "object": "payment",
        "status": payment["status"],
        "amount_minor": payment["amount_minor"],
        "captured_minor": payment["captured_minor"],
        "refunded_minor": refunded_minor(db, payment["id"]),
        "currency": payment["currency"],
        "reference": payment["reference"],
        "redirect_url": f"{public_url}/pay/{payment['id']}",
        "return_url": payment["return_url"],
        "webhook_url": payment["webhook_url"],
        "capture": payment["capture"],
        "metadata": json.loads(payment["metadata"]),
        "failure_code": payment["failure_code"],
        "created_at": timestamp(payment["created_ms"]),
        "updated_at": timestamp(payment["updated_ms"]),
    }


def browser_return_url(payment: sqlite3.Row) -> str:
    """The merchant's address with `payment=<id>` added to whatever query it has."""
    parts = urlsplit(payment["return_url"])
    query = f"{parts.query}&" if parts.query else ""
    return parts._replace(query=f"{query}payment={quote(payment['id'])}").geturl()


def create_payment(db: sqlite3.Connection, new: NewPayment, key: str, script: Script, public_url: str) -> Done:
    """Make a payment that waits for the shopper; with `webhook_before_reply` on create it is captured at once."""
    payment_id, now = new_id("pay"), now_ms()
    db.execute(
        "INSERT INTO payments (id, reference, status, amount_minor, currency, return_url, webhook_url, capture,"
        " metadata, created_ms, updated_ms) VALUES (?, ?, 'requires_action', ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            payment_id,
            new.reference,
            new.amount_minor,
            new.currency,
            new.return_url,
            new.webhook_url,
            new.capture,
            json.dumps(new.metadata),
            now,
            now,
        ),
    )
    behaviours.bind_to_payment(db, key, payment_id)
    if script.has("webhook_before_reply"):
        done = pay(db, payment_id, "pay", script, public_url)
        return Done(201, done.body, done.event_ids, done.has_captured)
    return Done(201, payment_document(db, get_payment(db, payment_id), public_url))


def captured_amount(payment: sqlite3.Row, script: Script) -> int:
    wrong_amount = script.get("wrong_amount")
    if wrong_amount is None:
        return payment["amount_minor"]
    asked = payment["amount_minor"]
    return wrong_amount["captured_minor"] or (asked - 1 if asked > 1 else asked + 1)


def finish(db: sqlite3.Connection, payment_id: str, status: str, captured_minor: int, failure_code: str | None) -> bool:
    """Move a waiting payment to its last status; False if it is no longer waiting."""
    moved = db.execute(
        "UPDATE payments SET status = ?, captured_minor = ?, failure_code = ?, updated_ms = ?"
        " WHERE id = ? AND status = 'requires_action'",
        (status, captured_minor, failure_code, now_ms(), payment_id),
    )
    return moved.rowcount == 1


def pay(db: sqlite3.Connection, payment_id: str, choice: str, script: Script, public_url: str) -> Done:
    """What the shopper did on the hosted page: `pay`, `decline` or `cancel`. A second press changes nothing."""
    payment = get_payment(db, payment_id)
    captured_minor = 0
    if choice == "cancel":
        status, event, failure_code = "voided", "payment.voided", "cancelled_by_shopper"
    elif choice == "decline" or script.has("decline"):
        status, event, failure_code = "declined", "payment.declined", "declined"
    else:
        status, event, failure_code = "captured", "payment.captured", None
        captured_minor = captured_amount(payment, script)
    if not finish(db, payment_id, status, captured_minor, failure_code):
        return Done(200, payment_document(db, payment, public_url))
    if captured_minor:
        db.execute(
            "INSERT INTO movements (kind, payment_id, amount_minor, currency, reference, created_ms)"
            " VALUES ('capture', ?, ?, ?, ?, ?)",
            (payment_id, captured_minor, payment["currency"], payment["reference"], now_ms()),
        )
    document = payment_document(db, get_payment(db, payment_id), public_url)
    return Done(200, document, [record_event(db, payment, event, document, script)], status == "captured")


def void_payment(db: sqlite3.Connection, payment_id: str, script: Script, public_url: str) -> Done:
    """Close a payment that still waits. Voiding twice is one void; a captured one is refused: refund it."""
    payment = get_payment(db, payment_id)
    if not finish(db, payment_id, "voided", 0, "voided_by_merchant"):
        if payment["status"] != "voided":
            raise Refused(409, "not_voidable", f"the payment is {payment['status']}")
        return Done(200, payment_document(db, payment, public_url))
    document = payment_document(db, get_payment(db, payment_id), public_url)
    return Done(200, document, [record_event(db, payment, "payment.voided", document, script)])
