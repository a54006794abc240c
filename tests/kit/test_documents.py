"""Documents: every fault has its file, line, path and reason, and the locator agrees with tomllib on every place."""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.kit.documents import (
    DecimalText,
    DocumentProblem,
    DocumentRefused,
    Flag,
    LocalDate,
    Translated,
    Whole,
    check,
    dotted,
    load,
    parse,
    read,
)


class RateSchema(Schema):
    rate = DecimalText(required=True)
    valid_from = LocalDate(required=True)
    valid_to = LocalDate()


class TaxSchema(Schema):
    prices_include_tax = Flag(required=True)
    rates = fields.List(fields.Nested(RateSchema), required=True)


class PackSchema(Schema):
    code = fields.String(required=True, validate=validate.Regexp("^[a-z]{2}$", error="Two small letters."))
    name = Translated(required=True)
    days = Whole()
    limits = fields.Dict(keys=fields.String(validate=validate.Length(max=3)), values=Whole())
    tags = fields.List(fields.String())
    tax = fields.Nested(TaxSchema)
    phone = fields.String(data_key="phone-region")

    @validates_schema
    def code_is_not_a_tag(self, data, **_):
        if data.get("code") in data.get("tags", []):
            raise ValidationError("The code may not be a tag.")


GOOD = """\
# a comment
code = "th"
name = { th = "ไทย", en = "Thailand" }
days = 7
tags = ["a", "b"]

[limits]
one = 1

[tax]
prices_include_tax = true

[[tax.rates]]
rate = "0.07"
valid_from = 2025-10-01
"""


def problems(content: str) -> list[tuple[int, str, str]]:
    with pytest.raises(DocumentRefused) as refused:
        check(parse(content, "x.toml"), PackSchema())
    assert {problem.file for problem in refused.value.problems} == {"x.toml"}
    return [(problem.line, problem.path, problem.reason) for problem in refused.value.problems]


def test_a_right_document_is_read():
    data = check(parse(GOOD, "x.toml"), PackSchema())
    assert data["tax"] == {
        "prices_include_tax": True,
        "rates": [{"rate": Decimal("0.07"), "valid_from": date(2025, 10, 1)}],
    }


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "reason"),
    [
        ('rate = "0.07"', "rate = 0.07", 14, "tax.rates[0].rate", "A decimal number in quotes"),
        ('rate = "0.07"', 'rate = "7%"', 14, "tax.rates[0].rate", "A decimal number in quotes"),
        ('rate = "0.07"', 'raet = "0.07"', 14, "tax.rates[0].raet", "Unknown key; did you mean “rate”?"),
        ('rate = "0.07"\n', "", 13, "tax.rates[0].rate", "This key is required."),
        ("valid_from = 2025-10-01", 'valid_from = "2025-10-01"', 15, "tax.rates[0].valid_from", "A date without"),
        ("valid_from = 2025-10-01", "valid_from = 2025-10-01 10:00:00", 15, "tax.rates[0].valid_from", "A date"),
        ("true", '"yes"', 11, "tax.prices_include_tax", "true or false"),
        ("days = 7", "days = true", 4, "days", "A whole number"),
        ("days = 7", 'days = "7"', 4, "days", "A whole number"),
        ("days = 7", "zebra = 7", 4, "zebra", "Unknown key; known are code, days, limits, name, phone-region,"),
        ("days = 7", "phone-regoin = 7", 4, "phone-regoin", "Unknown key; did you mean “phone-region”?"),
        ("days = 7", "phone-region = 7", 4, "phone-region", "Not a valid string."),
        ('code = "th"', 'code = "TH"', 2, "code", "Two small letters."),
        ('en = "Thailand"', 'english = "x"', 3, "name", "“english” is not a language tag."),
        ('en = "Thailand"', 'en = " "', 3, "name", "The text for “en” is empty."),
        ('{ th = "ไทย", en = "Thailand" }', '"Thailand"', 3, "name", "A text per language"),
        ('{ th = "ไทย", en = "Thailand" }', "{}", 3, "name", "A text per language"),
        ('["a", "b"]', '[\n  "a",\n  5,\n]', 7, "tags[1]", "Not a valid string."),
        ('["a", "b"]', '["th"]', 0, "", "The code may not be a tag."),
        ("one = 1", 'one = "1"', 8, "limits.one", "A whole number"),
        ("one = 1", "four = 1", 8, "limits.four", "Longer than maximum length 3."),
        ("[tax]\nprices_include_tax = true\n\n[[tax.rates]]", "[tax]\n[[tax.rates]]", 10, "tax.prices_include_tax",
         "This key is required."),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line_and_reason(old, new, line, path, reason):
    assert old in GOOD
    found = problems(GOOD.replace(old, new))
    told = [entry for entry in found if entry[:2] == (line, path)]
    assert told and told[0][2].startswith(reason), found


def test_all_problems_are_told_at_once_in_the_order_of_lines():
    content = GOOD.replace('"th"', '"TH"').replace("days = 7", "dayz = 7").replace("true", "1")
    assert [line for line, _, _ in problems(content)] == [2, 4, 11]
    with pytest.raises(DocumentRefused) as refused:
        check(parse(content, "x.toml"), PackSchema())
    assert str(refused.value).splitlines()[1] == "x.toml:4: dayz: Unknown key; did you mean “days”?"
    assert refused.value.facts["count"] == 3 and refused.value.status == 422


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [("a = 1\nb = \n", 2, 5), ("a = 1\na = 2\n", 2, 6), ("a = [1,\n\n", 3, 1), ("= 1", 1, 1)],
)
def test_a_fault_of_syntax_is_told_with_line_and_column(content, line, column):
    with pytest.raises(DocumentRefused) as refused:
        parse(content, "x.toml")
    (problem,) = refused.value.problems
    assert (problem.line, problem.column) == (line, column)
    assert str(problem).startswith(f"x.toml:{line}:{column}: ") and "(at" not in str(problem)


