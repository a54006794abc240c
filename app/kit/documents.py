"""TOML documents against marshmallow schemas: a wrong key or value is refused with file, line, path and reason.

`tomllib` gives no positions, so a small locator walks the same text again and notes the line of every key and array
element. It runs only on text that tomllib has accepted and therefore trusts the syntax.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError, fields

from app.kit.errors import NotValid
from app.kit.i18n import UnknownLanguage, babel_locale
from app.kit.settings import ROOT

Place = tuple[str | int, ...]
"""Where in a document: keys and indexes of arrays, `("tax", "rates", 0, "rate")`."""


@dataclass(frozen=True, slots=True)
class DocumentProblem:
    """One fault: line and column count from 1 (0 where the whole file is meant); `path` reads `tax.rates[0].rate`."""

    file: str
    line: int
    path: str
    reason: str
    column: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" + (f":{self.column}" if self.column else "")
        return f"{place}: {self.path}: {self.reason}" if self.path else f"{place}: {self.reason}"


class DocumentRefused(NotValid):
    """All problems of a document at once, in the order of its lines."""

    code = "kit.document_refused"
    text = "%(file)s was refused: %(count)s problems."

    def __init__(self, problems: list[DocumentProblem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column))
        super().__init__(file=self.problems[0].file, count=len(self.problems), problems=list(map(str, self.problems)))

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed TOML file with the line of each of its places."""

    file: str
    data: dict[str, Any]
    lines: Mapping[Place, int] = field(repr=False)

    def problem(self, place: Place, reason: str) -> DocumentProblem:
        """A problem at `place`, or at the nearest place around it that is written in the file."""
        known = place
        while known and known not in self.lines:
            known = known[:-1]
        return DocumentProblem(self.file, self.lines.get(known, 0), dotted(place), reason)


def load(path: Path, schema: Schema) -> Any:
    """What the schema makes of a TOML file. Raises `DocumentRefused` with all problems."""
    return check(read(path), schema)


def read(path: Path) -> Document:
    """A TOML file with its positions. Raises `DocumentRefused` when it is missing, not UTF-8 or not TOML."""
    file = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
    try:
        return parse(path.read_text(encoding="utf-8"), file)
    except FileNotFoundError:
        raise DocumentRefused([DocumentProblem(file, 0, "", "There is no such file.")]) from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise DocumentRefused([DocumentProblem(file, line, "", "This line is not UTF-8 text.")]) from None


_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def parse(content: str, file: str) -> Document:
    """As `read`, of a text."""
    content = content.replace("\r\n", "\n")
    try:
        data = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        found = _AT.search(message)
        line, column = (int(found[1]), int(found[2])) if found and found[1] else (content.count("\n") + 1, 1)
        reason = _AT.sub("", message) + "."
        raise DocumentRefused([DocumentProblem(file, line, "", reason, column)]) from None
    return Document(file, data, _Locator(content).lines)


def check(document: Document, schema: Schema) -> Any:
    """What the schema makes of a document. Raises `DocumentRefused` with all problems."""
    try:
        return schema.load(document.data)
    except ValidationError as error:
        raise DocumentRefused(list(_problems(document, schema, error.normalized_messages(), ()))) from None


def dotted(place: Place) -> str:
    """`tax.rates[0].rate`; a key that is not bare is quoted."""
    path = ""
    for part in place:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            shown = part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'"{part}"'
            path += f".{shown}" if path else shown
    return path


def _problems(document: Document, schema: Any, messages: Any, place: Place) -> Iterator[DocumentProblem]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            # marshmallow files the faults of a whole schema under "_schema", those of a mapping's entry under
            # "key" and "value"; none of the three is a place in the document.
            is_place = (*place, key) in document.lines
            apart = key == "_schema" or (isinstance(schema, fields.Mapping) and place and key in ("key", "value"))
            deeper = place if apart and not is_place else (*place, key)
            yield from _problems(document, schema if deeper == place else _inner(schema, key), inner, deeper)
        return
    for message in messages if isinstance(messages, list) else [messages]:
        yield document.problem(place, _reason(str(message), schema, place, document))


def _inner(schema: Any, key: str | int) -> Any:
    """The schema or field under a key; for an unknown key the schema that does not know it."""
    if isinstance(schema, fields.Nested):
        schema = schema.schema
    if isinstance(schema, Schema):
        known = {each.data_key or name: each for name, each in schema.fields.items()}
        return known.get(str(key), schema)
    if isinstance(schema, fields.List):
        return schema.inner
    return schema.schema if hasattr(schema, "schema") else schema


def _reason(message: str, schema: Any, place: Place, document: Document) -> str:
    if message == "Missing data for required field.":
        return "This key is required."
    if message != "Unknown field.":
        return message
    schema = schema.schema if isinstance(schema, fields.Nested) else schema
    names = [each.data_key or name for name, each in schema.fields.items()] if isinstance(schema, Schema) else []
    near = difflib.get_close_matches(str(place[-1]), names, n=1, cutoff=0.6)
    return f"Unknown key; did you mean “{near[0]}”?" if near else f"Unknown key; known are {', '.join(sorted(names))}."


