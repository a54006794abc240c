"""The settings of the code and those of the handbook are the same list."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .tree import Finding, Tree, gate

CODE = "app/kit/settings.py"
DOCUMENT = "docs/operations.md"
ROW = re.compile(r"\|\s*`([A-Za-z_]+)`\s*\|")
HEADING = re.compile(r"\|\s*settings?\b", re.IGNORECASE)
VARIABLE = {"DATABASE_URL": "database_url", "PORT": "port"}


def fields(tree: Tree) -> dict[str, int]:
    for node in tree[CODE].module.body if CODE in tree else []:
        if isinstance(node, ast.ClassDef) and node.name == "Settings":
            return {
                entry.target.id: entry.lineno
                for entry in node.body
                if isinstance(entry, ast.AnnAssign) and isinstance(entry.target, ast.Name)
            }
    return {}


def rows(text: str) -> dict[str, int]:
    """The settings named in tables whose first heading is *Setting*: by field or by variable."""
    found, is_inside = {}, False
    for line, content in enumerate(text.split("\n"), start=1):
        if not content.startswith("|"):
            is_inside = False
        elif HEADING.match(content):
            is_inside = True
        elif is_inside and (match := ROW.match(content)):
            name = VARIABLE.get(match[1], match[1])
            found[name.removeprefix("SERAI_").lower()] = line
    return found


@gate
def every_setting_is_in_the_handbook(tree: Tree) -> Iterator[Finding]:
    """Asked as soon as the handbook is begun."""
    known = fields(tree)
    if DOCUMENT not in tree:
        if known and any(path.count("/") == 1 for path in tree.sources if path.startswith("docs/")):
            yield Finding(DOCUMENT, 1, "missing: it holds the table of settings")
        return
    documented = rows(tree[DOCUMENT].text)
    for name in known.keys() - documented.keys():
        yield Finding(CODE, known[name], f"`{name}` is in no table of settings of {DOCUMENT}")
    for name in documented.keys() - known.keys():
        yield Finding(DOCUMENT, documented[name], f"`{name}` is no setting")
