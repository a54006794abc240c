"""What all templates use: words, amounts and moments in the reader's language, the frame of a page, its theme."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, g, request, url_for
from flask.blueprints import BlueprintSetupState

from app.domains.media.types import Picture
from app.domains.tenancy.queries.brands import get_brand
from app.domains.tenancy.queries.markets import get_market
from app.kit import i18n
from app.kit.i18n import N_, translator
from app.kit.money import Money
from app.kit.scope import Scope, Storefront
from app.kit.web import scope

blueprint = Blueprint("frame", __name__)

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_ACCENT, _ACCENT_INK = "#2b3a4a", "#ffffff"
THUMBNAIL = 96


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the tenant; `address` is this page in it."""

    code: str
    name: str
    direction: str
    address: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Room:
    """An entry of the navigation; `key` is its keyboard shortcut after `g`."""

    endpoint: str
    label: str
    icon: str
    family: str
    permission: str
    key: str


ROOMS = (
    Room("orders.list_all", N_("Orders"), "orders", "orders", "orders.view", "o"),
    Room("offers.list_all", N_("Prices and stock"), "offers", "offers", "inventory.edit", "p"),
    Room("promotions.list_all", N_("Promotions"), "promotions", "promotions", "promotions.edit", "m"),
    Room("imports.show", N_("Import and export"), "import", "imports", "import.run", "i"),
    Room("refunds.list_all", N_("Failed refunds"), "back", "refunds", "orders.refund", "r"),
    Room("search.show", N_("Search"), "search", "search", "catalogue.edit", "f"),
    Room("staff.list_all", N_("Staff"), "staff", "staff", "staff.manage", "s"),
)


class Frame:
    """What surrounds every page. Nothing of it asks the database: an error page shows it too."""

    def __init__(self, of: Scope) -> None:
        self.scope = of
        self.locale = of.locale
        self.direction = i18n.direction(of.locale)
        self.staff = g.get("staff")

    @property
    def brand_name(self) -> str:
        return words(get_brand(self.scope).name) or (self.scope.tenant.slug if self.scope.tenant else "")

    @property
    def initial(self) -> str:
        """The letter of the brand's tile."""
        return self.brand_name[:1].upper()

    @property
    def theme(self) -> str:
        """The address of the stylesheet with the brand's colour."""
        return f"/theme-{hashlib.sha256(theme_css(self.scope).encode()).hexdigest()[:12]}.css"

    @property
    def rooms(self) -> list[Room]:
        """Where this reader may go."""
        return [room for room in ROOMS if self.may(room.permission)]

    @property
    def languages(self) -> list[Language]:
        return [
            Language(code, i18n.language_name(code), i18n.direction(code), self._address(code), code == self.locale)
            for code in storefront().locales
        ]

    @property
    def storefront_address(self) -> str:
        """The tenant's storefront: this host without its `console` part."""
        return f"{request.scheme}://{request.host.replace('.console.', '.', 1)}/"

    def may(self, permission: str) -> bool:
        """Shall this be shown? Whether it is done is decided by the step itself."""
        return self.scope.permissions.allows(permission)

    def _address(self, locale: str) -> str:
        prefix = "" if locale == storefront().locales[0] else f"/{locale}"
        return prefix + (request.full_path.rstrip("?") if request.method == "GET" else "/")


@blueprint.record_once
def install(state: BlueprintSetupState) -> None:
    """Give the templates their filters and names."""
    app = state.app
    app.jinja_env.filters.update(words=words, money=money, amount=amount, moment=moment, percent=percent, number=number)
    app.jinja_env.globals.update(query_with=query_with, thumbnail=thumbnail)

    @app.context_processor
    def give_frame() -> dict[str, Any]:
        return {"frame": Frame(scope())} if "scope" in g else {}


def storefront() -> Storefront:
    found = scope().storefront
    if found is None:
        raise LookupError("this host belongs to no storefront")
    return found


def theme_css(of: Scope) -> str:
    """The brand's colour for the header; a value that is no colour is left out, so none can begin something else."""
    tokens = get_brand(of).tokens
    accent, ink = str(tokens.get("accent", "")), str(tokens.get("accent_ink", ""))
    if not (_COLOUR.fullmatch(accent) and _COLOUR.fullmatch(ink)):
        accent, ink = _ACCENT, _ACCENT_INK
    return f"@layer tenant {{\n:root {{ --brand: {accent}; --brand-ink: {ink}; }}\n}}\n"


def gettext(message: str, **values: Any) -> str:
    translated = translator(scope().locale).gettext(message)
    return translated % values if values else translated


def ngettext(singular: str, plural: str, count: int) -> str:
    """`%(count)s` of the text is the number in the reader's figures."""
    return translator(scope().locale).ngettext(singular, plural, count) % {"count": number(count)}


def tell(message: str, kind: str = "done") -> None:
    """Say something on the next page: `done` or `warning`."""
    flash(message, kind)


def words(value: Mapping[str, str] | str | None) -> str:
    """The best text of `{bcp47: text}` for the reader."""
    if value is None or isinstance(value, str):
        return value or ""
    return i18n.text(value, scope().locale, storefront().locales)


def manner() -> str:
    """The tag by which figures and dates are written: the reader's language as the market's country writes it."""
    return i18n.in_country(scope().locale, get_market(scope()).country)


def money(amount_minor: int, currency: str = "") -> str:
    return i18n.format_money(Money(amount_minor, currency or scope().currency), manner())


def amount(amount_minor: int | None, currency: str = "") -> str:
    """An amount as a field holds it: plain digits with a point, whatever the language."""
    return "" if amount_minor is None else format(Money(amount_minor, currency or scope().currency).decimal, "f")


def moment(value: datetime) -> str:
    return i18n.format_datetime(value, manner(), scope().time_zone, "medium", get_market(scope()).calendar)


def percent(rate: Decimal | str) -> str:
    return i18n.format_percent(Decimal(rate), manner())


def number(value: int) -> str:
    return i18n.format_number(value, manner())


def query_with(**changes: Any) -> str:
    """This list's own query with some entries changed (None: left out), as `?…`; a new choice begins at its top."""
    kept = {name: value for name, value in request.args.items() if value and name != "cursor"}
    merged = {name: value for name, value in {**kept, **changes}.items() if value}
    return f"?{urlencode(merged)}" if merged else request.path


def thumbnail(picture: Picture | None) -> str | None:
    """The address of a small rendition."""
    found = picture.fallback(THUMBNAIL) if picture is not None else None
    return None if found is None else url_for("files.show_picture", path=found.path)
