"""What all row formats share: a product grows out of its rows, and every oddity is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.domains.catalogue.rules.checks import faults
from app.domains.catalogue.rules.imports.numbers import (
    NotANumber,
    TooPrecise,
    convert,
    read_count,
    read_grams,
    read_gtin,
    read_price,
)
from app.domains.catalogue.rules.imports.problems import problem, problem_of
from app.domains.catalogue.rules.slugs import slugify
from app.domains.catalogue.types import (
    CategoryStep,
    Conversion,
    Option,
    OptionValue,
    ProductInput,
    RowProblem,
    Text,
)
from app.kit.money import digits


@dataclass(slots=True)
class Draft:
    """The product that a group of rows is becoming. `problems` collects what is told of it."""

    key: str
    source: str
    locale: str
    currency: str
    conversion: Conversion | None = None
    problems: list[RowProblem] = field(default_factory=list)
    _options: dict[str, tuple[Text, dict[str, Text]]] = field(default_factory=dict)

    def fail(self, code: str, line: int, column: str, **facts: Any) -> None:
        self.problems.append(problem(code, line, column, key=self.key, **facts))

    def note(self, code: str, line: int, column: str, **facts: Any) -> None:
        self.problems.append(problem(code, line, column, severity="note", key=self.key, **facts))

    @property
    def is_broken(self) -> bool:
        return any(found.severity == "failed" for found in self.problems)

    def text(self, value: str) -> dict[str, str]:
        return {self.locale: value} if value else {}

    def price(self, value: str, line: int, column: str) -> Decimal | None:
        """In the tenant's currency, converted where the mapping says so; None if empty or wrong."""
        if not value:
            return None
        written_in = self.conversion.from_currency if self.conversion else self.currency
        try:
            price = read_price(value, written_in)
        except TooPrecise:
            self.fail("price_digits", line, column, value=value, currency=written_in, digits=digits(written_in))
            return None
        except NotANumber:
            self.fail("price", line, column, value=value, currency=written_in)
            return None
        return convert(price, self.conversion.rate, self.currency) if self.conversion else price

    def compare_at(self, value: str, price: Decimal | None, line: int, column: str) -> Decimal | None:
        """The former price; 0 is how many systems write that there is none."""
        former = self.price(value, line, column)
        if not former:
            return None
        if price is not None and former <= price:
            if former < price:
                self.note("compare_at", line, column, value=value)
            return None
        return former

    def stock(self, value: str, line: int, column: str) -> int | None:
        if not value:
            return None
        try:
            count = read_count(value)
        except NotANumber:
            self.fail("number", line, column, value=value)
            return None
        if count < 0:
            self.note("stock_negative", line, column, value=value)
        return max(count, 0)

    def grams(self, value: str, line: int, column: str, factor: Decimal = Decimal(1)) -> int | None:
        """Whole grams; 0 says that nobody weighed it."""
        if not value:
            return None
        try:
            return read_grams(value, factor) or None
        except NotANumber:
            self.fail("number", line, column, value=value)
            return None

    def factor(self, units: Mapping[str, str], unit: str) -> Decimal:
        """How many grams a unit is; none is grams."""
        return Decimal(units.get(unit.lower(), "1"))

    def gtin(self, value: str, line: int, column: str) -> str | None:
        if not value:
            return None
        try:
            return read_gtin(value)
        except NotANumber:
            self.note("gtin", line, column, value=value)
            return None

    def choose(self, name: str, value: str) -> tuple[str, str]:
        """Note a value of an option; returns (option code, value code), made of the words themselves."""
        code = slugify(name) or name
        label, values = self._options.setdefault(code, (self.text(name), {}))
        value_code = slugify(value) or value
        values.setdefault(value_code, self.text(value))
        return code, value_code

    @property
    def options(self) -> tuple[Option, ...]:
        """Options and values in the order in which they were met."""
        return tuple(
            Option(code, label, tuple(OptionValue(value, words) for value, words in values.items()))
            for code, (label, values) in self._options.items()
        )

    def sku(self, value: str, chosen: Mapping[str, str], line: int, column: str) -> str:
        """The SKU, or one that every reading of the same row makes again: the key and the choice."""
        if not value:
            value = "-".join([self.key, *chosen.values()])
            self.note("sku_made", line, column, value=value)
        return value

    def category(self, words: str, separator: str) -> tuple[CategoryStep, ...]:
        """`Kitchen -> Coffee Machines` as a path from the root; a code is made of all names down to it, so that
        two categories of one name under different ones stay two."""
        names = [name.strip() for name in (words.split(separator) if separator else [words]) if name.strip()]
        codes = [slugify(name) or name for name in names]
        return tuple(
            CategoryStep("/".join(codes[: depth + 1]), self.text(name)) for depth, name in enumerate(names)
        )

    def finish(self, product: ProductInput | None, columns: Mapping[str, str]) -> Iterator[ProductInput | RowProblem]:
        """The product if nothing is wrong with it, then all that was told of its rows.

        :param columns: first part of a field's path → the column's heading, for those who read the report.
        """
        if product is not None and not self.is_broken:
            for fault in faults(product):
                column = columns.get(fault.field.split(".")[0], "")
                self.problems.append(problem_of(fault, product.line, column, key=self.key))
        if product is not None and not self.is_broken:
            yield product
            yield from self.problems
        else:
            yield from (found for found in self.problems if found.severity == "failed")


def humanise(code: str) -> str:
    """`room_coverage` is `Room coverage`."""
    words = code.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def keywords(*lists: str) -> tuple[str, ...]:
    """Comma-separated words, each once (whatever its case), in their order."""
    found: dict[str, str] = {}
    for words in lists:
        for word in words.split(","):
            if word.strip():
                found.setdefault(word.strip().casefold(), word.strip())
    return tuple(found.values())
