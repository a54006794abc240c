"""The shape of a market pack and of its facts."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from app.domains.tenancy.types import (
    BusinessNumber,
    CashOnDelivery,
    DeliveryZone,
    Escrow,
    InvoiceForm,
    LegalNote,
    MarketPack,
    PaymentWay,
    Source,
    Tax,
    TaxPart,
    TaxRate,
    TaxSplit,
    Withdrawal,
)
from app.kit.addresses import FIELDS as ADDRESS_FIELDS
from app.kit.documents import DecimalText, Flag, LocalDate, Translated, Whole
from app.kit.errors import NotValid
from app.kit.i18n import UnknownLanguage, check_language
from app.kit.money import Money, Rounding, UnknownCurrency
from app.kit.money import digits as currency_digits

Data = dict[str, Any]

CODE = validate.Regexp(r"^[a-z][a-z0-9_]*$", error="Small letters, digits and low lines, a letter first.")
DAYS = validate.Range(min=0, max=365, error="Days lie between 0 and 365.")
AMOUNT = validate.Regexp(r"^[0-9]+(\.[0-9]+)?$", error='An amount in quotes is needed here: "100.00".')
ADDRESS = validate.Regexp(r"^https?://\S+$", error="An address beginning with https:// is needed here.")
ABOUT = ("tax", "withdrawal", "escrow", "cod", "money", "calendar", "week", "phone", "delivery")


def _locale(value: str) -> None:
    try:
        check_language(value)
    except UnknownLanguage as error:
        raise ValidationError(str(error)) from None


def _words(**options: Any) -> Translated:
    return Translated(required=True, **options)


def _one_of(*choices: str) -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(choices, error="One of: {choices}."))


class SourceSchema(Schema):
    url = fields.String(required=True, validate=ADDRESS)
    read_on = LocalDate(required=True)
    says = fields.String(load_default="")

    @post_load
    def make(self, data: Data, **_: Any) -> Source:
        return Source(**data)


class TaxRateSchema(Schema):
    tax_category = fields.String(required=True, validate=CODE)
    code = fields.String(required=True, validate=CODE)
    name = _words()
    rate = DecimalText(required=True, validate=validate.Range(min=0, max=1, error="A rate lies between 0 and 1."))
    valid_from = LocalDate(required=True)
    valid_to = LocalDate(load_default=None)
    confirmed_until = LocalDate(load_default=None)
    source = fields.Nested(SourceSchema, required=True)
    mark = fields.String(load_default="", validate=validate.Length(max=3))

    @validates_schema
    def dates_are_in_order(self, data: Data, **_: Any) -> None:
        for name in ("valid_to", "confirmed_until"):
            if data.get(name) is not None and "valid_from" in data and data[name] < data["valid_from"]:
                raise ValidationError({name: ["This day lies before valid_from."]})
        if data.get("valid_to") is not None and data.get("confirmed_until") is not None:
            raise ValidationError({"confirmed_until": ["A rate with an end needs no confirmed_until."]})

    @post_load
    def make(self, data: Data, **_: Any) -> TaxRate:
        return TaxRate(**data)


class TaxPartSchema(Schema):
    code = fields.String(required=True, validate=CODE)
    name = _words()
    share = DecimalText(required=True, validate=validate.Range(min=0, max=1, error="A share lies between 0 and 1."))

    @post_load
    def make(self, data: Data, **_: Any) -> TaxPart:
        return TaxPart(**data)


class TaxSplitSchema(Schema):
    where = _one_of("same_area", "other_area")
    country_areas = fields.List(fields.String(), load_default=list)
    parts = fields.List(fields.Nested(TaxPartSchema), required=True, validate=validate.Length(min=1))

    @validates_schema
    def parts_are_the_whole(self, data: Data, **_: Any) -> None:
        if sum(part.share for part in data.get("parts", [])) != 1:
            raise ValidationError({"parts": ["The shares of a split make 1 together."]})
        if data.get("where") == "other_area" and data.get("country_areas"):
            raise ValidationError({"country_areas": ["Only a split of the same area is for some areas."]})

    @post_load
    def make(self, data: Data, **_: Any) -> TaxSplit:
        return TaxSplit(**data | {name: tuple(data[name]) for name in ("country_areas", "parts")})


class TaxSchema(Schema):
    kind = _one_of("vat", "none")
    name = _words()
    prices_include_tax = Flag(required=True)
    rounding = fields.Enum(Rounding, by_value=True, required=True)
    rounding_level = _one_of("line", "rate", "invoice")
    rates = fields.List(fields.Nested(TaxRateSchema), load_default=list)
    splits = fields.List(fields.Nested(TaxSplitSchema), load_default=list)

    @validates_schema
    def each_place_has_one_split(self, data: Data, **_: Any) -> None:
        splits: list[TaxSplit] = data.get("splits", [])
        rest = sorted(split.where for split in splits if not split.country_areas)
        areas = [area for split in splits for area in split.country_areas]
        if splits and (rest != ["other_area", "same_area"] or len(set(areas)) != len(areas)):
            raise ValidationError({"splits": ["One split without country_areas for each case, and each area once."]})

    @validates_schema
    def rates_follow_each_other(self, data: Data, **_: Any) -> None:
        """For each category one unbroken row of periods, the last one open: no day is untaxed by a gap."""
        rates: list[TaxRate] = data.get("rates", [])
        if (data.get("kind") == "none") != (not rates):
            raise ValidationError({"rates": ['There are rates if and only if kind is "vat".']})
        rows = defaultdict(list)
        for index, rate in enumerate(rates):
            rows[rate.tax_category].append((rate.valid_from, index, rate))
        faults: dict[int, Any] = {}
        for row in rows.values():
            row.sort(key=lambda entry: entry[:2])
            for (_, index, rate), (_, later, following) in zip(row, row[1:], strict=False):
                if rate.valid_to is None:
                    faults[index] = {"valid_to": ["Another rate of this category follows: it needs an end."]}
                elif following.valid_from != rate.valid_to + timedelta(days=1):
                    faults[later] = {"valid_from": ["This must be the day after the rate before it ends."]}
            _, index, last = row[-1]
            if last.valid_to is not None:
                faults[index] = {"valid_to": ["The last rate stays open; say confirmed_until instead."]}
        if faults:
            raise ValidationError({"rates": faults})

    @post_load
    def make(self, data: Data, **_: Any) -> Tax:
        return Tax(**data | {name: tuple(data[name]) for name in ("rates", "splits")})


class EscrowSchema(Schema):
    mode = _one_of("hold", "instruct_only")
    hold_days = Whole(required=True, validate=DAYS)
    extension_days = Whole(required=True, validate=DAYS)

    @post_load
    def make(self, data: Data, **_: Any) -> Escrow:
        return Escrow(**data)


class WithdrawalSchema(Schema):
    days = Whole(required=True, validate=DAYS)
    runs_from = _one_of("receipt", "purchase")
    refund_days = Whole(load_default=None, validate=DAYS)

    @post_load
    def make(self, data: Data, **_: Any) -> Withdrawal:
        return Withdrawal(**data)


class PaymentWaySchema(Schema):
    code = fields.String(required=True, validate=CODE)
    name = _words()
    status = _one_of("now", "later")

    @post_load
    def make(self, data: Data, **_: Any) -> PaymentWay:
        return PaymentWay(**data)


class CashOnDeliverySchema(Schema):
    is_allowed = Flag(required=True)
    limit = fields.String(load_default=None, validate=AMOUNT)
    fee = fields.String(required=True, validate=AMOUNT)
    cash_step = fields.String(required=True, validate=AMOUNT)
    cash_rounding = fields.Enum(Rounding, by_value=True, required=True)


class DeliveryZoneSchema(Schema):
    code = fields.String(required=True, validate=CODE)
    name = _words()
    country_areas = fields.List(fields.String(), load_default=list)

    @post_load
    def make(self, data: Data, **_: Any) -> DeliveryZone:
        return DeliveryZone(**data | {"country_areas": tuple(data["country_areas"])})


class InvoiceFormSchema(Schema):
    form = fields.String(required=True, validate=CODE)
    title = _words()
    credit_note_title = _words()
    locale = fields.String(required=True, validate=_locale)
    wording = fields.List(Translated(), load_default=list)
    particulars = fields.List(fields.String(validate=CODE), required=True)

    @post_load
    def make(self, data: Data, **_: Any) -> InvoiceForm:
        return InvoiceForm(**data | {name: tuple(data[name]) for name in ("wording", "particulars")})


class BusinessNumberSchema(Schema):
    name = _words()
    module = fields.String(
        load_default=None, validate=validate.Regexp(r"^[a-z_]+(\.[a-z_]+)*$", error="As in python-stdnum: th.moa.")
    )
    prefix = fields.String(load_default="")

    @post_load
    def make(self, data: Data, **_: Any) -> BusinessNumber:
        return BusinessNumber(**data)


class AddressSchema(Schema):
    required = fields.List(_one_of(*ADDRESS_FIELDS), required=True)
    area_codes = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)


class LegalNoteSchema(SourceSchema):
    about = fields.String(required=True, validate=CODE)
    says = fields.String(required=True)

    @post_load
    def make(self, data: Data, **_: Any) -> LegalNote:
        return LegalNote(data.pop("about"), Source(**data))


class MarketPackSchema(Schema):
    code = fields.String(required=True, validate=validate.Regexp(r"^[a-z]{2}$", error="Two small letters."))
    name = _words()
    country = fields.String(required=True, validate=validate.Regexp(r"^[A-Z]{2}$", error="Two capital letters."))
    currency = fields.String(required=True)
    locales = fields.List(fields.String(validate=_locale), required=True, validate=validate.Length(min=1))
    default_locale = fields.String(required=True)
    time_zone = fields.String(required=True)
    calendar = _one_of("gregorian", "buddhist")
    phone_region = fields.String(required=True, validate=validate.Regexp(r"^[A-Z]{2}$", error="Two capital letters."))
    address = fields.Nested(AddressSchema, required=True)
    tax = fields.Nested(TaxSchema, required=True)
    escrow = fields.Nested(EscrowSchema, required=True)
    withdrawal = fields.Nested(WithdrawalSchema, required=True)
    payment_ways = fields.List(fields.Nested(PaymentWaySchema), required=True, validate=validate.Length(min=1))
    cod = fields.Nested(CashOnDeliverySchema, required=True)
    zones = fields.List(fields.Nested(DeliveryZoneSchema), required=True)
    invoice = fields.Nested(InvoiceFormSchema, required=True)
    business_number = fields.Nested(BusinessNumberSchema, required=True)
    notes = fields.List(fields.Nested(LegalNoteSchema), load_default=list)

    @validates_schema
    def parts_fit_together(self, data: Data, **_: Any) -> None:
        faults: dict[str, Any] = {}
        if data.get("default_locale") not in data.get("locales", []):
            faults["default_locale"] = ["It must be one of locales."]
        if data.get("time_zone") not in available_timezones():
            faults["time_zone"] = ["This is no zone of the IANA database, such as Asia/Bangkok."]
        if [zone for zone in data.get("zones", []) if not zone.country_areas][1:] or not any(
            not zone.country_areas for zone in data.get("zones", [])
        ):
            faults["zones"] = ["Exactly one zone has no country_areas: the rest of the country."]
        if faults:
            raise ValidationError(faults)

    @validates_schema
    def amounts_are_of_the_currency(self, data: Data, **_: Any) -> None:
        try:
            currency_digits(data["currency"])
        except UnknownCurrency as error:
            raise ValidationError({"currency": [str(error)]}) from None
        faults = {}
        for name in AMOUNTS:
            try:
                _amount(data, name)
            except NotValid as error:
                faults[name] = [str(error)]
        if faults:
            raise ValidationError({"cod": faults})

    @post_load
    def make(self, data: Data, **_: Any) -> MarketPack:
        lists = {name: tuple(data[name]) for name in ("locales", "payment_ways", "zones", "notes")}
        address = data.pop("address")
        step = _amount(data, "cash_step")
        cod = CashOnDelivery(
            is_allowed=data["cod"]["is_allowed"],
            limit=_amount(data, "limit"),
            fee=_amount(data, "fee") or Money.zero(data["currency"]),
            cash_step_minor=step.amount_minor if step else 1,
            cash_rounding=data["cod"]["cash_rounding"],
        )
        return MarketPack(
            **data | lists | {"cod": cod},
            address_required=tuple(address["required"]),
            area_codes=address["area_codes"],
        )


AMOUNTS = ("limit", "fee", "cash_step")


def _amount(data: Data, name: str) -> Money | None:
    value = data["cod"][name]
    return None if value is None else Money.parse(value, data["currency"])


class FactSchema(Schema):
    on = LocalDate(required=True)
    about = fields.String(required=True, validate=validate.OneOf(ABOUT, error="One of: {choices}."))
    given = fields.Dict(keys=fields.String(), load_default=dict)
    expect = fields.Dict(keys=fields.String(), required=True, validate=validate.Length(min=1))
    source = fields.String(required=True, validate=validate.Length(min=1))


class FactsSchema(Schema):
    fact = fields.List(fields.Nested(FactSchema), required=True, validate=validate.Length(min=1))
