"""Any CSV, by a mapping file that says which column is what (docs/mappings; shape in `schemas/mappings.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import BinaryIO

from app.domains.catalogue.errors import CurrencyRefused
from app.domains.catalogue.rules.imports.draft import Draft, humanise, keywords
from app.domains.catalogue.rules.imports.numbers import NotANumber, read_count, read_decimal
from app.domains.catalogue.rules.imports.problems import problem
from app.domains.catalogue.rules.imports.rows import Group, Row, group_rows, read_rows
from app.domains.catalogue.rules.imports.texts import plain_text
from app.domains.catalogue.rules.slugs import slugify
from app.domains.catalogue.types import (
    Attribute,
    Conversion,
    ImportMapping,
    MappedAttribute,
    MappedField,
    PictureInput,
    ProductInput,
    ProductStatus,
    RowProblem,
    VariantInput,
)

TRUTH = {"1": True, "true": True, "yes": True, "y": True, "0": False, "false": False, "no": False, "n": False}
_STATUSES: dict[str, ProductStatus] = {"active": "active", "draft": "draft", "archived": "archived"}


def conversion_for(mapping: ImportMapping, currency: str) -> Conversion | None:
    """None if the file's prices are in the tenant's currency already, else the stated conversion.
    Raises `CurrencyRefused` if there is none: an exchange rate is never guessed."""
    if mapping.currency == currency:
        return None
    for conversion in mapping.conversions:
        if conversion.from_currency == mapping.currency and conversion.to_currency == currency:
            return conversion
    raise CurrencyRefused(from_currency=mapping.currency, to_currency=currency)


def read_mapped(
    stream: BinaryIO, mapping: ImportMapping, *, source: str, locale: str, currency: str
) -> Iterator[ProductInput | RowProblem]:
    """Products and problems in the order of the file. Raises `CurrencyRefused` before the first row."""
    return _read(stream, _Reading(mapping, source, mapping.locale or locale, currency))


class _Reading:
    """A mapping, applied for one tenant."""

    def __init__(self, mapping: ImportMapping, source: str, locale: str, currency: str) -> None:
        self.mapping = mapping
        self.source = source
        self.locale = locale
        self.currency = currency
        self.conversion = conversion_for(mapping, currency)
        fields = {**mapping.fields, **mapping.variant_fields}
        self.headings = {name: found.column for name, found in fields.items()}
        self.key_column = mapping.group_by or mapping.fields["external_id"].column


def _read(stream: BinaryIO, reading: _Reading) -> Iterator[ProductInput | RowProblem]:
    mapping = reading.mapping
    rows = read_rows(stream, _required(mapping), mapping.delimiter, heading=mapping.columns)
    groups: Iterable[Group | RowProblem]
    if mapping.group_by:
        groups = group_rows(_filtered(rows, mapping, reading.key_column), mapping.group_by)
    else:
        groups = _each(_filtered(rows, mapping, reading.key_column), reading.key_column)
    for group in groups:
        if isinstance(group, RowProblem):
            yield group
            continue
        draft = Draft(group.key, reading.source, reading.locale, reading.currency, reading.conversion)
        draft.problems.extend(group.problems)
        yield from draft.finish(_product(draft, group, reading), reading.headings)


def _required(mapping: ImportMapping) -> list[str]:
    """The columns without which the mapping cannot be meant for this file; the others may be absent."""
    wanted = [mapping.group_by, mapping.product_when_filled, mapping.currency_column]
    wanted += [found.column for found in mapping.filters]
    for name in ("external_id", "title"):
        wanted.append(mapping.fields[name].column)
    wanted.append(mapping.variant_fields["price"].column)
    return sorted({column for column in wanted if column})


def _filtered(
    rows: Iterable[Row | RowProblem], mapping: ImportMapping, key_column: str
) -> Iterator[Row | RowProblem]:
    """Rows that a filter leaves out become `skipped` problems, with the filter's reason."""
    for row in rows:
        if isinstance(row, RowProblem) or row.fault is not None:
            yield row
            continue
        for found in mapping.filters:
            if (row.get(found.column) in found.values) is not found.is_inverse:
                key = row.get(key_column)
                yield problem("filtered", row.line, found.column, severity="skipped", key=key, note=found.note)
                break
        else:
            yield row


