"""The mutation run: take away one guard at a time, on a copy of the tree, and see that its named tests fail.

`python -m tests.harness.mutation [WORD…]` runs the guards whose name contains one of the words, or all.
"""

from __future__ import annotations

import compileall
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode

from tests.harness.guards import GUARDS, Guard

ROOT = Path(__file__).resolve().parents[2]
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", "var", "node_modules", "__pycache__", "*.pyc", ".*_cache", ".hypothesis", "*.egg-info"
)
TIMEOUT_S = 600
PASSED, FAILED = 0, 1
LAST_LINES = 12


@dataclass(frozen=True, slots=True)
class Verdict:
    """`killed`: the tests pass with the guard and fail without it. Otherwise `reason` says what is wrong."""

    guard: Guard
    killed: bool
    reason: str


def faults(guards: Iterable[Guard], root: Path) -> list[str]:
    """What is wrong with the list itself, without running a test: a line each, empty if all is well."""
    guards = list(guards)
    lines = [f"{name}: listed {n} times" for name, n in Counter(guard.name for guard in guards).items() if n > 1]
    for guard in guards:
        path = root / guard.file
        if not path.is_file():
            lines.append(f"{guard.name}: no file {guard.file}")
            continue
        found = path.read_text(encoding="utf-8").count(guard.snippet) if guard.snippet else 0
        if found != 1:
            lines.append(f"{guard.name}: the snippet stands {found} times in {guard.file}, not once")
        if guard.snippet == guard.replacement:
            lines.append(f"{guard.name}: the replacement is the snippet")
        if not guard.tests:
            lines.append(f"{guard.name}: names no test")
        lines += [
            f"{guard.name}: no file {test.split('::')[0]}"
            for test in guard.tests
            if not (root / test.split("::")[0]).is_file()
        ]
    return lines


@contextmanager
def copied(root: Path) -> Iterator[Path]:
    """A copy of the tree in a temporary folder; the tree itself is never changed."""
    folder = Path(tempfile.mkdtemp(prefix="mutation-"))
    try:
        # The copied tests may start a server as another user, who has to be able to walk down here.
        folder.chmod(0o755)
        shutil.copytree(root, folder / root.name, ignore=NOT_COPIED, symlinks=True)
        # Known by the hash of its source, compiled code cannot be taken for that of a mutated file.
        compileall.compile_dir(folder / root.name, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
        yield folder / root.name
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_tests(copy: Path, root: Path, tests: Sequence[str]) -> tuple[int, str]:
    """Exit status of pytest in the copy, and its output. -1 = did not end in time."""
    environment = os.environ | {
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SERAI_LONG": "",
        "SERAI_FIGURES": "",
        "SERAI_DATA": os.environ.get("SERAI_DATA") or str((root / ".." / "shared" / "data").resolve()),
    }
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return -1, f"no end after {TIMEOUT_S} s"
    return done.returncode, done.stdout + done.stderr


def has_failed_by_assertion(status: int, output: str) -> bool:
    """A test failed. An error of collection or of a fixture does not count: it says nothing about the guard."""
    return status == FAILED and re.search(r"^(FAILED |=*\s*\d+ failed)", output, re.MULTILINE) is not None


def tail(output: str) -> str:
    return "\n".join(output.strip().splitlines()[-LAST_LINES:])


def prove(guards: Sequence[Guard], copy: Path, root: Path) -> frozenset[str]:
    """The tests of all guards in one run, if all pass with everything in place: then none needs to be asked again
    for each of its guards. Empty if one does not: then each guard finds out for itself."""
    tests = sorted({test for guard in guards for test in guard.tests})
    status, _ = run_tests(copy, root, tests)
    return frozenset(tests) if status == PASSED else frozenset()


def try_guard(guard: Guard, copy: Path, root: Path, proven: frozenset[str] = frozenset()) -> Verdict:
    """Run the tests with the guard (unless they are proven to pass), take it away, run them again, put it back."""
    path = copy / guard.file
    source = path.read_text(encoding="utf-8")
    mutated = source.replace(guard.snippet, guard.replacement)
    if path.suffix == ".py":
        try:
            compile(mutated, guard.file, "exec")
        except SyntaxError as error:
            return Verdict(guard, False, f"the mutated file does not compile: {error}")
    status, output = (PASSED, "") if proven.issuperset(guard.tests) else run_tests(copy, root, guard.tests)
    if status != PASSED:
        return Verdict(guard, False, f"the tests do not pass with the guard in place:\n{tail(output)}")
    path.write_text(mutated, encoding="utf-8")
    try:
        status, output = run_tests(copy, root, guard.tests)
    finally:
        path.write_text(source, encoding="utf-8")
    if has_failed_by_assertion(status, output):
        return Verdict(guard, True, "")
    if status == PASSED:
        return Verdict(guard, False, "the tests pass without the guard")
    return Verdict(guard, False, f"the tests broke instead of failing:\n{tail(output)}")


def run(guards: Sequence[Guard], root: Path) -> Iterator[Verdict]:
    """A verdict for each guard, in order. Raises ValueError if the list itself is wrong."""
    lines = faults(guards, root)
    if lines:
        raise ValueError("\n".join(lines))
    with copied(root) as copy:
        proven = prove(guards, copy, root) if len(guards) > 1 else frozenset[str]()
        for guard in guards:
            yield try_guard(guard, copy, root, proven)


def main(words: Sequence[str]) -> int:
    """Exit status: 0 all killed, 1 a guard survived its removal, 2 the list is wrong."""
    chosen = [guard for guard in GUARDS if not words or any(word in guard.name for word in words)]
    survivors = 0
    try:
        for number, verdict in enumerate(run(chosen, ROOT), 1):
            survivors += not verdict.killed
            print(
                f"{number}/{len(chosen)} {'killed' if verdict.killed else 'SURVIVED'} {verdict.guard.name}", flush=True
            )
            if not verdict.killed:
                print(f"    {verdict.reason}", flush=True)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(chosen)} guards, {survivors} survived")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
