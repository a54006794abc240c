"""What is said of one guard."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guard:
    """One guard; see the package for what each field holds."""

    name: str
    file: str
    snippet: str
    replacement: str
    tests: tuple[str, ...]
