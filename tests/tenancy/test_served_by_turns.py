"""Two tenants served by one process over two connections, while clients go away in the middle (TEN-03 over HTTP)."""

from __future__ import annotations

import http.client
import random
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text
from werkzeug.serving import WSGIRequestHandler, make_server

from app.domains.catalogue.types import VariantInput
from app.factory import Serai
from app.kit.db import Database
from app.kit.scope import Scope
from tests.factories.catalogue import product
from tests.factories.search import sell
from tests.harness.race import race_calls
from tests.tenancy.conftest import Pair
from tests.tenancy.sessions import IS_LONG

TURNS = 20_000 if IS_LONG else 160
WORDS = ("Siamcanary", "Kuwaitcanary")


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing: a client that has gone away is no news here."""


@pytest.fixture(scope="module")
def stocked(pair: Pair) -> Pair:
    """Each tenant sells one thing, under one address that is the same in both."""
    for scope, word in zip(pair, WORDS, strict=True):
        variant = VariantInput(f"CANARY-{word}", {}, stock=3)
        titles = dict.fromkeys((*scope.storefront.locales,) if scope.storefront else (), word)
        slugs = {locale: f"canary-{locale}" for locale in titles}
        sell(scope, product(title=titles, slug=slugs, options=(), variants=(variant,), brand=word))
    return pair


@pytest.fixture(scope="module")
def port(stocked: Pair, standing_root: Scope) -> Iterator[int]:
    settings = standing_root.settings.with_values(pool_size=1)  # and one more on demand
    database = Database(settings)
    application = Serai(replace(standing_root, settings=settings, database=database))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join(30)
    with database.engine.connect() as connection:
        login = connection.execute(text("SELECT current_user")).scalar_one()
    database.dispose()
    assert login == settings.app_login


def read(port: int, host: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/en/p/canary-en", headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def leave(port: int, host: str) -> None:
    """Ask and go away at once, before the answer."""
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        connection.sendall(f"GET /en/p/canary-en HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())


def test_every_page_holds_its_own_tenant_s_words_only(stocked: Pair, port: int) -> None:
    hosts = [f"{scope.tenant.slug}.localhost" for scope in stocked if scope.tenant]

    def work(number: int) -> list[str]:
        drawn, wrong = random.Random(number), []
        for _ in range(TURNS // 8):
            which = drawn.randrange(2)
            if drawn.random() < 0.1:
                leave(port, hosts[which])
                continue
            status, page = read(port, hosts[which])
            if status != 200 or WORDS[which] not in page or WORDS[1 - which] in page:
                wrong.append(f"{hosts[which]}: {status} {page[:200]}")
        return wrong

    outcomes = race_calls(8, work, timeout_s=600)
    assert [one.error for one in outcomes] == [None] * 8
    assert [one.value for one in outcomes] == [[]] * 8
