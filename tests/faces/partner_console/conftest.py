"""The console of a tenant behind the real WSGI application, and staff of every role at their desks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

import pytest
from sqlalchemy import event, text
from werkzeug.test import Client, TestResponse

from app.domains.identity import actions as identity
from app.domains.orders.flows.payment import return_from_payment, start_payment
from app.domains.orders.types import PaymentStart
from app.domains.tenancy import actions as tenancy
from app.factory import Serai
from app.kit.clock import FixedClock
from app.kit.db import Database
from app.kit.ids import from_uuid, to_uuid
from app.kit.scope import EVERYTHING, SYSTEM, Actor, Permissions, Scope
from app.kit.settings import Settings
from tests.conftest import NOON, SHOPPER
from tests.factories.orders import checkout_of, fill_cart, open_shop
from tests.factories.tenancy import make_tenant
from tests.harness.provider import SandboxProvider

PASSWORD = "river market lantern"
BRAND = {"name": {"en": "Khwan", "th": "ขวัญ"}, "tokens": {"accent": "#2a3d70", "accent_ink": "#ffffff"}}


@dataclass
class Desk:
    """A browser at the console. `scope` is the tenant's system scope."""

    client: Client
    scope: Scope
    host: str
    statements: Callable[[], Any]
    token: str = ""

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, base_url=f"http://{self.host}", **options)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form with the token of this browser's session."""
        if not self.token:
            page = self.get("/en/profile" if self.client.get_cookie("console", self.host) else "/en/sign-in")
            self.token = field_of(page.text, "csrf_token")
        form = {"csrf_token": self.token, **(data or {})}
        return self.client.post(path, data=form, base_url=f"http://{self.host}", **options)

    def post_bare(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form as it is."""
        return self.client.post(path, data=data or {}, base_url=f"http://{self.host}", **options)

    def value(self, query: str, **values: Any) -> Any:
        """The single value of a query in the tenant's schema."""
        with self.scope.transaction() as unit:
            return unit.db.execute(text(query), values).scalar_one()


def field_of(page: str, name: str) -> str:
    """What the first field of this name holds."""
    found = re.search(rf'name="{re.escape(name)}"[^>]*?value="([^"]*)"', page)
    assert found is not None, f"no field {name}"
    return unescape(found[1])


@dataclass
class House:
    """A tenant with an open storefront and its console."""

    scope: Scope
    application: Serai

    @property
    def host(self) -> str:
        assert self.scope.tenant is not None
        return f"{self.scope.tenant.slug}.console.localhost"

    def visit(self) -> Desk:
        """A browser without any cookie."""
        return Desk(Client(self.application), self.scope, self.host, self.statements)

    def sit_down(self, role: str) -> Desk:
        """Somebody of this role, signed in."""
        with self.scope.transaction() as unit:
            staff_id = identity.ensure_staff(unit, f"{role}@khwan.example", f"The {role}", role)
            token = identity.open_session(unit, staff_id, address="127.0.0.1", user_agent="Firefox/140.0")
        desk = self.visit()
        desk.client.set_cookie("console", token, domain=self.host, httponly=True)
        return desk

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The statements that the application sends meanwhile."""
        seen: list[str] = []
        engine = self.scope.database.engine

        def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[SandboxProvider]:
    running = SandboxProvider(tmp_path_factory.mktemp("provider"), settings.sandbox_webhook_secret)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def house_clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture(scope="session")
def application(settings: Settings, database: Database, provider: SandboxProvider, house_clock: FixedClock) -> Serai:
    known = settings.with_values(sandbox_provider_url=provider.url)
    return Serai(Scope(settings=known, database=database, actor=SYSTEM, permissions=EVERYTHING, clock=house_clock))


@pytest.fixture(scope="session")
def open_house(application: Serai) -> Callable[[str], House]:
    def open_one(market: str) -> House:
        scope = make_tenant(application.root, market)
        assert scope.storefront is not None
        document = {**scope.storefront.document, "brand": BRAND}
        with application.root.transaction() as unit:
            tenancy.save_storefront(
                unit, scope.tenant_id, code="main", locales=list(scope.storefront.locales), document=document
            )
        open_shop(scope)
        return House(scope, application)

    return open_one


@pytest.fixture(scope="session")
def house(open_house: Callable[[str], House]) -> House:
    """The Thai tenant that most tests share; each makes the offers and orders that it needs."""
    return open_house("th")


@pytest.fixture
def fresh_house(open_house: Callable[[str], House]) -> House:
    """A Thai tenant of the test's own."""
    return open_house("th")


@pytest.fixture
def place(provider: SandboxProvider) -> Callable[..., PaymentStart]:
    """A shopper orders pieces of an offer, and pays where the gateway takes money at once."""

    def buy(of: House, offer_id: str, quantity: int = 1, gateway: str = "sandbox") -> PaymentStart:
        shopper = replace(of.scope, actor=Actor("guest"), permissions=Permissions(SHOPPER))
        token = fill_cart(shopper, {offer_id: quantity})
        begun = start_payment(shopper, token, checkout_of(shopper, token, gateway))
        if begun.redirect_url is not None:
            provider.press(begun.redirect_url.rsplit("/", 1)[-1].split("?")[0])
            begun = return_from_payment(shopper, begun.token)
        assert begun.outcome == "placed"
        return begun

    return buy


@pytest.fixture
def order_of(place: Callable[..., PaymentStart]) -> Callable[..., str]:
    """The id of a placed order."""

    def order(of: House, offer_id: str, quantity: int = 1, gateway: str = "sandbox") -> str:
        begun = place(of, offer_id, quantity, gateway)
        with of.scope.transaction() as unit:
            query = text("SELECT id FROM orders_orders WHERE group_id = :group")
            key = unit.db.execute(query, {"group": to_uuid("grp", begun.group_id)}).scalar_one()
        return from_uuid("ord", key)

    return order
