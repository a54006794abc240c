"""How the provider can be told to misbehave: the list of behaviours, their parameters, and which one a call meets.

A rule binds one behaviour to an idempotency key, a payment, a reference, an amount, a currency or to everything.
Of all rules that fit a call the most specific kind wins; several of that kind act together.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import Refused
from .store import new_id, now_ms

OPERATIONS = ("create", "fetch", "pay", "void", "refund")
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Parameter:
    """Shape of one parameter: an integer within bounds, a boolean, or one of some words. `None` = not given."""

    default: int | bool | str | None
    lowest: int = 0
    highest: int = 0
    words: tuple[str, ...] = ()

    def read(self, name: str, value: object) -> int | bool | str | None:
        if self.words:
            if value in self.words:
                return str(value)
            raise wrong(f"{name} is one of: {', '.join(self.words)}")
        if isinstance(self.default, bool):
            if isinstance(value, bool):
                return value
            raise wrong(f"{name} is true or false")
        if isinstance(value, int) and not isinstance(value, bool) and self.lowest <= value <= self.highest:
            return value
        raise wrong(f"{name} is an integer from {self.lowest} to {self.highest}")


@dataclass(frozen=True, slots=True)
class Kind:
    """One behaviour: where it applies unless told otherwise, its parameters, a sentence for the control page."""

    on: tuple[str, ...]
    says: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


WEBHOOK_OPERATIONS = ("pay", "void", "refund")
ASKED_OPERATIONS = ("create", "void", "refund")
KINDS: dict[str, Kind] = {
    "ok": Kind(OPERATIONS, "does what was asked"),
    "decline": Kind(("pay", "refund"), "the payment is declined although the shopper pays; a refund fails"),
    "slow": Kind(OPERATIONS, "waits `ms` before it acts", {"ms": Parameter(2000, 0, HOUR_MS)}),
    "hang": Kind(
        ASKED_OPERATIONS,
        "acts (unless told not to) and never answers",
        {"acts": Parameter(True), "ms": Parameter(10 * 60_000, 1, HOUR_MS)},
    ),
    "duplicate": Kind(WEBHOOK_OPERATIONS, "sends each webhook `copies` times", {"copies": Parameter(3, 1, 100)}),
    "reordered": Kind(
        WEBHOOK_OPERATIONS,
        "holds a webhook back until a later one of the payment arrived, or `hold_ms` passed",
        {"hold_ms": Parameter(10_000, 0, HOUR_MS)},
    ),
    "late": Kind(
        WEBHOOK_OPERATIONS,
        "sends the webhook after `ms`; may also leave the browser on the provider's page",
        {"ms": Parameter(30_000, 0, 240 * HOUR_MS), "drop_return": Parameter(False)},
    ),
    "lost_reply": Kind(ASKED_OPERATIONS, "acts, then closes the connection without an answer"),
    "wrong_amount": Kind(
        ("pay", "create"),
        "captures `captured_minor`, or one minor unit less than was asked",
        {"captured_minor": Parameter(None, 1, 10**15)},
    ),
    "error_500": Kind(ASKED_OPERATIONS, "answers 500; does nothing unless `acts`", {"acts": Parameter(False)}),
    "html_answer": Kind(
        ASKED_OPERATIONS,
        "acts, then answers 200 with a page of HTML, as a broken gateway in between does",
        {"acts": Parameter(True)},
    ),
    "webhook_before_reply": Kind(
        ("pay", "void", "refund"),
        "delivers the webhook before it answers the call; on `create` it captures at once",
        {"lead_ms": Parameter(1, 0, HOUR_MS)},
    ),
    "kill_on_capture": Kind(
        ("pay", "create"),
        "kills process `pid` (registered before) when the capture is recorded, then answers",
        {"pid": Parameter(None, 2, 2**31)},
    ),
    "refund_unknown": Kind(
        ("refund",),
        "the refund stays pending, its reply is lost, and it settles after `settle_ms`",
        {
            "settle_ms": Parameter(30_000, 0, 240 * HOUR_MS),
            "outcome": Parameter("succeeded", words=("succeeded", "failed")),
            "reply": Parameter("lost", words=("lost", "pending")),
        },
    ),
}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One scripted behaviour. `calls`: how many calls it meets before it is used up; None = all.
    `replays`: whether it also meets the replay of a stored answer."""

    name: str
    on: tuple[str, ...]
    parameters: Mapping[str, Any]
    calls: int | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What a rule is bound to; all None = the default of the provider."""

    key: str | None = None
    payment_id: str | None = None
    reference: str | None = None
    amount_minor: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """The behaviours that one call meets."""

    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def get(self, name: str) -> Mapping[str, Any] | None:
        """Parameters of the behaviour if this call meets it, else None."""
        return self.parameters.get(name)

    def has(self, name: str) -> bool:
        return name in self.parameters


def wrong(message: str) -> Refused:
    return Refused(422, "behaviour_not_valid", message)


def parse(document: object) -> list[Behaviour]:
    """Behaviours from a name, an object or a list of both. Raises Refused 422 for whatever it does not know."""
    if document is None:
        return []
    if isinstance(document, list):
        return [behaviour for item in document for behaviour in parse(item)]
    if isinstance(document, str):
        document = {"name": document}
    if not isinstance(document, dict):
        raise wrong("a behaviour is a name, an object with a name, or a list of these")
    name = document.get("name")
    if not isinstance(name, str) or name not in KINDS:
        raise wrong(f"unknown behaviour; there are: {', '.join(KINDS)}")
    kind = KINDS[name]
    on = document.get("on", list(kind.on))
    if not isinstance(on, list) or not on or any(operation not in OPERATIONS for operation in on):
        raise wrong(f"on is a list of some of: {', '.join(OPERATIONS)}")
    calls = document.get("calls")
    if calls is not None and not (isinstance(calls, int) and Parameter(1, 1, 10**6).read("calls", calls)):
        raise wrong("calls is an integer")
    given = {item: value for item, value in document.items() if item not in ("name", "on", "calls", "replays")}
    unknown = sorted(set(given) - set(kind.parameters))
    if unknown:
        raise wrong(f"{name} has no parameter {', '.join(unknown)}")
    parameters: dict[str, Any] = {item: shape.default for item, shape in kind.parameters.items()}
    parameters |= {item: kind.parameters[item].read(item, value) for item, value in given.items()}
    if name == "kill_on_capture" and parameters["pid"] is None:
        raise wrong("kill_on_capture needs a pid")
    parameters["replays"] = Parameter(False).read("replays", document.get("replays", False))
    return [Behaviour(name, tuple(on), parameters, calls)]


def read_scope(document: Mapping[str, Any]) -> Scope:
    """Scope of a rule from the control API. Raises Refused 422."""
    amount_minor = document.get("amount_minor")
    if amount_minor is not None:
        Parameter(1, 1, 10**15).read("amount_minor", amount_minor)
    currency = document.get("currency")
    if currency is not None and not (isinstance(currency, str) and re.fullmatch("[A-Z]{3}", currency)):
        raise wrong("currency is three capital letters")
    for name in ("payment", "reference"):
        if document.get(name) is not None and not isinstance(document[name], str):
            raise wrong(f"{name} is a text")
    return Scope(None, document.get("payment"), document.get("reference"), amount_minor, currency)


def add_rules(db: sqlite3.Connection, scope: Scope, behaviours: list[Behaviour]) -> list[str]:
    """Write one rule for each behaviour; returns their ids."""
    ids = []
    for behaviour in behaviours:
        rule_id = new_id("rule")
        db.execute(
            "INSERT INTO rules (id, key, payment_id, reference, amount_minor, currency, behaviour, operations,"
            " parameters, calls_left, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                rule_id,
                scope.key,
                scope.payment_id,
                scope.reference,
                scope.amount_minor,
                scope.currency,
                behaviour.name,
                json.dumps(behaviour.on),
                json.dumps(dict(behaviour.parameters)),
                behaviour.calls,
                now_ms(),
            ),
        )
        ids.append(rule_id)
    return ids


def bind_to_call(db: sqlite3.Connection, key: str, behaviours: list[Behaviour]) -> None:
    """Keep the behaviours that a request asks for, once for its idempotency key: `calls` counts over its retries."""
    known = db.execute("SELECT count(id) AS n FROM rules WHERE key = ?", (key,)).fetchone()
    if behaviours and known["n"] == 0:
        add_rules(db, Scope(key=key), behaviours)


def bind_to_payment(db: sqlite3.Connection, key: str, payment_id: str) -> None:
    """The behaviours of the request that made a payment hold for its later life."""
    db.execute("UPDATE rules SET payment_id = ? WHERE key = ?", (payment_id, key))


def weight(rule: sqlite3.Row, scope: Scope) -> int:
    """How specific a rule is for a call; the greatest wins."""
    if rule["key"] is not None and rule["key"] == scope.key:
        return 5
    if rule["payment_id"] is not None:
        return 4
    if rule["reference"] is not None:
        return 3
    if rule["amount_minor"] is not None:
        return 2
    return 1 if rule["currency"] is not None else 0


def choose(db: sqlite3.Connection, operation: str, scope: Scope, is_replay: bool = False) -> Script:
    """The behaviours this call meets; counts it against the rules that are limited to a number of calls."""
    rows = db.execute(
        "SELECT id, key, payment_id, reference, amount_minor, currency, behaviour, operations, parameters FROM rules"
        " WHERE (key IS NULL OR key = :key OR payment_id IS NOT NULL)"
        " AND (payment_id IS NULL OR payment_id = :payment_id OR key = :key)"
        " AND (reference IS NULL OR reference = :reference)"
        " AND (amount_minor IS NULL OR amount_minor = :amount_minor) AND (currency IS NULL OR currency = :currency)"
        " AND (calls_left IS NULL OR calls_left > 0) ORDER BY created_ms, id",
        {
            "key": scope.key,
            "payment_id": scope.payment_id,
            "reference": scope.reference,
            "amount_minor": scope.amount_minor,
            "currency": scope.currency,
        },
    ).fetchall()
    fitting = [row for row in rows if operation in json.loads(row["operations"])]
    if is_replay:
        fitting = [row for row in fitting if json.loads(row["parameters"])["replays"]]
    greatest = max((weight(row, scope) for row in fitting), default=0)
    met: dict[str, Mapping[str, Any]] = {}
    for row in fitting:
        if weight(row, scope) == greatest:
            met[row["behaviour"]] = json.loads(row["parameters"])
            db.execute("UPDATE rules SET calls_left = calls_left - 1 WHERE id = ? AND calls_left > 0", (row["id"],))
    return Script(met)


def rule_document(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "payment": row["payment_id"],
        "reference": row["reference"],
        "amount_minor": row["amount_minor"],
        "currency": row["currency"],
        "behaviour": {"name": row["behaviour"], "on": json.loads(row["operations"]), **json.loads(row["parameters"])},
        "calls_left": row["calls_left"],
    }


def list_rules(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """All rules that can still meet a call, oldest first."""
    rows = db.execute(
        "SELECT id, key, payment_id, reference, amount_minor, currency, behaviour, operations, parameters, calls_left"
        " FROM rules WHERE calls_left IS NULL OR calls_left > 0 ORDER BY created_ms, id"
    )
    return [rule_document(row) for row in rows]


def delete_rules(db: sqlite3.Connection, rule_id: str | None = None) -> int:
    """Delete one rule, or all of them, also those that came with a request; returns how many."""
    if rule_id is None:
        return db.execute("DELETE FROM rules").rowcount
    return db.execute("DELETE FROM rules WHERE id = ?", (rule_id,)).rowcount
