"""The shape of promotions in a tenant's document (`[[promotions]]` of `tenant.toml`)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from app.domains.pricing.types import Benefit, Conditions, PromotionInput
from app.kit.documents import Flag, Translated, Whole
from app.kit.money import Money

AMOUNT = validate.Regexp(r"\d{1,12}(\.\d{1,4})?", error='An amount such as "45.00" is needed.')
WALL = validate.Regexp(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", error='A wall time of the storefront is needed: "2026-12-01T00:00".'
)
CODE = validate.Regexp(r"[a-z][a-z0-9-]{1,59}")
GIFTS = ("percent", "amount", "amount_each", "buy", "free_delivery")


class _Percent(fields.Field):
    default_error_messages = {"invalid": 'A percentage such as "12.5" is needed, above 0, at most 100.'}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        try:
            fits = isinstance(value, str) and 0 < Decimal(value) <= 100
        except InvalidOperation:
            fits = False
        if not fits:
            raise self.make_error("invalid")
        return str(value)


class CouponSchema(Schema):
    class Meta:
        unknown = RAISE

    code = fields.String(required=True, validate=validate.Length(3, 40))
    limit = Whole(validate=validate.Range(min=1))


class PromotionSchema(Schema):
    """A promotion. What it gives is one of `percent`, `amount`, `amount_each`, `buy` with `get`, `free_delivery`."""

    class Meta:
        unknown = RAISE

    code = fields.String(required=True, validate=CODE)
    kind = fields.String(required=True, validate=validate.OneOf(("catalogue", "cart")))
    name = Translated(required=True)
    percent = _Percent()
    amount = fields.String(validate=AMOUNT)
    amount_each = fields.String(validate=AMOUNT)
    buy = Whole(validate=validate.Range(1, 100))
    get = Whole(validate=validate.Range(1, 100))
    get_percent = _Percent()
    free_delivery = Flag()
    minimum = fields.String(validate=AMOUNT)
    minimum_quantity = Whole(validate=validate.Range(1, 9999))
    products = fields.List(fields.String())
    categories = fields.List(fields.String())
    whole_cart = Flag()
    first_order = Flag()
    gateways = fields.List(fields.String())
    delivery_methods = fields.List(fields.String())
    priority = Whole(validate=validate.Range(-1000, 1000))
    exclusive = Flag()
    group = fields.String()
    payer = fields.String(validate=validate.OneOf(("seller", "partner", "platform")))
    starts = fields.String(validate=WALL)
    ends = fields.String(validate=WALL)
    usage_limit = Whole(validate=validate.Range(min=1))
    shopper_limit = Whole(validate=validate.Range(min=1))
    budget = fields.String(validate=AMOUNT)
    returns_on_cancel = Flag()
    coupons = fields.List(fields.Nested(CouponSchema))

    @validates_schema
    def gives_one_thing(self, data: dict[str, Any], **_: Any) -> None:
        given = [name for name in GIFTS if data.get(name)]
        if len(given) != 1:
            raise ValidationError(f"It gives one of: {', '.join(GIFTS)}.", "percent")
        if ("buy" in data) != ("get" in data):
            raise ValidationError("`buy` and `get` belong together.", "buy")


def read_promotion(entry: Mapping[str, Any], currency: str) -> tuple[PromotionInput, dict[str, int | None]]:
    """A loaded `[[promotions]]` as it is kept, with its codes and how often each may be used. Products are named by
    their external ids."""

    def minor(name: str) -> int:
        return Money.parse(entry[name], currency).amount_minor if entry.get(name) else 0

    asked = Conditions(
        minimum_minor=minor("minimum"),
        minimum_quantity=entry.get("minimum_quantity", 0),
        products=tuple(entry.get("products", ())),
        categories=tuple(entry.get("categories", ())),
        whole_cart=entry.get("whole_cart", False),
        first_order=entry.get("first_order", False),
        gateways=tuple(entry.get("gateways", ())),
        delivery_methods=tuple(entry.get("delivery_methods", ())),
    )
    coupons = {one["code"]: one.get("limit") for one in entry.get("coupons", ())}
    given = PromotionInput(
        code=entry["code"],
        name=dict(entry["name"]),
        kind=entry["kind"],
        benefit=_benefit(entry, minor),
        conditions=asked,
        priority=entry.get("priority", 0),
        is_exclusive=entry.get("exclusive", False),
        group=entry.get("group", ""),
        payer=entry.get("payer", "seller"),
        starts_local=entry.get("starts", ""),
        ends_local=entry.get("ends", ""),
        needs_coupon=bool(coupons),
        usage_limit=entry.get("usage_limit"),
        shopper_limit=entry.get("shopper_limit"),
        budget_minor=minor("budget") or None,
        returns_on_cancel=entry.get("returns_on_cancel", True),
    )
    return given, coupons


def _benefit(entry: Mapping[str, Any], minor: Any) -> Benefit:
    if entry.get("free_delivery"):
        return Benefit("free_delivery")
    if "buy" in entry:
        rate = Decimal(entry.get("get_percent", "100")) / 100
        return Benefit("buy_get", rate=rate, buy=entry["buy"], get=entry["get"])
    if "percent" in entry:
        return Benefit("percent", rate=Decimal(entry["percent"]) / 100)
    if "amount_each" in entry:
        return Benefit("fixed_each", amount_minor=minor("amount_each"))
    return Benefit("fixed", amount_minor=minor("amount"))
