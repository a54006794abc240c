"""What kind of fact an attribute is: derived of its words, and the words read by it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from app.domains.catalogue.types import (
    Attribute,
    AttributeData,
    AttributeDefinition,
    AttributeKind,
    Text,
    TypedAttribute,
)

LONGEST_CHOICE = 80
"""A longer value is a sentence, not something to choose."""
SAMPLE = 50
"""Of an attribute this many values are looked at to tell a name of each product from a choice."""
MOST_CODES = 20_000

_NUMBER = re.compile(r"([+-]?[0-9]{1,15})(?:\.([0-9]{1,15}))?(?:\s{0,2}([^\W\d_][^\d,;|]{0,14}|[%°″\"][A-Za-z]?))?")
_BETWEEN = re.compile(r"\s*[;|]\s*|,\s+")
_YES, _NO = {"yes", "true", "y"}, {"no", "false", "n"}
_TRUTH = _YES | _NO


def typed(attribute: Attribute, definition: AttributeDefinition | None) -> TypedAttribute:
    """An attribute of a product by its definition; one that has none is read as if it stood alone."""
    known = definition or alone(attribute)
    data = attribute.data if attribute.data is not None else _data(attribute.value, known)
    if known.kind in ("integer", "decimal", "boolean") and not _fits(data, known):
        data = None
    return TypedAttribute(known, attribute.value, data, _choices(attribute, known))


def alone(attribute: Attribute) -> AttributeDefinition:
    """What an attribute says of itself."""
    survey = AttributeSurvey()
    survey.add([attribute])
    return next(iter(survey.definitions()))


@dataclass(slots=True)
class _Seen:
    label: Text
    kinds: set[AttributeKind] = field(default_factory=set)
    units: set[str] = field(default_factory=set)
    count: int = 0
    parted: int = 0
    longest: int = 0
    sample: set[int] = field(default_factory=set)
    parts: set[int] = field(default_factory=set)


@dataclass(slots=True)
class AttributeSurvey:
    """Looks at the attributes of products, one product after another, and says what kinds they are.

    What it holds grows with the number of codes, not with that of products; the order of products changes nothing
    as long as an attribute has at most `SAMPLE` values, and later only whether it is a choice or a name.
    """

    seen: dict[str, _Seen] = field(default_factory=dict)

    def add(self, attributes: Iterable[Attribute]) -> None:
        for attribute in attributes:
            found = self.seen.get(attribute.code)
            if found is None:
                if len(self.seen) >= MOST_CODES:
                    continue
                found = self.seen[attribute.code] = _Seen(attribute.label)
            _look(found, attribute)

    def definitions(self) -> list[AttributeDefinition]:
        """One for each code, in the order in which they were met."""
        return [_define(code, found) for code, found in self.seen.items()]


def widen(standing: AttributeDefinition, met: AttributeDefinition) -> AttributeDefinition:
    """What a definition becomes when a file brings values of another kind: never narrower than it was."""
    if standing.is_fixed or (standing.kind == met.kind and standing.unit == met.unit):
        return standing
    kinds = {standing.kind, met.kind}
    units = {standing.unit, met.unit} - {""}
    if kinds <= {"integer", "decimal"} and len(units) <= 1:
        kind: AttributeKind = "decimal" if "decimal" in kinds else "integer"
        return replace(standing, kind=kind, unit=next(iter(units), ""))
    if "text" in kinds:
        return replace(standing, kind="text", unit="", is_filterable=False)
    kind = "multi" if "multi" in kinds else "choice"
    return replace(standing, kind=kind, unit="")


def _look(found: _Seen, attribute: Attribute) -> None:
    words = _words(attribute.value)
    found.count += 1
    found.longest = max([found.longest, *(len(text) for text in attribute.value.values())])
    if attribute.kind:
        found.kinds.add(_known(attribute.kind))
        if attribute.unit:
            found.units.add(attribute.unit)
        return
    number = _NUMBER.fullmatch(words)
    if words.lower() in _TRUTH:
        found.kinds.add("boolean")
    elif number is not None:
        found.kinds.add("decimal" if number[2] else "integer")
        found.units.add((number[3] or "").strip())
    else:
        found.kinds.add("choice")
    if found.count <= SAMPLE:
        found.sample.add(hash(words))
    parts = _BETWEEN.split(words)
    if len(parts) > 1 and number is None:
        found.parted += 1
        if len(found.parts) <= SAMPLE:
            found.parts.update(hash(part) for part in parts)


def _define(code: str, found: _Seen) -> AttributeDefinition:
    kind, unit = _kind(found), ""
    if kind in ("integer", "decimal"):
        unit = next(iter(found.units), "")
    return AttributeDefinition(code, found.label, kind, unit, is_filterable=kind != "text")


def _kind(found: _Seen) -> AttributeKind:
    if found.kinds == {"boolean"}:
        return "boolean"
    if found.kinds <= {"integer", "decimal"} and len(found.units) <= 1:
        return "decimal" if "decimal" in found.kinds else "integer"
    if "text" in found.kinds or found.longest > 4 * LONGEST_CHOICE:
        return "text"
    if "multi" in found.kinds:
        return "multi"
    if found.parted * 5 >= found.count and found.parted > 1 and len(found.parts) < 2 * found.parted:
        return "multi"
    if found.longest > LONGEST_CHOICE and found.count > 1:
        return "text" if found.count <= len(found.sample) or found.longest > 2 * LONGEST_CHOICE else "choice"
    if found.longest > LONGEST_CHOICE:
        return "text"
    # a word of its own for nearly every product is its name, not a choice
    is_name = found.count >= SAMPLE and len(found.sample) * 10 >= SAMPLE * 9
    return "text" if is_name else "choice"


def _known(kind: str) -> AttributeKind:
    known: dict[str, AttributeKind] = {
        "integer": "integer",
        "decimal": "decimal",
        "boolean": "boolean",
        "choice": "choice",
        "multi": "multi",
    }
    return known.get(kind, "text")


def _words(value: Text) -> str:
    """The words in one language, the same one for all products that have it."""
    return (value.get("en") or next((value[locale] for locale in sorted(value) if value[locale]), "")).strip()


def _data(value: Text, definition: AttributeDefinition) -> AttributeData | None:
    words = _words(value)
    if definition.kind == "boolean" and words.lower() in _TRUTH:
        return words.lower() in _YES
    if definition.kind in ("integer", "decimal"):
        number = _NUMBER.fullmatch(words)
        if number is None or (number[3] or "").strip() not in ("", definition.unit):
            return None
        exact = Decimal(f"{number[1]}.{number[2] or 0}")
        if definition.kind == "decimal":
            return exact
        return int(exact) if exact == exact.to_integral_value() else None
    return None


def _fits(data: AttributeData | None, definition: AttributeDefinition) -> bool:
    if definition.kind == "boolean":
        return isinstance(data, bool)
    if definition.kind == "integer":
        return isinstance(data, int) and not isinstance(data, bool)
    return isinstance(data, int | Decimal) and not isinstance(data, bool)


def _choices(attribute: Attribute, definition: AttributeDefinition) -> tuple[Text, ...]:
    if definition.kind == "choice":
        return (attribute.value,) if any(attribute.value.values()) else ()
    if definition.kind != "multi":
        return ()
    parted = {locale: _parts(text) for locale, text in attribute.value.items() if text.strip()}
    if not parted:
        return ()
    # the language that all products have names the parts; another one goes along if it has as many
    first = _parts(_words(attribute.value))
    return tuple(
        {locale: parts[number] for locale, parts in parted.items() if len(parts) == len(first)}
        for number in range(len(first))
    )


def _parts(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in _BETWEEN.split(text) if part.strip()))

