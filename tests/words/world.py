"""A tenant in the pseudo-locale with something of everything, and a walk that opens each of its pages once.

Everything here that a page shows and that is not the interface's is written by `data(…)` or stands in `KNOWN`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import text
from werkzeug.test import Client, TestResponse

from app.domains.catalogue.actions import save_category
from app.domains.catalogue.types import CategoryInput, Option, OptionValue, ProductInput, VariantInput
from app.domains.delivery.actions import apply_section
from app.domains.identity import actions as identity
from app.domains.inventory import actions as inventory
from app.domains.sellers.actions import ensure_own_seller
from app.domains.tenancy import actions as tenancy
from app.domains.tenancy.queries.markets import get_market
from app.factory import Serai
from app.kit.addresses import fields
from app.kit.i18n import PSEUDO, country_name, language_name
from app.kit.scope import Scope
from tests.factories.search import sell
from tests.factories.tenancy import make_tenant
from tests.harness.provider import SandboxProvider
from tests.words.reading import data

PASSWORD = "river market lantern"
EMAIL, OWNER, STRANGER = "shopper@example.com", "owner@example.com", "nobody@example.com"
SHOPPER = "malee@example.com"
SECTIONS = [
    {"kind": "hero", "title": {"en": data("Welcome home")}, "text": {"en": data("Cloth and clay")}, "link": "/c/1"},
    {"kind": "collection", "title": {"en": data("On the table")}, "category": "cloth", "limit": 4},
    {"kind": "collection"},
    {"kind": "categories"},
    {"kind": "story", "title": {"en": data("Where it began")}, "text": {"en": data("In a house.")}},
    {"kind": "banner", "title": {"en": data("Ground on Thursdays")}},
    {"kind": "trust", "items": [{"icon": "escrow", "title": {"en": data("Held")}, "text": {"en": data("Until then")}}]},
]
DOCUMENT = {
    "brand": {"name": {"en": data("Khwan")}, "tagline": {"en": data("Made by hand")}},
    "home": {"sections": SECTIONS},
    "pages": {"about": {"title": {"en": data("About us")}, "text": {"en": data("One") + "\n\n" + data("Two")}}},
    "legal_entity": {"name": data("House Ltd."), "registration": "0123"},
    "payment": {"gateways": ["sandbox", "cod"]},
}
FORM = {
    "email": EMAIL,
    "phone": "081 234 5678",
    "delivery": "standard",
    "gateway": "cod",
    "name": data("Somchai Jaidee"),
    "street_address": data("Rama Road") + " 99",
    "city": data("Pathumwan"),
    "country_area": "กรุงเทพมหานคร",
    "postal_code": "10330",
}
SHOPIFY = f"""Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty
{data("cup")},{data("Clay cup")},Title,Default Title,31,120.00,7
{data("bad")},{data("Bad cup")},Title,Default Title,32,abc,3
"""


PROMOTION = {
    "code": "9",
    "kind": "cart",
    f"name_{PSEUDO}": data("Spring sale"),
    "name_th": data("Spring sale"),
    "benefit": "percent",
    "rate": "12.5",
    "payer": "partner",
    "minimum": "150.00",
    "priority": "5",
    "budget": "1000.00",
    "starts_local": "2026-11-01T00:00",
    "needs_coupon": "1",
    "returns_on_cancel": "1",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A page as a browser got it. `path` is without the language's prefix, `endpoint` the view that answered."""

    name: str
    face: str
    endpoint: str
    path: str
    status: int
    markup: str
    headers: Mapping[str, str]


@dataclass
class Visitor:
    """A browser at one face of the tenant that keeps the pages it is told to keep."""

    world: World
    face: str
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = Client(self.world.application)

    @property
    def host(self) -> str:
        return self.world.host(self.face)

    def ask(self, path: str, form: Mapping[str, Any] | None = None) -> TestResponse:
        """GET, or POST where there is a form; a form of the console carries its token."""
        options = {"base_url": f"http://{self.host}", "environ_base": {"REMOTE_ADDR": "127.0.0.1"}}
        if form is None:
            return self.client.get(path, **options)
        if self.face == "partner_console":
            page = self.client.get("/profile", **options)
            page = page if page.status_code == 200 else self.client.get("/sign-in", **options)
            form = {"csrf_token": value_of(page.text, "csrf_token"), **form}
        return self.client.post(path, data=form, **options)

    def keep(self, name: str, path: str, form: Mapping[str, Any] | None = None, status: int = 200) -> Shown:
        """The page under a name that nobody else has; anything but `status` fails."""
        answer = self.ask(path, form)
        assert answer.status_code == status, (name, path, answer.status_code, answer.text[:2000])
        plain = urlsplit(path).path
        endpoint = "" if status == 404 else self.world.endpoint(self.face, plain, "GET" if form is None else "POST")
        shown = Shown(name, self.face, endpoint, plain, status, answer.text, dict(answer.headers))
        assert name not in self.world.pages, name
        self.world.pages[name] = shown
        return shown

    def follow(self, path: str, form: Mapping[str, Any] | None) -> str:
        """Where a form leads, or an address that only leads on (no form)."""
        answer = self.ask(path, form)
        assert answer.status_code == 303, (path, answer.status_code, answer.text[:2000])
        verb = "GET" if form is None else "POST"
        self.world.followed.add((self.face, self.world.endpoint(self.face, urlsplit(path).path, verb)))
        return answer.headers["Location"]


