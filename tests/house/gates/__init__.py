"""The rules of the house, each a pure function of the files: `GATES[name](tree)` gives its findings."""

from . import (
    assets,
    effects,
    habits,
    money,
    permissions,
    problems,
    settings,
    sizes,
    sql,
    tables,
    transactions,
    walls,
    words,
)
from .tree import GATES, Finding, Source, Tree

__all__ = [
    "GATES",
    "Finding",
    "Source",
    "Tree",
    "assets",
    "effects",
    "habits",
    "money",
    "permissions",
    "problems",
    "settings",
    "sizes",
    "sql",
    "tables",
    "transactions",
    "walls",
    "words",
]
