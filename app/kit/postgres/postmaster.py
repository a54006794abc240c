"""Recognising, awaiting and asking the running postmaster."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from app.kit.postgres.place import WAIT_S, Place
from app.kit.postgres.problem import PostgresProblem, last_line
from app.kit.processes import command_line

OWNER = "serai"
DATABASE = "serai"


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What PostgreSQL wrote into its pid file: `status` is starting, ready or stopping."""

    pid: int
    port: int
    status: str


def read_postmaster(data: Path) -> Postmaster | None:
    """The postmaster of this data folder by its pid file, if that process lives and is indeed one."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        said = lines[7].strip() if len(lines) > 7 else "starting"
        postmaster = Postmaster(int(lines[0]), int(lines[3]), said)
    except (FileNotFoundError, ValueError, IndexError):
        return None
    return postmaster if _is_postmaster(postmaster.pid, data) else None


def _is_postmaster(pid: int, data: Path) -> bool:
    """Compare the command line: after a crash or a reboot the number may belong to another program."""
    line = command_line(pid)
    return line is not None and f"/postgres -D {data} " in f"{line} "


def settled_postmaster(place: Place) -> Postmaster | None:
    """The running postmaster; one that is starting (a starter was killed) or stopping is waited for."""

    def settled() -> bool:
        found = read_postmaster(place.data)
        return found is None or found.status == "ready"

    if not _wait_until(settled, WAIT_S):
        raise PostgresProblem(f"The embedded database starts or stops for over {WAIT_S} s: see {place.log}.")
    return read_postmaster(place.data)


def _wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            return False
        pause.wait(0.05)
    return True


def connect(port: int, password: str) -> psycopg.Connection:
    """Log in as the owner, to the database that always exists."""
    try:
        return psycopg.connect(
            host="127.0.0.1",
            port=port,
            dbname="postgres",
            user=OWNER,
            password=password,
            autocommit=True,
            connect_timeout=10,
        )
    except psycopg.OperationalError as error:
        reason = last_line(str(error))
        raise PostgresProblem(f"The embedded database refuses its owner: {reason}") from error


def url(port: int, password: str) -> str:
    return f"postgresql://{OWNER}:{password}@127.0.0.1:{port}/{DATABASE}"
