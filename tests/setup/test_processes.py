"""The supervisor: children start in order, stop together, and one that dies is named."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from app.kit import processes
from app.kit.processes import Child, ProcessProblem, Supervisor
from app.kit.settings import ROOT, Settings

SLEEPER = "import signal; signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"


def child(name: str, code: str, **more: float) -> Child:
    return Child(name, [sys.executable, "-c", code], **more)


def run_supervised(settings: Settings, body: str) -> subprocess.Popen[str]:
    """A supervisor in a process of its own, so that signals meet it as they meet the demo."""
    code = textwrap.dedent(
        """
        import sys
        from app.kit import settings
        from app.kit.processes import Child, ProcessProblem, Supervisor
        def child(name, code, **more):
            return Child(name, [sys.executable, "-c", code], **more)
        try:
            with Supervisor(settings.load()) as supervisor:
        {body}
        except ProcessProblem as problem:
            print(problem, file=sys.stderr)
            sys.exit(1)
        """
    ).format(body=textwrap.indent(textwrap.dedent(body).strip(), " " * 8))
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT), "SERAI_VAR_DIR": settings.var_dir},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


TWO = f"""
    print(supervisor.start(child("first", {SLEEPER!r})), flush=True)
    print(supervisor.start(child("second", {SLEEPER!r})), flush=True)
    supervisor.watch()
"""


def read_pids(process: subprocess.Popen[str], number: int) -> list[int]:
    assert process.stdout is not None
    return [int(process.stdout.readline()) for _ in range(number)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_children_and_is_no_fault(fresh: Settings, number: signal.Signals) -> None:
    process = run_supervised(fresh, TWO)
    pids = read_pids(process, 2)
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
    assert [processes.command_line(pid) for pid in pids] == [None, None]


def test_children_stop_last_first(fresh: Settings, folder: Path) -> None:
    order = folder / "order"
    code = (
        "import signal, sys\n"
        "def leave(number, frame):\n"
        f"    open({str(order)!r}, 'a').write(sys.argv[1] + ' ')\n"
        "    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, leave)\n"
        "print('ready', flush=True)\n"
        "signal.pause()\n"
    )
    with Supervisor(fresh) as supervisor:
        for name in ("provider", "web", "worker"):
            made = Child(name, [sys.executable, "-c", code, name])
            supervisor.start(made)
            wait_for_line(supervisor.log_of(made), "ready")
    assert order.read_text().split() == ["worker", "web", "provider"]


def test_one_that_dies_takes_the_rest_along_and_is_named_with_its_log(fresh: Settings) -> None:
    process = run_supervised(
        fresh,
        f"""
        print(supervisor.start(child("web", {SLEEPER!r})), flush=True)
        supervisor.start(child("worker", "print('no queue'); raise SystemExit(3)"))
        supervisor.watch()
        """,
    )
    (pid,) = read_pids(process, 1)
    _, errors = process.communicate(timeout=20)
    log = fresh.var / "log" / "worker.log"
    assert process.returncode == 1
    assert errors == f"worker ended by itself (exit code 3): see {log}.\n"
    assert log.read_text() == "no queue\n"
    assert processes.command_line(pid) is None


def test_a_death_between_two_starts_is_seen_by_check(fresh: Settings) -> None:
    with Supervisor(fresh) as supervisor:
        supervisor.check()
        pid = supervisor.start(child("web", SLEEPER))
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(ProcessProblem, match=r"web ended by itself \(signal 9\)"):
            supervisor.watch()


def test_a_child_that_does_not_listen_is_killed_after_its_grace(fresh: Settings) -> None:
    with Supervisor(fresh) as supervisor:
        made = child("deaf", STUBBORN, grace_s=0.2)
        pid = supervisor.start(made)
        wait_for_line(supervisor.log_of(made), "deaf")
    assert processes.command_line(pid) is None


def test_a_second_signal_does_not_wait_for_the_grace(fresh: Settings) -> None:
    process = run_supervised(
        fresh,
        f"""
        made = child("deaf", {STUBBORN!r}, grace_s=300.0)
        print(supervisor.start(made), flush=True)
        supervisor.watch()
        """,
    )
    (pid,) = read_pids(process, 1)
    wait_for_line(fresh.var / "log" / "deaf.log", "deaf")
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    process.communicate()
    assert processes.command_line(pid) is None


def test_only_one_supervisor_runs_in_a_folder(fresh: Settings) -> None:
    with (
        Supervisor(fresh),
        pytest.raises(ProcessProblem, match=f"running from this folder already .process {os.getpid()}"),
        Supervisor(fresh),
    ):
        pass


def test_what_a_killed_supervisor_left_is_stopped_by_the_next_one(fresh: Settings) -> None:
    process = run_supervised(fresh, TWO)
    pids = read_pids(process, 2)
    process.kill()
    process.communicate()
    assert all(processes.command_line(pid) for pid in pids)
    with Supervisor(fresh):
        assert [processes.command_line(pid) for pid in pids] == [None, None]


def test_a_recorded_number_that_belongs_to_another_program_now_is_left_alone(fresh: Settings) -> None:
    run = fresh.var / "run"
    run.mkdir(parents=True)
    stranger = subprocess.Popen([sys.executable, "-c", SLEEPER])
    try:
        (run / "web.json").write_text(f'{{"pid": {stranger.pid}, "command": "{"0" * 64}"}}')
        with Supervisor(fresh):
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_program_that_does_not_exist_is_one_sentence(fresh: Settings) -> None:
    with Supervisor(fresh) as supervisor, pytest.raises(ProcessProblem, match="web cannot be started: No such file"):
        supervisor.start(Child("web", ["/no/such/program"]))


def test_a_port_in_use_is_named_with_the_option_that_chooses_another() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(ProcessProblem, match=f"Port {port} cannot be used .*choose another with --port"):
            processes.check_ports({"--port": port})
    processes.check_ports({"--port": port})
    with pytest.raises(ProcessProblem, match="Port 70000 cannot be used"):
        processes.check_ports({"--port": 70000})


def wait_for_line(log: Path, line: str) -> None:
    deadline = time.monotonic() + 20
    while log.read_text() != f"{line}\n":
        assert time.monotonic() < deadline, f"{log} does not say {line!r}"
        time.sleep(0.02)


def test_a_secret_in_a_command_is_not_kept_on_disk(fresh: Settings) -> None:
    with Supervisor(fresh) as supervisor:
        supervisor.start(Child("web", [sys.executable, "-c", SLEEPER, "--secret", "whsec_5e65"]))
        kept = [path.read_text() for path in (fresh.var / "run").iterdir()]
        assert len(kept) == 2
        assert not any("whsec_5e65" in text for text in kept)
