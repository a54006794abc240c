"""The scripts of `bin/` on a machine that lacks something: one clear line, no traceback, the right exit code."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from app.kit.settings import ROOT

SCRIPTS = ["bin/demo", "bin/serai", "bin/test", "bin/environment.sh", ".ci/run"]
NAMES = ["python3.13", "python3.12", "python3.11", "python3", "python"]
LOCK = "one==1\ntwo==2\nthree==3\n"
PIP = """\
#!/bin/sh
# Stands for a Python with pip: makes an environment that prints its arguments, and notes each call.
case "$*" in
  *version_info*sys.exit*) exit 0 ;;
  *version_info*) echo 3.12 ;;
  *" install "*) echo install >>"$CALLS"; {install} ;;
  *"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  *app.faces.cli*) echo "ran $*" ;;
esac
"""


@pytest.fixture
def clone(folder: Path) -> Path:
    """The scripts and two short locks, as in a fresh clone."""
    shutil.copytree(ROOT / "bin", folder / "bin")
    (folder / "requirements").mkdir()
    (folder / "requirements" / "app.lock").write_text(LOCK)
    (folder / "requirements" / "dev.lock").write_text(LOCK + "four==4\n")
    return folder


def install_python(clone: Path, text: str) -> dict[str, str]:
    """Put a program under every name of Python in front of the path; the environment that finds no other."""
    programs = clone / "programs"
    programs.mkdir(exist_ok=True)
    for name in [*NAMES, "uv"]:
        program = programs / name
        program.write_text("#!/bin/sh\nexit 1\n" if name == "uv" else text)
        program.chmod(0o755)
    path = f"{programs}:{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(clone), "CALLS": str(clone / "calls")}


def run(clone: Path, environ: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(clone / command[0]), *command[1:]], env=environ, cwd="/", capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_is_bash_that_parses(script: str) -> None:
    done = subprocess.run(["bash", "-n", str(ROOT / script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert os.access(ROOT / script, os.X_OK) != script.endswith(".sh")


@pytest.mark.parametrize("version", ["3.10", "3.14", "2.7"])
def test_another_python_is_one_line_and_exit_code_2(clone: Path, version: str) -> None:
    environ = install_python(clone, f"#!/bin/sh\necho {version}\n")
    done = run(clone, environ, "bin/demo")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Serai needs Python 3.11, 3.12 or 3.13 (found: {version}): install one")
    assert not (clone / ".venv").exists()


def test_no_python_at_all_is_the_same_line(clone: Path) -> None:
    done = run(clone, install_python(clone, "#!/bin/sh\nexit 127\n"), "bin/serai")
    assert done.returncode == 2
    assert "(found: none)" in done.stderr


def test_the_first_start_installs_and_the_second_only_runs(clone: Path) -> None:
    environ = install_python(clone, PIP.replace("{install}", "exit 0"))
    first = run(clone, environ, "bin/demo", "--port", "8001")
    assert (first.returncode, first.stdout) == (0, "ran -m app.faces.cli demo --port 8001\n")
    assert (clone / "calls").read_text().split() == ["install"] * 3
    took = []
    for _ in range(3):
        began = time.monotonic()
        second = run(clone, environ, "bin/serai", "db", "status")
        took.append(time.monotonic() - began)
        assert (second.stdout, second.stderr) == ("ran -m app.faces.cli db status\n", "")
    assert min(took) < 0.3
    assert (clone / "calls").read_text().split() == ["install"] * 3


def test_a_changed_lock_is_installed_again(clone: Path) -> None:
    environ = install_python(clone, PIP.replace("{install}", "exit 0"))
    run(clone, environ, "bin/demo")
    (clone / "requirements" / "app.lock").write_text(LOCK.replace("one==1", "one==1.1"))
    run(clone, environ, "bin/demo")
    assert (clone / "calls").read_text().split() == ["install"] * 6


def test_two_starts_at_once_install_once(clone: Path) -> None:
    environ = install_python(clone, PIP.replace("{install}", "sleep 0.5"))
    command = [str(clone / "bin" / "demo")]
    both = [subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    outputs = [process.communicate()[0] for process in both]
    assert outputs == [b"ran -m app.faces.cli demo\n"] * 2
    assert (clone / "calls").read_text().split() == ["install"] * 3


def test_an_interrupted_installation_is_begun_anew(clone: Path) -> None:
    environ = install_python(clone, PIP.replace("{install}", "exit 0"))
    run(clone, environ, "bin/demo")
    half = clone / ".venv" / "lib" / "half"
    half.mkdir(parents=True)
    (clone / ".venv" / "unfinished").touch()
    done = run(clone, environ, "bin/demo")
    assert done.returncode == 0
    assert not half.exists()
    assert not (clone / ".venv" / "unfinished").exists()
    assert (clone / "calls").read_text().split() == ["install"] * 6


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("NewConnectionError: Temporary failure in name resolution", "The package index cannot be reached"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "A package differs from the one that was locked"),
        ("ERROR: something else", "Last line: ERROR: something else"),
    ],
)
def test_a_failed_installation_is_one_line_and_is_tried_again(clone: Path, said: str, line: str) -> None:
    environ = install_python(clone, PIP.replace("{install}", f"echo '{said}' >&2; exit 1"))
    done = run(clone, environ, "bin/demo")
    assert done.returncode == 1
    assert line in done.stderr.splitlines()[-1]
    assert len(done.stderr.splitlines()) == 2
    healed = install_python(clone, PIP.replace("{install}", "exit 0"))
    assert run(clone, healed, "bin/demo").returncode == 0


def test_one_installation_of_the_larger_lock_serves_the_smaller(clone: Path) -> None:
    environ = install_python(clone, PIP.replace("{install}", "exit 0"))
    command = ["bash", "-c", ". bin/environment.sh; prepare dev; prepare app"]
    subprocess.run(command, cwd=clone, env=environ, check=True, capture_output=True)
    assert (clone / "calls").read_text().split() == ["install"] * 3
