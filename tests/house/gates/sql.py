"""SQL is written, not assembled: no text from input, no session-level switch, no tenant by name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .composed import Composed, is_composed
from .tree import Finding, Source, Tree, called, constant_text, gate

CODE = ("app/", "migrations/", "sandbox_provider/")
DATABASE = "app/kit/db.py"

DDL_FILES = ("app/kit/db.py", "app/kit/cluster.py", "app/kit/queue.py", "app/kit/queue_schema.py", "app/kit/postgres")
DDL_ROOMS = ("provisioning",)
"""Where statements are composed, because DDL takes no bound values: every part is a constant of the code, or has
gone through a quoting function (`kit.db.identifier`, psycopg's `sql.Identifier`).
Everywhere else no SQL is composed at all."""

RUNNERS = {"text", "execute", "exec_driver_sql", "executemany", "exec_", "scalar", "scalars", "DDL", "SQL"}
RUNNERS |= {"literal_column"}

STATEMENT = re.compile(
    r"\s*(SELECT\b|INSERT\s+INTO\b|UPDATE\s+\S+\s+SET\b|DELETE\s+FROM\b|TRUNCATE\b|GRANT\b|REVOKE\b|VACUUM\b"
    r"|(CREATE|ALTER|DROP)\s+(OR\s+REPLACE\s+)?[A-Z]{4,}\b|SET\s+(LOCAL|SESSION|ROLE)\b|RESET\s+ROLE\b"
    r"|COPY\s+\S+|(UN)?LISTEN\b|NOTIFY\b|WITH\s+(RECURSIVE\s+)?\w+\s+AS\b|BEGIN\b|COMMENT\s+ON\b|ANALYZE\b)"
)
SWITCHES = r"search_path|role|session_replication_role|statement_timeout|lock_timeout|work_mem|time\s*zone|timezone"
SESSION_SET = re.compile(
    r"(?:^|;)\s*(?:SET\s+(?!LOCAL\b|TRANSACTION\b|CONSTRAINTS\b)(?:SESSION\s+)?(?:AUTHORIZATION\b|ROLE\b|[\w.]+\s*(?:=|TO\b))"
    rf"|(?i:set\s+(?!local\b)(?:session\s+)?(?:{SWITCHES})\s*(?:=|to\b)))"
)
SET_CONFIG = re.compile(r"set_config\s*\([^;]*,\s*false\s*\)", re.IGNORECASE)
ROLE_SWITCH = re.compile(r"\bRESET\s+(?:ROLE|ALL)\b|\bSET\s+(?:LOCAL\s+|SESSION\s+)?ROLE\b|\bSESSION\s+AUTHORIZATION\b")
STAR = re.compile(r"\b(?:SELECT\s+(?:DISTINCT\s+)?|RETURNING\s+)(?:\w+\.)?\*", re.IGNORECASE)
TENANT = re.compile(
    r"(?:\b(?:FROM|JOIN|INTO|UPDATE|TABLE|SCHEMA|ROLE|ON)\s+|\bsearch_path\s*(?:TO|=)\s*)\"?t_[0-9a-z]{5,}",
    re.IGNORECASE,
)


def texts(source: Source) -> Iterator[tuple[int, str]]:
    """Line and text of every string a program may send; the parts of an f-string joined with `{}` between."""
    if source.suffix == ".sql":
        yield from enumerate(source.text.split("\n"), start=1)
        return
    inner = {id(part) for node in source.nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in source.nodes:
        if isinstance(node, ast.JoinedStr):
            parts = [constant_text(part) if isinstance(part, ast.Constant) else "{}" for part in node.values]
            yield node.lineno, "".join(part or "" for part in parts)
        elif isinstance(node, ast.Constant) and id(node) not in inner and id(node) not in source.docstrings:
            value = node.value.decode(errors="replace") if isinstance(node.value, bytes) else node.value
            if isinstance(value, str):
                yield node.lineno, value


def _matches(tree: Tree, pattern: re.Pattern[str], message: str, except_in: str = "") -> Iterator[Finding]:
    for source in tree.under(*CODE, suffix=(".py", ".sql")):
        if source.path == except_in:
            continue
        for line, text in texts(source):
            match = pattern.search(text)
            if match:
                yield Finding(source.path, line, f"{' '.join(match[0].split())!r}: {message}")


@gate
def nothing_is_set_for_a_whole_session(tree: Tree) -> Iterator[Finding]:
    yield from _matches(tree, SESSION_SET, "it would stay on a pooled connection; only SET LOCAL")
    yield from _matches(tree, SET_CONFIG, "it would stay on a pooled connection; the third argument is true")


@gate
def roles_are_switched_in_one_place(tree: Tree) -> Iterator[Finding]:
    yield from _matches(tree, ROLE_SWITCH, f"the role is set at BEGIN, in {DATABASE}", except_in=DATABASE)


@gate
def columns_are_named(tree: Tree) -> Iterator[Finding]:
    yield from _matches(tree, STAR, "name the columns; a new one must not change what is read")


@gate
def no_sql_names_a_tenant(tree: Tree) -> Iterator[Finding]:
    yield from _matches(tree, TENANT, "the schema of a tenant is the search_path, never a part of a text")
    for source in tree.python(*CODE):
        for node in source.nodes:
            if isinstance(node, ast.keyword) and node.arg == "schema":
                name = constant_text(node.value) or ""
                if name.startswith("t_"):
                    yield Finding(source.path, node.value.lineno, f"{name!r}: a schema of a tenant is never named")


def may_compose(source: Source) -> bool:
    return source.path.startswith(DDL_FILES) or source.room in DDL_ROOMS


@gate
def no_sql_is_built_from_input(tree: Tree) -> Iterator[Finding]:
    for source in tree.python(*CODE):
        composed = Composed(source)
        for node in source.nodes:
            if called(node) in RUNNERS and isinstance(node, ast.Call) and node.args:
                suspects = [node.args[0]]
            elif is_composed(node) and STATEMENT.match(_beginning(node)):
                suspects = [node]
            else:
                continue
            for suspect in suspects:
                for part in composed.origins(suspect):
                    if may_compose(source) and composed.is_safe(part):
                        continue
                    advice = "quote every part with kit.db.identifier()" if may_compose(source) else "bind the values"
                    yield Finding(source.path, part.lineno, f"SQL is put together here: {advice}")


def _beginning(node: ast.AST) -> str:
    """The constant text that a composed one begins with."""
    while isinstance(node, ast.BinOp):
        node = node.left
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
    return constant_text(node) or ""
