"""What kind of fact an attribute is: derived of its words, widened by more of them, decided by a person."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import text

from app.domains.catalogue import actions, queries
from app.domains.catalogue.errors import AttributeNotFound
from app.domains.catalogue.rules.attributes import AttributeSurvey, alone, typed, widen
from app.domains.catalogue.types import Attribute, AttributeDefinition, AttributeKind
from app.kit.errors import PermissionDenied, StaleVersion
from app.kit.scope import Scope
from tests.factories import catalogue


def words(*values: str, code: str = "x") -> list[Attribute]:
    return [Attribute(code, {"en": "X"}, {"en": value}) for value in values]


def surveyed(*values: str) -> AttributeDefinition:
    survey = AttributeSurvey()
    survey.add(words(*values))
    return survey.definitions()[0]


@pytest.mark.parametrize(
    ("values", "kind", "unit"),
    [
        (("12", "7"), "integer", ""),
        (("12 kg", "7 kg"), "integer", "kg"),
        (("2.13 GHz", "3 GHz"), "decimal", "GHz"),
        (("12 kg", "7 lb"), "choice", ""),
        (("Yes", "no", "TRUE"), "boolean", ""),
        (("Yes", "Maybe"), "choice", ""),
        (("Silk", "Cotton"), "choice", ""),
        (("Red, Blue", "Blue", "Blue, Red", "Red"), "multi", ""),
        (("Wash cold, dry flat", "Silk"), "choice", ""),
        (("1440 x 900", "1920 x 1080"), "choice", ""),
        (("a" * 81,), "text", ""),
        (tuple(f"Model {number}" for number in range(80)), "text", ""),
        (tuple(("Silk", "Cotton", "Wool")[number % 3] for number in range(80)), "choice", ""),
    ],
)
def test_kinds_are_derived_of_the_words(values: tuple[str, ...], kind: AttributeKind, unit: str) -> None:
    found = surveyed(*values)
    assert (found.kind, found.unit, found.is_filterable) == (kind, unit, kind != "text")


def test_values_are_read_by_their_definition() -> None:
    decimal = AttributeDefinition("x", {}, "decimal", "GHz")
    assert typed(words("2.13 GHz")[0], decimal).data == Decimal("2.13")
    assert typed(words("2")[0], decimal).data == Decimal(2)
    assert typed(words("fast")[0], decimal).data is None
    assert typed(words("2.5")[0], AttributeDefinition("x", {}, "integer")).data is None
    truth = typed(Attribute("x", {}, {"en": "No"}), AttributeDefinition("x", {}, "boolean")).data
    assert truth is False
    multi = Attribute("x", {}, {"en": "Red, Blue", "th": "แดง, น้ำเงิน", "ar": "أحمر"})
    assert typed(multi, AttributeDefinition("x", {}, "multi")).choices == (
        {"en": "Red", "th": "แดง"},
        {"en": "Blue", "th": "น้ำเงิน"},
    )
    bare = Attribute("x", {"en": "X"}, {}, "integer", 17, "cm")
    assert alone(bare).unit == "cm" and typed(bare, None).data == 17


@pytest.mark.parametrize(
    ("before", "met", "after"),
    [
        ("integer", "decimal", "decimal"),
        ("decimal", "integer", "decimal"),
        ("choice", "multi", "multi"),
        ("boolean", "integer", "choice"),
        ("choice", "text", "text"),
        ("text", "choice", "text"),
    ],
)
def test_a_definition_is_only_widened(before: AttributeKind, met: AttributeKind, after: AttributeKind) -> None:
    standing = AttributeDefinition("x", {}, before, is_filterable=before != "text")
    assert widen(standing, AttributeDefinition("x", {}, met)).kind == after
    fixed = AttributeDefinition("x", {}, before, is_fixed=True)
    assert widen(fixed, AttributeDefinition("x", {}, met)) == fixed


def test_what_a_file_brings_is_learnt_once(system_scope: Scope) -> None:
    met = [AttributeDefinition("x", {"en": "X"}, "integer", "kg"), AttributeDefinition("y", {"en": "Y"}, "choice")]
    count = text("SELECT count(*) FROM event WHERE name = 'catalogue.attributes_changed'")
    with system_scope.transaction() as unit:
        assert actions.learn_attributes(unit, met) == []
        assert actions.learn_attributes(unit, met) == []
        standing = queries.list_attributes(unit)
        assert {code: (found.kind, found.unit, found.version) for code, found in standing.items()} == {
            "x": ("integer", "kg", 1),
            "y": ("choice", "", 1),
        }
        assert unit.db.scalar(count) == 0
        assert actions.learn_attributes(unit, [AttributeDefinition("x", {}, "decimal", "kg")]) == ["x"]
        assert queries.list_attributes(unit, ["x"])["x"].kind == "decimal"
        assert unit.db.scalar(count) == 1


def test_a_person_decides_and_files_no_longer_do(system_scope: Scope, scope: Scope) -> None:
    with system_scope.transaction() as unit:
        actions.learn_attributes(unit, [AttributeDefinition("x", {"en": "X"}, "integer")])
        with pytest.raises(StaleVersion):
            actions.change_attribute(unit, "x", kind="text", unit="", is_filterable=False, if_version=9)
        with pytest.raises(AttributeNotFound):
            actions.change_attribute(unit, "z", kind="text", unit="", is_filterable=False)
        assert queries.list_attributes(unit)["x"].kind == "integer"
        assert actions.change_attribute(unit, "x", kind="text", unit="", is_filterable=False, if_version=1)
        assert not actions.change_attribute(unit, "x", kind="text", unit="", is_filterable=False)
        actions.learn_attributes(unit, [AttributeDefinition("x", {"en": "X"}, "choice")])
        found = queries.list_attributes(unit)["x"]
        assert (found.kind, found.is_filterable, found.is_fixed) == ("text", False, True)
    with scope.transaction() as unit, pytest.raises(PermissionDenied):
        actions.change_attribute(unit, "x", kind="choice", unit="", is_filterable=True)


def test_a_product_shows_its_attributes_by_the_definitions(system_scope: Scope) -> None:
    attributes = (
        Attribute("length", {"en": "Length"}, {"en": "2 m"}),
        Attribute("clock", {"en": "Clock"}, {}, "decimal", Decimal("2.130"), "GHz"),
        Attribute("washable", {"en": "Washable"}, {}, "boolean", False),
    )
    saved = catalogue.save(system_scope, catalogue.product(attributes=attributes))
    with system_scope.transaction() as unit:
        actions.learn_attributes(unit, [AttributeDefinition("length", {"en": "Length"}, "decimal", "m")])
        found = queries.get_product(unit, saved.product_id)
    assert found.attributes == attributes
    assert [entry.data for entry in found.typed] == [Decimal(2), Decimal("2.130"), False]
    again = catalogue.save(system_scope, found.as_input())
    assert again.status == "unchanged"
