"""gunicorn runs by our configuration: threads, one import, and each worker told that it was forked."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from app.kit.settings import ROOT, Settings


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(fresh: Settings, port: int) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gunicorn",
            "-c",
            "config/gunicorn.conf.py",
            "tests.setup.small_application:application",
        ],
        cwd=ROOT,
        env={**os.environ, "PORT": str(port), "SERAI_WEB_WORKERS": "1", "SERAI_VAR_DIR": fresh.var_dir},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    seen = []
    for line in process.stderr:
        seen.append(line)
        if "Booting worker" in line:
            break
    assert process.poll() is None, "".join(seen)
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_a_worker_is_told_of_the_fork_and_shares_the_import(server: subprocess.Popen[str], port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/")
    answer = connection.getresponse()
    found = json.loads(answer.read())
    assert found["loaded_in"] == server.pid
    assert found["pid"] != server.pid
    assert found["told_in"] == [found["pid"]]
    assert found["is_threaded"] is True
    connection.request("GET", "/")
    assert json.loads(connection.getresponse().read())["pid"] == found["pid"]
    connection.close()


def test_a_browser_that_keeps_its_connection_does_not_hold_up_the_stop(
    server: subprocess.Popen[str], port: int
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/")
    connection.getresponse().read()
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=8) == 0
    connection.close()


def test_only_this_machine_reaches_the_demo(server: subprocess.Popen[str], port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.2", port), timeout=5):
        pass
