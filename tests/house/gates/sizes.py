"""Files stay small enough to be read, and their names say what they hold."""

from __future__ import annotations

from collections.abc import Iterator

from .tree import Finding, Source, Tree, gate

HARD_STOP = 500
SPLIT_AT = 400
FACE_FILE = 300
COUNTED = (".py", ".html", ".css", ".js")
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "managers"}


def near_limit(tree: Tree) -> list[Source]:
    """The files that are past 400 lines: still allowed, but due to become a folder."""
    return [source for source in tree.under("", suffix=COUNTED) if SPLIT_AT < source.line_count <= HARD_STOP]


@gate
def no_file_is_longer_than_500_lines(tree: Tree) -> Iterator[Finding]:
    for source in tree.under("", suffix=COUNTED):
        if source.line_count > HARD_STOP:
            yield Finding(source.path, HARD_STOP, f"{source.line_count} lines: split it into a folder of its name")


@gate
def no_face_file_is_longer_than_300_lines(tree: Tree) -> Iterator[Finding]:
    for source in tree.python("app/faces/"):
        if source.line_count > FACE_FILE:
            yield Finding(source.path, FACE_FILE, f"{source.line_count} lines: one family of pages per file")


@gate
def no_file_has_a_name_that_says_nothing(tree: Tree) -> Iterator[Finding]:
    for source in tree.under("app/", "sandbox_provider/", "tests/", "bench/", suffix=COUNTED):
        # base.html and base.css are words of their own trades: the page's frame, and the layer of that name
        names = [*source.parts[:-1], source.stem] if source.suffix == ".py" else source.parts[:-1]
        for name in names:
            if name in NAMELESS:
                yield Finding(source.path, 1, f"`{name}` says nothing: name the noun or verb it holds")


@gate
def every_file_can_be_parsed(tree: Tree) -> Iterator[Finding]:
    for source in tree.python(""):
        if source.syntax_error:
            yield Finding(source.path, source.syntax_error.lineno or 1, f"no Python: {source.syntax_error.msg}")
