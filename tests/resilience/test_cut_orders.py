"""An order that is cut off at any of its round trips to the database: before it is sent, or after it was executed
and its answer lost (PAY-02, STK-05). Whatever was cut, repeating it or leaving it to the jobs makes it whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from app.domains.orders.flows.payment import return_from_payment, start_payment
from app.kit.db import Database, WrongTenant
from app.kit.scope import Scope
from tests.factories.orders import open_shop
from tests.harness.pgx import Proxy
from tests.harness.provider import SandboxProvider

from . import shop
from .figures import Figures

CUT = (DBAPIError, psycopg.Error, WrongTenant)
"""What the software sees of a cut connection."""

STEP = 1 if shop.LONG else 9
"""A commit tries every ninth round trip, another ninth for each mode; the long run tries all."""

PER_TENANT = 24
"""After so many cuts a fresh tenant: invariants are asked after every cut, of all that the tenant has."""


@dataclass(slots=True)
class Tally:
    """What came of all cuts of one way to order."""

    round_trips: int = 0
    runs: int = 0
    missed: int = 0
    broken: list[str] = field(default_factory=list)


class Sweep:
    """Cuts one way to order at one round trip after the other and looks at what is left."""

    def __init__(self, new_shop: Callable[[], Scope], proxied: Database, proxy: Proxy, provider: SandboxProvider):
        self._new_shop = new_shop
        self._proxied = proxied
        self._proxy = proxy
        self._provider = provider

    def order(self, errand: shop.Errand) -> str:
        """The whole way of one sale as the shopper's requests make it; the last outcome."""
        guest = shop.through(errand.guest, self._proxied)
        begun = start_payment(guest, errand.cart_token, errand.given)
        if begun.outcome == "pending":
            if begun.redirect_url is not None:
                shop.pay(self._provider, begun)
            begun = return_from_payment(guest, begun.token)
        return begun.outcome

    def cut(self, scope: Scope, gateway: str, k: int, mode: str, *, repeats: bool, tally: Tally) -> None:
        """One cut. `repeats`: the shopper tries again with the same key; else nobody comes back, only the jobs."""
        errand = shop.errand(scope, gateway)
        self._proxy.arm(k, mode)
        seen = ""
        try:
            self.order(errand)
        except CUT as error:
            seen = type(error).__name__
        struck = self._proxy.fired
        self._proxy.reset()
        if struck is None:
            tally.missed += 1
            return
        tally.runs += 1
        where = f"{gateway} cut {mode} {k} ({struck.sql[:60]!r}, {seen or 'not noticed'})"
        if repeats and (outcome := self.order(errand)) != "placed":
            tally.broken.append(f"{where}: repeated, it ended as {outcome}")
        shop.recover(scope)
        tally.broken += [f"{where}: {line}" for line in self.look(scope, errand, must_be_placed=repeats)]

    def look(self, scope: Scope, errand: shop.Errand, *, must_be_placed: bool) -> list[str]:
        """A line for everything that is not as it must be."""
        lines = shop.breaks(scope)
        placed = shop.count(scope, "SELECT count(*) FROM orders_groups WHERE placed_at IS NOT NULL")
        carts = shop.count(scope, "SELECT count(DISTINCT cart_id) FROM orders_groups WHERE placed_at IS NOT NULL")
        if placed != carts:
            lines.append(f"{placed} orders of {carts} carts")
        sold = shop.sold(scope, errand.offer_id)
        if sold > 1 or (must_be_placed and sold != 1):
            lines.append(f"one piece was ordered, {sold} were sold")
        left = shop.available(scope, errand.offer_id)
        if left != errand.stock - sold:
            lines.append(f"{left} pieces can be bought, of {errand.stock} with {sold} sold")
        if suspense := shop.balance(scope, "suspense"):
            lines.append(f"{suspense} minor units have no home")
        theirs, _ = shop.moved(self._provider, self.since)
        if theirs != (ours := shop.balance(scope, "provider:sandbox")):
            lines.append(f"the provider holds {theirs}, our books say {ours}")
        return lines

    def fresh(self) -> Scope:
        """A new tenant, and new books of the provider to compare it with."""
        self._provider.clear()
        _, self.since = shop.moved(self._provider)
        return self._new_shop()

    def run(self, gateway: str) -> Tally:
        tally = Tally()
        scope = self.fresh()
        self.order(shop.errand(scope, gateway))  # connections are open and caches warm from here on
        errand = shop.errand(scope, gateway)
        self._proxy.reset()
        assert self.order(errand) == "placed"
        tally.round_trips = self._proxy.round_trips
        self._proxy.reset()
        assert self.look(scope, errand, must_be_placed=True) == []
        cuts = [
            (k, mode, repeats)
            for offset, mode in enumerate(("before", "after"))
            for repeats in ((True, False) if shop.LONG else (True,))
            for k in range(1 + offset * (STEP // 2), tally.round_trips + 1, STEP)
        ]
        if not shop.LONG:
            cuts = [(k, mode, number % 2 == 0) for number, (k, mode, _) in enumerate(cuts)]
        for number, (k, mode, repeats) in enumerate(cuts, start=1):
            if number % PER_TENANT == 0:
                scope = self.fresh()
            self.cut(scope, gateway, k, mode, repeats=repeats, tally=tally)
        return tally


@pytest.fixture
def sweep(
    new_tenant: Callable[[str], Scope], proxied_database: Database, proxy: Proxy, provider: SandboxProvider
) -> Sweep:
    def new_shop() -> Scope:
        scope = new_tenant("th")
        settings = scope.settings.with_values(sandbox_provider_url=provider.url)
        # Nobody listens there: what the provider tells would make whole what the jobs are to make whole.
        assert scope.storefront is not None
        silent = replace(scope.storefront, origin="http://127.0.0.1:9")
        scope = replace(scope, settings=settings, storefront=silent)
        open_shop(scope)
        return scope

    return Sweep(new_shop, proxied_database, proxy, provider)


@pytest.mark.parametrize("gateway", ["cod", "sandbox"])
def test_an_order_cut_at_any_round_trip_becomes_whole_again(sweep: Sweep, gateway: str, figures: Figures) -> None:
    tally = sweep.run(gateway)
    figures.table(
        f"place order ({gateway}) cut at its round trips, before and after",
        ["round trips", "runs", "not reached", "broken invariants"],
        [[tally.round_trips, tally.runs, tally.missed, len(tally.broken)]],
    )
    assert tally.broken == []
    assert tally.runs >= 2 * (tally.round_trips // STEP) * 0.9
