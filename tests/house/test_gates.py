"""The house keeps its rules, and each rule is shown to bite."""

from __future__ import annotations

import pytest

from .gates import GATES, Tree
from .planted import FAULTS, RIGHTS, Fault, Right


@pytest.mark.parametrize("name", GATES)
def test_the_house_keeps_the_rule(house: Tree, name: str) -> None:
    findings = GATES[name](house)
    if findings:
        pytest.fail("\n".join(map(str, findings)), pytrace=False)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_gate_finds_the_planted_fault_and_nothing_else(fault: Fault) -> None:
    findings = GATES[fault.gate](fault.tree)
    assert [(finding.path, finding.line) for finding in findings] == [(fault.path, fault.line)], findings
    assert fault.says in findings[0].message


@pytest.mark.parametrize("right", RIGHTS, ids=str)
def test_the_gate_is_silent_on_the_right_neighbour_of_a_fault(right: Right) -> None:
    assert GATES[right.gate](right.tree) == []


def test_every_gate_is_shown_to_bite() -> None:
    assert set(GATES) == {fault.gate for fault in FAULTS}


def test_the_gates_see_the_code_of_the_house(house: Tree) -> None:
    """A gate over no files would be green for ever."""
    assert {"app/kit/settings.py", "app/kit/db.py", "pyproject.toml"} <= house.sources.keys()
    assert not any(path.startswith((".venv", "var/")) for path in house.sources)
