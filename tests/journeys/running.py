"""A demo in processes of its own, for journeys and for pictures."""

from __future__ import annotations

import email
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT_S = 240
CHROMIUM = os.environ.get("SERAI_BROWSER", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.localhost 127.0.0.1",
]


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo."""

    port: int
    var: Path
    environ: dict[str, str]

    def url(self, host: str, path: str = "/") -> str:
        return f"http://{host}.localhost:{self.port}{path}"

    @property
    def password(self) -> str:
        return (self.var / "demo-password").read_text(encoding="utf-8")

    def letters(self, slug: str) -> list[EmailMessage]:
        """What was sent for a tenant, oldest first."""
        files = sorted((self.var / "outbox" / slug).glob("*.eml"))
        return [email.message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=default) for file in files]

    def wait_for_letter(self, slug: str, words: str, known: Collection[str], limit_s: float = 45) -> EmailMessage:
        """The letter whose subject has these words, and whose Message-ID is not known from before."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            for letter in self.letters(slug):
                if words in str(letter["Subject"]) and str(letter["Message-ID"]) not in known:
                    return letter
            time.sleep(0.3)
        raise AssertionError(f"no letter with {words!r}: {[str(one['Subject']) for one in self.letters(slug)]}")

    def run(self, *arguments: str, expect: int = 0) -> str:
        """A command of `serai` against this demo."""
        command = [sys.executable, "-m", "app.faces.cli", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=300)
        assert done.returncode == expect, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_demo() -> Iterator[Demo]:
    """`serai demo` on free ports, ready."""
    var = Path(tempfile.mkdtemp(prefix="serai-journey-"))
    var.chmod(0o755)
    port = _free_port()
    environ = {
        **os.environ,
        "SERAI_VAR_DIR": str(var),
        "PORT": str(port),
        "SERAI_SANDBOX_PROVIDER_URL": f"http://127.0.0.1:{_free_port()}",
    }
    environ.pop("DATABASE_URL", None)
    with (var / "demo.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.faces.cli", "demo"], cwd=ROOT, env=environ, stdout=log, stderr=log
        )
    try:
        _wait_until_ready(process, port, var)
        yield Demo(port, var, environ)
    finally:
        process.terminate()
        process.wait(60)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, var: Path) -> None:
    end = time.monotonic() + START_LIMIT_S
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"the demo is not ready:\n{(var / 'demo.log').read_text()[-3000:]}")