@dataclass
class World:
    """The tenant (its system scope), the application, the provider; `pages` are those that were kept."""

    scope: Scope
    application: Serai
    provider: SandboxProvider
    pages: dict[str, Shown] = field(default_factory=dict)
    followed: set[tuple[str, str]] = field(default_factory=set)
    """Face and view of each form that led on to another page."""
    products: dict[str, str] = field(default_factory=dict)
    """Slug of each product to its first offer."""

    def host(self, face: str) -> str:
        assert self.scope.tenant is not None
        return f"{self.scope.tenant.slug}{'.console' if face == 'partner_console' else ''}.localhost"

    def endpoint(self, face: str, path: str, method: str) -> str:
        return str(self.application.faces[face].url_map.bind("any").match(path, method)[0])

    def visit(self, face: str) -> Visitor:
        return Visitor(self, face)

    def column(self, query: str) -> list[Any]:
        """The first column of a query in the tenant's schema."""
        with self.scope.transaction() as unit:
            return list(unit.db.execute(text(query)).scalars())

    def known(self) -> dict[str, str]:
        """Latin words on the pages that are not the interface's: patterns, each with its reason."""
        market = get_market(self.scope)
        words = {re.escape(value): "the tenant's own" for value in (EMAIL, OWNER, STRANGER, SHOPPER, "Khwan")}
        names = [market.currency, country_name(market.country, PSEUDO), language_name(PSEUDO)]
        names += ["November", "Nov", "AM", "PM", "BANGKOK"]
        names += [area.label for spec in fields(market.country, PSEUDO) for area in spec.choices]
        words |= {re.escape(value): "CLDR and the post name it, and have no pseudo-locale" for value in names}
        names = [thing.name["en"] for thing in (market.tax, *market.tax.rates, *market.payment_ways, *market.zones)]
        words |= {re.escape(value): "the market pack names it, and has no pseudo-locale" for value in names}
        words |= {
            r"[a-z]{3}_[0-9a-z]{26}": "an id",
            r"[a-z]+:[A-Za-z0-9_:-]+": "the code of an account of the ledger, for who looks it up",
            r"[A-Z2-7]{4}( [A-Z2-7]{4}){7}": "the key of an authenticator",
            "declined": "the provider's own code, in a column that says so",
            re.escape("Variant Price"): "a column of the file that was brought",
            re.escape(f"{data('cups')}.csv"): "the name of the file that was brought",
            "“abc”": "what the file that was brought says",
            re.escape(market.time_zone): "the IANA name of a zone",
            "/c/…|/about": "addresses of the storefront",
        }
        return words


def value_of(markup: str, name: str) -> str:
    """What the first field of this name holds."""
    found = re.search(rf'name="{re.escape(name)}"[^>]*?value="([^"]*)"', markup)
    assert found is not None, f"no field {name}"
    return unescape(found[1])


def build(application: Serai, provider: SandboxProvider) -> World:
    """The tenant with goods in every status, before anybody has come."""
    scope = make_tenant(application.root, "th").with_values(locale=PSEUDO)
    with application.root.transaction() as unit:
        tenancy.save_storefront(unit, scope.tenant_id, code="main", locales=[PSEUDO, "th"], document=DOCUMENT)
    world = World(scope, application, provider)
    with scope.transaction() as unit:
        ensure_own_seller(unit, "own", {"en": data("Own retail")}, data("Own Retail Ltd."))
        ways = (("standard", "Standard", "45", 2, 4), ("express", "Express", "95", 0, 0), ("slow", "Slow", "0", 3, 3))
        apply_section(
            unit,
            [
                {"code": code, "name": {"en": data(name)}, "price": price, "min_days": low, "max_days": high}
                for code, name, price, low, high in ways
            ],
        )
        save_category(unit, CategoryInput(code="cloth", name={"en": data("Cloth")}, slug={"en": "1"}))
        save_category(
            unit, CategoryInput(code="clay", name={"en": data("Clay")}, slug={"en": "2"}, parent_code="cloth")
        )
    for number, (name, price, before, stocks) in enumerate(
        (
            ("Scarf", "1290", None, (50, 1)),
            ("Bowl", "990", "1200", (50, 0)),
            ("Lamp", "250000", None, (50, 50)),
            ("Vase", "100", None, (0, 0)),
            ("Rug", "500", None, (5, 5)),
        ),
        start=11,
    ):
        slug = str(number)
        (saved,) = sell(scope, _product(slug, name, price, before, stocks))
        world.products[slug] = next(iter(saved.offers.values()))
    with scope.transaction() as unit:
        identity.ensure_staff(unit, OWNER, data("Malee"), "owner", PASSWORD)
        identity.ensure_staff(unit, STRANGER, data("Nobody"), "support")
    return world


def _product(slug: str, name: str, price: str, before: str | None, stocks: tuple[int, int]) -> ProductInput:
    sizes = (OptionValue("m", {"en": data("Medium")}), OptionValue("l", {"en": data("Large")}))
    return ProductInput(
        external_id=slug,
        source="tenant",
        title={"en": data(name)},
        summary={"en": data("Woven by hand.")},
        description={"en": data("One.") + "\n\n" + data("Two.")},
        brand=data("Khwan"),
        slug={"en": slug},
        category_code="clay" if slug == "12" else "cloth",
        options=(Option("size", {"en": data("Size")}, sizes),),
        variants=tuple(
            VariantInput(
                f"{slug}-{index}",
                {"size": size},
                price=Decimal(price),
                compare_at=Decimal(before) if before else None,
                stock=stock,
            )
            for index, (size, stock) in enumerate(zip(("m", "l"), stocks, strict=True))
        ),
    )


def set_stock(world: World, slug: str, stock: int) -> None:
    with world.scope.transaction() as unit:
        inventory.set_stock(unit, world.products[slug], stock, reference=f"words-{slug}-{stock}")


def upload(content: str) -> dict[str, Any]:
    return {"format": "shopify", "file": (io.BytesIO(content.encode()), f"{data('cups')}.csv")}
