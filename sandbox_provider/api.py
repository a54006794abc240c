"""The merchant's API under /v1."""

from __future__ import annotations

import sqlite3
from typing import Any

from flask import Blueprint, Response, jsonify, request

from .behaviours import Scope, Script, parse
from .calls import Call, Provider, error_response, fingerprint, json_response, perform, read_document, read_key
from .errors import Refused
from .payments import (
    Done,
    create_payment,
    get_payment,
    list_payments,
    payment_document,
    read_new_payment,
    read_reference,
    scope_of,
    void_payment,
)
from .refunds import create_refund, list_movements, list_refunds, read_refund

LARGEST_PAGE = 1000


def read_number(name: str, fallback: int, lowest: int, highest: int) -> int:
    """An integer of the query. Raises Refused 422."""
    text = request.args.get(name, "")
    if not text:
        return fallback
    if text.isascii() and text.isdigit() and len(text) < 18 and lowest <= int(text) <= highest:
        return int(text)
    raise Refused(422, "request_not_valid", f"{name} is an integer from {lowest} to {highest}")


def require_bearer() -> Response | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return error_response(Refused(401, "key_missing", "send Authorization: Bearer <key>"))
    return None


def api(provider: Provider) -> Blueprint:
    """The blueprint; every call needs a bearer key, of whatever value."""
    blueprint = Blueprint("api", __name__, url_prefix="/v1")
    blueprint.before_request(require_bearer)

    def show(payment: sqlite3.Row, db: sqlite3.Connection) -> dict[str, Any]:
        return payment_document(db, payment, provider.public_url)

    @blueprint.post("/payments")
    def post_payment() -> Response:
        document, key = read_document(), read_key()
        new, asked = read_new_payment(document), parse(document.get("behaviour"))
        call = Call(
            "create",
            lambda _db: Scope(key, None, new.reference, new.amount_minor, new.currency),
            key,
            fingerprint(document),
            tuple(asked),
        )
        return perform(
            provider,
            call,
            lambda db, script: create_payment(db, new, key, script, provider.public_url),
            json_response,
        )

    @blueprint.get("/payments/<payment_id>")
    def get_one_payment(payment_id: str) -> Response:
        def read(db: sqlite3.Connection, script: Script) -> Done:
            return Done(200, show(get_payment(db, payment_id), db))

        return perform(provider, Call("fetch", lambda db: scope_of(get_payment(db, payment_id))), read, json_response)

    @blueprint.get("/payments")
    def get_payments() -> Response:
        reference = read_reference(request.args.get("reference"))

        def scope(db: sqlite3.Connection) -> Scope:
            found = list_payments(db, reference, 1)
            return scope_of(found[0]) if found else Scope(reference=reference)

        def read(db: sqlite3.Connection, script: Script) -> Done:
            return Done(200, {"payments": [show(payment, db) for payment in list_payments(db, reference)]})

        return perform(provider, Call("fetch", scope), read, json_response)

    @blueprint.post("/payments/<payment_id>/void")
    def post_void(payment_id: str) -> Response:
        return perform(
            provider,
            Call("void", lambda db: scope_of(get_payment(db, payment_id))),
            lambda db, script: void_payment(db, payment_id, script, provider.public_url),
            json_response,
        )

    @blueprint.post("/payments/<payment_id>/refunds")
    def post_refund(payment_id: str) -> Response:
        document, key = read_document(), read_key()
        amount_minor, reference = read_refund(document)
        asked = parse(document.get("behaviour"))
        call = Call(
            "refund",
            lambda db: scope_of(get_payment(db, payment_id), key),
            key,
            fingerprint(document),
            tuple(asked),
        )
        return perform(
            provider,
            call,
            lambda db, script: create_refund(db, payment_id, amount_minor, reference, script),
            json_response,
        )

    @blueprint.get("/payments/<payment_id>/refunds")
    def get_refunds(payment_id: str) -> Response:
        def read(db: sqlite3.Connection, script: Script) -> Done:
            get_payment(db, payment_id)
            return Done(200, {"refunds": list_refunds(db, payment_id)})

        return perform(provider, Call("fetch", lambda db: scope_of(get_payment(db, payment_id))), read, json_response)

    @blueprint.get("/movements")
    def get_movements() -> Response:
        since = read_number("since", 0, 0, 10**17)
        limit = read_number("limit", 100, 1, LARGEST_PAGE)
        with provider.store.unit() as db:
            return jsonify(list_movements(db, since, limit))

    return blueprint
