"""Tables: one plane each, named after their room, nothing loaded behind one's back."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .plan import NUMBER, ROOMS
from .tree import Finding, Source, Tree, assigned, called, constant_text, dotted_name, gate, last_name

PLANES = ("TenantModel", "PlatformModel")
SHORT_NAMED = frozenset({"event", "idempotency_keys", "schema_version"})
"""Tables of every tenant that belong to no room's noun: the log, the kit's keys, the schema's own revision."""
CLASS_NAME = re.compile(r"\b[A-Z]\w*")


@dataclass(frozen=True)
class Table:
    """A mapped class. `plane` is the base it descends from, empty if from none; `columns` includes the bases'."""

    source: Source
    node: ast.ClassDef
    name: str | None
    plane: str
    columns: frozenset[str]


def tables(tree: Tree) -> list[Table]:
    classes: dict[str, list[tuple[Source, ast.ClassDef]]] = {}
    for source in tree.python("app/"):
        for node in source.nodes:
            if isinstance(node, ast.ClassDef):
                classes.setdefault(node.name, []).append((source, node))

    def lineage(source: Source, node: ast.ClassDef, seen: frozenset[str]) -> Iterator[ast.ClassDef]:
        yield node
        for base in map(last_name, node.bases):
            if base not in seen:
                options = classes.get(base, [])
                nearest = [o for o in options if o[0] is source] or options
                for option in nearest[:1]:
                    yield from lineage(*option, seen | {base})

    found = []
    for source, node in (entry for entries in classes.values() for entry in entries):
        own = assigned(node.body)
        line = list(lineage(source, node, frozenset({node.name})))
        names = {last_name(base) for ancestor in line for base in ancestor.bases} | {n.name for n in line}
        plane = next((plane for plane in PLANES if plane in names), "")
        is_abstract = "__abstract__" in own or node.name in PLANES
        if ("__tablename__" in own or plane) and not is_abstract:
            columns = frozenset(name for ancestor in line for name in annotated(ancestor))
            found.append(Table(source, node, constant_text(own.get("__tablename__")), plane, columns))
    return found


def annotated(node: ast.ClassDef) -> Iterator[str]:
    for entry in node.body:
        if isinstance(entry, ast.AnnAssign) and isinstance(entry.target, ast.Name):
            yield entry.target.id
    yield from assigned(node.body)


@gate
def every_table_lies_on_one_plane(tree: Tree) -> Iterator[Finding]:
    for table in tables(tree):
        if not table.plane:
            yield Finding(table.source.path, table.node.lineno, f"{table.node.name}: neither Tenant- nor PlatformModel")
        elif table.name is None:
            yield Finding(table.source.path, table.node.lineno, f"{table.node.name} names no table")
    for source in tree.python("app/domains/"):
        for node in source.nodes:
            if isinstance(node, ast.Call) and called(node) == "Table":
                yield Finding(source.path, node.lineno, "a table is a TenantModel or a PlatformModel")


@gate
def every_table_is_named_after_its_room(tree: Tree) -> Iterator[Finding]:
    """The control plane and the event log keep their short names."""
    for table in tables(tree):
        if table.plane != "TenantModel" or table.name is None or table.name in SHORT_NAMED:
            continue
        place = table.source.room or "kit"
        if not table.name.startswith(f"{place}_"):
            yield Finding(table.source.path, table.node.lineno, f"`{table.name}` must be `{place}_<plural>`")


@gate
def every_table_says_when_its_rows_were_made(tree: Tree) -> Iterator[Finding]:
    for table in tables(tree):
        if table.plane and "created_at" not in table.columns and table.name not in SHORT_NAMED:
            yield Finding(table.source.path, table.node.lineno, f"{table.node.name} has no `created_at`")


@gate
def every_moment_has_a_zone(tree: Tree) -> Iterator[Finding]:
    for source in tree.python("app/"):
        for node in source.nodes:
            if called(node) in ("DateTime", "TIMESTAMP") and isinstance(node, ast.Call):
                zones = [k.value for k in node.keywords if k.arg == "timezone"]
                if not any(isinstance(zone, ast.Constant) and zone.value is True for zone in zones):
                    yield Finding(source.path, node.lineno, "DateTime(timezone=True): moments are timestamptz in UTC")
    for table in tables(tree):
        for entry in table.node.body:
            is_moment = isinstance(entry, ast.AnnAssign) and _mentions(entry.annotation, "datetime")
            is_typed = any(called(inner) == "DateTime" for inner in ast.walk(entry)) or _maps_types(tree)
            if is_moment and not is_typed:
                message = "write DateTime(timezone=True): the default has no zone"
                yield Finding(table.source.path, entry.lineno, message)


