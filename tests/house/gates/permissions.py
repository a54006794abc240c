"""Every public step of a room declares its permission and takes the scope first; every permission is granted."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from .tree import Finding, Source, Tree, assigned, constant_text, dotted_name, gate, last_name, public_functions

DECORATORS: Mapping[str, frozenset[str]] = {
    "actions": frozenset({"action"}),
    "flows": frozenset({"flow"}),
    "queries": frozenset({"query", "document_query"}),
}
UNGRANTED = frozenset({"system", "public"})
"""Granted to no role: what only the software itself does (`SYSTEM_ONLY`), and what everybody may (`PUBLIC`)."""
UNGRANTED_NAMES = frozenset({"SYSTEM_ONLY", "PUBLIC"})
NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
UNDECLARED: Mapping[str, str] = {
    "app.domains.provisioning.flows.schemas.current_blueprint": "reads the code itself, no data of anybody",
    "app.domains.provisioning.flows.audit.list_invariants": "reads the code itself, no data of anybody",
    "app.domains.provisioning.flows.migrations.migrate_platform": "makes the tables that a scope stands on",
    "app.domains.provisioning.flows.migrations.head": "reads the code itself, no data of anybody",
    "app.domains.provisioning.flows.migrations.steps": "reads the code itself, no data of anybody",
    "app.domains.tenancy.flows.scope_of_site": "makes the scope that permissions are asked of",
}
"""The few public functions that declare no permission, each with its reason."""
UNSCOPED = frozenset(UNDECLARED) - {"app.domains.tenancy.flows.scope_of_site"}
GRANTS = "app/domains/identity/rules"


def steps(tree: Tree) -> Iterator[Source]:
    for source in tree.python("app/domains/"):
        if source.room_file in DECORATORS:
            yield source


def declaration(function: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.Call | None:
    """The decorator of `app.kit.scope` that declares kind and permission."""
    kinds = frozenset[str]().union(*DECORATORS.values())
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and last_name(decorator.func) in kinds:
            return decorator
    return None


@gate
def every_step_declares_its_permission(tree: Tree) -> Iterator[Finding]:
    for source in steps(tree):
        wanted = DECORATORS[source.room_file or ""]
        for function in public_functions(source):
            declared = declaration(function)
            if f"{source.dotted}.{function.name}" in UNDECLARED:
                continue
            if declared is None:
                wish = " or ".join(f"@{name}(…)" for name in sorted(wanted))
                yield Finding(source.path, function.lineno, f"`{function.name}` declares no permission: {wish}")
            elif last_name(declared.func) not in wanted:
                kind = last_name(declared.func)
                yield Finding(source.path, function.lineno, f"`{function.name}`: @{kind} in {source.room_file}")
        for node in source.module.body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
                yield Finding(source.path, node.lineno, "a step without a declaration: write a function")
            elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield from (
                    Finding(source.path, inner.lineno, f"`{node.name}.{inner.name}`: steps are functions")
                    for inner in public_methods(node)
                )


@gate
def the_list_of_undeclared_steps_is_short_and_true(tree: Tree) -> Iterator[Finding]:
    """An entry whose function is gone, or has come to declare a permission, goes too."""
    functions = {f"{s.dotted}.{f.name}": (s, f) for s in steps(tree) for f in public_functions(s)}
    files = {source.dotted for source in steps(tree)}
    for name in UNDECLARED:
        module = name.rpartition(".")[0]
        if module in files and (name not in functions or declaration(functions[name][1]) is not None):
            path = f"{module.replace('.', '/')}.py"
            yield Finding(path, 1, f"`{name}` needs no exemption any more")


def public_methods(node: ast.ClassDef) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for inner in node.body:
        is_function = isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
        if not is_function or inner.name.startswith("_"):
            continue
        if not any(last_name(decorator) == "property" for decorator in inner.decorator_list):
            yield inner


@gate
def every_step_takes_the_scope_first(tree: Tree) -> Iterator[Finding]:
    for source in steps(tree):
        for function in public_functions(source):
            arguments = [*function.args.posonlyargs, *function.args.args]
            first = arguments[0] if arguments else None
            if f"{source.dotted}.{function.name}" in UNSCOPED:
                continue
            if first is None or first.arg != "scope" or _annotation(first) != "Scope":
                yield Finding(source.path, function.lineno, f"`{function.name}` must begin with `scope: Scope`")


def _annotation(argument: ast.arg) -> str:
    if argument.annotation is None:
        return ""
    return constant_text(argument.annotation) or last_name(argument.annotation)


@gate
def every_permission_is_a_known_text(tree: Tree) -> Iterator[Finding]:
    """`room.verb`, written out or a constant of that value, so that it can be listed and granted."""
    for source, line, text in permissions(tree):
        if text is None:
            yield Finding(source.path, line, "a permission is a text or a named constant, never computed")
        elif not NAME.fullmatch(text) and text not in UNGRANTED:
            yield Finding(source.path, line, f"{text!r} is no permission name like `orders.cancel`")


@gate
def every_permission_is_granted(tree: Tree) -> Iterator[Finding]:
    """To a role, or by `SYSTEM_ONLY` or `PUBLIC` to none on purpose. Asked once the roles exist."""
    rules = list(tree.at(GRANTS))
    if not rules:
        return
    granted = {text for source in rules for node in source.nodes if (text := constant_text(node)) is not None}
    for source, line, text in permissions(tree):
        if text is None or text in UNGRANTED:
            continue
        if not any(text == grant or ("*" in grant and fnmatchcase(text, grant)) for grant in granted):
            yield Finding(source.path, line, f"{text!r} is granted to no role in {GRANTS}")


def permissions(tree: Tree) -> Iterator[tuple[Source, int, str | None]]:
    """Every permission that is declared or required, with None for one that cannot be read off."""
    constants = {
        name: value
        for source in tree.python("app/")
        for name, value in assigned(source.module.body).items()
        if name.isupper() and isinstance(value, ast.Constant)
    }
    for source in tree.python("app/domains/"):
        for function in public_functions(source):
            declared = declaration(function)
            if declared is not None and source.room_file in DECORATORS:
                yield source, declared.lineno, _permission(declared, constants)
        for node in source.nodes:
            if isinstance(node, ast.Call) and dotted_name(node.func).endswith("scope.require"):
                yield source, node.lineno, _permission(node, constants)


def _permission(call: ast.Call, constants: Mapping[str, ast.expr]) -> str | None:
    argument = call.args[0] if call.args else None
    if argument is None:
        return None
    if last_name(argument) in UNGRANTED_NAMES:
        return "system"
    if isinstance(argument, ast.Name | ast.Attribute):
        argument = constants.get(last_name(argument))
    return constant_text(argument)
