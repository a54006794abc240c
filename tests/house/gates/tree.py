"""What the gates look at: the project's files, each read and parsed once, and the findings they report."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

FOLDERS = ("app", "sandbox_provider", "tests", "bench", "migrations", "tenants", "config", "locales", "docs")
MORE_FOLDERS = ("bin", "deploy", "requirements")
SUFFIXES = {".py", ".html", ".css", ".js", ".po", ".md", ".toml", ".sql", ".txt", ".svg", ".lock", ".json", ""}
LARGEST_BYTES = 2_000_000


@dataclass(frozen=True, order=True)
class Finding:
    """One breach of a rule: where it stands and what to do about it."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(eq=False)
class Source:
    """One text file. `path` is relative to the root, with forward slashes."""

    path: str
    text: str

    @cached_property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.split("/"))

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def stem(self) -> str:
        return self.name.rpartition(".")[0] or self.name

    @property
    def suffix(self) -> str:
        return os.path.splitext(self.name)[1]

    @cached_property
    def line_count(self) -> int:
        return self.text.count("\n") + (not self.text.endswith("\n") and self.text != "")

    @cached_property
    def _parsed(self) -> ast.Module | SyntaxError:
        try:
            return ast.parse(self.text)
        except SyntaxError as error:
            return error

    @property
    def syntax_error(self) -> SyntaxError | None:
        return self._parsed if isinstance(self._parsed, SyntaxError) else None

    @property
    def module(self) -> ast.Module:
        """The parsed file; an empty module where it cannot be parsed, which a gate of its own reports."""
        return ast.Module(body=[], type_ignores=[]) if isinstance(self._parsed, SyntaxError) else self._parsed

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.module))

    @cached_property
    def inside_functions(self) -> Mapping[ast.AST, ast.AST]:
        """Each node that stands in a function, with the innermost function around it."""
        found: dict[ast.AST, ast.AST] = {}
        functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
        for node in self.nodes:  # ast.walk goes from the outside in, so the innermost function is written last
            if isinstance(node, functions):
                body = node.body if isinstance(node.body, list) else [node.body]
                for statement in body:
                    for inner in ast.walk(statement):
                        found[inner] = node
        return found

    @cached_property
    def docstrings(self) -> frozenset[int]:
        """The ids of the constant nodes that are docstrings or bare strings, which no program reads."""
        return frozenset(id(node.value) for node in self.nodes if isinstance(node, ast.Expr))

    @property
    def room(self) -> str | None:
        """The room a file stands in, if it stands in one."""
        return self.parts[2] if self.path.startswith("app/domains/") and len(self.parts) > 3 else None

    @property
    def room_file(self) -> str | None:
        """Which of a room's files it is: `actions` for `actions.py` and for `actions/place_order.py`."""
        return self.parts[3].removesuffix(".py") if self.room else None

    @property
    def dotted(self) -> str:
        """The name of the module."""
        name = self.path.removesuffix(".py").replace("/", ".")
        return name.removesuffix(".__init__")


@dataclass(eq=False)
class Tree:
    """All files of a project, by their path."""

    sources: Mapping[str, Source] = field(repr=False)

    @classmethod
    def read(cls, root: Path) -> Tree:
        sources: dict[str, Source] = {}
        for path in _walk(root):
            relative = path.relative_to(root).as_posix()
            try:
                sources[relative] = Source(relative, path.read_text(encoding="utf-8"))
            except (UnicodeDecodeError, FileNotFoundError):
                continue  # a binary file, or one that was moved while we read
        return cls(sources)

    @classmethod
    def planted(cls, files: Mapping[str, str]) -> Tree:
        return cls({path: Source(path, text) for path, text in files.items()})

    def __getitem__(self, path: str) -> Source:
        return self.sources[path]

    def __contains__(self, path: str) -> bool:
        return path in self.sources

    def under(self, *folders: str, suffix: str | tuple[str, ...] = "") -> Iterator[Source]:
        for path, source in self.sources.items():
            if path.endswith(suffix) and path.startswith(folders):
                yield source

    def python(self, *folders: str) -> Iterator[Source]:
        return self.under(*folders, suffix=".py")

    def at(self, module: str) -> Iterator[Source]:
        """A module that may be a file or a folder: `app/domains/identity/rules`."""
        return (s for s in self.python(module) if s.path == f"{module}.py" or s.path.startswith(f"{module}/"))


def _walk(root: Path) -> Iterator[Path]:
    yield from (path for path in sorted(root.iterdir()) if path.is_file() and path.suffix in SUFFIXES)
    for folder in FOLDERS + MORE_FOLDERS:
        for base, folders, files in os.walk(root / folder):
            folders[:] = sorted(f for f in folders if f != "__pycache__" and not f.startswith("."))
            for name in sorted(files):
                path = Path(base, name)
                if path.suffix in SUFFIXES and path.stat().st_size <= LARGEST_BYTES:
                    yield path


Gate = Callable[[Tree], list[Finding]]
GATES: dict[str, Gate] = {}


def gate(look: Callable[[Tree], Iterator[Finding]]) -> Gate:
    """Register a rule of the house: a pure function of a tree, named by the fact it guards."""

    def findings(tree: Tree) -> list[Finding]:
        return sorted(set(look(tree)))

    findings.__name__ = look.__name__
    findings.__doc__ = look.__doc__
    GATES[look.__name__] = findings
    return findings


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def called(node: ast.AST) -> str:
    """The last name of what a call calls (`execute` of `scope.db.execute(…)`), else an empty text."""
    return last_name(node.func) if isinstance(node, ast.Call) else ""


def last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def dotted_name(node: ast.AST) -> str:
    """`a.b.c` of names and attributes, else an empty text."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = dotted_name(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def constant_text(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def public_functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in source.module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node


def assigned(body: list[ast.stmt]) -> dict[str, ast.expr]:
    """The names that the statements of a class or module set, with their values."""
    found: dict[str, ast.expr] = {}
    for node in body:
        if isinstance(node, ast.Assign):
            found.update({t.id: node.value for t in node.targets if isinstance(t, ast.Name)})
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            found[node.target.id] = node.value
    return found
