"""Time, ids, randomness and the environment enter through the kit; tenants differ by data."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .tree import Finding, Tree, constant_text, dotted_name, gate, last_name
from .walls import imports, is_in

CLOCK_READS = {"now", "utcnow", "today"}
CLOCK_OWNERS = {"datetime", "date"}
REFUSED_MODULES = ("time", "random", "secrets", "uuid_utils")
ID_MAKERS = {"uuid1", "uuid3", "uuid4", "uuid5", "uuid6", "uuid7", "uuid8"}
"""`uuid.UUID` is a type that may be spoken of; making one is the kit's part."""
TENANT_NAMES = {"tenant", "tenant_id", "tenant_slug", "tenant_code", "market", "market_code"}


@gate
def time_and_chance_enter_through_the_kit(tree: Tree) -> Iterator[Finding]:
    for source in tree.python("app/domains/", "app/faces/"):
        for line, name in imports(source):
            if any(is_in(name, module) for module in REFUSED_MODULES) or name.rpartition(".")[2] in ID_MAKERS:
                yield Finding(source.path, line, f"`{name}`: time, ids and randomness come from the kit")
        for node in source.nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = last_name(node.func.value)
                if owner == "uuid" and node.func.attr in ID_MAKERS:
                    yield Finding(source.path, node.lineno, f"`uuid.{node.func.attr}`: ids come from the kit")
                if node.func.attr in CLOCK_READS and owner in CLOCK_OWNERS:
                    yield Finding(source.path, node.lineno, f"`{owner}.{node.func.attr}`: use `scope.now()`")


@gate
def nothing_sleeps(tree: Tree) -> Iterator[Finding]:
    for source in tree.python("app/"):
        for node in source.nodes:
            if isinstance(node, ast.Call) and dotted_name(node.func) in ("time.sleep", "sleep"):
                yield Finding(source.path, node.lineno, "wait for a fact (an event, a socket, a queue), not a time")


@gate
def the_environment_is_read_by_the_settings(tree: Tree) -> Iterator[Finding]:
    """The kit may pass it on to a process that it starts; rooms and faces know only `Settings`."""
    for source in tree.python("app/domains/", "app/faces/", "app/factory.py"):
        for node in source.nodes:
            if isinstance(node, ast.Attribute) and dotted_name(node) in ("os.environ", "os.getenv"):
                yield Finding(source.path, node.lineno, "settings are read once, in app/kit/settings.py")


@gate
def no_code_names_a_tenant(tree: Tree) -> Iterator[Finding]:
    for source in tree.python("app/"):
        for node in source.nodes:
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                names = {part for side in sides for part in dotted_name(side).split(".")}
                texts = [text for side in sides if (text := constant_text(side))]
                if texts and names & TENANT_NAMES:
                    yield Finding(source.path, node.lineno, f"{texts[0]!r}: tenants and markets differ by data")