def _each(rows: Iterable[Row | RowProblem], column: str) -> Iterator[Group | RowProblem]:
    for row in rows:
        if isinstance(row, RowProblem):
            yield row
        elif row.fault is not None:
            yield replace(row.fault, source_key=row.get(column))
        elif not row.get(column):
            yield problem("key_missing", row.line, column)
        else:
            yield Group(row.get(column), (row,))


def _product(draft: Draft, group: Group, reading: _Reading) -> ProductInput | None:
    mapping = reading.mapping
    kept = [found for found in group.problems if found.severity == "failed"]
    if kept or not group.rows:
        return None
    main, others = _split(group.rows, mapping.product_when_filled)
    if main is None:
        draft.fail("no_product_row", group.line, mapping.product_when_filled)
        return None
    variants = tuple(_variant(draft, row, reading) for row in others)
    words = _value(main, mapping.fields.get("keywords"))
    path = draft.category(_value(main, mapping.fields.get("category")), mapping.category_separator)
    slugs = {
        language: slugify(text) for language, text in _texts(draft, main, mapping.fields.get("slug")).items()
    }
    descriptions = _texts(draft, main, mapping.fields.get("description"))
    return ProductInput(
        external_id=_value(main, mapping.fields["external_id"]),
        source=draft.source,
        title=_texts(draft, main, mapping.fields["title"]),
        slug={language: slug for language, slug in slugs.items() if slug},
        category_code=path[-1].code if path else None,
        category_path=path,
        brand=_value(main, mapping.fields.get("brand")),
        summary=_texts(draft, main, mapping.fields.get("summary")),
        description={language: plain_text(text) for language, text in descriptions.items()},
        tax_category=_value(main, mapping.fields.get("tax_category")) or "standard",
        status=_status(draft, main, mapping.fields.get("status")),
        attributes=_attributes(draft, main, mapping),
        options=draft.options,
        variants=variants,
        pictures=_pictures(draft, group.rows, mapping),
        keywords={draft.locale: keywords(words)} if words else {},
        line=group.line,
        last_line=group.last_line,
    )


def _split(rows: tuple[Row, ...], column: str) -> tuple[Row | None, tuple[Row, ...]]:
    """The row that speaks for the product, and the rows that are its variants."""
    if not column:
        return rows[0], rows
    main = next((row for row in rows if row.get(column)), None)
    others = tuple(row for row in rows if row is not main)
    return main, others or rows


def _variant(draft: Draft, row: Row, reading: _Reading) -> VariantInput:
    mapping, line, head = reading.mapping, row.line, reading.headings
    fields = mapping.variant_fields
    if mapping.currency_column and row.get(mapping.currency_column) not in ("", mapping.currency):
        value = row.get(mapping.currency_column)
        draft.fail("currency", line, mapping.currency_column, value=value, currency=mapping.currency)
    chosen: dict[str, str] = {}
    for option in mapping.options:
        name = option.name or row.get(option.name_column)
        value = row.get(option.value_column)
        if name and value:
            code, value_code = draft.choose(name, value)
            chosen[code] = value_code
    weight = fields.get("weight_g")
    price = draft.price(_value(row, fields["price"]), line, head["price"])
    former = _value(row, fields.get("compare_at"))
    return VariantInput(
        sku=draft.sku(_value(row, fields.get("sku")), chosen, line, head.get("sku", "")),
        options=chosen,
        gtin=draft.gtin(_value(row, fields.get("gtin")), line, head.get("gtin", "")),
        price=price,
        compare_at=draft.compare_at(former, price, line, head.get("compare_at", "")),
        stock=draft.stock(_value(row, fields.get("stock")), line, head.get("stock", "")),
        weight_g=draft.grams(_value(row, weight), line, head.get("weight_g", ""), _factor(row, weight)),
    )


