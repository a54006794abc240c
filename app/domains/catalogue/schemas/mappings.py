"""Mapping files: TOML that says which column of a CSV is what. The handbook is `docs/mappings/README.md`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, pre_load, validate, validates_schema

from app.domains.catalogue.errors import MappingNotValid
from app.domains.catalogue.types import (
    Conversion,
    ImportMapping,
    MappedAttribute,
    MappedField,
    MappedOption,
    MappedPicture,
    RowFilter,
    Units,
)
from app.kit.money import UnknownCurrency, digits

PRODUCT_FIELDS = (
    "external_id", "title", "summary", "description", "slug", "brand", "category", "tax_category", "status", "keywords",
)  # fmt: skip
TEXT_FIELDS = {"title", "summary", "description", "slug"}
VARIANT_FIELDS = ("sku", "gtin", "price", "compare_at", "stock", "weight_g")
SCALED_FIELDS = {"weight_g"}


class _Strict(Schema):
    class Meta:
        unknown = RAISE


class UnitsSchema(_Strict):
    column = fields.String(required=True)
    factors = fields.Dict(keys=fields.String(), values=fields.Decimal(allow_nan=False), required=True)


class FieldSchema(_Strict):
    column = fields.String()
    constant = fields.String()
    split = fields.String(validate=validate.Length(min=1))
    part = fields.Integer(strict=True)
    map = fields.Dict(keys=fields.String(), values=fields.String())
    scale = fields.Decimal(allow_nan=False)
    units = fields.Nested(UnitsSchema)
    prefix = fields.String()
    default = fields.String()
    languages = fields.Dict(keys=fields.String(), values=fields.String())
    language_suffix = fields.String(
        validate=validate.Regexp(r"[^{}]*\{locale\}[^{}]*\Z", error="This must hold {{locale}} once.")
    )

    @validates_schema
    def has_one_origin(self, data: Mapping[str, Any], **_: Any) -> None:
        if ("column" in data) == ("constant" in data):
            raise ValidationError("Give either a column or a constant.")
        if ("split" in data) != ("part" in data):
            raise ValidationError("`split` and `part` belong together.")


class CurrencySchema(_Strict):
    """The currency of the file's prices, and, where `to` is given, a stated conversion of it."""

    source = fields.String(required=True, data_key="from")
    column = fields.String(load_default="")
    target = fields.String(data_key="to")
    rate = fields.Decimal(allow_nan=False, validate=validate.Range(min=0, min_inclusive=False))
    note = fields.String(validate=validate.Length(min=1))

    @validates_schema
    def is_a_known_currency(self, data: Mapping[str, Any], **_: Any) -> None:
        for name, key in (("source", "from"), ("target", "to")):
            try:
                digits(data.get(name, "THB"))
            except UnknownCurrency as error:
                raise ValidationError(str(error), key) from error

    @validates_schema
    def states_a_whole_conversion(self, data: Mapping[str, Any], **_: Any) -> None:
        if len({name in data for name in ("target", "rate", "note")}) > 1:
            raise ValidationError("A conversion needs `to`, `rate`, and a `note` that says where the rate comes from.")


class FilterSchema(_Strict):
    column = fields.String(required=True)
    one_of = fields.List(fields.String(), validate=validate.Length(min=1))
    none_of = fields.List(fields.String(), validate=validate.Length(min=1))
    note = fields.String(required=True, validate=validate.Length(min=1))

    @validates_schema
    def has_one_list(self, data: Mapping[str, Any], **_: Any) -> None:
        if ("one_of" in data) == ("none_of" in data):
            raise ValidationError("Give either `one_of` or `none_of`.")


class AttributeSchema(_Strict):
    column = fields.String(required=True)
    code = fields.String(load_default="")
    label = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    kind = fields.String(load_default="", validate=validate.OneOf(["integer", "decimal", "boolean"]))
    unit = fields.String(load_default="")

    @validates_schema
    def has_at_most_one_star(self, data: Mapping[str, Any], **_: Any) -> None:
        if data["column"].count("*") > 1:
            raise ValidationError("At most one * is possible.", "column")
        if "*" in data["column"] and data["code"]:
            raise ValidationError("With a * the code is what stands in its place.", "code")


class OptionSchema(_Strict):
    value_column = fields.String(required=True)
    name_column = fields.String(load_default="")
    name = fields.String(load_default="")

    @validates_schema
    def has_a_name(self, data: Mapping[str, Any], **_: Any) -> None:
        if bool(data["name"]) == bool(data["name_column"]):
            raise ValidationError("Give either `name` or `name_column`.")


class PictureSchema(_Strict):
    column = fields.String(required=True)
    alt_column = fields.String(load_default="")


class RowsSchema(_Strict):
    group_by = fields.String(load_default="")
    product_when_filled = fields.String(load_default="")
    skip = fields.List(fields.Nested(FilterSchema), load_default=list)


