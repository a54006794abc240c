"""Money is integers of the minor unit, rates are Decimal: no float comes near a sum."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .plan import MONEY_ROOMS
from .tree import Finding, Source, Tree, called, gate, last_name

EXACT = {"Decimal", "Fraction"}
DEPTH = 12
FLOAT_COLUMNS = {"Float", "FLOAT", "REAL", "Double", "DOUBLE", "DOUBLE_PRECISION"}


@gate
def no_float_in_a_money_path(tree: Tree) -> Iterator[Finding]:
    for source in _money_files(tree):
        exact = Exact(source)
        for node in source.nodes:
            found = _float_in(node, exact)
            if found:
                line = getattr(node, "lineno", 1)
                yield Finding(source.path, line, f"{found}: minor units are int, rates are Decimal")


def _money_files(tree: Tree) -> Iterator[Source]:
    yield from tree.at("app/kit/money")
    yield from tree.python(*(f"app/domains/{room}/" for room in MONEY_ROOMS))


def _float_in(node: ast.AST, exact: Exact) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, float):
        return f"the float {node.value!r}"
    if isinstance(node, ast.Call):
        if last_name(node.func) == "float":
            return "float()"
        if last_name(node.func) in FLOAT_COLUMNS:
            return f"a column of type {last_name(node.func)}"
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div) and not exact.holds(node.value):
        return "a division that may give a float"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        operands = (node.left, node.right)
        if not any(exact.holds(operand) or _is_text(operand) for operand in operands):
            return "a division that may give a float"
    if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
        return "a float by annotation" if _mentions_float(node.annotation) else ""
    if isinstance(node, ast.FunctionDef) and node.returns is not None:
        return "a float by annotation" if _mentions_float(node.returns) else ""
    return ""


class Exact:
    """Which expressions are visibly a Decimal or a Fraction: by call, by annotation, by the name they were given."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.given: dict[tuple[ast.AST | None, str], list[ast.expr]] = {}
        self.annotated: set[tuple[ast.AST | None, str]] = set()
        for node in source.nodes:
            where = source.inside_functions.get(node)
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self.given.setdefault((where, last_name(target)), []).append(node.value)
            elif isinstance(node, ast.AnnAssign) and last_name(node.annotation) in EXACT:
                self.annotated.add((where, last_name(node.target)))
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                exact = (a.arg for a in arguments if a.annotation is not None and last_name(a.annotation) in EXACT)
                self.annotated.update((node, name) for name in exact)

    def holds(self, node: ast.expr, depth: int = 0) -> bool:
        """int / Decimal is a Decimal and int / Fraction a Fraction: no float can come out of them."""
        if depth > DEPTH:
            return False
        if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.FloorDiv):
            return self.holds(node.left, depth + 1) or self.holds(node.right, depth + 1)
        if isinstance(node, ast.UnaryOp):
            return self.holds(node.operand, depth + 1)
        if isinstance(node, ast.Name):
            places = [(self.source.inside_functions.get(node), node.id), (None, node.id)]
            if any(place in self.annotated for place in places):
                return True
            values = next((self.given[place] for place in places if place in self.given), [])
            return bool(values) and all(self.holds(value, depth + 1) for value in values)
        return called(node) in EXACT


def _is_text(node: ast.expr) -> bool:
    """`folder / "name"` joins paths."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _mentions_float(annotation: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "float" for node in ast.walk(annotation))
