"""One call, from its idempotency key to its answer, with whatever misbehaviour it meets on the way."""

from __future__ import annotations

import hashlib
import json
import logging
import socket
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, request

from . import behaviours, processes
from .behaviours import Scope, Script
from .courier import Courier
from .errors import Refused
from .payments import Done
from .store import Store, now_ms

log = logging.getLogger(__name__)
LONGEST_KEY = 255
BROKEN_PAGE = "<!doctype html><html lang=en><title>Bad gateway</title><h1>The upstream answered strangely</h1></html>"


@dataclass(frozen=True, slots=True)
class Provider:
    """What every call needs."""

    store: Store
    courier: Courier
    public_url: str
    stopping: threading.Event


@dataclass(frozen=True, slots=True)
class Call:
    """Which operation, on what, under which key; `asked` are the behaviours that came with the request."""

    operation: str
    scope: Callable[[sqlite3.Connection], Scope]
    key: str | None = None
    fingerprint: str = ""
    asked: tuple[behaviours.Behaviour, ...] = ()


def read_key() -> str:
    """The idempotency key of the request. Raises Refused 400."""
    key = request.headers.get("Idempotency-Key", "")
    if not 0 < len(key) <= LONGEST_KEY:
        raise Refused(400, "idempotency_key_missing", "this call needs an Idempotency-Key of at most 255 characters")
    return key


def fingerprint(document: object) -> str:
    """The same for two requests that ask the same of the same address, however their JSON is written."""
    text = json.dumps([request.method, request.path, document], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def find_answer(db: sqlite3.Connection, call: Call) -> Done | None:
    """The stored answer of the key. Raises Refused 422 if the key was used for another request."""
    if call.key is None:
        return None
    row = db.execute("SELECT fingerprint, status, body FROM answers WHERE key = ?", (call.key,)).fetchone()
    if row is None:
        return None
    if row["fingerprint"] != call.fingerprint:
        raise Refused(422, "idempotency_key_reused", "this Idempotency-Key was used for another request")
    return Done(row["status"], json.loads(row["body"]))


def keep_answer(db: sqlite3.Connection, call: Call, done: Done) -> None:
    """In the unit that acts, so that a key has an answer if and only if its call had its effect."""
    if call.key is not None:
        db.execute(
            "INSERT INTO answers (key, fingerprint, status, body, created_ms) VALUES (?, ?, ?, ?, ?)",
            (call.key, call.fingerprint, done.status, json.dumps(done.body), now_ms()),
        )


def open_call(provider: Provider, call: Call) -> tuple[Script, bool]:
    """The behaviours this call meets, and whether it will be answered from the store."""
    with provider.store.unit() as db:
        is_replay = find_answer(db, call) is not None
        if call.key is not None:
            behaviours.bind_to_call(db, call.key, list(call.asked))
        return behaviours.choose(db, call.operation, call.scope(db), is_replay), is_replay


def act(
    provider: Provider, call: Call, script: Script, do: Callable[[sqlite3.Connection, Script], Done]
) -> tuple[Done, bool]:
    """Run the call once for its key, however many ask at once; True if it was this one that acted."""
    with provider.store.unit() as db:
        stored = find_answer(db, call)
        if stored is not None:
            return stored, False
        done = do(db, script)
        keep_answer(db, call, done)
    return done, True


def after(provider: Provider, call: Call, script: Script, done: Done) -> None:
    """What happens between the deed and the answer: the merchant dies, or hears of it first."""
    kill = script.get("kill_on_capture")
    if kill is not None and (done.has_captured or call.operation == "refund"):
        with provider.store.unit() as db:
            is_allowed = processes.take(db, kill["pid"])
        if is_allowed:
            log.warning("killing process %s as told", kill["pid"])
            processes.kill(kill["pid"])
    before_reply = script.get("webhook_before_reply")
    if before_reply is not None and done.event_ids:
        provider.courier.deliver_now(done.event_ids)
        provider.stopping.wait(before_reply["lead_ms"] / 1000)
    provider.courier.wake()


def perform(
    provider: Provider,
    call: Call,
    do: Callable[[sqlite3.Connection, Script], Done],
    render: Callable[[Done, Script], Response],
) -> Response:
    """The whole call. `do` runs in one transaction; `render` makes the honest answer out of what was done."""
    script, is_replay = open_call(provider, call)
    slow = script.get("slow")
    if slow is not None:
        provider.stopping.wait(slow["ms"] / 1000)
    if not is_replay and any(
        parameters is not None and not parameters["acts"]
        for parameters in (script.get("hang"), script.get("error_500"), script.get("html_answer"))
    ):
        return disturb(provider, script, None)
    done, is_new = act(provider, call, script, do)
    if is_new:
        after(provider, call, script, done)
    return disturb(provider, script, render(done, script))


def disturb(provider: Provider, script: Script, honest: Response | None) -> Response:
    """The answer as the merchant gets it. `honest` is None only where one of the disturbances is certain."""
    hang = script.get("hang")
    unknown = script.get("refund_unknown")
    if hang is not None:
        provider.stopping.wait(hang["ms"] / 1000)
        return hang_up()
    if script.has("lost_reply") or (unknown is not None and unknown["reply"] == "lost"):
        return hang_up()
    if script.has("html_answer"):
        return Response(BROKEN_PAGE, status=200, content_type="text/html; charset=utf-8")
    if script.has("error_500") or honest is None:
        return error_response(Refused(500, "internal_error", "the provider failed"))
    return honest


def hang_up() -> Response:
    """Close the connection without a byte. werkzeug's server hands its socket on for such uses."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        log.info("the caller had hung up already")
    return Response(status=204)


def json_response(done: Done, script: Script) -> Response:
    """The honest answer of the API."""
    del script
    response = jsonify(done.body)
    response.status_code = done.status
    return response


def error_response(refused: Refused) -> Response:
    response = jsonify(refused.document())
    response.status_code = refused.status
    return response


def read_document() -> dict[str, Any]:
    """The JSON object of the request. Raises Refused 400."""
    document = request.get_json(silent=True)
    if not isinstance(document, dict):
        raise Refused(400, "json_not_valid", "the body is a JSON object with content type application/json")
    return document
