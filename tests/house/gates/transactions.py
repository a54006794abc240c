"""One request is one transaction, committed at the edge; a flow opens its own units."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .tree import Finding, Source, Tree, called, constant_text, gate, last_name

EDGES = ("app/kit/web.py", "app/kit/queue.py", "app/kit/cli.py", "app/kit/db.py")


def _is_edge(source: Source) -> bool:
    return source.path in EDGES or source.room_file == "flows"


@gate
def commit_stands_at_the_edge_and_in_flows(tree: Tree) -> Iterator[Finding]:
    for source in tree.python("app/"):
        if _is_edge(source):
            continue
        for node in source.nodes:
            if isinstance(node, ast.Call) and called(node) == "commit":
                yield Finding(source.path, node.lineno, "a commit stands in kit web, queue, cli, db, and in flows")


@gate
def units_of_work_are_opened_by_flows(tree: Tree) -> Iterator[Finding]:
    """`scope.transaction()` and everything else that ends in a commit: `begin()`, autocommit."""
    for source in tree.python("app/domains/", "app/faces/"):
        if _is_edge(source):
            continue
        for node in source.nodes:
            if not isinstance(node, ast.Call):
                continue
            name = called(node)
            owner = last_name(node.func.value) if isinstance(node.func, ast.Attribute) else ""
            opens = name == "transaction" and (owner.endswith("scope") or owner == "database")
            if opens or name == "begin" or any(_is_autocommit(keyword) for keyword in node.keywords):
                yield Finding(source.path, node.lineno, "only a flow opens a unit of work")


def _is_autocommit(keyword: ast.keyword) -> bool:
    return keyword.arg == "autocommit" or constant_text(keyword.value) == "AUTOCOMMIT"
