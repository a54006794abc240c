"""How many SQL statements a page costs, without what a transaction sends to begin and end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from werkzeug.test import TestResponse

from bench.shopping import checkout_data, choices, first_link
from bench.stage import staged

GOALS = {"home": 12, "category": 8, "product": 8, "search": 8, "add to cart": 12, "checkout": 14, "place order": 60}


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent while the block runs."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def run() -> dict[str, Any]:
    """Statements per page, on a warm process."""
    results: dict[str, Any] = {}

    def measure(name: str, ask: Callable[[], TestResponse]) -> TestResponse:
        with counted() as sent:
            answer = ask()
        results[name] = len(sent)
        if answer.status_code >= 400:
            raise RuntimeError(f"{name}: {answer.status}")
        return answer

    with staged(with_tenant=True) as stage:
        client = stage.client()
        category = first_link(stage.get(client, "/en/"), "/en/c/")
        product = first_link(stage.get(client, category), "/en/p/")
        for path in ("/en/", category, product, "/en/search?q=tea"):
            stage.get(client, path)
        measure("home", lambda: stage.get(client, "/en/"))
        measure("category", lambda: stage.get(client, category))
        measure("product", lambda: stage.get(client, product))
        measure("search", lambda: stage.get(client, "/en/search?q=tea"))
        wanted = next(choices(stage, client))
        measure("add to cart", lambda: stage.post(client, "/en/cart/lines", wanted))
        measure("cart", lambda: stage.get(client, "/en/cart"))
        page = measure("checkout", lambda: stage.get(client, "/en/checkout"))
        data = checkout_data(page)
        placed = measure("place order", lambda: stage.post(client, "/en/checkout", data))
        measure("order page", lambda: stage.get(client, placed.headers["Location"]))
    return results


def missed(results: dict[str, Any]) -> list[str]:
    """The pages that cost more than their bound."""
    return [f"{name}: {results[name]} > {goal}" for name, goal in GOALS.items() if results[name] > goal]
