"""One connection through the proxy: two threads, one for each direction."""

from __future__ import annotations

import logging
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from . import messages
from .faults import Fault, Plan, Trip

log = logging.getLogger(__name__)
LARGEST_BUFFER = 1_000_000
CONNECTION_GONE = ("57P01", "57P02", "57P03", "08006")


@dataclass(slots=True)
class Pending:
    """A round trip whose answer is still to come. `skips`: how many answers of ours come before the one that the
    client waits for; only the error of those is passed on."""

    trip: Trip
    is_simple: bool
    lost: bool = False
    only_error: bool = False
    skips: int = 0


class Session:
    """Forwards messages between a client and the server and does what the plan says."""

    def __init__(self, number: int, client: socket.socket, connect: Callable[[], socket.socket], plan: Plan) -> None:
        self.number = number
        self._client = client
        self._connect = connect
        self._plan = plan
        self._server: socket.socket | None = None
        self._pending: deque[Pending] = deque()
        self._statements: dict[str, str] = {}
        self._portals: dict[str, str] = {}
        self._copy = ""
        self._closing = threading.Event()
        self._close_lock = threading.Lock()

    def close(self) -> None:
        """Close both sides; more than once does no harm."""
        self._closing.set()
        with self._close_lock:
            for side in (self._client, self._server):
                if side is None:
                    continue
                try:
                    side.shutdown(socket.SHUT_RDWR)
                except OSError:
                    log.debug("already closed")
                side.close()

    def run(self) -> None:
        """Serve the client until one side closes."""
        try:
            server = self._start()
            if server is not None:
                threading.Thread(target=self._backward, args=(server,), daemon=True).start()
                self._forward(server)
        except (OSError, messages.Closed):
            log.debug("session %s ended", self.number)
        finally:
            self.close()

    def _start(self) -> socket.socket | None:
        """Refuse encryption, pass the startup message on. None after a cancel request, which has no answer."""
        while True:
            code, message = messages.read_startup(self._client)
            if code not in (messages.SSL_REQUEST, messages.GSSENC_REQUEST):
                break
            self._client.sendall(b"N")
        server = self._connect()
        with self._close_lock:
            self._server = server
        server.sendall(message)
        if code == messages.CANCEL_REQUEST:
            server.recv(1)
            return None
        return server

    def _forward(self, server: socket.socket) -> None:
        """Client to server. Messages are gathered up to the end of the round trip, then sent as one."""
        gathered: list[bytes] = []
        sql: list[str] = []
        commits, size = False, 0
        while True:
            kind, message = messages.read_message(self._client)
            gathered.append(message)
            size += len(message)
            if kind in (b"p", b"X"):
                server.sendall(message)
                gathered.clear()
                continue
            text, is_commit = self._read_sql(kind, message)
            if text:
                sql.append(text)
            commits = commits or is_commit
            if kind in (b"Q", b"S", b"F") or (kind in (b"c", b"f") and self._copy == "simple"):
                if not self._send_trip(server, b"".join(gathered), "; ".join(sql), commits, kind != b"S"):
                    return
                gathered, sql, commits, size = [], [], False, 0
            elif kind == b"H" or size > LARGEST_BUFFER:
                # Flush asks for answers before the Sync; large COPY data must not pile up here.
                self._delay()
                server.sendall(b"".join(gathered))
                gathered, size = [], 0

    def _read_sql(self, kind: bytes, message: bytes) -> tuple[str, bool]:
        """The SQL that a message names, directly or through a prepared statement, and whether it now commits."""
        if kind == b"Q":
            text = messages.strings(message, 1)[0]
            return text, messages.is_commit(text)
        if kind == b"P":
            name, text = messages.strings(message, 2)
            self._statements[name] = text
        elif kind == b"B":
            portal, name = messages.strings(message, 2)
            self._portals[portal] = self._statements.get(name, "")
        elif kind == b"E":
            text = self._portals.get(messages.strings(message, 1)[0], "")
            return text, messages.is_commit(text)
        return "", False

    def _delay(self) -> None:
        if self._plan.delay_ms:
            self._closing.wait(self._plan.delay_ms / 1000)

    def _send_trip(self, server: socket.socket, data: bytes, sql: str, commits: bool, is_simple: bool) -> bool:
        """Send one round trip, or do what the fault says. False = the session is over."""
        self._copy = ""
        self._delay()
        trip, fault = self._plan.count(self.number, sql, commits)
        if fault is None:
            self._pending.append(Pending(trip, is_simple))
            server.sendall(data)
            return True
        if fault.mode == "before":
            return False
        if fault.mode == "after":
            self._pending.append(Pending(trip, is_simple, lost=True))
            server.sendall(data)
            # The answer is awaited by the other thread: a cut before it would leave open what was executed.
            self._closing.wait()
            return False
        return self._send_error(server, trip, fault)

    def _send_error(self, server: socket.socket, trip: Trip, fault: Fault) -> bool:
        """Let the server itself raise the error: then its transaction is aborted, as after a real one."""
        if fault.sqlstate in CONNECTION_GONE:
            self._client.sendall(messages.fatal_error(fault.sqlstate, "injected"))
            return False
        raising = f"DO $$ BEGIN RAISE EXCEPTION 'injected' USING ERRCODE = '{fault.sqlstate}'; END $$"
        # After a COMMIT that fails there is no transaction any more, hence the ROLLBACK behind the error.
        self._pending.append(Pending(trip, True, only_error=True, skips=1 if trip.is_commit else 0))
        server.sendall(messages.query(raising) + (messages.query("ROLLBACK") if trip.is_commit else b""))
        return True

    def _backward(self, server: socket.socket) -> None:
        """Server to client."""
        try:
            while True:
                kind, message = messages.read_message(server)
                # Noted before it is sent: the client may answer at once, and the other thread must know by then.
                passes, ends = self._passes(kind), self._ends(kind)
                if passes:
                    self._client.sendall(message)
                if ends:
                    return
        except (OSError, messages.Closed, struct.error):
            log.debug("server side of session %s ended", self.number)
        finally:
            self.close()

    def _passes(self, kind: bytes) -> bool:
        """Whether a message of the server reaches the client."""
        if not self._pending:
            return True
        first = self._pending[0]
        if first.only_error:
            return kind == b"E" or (kind == b"Z" and first.skips == 0) or kind in (b"N", b"A", b"S")
        return not first.lost

    def _ends(self, kind: bytes) -> bool:
        """Take a finished round trip off the list; True if the session ends with it."""
        if kind not in (b"Z", b"G", b"W") or not self._pending:
            return False
        first = self._pending[0]
        if kind == b"Z" and first.skips:
            first.skips -= 1
            return False
        if kind in (b"G", b"W"):
            self._copy = "simple" if first.is_simple else "extended"
        self._pending.popleft()
        return first.lost
