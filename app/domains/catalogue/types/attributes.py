"""What kind of fact an attribute is, so that it can be compared, counted and narrowed down by."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from app.domains.catalogue.types.inputs import Text

AttributeKind = Literal["text", "integer", "decimal", "boolean", "choice", "multi"]
"""`text`: a sentence, nothing to narrow down by. `choice`: one of several words. `multi`: several of them."""

AttributeData = int | Decimal | bool
"""The value of an integer, decimal or boolean attribute; the other kinds have words only."""


@dataclass(frozen=True, slots=True)
class AttributeDefinition:
    """An attribute of the catalogue, by the code that products name it by.

    :param unit: what its numbers count (`GHz`), as it is written behind them; empty: they have none.
    :param is_filterable: shoppers may narrow a list down by it: it is a facet.
    :param is_fixed: a person has decided; what files bring does not change it any more.
    """

    code: str
    label: Text
    kind: AttributeKind
    unit: str = ""
    is_filterable: bool = True
    is_fixed: bool = False
    version: int = 0


@dataclass(frozen=True, slots=True)
class TypedAttribute:
    """A product's value of an attribute, read by its definition.

    :param value: the words that the source wrote; empty where it brought the bare number or yes or no.
    :param data: of the kinds integer (`int`), decimal (`Decimal`) and boolean (`bool`); None where the words are not
        of the kind: then they are only words.
    :param choices: of `choice` (one) and `multi` (several): each as words per language.
    """

    definition: AttributeDefinition
    value: Text
    data: AttributeData | None = None
    choices: tuple[Text, ...] = ()
