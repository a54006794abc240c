"""The real web server as a process of its own: gunicorn with its workers, as it is run in earnest."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO
from urllib.parse import urlencode

from app.kit.scope import Scope
from tests.factories.orders import ADDRESSES
from tests.harness.cluster import free_port
from tests.harness.race import Request, Response, race

from . import shop

ROOT = Path(__file__).resolve().parents[2]
START_S = 120.0
NOBODY_LISTENS = 9


@dataclass(slots=True)
class Server:
    """`start`, `stop` and requests over HTTP. `environ` is added to the environment of the process.

    `is_deaf`: it tells the provider an address at which nobody listens, so that no message ever reaches it.
    """

    environ: Mapping[str, str]
    log: Path
    is_deaf: bool = False
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None
    _log_file: IO[bytes] | None = None

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Raises RuntimeError with the end of its log if it does not get ready; then nothing is left running."""
        self._log_file = self.log.open("ab")
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.conf.py"),
                *("--bind", f"127.0.0.1:{self.port}", "wsgi:app"),
            ],
            cwd=ROOT,
            env=os.environ | dict(self.environ) | {"PORT": str(NOBODY_LISTENS if self.is_deaf else self.port)},
            stdout=self._log_file,
            stderr=self._log_file,
        )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._is_ready():
                return
            threading.Event().wait(0.1)
        self.stop()
        raise RuntimeError(f"the web server did not start:\n{self.log.read_text(errors='replace')[-3000:]}")

    def _is_ready(self) -> bool:
        try:
            return self.send(Request("GET", "/readyz"), "localhost", timeout_s=2).status == 200
        except OSError:
            return False

    def stop(self) -> None:
        """At once: nothing may depend on a farewell (gunicorn: SIGQUIT is the quick end of master and workers)."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(15)
            self._process = None
        if self._log_file is not None:
            self._log_file.close()

    def restart(self) -> None:
        self.stop()
        self.start()

    def workers(self) -> list[int]:
        """Process ids of the workers now (Linux: proc(5), `children`)."""
        assert self._process is not None
        pid = self._process.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def has_lost(self, worker: int, timeout_s: float = 10) -> bool:
        """Whether the worker is gone, its end noticed by its master, within the time."""
        deadline = time.monotonic() + timeout_s
        while worker in self.workers() and time.monotonic() < deadline:
            threading.Event().wait(0.05)
        return worker not in self.workers()

    def address(self, scope: Scope) -> str:
        assert scope.tenant is not None
        return f"{scope.tenant.slug}.localhost:{self.port}"

    def send(self, request: Request, host: str, timeout_s: float = 30) -> Response:
        """One request. Status 0 = no answer came: then nobody knows what was done."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        try:
            connection.request(request.method, request.path, request.body, {"Host": host, **request.headers})
            answer = connection.getresponse()
            headers = {name.lower(): text for name, text in answer.getheaders()}
            return Response(answer.status, headers, answer.read())
        except (TimeoutError, http.client.HTTPException, ConnectionResetError, BrokenPipeError) as error:
            return Response(0, {}, b"", f"{type(error).__name__}: {error}")
        finally:
            connection.close()

    def race(self, requests: list[Request], timeout_s: float = 120) -> list[Response]:
        """All at once, by their last byte."""
        return race(requests, "127.0.0.1", self.port, timeout_s, settle_s=0.3)

    def order_request(self, scope: Scope, errand: shop.Errand) -> Request:
        """What the browser sends when the shopper presses *order*."""
        assert scope.tenant is not None
        given = errand.given
        fields = {
            "email": given.email,
            "phone": given.phone,
            **ADDRESSES[scope.tenant.market],
            "delivery": given.delivery_code,
            "gateway": given.gateway,
            "expected_total_minor": str(given.expected_total_minor),
            "idempotency_key": given.idempotency_key,
        }
        headers = {
            "Host": self.address(scope),
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"cart={errand.cart_token}",
            "Sec-Fetch-Site": "same-origin",
        }
        return Request("POST", "/checkout", headers, urlencode(fields).encode())

    def order(self, scope: Scope, errand: shop.Errand, timeout_s: float = 60) -> Response:
        return self.send(self.order_request(scope, errand), self.address(scope), timeout_s)

    def get(self, scope: Scope, address: str) -> Response:
        """A page of the storefront by its path or whole address."""
        path = "/" + address.split("//", 1)[-1].partition("/")[2] if "//" in address else address
        return self.send(Request("GET", path), self.address(scope))