class FileSchema(_Strict):
    delimiter = fields.String(load_default=",", validate=validate.Length(equal=1))
    locale = fields.String(load_default="")
    columns = fields.List(fields.String(validate=validate.Length(min=1)), load_default=list)


class MappingSchema(_Strict):
    name = fields.String(required=True)
    source = fields.String(required=True, validate=validate.Regexp(r"[a-z0-9][a-z0-9._-]{0,49}\Z"))
    file = fields.Nested(FileSchema, load_default=lambda: FileSchema().load({}))
    rows = fields.Nested(RowsSchema, load_default=lambda: RowsSchema().load({}))
    currency = fields.List(fields.Nested(CurrencySchema), required=True, validate=validate.Length(min=1))
    category_separator = fields.String(load_default="")
    product = fields.Dict(
        keys=fields.String(validate=validate.OneOf(PRODUCT_FIELDS)), values=fields.Nested(FieldSchema), required=True
    )
    variant = fields.Dict(
        keys=fields.String(validate=validate.OneOf(VARIANT_FIELDS)), values=fields.Nested(FieldSchema), required=True
    )
    attributes = fields.List(fields.Nested(AttributeSchema), load_default=list)
    options = fields.List(fields.Nested(OptionSchema), load_default=list)
    pictures = fields.List(fields.Nested(PictureSchema), load_default=list)

    @pre_load
    def currency_may_be_one_table(self, data: Mapping[str, Any], **_: Any) -> Mapping[str, Any]:
        currency = data.get("currency")
        return {**data, "currency": [currency]} if isinstance(currency, Mapping) else data

    @validates_schema
    def is_whole(self, data: Mapping[str, Any], **_: Any) -> None:
        for name in ("external_id", "title"):
            if name not in data["product"]:
                raise ValidationError("This field is needed.", f"product.{name}")
        if "price" not in data["variant"]:
            raise ValidationError("This field is needed.", "variant.price")
        if len({entry["source"] for entry in data["currency"]}) > 1:
            raise ValidationError("All entries begin from the same currency.", "currency")
        if not (data["rows"]["group_by"] or "column" in data["product"]["external_id"]):
            raise ValidationError("Without `rows.group_by` this must be a column.", "product.external_id")
        for name, entry in data["product"].items():
            if name not in TEXT_FIELDS and ("languages" in entry or "language_suffix" in entry):
                raise ValidationError("Only texts have languages.", f"product.{name}")
        for part in ("product", "variant"):
            for name, entry in data[part].items():
                if name not in SCALED_FIELDS and ("scale" in entry or "units" in entry):
                    raise ValidationError("Only `weight_g` has a scale or units.", f"{part}.{name}")


def read_mapping(text: str) -> ImportMapping:
    """A mapping file, checked. Raises `MappingNotValid` with the first entry that is wrong."""
    try:
        # numbers stay exact: a rate of 0.1 is a tenth
        loaded: Any = MappingSchema().load(tomllib.loads(text, parse_float=Decimal))
    except tomllib.TOMLDecodeError as error:
        raise MappingNotValid(field="toml", reason=str(error)) from error
    except ValidationError as error:
        field, reason = next(_flat("", error.messages))
        raise MappingNotValid(field=field, reason=reason) from error
    currency = loaded["currency"]
    return ImportMapping(
        name=loaded["name"],
        source=loaded["source"],
        currency=currency[0]["source"],
        currency_column=next((entry["column"] for entry in currency if entry["column"]), ""),
        conversions=tuple(
            Conversion(entry["source"], entry["target"], entry["rate"], entry["note"])
            for entry in currency
            if "target" in entry
        ),
        fields={name: _field(entry) for name, entry in loaded["product"].items()},
        variant_fields={name: _field(entry) for name, entry in loaded["variant"].items()},
        delimiter=loaded["file"]["delimiter"],
        locale=loaded["file"]["locale"],
        columns=tuple(loaded["file"]["columns"]),
        group_by=loaded["rows"]["group_by"],
        product_when_filled=loaded["rows"]["product_when_filled"],
        filters=tuple(
            RowFilter(
                entry["column"],
                frozenset(entry.get("one_of") or entry.get("none_of") or ()),
                "none_of" in entry,
                entry["note"],
            )
            for entry in loaded["rows"]["skip"]
        ),
        category_separator=loaded["category_separator"],
        attributes=tuple(MappedAttribute(**entry) for entry in loaded["attributes"]),
        options=tuple(MappedOption(**entry) for entry in loaded["options"]),
        pictures=tuple(MappedPicture(**entry) for entry in loaded["pictures"]),
    )


def _field(entry: dict[str, Any]) -> MappedField:
    units = entry.pop("units", None)
    return MappedField(**entry, units=Units(**units) if units else None)


def _flat(path: str, messages: Any) -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _flat(path if name in ("_schema", "value") else f"{path}.{name}".lstrip("."), inner)
    else:
        yield path or "file", str(messages[0] if isinstance(messages, list) else messages)
