"""The words of the glossary, and none of somebody else's data."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator

from .tree import Finding, Source, Tree, called, constant_text, gate

REFUSED = {
    "shop": "storefront",
    "vendor": "seller",
    "channel": "tenant or storefront",
    "shipment": "fulfilment or parcel",
    "taxon": "category",
    "taxa": "categories",
    "catalog": "catalogue",
    "fulfillment": "fulfilment",
    "canceled": "cancelled",
    "color": "colour",
}
IN_THE_KIT = {"channel"}
"""The kit knows no tenant as a channel; there it is PostgreSQL's word for where NOTIFY is heard."""
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
SAMPLE_LENGTH = 12


def definitions(source: Source) -> Iterator[tuple[int, str]]:
    """Line and identifier of what a file itself names. Reading another's attribute is no naming."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id if isinstance(node, ast.Name) else node.attr
        elif isinstance(node, ast.alias) and node.asname:
            yield node.lineno, node.asname
        elif isinstance(node, ast.Call) and called(node) in ("mapped_column", "Column", "Table") and node.args:
            yield node.lineno, constant_text(node.args[0]) or ""
        elif isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "__tablename__" for t in node.targets):
            yield node.lineno, constant_text(node.value) or ""


@gate
def names_are_words_of_the_glossary(tree: Tree) -> Iterator[Finding]:
    for source in tree.python("app/"):
        exempt = IN_THE_KIT if source.path.startswith("app/kit/") else set()
        for line, name in [*definitions(source), *((1, part.removesuffix(".py")) for part in source.parts[1:])]:
            for word in {found.lower() for found in WORD.findall(name)}:
                singular = word if word in REFUSED else word.removesuffix("s")
                if singular in REFUSED and singular not in exempt:
                    yield Finding(source.path, line, f"`{name}`: the word is {REFUSED[singular]}")


def data_gate(samples: Iterable[str]) -> Callable[[Tree], list[Finding]]:
    """A gate for texts that stand in data sets of others: what the code does must not depend on them."""
    wanted = [text for text in samples if len(text) >= SAMPLE_LENGTH]

    def findings(tree: Tree) -> list[Finding]:
        found = []
        for source in tree.under("app/", suffix=(".py", ".html", ".css", ".js", ".toml", ".json")):
            for text in wanted:
                position = source.text.find(text)
                if position >= 0:
                    line = source.text.count("\n", 0, position) + 1
                    found.append(Finding(source.path, line, f"{text!r} comes from a data set, not from us"))
        return sorted(found)

    return findings
