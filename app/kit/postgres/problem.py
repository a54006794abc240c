"""Faults of the embedded server, in one line each."""

from __future__ import annotations

import errno
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

FULL = "The disk is full: the embedded database needs about 200 MB under var/. Make room and start again."
SEVERE = re.compile(r"(?:FATAL|ERROR|PANIC|error):\s*(.*)")
NAMELESS = re.compile(r"could not look up effective user ID (\d+)")


class PostgresProblem(Exception):
    """The embedded server cannot do what was asked: one sentence that says why and what to do."""


@contextmanager
def in_one_line() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise PostgresProblem(FULL) from error
        if error.errno in (errno.EACCES, errno.EPERM):
            raise PostgresProblem(
                f"{error.filename} belongs to another user: run as that one, or remove it."
            ) from error
        raise PostgresProblem(f"The embedded database failed: {error}.") from error
    except subprocess.TimeoutExpired as error:
        raise PostgresProblem(f"The embedded database is silent for {error.timeout:.0f} s.") from error


def problem(what: str, said: str) -> PostgresProblem:
    """The fault behind what one of the server's programs printed."""
    if "No space left on device" in said:
        return PostgresProblem(FULL)
    if found := NAMELESS.search(said):
        return PostgresProblem(f"PostgreSQL needs a named user, and {found.group(1)} has no entry in /etc/passwd.")
    return PostgresProblem(f"{what}: {last_line(said)}")


def last_line(said: str) -> str:
    """The line that tells most, without its time: the last one with a severity, else the last one."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [found.group(1) for line in lines if (found := SEVERE.search(line))]
    return (telling or lines or ["no reason given"])[-1]
