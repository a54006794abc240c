"""What all templates of the storefront use: words, amounts and dates in the reader's language, and the page's frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import current_app, g, request, url_for
from flask.sansio.app import App

from app.domains.media.types import Picture
from app.domains.search import queries as search
from app.domains.search.types import CategoryView
from app.domains.tenancy.queries import taxes as market_taxes
from app.domains.tenancy.queries.markets import get_market
from app.domains.tenancy.types import NamedTax
from app.faces.storefront import pictures
from app.faces.storefront.theme import Theme, theme_of
from app.kit import i18n
from app.kit.clock import business_date
from app.kit.i18n import translator
from app.kit.money import Money
from app.kit.scope import Scope, Storefront
from app.kit.web import scope, unit

MENU_LENGTH = 8
RAIL_LENGTH = 14
"""How many categories a menu holds: one in a line, one in a column beside the page."""
TOP_LENGTH = 24
"""How many a section of the front page shows."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the storefront; `address` is this page in it, a path."""

    code: str
    name: str
    direction: str
    address: str
    is_current: bool


class Frame:
    """What surrounds every page. Each part is asked for when a template shows it: an error page shows few."""

    def __init__(self, of: Scope) -> None:
        self.scope = of

    @property
    def locale(self) -> str:
        return self.scope.locale

    @property
    def direction(self) -> str:
        return i18n.direction(self.scope.locale)

    @property
    def brand(self) -> Mapping[str, Any]:
        return section("brand")

    @property
    def brand_name(self) -> str:
        return words(self.brand.get("name", {})) or (self.scope.tenant.slug if self.scope.tenant else "")

    @cached_property
    def logo(self) -> Picture | None:
        return pictures.find(unit(), self.brand.get("logo"))

    @property
    def theme(self) -> Theme:
        return theme_of(self.scope)

    @cached_property
    def categories(self) -> list[CategoryView]:
        return search.list_categories(unit())

    @property
    def menu(self) -> list[CategoryView]:
        """The top of the tree, as far as a menu holds it; the rest is found from there."""
        return self._top(RAIL_LENGTH if self.theme.design.get("header") == "rail" else MENU_LENGTH)

    def _top(self, most: int) -> list[CategoryView]:
        return [one for one in self.categories if one.parent_code is None][:most]

    @property
    def pages(self) -> list[tuple[str, str]]:
        """(title, address) of the static pages."""
        return [
            (words(page["title"]), url_for("home.show_page", page=code.replace("_", "-")))
            for code, page in section("pages").items()
        ]

    @cached_property
    def languages(self) -> list[Language]:
        return [
            Language(code, i18n.language_name(code), i18n.direction(code), self._address(code), code == self.locale)
            for code in storefront().locales
        ]

    @property
    def canonical(self) -> str:
        return storefront().origin + next(one.address for one in self.languages if one.is_current)

    @property
    def legal_entity(self) -> Mapping[str, Any]:
        return section("legal_entity")

    def absolute(self, path: str) -> str:
        return storefront().origin + path

    def category_address(self, code: str) -> str | None:
        """The address of a category by its stable code."""
        found = next((one for one in self.categories if one.code == code), None)
        return None if found is None else url_for("listings.show_category", slug=found.slug)

    def named_categories(self, codes: Sequence[str] | None) -> list[CategoryView]:
        """The categories that a section names, in its order; all of the top where it names none."""
        if not codes:
            return self._top(TOP_LENGTH)
        known = {one.code: one for one in self.categories}
        return [known[code] for code in codes if code in known]

    def follow(self, link: str) -> str:
        """A link of the tenant's document as an address: of this site only; `/c/<code>` may name a category's code."""
        if not link.startswith("/") or link.startswith(("//", "/\\")):
            return url_for("home.show")
        if link.startswith("/c/"):
            return self.category_address(link.removeprefix("/c/")) or request.script_root + link
        return request.script_root + link

    def _address(self, locale: str) -> str:
        """This page in another language. Without a page (an error), the front page."""
        if request.endpoint is None or request.method != "GET" or g.get("is_problem", False):
            return address(locale, "home.show")
        values: dict[str, Any] = dict(request.view_args or {})
        alternates = g.get("alternates")
        if alternates is not None:
            slug = alternates.get(locale)
            if slug is None:
                return address(locale, "home.show")
            values["slug"] = slug
        query = urlencode([(name, value) for name, value in request.args.items(multi=True)])
        return address(locale, request.endpoint, **values) + (f"?{query}" if query else "")


def install(app: App) -> None:
    """Give the templates of a face their filters and names."""
    app.jinja_env.filters.update(
        words=words,
        money=money,
        day=day,
        moment=moment,
        percent=percent,
        number=number,
        paragraphs=paragraphs,
        named_taxes=named_taxes,
        tax_mark=tax_mark,
    )
    app.jinja_env.globals.update(
        media_address=pictures.address, join_words=join_words, country_name=country_name, page_address=page_address
    )

    @app.context_processor
    def give_frame() -> dict[str, Any]:
        if "scope" not in g:
            return {}
        if "frame" not in g or g.frame.scope is not g.scope:
            g.frame = Frame(scope())
        return {"frame": g.frame, "market": get_market(scope())}


def storefront() -> Storefront:
    found = scope().storefront
    if found is None:
        raise LookupError("this host belongs to no storefront")
    return found


def section(name: str) -> Mapping[str, Any]:
    """A section of the tenant's document; empty where it has none."""
    found = storefront().document.get(name, {})
    return found if isinstance(found, Mapping) else {}


def address(locale: str, endpoint: str, **values: Any) -> str:
    """The path of a page in a language: the first language has no prefix."""
    prefix = "" if locale == storefront().locales[0] else f"/{locale}"
    adapter = current_app.url_map.bind(request.host, script_name=prefix or "/")
    return adapter.build(endpoint, values)


def gettext(message: str, **values: Any) -> str:
    """The interface's text in the reader's language; `values` fill its `%(name)s` fields."""
    translated = translator(scope().locale).gettext(message)
    return translated % values if values else translated


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


def named_taxes(taxes: Sequence[Mapping[str, Any]]) -> list[NamedTax]:
    """The taxes of a stored quote with their names and rates."""
    return market_taxes.name_taxes(scope(), taxes, scope().locale)


def tax_mark(code: str) -> str:
    return market_taxes.get_tax_mark(scope(), code)


def day(value: date | datetime) -> str:
    """A day of the market's calendar and zone."""
    if isinstance(value, datetime):
        value = business_date(value, scope().time_zone)
    return i18n.format_date(value, manner(), "long", _calendar())


def moment(value: datetime) -> str:
    """A moment as the market's clock shows it."""
    return i18n.format_datetime(value, manner(), scope().time_zone, "long", _calendar())


def percent(rate: Decimal | str) -> str:
    return i18n.format_percent(Decimal(rate), manner())


def number(value: int) -> str:
    return i18n.format_number(value, manner())


def join_words(values: Sequence[str]) -> str:
    return i18n.join(values, manner())


def country_name(code: str) -> str:
    return i18n.country_name(code, scope().locale)


def paragraphs(value: str) -> list[str]:
    return [part.strip() for part in value.split("\n\n") if part.strip()]


def page_address(page: int) -> str:
    """This list, on another of its pages."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "page" and value]
    if page > 1:
        kept.append(("page", str(page)))
    values = request.view_args or {}
    return url_for(request.endpoint or "home.show", **values) + (f"?{urlencode(kept)}" if kept else "")


def _calendar() -> i18n.Calendar:
    return get_market(scope()).calendar