class _Locator:
    """The line of each key, table and array element of a valid TOML text."""

    def __init__(self, content: str) -> None:
        self.content = content
        self.at = 0
        self.lines: dict[Place, int] = {}
        self.counts: dict[Place, int] = {}
        table: Place = ()
        while self._skip(" \t\n"):
            if self._peek("[["):
                table = self._header("[[", "]]", is_array=True)
            elif self._peek("["):
                table = self._header("[", "]", is_array=False)
            else:
                self._pair(table)

    def _peek(self, sign: str) -> bool:
        return self.content.startswith(sign, self.at)

    def _skip(self, blanks: str) -> bool:
        """Past blanks and comments; false at the end of the text."""
        while self.at < len(self.content):
            if self.content[self.at] == "#":
                end = self.content.find("\n", self.at)
                self.at = len(self.content) if end < 0 else end
            elif self.content[self.at] in blanks:
                self.at += 1
            else:
                return True
        return False

    def _note(self, place: Place) -> None:
        # Tables may be opened again by a dotted key; the first line is where a reader looks.
        self.lines.setdefault(place, self.content.count("\n", 0, self.at) + 1)

    def _header(self, opening: str, closing: str, *, is_array: bool) -> Place:
        start = self.at
        self.at += len(opening)
        place: Place = ()
        keys = self._keys()
        for position, key in enumerate(keys):
            place = (*place, key)
            is_last = position == len(keys) - 1
            if is_array and is_last:
                self.counts[place] = self.counts.get(place, -1) + 1
            end, self.at = self.at, start
            self._note(place)
            if place in self.counts:
                place = (*place, self.counts[place])
                self._note(place)
            self.at = end
        self._skip(" \t")
        self.at += len(closing)
        return place

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._skip(" \t")
            if self._peek('"') or self._peek("'"):
                start = self.at
                self._string()
                keys.append(tomllib.loads(f"key = {self.content[start : self.at]}")["key"])
            else:
                found = re.compile(r"[A-Za-z0-9_-]+").match(self.content, self.at)
                keys.append(found[0] if found else "")
                self.at = found.end() if found else self.at + 1
            self._skip(" \t")
            if not self._peek("."):
                return keys
            self.at += 1

    def _pair(self, table: Place) -> None:
        start = self.at
        keys = self._keys()
        end, self.at = self.at, start
        for length in range(1, len(keys) + 1):
            self._note((*table, *keys[:length]))
        self.at = end
        self._skip(" \t")
        self.at += 1  # the equals sign
        self._skip(" \t")
        self._value((*table, *keys))

    def _value(self, place: Place) -> None:
        if self._peek('"') or self._peek("'"):
            self._string()
        elif self._peek("["):
            self.at += 1
            index = 0
            while self._skip(" \t\n,") and not self._peek("]"):
                self._note((*place, index))
                self._value((*place, index))
                index += 1
            self.at += 1
        elif self._peek("{"):
            self.at += 1
            while self._skip(" \t\n,") and not self._peek("}"):
                self._pair(place)
            self.at += 1
        else:
            found = re.compile(r"[^\s,\]}#]+(?: \d\d:[^\s,\]}#]+)?").match(self.content, self.at)
            self.at = found.end() if found else self.at + 1

    def _string(self) -> None:
        quote = self.content[self.at]
        if self._peek(quote * 3):
            # A text may end in up to two quotation marks before the closing three.
            body = r"(?:[^\\]|\\.)*?" if quote == '"' else r".*?"
            found = re.compile(rf"{quote * 3}{body}{quote * 3}{quote}{{0,2}}", re.DOTALL).match(self.content, self.at)
        else:
            body = r'(?:[^"\\\n]|\\.)*' if quote == '"' else r"[^'\n]*"
            found = re.compile(f"{quote}{body}{quote}").match(self.content, self.at)
        self.at = found.end() if found else self.at + 1


# --- fields that say exactly what TOML gave them ----------------------------------------------------------------


class LocalDate(fields.Field):
    """A TOML local date (`2026-11-22`, without quotes)."""

    default_error_messages = {"invalid": "A date without quotes is needed here: 2026-11-22."}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> date:
        if isinstance(value, datetime) or not isinstance(value, date):
            raise self.make_error("invalid")
        return value


class DecimalText(fields.Field):
    """A decimal number in quotes (`"0.07"`): TOML's own numbers with a point are binary fractions."""

    default_error_messages = {"invalid": 'A decimal number in quotes is needed here: "0.07".'}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Decimal:
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value, re.ASCII):
            raise self.make_error("invalid")
        try:
            return Decimal(value)
        except InvalidOperation:
            raise self.make_error("invalid") from None


class Whole(fields.Field):
    """A whole number, neither text nor true or false."""

    default_error_messages = {"invalid": "A whole number is needed here."}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid")
        return value


class Flag(fields.Field):
    """`true` or `false`, nothing that merely resembles them."""

    default_error_messages = {"invalid": "true or false is needed here."}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Translated(fields.Field):
    """A text per language: `{ th = "…", en = "…" }`, at least one, none empty."""

    default_error_messages = {
        "invalid": 'A text per language is needed here: {{ th = "…", en = "…" }}.',
        "language": "“{tag}” is not a language tag.",
        "empty": "The text for “{tag}” is empty.",
    }

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> dict[str, str]:
        if not isinstance(value, Mapping) or not value:
            raise self.make_error("invalid")
        for tag, words in value.items():
            if not isinstance(words, str):
                raise self.make_error("invalid")
            try:
                babel_locale(tag)
            except UnknownLanguage:
                raise self.make_error("language", tag=tag) from None
            if not words.strip():
                raise self.make_error("empty", tag=tag)
        return dict(value)
