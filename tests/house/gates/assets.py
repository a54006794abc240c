"""Templates and styles: nothing inline (the policy of cached pages has no nonce), nothing left or right."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .tree import Finding, Tree, called, gate, last_name, line_of

PLACES = ("app/", "tenants/", "sandbox_provider/")
LAYERS = ("reset", "tokens", "base", "components", "utilities", "tenant")

TEMPLATE_COMMENT = re.compile(r"\{#.*?#\}|<!--.*?-->", re.DOTALL)
INLINE = (
    (re.compile(r"<style\b", re.IGNORECASE), "a style element: a stylesheet of its own"),
    (re.compile(r"(?<=\s)style\s*=\s*[\"'{]", re.IGNORECASE), "a style attribute: a class"),
    (re.compile(r"(?<=\s)on[a-z]{3,}\s*=\s*[\"'{]", re.IGNORECASE), "an inline handler: a module"),
    (re.compile(r"\bjavascript:", re.IGNORECASE), "a script as an address: a module"),
)
SCRIPT = re.compile(r"<script\b([^>]*)>", re.IGNORECASE)
DATA_SCRIPT = re.compile(r"\bsrc\s*=|type\s*=\s*[\"']application/(?:ld\+)?json[\"']", re.IGNORECASE)
VECTOR = re.compile(r"<script\b|\son[a-z]{3,}\s*=|javascript:|<foreignObject\b", re.IGNORECASE)

STYLE_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
PHYSICAL_NAME = re.compile(
    r"(?<![\w-])(?:(?:scroll-)?(?:margin|padding)-(?:left|right)|(?:left|right)"
    r"|border-(?:left|right)(?:-(?:width|style|color))?|border-(?:top|bottom)-(?:left|right)-radius)\s*:"
)
PHYSICAL_VALUE = re.compile(r"(?<![\w-])(?:text-align|float|clear|caption-side)\s*:\s*(?:left|right)\b")
FOUR_SIDES = re.compile(r"(?<![\w-])(?:(?:scroll-)?(?:margin|padding)|inset|border-width)\s*:\s*([^;{}]+)")
LAYERED = re.compile(r"@layer\s+([\w.,\s-]+?)\s*[{;]")
BARE = re.compile(r"\s*(?!@(?:layer|charset|font-face|property|namespace)\b)([^\s{};][^{};]*)[{;]")


def _blank(pattern: re.Pattern[str], text: str) -> str:
    """The text without its comments, every line where it was."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


@gate
def templates_hold_no_inline_style_or_script(tree: Tree) -> Iterator[Finding]:
    for source in tree.under(*PLACES, suffix=".html"):
        text = _blank(TEMPLATE_COMMENT, source.text)
        for pattern, message in INLINE:
            yield from (Finding(source.path, line_of(text, match.start()), message) for match in pattern.finditer(text))
        for match in SCRIPT.finditer(text):
            if not DATA_SCRIPT.search(match[1]):
                yield Finding(source.path, line_of(text, match.start()), "an inline script: a module of its own")


@gate
def pictures_hold_no_script(tree: Tree) -> Iterator[Finding]:
    for source in tree.under(*PLACES, suffix=".svg"):
        for match in VECTOR.finditer(source.text):
            yield Finding(source.path, line_of(source.text, match.start()), f"{match[0].strip()!r} in a picture")


@gate
def undefined_names_raise_in_templates(tree: Tree) -> Iterator[Finding]:
    has_templates = any(tree.under("app/", suffix=".html"))
    if has_templates and "app/kit/web.py" in tree:
        web = tree["app/kit/web.py"]
        if not any(last_name(node) == "StrictUndefined" for node in web.nodes):
            yield Finding(web.path, 1, "templates exist, but StrictUndefined is not set")
    for source in tree.python("app/"):
        for node in source.nodes:
            if isinstance(node, ast.Call) and called(node) in ("Environment", "SandboxedEnvironment"):
                given = [keyword.value for keyword in node.keywords if keyword.arg == "undefined"]
                if not any(last_name(value) == "StrictUndefined" for value in given):
                    yield Finding(source.path, node.lineno, "undefined=StrictUndefined: a missing name is a fault")


@gate
def styles_use_logical_properties(tree: Tree) -> Iterator[Finding]:
    for source in tree.under(*PLACES, suffix=".css"):
        text = _blank(STYLE_COMMENT, source.text)
        for pattern in (PHYSICAL_NAME, PHYSICAL_VALUE):
            for match in pattern.finditer(text):
                found = " ".join(match[0].split())
                yield Finding(source.path, line_of(text, match.start()), f"`{found}`: start and end mirror, this not")
        for match in FOUR_SIDES.finditer(text):
            sides = re.findall(r"[^\s()]+(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?", match[1].replace("!important", ""))
            if len(sides) == 4 and sides[1] != sides[3]:
                yield Finding(source.path, line_of(text, match.start()), f"`{match[0].strip()}`: right is not left")


@gate
def styles_stand_in_layers(tree: Tree) -> Iterator[Finding]:
    for source in tree.under(*PLACES, suffix=".css"):
        if source.path.startswith("sandbox_provider/"):
            continue
        text = _blank(STYLE_COMMENT, source.text)
        for match in LAYERED.finditer(text):
            for name in re.split(r"[,\s]+", match[1]):
                if name.split(".")[0] not in LAYERS:
                    yield Finding(source.path, line_of(text, match.start()), f"`{name}` is none of our layers")
        yield from (
            Finding(source.path, line_of(text, position), f"`{rule}` stands outside of every layer")
            for position, rule in _bare_rules(text)
        )


def _bare_rules(text: str) -> Iterator[tuple[int, str]]:
    """Position and selector of the top-level rules that no `@layer` surrounds."""
    position = 0
    while match := re.compile(r"[^{};]*[{;]").match(text, position):
        bare = BARE.match(match[0])
        if bare:
            yield position + bare.start(1), " ".join(bare[1].split())
        position = match.end()
        depth = 1 if match[0].endswith("{") else 0
        while depth and position < len(text):
            depth += {"{": 1, "}": -1}.get(text[position], 0)
            position += 1
        while position < len(text) and text[position] in "}\n\r\t ":
            position += 1
