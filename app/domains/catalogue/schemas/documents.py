"""Products and categories as documents: the lines of `products.jsonl`, the entries of `categories.toml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from app.domains.catalogue.errors import CategoryNotValid
from app.domains.catalogue.rules.checks import KINDS, Fault, category_faults
from app.domains.catalogue.rules.imports.numbers import NotANumber, TooPrecise, read_decimal, read_price
from app.domains.catalogue.types import (
    Attribute,
    CategoryInput,
    CategoryStep,
    Option,
    OptionValue,
    PictureInput,
    ProductInput,
    VariantInput,
)
from app.kit.i18n import N_
from app.kit.money import digits

_LANGUAGE = validate.Regexp(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z", error="This is no language tag (BCP 47).")

_SOURCE = validate.Regexp(r"([a-z0-9][a-z0-9._-]{0,49})?\Z", error="This is no name of a source.")

MESSAGES = (
    N_("Missing data for required field."),
    N_("Unknown field."),
    N_("Field may not be null."),
    N_("Invalid input type."),
    N_("Not a valid string."),
    N_("Not a valid integer."),
    N_("Not a valid number."),
    N_("Not a valid boolean."),
    N_("Not a valid list."),
    N_("Not a valid mapping type."),
    N_("Not a valid URL."),
    N_("This is no language tag (BCP 47)."),
    N_("This is no path below the folder."),
    N_("This is no name of a source."),
    N_("An attribute needs a value."),
)
"""What is said of a document that has not the shape; marked here for translation."""

_FILE = validate.Regexp(r"(?!/)(?!.*(^|/)\.)[^\\]+\Z", error="This is no path below the folder.")


def _texts(**options: Any) -> fields.Dict:
    return fields.Dict(keys=fields.String(validate=_LANGUAGE), values=fields.String(), **options)


class _Strict(Schema):
    class Meta:
        unknown = RAISE


class AttributeSchema(_Strict):
    code = fields.String(required=True)
    label = _texts(required=True)
    value = _texts(load_default=dict)
    kind = fields.String(load_default="", validate=validate.OneOf(["", *KINDS]))
    data = fields.Raw(load_default=None, allow_none=True)
    unit = fields.String(load_default="")

    @validates_schema
    def says_something(self, data: Mapping[str, Any], **_: Any) -> None:
        if not data["value"] and data["data"] is None:
            raise ValidationError("An attribute needs a value.", "value")

    @post_load
    def read_number(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """A decimal is a text (`"2.13"`) or a number; an attribute with a bare value says its kind."""
        value = data["data"]
        if data["kind"] == "decimal" and isinstance(value, str):
            try:
                data["data"] = read_decimal(value)
            except NotANumber:
                raise ValidationError("Not a valid number.", "data") from None
        elif data["kind"] == "decimal" and isinstance(value, int) and not isinstance(value, bool):
            data["data"] = Decimal(value)
        elif value is not None and not isinstance(value, bool | int | Decimal):
            raise ValidationError("Not a valid number.", "data")
        return data


class OptionValueSchema(_Strict):
    code = fields.String(required=True)
    label = _texts(required=True)


class OptionSchema(_Strict):
    code = fields.String(required=True)
    label = _texts(required=True)
    values = fields.List(fields.Nested(OptionValueSchema), required=True)


class VariantSchema(_Strict):
    """Prices are decimal strings in the tenant's currency: a JSON number may have been a float on its way."""

    sku = fields.String(required=True)
    gtin = fields.String(load_default=None, allow_none=True)
    options = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    price = fields.String(load_default=None, allow_none=True)
    compare_at = fields.String(load_default=None, allow_none=True)
    stock = fields.Integer(strict=True, load_default=None, allow_none=True)
    weight_g = fields.Integer(strict=True, load_default=None, allow_none=True)


class PictureSchema(_Strict):
    """By `file` (below the tenant's folder), by `url` (noted, never fetched), or by `asset_id`."""

    file = fields.String(load_default=None, validate=_FILE)
    url = fields.Url(load_default=None, schemes={"http", "https"})
    asset_id = fields.String(load_default=None)
    alt = _texts(load_default=dict)


class CategoryStepSchema(_Strict):
    code = fields.String(required=True)
    name = _texts(required=True)


