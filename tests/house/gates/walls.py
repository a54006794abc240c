"""The walls between rooms, and the doors in them. The order of rooms and files is import-linter's part."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .plan import NUMBER, PUBLIC_FILES, ROOM_FILES, ROOMS
from .tree import Finding, Source, Tree, called, dotted_name, gate

EDGES_OF_THE_KIT = ("app.kit.web", "app.kit.cli")
LOADER = "app/kit/plugins.py"


def imports(source: Source) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of all that a file imports; of `from a import b` it is `a.b`."""
    package = source.parts[:-1]
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*start, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def is_in(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


@gate
def rooms_are_entered_by_their_public_files(tree: Tree) -> Iterator[Finding]:
    """From outside a room: queries, actions, flows, types, events, errors, schemas. The one exception: a
    `queries` file may import the models of a room below, to join."""
    for source in tree.python("app/"):
        for line, name in imports(source):
            if not name.startswith("app.domains."):
                continue
            room, file = (name.split(".") + [""])[2:4]
            if room == source.room or file in PUBLIC_FILES:
                continue
            if file == "models" and source.room_file == "queries" and _is_below(room, source.room):
                continue
            wanted = f"`{file}` of {room} is private" if file in ROOM_FILES else f"`{name}` is no file of a room"
            yield Finding(source.path, line, f"{wanted}: use {', '.join(sorted(PUBLIC_FILES))}")


def _is_below(room: str, of: str | None) -> bool:
    return NUMBER.get(room, 99) < NUMBER.get(of or "", 0)


@gate
def rooms_hold_only_the_files_of_the_plan(tree: Tree) -> Iterator[Finding]:
    """Also for what the import graph does not see: folders without `__init__.py`, files that are no Python."""
    for source in tree.under("app/domains/"):
        if source.path == "app/domains/__init__.py":
            continue
        if source.room is None or source.room not in ROOMS:
            yield Finding(source.path, 1, "no room of the plan: a new room is a decision")
        elif source.room_file not in (*ROOM_FILES, "__init__") or source.suffix != ".py":
            yield Finding(source.path, 1, f"no file of a room: a room holds {', '.join(ROOM_FILES)}")
        elif source.room_file == "gateways" and len(source.parts) == 4:
            yield Finding(source.path, 1, "gateways is a folder: one adapter per file")


@gate
def every_folder_of_code_is_a_package(tree: Tree) -> Iterator[Finding]:
    """The import graph is blind in a folder without `__init__.py`."""
    folders = {source.path.rpartition("/")[0] for source in tree.python("app/")}
    for folder in folders:
        if f"{folder}/__init__.py" not in tree:
            yield Finding(f"{folder}/__init__.py", 1, "missing: import-linter does not look into this folder")


@gate
def a_room_itself_is_empty(tree: Tree) -> Iterator[Finding]:
    """Code in a room's `__init__.py` would be a door that no rule guards, and would load all of it."""
    for source in tree.python("app/domains/"):
        if source.path == "app/domains/__init__.py" or (source.room and source.room_file == "__init__"):
            for node in source.module.body:
                if not isinstance(node, ast.Expr):
                    yield Finding(source.path, node.lineno, "only a docstring may stand here")


@gate
def domains_do_not_know_the_edge(tree: Tree) -> Iterator[Finding]:
    for source in tree.python("app/domains/"):
        for line, name in imports(source):
            if any(is_in(name, edge) for edge in EDGES_OF_THE_KIT):
                yield Finding(source.path, line, f"`{name}` belongs to the faces")


@gate
def faces_hold_no_session(tree: Tree) -> Iterator[Finding]:
    for source in tree.python("app/faces/"):
        for node in source.nodes:
            if isinstance(node, ast.Attribute) and node.attr in ("db", "session"):
                owner = dotted_name(node.value)
                if owner.rpartition(".")[2].endswith("scope"):
                    yield Finding(source.path, node.lineno, f"`{owner}.{node.attr}`: ask a query or call an action")


@gate
def the_sandbox_provider_is_a_third_party(tree: Tree) -> Iterator[Finding]:
    for source in tree.python("sandbox_provider/"):
        for line, name in imports(source):
            if is_in(name, "app") or is_in(name, "tests"):
                yield Finding(source.path, line, f"a payment provider does not know `{name}`")


@gate
def nothing_is_imported_inside_a_function(tree: Tree) -> Iterator[Finding]:
    for source in tree.python("app/", "sandbox_provider/", "tests/", "bench/", "migrations/"):
        for node in source.nodes:
            if isinstance(node, ast.Import | ast.ImportFrom) and node in source.inside_functions:
                yield Finding(source.path, node.lineno, "an import stands at the top, where the graph sees it")


@gate
def code_is_loaded_by_name_in_one_place(tree: Tree) -> Iterator[Finding]:
    for source in tree.python("app/"):
        for node in source.nodes:
            if not isinstance(node, ast.Call) or source.path == LOADER:
                continue
            if called(node) in ("import_module", "__import__"):
                yield Finding(source.path, node.lineno, f"loading by dotted path is {LOADER}'s part")


@gate
def data_folders_hold_no_code(tree: Tree) -> Iterator[Finding]:
    for source in tree.python("tenants/", "locales/"):
        yield Finding(source.path, 1, "data only: what a tenant differs in is no Python")