def _mentions(node: ast.expr, name: str) -> bool:
    return any(last_name(inner) == name for inner in ast.walk(node))


def _maps_types(tree: Tree) -> bool:
    """Does the declarative base map `datetime` itself?"""
    return "app/kit/db.py" in tree and "type_annotation_map" in tree["app/kit/db.py"].text


def targets(node: ast.Call) -> Iterator[tuple[int, str]]:
    """Line and `table.column` of what a ForeignKey or ForeignKeyConstraint points at."""
    if called(node) == "ForeignKey" and node.args:
        wanted = node.args[:1]
    elif (
        called(node) == "ForeignKeyConstraint" and len(node.args) > 1 and isinstance(node.args[1], ast.List | ast.Tuple)
    ):
        wanted = node.args[1].elts
    else:
        wanted = []
    yield from ((entry.lineno, text) for entry in wanted if (text := constant_text(entry)))


@gate
def no_foreign_key_leaves_its_plane(tree: Tree) -> Iterator[Finding]:
    planes = {table.name: table.plane for table in tables(tree) if table.name and table.plane}
    for table in tables(tree):
        for node in ast.walk(table.node):
            if isinstance(node, ast.Call):
                for line, target in targets(node):
                    is_platform = target.startswith("platform.")
                    name = target.removeprefix("platform.").split(".")[0]
                    plane = "PlatformModel" if is_platform else planes.get(name, table.plane)
                    if table.plane and plane != table.plane:
                        yield Finding(table.source.path, line, f"`{target}` lies on the other plane")


@gate
def foreign_keys_point_down(tree: Tree) -> Iterator[Finding]:
    rooms = {table.name: table.source.room for table in tables(tree) if table.name and table.source.room}
    for source in tree.python("app/domains/"):
        for node in source.nodes:
            if isinstance(node, ast.Call) and source.room in NUMBER:
                for line, target in targets(node):
                    name = target.removeprefix("platform.").split(".")[0]
                    room = rooms.get(name) or next((r for r in ROOMS if name.startswith(f"{r}_")), None)
                    if room and NUMBER.get(room, 0) > NUMBER[source.room]:
                        yield Finding(source.path, line, f"`{target}` belongs to {room}, a room above")


@gate
def relationships_load_nothing_by_themselves(tree: Tree) -> Iterator[Finding]:
    for source, _, call in relationships(tree):
        lazy = next((keyword.value for keyword in call.keywords if keyword.arg == "lazy"), None)
        if constant_text(lazy) != "raise":
            yield Finding(source.path, call.lineno, 'lazy="raise": a query says what it loads')


@gate
def relationships_stay_in_their_room(tree: Tree) -> Iterator[Finding]:
    homes: dict[str, set[str | None]] = {}
    for table in tables(tree):
        homes.setdefault(table.node.name, set()).add(table.source.room)
    for source, annotation, call in relationships(tree):
        named = [node for node in (annotation, *call.args[:1]) if node is not None]
        for name in sorted({name for node in named for name in _class_names(node)}):
            if name in homes and source.room not in homes[name]:
                yield Finding(source.path, call.lineno, f"{name} belongs to another room: a foreign key, a join")


def _class_names(node: ast.expr) -> Iterator[str]:
    for inner in ast.walk(node):
        text = constant_text(inner) or last_name(inner)
        yield from CLASS_NAME.findall(text)


def relationships(tree: Tree) -> Iterator[tuple[Source, ast.expr | None, ast.Call]]:
    for source in tree.python("app/"):
        annotations = {
            id(node.value): node.annotation for node in source.nodes if isinstance(node, ast.AnnAssign) and node.value
        }
        for node in source.nodes:
            if isinstance(node, ast.Call) and called(node) in ("relationship", "dynamic_loader", "backref"):
                yield source, annotations.get(id(node)), node


@gate
def sums_are_stored_as_integers(tree: Tree) -> Iterator[Finding]:
    for table in tables(tree):
        for entry in table.node.body:
            if not isinstance(entry, ast.AnnAssign) or not dotted_name(entry.target).endswith("_minor"):
                continue
            if not _mentions(entry.annotation, "int"):
                yield Finding(table.source.path, entry.lineno, "minor units are int")