class ProductSchema(_Strict):
    """One product. Unknown fields are refused, so that a misspelt one is not lost. `category` names a category that
    stands, `category_path` one that is made where it does not; `source` says who names the product, if it is not the
    file's."""

    external_id = fields.String(required=True)
    source = fields.String(load_default="", validate=_SOURCE)
    category_path = fields.List(fields.Nested(CategoryStepSchema), load_default=list)
    slug = _texts(load_default=dict)
    category = fields.String(load_default=None, allow_none=True)
    brand = fields.String(load_default="")
    title = _texts(required=True)
    summary = _texts(load_default=dict)
    description = _texts(load_default=dict)
    tax_category = fields.String(load_default="standard")
    status = fields.String(load_default="active")
    attributes = fields.List(fields.Nested(AttributeSchema), load_default=list)
    options = fields.List(fields.Nested(OptionSchema), load_default=list)
    variants = fields.List(fields.Nested(VariantSchema), required=True)
    pictures = fields.List(fields.Nested(PictureSchema), load_default=None)
    keywords = fields.Dict(
        keys=fields.String(validate=_LANGUAGE), values=fields.List(fields.String()), load_default=dict
    )


class CategorySchema(Schema):
    class Meta:
        unknown = EXCLUDE

    code = fields.String(required=True)
    name = _texts(required=True)
    slug = _texts(load_default=dict)
    description = _texts(load_default=dict)
    parent = fields.String(load_default=None, allow_none=True)
    picture = fields.String(load_default=None, allow_none=True)
    position = fields.Integer(strict=True, load_default=0)
    is_active = fields.Boolean(load_default=True)


_PRODUCT = ProductSchema()
_CATEGORY = CategorySchema()


def read_product(
    document: Mapping[str, Any], *, source: str, currency: str, line: int = 0
) -> ProductInput | list[Fault]:
    """A product of a document, or all that is wrong with its shape. Prices must have no more digits than
    `currency` has. What it says is judged by `save_product`."""
    try:
        loaded: Any = _PRODUCT.load(document)
    except ValidationError as error:
        return list(_faults("", error.messages))
    wrong: list[Fault] = []
    variants = tuple(
        _variant(entry, number, currency, wrong) for number, entry in enumerate(loaded["variants"])
    )
    if wrong:
        return wrong
    pictures = loaded["pictures"]
    return ProductInput(
        external_id=loaded["external_id"],
        source=loaded["source"] or source,
        title=loaded["title"],
        variants=variants,
        slug=loaded["slug"],
        category_code=loaded["category_path"][-1]["code"] if loaded["category_path"] else loaded["category"],
        category_path=tuple(CategoryStep(step["code"], step["name"]) for step in loaded["category_path"]),
        brand=loaded["brand"],
        summary=loaded["summary"],
        description=loaded["description"],
        tax_category=loaded["tax_category"],
        status=loaded["status"],
        attributes=tuple(Attribute(**entry) for entry in loaded["attributes"]),
        options=tuple(
            Option(entry["code"], entry["label"], tuple(OptionValue(**value) for value in entry["values"]))
            for entry in loaded["options"]
        ),
        pictures=None if pictures is None else tuple(PictureInput(**entry) for entry in pictures),
        keywords={locale: tuple(words) for locale, words in loaded["keywords"].items()},
        line=line,
        last_line=line,
    )


def read_category(document: Mapping[str, Any]) -> tuple[CategoryInput, str | None]:
    """A category of a document, and its picture's file, which is imported before it is saved.
    Raises `CategoryNotValid`."""
    try:
        loaded: Any = _CATEGORY.load(document)
    except ValidationError as error:
        first = next(_faults("", error.messages))
        raise CategoryNotValid(field=first.field, reason=str(first)) from error
    category = CategoryInput(
        code=loaded["code"],
        name=loaded["name"],
        slug=loaded["slug"],
        description=loaded["description"],
        parent_code=loaded["parent"],
        position=loaded["position"],
        is_active=loaded["is_active"],
    )
    for fault in category_faults(category):
        raise CategoryNotValid(field=fault.field, reason=str(fault))
    return category, loaded["picture"]


def _variant(entry: dict[str, Any], number: int, currency: str, wrong: list[Fault]) -> VariantInput:
    prices: dict[str, Decimal | None] = {}
    for name in ("price", "compare_at"):
        try:
            prices[name] = None if entry[name] is None else read_price(entry[name], currency)
        except (NotANumber, TooPrecise):
            prices[name] = None
            reason = "“%(value)s” is not a price in %(currency)s, which has %(digits)s decimal places."
            facts = (("value", entry[name]), ("currency", currency), ("digits", digits(currency)))
            wrong.append(Fault(f"variants.{number}.{name}", "price", reason, facts))
    return VariantInput(**{**entry, **prices})


def _faults(path: str, messages: Any) -> Iterator[Fault]:
    """marshmallow's nested messages as a flat list of paths."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            is_wrapping = name in ("key", "value") and path != "" or name == "_schema"
            yield from _faults(path if is_wrapping else f"{path}.{name}".lstrip("."), inner)
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield Fault(path or "document", "field", str(message))
