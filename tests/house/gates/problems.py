"""Every error has a stable code of its own and a text, and the text is translated."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from .tree import Finding, Source, Tree, assigned, constant_text, gate, last_name

ROOT = "Problem"
KINDS_FILE = "app/kit/errors.py"
LANGUAGES = ("th", "ar", "hi", "ja")
CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\.[a-z][a-z0-9]*(_[a-z0-9]+)*")
FIELD = re.compile(r"%\((\w+)\)[sd]")


@dataclass(frozen=True)
class Problem:
    source: Source
    node: ast.ClassDef
    code: str | None
    text: str | None

    @property
    def place(self) -> str:
        """What its code begins with: the room, the face, or `kit`."""
        parts = self.source.parts
        return parts[2] if parts[1] in ("domains", "faces") else parts[1]


def problems(tree: Tree) -> list[Problem]:
    """The concrete errors: all heirs of `Problem` but the six kinds themselves."""
    classes = [
        (source, node) for source in tree.python("app/") for node in source.nodes if isinstance(node, ast.ClassDef)
    ]
    heirs, grown = {ROOT}, True
    while grown:
        more = {n.name for _, n in classes if any(last_name(base) in heirs for base in n.bases)} - heirs
        heirs, grown = heirs | more, bool(more)
    found = []
    for source, node in classes:
        parents = {last_name(base) for base in node.bases}
        if parents & heirs and not (source.path == KINDS_FILE and ROOT in parents):
            values = assigned(node.body)
            found.append(Problem(source, node, _text(values.get("code")), _text(values.get("text"))))
    return found


def _text(node: ast.expr | None) -> str | None:
    """A constant, or a constant that is marked for translation."""
    if isinstance(node, ast.Call) and len(node.args) == 1:
        return constant_text(node.args[0])
    return constant_text(node)


@gate
def every_error_has_a_code_of_its_own(tree: Tree) -> Iterator[Finding]:
    seen: dict[str, Problem] = {}
    for problem in problems(tree):
        path, line, name = problem.source.path, problem.node.lineno, problem.node.name
        if not problem.code:
            yield Finding(path, line, f"{name} has no `code`")
        elif not CODE.fullmatch(problem.code) or not problem.code.startswith(f"{problem.place}."):
            yield Finding(path, line, f"{name}: the code {problem.code!r} must be `{problem.place}.snake_case`")
        elif problem.code in seen:
            yield Finding(path, line, f"{name}: {seen[problem.code].node.name} has the code {problem.code!r} too")
        else:
            seen[problem.code] = problem


@gate
def every_error_has_a_text(tree: Tree) -> Iterator[Finding]:
    for problem in problems(tree):
        if not problem.text:
            yield Finding(problem.source.path, problem.node.lineno, f"{problem.node.name} has no `text`")


@gate
def every_error_is_translated(tree: Tree) -> Iterator[Finding]:
    """In every catalogue of the interface; those of LANGUAGES must exist as soon as there is a face to tell it."""
    told = [problem for problem in problems(tree) if problem.text]
    catalogues = {path: s for path, s in tree.sources.items() if path.endswith("/LC_MESSAGES/messages.po")}
    has_faces = any(source.path != "app/faces/__init__.py" for source in tree.python("app/faces/"))
    if told and has_faces:
        for language in LANGUAGES:
            path = f"locales/{language}/LC_MESSAGES/messages.po"
            if path not in catalogues:
                yield Finding(path, 1, "missing: errors cannot be told in this language")
    for path, source in catalogues.items():
        language = path.split("/")[1]
        catalogue = read_po(io.StringIO(source.text), locale=language)
        for problem in told:
            fault = _fault(catalogue.get(problem.text or ""), problem.text or "")
            if fault:
                yield Finding(path, 1, f"{problem.code}: {fault}: {problem.text!r}")


def _fault(message: Message | None, text: str) -> str:
    if message is None or not message.string:
        return "not translated"
    if message.fuzzy:
        return "fuzzy, so it is not shown"
    if not isinstance(message.string, str):
        return "the text of an error has no plural forms"
    if set(FIELD.findall(text)) != set(FIELD.findall(message.string)):
        return "other fields than the original"
    return ""
