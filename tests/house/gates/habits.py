"""Nothing is left for later, nothing is silenced, and nothing names the machine it was written on."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from .tree import Finding, Source, Tree, dotted_name, gate, line_of

OURS = (
    "app/",
    "sandbox_provider/",
    "tests/",
    "bench/",
    "migrations/",
    "tenants/",
    "config/",
    "bin/",
    "deploy/",
    "docs/",
)
LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
SILENCED = re.compile(r"#\s*(type:\s*ignore|noqa|pyright:\s*ignore|pragma:\s*no cover)")
MACHINE = re.compile(
    r"(?<![\w.-])/(?:work|home/[a-z]\w*|root|Users/\w+)/|\bpypi\.org\b|\bpythonhosted\.org\b|--(?:extra-)?index-url"
)
GIVEN_UP = {
    "pytest.skip",
    "pytest.mark.skip",
    "pytest.mark.skipif",
    "pytest.mark.xfail",
    "pytest.xfail",
    "unittest.skip",
}
NAMED_AS_NOT_RUN = "tests/conftest.py"
"""The one place that may: tests on data written by others are named as not run where that data is absent."""
WRITES_OF_PATTERNS = "tests/house/"
"""The gates and what is planted for them must spell what they look for."""


def comments(source: Source) -> Iterator[tuple[int, str]]:
    if source.suffix != ".py":
        yield from enumerate(source.text.split("\n"), start=1)
    elif LATER.search(source.text) or SILENCED.search(source.text):
        try:
            for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
                if token.type == tokenize.COMMENT:
                    yield token.start[0], token.string
        except (tokenize.TokenError, SyntaxError):
            return


@gate
def nothing_is_left_for_later(tree: Tree) -> Iterator[Finding]:
    for source in tree.under(*OURS, suffix=(".py", ".html", ".css", ".js", ".toml")):
        for line, text in comments(source):
            match = LATER.search(text)
            if match:
                yield Finding(source.path, line, f"{match[1]}: do it, or write the issue")


@gate
def no_checker_is_silenced(tree: Tree) -> Iterator[Finding]:
    for source in tree.python(*OURS):
        for line, text in comments(source):
            match = SILENCED.search(text)
            if match:
                yield Finding(source.path, line, f"`{match[0]}`: mend what it complains of")


@gate
def no_test_is_given_up(tree: Tree) -> Iterator[Finding]:
    for source in tree.python("tests/"):
        for node in source.nodes:
            if source.path == NAMED_AS_NOT_RUN:
                continue
            if isinstance(node, ast.Attribute) and dotted_name(node) in GIVEN_UP:
                yield Finding(source.path, node.lineno, f"`{dotted_name(node)}`: a test runs or does not exist")


@gate
def no_machine_is_named(tree: Tree) -> Iterator[Finding]:
    for source in tree.under(""):
        if not source.path.startswith(WRITES_OF_PATTERNS):
            for match in MACHINE.finditer(source.text):
                yield Finding(source.path, line_of(source.text, match.start()), f"`{match[0]}` is of one machine only")
