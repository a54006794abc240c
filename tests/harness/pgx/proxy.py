"""The proxy as a test sees it: an address to connect to, counts, and faults to arm."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from urllib.parse import parse_qsl, urlencode, urlsplit

from .faults import Fault, Plan, Trip
from .session import Session

CONNECT_S = 10


class Proxy:
    """Listens on a free loopback port between `start` and `stop` (or in a `with`).

    `upstream` is a database URL: `postgresql://user:password@host:port/name`, or with `?host=/folder&port=5432` for a
    Unix socket; a SQLAlchemy driver name (`postgresql+psycopg://`) is kept in `url`.
    """

    def __init__(self, upstream: str) -> None:
        self._parts = urlsplit(upstream)
        self._query = dict(parse_qsl(self._parts.query))
        self._host = self._query.pop("host", "") or self._parts.hostname or "127.0.0.1"
        self._port = int(self._query.pop("port", "") or self._parts.port or 5432)
        self._plan = Plan()
        self._listener: socket.socket | None = None
        self._sessions: dict[int, Session] = {}
        self._sessions_lock = threading.Lock()
        self._opened = 0
        self._is_refusing = False

    def __enter__(self) -> Proxy:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        threading.Thread(target=self._accept, args=(self._listener,), name="pgx", daemon=True).start()

    def stop(self) -> None:
        """Close the listener and all connections."""
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        self.disconnect_all()

    @property
    def port(self) -> int:
        if self._listener is None:
            raise RuntimeError("the proxy is not started")
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """The upstream's URL, but through the proxy. It speaks no TLS: a client that demands it is refused."""
        user = self._parts.netloc.rpartition("@")[0]
        address = f"{user}@127.0.0.1:{self.port}" if user else f"127.0.0.1:{self.port}"
        return self._parts._replace(netloc=address, query=urlencode(self._query)).geturl()

    def _connect(self) -> socket.socket:
        if self._host.startswith("/"):
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(CONNECT_S)
            connection.connect(str(Path(self._host, f".s.PGSQL.{self._port}")))
        else:
            connection = socket.create_connection((self._host, self._port), CONNECT_S)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(None)
        return connection

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._sessions_lock:
                if self._is_refusing:
                    client.close()
                    continue
                self._opened += 1
                session = Session(self._opened, client, self._connect, self._plan)
                self._sessions[session.number] = session
            threading.Thread(target=self._serve, args=(session,), daemon=True).start()

    def _serve(self, session: Session) -> None:
        session.run()
        with self._sessions_lock:
            self._sessions.pop(session.number, None)

    # Counts

    @property
    def round_trips(self) -> int:
        """Round trips since the last reset, over all connections."""
        with self._plan.lock:
            return len(self._plan.trips)

    @property
    def trips(self) -> list[Trip]:
        """The round trips since the last reset, with their SQL: what a failing cut was about."""
        with self._plan.lock:
            return list(self._plan.trips)

    @property
    def fired(self) -> Trip | None:
        """The round trip that the armed fault struck, or None if it was never reached."""
        with self._plan.lock:
            return self._plan.fired

    @property
    def connections(self) -> int:
        """Connections open now."""
        with self._sessions_lock:
            return len(self._sessions)

    def reset(self) -> None:
        """Count from 1 again and disarm; the delay stays, connections live on."""
        with self._plan.lock:
            self._plan.trips.clear()
            self._plan.commits = 0
            self._plan.fault = self._plan.fired = None

    # Faults

    def _arm(self, fault: Fault) -> None:
        self.reset()
        with self._plan.lock:
            self._plan.fault = fault

    def arm(self, k: int, mode: str) -> None:
        """Reset, then strike at the k-th round trip, once: `before`, `after` or `error:<SQLSTATE>`."""
        self._arm(Fault(mode, k))

    def cut_before(self, k: int) -> None:
        """Reset; the k-th round trip is not forwarded and its connection is closed on both sides."""
        self.arm(k, "before")

    def cut_after(self, k: int) -> None:
        """Reset; the k-th round trip is forwarded and executed, its answer is lost, both sides are closed."""
        self.arm(k, "after")

    def cut_before_commit(self, n: int = 1) -> None:
        """Reset; the n-th COMMIT is not forwarded."""
        self._arm(Fault("before", n, commits_only=True))

    def cut_after_commit(self, n: int = 1) -> None:
        """Reset; the n-th COMMIT is executed and its answer lost: the client cannot know."""
        self._arm(Fault("after", n, commits_only=True))

    def inject(self, k: int, sqlstate: str) -> None:
        """Reset; the k-th round trip is answered with this error (class 57P: and the connection closed)."""
        self.arm(k, f"error:{sqlstate}")

    def inject_at_commit(self, sqlstate: str, n: int = 1) -> None:
        """Reset; the n-th COMMIT fails with this error, and its transaction is gone."""
        self._arm(Fault(f"error:{sqlstate}", n, commits_only=True))

    def delay(self, ms: int) -> None:
        """Hold each thing a client sends (a Query, or Parse … Sync) back for so long; 0 ends it."""
        with self._plan.lock:
            self._plan.delay_ms = ms

    def disconnect_all(self) -> None:
        """Cut all connections that are open."""
        with self._sessions_lock:
            sessions = list(self._sessions.values())
        for session in sessions:
            session.close()

    def refuse(self, refusing: bool = True) -> None:
        """Play a server that is down: cut what is open and close new connections at once."""
        with self._sessions_lock:
            self._is_refusing = refusing
        if refusing:
            self.disconnect_all()

    def sweep(self, run: Callable[[], object], modes: Sequence[str] = ("before", "after")) -> Iterator[tuple[int, str]]:
        """Run once to count its N round trips, then yield (k, mode) for k = 1 … N and each mode.

        The caller arms, runs and checks; afterwards the fault is disarmed. Raises RuntimeError if `run` makes no
        round trip through this proxy: then a sweep would prove nothing.
        """
        self.reset()
        run()
        n = self.round_trips
        if n == 0:
            raise RuntimeError("the run made no round trip through the proxy")
        for k in range(1, n + 1):
            for mode in modes:
                yield k, mode
                self.reset()
