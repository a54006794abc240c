"""Storefronts of two tenants behind the real WSGI application, each with goods, pages and a look of its own."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import Client, TestResponse

from app.domains.catalogue.actions import save_category
from app.domains.catalogue.types import VariantInput
from app.domains.delivery.actions import apply_section
from app.domains.tenancy import actions as tenancy
from app.factory import Serai
from app.kit.clock import FixedClock
from app.kit.db import Database
from app.kit.scope import EVERYTHING, SYSTEM, Scope
from app.kit.settings import Settings
from tests.conftest import NOON
from tests.factories.catalogue import category, product
from tests.factories.search import sell
from tests.factories.tenancy import make_tenant
from tests.harness.provider import SandboxProvider

METHODS = [
    {"code": "standard", "name": {"en": "Standard"}, "price": "45", "min_days": 2, "max_days": 4},
    {"code": "express", "name": {"en": "Express"}, "price": "95", "min_days": 1, "max_days": 1},
]
TOKENS = {"surface": "#fbf7ef", "ink": "#26221c", "accent": "#2a3d70", "radius": "10px", "shape": "arch"}
SECTIONS = [
    {"kind": "hero", "title": {"en": "Welcome home"}, "text": {"en": "Cloth and clay"}, "link": "/c/cloth"},
    {"kind": "collection", "title": {"en": "On the table"}, "category": "cloth", "limit": 4},
    {"kind": "story", "title": {"en": "Where it began"}, "text": {"en": "In a house."}},
    {"kind": "banner", "title": {"en": "Ground on Thursdays"}, "link": "//evil.example/x"},
    {"kind": "trust", "items": [{"icon": "escrow", "title": {"en": "Held safely"}, "text": {"en": "Until it comes"}}]},
]
PAGES = {"about": {"title": {"th": "เรื่องของเรา", "en": "About us"}, "text": {"th": "หนึ่ง\n\nสอง", "en": "One\n\nTwo"}}}
_numbers = itertools.count(1)
SLUGS = {"th": "ผ้าพันคอ", "ar": "وشاح", "en": "scarf"}


@dataclass(frozen=True)
class Visitor:
    """A browser on one storefront. `scope` is the tenant's system scope."""

    client: Client
    scope: Scope
    host: str

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, base_url=f"http://{self.host}", **options)

    def post(self, path: str, data: dict[str, Any], **options: Any) -> TestResponse:
        return self.client.post(path, data=data, base_url=f"http://{self.host}", **options)

    def count(self, table: str) -> int:
        """Rows of a table of the tenant."""
        assert re.fullmatch(r"[a-z_]+", table)
        with self.scope.transaction() as unit:
            return int(unit.db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    def add_scarf(self, size: str = "m", quantity: int = 1, **options: Any) -> TestResponse:
        data = {"product": SLUGS["en"], "size": size, "quantity": str(quantity)}
        return self.post("/en/cart/lines", data, **options)


def value_of(page: TestResponse, name: str) -> str:
    """What a field of the page holds."""
    found = re.search(rf'name="{name}"[^>]*?value="([^"]*)"', page.text)
    assert found is not None, f"no field {name}"
    return unescape(found[1])


@dataclass(frozen=True)
class House:
    """A storefront that sells: the tenant's system scope, its host, the application in front."""

    scope: Scope
    host: str
    application: Serai

    def visit(self) -> Visitor:
        """A browser of its own, with no cookie."""
        return Visitor(Client(self.application), self.scope, self.host)


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[SandboxProvider]:
    running = SandboxProvider(tmp_path_factory.mktemp("provider"), settings.sandbox_webhook_secret)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def application(settings: Settings, database: Database, provider: SandboxProvider) -> Serai:
    known = settings.with_values(sandbox_provider_url=provider.url)
    return Serai(Scope(settings=known, database=database, actor=SYSTEM, permissions=EVERYTHING, clock=FixedClock(NOON)))


@pytest.fixture(scope="session")
def open_house(application: Serai) -> Callable[[str], House]:
    """A storefront of a market that sells two scarves, one of them sold out in size L."""

    def open_one(market: str) -> House:
        scope = make_tenant(application.root, market)
        assert scope.tenant is not None and scope.storefront is not None
        document = {
            **scope.storefront.document,
            "brand": {"name": {"en": f"House {scope.tenant.slug}"}, "tokens": TOKENS},
            "home": {"sections": SECTIONS},
            "pages": PAGES,
            "legal_entity": {
                "name": "House Ltd.",
                "registration": "0123",
                "address": scope.storefront.document.get("legal_entity", {}).get("address", {}),
            },
        }
        with application.root.transaction() as unit:
            tenancy.save_storefront(
                unit, scope.tenant_id, code="main", locales=list(scope.storefront.locales), document=document
            )
        with scope.transaction() as unit:
            apply_section(unit, METHODS)
            save_category(unit, category(code="cloth", name={"th": "ผ้า", "en": "Cloth"}, slug={"en": "cloth"}))
        variants = (
            VariantInput("SCARF-M", {"size": "m"}, price=Decimal("1290"), stock=5, weight_g=120),
            VariantInput("SCARF-L", {"size": "l"}, price=Decimal("1490"), stock=2, weight_g=150),
        )
        scarf = product(external_id="scarf", category_code="cloth", slug=SLUGS, variants=variants)
        plain_ones = (
            VariantInput("PLAIN-M", {"size": "m"}, price=Decimal("990"), stock=3),
            VariantInput("PLAIN-L", {"size": "l"}, price=Decimal("990"), stock=0),
        )
        plain = product(external_id="plain", category_code="cloth", slug={"en": "plain"}, variants=plain_ones)
        sell(scope, scarf, plain)
        return House(scope, f"{scope.tenant.slug}.localhost", application)

    return open_one


@pytest.fixture(scope="session")
def thai_house(open_house: Callable[[str], House]) -> House:
    return open_house("th")


@pytest.fixture(scope="session")
def kuwaiti_house(open_house: Callable[[str], House]) -> House:
    return open_house("kw")


@pytest.fixture
def thai(thai_house: House) -> Visitor:
    """A new visitor of the Thai storefront."""
    return thai_house.visit()


@pytest.fixture
def kuwaiti(kuwaiti_house: House) -> Visitor:
    """A new visitor of the Kuwaiti storefront."""
    return kuwaiti_house.visit()


@pytest.fixture
def goods(thai_house: House) -> str:
    """The slug of a new product with five pieces, for a test that orders some."""
    slug = f"goods-{next(_numbers)}"
    sold = VariantInput(f"{slug.upper()}", {}, price=Decimal("500"), stock=5)
    sell(thai_house.scope, product(external_id=slug, slug={"en": slug}, options=(), variants=(sold,)))
    return slug
