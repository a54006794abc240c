"""The control panel: what makes this provider a sandbox. Rules, processes that may be killed, events on demand."""

from __future__ import annotations

import sqlite3
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request

from . import behaviours, processes
from .behaviours import KINDS
from .calls import Provider, read_document
from .errors import Refused
from .events import list_events
from .payments import get_payment, list_payments
from .refunds import get_refund, refund_document, settle_refund
from .store import now_ms
from .words import amount_text

PARAMETER_FIELDS = ("ms", "copies", "hold_ms", "captured_minor", "settle_ms")
LOCAL_NAMES = ("127.0.0.1", "localhost", "::1")


def guard() -> None:
    """Only pages of this provider may steer it: another site in the same browser must not, nor by DNS rebinding."""
    host = urlsplit(f"//{request.host}").hostname
    origin = request.headers.get("Origin")
    is_foreign = request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
    if host not in LOCAL_NAMES or (
        request.method != "GET" and (is_foreign or (origin is not None and urlsplit(origin).netloc != request.host))
    ):
        raise Refused(403, "not_from_here", "the control panel answers only to this machine and its own pages")


def read_form_rule() -> dict[str, Any]:
    """The form of the control page as the document of the control API; empty fields are left out."""
    name = request.form.get("behaviour", "")
    behaviour: dict[str, Any] = {"name": name}
    wanted = KINDS[name].parameters if name in KINDS else {}
    for field in (*PARAMETER_FIELDS, "calls"):
        text = request.form.get(field, "").strip()
        if text and (field == "calls" or field in wanted):
            behaviour[field] = int(text) if text.isdecimal() else text
    if "drop_return" in wanted and request.form.get("drop_return"):
        behaviour["drop_return"] = True
    rule: dict[str, Any] = {"behaviour": behaviour}
    for field in ("payment", "reference", "currency", "amount_minor"):
        text = request.form.get(field, "").strip()
        if text:
            rule[field] = int(text) if field == "amount_minor" and text.isdecimal() else text
    return rule


def add_rule(provider: Provider, document: dict[str, Any]) -> list[str]:
    """Raises Refused 422 or 404."""
    unknown = sorted(set(document) - {"behaviour", "payment", "reference", "amount_minor", "currency"})
    if unknown or "behaviour" not in document:
        raise behaviours.wrong("a rule has a behaviour and may have a payment, reference, amount_minor, currency")
    scope, asked = behaviours.read_scope(document), behaviours.parse(document["behaviour"])
    with provider.store.unit() as db:
        if scope.payment_id is not None:
            get_payment(db, scope.payment_id)
        return behaviours.add_rules(db, scope, asked)


def get_event(db: sqlite3.Connection, event_id: str) -> sqlite3.Row:
    row = db.execute("SELECT id, url, body FROM events WHERE id = ?", (event_id,)).fetchone()
    if row is None:
        raise Refused(404, "event_not_found", "there is no such event")
    return row


def control(provider: Provider) -> Blueprint:
    """The blueprint of `/` and `/control`."""
    blueprint = Blueprint("control", __name__)
    blueprint.before_request(guard)

    @blueprint.get("/")
    def panel() -> str:
        with provider.store.unit() as db:
            payments = [
                {
                    "row": row,
                    "amount": amount_text(row["amount_minor"], row["currency"], "en"),
                    "captured": amount_text(row["captured_minor"], row["currency"], "en"),
                    "events": list_events(db, row["id"]),
                }
                for row in list_payments(db, None, 50)
            ]
            rules = behaviours.list_rules(db)
        return render_template(
            "control.html", payments=payments, rules=rules, kinds=KINDS, public_url=provider.public_url
        )

    @blueprint.get("/control/rules")
    def get_rules() -> Response:
        with provider.store.unit() as db:
            return jsonify({"rules": behaviours.list_rules(db)})

    @blueprint.post("/control/rules")
    def post_rule() -> Response:
        if request.mimetype == "application/x-www-form-urlencoded":
            add_rule(provider, read_form_rule())
            return make_response(redirect("/", 303))
        return make_response(jsonify({"ids": add_rule(provider, read_document())}), 201)

    @blueprint.delete("/control/rules")
    def delete_rules() -> Response:
        with provider.store.unit() as db:
            return jsonify({"deleted": behaviours.delete_rules(db)})

    @blueprint.delete("/control/rules/<rule_id>")
    def delete_rule(rule_id: str) -> Response:
        with provider.store.unit() as db:
            return jsonify({"deleted": behaviours.delete_rules(db, rule_id)})

    @blueprint.post("/control/rules/<rule_id>/deletion")
    def post_deletion(rule_id: str) -> Response:
        with provider.store.unit() as db:
            behaviours.delete_rules(db, rule_id)
        return make_response(redirect("/", 303))

    @blueprint.delete("/control/books")
    def delete_books() -> Response:
        provider.store.clear()
        return jsonify({"status": "empty"})

    @blueprint.get("/control/pids")
    def get_pids() -> Response:
        with provider.store.unit() as db:
            return jsonify({"pids": processes.list_pids(db)})

    @blueprint.post("/control/pids")
    def post_pid() -> Response:
        pid = read_document().get("pid")
        if not isinstance(pid, int) or isinstance(pid, bool):
            raise Refused(422, "pid_not_valid", "pid is an integer")
        with provider.store.unit() as db:
            processes.register(db, pid)
        return make_response(jsonify({"pid": pid}), 201)

    @blueprint.get("/control/events")
    def get_events() -> Response:
        with provider.store.unit() as db:
            return jsonify({"events": list_events(db, request.args.get("payment"))})

    @blueprint.get("/control/events/<event_id>/signed")
    def get_signed(event_id: str) -> Response:
        with provider.store.unit() as db:
            event = get_event(db, event_id)
        headers = provider.courier.signed(event_id, event["body"])
        return jsonify({"url": event["url"], "headers": headers, "body": event["body"]})

    @blueprint.post("/control/events/<event_id>/deliveries")
    def post_delivery(event_id: str) -> Response:
        with provider.store.unit() as db:
            if get_event(db, event_id)["url"] is None:
                raise Refused(409, "no_webhook_url", "the payment has no webhook_url")
            db.execute(
                "INSERT INTO deliveries (event_id, due_ms, created_ms) VALUES (?, ?, ?)",
                (event_id, now_ms(), now_ms()),
            )
        provider.courier.wake()
        return make_response(jsonify({"event": event_id}), 202)

    @blueprint.post("/control/refunds/<refund_id>/settlement")
    def post_settlement(refund_id: str) -> Response:
        outcome = read_document().get("outcome")
        if outcome not in ("succeeded", "failed"):
            raise Refused(422, "outcome_not_valid", "outcome is succeeded or failed")
        with provider.store.unit() as db:
            get_refund(db, refund_id)
            settle_refund(db, refund_id, outcome, behaviours.Script())
            document = refund_document(get_refund(db, refund_id))
        provider.courier.wake()
        return jsonify(document)

    return blueprint
