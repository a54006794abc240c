"""Facets as a page shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.domains.search.rules.facets import BRAND, CATEGORY, OWN
from app.domains.search.types import Facet, FacetValue
from app.kit.i18n import N_, translator

MOST_FACETS = 12
OWN_LABELS = {BRAND: N_("Brand"), CATEGORY: N_("Category")}


@dataclass(frozen=True, slots=True)
class Counted:
    """How many products have a value. An empty value: how many have the facet at all."""

    code: str
    value: str
    label: str
    count: int


def facets_shown(
    counted: Iterable[Counted], selected: Mapping[str, Sequence[str]], total: int, locale: str
) -> tuple[Facet, ...]:
    """The facets that help to choose: those in use, then category and brand, then what most products have.

    A facet with one value that all products have narrows nothing and is left out; a value that is selected stays,
    even where nothing is found with it.
    """
    labels: dict[str, str] = {code: translator(locale).gettext(label) for code, label in OWN_LABELS.items()}
    reach: dict[str, int] = {}
    values: dict[str, list[FacetValue]] = {}
    for entry in counted:
        if not entry.value:
            labels.setdefault(entry.code, entry.label)
            reach[entry.code] = entry.count
        else:
            is_selected = entry.value in selected.get(entry.code, ())
            values.setdefault(entry.code, []).append(FacetValue(entry.value, entry.label, entry.count, is_selected))
    for code, chosen in selected.items():
        known = {value.value for value in values.get(code, ())}
        values.setdefault(code, []).extend(FacetValue(value, value, 0, True) for value in chosen if value not in known)
    order = sorted(values, key=lambda code: (code not in selected, _rank(code), -reach.get(code, 0), code))
    facets = [
        Facet(code, labels.get(code, code), tuple(sorted(values[code], key=lambda value: (-value.count, value.label))))
        for code in order
        if code in selected or len(values[code]) > 1 or values[code][0].count < total
    ]
    return tuple(facets[:MOST_FACETS])


def _rank(code: str) -> int:
    return (CATEGORY, BRAND).index(code) if code in OWN else len(OWN)
