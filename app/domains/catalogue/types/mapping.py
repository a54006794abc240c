"""How the columns of somebody else's file become products: a mapping file, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Units:
    """A factor by the unit that another column names: `{"lb": 453.59237}`."""

    column: str
    factors: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class MappedField:
    """Where a value comes from and what is done to it, in this order: `column` or `constant`; `split` at a text and
    take `part`; `map` (what is not in it stays); `scale` or `units` (numbers); `prefix`; `default` if all is empty.

    :param languages: text fields only: language → column with the text in that language.
    :param language_suffix: text fields only: `"_{locale}"` finds `name_de`, `name_fr` beside `name`.
    """

    column: str = ""
    constant: str | None = None
    split: str = ""
    part: int | None = None
    map: Mapping[str, str] = field(default_factory=dict)
    scale: Decimal | None = None
    units: Units | None = None
    prefix: str = ""
    default: str = ""
    languages: Mapping[str, str] = field(default_factory=dict)
    language_suffix: str = ""


@dataclass(frozen=True, slots=True)
class MappedAttribute:
    """One attribute of a column, or, with a `*` in `column`, one of every column that fits: the part under the star
    is its code, and its label when none is given.

    :param kind: integer, decimal or boolean: the value is read as such (`unit` says what it counts), and one that is
        none fails. Empty: its kind is derived of its words.
    """

    column: str
    code: str = ""
    label: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class MappedOption:
    """An option: its name from a column (or `name`), its value from another."""

    value_column: str
    name_column: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class MappedPicture:
    column: str
    alt_column: str = ""


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Rows that are left out, with the reason that the report gives: those whose `column` holds one of `values`, or,
    with `is_inverse`, none of them."""

    column: str
    values: frozenset[str]
    is_inverse: bool
    note: str


@dataclass(frozen=True, slots=True)
class Conversion:
    """A stated, fixed exchange: prices of the file (`from_currency`) times `rate` are `to_currency`."""

    from_currency: str
    to_currency: str
    rate: Decimal
    note: str


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """A mapping file.

    :param currency: of the file's prices.
    :param currency_column: where a row says its currency; one that says another fails.
    :param columns: names of the columns, for a file without a heading.
    :param group_by: rows with the same value here are one product; empty: each row is a product of its own.
    :param product_when_filled: of a group, the row with something in this column speaks for the product, the others
        are its variants; alone it is its own variant. Empty: the first row speaks, and every row is a variant.
    """

    name: str
    source: str
    currency: str
    fields: Mapping[str, MappedField]
    variant_fields: Mapping[str, MappedField]
    delimiter: str = ","
    columns: tuple[str, ...] = ()
    locale: str = ""
    currency_column: str = ""
    conversions: tuple[Conversion, ...] = ()
    group_by: str = ""
    product_when_filled: str = ""
    filters: tuple[RowFilter, ...] = ()
    category_separator: str = ""
    attributes: tuple[MappedAttribute, ...] = ()
    options: tuple[MappedOption, ...] = ()
    pictures: tuple[MappedPicture, ...] = ()
