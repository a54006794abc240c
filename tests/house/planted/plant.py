"""What a bite is: a tiny project with one fault, and the one finding that a gate must make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import dedent

from ..gates import Tree


def _tree(files: Mapping[str, str]) -> Tree:
    return Tree.planted({path: dedent(text).lstrip("\n") for path, text in files.items()})


@dataclass(frozen=True)
class Fault:
    """`gate` must make one finding, at `path` and `line`, whose message holds `says`."""

    gate: str
    path: str
    line: int
    says: str
    files: Mapping[str, str]

    @property
    def tree(self) -> Tree:
        return _tree(self.files)

    def __str__(self) -> str:
        return f"{self.gate}-{self.says.replace(' ', '_')}"


@dataclass(frozen=True)
class Right:
    """Code that comes close to a fault and is none: the gate must stay silent."""

    gate: str
    files: Mapping[str, str]

    @property
    def tree(self) -> Tree:
        return _tree(self.files)

    def __str__(self) -> str:
        return f"{self.gate}-{next(iter(self.files))}"


def fault(gate: str, path: str, text: str, line: int, says: str, more: Mapping[str, str] | None = None) -> Fault:
    """The common case: the fault stands in the first file."""
    return Fault(gate, path, line, says, {path: text, **(more or {})})


def right(gate: str, path: str, text: str, more: Mapping[str, str] | None = None) -> Right:
    return Right(gate, {path: text, **(more or {})})
