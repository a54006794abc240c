"""Which texts are put together at run time, and which of those only from parts that cannot carry input."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .tree import Source, called, dotted_name, last_name

QUOTING = {"identifier", "literal", "check_tenant_id", "Identifier", "Literal", "int", "len"}
"""What makes a part safe: the quoting functions of `kit.db`, those of psycopg, and whole numbers."""
RENDERED = "blueprint.statements"
"""Rendered from the metadata at release: text of ours, never of a request."""
DEPTH = 12


def is_composed(node: ast.AST) -> bool:
    """An f-string with fields, `a % b`, `a + b` with a text in it, `.format()`, `.join()`."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
        return _has_text(node.left) or _has_text(node.right)
    return called(node) in ("format", "join") and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)


def _has_text(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return _has_text(node.left) or _has_text(node.right)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))


class Composed:
    """Follows names of one file back to the expressions they were given."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.values: dict[tuple[ast.AST | None, str], list[ast.expr]] = {}
        self.items: dict[tuple[ast.AST | None, str], list[ast.expr]] = {}
        for node in source.nodes:
            where = source.inside_functions.get(node)
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._bind(where, target, node.value)
            elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value is not None:
                self._bind(where, node.target, node.value)
            elif isinstance(node, ast.For | ast.comprehension):
                self._walk_over(source.inside_functions.get(node.target), node.target, node.iter)

    def _bind(self, where: ast.AST | None, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.values.setdefault((where, target.id), []).append(value)

    def _walk_over(self, where: ast.AST | None, target: ast.expr, items: ast.expr) -> None:
        """What a loop gives its names: the items, or, of rows written out, the column at the name's place."""
        if isinstance(target, ast.Name):
            self.items.setdefault((where, target.id), []).append(items)
        elif isinstance(target, ast.Tuple):
            given = self.values.get((where, items.id), []) if isinstance(items, ast.Name) else [items]
            rows = [row for rows in given if isinstance(rows, ast.Tuple | ast.List) for row in rows.elts]
            for place, name in enumerate(target.elts):
                for row in rows:
                    if isinstance(row, ast.Tuple) and len(row.elts) == len(target.elts):
                        self._bind(where, name, row.elts[place])

    def _find(self, table: dict[tuple[ast.AST | None, str], list[ast.expr]], node: ast.Name) -> list[ast.expr]:
        where = self.source.inside_functions.get(node)
        return table.get((where, node.id)) or table.get((None, node.id)) or []

    def origins(self, node: ast.expr | ast.AST) -> Iterator[ast.expr]:
        """The composed texts that an expression is or, by a name of the same function, was given."""
        if isinstance(node, ast.Call) and called(node) in ("text", "SQL", "encode", "DDL", "dedent", "strip"):
            inner = node.func.value if isinstance(node.func, ast.Attribute) and not node.args else None
            candidates = [inner] if inner is not None else list(node.args[:1])
        else:
            candidates = [node]
        for candidate in candidates:
            found = self._find(self.values, candidate) if isinstance(candidate, ast.Name) else [candidate]
            yield from (value for value in found if isinstance(value, ast.expr) and is_composed(value))

    def is_safe(self, node: ast.AST, depth: int = 0) -> bool:
        """No part of it can carry input: constants of the code, quoted names, numbers, and what is made of them."""
        if depth > DEPTH:
            return False
        deeper = depth + 1
        if isinstance(node, ast.Constant):
            return True
        if isinstance(node, ast.FormattedValue):
            return self.is_safe(node.value, deeper)
        if isinstance(node, ast.JoinedStr):
            return all(self.is_safe(part, deeper) for part in node.values)
        if isinstance(node, ast.BinOp):
            return self.is_safe(node.left, deeper) and self.is_safe(node.right, deeper)
        if isinstance(node, ast.IfExp):
            return self.is_safe(node.body, deeper) and self.is_safe(node.orelse, deeper)
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            return all(self.is_safe(item, deeper) for item in node.elts)
        if isinstance(node, ast.Dict):
            return all(
                key is not None and self.is_safe(value, deeper)
                for key, value in zip(node.keys, node.values, strict=True)
            )
        if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp):
            return self.is_safe(node.elt, deeper)
        if isinstance(node, ast.Call):
            return self._is_safe_call(node, deeper)
        if isinstance(node, ast.Name | ast.Attribute):
            return self._is_safe_name(node, deeper)
        return False

    def _is_safe_call(self, node: ast.Call, depth: int) -> bool:
        name = last_name(node.func)
        if name in QUOTING:
            return True
        if isinstance(node.func, ast.Attribute) and name in ("join", "format", "encode", "strip"):
            values = [*node.args, *(keyword.value for keyword in node.keywords), node.func.value]
            return all(self.is_safe(value, depth) for value in values)
        if name == "map" and node.args:
            return last_name(node.args[0]) in QUOTING
        return name in ("SQL", "text", "sorted", "tuple", "list") and all(
            self.is_safe(value, depth) for value in node.args
        )

    def _is_safe_name(self, node: ast.Name | ast.Attribute, depth: int) -> bool:
        name = last_name(node)
        if name.isupper():
            return True  # a constant of the code, by its name
        if isinstance(node, ast.Attribute):
            return dotted_name(node) == RENDERED
        given = [*self._find(self.values, node), *self._find(self.items, node)]
        return bool(given) and all(self.is_safe(value, depth) for value in given)