def test_a_missing_file_and_one_in_another_encoding_are_refused(tmp_path):
    with pytest.raises(DocumentRefused, match="no such file"):
        load(tmp_path / "none.toml", PackSchema())
    path = tmp_path / "latin.toml"
    path.write_bytes(b'a = 1\nb = "caf\xe9"\n')
    with pytest.raises(DocumentRefused, match="latin.toml:2: This line is not UTF-8"):
        read(path)


def test_lines_of_windows_are_lines(tmp_path):
    path = tmp_path / "x.toml"
    path.write_bytes(GOOD.replace('"0.07"', "7").replace("\n", "\r\n").encode())
    with pytest.raises(DocumentRefused, match=r"x.toml:14: tax.rates\[0\].rate"):
        load(path, PackSchema())


def test_a_path_is_written_as_a_reader_would():
    assert dotted(("tax", "rates", 0, "rate")) == "tax.rates[0].rate"
    assert dotted(("a b", "ไทย")) == '"a b"."ไทย"'
    assert dotted(()) == ""
    assert str(DocumentProblem("f", 3, "", "r")) == "f:3: r"


HARD = '''\
"quoted key" = 1            # a # comment
'literal "key"' = 2
"esc\\"aped" = 3
dotted.key.here = 4
dotted . "other" = 5
text = """
[not.a.table]
x = 1 \\""" still
"""
ends = """two quotes"""""
literal = \'\'\'
[[nor.this]]
\'\'\'
moment = 1979-05-27 07:32:00Z
numbers = [1, # one
  [2, 3],
  { a = 4, b.c = [5] },
]
inline = { x = 1, "y z" = { w = "}" }, arr = [ "]", \'#\' ] }

[table]   # trailing
a = true
[table.sub."dotted.name"]
b = 1
[[array]]
a = 1
[[array.inner]]
c = 1
[[array.inner]]
c = 2
[array.single]
d = 1
[[array]]
a = 2
[[array.inner]]
c = 3
'''


def places(value, place=()):
    if place:
        yield place
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*place, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*place, index))


def test_every_place_of_a_hard_document_has_its_line():
    document = parse(HARD, "hard.toml")
    assert set(document.lines) == set(places(tomllib.loads(HARD)))
    expected = {
        ("quoted key",): 1,
        ('literal "key"',): 2,
        ('esc"aped',): 3,
        ("dotted",): 4,
        ("dotted", "key", "here"): 4,
        ("dotted", "other"): 5,
        ("ends",): 10,
        ("moment",): 14,
        ("numbers", 0): 15,
        ("numbers", 1, 1): 16,
        ("numbers", 2, "b", "c", 0): 17,
        ("inline", "y z", "w"): 19,
        ("inline", "arr", 1): 19,
        ("table", "a"): 22,
        ("table", "sub", "dotted.name", "b"): 24,
        ("array", 0, "inner", 0, "c"): 28,
        ("array", 0, "inner", 1, "c"): 30,
        ("array", 0, "single", "d"): 32,
        ("array", 1): 33,
        ("array", 1, "inner", 0, "c"): 36,
    }
    assert {place: document.lines[place] for place in expected} == expected


KEYS = st.sampled_from(["a", "b-1", "c c", "ไทย", 'q"q', "d.d", "7"])
VALUES = st.recursive(
    st.sampled_from(["1", '"x # ]"', "'}'", "true", "1979-05-27", "1.5", '"""\n[a]\n"""', "1979-05-27T07:32:00"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[" + ",\n ".join(items) + "]")
        | st.dictionaries(KEYS, inner, max_size=3).map(
            lambda items: "{ " + ", ".join(f"{quoted(key)} = {value}" for key, value in items.items()) + " }"
        )
    ),
    max_leaves=8,
)


def quoted(key: str) -> str:
    return key if key.replace("-", "").isalnum() and key.isascii() else '"' + key.replace('"', '\\"') + '"'


@given(st.dictionaries(KEYS, VALUES, max_size=4), st.lists(st.dictionaries(KEYS, VALUES, max_size=3), max_size=3))
def test_the_locator_finds_what_tomllib_finds(top, rows):
    content = "".join(f"{quoted(key)} = {value} # end\n" for key, value in top.items())
    for row in rows:
        content += "[[rows.list]]\n" + "".join(f"{quoted(key)} = {value}\n" for key, value in row.items())
    document = parse(content, "x.toml")
    assert set(document.lines) == set(places(tomllib.loads(content)))
    for (first, *_), line in document.lines.items():
        assert 1 <= line <= content.count("\n")
        assert first == "rows" or quoted(first) in content.splitlines()[document.lines[(first,)] - 1]


@pytest.mark.parametrize(
    ("field", "right", "wrong"),
    [
        (LocalDate(), date(2026, 1, 1), [datetime(2026, 1, 1), "2026-01-01", 5]),
        (Whole(), 5, [True, 5.0, "5", None]),
        (Flag(), True, [1, "true", None]),
        (Translated(), {"th": "ก"}, [{}, [], {"th": 1}, {"..": "x"}]),
    ],
)
def test_fields_take_only_their_own_kind(field, right, wrong):
    assert field.deserialize(right) == right
    for value in wrong:
        with pytest.raises(ValidationError):
            field.deserialize(value)


def test_decimals_come_in_quotes():
    assert DecimalText().deserialize("-0.070") == Decimal("-0.070")
    for wrong in (0.07, 1, "1e3", "NaN", "", "1,5", "٠٫٥"):
        with pytest.raises(ValidationError):
            DecimalText().deserialize(wrong)
