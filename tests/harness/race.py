"""Races: n requests whose last byte leaves at the same moment, and n calls that start behind one barrier."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP/1.1 request; `headers` may override Host. The body is bytes."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def encode(self, host: str) -> bytes:
        headers = {"host": host, "connection": "close"} | {name.lower(): text for name, text in self.headers.items()}
        if self.body or self.method not in ("GET", "HEAD"):
            headers["content-length"] = str(len(self.body))
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {text}" for name, text in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True, slots=True)
class Response:
    """What came back. `status` 0 = no answer (`error` says why): the outcome of the call is unknown."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    error: str = ""

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Value]):
    """Result of one call in a race: a value or the exception it raised."""

    value: Value | None = None
    error: BaseException | None = None


def read_response(connection: socket.socket, method: str) -> Response:
    try:
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        return Response(0, {}, b"", f"{type(error).__name__}: {error}")
    return Response(response.status, {name.lower(): text for name, text in response.getheaders()}, body)


def race(
    requests: Sequence[bytes | Request], host: str, port: int, timeout_s: float = 30, settle_s: float = 0.05
) -> list[Response]:
    """Send all requests but for their last byte, wait until they have arrived, then send all last bytes at once.

    `host` is where to connect; a Request gets `host:port` as its Host header unless it has one of its own. Answers
    come in the order of the requests; a connection without one is a Response of status 0.
    """
    encoded = [item if isinstance(item, bytes) else item.encode(f"{host}:{port}") for item in requests]
    connections: list[socket.socket] = []
    try:
        for text in encoded:
            connection = socket.create_connection((host, port), timeout_s)
            connections.append(connection)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(text[:-1])
        threading.Event().wait(settle_s)
        unsent: dict[int, str] = {}
        for number, (connection, text) in enumerate(zip(connections, encoded, strict=True)):
            try:
                connection.send(text[-1:])
            except OSError as error:
                unsent[number] = f"{type(error).__name__}: {error}"
        return [
            Response(0, {}, b"", unsent[number])
            if number in unsent
            else read_response(connection, text.split(b" ", 1)[0].decode())
            for number, (connection, text) in enumerate(zip(connections, encoded, strict=True))
        ]
    finally:
        for connection in connections:
            connection.close()


def race_calls(n: int, call: Callable[[int], Value], timeout_s: float = 60) -> list[Outcome[Value]]:
    """Run `call(0)` … `call(n-1)` in n threads that start together; outcomes in that order.

    Raises TimeoutError if one has not come back after `timeout_s`: a deadlock is a finding, not a hang of the run.
    """
    barrier = threading.Barrier(n)
    outcomes: list[Outcome[Value] | None] = [None] * n

    def run(number: int) -> None:
        barrier.wait()
        try:
            outcomes[number] = Outcome(value=call(number))
        except BaseException as error:
            outcomes[number] = Outcome(error=error)

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout_s)
    finished = [outcome for outcome in outcomes if outcome is not None]
    if len(finished) < n:
        raise TimeoutError(f"{n - len(finished)} of {n} calls did not come back within {timeout_s} s")
    return finished
