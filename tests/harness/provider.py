"""The sandbox provider as a process of its own, and a merchant's webhook receiver, for tests on both sides."""

from __future__ import annotations

import http.client
import http.server
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urlsplit

from standardwebhooks import Webhook

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_aGFybmVzcy1vbmx5LXdlYmhvb2stc2VjcmV0"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the provider. A reply that never came raises instead."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class SandboxProvider:
    """`start`, `stop`, `kill` and calls over HTTP; `port` 0 takes a free one, kept over restarts."""

    def __init__(self, folder: Path, secret: str = SECRET) -> None:
        self.folder = folder
        self.secret = secret
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Raises RuntimeError if it does not say where it listens."""
        command = [sys.executable, "-m", "sandbox_provider", "--state", str(self.folder), "--secret", self.secret]
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line.startswith("sandbox payment provider: http://127.0.0.1:"):
            raise RuntimeError(f"the provider did not start: {line!r}")
        self.port = int(line.split(":")[3].split("/")[0])

    def stop(self) -> None:
        self._end(subprocess.Popen.terminate)

    def kill(self) -> None:
        """SIGKILL: nothing may depend on a farewell."""
        self._end(subprocess.Popen.kill)

    def _end(self, how: Callable[[subprocess.Popen[str]], None]) -> None:
        process, self._process = self._process, None
        if process is not None:
            how(process)
            process.wait(10)
            if process.stdout:
                process.stdout.close()

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        key: str = "",
        timeout_s: float = 10,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One call. Raises OSError or http.client.HTTPException where no answer came."""
        sent = {"Authorization": "Bearer test"} | dict(headers or {})
        if key:
            sent["Idempotency-Key"] = key
        if isinstance(body, str):
            data: bytes | None = body.encode()
        else:
            data = None if body is None else json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        try:
            connection.request(method, path, data, sent)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def press(self, payment_id: str, choice: str = "pay", timeout_s: float = 10) -> Answer:
        """What the shopper's browser sends from the hosted page."""
        return self.call(
            "POST",
            f"/pay/{payment_id}",
            urlencode({"choice": choice}),
            timeout_s=timeout_s,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )

    def clear(self) -> None:
        """Empty books, no rules."""
        if self.call("DELETE", "/control/books").status != 200:
            raise RuntimeError("the books could not be emptied")

    def rule(self, behaviour: object, **scope: object) -> None:
        """Add a rule; without scope it is the default."""
        answer = self.call("POST", "/control/rules", {"behaviour": behaviour, **scope})
        if answer.status != 201:
            raise RuntimeError(answer.body.decode())


@dataclass(frozen=True, slots=True)
class Arrival:
    """One webhook that arrived: verified document, webhook-id, when."""

    event: dict[str, Any]
    webhook_id: str
    at_s: float


class Merchant:
    """A merchant's webhook address that verifies every signature; `status` is what it answers."""

    def __init__(self, secret: str = SECRET) -> None:
        self.status = 200
        self._webhook = Webhook(secret)
        self._changed = threading.Condition()
        self._arrivals: list[Arrival] = []
        self._refused: list[str] = []
        merchant = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(merchant.receive(self.path, dict(self.headers.items()), body))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> Merchant:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """By a name below localhost, as a storefront has one."""
        return f"http://shop.localhost:{self._server.server_port}/callbacks/payments/sandbox"

    def receive(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Raises WebhookVerificationError, which the provider sees as a broken connection."""
        document = self._webhook.verify(body, headers)
        with self._changed:
            host = {name.lower(): text for name, text in headers.items()}["host"]
            if self.status >= 300 or host != urlsplit(self.url).netloc or path != urlsplit(self.url).path:
                self._refused.append(document["id"])
                self._changed.notify_all()
                return self.status if self.status >= 300 else 404
            self._arrivals.append(Arrival(document, headers["webhook-id"], time.monotonic()))
            self._changed.notify_all()
            return self.status

    @property
    def arrivals(self) -> list[Arrival]:
        with self._changed:
            return list(self._arrivals)

    @property
    def types(self) -> list[str]:
        return [arrival.event["type"] for arrival in self.arrivals]

    def wait_for(self, n: int, timeout_s: float = 10) -> list[Arrival]:
        """The first n webhooks taken. Raises TimeoutError."""
        return self._wait(self._arrivals, n, timeout_s)

    def wait_for_refused(self, n: int, timeout_s: float = 10) -> list[str]:
        """Event ids of the first n webhooks that were answered with an error."""
        return self._wait(self._refused, n, timeout_s)

    def _wait(self, items: list[Any], n: int, timeout_s: float) -> list[Any]:
        with self._changed:
            if not self._changed.wait_for(lambda: len(items) >= n, timeout_s):
                raise TimeoutError(f"{len(items)} of {n} webhooks within {timeout_s} s")
            return items[:n]
