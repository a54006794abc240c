"""The interface's texts: found in the sources, merged into the catalogues. `python -m tests.kit.texts` does both."""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("th", "ar", "hi", "ja")
PLURALS = {"hi": "nplurals=2; plural=(n > 1);"}
"""Where Babel's rule is not CLDR's: in Hindi 0 takes the form of 1."""
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
HEADER = r"""msgid ""
msgstr ""
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Language: %(language)s\n"
"Plural-Forms: %(plurals)s\n"

"""
_TEXTS, _TEXT, _CODE = "TEXTS", "text", "code"
_FAULT = "Fault"

Found = tuple[int, str | None, Any, list[str]]


def python(file: BinaryIO, keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:
    """A Babel extractor for Python. Besides the calls that Babel knows it finds the texts which are marked by the
    place they stand in, because they are translated where they are told, not where they are written:

    * `text` of a class that has a `code`: an error;
    * the values of a table named `TEXTS`: what an import says of a row;
    * the reason of a `Fault`: what is wrong with a product.
    """
    nodes = list(ast.walk(ast.parse(file.read())))
    reasons = {reason.id for reason in _reasons(nodes) if isinstance(reason, ast.Name)}
    for reason in _reasons(nodes):
        yield from _plain(reason)
    for node in nodes:
        if isinstance(node, ast.Call):
            yield from _of_call(node, keywords)
        elif isinstance(node, ast.Assign):
            # A reason that is too long for the call stands in a name before it.
            for name, value in _assigned([node]):
                if name in reasons:
                    yield from _plain(value)
        elif isinstance(node, ast.ClassDef):
            values = dict(_assigned(node.body))
            if _CODE in values and _TEXT in values:
                yield from _plain(values[_TEXT])
        elif isinstance(node, ast.Module):
            for name, value in _assigned(node.body):
                if name == _TEXTS and isinstance(value, ast.Dict):
                    for entry in value.values:
                        yield from _plain(entry)


def _of_call(node: ast.Call, keywords: Any) -> Iterator[Found]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in keywords:
        texts = [_constant(argument) for argument in node.args]
        if texts and texts[0] is not None:
            yield node.lineno, name, tuple(texts) if len(texts) > 1 else texts[0], []


def _reasons(nodes: list[ast.AST]) -> Iterator[ast.expr]:
    for node in nodes:
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == _FAULT and len(node.args) > 2:
            yield node.args[2]


def _assigned(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for statement in body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            yield statement.targets[0].id, statement.value
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            yield statement.target.id, statement.value


def _plain(node: ast.expr) -> Iterator[Found]:
    text = _constant(node)
    if text:
        yield node.lineno, None, text, []


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def extract() -> Catalog:
    """All texts of the sources, without translations; each knows the files it stands in."""
    with (ROOT / "locales" / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = Catalog(charset="utf-8")
    texts = extract_from_dir(ROOT, methods, options, KEYWORDS, directory_filter=_is_ours)
    for path, _, text, comments, context in sorted(texts, key=lambda text: (text[0], text[1])):
        found.add(text, None, [(path, 1)], auto_comments=comments, context=context)
    return found


def _is_ours(folder: str) -> bool:
    """The texts stand below app/; Babel would walk through the rest of the checkout, and the virtual environment."""
    path = Path(folder)
    return path == ROOT or ROOT / "app" in (path, *path.parents)


def path_of(language: str) -> Path:
    return ROOT / "locales" / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    """The catalogue of a language with its plural rule."""
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def update(language: str, source: Catalog) -> tuple[int, int]:
    """Bring the catalogue to the texts of `source` and write it: new texts stand there without translation, texts
    that are gone leave, and nothing is guessed. Returns the number of texts and how many are not translated."""
    catalogue = read(language) if path_of(language).is_file() else Catalog(locale=language)
    kept = Catalog(locale=language)
    for message in source:
        if message.id:
            known = catalogue.get(message.id, message.context)
            translated = known.string if known is not None and type(known.id) is type(message.id) else None
            kept.add(message.id, translated, message.locations, context=message.context)
    path_of(language).parent.mkdir(parents=True, exist_ok=True)
    body = io.BytesIO()
    # No line numbers, no dates: the file changes when a text changes and at no other time.
    write_po(body, kept, width=110, include_lineno=False, omit_header=True)
    plurals = PLURALS.get(language, kept.plural_forms)
    header = HEADER % {"language": language, "plurals": plurals}
    path_of(language).write_text(header + body.getvalue().decode("utf-8").rstrip() + "\n", encoding="utf-8")
    missing = [message for message in kept if message.id and not is_complete(message.string)]
    return len(kept), len(missing)


def is_complete(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    source = extract()
    for language in LANGUAGES:
        total, missing = update(language, source)
        print(f"{path_of(language).relative_to(ROOT)}: {total} texts, {missing} not translated")
