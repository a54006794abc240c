"""Several processes run as one: started in order, watched, and stopped together.

`serai demo` runs the sandbox provider, the web server and the worker this way. Nothing is restarted here: a process
that ends by itself is a fault to be seen, not to be hidden. In production the system's own supervisor does this.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import queue
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Any, NoReturn

from app.kit.settings import Settings

LOG_LIMIT_BYTES = 10_000_000


class ProcessProblem(Exception):
    """A process cannot be started or ended by itself: one sentence that says which and what to do."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process to run. `environ` is added to ours; after `grace_s` seconds of stopping it is killed."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)
    grace_s: float = 10.0


def check_ports(ports: Mapping[str, int]) -> None:
    """Make sure that nobody listens on these loopback ports, given by the option or setting that chooses each.

    Ask inside the supervisor's block, which first stops what a killed one left. Raises `ProcessProblem`.
    """
    for option, port in ports.items():
        with socket.socket() as probe:
            # As the servers do it: a connection that was closed a moment ago does not block the port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError) as error:
                reason = error.strerror if isinstance(error, OSError) else "no such port"
                raise ProcessProblem(f"Port {port} cannot be used ({reason}): choose another with {option}.") from None


def become(command: Sequence[str], environ: Mapping[str, str], folder: Path) -> NoReturn:
    """Replace this process by another one in a folder; `environ` is added to ours."""
    os.chdir(folder)
    os.execve(command[0], list(command), {**os.environ, **environ})


def command_line(pid: int) -> str | None:
    """The words a living process was started with, joined by blanks; None when there is no such process."""
    if Path("/proc/self/cmdline").exists():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return None
        # A process that has ended and was not yet waited for has no words left.
        return " ".join(words).strip() or None
    shown = subprocess.run(
        ["ps", "-ww", "-p", str(pid), "-o", "args="], capture_output=True, text=True, check=False, timeout=10
    )
    return shown.stdout.strip() or None


class Supervisor:
    """Runs children for the length of a `with` block and stops them, last first, at its end.

    SIGINT and SIGTERM end the block quietly, wherever it stands; a second one kills at once. Output goes to
    `var/log/<name>.log`. Only one may run per `var` folder; what a killed one left behind is stopped first.
    """

    def __init__(self, settings: Settings) -> None:
        self._logs = settings.var / "log"
        self._run = settings.var / "run"
        self._started: list[tuple[Child, subprocess.Popen[bytes]]] = []
        self._ended: queue.SimpleQueue[Child] = queue.SimpleQueue()
        self._lock: IO[str] | None = None
        self._handlers: dict[int, Any] = {}
        self._is_starting = False
        self._is_interrupted = False

    def __enter__(self) -> Supervisor:
        try:
            self._logs.mkdir(parents=True, exist_ok=True)
            self._run.mkdir(parents=True, exist_ok=True)
            self._take_lock()
            self._stop_leftovers()
        except OSError as error:
            raise ProcessProblem(f"{error.filename}: {error.strerror}.") from error
        for number in (signal.SIGINT, signal.SIGTERM):
            self._handlers[number] = signal.signal(number, self._interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        try:
            self.stop()
        finally:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
            if self._lock is not None:
                self._lock.close()
        return kind is not None and issubclass(kind, KeyboardInterrupt)

    def start(self, child: Child) -> int:
        """Start a child in a session of its own, so that Ctrl-C reaches it through us only. Returns its pid."""
        log = self.log_of(child)
        # An interruption between the birth of a child and its entry in our list would leave it behind.
        self._is_starting = True
        try:
            if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
                log.replace(log.with_suffix(".log.1"))
            with log.open("ab") as output:
                process = subprocess.Popen(
                    list(child.command),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **child.environ},
                    start_new_session=True,
                )
            self._started.append((child, process))
            record = {"pid": process.pid, "command": _fingerprint(" ".join(child.command))}
            (self._run / f"{child.name}.json").write_text(json.dumps(record), encoding="utf-8")
        except OSError as error:
            raise ProcessProblem(f"{child.name} cannot be started: {error.strerror}: {error.filename}.") from error
        finally:
            self._is_starting = False
        threading.Thread(target=self._await, args=(child, process), daemon=True).start()
        if self._is_interrupted:
            raise KeyboardInterrupt
        return process.pid

    def watch(self) -> None:
        """Wait until a signal ends the block. Raises `ProcessProblem` when a child ends by itself."""
        self._report(self._ended.get())

    def check(self) -> None:
        """Raise `ProcessProblem` when a child has ended by itself; for use between two starts."""
        try:
            self._report(self._ended.get_nowait())
        except queue.Empty:
            return

    def stop(self) -> None:
        """Ask each child to end, last started first; kill it after its grace, or when we are interrupted again."""
        impatient = False
        while self._started:
            child, process = self._started[-1]
            try:
                process.terminate()
                process.wait(0 if impatient else child.grace_s)
            except subprocess.TimeoutExpired:
                _kill_group(process.pid)
                process.wait()
            except KeyboardInterrupt:
                impatient = True
                continue
            self._started.pop()
            (self._run / f"{child.name}.json").unlink(missing_ok=True)

    def log_of(self, child: Child) -> Path:
        return self._logs / f"{child.name}.log"

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._is_interrupted = True
        if not self._is_starting:
            raise KeyboardInterrupt

    def _await(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        self._ended.put(child)

    def _report(self, child: Child) -> None:
        code = next(process.returncode for known, process in self._started if known is child)
        how = f"exit code {code}" if code >= 0 else f"signal {-code}"
        raise ProcessProblem(f"{child.name} ended by itself ({how}): see {self.log_of(child)}.")

    def _take_lock(self) -> None:
        lock = (self._run / "supervisor").open("a+", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            pid = lock.read().strip()
            lock.close()
            raise ProcessProblem(f"Serai is running from this folder already (process {pid}): stop it first.") from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock

    def _stop_leftovers(self) -> None:
        """Stop what a killed supervisor left running, recognised by its whole command line."""
        for path in sorted(self._run.glob("*.json")):
            try:
                record = json.loads(path.read_text(encoding="utf-8"))
                pid, fingerprint = int(record["pid"]), str(record["command"])
            except (ValueError, KeyError, TypeError):
                path.unlink()
                continue
            line = command_line(pid)
            if line is not None and _fingerprint(line) == fingerprint:
                _kill_group(pid)
                _wait_for_end(pid, line)
            path.unlink()


def _fingerprint(command: str) -> str:
    """What is kept of a command line on disk: enough to know it again, and no secret that stands in it."""
    return hashlib.sha256(command.encode()).hexdigest()


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _wait_for_end(pid: int, command: str) -> None:
    """A killed process frees its port only when it is gone."""
    pause = threading.Event()
    for _ in range(100):
        if command_line(pid) != command:
            return
        pause.wait(0.05)
    raise ProcessProblem(f"Process {pid}, left by an earlier run, does not end: stop it and start again.")
