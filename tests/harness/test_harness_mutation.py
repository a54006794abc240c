"""The mutation run on a toy tree: it tells a guard that is tested from one that is not, and leaves the tree alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from .guards import GUARDS, Guard
from .mutation import ROOT, Verdict, faults, run

STOCK = """\
def take(level: int, quantity: int) -> int:
    if quantity > level:
        raise ValueError("too few")
    if quantity < 1:
        raise ValueError("nothing")
    return level - quantity
"""
TESTS = """\
import pytest
from shop.stock import take


@pytest.fixture
def level():
    return take(6, 1)


def test_last_unit(level):
    with pytest.raises(ValueError):
        take(level, 6)


def test_rest(level):
    assert take(level, 2) == 3


def test_wrong_already():
    assert take(1, 1) == 1
"""
TOO_FEW = '    if quantity > level:\n        raise ValueError("too few")\n'
NOTHING = '    if quantity < 1:\n        raise ValueError("nothing")\n'


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A toy package with its tests; they need none of the installed plugins, which take seconds to load."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    root = tmp_path / "toy"
    for name, text in (("shop/__init__.py", ""), ("shop/stock.py", STOCK), ("tests/test_stock.py", TESTS)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def guard(snippet: str, replacement: str = "", test: str = "test_last_unit", name: str = "guard") -> Guard:
    return Guard(name, "shop/stock.py", snippet, replacement, (f"tests/test_stock.py::{test}",))


def verdict(one: Guard, tree: Path) -> Verdict:
    (only,) = run([one], tree)
    return only


def test_a_tested_guard_is_killed_and_an_untested_one_survives(tree: Path) -> None:
    killed, survived = run([guard(TOO_FEW, name="enough"), guard(NOTHING, name="something")], tree)
    assert (killed.killed, killed.reason) == (True, "")
    assert (survived.killed, survived.reason) == (False, "the tests pass without the guard")
    assert (tree / "shop/stock.py").read_text() == STOCK


def test_a_test_that_fails_anyway_proves_nothing(tree: Path) -> None:
    seen = verdict(guard(TOO_FEW, test="test_wrong_already"), tree)
    assert not seen.killed
    assert seen.reason.startswith("the tests do not pass with the guard in place")


def test_an_error_instead_of_a_failure_is_no_kill(tree: Path) -> None:
    """Here the fixture dies: that the test did not pass says nothing about what it asserts."""
    seen = verdict(guard("    return level - quantity\n", "    return {}['gone']\n", test="test_rest"), tree)
    assert not seen.killed
    assert seen.reason.startswith("the tests broke instead of failing")


def test_a_mutation_that_does_not_compile_is_no_kill(tree: Path) -> None:
    seen = verdict(guard(TOO_FEW, "    if quantity > level:\n"), tree)
    assert not seen.killed
    assert seen.reason.startswith("the mutated file does not compile")


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (guard("no such text"), "stands 0 times"),
        (guard("        raise ValueError"), "stands 2 times"),
        (guard(""), "stands 0 times"),
        (guard(TOO_FEW, TOO_FEW), "the replacement is the snippet"),
        (Guard("guard", "shop/gone.py", "x", "", ("tests/test_stock.py",)), "no file shop/gone.py"),
        (Guard("guard", "shop/stock.py", TOO_FEW, "", ("tests/test_gone.py::test_x",)), "no file tests/test_gone.py"),
        (Guard("guard", "shop/stock.py", TOO_FEW, "", ()), "names no test"),
    ],
)
def test_a_wrong_list_is_refused_before_anything_runs(tree: Path, wrong: Guard, line: str) -> None:
    with pytest.raises(ValueError, match=line):
        list(run([wrong], tree))


def test_names_are_unique(tree: Path) -> None:
    assert faults([guard(TOO_FEW), guard(NOTHING)], tree) == ["guard: listed 2 times"]


def test_the_list_of_guards_fits_the_source() -> None:
    assert faults(GUARDS, ROOT) == []