def _value(row: Row, mapped: MappedField | None, column: str = "") -> str:
    """One value, after all that the mapping does to it. Scale and units are applied where numbers are read."""
    if mapped is None:
        return ""
    value = mapped.constant if mapped.constant is not None else row.get(column or mapped.column)
    if mapped.split and mapped.part is not None:
        parts = [part.strip() for part in value.split(mapped.split)]
        value = parts[mapped.part] if -len(parts) <= mapped.part < len(parts) else ""
    value = mapped.map.get(value, value)
    if not value:
        return mapped.default
    return f"{mapped.prefix}{value}"


def _factor(row: Row, mapped: MappedField | None) -> Decimal:
    if mapped is None:
        return Decimal(1)
    factor = mapped.scale if mapped.scale is not None else Decimal(1)
    if mapped.units is not None:
        factor *= mapped.units.factors.get(row.get(mapped.units.column), Decimal(1))
    return factor


def _texts(draft: Draft, row: Row, mapped: MappedField | None) -> dict[str, str]:
    """A text in the file's language, and in those that have a column of their own."""
    if mapped is None:
        return {}
    found = draft.text(_value(row, mapped))
    columns = dict(mapped.languages)
    if mapped.language_suffix:
        before, _, after = mapped.language_suffix.partition("{locale}")
        for heading in row.values:
            rest = heading.removeprefix(mapped.column + before)
            if rest != heading and rest.endswith(after) and (language := rest[: len(rest) - len(after)]):
                columns[language] = heading
    for language, column in columns.items():
        value = _value(row, mapped, column)
        if value:
            found[language] = value
    return found


def _status(draft: Draft, row: Row, mapped: MappedField | None) -> ProductStatus:
    value = _value(row, mapped) or "active"
    status = _STATUSES.get(value)
    if status is None:
        draft.fail("status", row.line, mapped.column if mapped else "", value=value)
        return "draft"
    return status


def _attributes(draft: Draft, row: Row, mapping: ImportMapping) -> tuple[Attribute, ...]:
    found: dict[str, Attribute] = {}
    for mapped in mapping.attributes:
        before, star, after = mapped.column.partition("*")
        headings = [name for name in row.values if fnmatchcase(name, mapped.column)] if star else [mapped.column]
        for heading in headings:
            value = row.get(heading)
            if not value:
                continue
            part = heading[len(before) : len(heading) - len(after)] if star else heading
            code = mapped.code or part
            label = dict(mapped.label) or draft.text(humanise(part))
            words = Attribute(code, label, draft.text(value))
            found.setdefault(code, _attribute(draft, row.line, heading, words, mapped))
    return tuple(found.values())


def _attribute(draft: Draft, line: int, heading: str, words: Attribute, mapped: MappedAttribute) -> Attribute:
    """The fact as its words, or as the bare value that the mapping says it is."""
    if not mapped.kind:
        return words
    text = words.value[draft.locale]
    bare = replace(words, value={}, kind=mapped.kind, unit=mapped.unit)
    if mapped.kind == "boolean":
        if text.lower() not in TRUTH:
            draft.fail("truth", line, heading, value=text)
        return replace(bare, data=TRUTH.get(text.lower(), False))
    try:
        return replace(bare, data=read_count(text) if mapped.kind == "integer" else read_decimal(text))
    except NotANumber:
        draft.fail("number", line, heading, value=text)
        return words


def _pictures(draft: Draft, rows: tuple[Row, ...], mapping: ImportMapping) -> tuple[PictureInput, ...] | None:
    """Addresses, none of which is fetched; None if the file has none: the product keeps its pictures."""
    found: dict[str, PictureInput] = {}
    for row in rows:
        for mapped in mapping.pictures:
            address = row.get(mapped.column)
            if address and address not in found:
                alt = draft.text(row.get(mapped.alt_column)) if mapped.alt_column else {}
                found[address] = PictureInput(url=address, alt=alt)
                draft.note("not_fetched", row.line, mapped.column, value=address)
    return tuple(found.values()) or None
