"""The one form of a checkout: what was typed, what is wrong with it, and the command that it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from email_validator import EmailNotValidError, validate_email

from app.domains.orders.types import CheckoutInput, LastCheckout
from app.domains.tenancy.types import MarketPack
from app.kit import addresses, ids
from app.kit.addresses import AddressRefused, FieldSpec, PhoneRefused
from app.kit.i18n import N_

LONGEST_VALUE = 300
REQUIRED = ("name", "country_area")
"""Beyond what a country's post asks for: somebody to hand it to, and the area by which delivery is planned."""
LEFT_OUT = "company_name"
CONTACT = ("email", "phone")
CHOICES = ("delivery", "gateway")
ORDER = (*CONTACT, *addresses.FIELDS, *CHOICES)
LABELS = {
    "email": N_("E-mail"),
    "phone": N_("Telephone"),
    "delivery": N_("Delivery"),
    "gateway": N_("Payment"),
}
EMAIL_TEXT = N_("Enter an e-mail address like name@example.com.")
PHONE_TEXT = N_("Enter a telephone number that the carrier can call.")
CHOICE_TEXT = N_("Choose one of these.")


@dataclass(frozen=True, slots=True)
class CheckoutForm:
    """`values` as they were typed; `errors` by field, English source texts; `given` only where there are none."""

    values: Mapping[str, str]
    fields: tuple[FieldSpec, ...]
    idempotency_key: str
    errors: Mapping[str, str] = field(default_factory=dict)
    given: CheckoutInput | None = None

    @property
    def labels(self) -> dict[str, str]:
        """What each field is called, English source texts."""
        return LABELS | {spec.name: spec.label for spec in self.fields}

    @property
    def delivery(self) -> str | None:
        return self.values.get("delivery") or None

    @property
    def gateway(self) -> str | None:
        return self.values.get("gateway") or None

    @property
    def place(self) -> str:
        """The country area that was chosen, empty while none is: it may decide which taxes are named."""
        known = {choice.value for spec in self.fields for choice in spec.choices}
        typed = self.values.get("country_area", "")
        return typed if typed in known else ""

    @property
    def email(self) -> str:
        """Who buys, for promotions that ask it; empty while it is no whole address."""
        typed = self.values.get("email", "").strip()
        return typed if "@" in typed else ""

    def refused(self, errors: Mapping[str, str]) -> CheckoutForm:
        """The same words with what is wrong; a new key, because a corrected form is another request."""
        in_order = {name: errors[name] for name in ORDER if name in errors}
        return CheckoutForm(self.values, self.fields, ids.new_token(), in_order)


def filled(last: LastCheckout | None, pack: MarketPack, locale: str) -> CheckoutForm:
    """A new form: with the words of the last checkout where there was one, to be checked again."""
    if last is None:
        return CheckoutForm({}, _fields(pack, locale), ids.new_token())
    phone = addresses.format_phone(last.phone, pack.phone_region, "en") if last.phone else ""
    contact = {"email": last.email, "phone": phone, "delivery": last.delivery_code, "gateway": last.gateway}
    return retyped({**last.address, **contact}, pack, locale, is_new=True)


def retyped(posted: Mapping[str, str], pack: MarketPack, locale: str, *, is_new: bool) -> CheckoutForm:
    """The form as it was typed, unchecked. `is_new`: as another request, with a key of its own."""
    specs = _fields(pack, locale)
    names = (*CONTACT, *(spec.name for spec in specs), *CHOICES)
    values = {name: posted.get(name, "").replace("\r\n", "\n").strip()[:LONGEST_VALUE] for name in names}
    key = "" if is_new else posted.get("idempotency_key", "").strip()[:100]
    return CheckoutForm(values, specs, key or ids.new_token())


def checked(posted: Mapping[str, str], pack: MarketPack, locale: str) -> CheckoutForm:
    """The form with everything that is wrong with it, or with the command."""
    form = retyped(posted, pack, locale, is_new=False)
    errors: dict[str, str] = {}
    email = ""
    try:
        email = validate_email(form.values["email"], check_deliverability=False).normalized
    except EmailNotValidError:
        errors["email"] = EMAIL_TEXT
    address, phone, wrong = _read_place(form, pack)
    errors |= wrong
    errors |= {name: CHOICE_TEXT for name in CHOICES if not form.values[name]}
    if errors:
        return form.refused(errors)
    total = posted.get("expected_total_minor", "")
    given = CheckoutInput(
        email=email,
        phone=phone,
        address=address,
        delivery_code=form.values["delivery"],
        gateway=form.values["gateway"],
        expected_total_minor=int(total) if total.isascii() and total.isdigit() and len(total) < 16 else -1,
        idempotency_key=form.idempotency_key,
    )
    return CheckoutForm(form.values, form.fields, form.idempotency_key, {}, given)


def checked_place(
    posted: Mapping[str, str], pack: MarketPack, locale: str
) -> tuple[CheckoutForm, tuple[dict[str, str], str] | None]:
    """A form of an address with its telephone, and both normalised; None where something is wrong with it."""
    form = retyped(posted, pack, locale, is_new=True)
    address, phone, errors = _read_place(form, pack)
    return (form.refused(errors), None) if errors else (form, (address, phone))


def _read_place(form: CheckoutForm, pack: MarketPack) -> tuple[dict[str, str], str, dict[str, str]]:
    """Address and telephone, and what is wrong with them."""
    errors: dict[str, str] = {}
    phone, address = "", {}
    try:
        phone = addresses.parse_phone(form.values["phone"], pack.phone_region)
    except PhoneRefused:
        errors["phone"] = PHONE_TEXT
    try:
        address = addresses.normalise(pack.country, form.values, _required(pack))
    except AddressRefused as refused:
        errors |= {name: addresses.FIELD_TEXTS[code] for name, code in refused.fields.items()}
    return address, phone, errors


def _fields(pack: MarketPack, locale: str) -> tuple[FieldSpec, ...]:
    return tuple(spec for spec in addresses.fields(pack.country, locale, _required(pack)) if spec.name != LEFT_OUT)


def _required(pack: MarketPack) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*REQUIRED, *pack.address_required)))
